# SPDX-License-Identifier: GPL-3.0-or-later
"""Where the eyes of a mesh are: two holes in its skin, or two balls in it.

Heads of animals and cartoons have the proportions of no person, and a fit that knows persons alone puts the
eyes onto their foreheads. But their eyes are open in the skin, or are balls of their own, and left and right
are alike.

Letters: N vertices around an eye, P points of the skin.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from .surface import Surface

Doubles = NDArray[np.float64]

_FEWEST: Final = 6
"""Vertices around an eye."""
_UNEVEN: Final = 0.15
"""By how much two eyes may miss being mirror images, as a part of their distance."""
_SIZES: Final = (0.12, 0.98)
"""Width and height of an eye, as parts of the eyes' distance."""
_LONG: Final = 3.5
"""How many times wider than high an eye may be, and the other way round."""
_FLAT: Final = 0.25
"""Shortest side of a ball, as a part of its longest."""
_APART: Final = (0.18, 0.72)
"""Distance of the eyes, as a part of the head's width there: nostrils are nearer, ears farther away."""
_FRONT: Final = 0.5
"""Part of the head's depth at the eyes' height, from behind, from which eyes lie."""


@dataclass(frozen=True, eq=False)
class Eye:
    """What is around one eye.

    Attributes:
        centre: (3,) of its opening, or of the ball.
        half: (2,) half its width and half its height.
        rim: (N, 3) points around it, in no order; none of a ball.
    """

    centre: Doubles
    half: Doubles
    rim: Doubles


def find_eyes(face: Surface, others: Surface) -> tuple[Eye, Eye] | None:
    """The left and the right eye of a face, or None where its mesh does not tell.

    Args:
        face: the skin, in coordinates of x to its left, y up and z out of it, of any size.
        others: whatever else the mesh has, in the same coordinates.
    """
    for found in (_holes(face), _balls(others)):
        pairs = list(_pairs(list(found), face.vertices))
        if pairs:
            return max(pairs, key=lambda pair: float(np.prod(pair[0].half)))
    return None


def _holes(face: Surface) -> Iterator[Eye]:
    """An eye for each hole in the skin."""
    from scipy.sparse import coo_matrix
    from scipy.sparse.csgraph import connected_components

    edge = np.unique(face.boundary)
    if len(edge) == 0:
        return
    ends = np.searchsorted(edge, face.boundary).T
    graph = coo_matrix((np.ones(ends.shape[1]), ends), shape=(len(edge), len(edge)))
    holes = connected_components(graph, directed=False)[1]
    for hole in range(holes.max() + 1):
        rim = face.vertices[edge[holes == hole]]
        if len(rim) >= _FEWEST:
            low, high = rim.min(axis=0), rim.max(axis=0)
            yield Eye((low + high) / 2, (high - low)[:2] / 2, rim)


def _balls(others: Surface) -> Iterator[Eye]:
    """An eye for each ball: its outline as it is seen from the front."""
    for island in np.unique(others.islands):
        points = others.vertices[others.islands == island]
        if len(points) < 2 * _FEWEST:
            continue
        low, high = points.min(axis=0), points.max(axis=0)
        if min(high - low) > _FLAT * max(high - low):
            yield Eye((low + high) / 2, (high - low)[:2] / 2, np.zeros((0, 3)))


def _pairs(eyes: Iterable[Eye], skin: Doubles) -> Iterator[tuple[Eye, Eye]]:
    """Those that may be two eyes of a head with this skin (P, 3), the left one first."""
    for left in eyes:
        for right in eyes:
            apart = left.centre[0] - right.centre[0]
            size = 2 * left.half
            if (
                apart <= 0
                or np.abs((left.centre - right.centre)[1:]).max() > _UNEVEN * apart
                or np.abs(left.half - right.half).max() > 2 * _UNEVEN * left.half.max()
                or not (_SIZES[0] * apart < size.min() and size.max() < _SIZES[1] * apart)
                or size.max() > _LONG * size.min()
            ):
                continue
            middle = (left.centre + right.centre) / 2
            level = skin[np.abs(skin[:, 1] - middle[1]) < apart / 2]
            if len(level) == 0:
                continue
            low, high = level.min(axis=0), level.max(axis=0)
            width = high[0] - low[0]
            if (
                _APART[0] * width < apart < _APART[1] * width
                and abs((low[0] + high[0]) / 2 - middle[0]) < _UNEVEN * width
                and middle[2] > low[2] + _FRONT * (high[2] - low[2])
            ):
                yield left, right
