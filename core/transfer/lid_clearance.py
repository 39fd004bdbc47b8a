# SPDX-License-Identifier: GPL-3.0-or-later
"""Lids stay in front of their eyeball, also on the way.

Letters: V vertices of the skin, N of them about an eye.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ..head.registration.registration import Registration
from .pieces.eyeballs import Eyeball

Doubles = NDArray[np.float64]
Indices = NDArray[np.int64]
Booleans = NDArray[np.bool_]

_AROUND: Final = 1.6
"""Radii of the eyeball within which skin may touch it."""
_IN_FRONT: Final = 0.97
"""Radii of the eyeball from which skin is in front of it and not in its socket."""
_STEPS: Final = (0.25, 0.5, 0.75, 1.0)
_CLEAR: Final = 0.02
"""Radii of the eyeball that lids stay in front of it where they are so at rest."""
_ROUNDS: Final = 2
_CELLS: Final = 48
_BULGE: Final = 0.25
"""Radii by which an eye may stand out of its ball at the most: corneas do by less."""


@dataclass(frozen=True, eq=False)
class _Watched:
    """One eyeball and the skin about it.

    Attributes:
        ball: the eyeball.
        rows: (N,) vertices of the skin.
        share: (N,) how much of the clearance each has at rest, at most 1.
        reach: (cells, cells) how far from its centre the eye reaches, by azimuth and elevation.
    """

    ball: Eyeball
    rows: Indices
    share: Doubles
    reach: Doubles

    def needed(self, ways: Doubles) -> Doubles:
        """(N,) how far from the centre skin must stay in some directions (N, 3)."""
        return self.reach[tuple(_cells(ways).T)]


class LidClearance:
    """Keeps what is in front of an eyeball at rest there.

    Args:
        fit: the skin, and the eyeballs among `others`.
        moving: (V,) what moves at all.
        balls: the eyeballs.
    """

    def __init__(self, fit: Registration, moving: Booleans, balls: dict[str, Eyeball]) -> None:
        self._rest = fit.surface.vertices
        self._watched = []
        for ball in balls.values():
            if not ball.seen:
                continue
            ways = self._rest - ball.centre
            away = np.linalg.norm(ways, axis=1)
            about = moving & (away < _AROUND * ball.radius) & (away > _IN_FRONT * ball.radius)
            rows = np.flatnonzero(about)
            reach = (1 + _CLEAR) * _reach(fit, ball)
            watched = _Watched(ball, rows, np.ones(len(rows)), reach)
            # Nearer than that at rest they may stay as near.
            share = np.minimum(away[rows] / watched.needed(ways[rows]), 1)
            self._watched.append(_Watched(ball, rows, share, reach))

    def kept(self, displacement: Doubles) -> Doubles:
        """The displacement (V, 3), longer outwards where it or a part of it would enter an eyeball."""
        result = displacement
        for each in self._watched:
            if not np.abs(displacement[each.rows]).max(initial=0.0) > 0:
                continue
            result = result.copy() if result is displacement else result
            rest, moved = self._rest[each.rows] - each.ball.centre, result[each.rows]
            is_moved = np.abs(moved).max(axis=1) > 0
            for _ in range(_ROUNDS):
                for step in _STEPS:
                    place = rest + step * moved
                    away = np.linalg.norm(place, axis=1)
                    lacks = np.maximum(each.share * each.needed(place) - away, 0) * is_moved
                    moved = moved + (lacks / step / np.maximum(away, 1e-9))[:, None] * place
            result[each.rows] = moved
        return result


def _reach(fit: Registration, ball: Eyeball) -> Doubles:
    """(cells, cells) how far an eye with its cornea reaches from its centre, by azimuth and elevation."""
    from scipy.spatial import KDTree

    points = fit.others.vertices[np.isin(fit.others.islands, ball.islands)] - ball.centre
    away = np.linalg.norm(points, axis=1)
    points, away = points[away > 0.5 * ball.radius], away[away > 0.5 * ball.radius]
    reach = np.full((_CELLS, _CELLS), ball.radius)
    if len(points) < 4:
        return reach
    azimuth, elevation = np.meshgrid(_middles(np.pi), _middles(np.pi / 2), indexing="ij")
    ways = np.stack(
        [
            np.sin(azimuth) * np.cos(elevation),
            np.sin(elevation),
            np.cos(azimuth) * np.cos(elevation),
        ],
        axis=-1,
    )
    distance, near = KDTree(points / away[:, None]).query(ways, k=4)
    weight = 1 / (distance + 0.02)
    found = (away[near] * weight).sum(axis=-1) / weight.sum(axis=-1)
    return np.clip(found, ball.radius, (1 + _BULGE) * ball.radius)


def _middles(half: float) -> Doubles:
    """(cells,) the middles of cells from -half to half."""
    return (np.arange(_CELLS) + 0.5) / _CELLS * 2 * half - half


def _cells(ways: Doubles) -> Indices:
    """(N, 2) cells of azimuth and elevation that directions (N, 3) are in."""
    azimuth = np.arctan2(ways[:, 0], ways[:, 2]) / np.pi
    elevation = np.arctan2(ways[:, 1], np.hypot(ways[:, 0], ways[:, 2])) / (np.pi / 2)
    shares = np.stack([azimuth, elevation], axis=1)
    return np.clip(((shares + 1) / 2 * _CELLS).astype(np.int64), 0, _CELLS - 1)
