# SPDX-License-Identifier: GPL-3.0-or-later
"""Lids stay in front of their eyeball, also on the way.

Letters: V vertices.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from ..head.surface import Surface
from .eyeballs import Eyeball

Doubles = NDArray[np.float64]
Booleans = NDArray[np.bool_]

_AROUND: Final = 1.6
"""Radii of the eyeball within which skin may touch it."""
_STEPS: Final = (0.25, 0.5, 0.75, 1.0)
_CLEAR: Final = 0.012
"""Radii of the eyeball that lids stay in front of it where they are so at rest."""
_ROUNDS: Final = 3


class LidClearance:
    """Keeps what is in front of an eyeball at rest there.

    Args:
        surface: the skin at rest, in head axes.
        moving: (V,) what moves at all.
        balls: the eyeballs that are seen.
    """

    def __init__(self, surface: Surface, moving: Booleans, balls: dict[str, Eyeball]) -> None:
        self._rest = surface.vertices
        self._watched: list[tuple[Eyeball, NDArray[np.int64], Doubles]] = []
        for ball in balls.values():
            if not ball.seen:
                continue
            ways = surface.vertices - ball.centre
            away = np.linalg.norm(ways, axis=1)
            rows = np.flatnonzero(moving & (away < _AROUND * ball.radius) & (away > 0.97 * ball.radius))
            # Nearer than that at rest they may stay as near.
            clear = np.minimum(away[rows], (1 + _CLEAR) * ball.radius)
            self._watched.append((ball, rows, clear))

    def kept(self, displacement: Doubles) -> Doubles:
        """The displacement (V, 3), longer outwards where it or a part of it would enter an eyeball."""
        result = displacement
        for ball, rows, clear in self._watched:
            if not np.abs(displacement[rows]).max(initial=0.0) > 0:
                continue
            result = result.copy() if result is displacement else result
            rest, moved = self._rest[rows] - ball.centre, result[rows]
            for _ in range(_ROUNDS):
                for step in _STEPS:
                    place = rest + step * moved
                    away = np.linalg.norm(place, axis=1)
                    lacks = np.maximum(clear - away, 0)
                    moved = moved + (lacks / step / np.maximum(away, 1e-9))[:, None] * place
            result[rows] = moved
        return result
