# SPDX-License-Identifier: GPL-3.0-or-later
"""What lies on an eyeball: corneas, irises and pupils turn with it; lines of tears go with the lids.

Letters: N vertices of an island.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from ...head.surface import Surface
from .eyeballs import Eyeball, near_islands

Doubles = NDArray[np.float64]
Indices = NDArray[np.int64]

_AROUND: Final = 1.4
"""Radii of the ball from its middle within which its layers lie: corneas bulge by 1.1 and more."""
_SIDEWAYS: Final = 0.82
"""Cosine of the angle from the front within which the middle of a cornea, iris or pupil lies."""
_ROUND: Final = 0.7
"""Ratio of the two sides of what is round, at least; an opening between lids is twice as wide as high."""
_AT_LIDS: Final = 0.08
"""Part of the radius from the skin within which the rim of a film lies that fills the lids' opening."""
_MOSTLY: Final = 0.7


def turning_layers(others: Surface, skin: Surface, ball: Eyeball) -> list[int]:
    """Numbers of the islands that turn with an eyeball, other than the ball itself.

    Args:
        others: all islands but the skin's.
        skin: of the mesh.
        ball: the eye.
    """
    if not ball.seen:
        return []
    upwards = np.array([0.0, 1.0, 0.0])
    aside = np.cross(upwards, ball.front)
    aside /= np.linalg.norm(aside)
    across = np.stack([aside, np.cross(ball.front, aside)])
    layers = []
    for island, vertices in near_islands(others, ball.centre, _AROUND * ball.radius).items():
        if island in ball.islands:
            continue
        rays = others.vertices[vertices] - ball.centre
        middle = rays.mean(axis=0)
        sides = np.sort(np.ptp(rays @ across.T, axis=0))
        if (
            middle @ ball.front > _SIDEWAYS * np.linalg.norm(middle)
            and sides[0] > _ROUND * sides[1]
            and not _fills_lids(others, skin, vertices, _AT_LIDS * ball.radius)
        ):
            layers.append(island)
    return layers


def _fills_lids(others: Surface, skin: Surface, vertices: Indices, reach: float) -> bool:
    """Whether the rim of an island (N,) lies at the skin."""
    rim = np.intersect1d(vertices, others.boundary)
    if len(rim) == 0:
        return False
    points = others.vertices[rim]
    away = np.linalg.norm(skin.nearest_points(points).positions - points, axis=1)
    return bool((away < reach).mean() > _MOSTLY)
