# SPDX-License-Identifier: GPL-3.0-or-later
"""Which point of the built-in head's skin, as it lies on another head, belongs to which point there.

Letters: P points, S vertices and R triangles of the source.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ..head.surface import Surface, SurfacePoints, nearest_in_triangles

Doubles = NDArray[np.float64]
Indices = NDArray[np.int64]
Booleans = NDArray[np.bool_]

_LOOKED_AT: Final = 24
"""Triangles around a point that are looked at."""
_OTHER_SIDE: Final = 0.004
"""Metres that a surface looking the other way counts as farther."""
_OTHER_LIP: Final = 0.02
"""Metres that the other lip counts as farther."""
_BLOCK: Final = 4096


@dataclass(frozen=True, eq=False)
class Correspondence:
    """Points of the source.

    Attributes:
        triangle: (P,) number of the triangle that each lies in.
        points: where in it.
        away: (P,) metres from the point that was asked for.
    """

    triangle: Indices
    points: SurfacePoints
    away: Doubles


def correspond(
    points: Doubles,
    normals: Doubles,
    is_upper: Booleans,
    source: Surface,
    source_upper: Booleans,
    about_mouth: Booleans,
) -> Correspondence:
    """The nearest point of the source that looks about the same way and is of the same lip.

    Args:
        points: (P, 3).
        normals: (P, 3) of unit length.
        is_upper: (P,) nearer to the nose than to the chin.
        source: the source where it lies on the other head.
        source_upper: (S,).
        about_mouth: (S,) where the lip matters.
    """
    from scipy.spatial import KDTree

    corners = source.triangles
    places = source.vertices[corners]
    faces = np.cross(places[:, 1] - places[:, 0], places[:, 2] - places[:, 0])
    faces /= np.maximum(np.linalg.norm(faces, axis=1, keepdims=True), 1e-20)
    upper = source_upper[corners].all(axis=1)
    lower = ~source_upper[corners].any(axis=1)
    strict = about_mouth[corners].all(axis=1)
    tree = KDTree(places.mean(axis=1))
    looked_at = min(_LOOKED_AT, len(corners))
    triangle = np.empty(len(points), np.int64)
    shares = np.empty((len(points), 3))
    away = np.empty(len(points))
    for first in range(0, len(points), _BLOCK):
        rows = slice(first, first + _BLOCK)
        here = points[rows]
        near = tree.query(here, k=looked_at)[1].reshape(len(here), looked_at)
        found = nearest_in_triangles(here[:, None], places[near])
        positions = np.einsum("pkc,pkcx->pkx", found, places[near])
        distance = np.linalg.norm(positions - here[:, None], axis=2)
        cost = distance + _OTHER_SIDE * (1 - np.einsum("pkx,px->pk", faces[near], normals[rows])) / 2
        mine = is_upper[rows][:, None]
        cost += _OTHER_LIP * (strict[near] & np.where(mine, lower[near], upper[near]))
        best = cost.argmin(axis=1)
        each = np.arange(len(here))
        triangle[rows], shares[rows], away[rows] = near[each, best], found[each, best], distance[each, best]
    positions = np.einsum("pc,pcx->px", shares, places[triangle])
    return Correspondence(triangle, SurfacePoints(corners[triangle], shares, positions), away)
