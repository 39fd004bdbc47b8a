# SPDX-License-Identifier: GPL-3.0-or-later
"""Seams of a mesh closed: exports split vertices along them.

Vertices are welded only where two open edges lie in one place. So lips and lids that merely touch stay apart.

Letters: V vertices, T triangles, E open edges.
"""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

Doubles = NDArray[np.float64]
Indices = NDArray[np.int64]


def seams_closed(points: Doubles, triangles: Indices, cell: float) -> Indices:
    """(V,) the first vertex of those that each is one with.

    Args:
        points: (V, 3).
        triangles: (T, 3).
        cell: vertices that are this near are in one place.
    """
    from scipy.sparse import coo_matrix
    from scipy.sparse.csgraph import connected_components

    count = len(points)
    place = np.unique(np.round(points / cell).astype(np.int64), axis=0, return_inverse=True)[1].reshape(-1)
    edges, third = _open_edges(triangles)
    some = place[edges[:, 0]] != place[edges[:, 1]]
    edges, third = edges[some], third[some]
    ends = place[edges]
    forwards = ends[:, 0] < ends[:, 1]
    ordered = np.where(forwards[:, None], edges, edges[:, ::-1])
    keys = np.sort(ends, axis=1)
    _, group, sizes = np.unique(keys, axis=0, return_inverse=True, return_counts=True)
    order = np.argsort(group.reshape(-1), kind="stable")
    starts = np.cumsum(sizes) - sizes
    two = starts[sizes == 2]
    pairs = [np.stack([order[two], order[two + 1]], axis=1)]
    for start, size in zip(starts[sizes > 2], sizes[sizes > 2], strict=True):
        rows = order[start : start + size]
        around = list(_around(points, ordered[rows], points[third[rows]], forwards[rows]))
        pairs.append(rows[np.array(around, np.int64).reshape(-1, 2)])
    first, second = np.concatenate(pairs).T
    a, b = ordered[first].ravel(), ordered[second].ravel()
    joined = coo_matrix((np.ones(len(a)), (a, b)), shape=(count, count))
    piece = connected_components(joined, directed=False)[1]
    return np.unique(piece, return_index=True)[1][piece].astype(np.int64)


def _open_edges(triangles: Indices) -> tuple[Indices, Indices]:
    """(E, 2) edges of one triangle alone in its direction, and (E,) the triangle's third vertex."""
    edges = np.concatenate([triangles[:, [0, 1]], triangles[:, [1, 2]], triangles[:, [2, 0]]])
    third = np.concatenate([triangles[:, 2], triangles[:, 0], triangles[:, 1]])
    _, number, count = np.unique(np.sort(edges, axis=1), axis=0, return_inverse=True, return_counts=True)
    alone = count[number.reshape(-1)] == 1
    return edges[alone], third[alone]


def _around(
    points: Doubles, edges: Indices, third: Doubles, forwards: NDArray[np.bool_]
) -> Iterator[tuple[int, int]]:
    """Which of several triangles at one edge have their solid between them, as each of two lips that touch.

    Args:
        points: (V, 3).
        edges: (E, 2) the edge's ends in the same order for all.
        third: (E, 3) the triangles' third corners.
        forwards: (E,) whether the edge goes in that order around the triangle.
    """
    start, end = points[edges[0]]
    axis = (end - start) / np.linalg.norm(end - start)
    away = third - start
    away = away - (away @ axis)[:, None] * axis
    side = away[0] / max(float(np.linalg.norm(away[0])), 1e-30)
    angle = np.arctan2(away @ np.cross(axis, side), away @ side)
    backwards = np.flatnonzero(~forwards)
    taken: set[int] = set()
    for row in np.flatnonzero(forwards):
        # Triangles anticlockwise from outside have their solid clockwise of them around the edge.
        turn = (angle[row] - angle[backwards]) % (2 * np.pi)
        for other in backwards[np.argsort(turn)]:
            if int(other) not in taken:
                taken.add(int(other))
                yield int(row), int(other)
                break
