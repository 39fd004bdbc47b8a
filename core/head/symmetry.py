# SPDX-License-Identifier: GPL-3.0-or-later
"""The plane about which a face is its own mirror image.

Letters: N points.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

Doubles = NDArray[np.float64]

_ROUNDS: Final = 80
_STILL: Final = 1e-6
_MOST: Final = 2000
"""Points that are looked at."""


@dataclass(frozen=True, eq=False)
class MirrorPlane:
    """Points x with normal . x = offset.

    Attributes:
        normal: (3,) of unit length.
        offset: distance from the origin.
        residual: median distance between a mirrored point and the nearest point.
    """

    normal: Doubles
    offset: float
    residual: float


def mirror_plane(points: Doubles) -> MirrorPlane:
    """The plane of symmetry of points (N, 3) that lie about evenly to both sides of x = 0.

    Iterative closest points between the points and their mirror image. For known pairs p, q with middle c
    the best normal is the eigenvector of the symmetric part of sum (p - c)(q - c)^T with the smallest value.
    """
    from scipy.spatial import KDTree

    tree = KDTree(points)
    some = points
    if len(points) > _MOST:
        some = points[np.random.default_rng(0).choice(len(points), _MOST, replace=False)]
    normal = np.array([1.0, 0.0, 0.0])
    offset = float(np.median(points[:, 0]))
    for _ in range(_ROUNDS):
        mirrored = some - 2 * (some @ normal - offset)[:, None] * normal
        away, number = tree.query(mirrored)
        kept = away <= np.quantile(away, 0.8)
        there = points[np.asarray(number)[kept]]
        middle = (some[kept] + there).mean(axis=0) / 2
        product = (some[kept] - middle).T @ (there - middle)
        before = normal
        normal = np.linalg.eigh(product + product.T)[1][:, 0]
        normal = normal * (1.0 if normal[0] >= 0 else -1.0)
        offset = float(normal @ middle)
        if np.abs(normal - before).max() < _STILL:
            break
    mirrored = some - 2 * (some @ normal - offset)[:, None] * normal
    return MirrorPlane(normal, offset, float(np.median(tree.query(mirrored)[0])))
