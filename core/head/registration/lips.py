# SPDX-License-Identifier: GPL-3.0-or-later
"""Upper and lower lip of a mesh, told apart by their distances along the surface from below the nose and from
the chin, which no closed mouth deceives.

Letters: V vertices, L pairs of lips, K keys.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ..surface import Surface

Doubles = NDArray[np.float64]
Indices = NDArray[np.int64]


LIP_PLACES: Final = (-0.85, -0.66, -0.33, 0.0, 0.33, 0.66, 0.85)
"""Where pairs of lips are looked at, from the middle of the slit (0) to its ends (-1, 1): about where the
template's landmarks `inner_lip_upper` lie."""
_LIP_BINS: Final = len(LIP_PLACES)
_NEIGHBOURS: Final = 16
"""Vertices around one in which the other lip is looked for."""
_SLIT: Final = 3.0
"""How many times farther than through the air it is along the surface from one lip to the other."""
_ACROSS: Final = 32
"""Vertices of the lower lip among which the one across from one of the upper lip is looked for."""
_OPEN_SLIT: Final = 1.5
"""The same of a mouth that is open at rest."""
_COLUMN: Final = 8
"""Vertices from top to bottom with which one place of the mouth is looked at."""
_PARTING: Final = 0.05
"""Part of the height from nose to chin by which a key must part the lips."""
_FACING: Final = 0.2
"""Cosine between the normals of two lips and the way from one to the other."""
_TOUCHING: Final = 0.0015
"""Metres from which lips may overlap, so that their normals tell nothing."""
_STIFF: Final = 0.9
"""Share of a movement that is the whole face's from which a key bends nothing."""
_EVEN: Final = 0.7
"""Correlation of how far left and right move from which keys are those of a face."""


@dataclass(frozen=True, eq=False)
class Lips:
    """The slit between the lips of a mesh.

    Attributes:
        upper: (L,) vertices of the surface, from the subject's right to left.
        lower: (L,) those under them.
        width: metres from the first to the last vertex of the slit.
        pairs: (N, 2) all vertices of the slit that were found, an upper and the nearest lower one.
        is_slit: whether there is a slit in the mesh; else keys showed where lips are (`lips_that_part`).
    """

    upper: Indices
    lower: Indices
    width: float
    pairs: Indices
    is_slit: bool = True

    @property
    def middle(self) -> Indices:
        """The upper and the lower vertex in the middle."""
        return np.array([self.upper[_LIP_BINS // 2], self.lower[_LIP_BINS // 2]])

    def nearest(self, surface: Surface, upper: Doubles, lower: Doubles) -> "Lips":
        """The pairs that are nearest to some places (L, 3) of the upper and (L, 3) of the lower lip."""
        points = surface.vertices[self.pairs]
        away = [
            np.linalg.norm(points[:, side] - place[:, None], axis=2)
            for side, place in enumerate((upper, lower))
        ]
        best = self.pairs[(away[0] + away[1]).argmin(axis=1)]
        return Lips(best[:, 0], best[:, 1], self.width, self.pairs, self.is_slit)


def towards_chin_of(surface: Surface, nose: Doubles, chin: Doubles) -> Doubles:
    """(V,) how much farther the nose is than the chin, along the surface."""
    from scipy.spatial import KDTree

    tree = KDTree(surface.vertices)
    from_nose = surface.distances_from(np.atleast_1d(tree.query(nose)[1]))
    from_chin = surface.distances_from(np.atleast_1d(tree.query(chin)[1]))
    return from_nose - from_chin


def balanced(surface: Surface, towards_chin: Doubles, middle: Doubles, width: float) -> Doubles:
    """`towards_chin_of` (V,) with 0 between the lips, also where nose and chin are not equally far from them.

    Args:
        surface: the face, in head axes.
        towards_chin: (V,).
        middle: (3,) about where the mouth is.
        width: about how wide it is.
    """
    from scipy.spatial import KDTree

    offset = (surface.vertices - middle) / width
    around = (np.abs(offset[:, 0]) < 0.6) & (np.abs(offset[:, 1]) < 0.8) & (offset[:, 2] > -0.6)
    numbers = np.flatnonzero(around & np.isfinite(towards_chin))
    if len(numbers) <= _NEIGHBOURS:
        return towards_chin
    away, near = KDTree(surface.vertices[numbers]).query(surface.vertices[numbers], k=_NEIGHBOURS)
    mine, theirs = towards_chin[numbers], towards_chin[numbers][near]
    apart = (theirs - mine[:, None]) / 2
    across = (apart > _SLIT * away) & (apart > 0.15 * width) & (away < 0.1 * width)
    across &= looking(surface, numbers[:, None], numbers[near])
    if across.sum() < _LIP_BINS:
        return towards_chin
    return towards_chin - float(np.median(((theirs + mine[:, None]) / 2)[across]))


def find_lips(surface: Surface, towards_chin: Doubles, middle: Doubles, width: float) -> Lips | None:
    """Where a mesh in head axes has two lips that are near to each other but far along the surface.

    Args:
        surface: the face.
        towards_chin: (V,) from `towards_chin_of`: below zero on the upper lip.
        middle: (3,) about where the mouth is.
        width: about how wide it is.
    """
    from scipy.spatial import KDTree

    offset = (surface.vertices - middle) / width
    around = (np.abs(offset[:, 0]) < 1.1) & (np.abs(offset[:, 1]) < 0.8) & (offset[:, 2] > -0.6)
    around &= np.isfinite(towards_chin)
    above, below = np.flatnonzero(around & (towards_chin < 0)), np.flatnonzero(around & (towards_chin >= 0))
    if len(above) < _LIP_BINS or len(below) < _LIP_BINS:
        return None
    points = surface.vertices
    looked_at = min(_ACROSS, len(below))
    near, number = KDTree(points[below]).query(points[above], k=looked_at)
    near, number = near.reshape(len(above), -1), number.reshape(len(above), -1)
    # The nearest one that looks back: through a thin cheek there is its inside.
    cost = np.where(looking(surface, above[:, None], below[number]), near, np.inf)
    best = cost.argmin(axis=1)
    rows = np.arange(len(above))
    distance, partner = cost[rows, best], below[number[rows, best]]
    # Along the surface they are at least half as far from each other as this differs.
    apart = (towards_chin[partner] - towards_chin[above]) / 2
    far = (apart > 0.2 * width) & (distance < 0.6 * width)
    for ratio in (_SLIT, _OPEN_SLIT):
        slit = far & (apart > ratio * distance)
        lips = _chosen(surface, above[slit], partner[slit], distance[slit], width)
        if lips is not None:
            return lips
    return None


def _chosen(
    surface: Surface, above: Indices, partner: Indices, distance: Doubles, width: float
) -> Lips | None:
    """The lips of pairs (N,) at distances (N,); None where they are too few or leave a place out."""
    if len(np.unique(partner)) < _LIP_BINS:
        return None
    places = surface.vertices[above, 0]
    left, right = np.quantile(places, [0.98, 0.02])
    if left - right < 0.25 * width:
        return None
    upper, lower = [], []
    for share in LIP_PLACES:
        place = (left + right) / 2 + share * (left - right) / 2
        near = np.abs(places - place) < (left - right) / (_LIP_BINS + 1)
        if not near.any():
            return None
        # Of the nearest pairs that which is seen from the front.
        cost = distance[near] + 0.5 * np.abs(places[near] - place) - 0.25 * surface.vertices[above[near], 2]
        best = np.flatnonzero(near)[cost.argmin()]
        upper.append(above[best])
        lower.append(partner[best])
    pairs = np.stack([above, partner], axis=1)
    return Lips(np.array(upper), np.array(lower), float(left - right), pairs)


def lips_that_part(surface: Surface, moves: Doubles, nose: Doubles, chin: Doubles) -> Lips | None:
    """Where a mesh in head axes parts when a key opens the mouth: of faces without a slit, other species too.

    Args:
        surface: the face.
        moves: (K, V, 3) displacements of its keys.
        nose: (3,) about where the place below the nose is.
        chin: (3,) the same of the chin.
    """
    height = nose[1] - chin[1]
    points = surface.vertices
    around = (points[:, 1] < nose[1] + 0.4 * height) & (points[:, 1] > chin[1] - 0.3 * height)
    numbers = np.flatnonzero(around & (np.abs(points[:, 0]) < 1.2 * height))
    up = _bent(points, moves)[:, :, 1]

    def column(place: float) -> Indices:
        """Vertices seen from the front at one place from side to side, upwards."""
        reach, near = 0.08 * height, numbers[:0]
        while len(near) < _COLUMN and reach < 0.3 * height:
            near = numbers[np.abs(points[numbers, 0] - place) < reach]
            reach *= 1.5
        near = near[np.argsort(points[near, 1])]
        depth = points[near, 2]
        beside = np.abs(points[near, 1][:, None] - points[near, 1]) < 0.1 * height
        return near[depth > np.where(beside, depth, -np.inf).max(axis=1, initial=-np.inf) - 0.25 * height]

    middle = column(0.0)
    if len(middle) < 2:
        return None
    opening = np.diff(up[:, middle], axis=1)
    key, row = np.unravel_index(opening.argmax(), opening.shape)
    widest = opening[key, row]
    if widest < _PARTING * height:
        return None
    line = points[middle[row : row + 2], 1].mean()

    def pair(place: float) -> tuple[float, int, int]:
        """How far lips part at a place, and which vertices they are."""
        there = column(place)
        there = there[np.abs(points[there, 1] - line) < 0.35 * height]
        if len(there) < 2:
            return 0.0, -1, -1
        parts = np.diff(up[key, there])
        best = int(parts.argmax())
        return float(parts[best]), int(there[best + 1]), int(there[best])

    ends = []
    for side in (-1, 1):
        end = 0.0
        while end < height and pair(side * (end + 0.05 * height))[0] > 0.3 * widest:
            end += 0.05 * height
        ends.append(side * end)
    right, left = ends
    if left - right < 0.2 * height:
        return None
    pairs = [pair((left + right) / 2 + share * (left - right) / 2) for share in LIP_PLACES]
    if any(upper < 0 for _, upper, _ in pairs):
        return None
    both = np.array([each[1:] for each in pairs])
    return Lips(both[:, 0], both[:, 1], left - right, both, is_slit=False)


def _bent(points: Doubles, moves: Doubles) -> Doubles:
    """Displacements (K, V, 3) less what turns or shifts all points (V, 3): a nod opens no mouth."""
    centred = points - points.mean(axis=0)
    columns = np.zeros((len(points), 3, 6))
    columns[:, range(3), range(3)] = 1
    for axis in range(3):
        columns[:, :, 3 + axis] = np.cross(np.eye(3)[axis], centred)
    flat = columns.reshape(-1, 6)
    basis = np.linalg.qr(flat)[0]
    every = moves.reshape(len(moves), -1)
    stiff = (every @ basis) @ basis.T
    is_stiff = (stiff**2).sum(axis=1) > _STIFF * (every**2).sum(axis=1)
    return np.where(is_stiff[:, None], every - stiff, every).reshape(moves.shape)


def moves_evenly(surface: Surface, moves: Doubles) -> bool:
    """Whether most keys (K, V, 3) do the same to the left as to the right."""
    from scipy.spatial import KDTree

    other = KDTree(surface.vertices).query(surface.vertices * (-1, 1, 1))[1]
    # Keys of one side count with those of the other.
    length = np.sqrt((np.linalg.norm(moves, axis=2) ** 2).sum(axis=0))
    both = float((length * length[other]).sum() / (length**2).sum())
    return both > _EVEN


def looking(surface: Surface, some: Indices, others: Indices) -> NDArray[np.bool_]:
    """Whether vertices look at others (as numpy broadcasts them), or nearly touch them."""
    points, normals = surface.vertices, surface.normals
    way = points[others] - points[some]
    away = np.linalg.norm(way, axis=-1)
    towards = np.minimum((normals[some] * way).sum(axis=-1), -(normals[others] * way).sum(axis=-1))
    return (towards > _FACING * away) | (away < _TOUCHING)
