# SPDX-License-Identifier: GPL-3.0-or-later
"""The inside of a mouth where it is a piece of its own: a bag that hangs on the lips.

Letters: K shapes, I islands, P vertices of all pieces, N of the lining, V of the built-in head.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from ...head.registration import Registration
from ...head.registration.template_face import template_face
from ...head.surface import Surface
from .jaw import carried_vectors
from .local_similarity import LocalSimilarity
from .template_pieces import lining_surface

Doubles = NDArray[np.float64]
Booleans = NDArray[np.bool_]

_BOX: Final = ((-0.065, -0.1, -0.03), (0.065, 0.035, 0.13))
"""Metres on the template in which a lining lies; the built-in head's reaches up to behind the nose."""
_AT_LIPS: Final = (0.008, 0.6)
"""So many metres from the inner edge of the lips lies so much of a lining's open edge."""
_DEEP: Final = 0.02
"""Metres on the template that it reaches back, at least."""
_BESIDE: Final = 0.012
"""Metres along a lining from its edge within which it goes up from the upper lip, and down from the lower."""
_HANGS: Final = 0.004
"""Metres from the lips' edge over which it goes with them less and less."""


def linings(fit: Registration, places: Doubles, taken: Booleans) -> list[int]:
    """Islands whose open edge lies along the lips, and which reach into the mouth.

    Args:
        fit: of the mesh.
        places: (P, 3) where each vertex of the pieces is on the template.
        taken: (I,) islands that are something else.
    """
    from scipy.spatial import KDTree

    islands = fit.others.islands
    outside = ((places < _BOX[0]) | (places > _BOX[1])).any(axis=1)
    possible = ~taken & (np.bincount(islands, outside, minlength=len(taken)) == 0)
    rim = np.unique(fit.others.boundary)
    rim = rim[possible[islands[rim]]]
    if len(rim) == 0:
        return []
    reach, share = _AT_LIPS
    lips = KDTree(fit.fitted[template_face().rim])
    near = lips.query(fit.others.vertices[rim])[0] < reach
    found = []
    for island in np.unique(islands[rim]):
        depth = np.ptp(places[islands == island, 2])
        if near[islands[rim] == island].mean() > share and depth > _DEEP:
            found.append(int(island))
    return found


def lining_moves(
    fit: Registration,
    lining: Booleans,
    places: Doubles,
    similarity: LocalSimilarity,
    skin: Doubles,
    source: Doubles,
) -> Doubles:
    """(K, N, 3) displacements of a lining: the built-in head's, and at the lips those of the lips.

    Args:
        fit: of the mesh.
        lining: (P,) its vertices, N of them.
        places: (P, 3) the pieces' vertices on the template.
        similarity: from the template's mouth to the mesh's.
        skin: (K, S, 3) displacements of the mesh's skin.
        source: (K, V, 3) of the built-in head.
    """
    from scipy.spatial import KDTree

    bag = fit.others.part(lining)
    places = places[lining]
    own = lining_surface()
    result = np.zeros((len(source), len(places), 3))
    below, own_below, upper = _below(bag), _below(own), fit.upper
    away = KDTree(fit.fitted[template_face().rim]).query(bag.vertices)[0]
    deep = away > _BESIDE
    groups = (
        (deep, np.ones(len(own_below), bool), np.ones(len(upper), bool)),
        # Where lips touch the other one is as near.
        (~deep & below, own_below, ~upper),
        (~deep & ~below, ~own_below, upper),
    )
    for mine, theirs, lip in groups:
        if not mine.any():
            continue
        like = own.nearest_points(places[mine], _all_of(own, theirs))
        inside = carried_vectors(similarity, like.carry(source[:, own.origin]))
        hangs = fit.surface.nearest_points(bag.vertices[mine], _all_of(fit.surface, lip))
        off = np.linalg.norm(hangs.positions - bag.vertices[mine], axis=1)
        share = np.exp(-((np.maximum(off, away[mine]) / _HANGS) ** 2))[:, None]
        result[:, mine] = share * hangs.carry(skin) + (1 - share) * inside
    return result


def _below(surface: Surface) -> Booleans:
    """(V,) what of a lining is nearer to the lower than to the upper lip, along it.

    Its open edge is cut where it is widest, at the corners of the mouth. Of the two halves that one belongs
    to the upper lip from which the lining goes up.
    """
    from scipy.sparse import coo_matrix
    from scipy.sparse.csgraph import connected_components

    rim = np.unique(surface.boundary)
    across = surface.vertices[rim, 0]
    corners = rim[[across.argmin(), across.argmax()]]
    edges = surface.boundary[~np.isin(surface.boundary, corners).any(axis=1)]
    count = len(surface.vertices)
    graph = coo_matrix((np.ones(len(edges)), (edges[:, 0], edges[:, 1])), shape=(count, count))
    numbers = connected_components(graph, directed=False)[1]
    halves, sizes = np.unique(numbers[np.setdiff1d(rim, corners)], return_counts=True)
    away = [
        surface.distances_from(np.flatnonzero(numbers == half)) for half in halves[np.argsort(-sizes)[:2]]
    ]
    if len(away) < 2:
        return surface.vertices[:, 1] < surface.vertices[rim, 1].mean()
    nearer = away[0] < away[1]
    level = surface.vertices[rim, 1].mean()
    rises = []
    for mine, distance in zip((nearer, ~nearer), away, strict=True):
        beside = mine & (distance < _BESIDE)
        rises.append(float((surface.vertices[beside, 1] - level).sum()))
    return nearer if rises[0] < rises[1] else ~nearer


def _all_of(surface: Surface, vertices: Booleans) -> Booleans:
    """(T,) triangles whose corners are all among some vertices (V,); all triangles where there are none."""
    chosen = vertices[surface.triangles].all(axis=1)
    return chosen if chosen.any() else np.ones(len(chosen), bool)
