# SPDX-License-Identifier: GPL-3.0-or-later
"""Meshes as surfaces: welding, islands, normals, nearest points, distances along the surface.

Letters: V vertices, T triangles, P points. SciPy is imported by what needs it: it costs a quarter of a
second.
"""

from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .welding import seams_closed

Doubles = NDArray[np.float64]
Indices = NDArray[np.int64]

_WELD = 1e-5
"""Vertices nearer than this part of the mesh's size are one: exports split them along seams."""

_ALIKE = 1e-3
"""So much of the furthest movement is no difference."""

_TRIANGLES_LOOKED_AT = 12


@dataclass(frozen=True, eq=False)
class Surface:
    """A welded triangle mesh.

    Attributes:
        vertices: (V, 3).
        triangles: (T, 3), none of which has a corner twice.
        origin: (V,) a vertex of the mesh before welding for each.
        places: (W,) the vertex that each vertex of the mesh before welding became, -1 for those of other
            parts; empty where nothing was welded.
    """

    vertices: Doubles
    triangles: Indices
    origin: Indices
    places: Indices = field(default_factory=lambda: np.zeros(0, np.int64))

    @classmethod
    def welded(
        cls,
        vertices: NDArray[np.floating],
        triangles: NDArray[np.integer],
        moved: NDArray[np.floating] | None = None,
    ) -> "Surface":
        """Weld vertices (V, 3) that lie at one place and move alike.

        Args:
            vertices: (V, 3).
            triangles: (T, 3).
            moved: (V,) how far each moves: lips that touch at rest are two. Where nothing moves (None),
                vertices are welded only where two open edges meet.
        """
        points = np.asarray(vertices, np.float64)
        size = float(np.ptp(points, axis=0).max(initial=0.0)) or 1.0
        if moved is None:
            same = seams_closed(points, np.asarray(triangles, np.int64), _WELD * size)[:, None]
        else:
            reach = float(np.max(moved, initial=0.0)) or 1.0
            places = np.column_stack([points / (_WELD * size), np.asarray(moved) / (_ALIKE * reach)])
            same = np.round(places).astype(np.int64)
        _, origin, number = np.unique(same, axis=0, return_index=True, return_inverse=True)
        corners = number.reshape(-1)[np.asarray(triangles, np.int64)].reshape(-1, 3)
        whole = (
            (corners[:, 0] != corners[:, 1])
            & (corners[:, 1] != corners[:, 2])
            & (corners[:, 2] != corners[:, 0])
        )
        return cls(points[origin], corners[whole], origin.astype(np.int64), number.reshape(-1))

    def part(self, vertices: NDArray[np.bool_]) -> "Surface":
        """The triangles whose corners are all among some vertices (V,)."""
        kept = np.flatnonzero(vertices)
        number = np.full(len(self.vertices), -1, np.int64)
        number[kept] = np.arange(len(kept))
        corners = number[self.triangles]
        places = np.where(self.places >= 0, number[self.places], -1)
        return Surface(self.vertices[kept], corners[(corners >= 0).all(axis=1)], self.origin[kept], places)

    def moved_to(self, vertices: Doubles) -> "Surface":
        """The same triangles between other places (V, 3)."""
        return replace(self, vertices=vertices)

    @cached_property
    def edges(self) -> Indices:
        """(E, 2) each once, the smaller number first."""
        corners = self.triangles
        pairs = np.sort(np.concatenate([corners[:, [0, 1]], corners[:, [1, 2]], corners[:, [2, 0]]]), axis=1)
        return np.unique(pairs, axis=0)

    @cached_property
    def boundary(self) -> Indices:
        """(B, 2) edges of one triangle alone."""
        corners = self.triangles
        pairs = np.sort(np.concatenate([corners[:, [0, 1]], corners[:, [1, 2]], corners[:, [2, 0]]]), axis=1)
        edges, count = np.unique(pairs, axis=0, return_counts=True)
        return edges[count == 1]

    @cached_property
    def islands(self) -> Indices:
        """(V,) number of the connected piece of each vertex."""
        from scipy.sparse.csgraph import connected_components

        return connected_components(self._graph(np.ones(len(self.edges))), directed=False)[1].astype(np.int64)

    @cached_property
    def normals(self) -> Doubles:
        """(V, 3) of unit length, 0 where there is no area."""
        a, b, c = (self.vertices[self.triangles[:, corner]] for corner in range(3))
        faces = np.cross(b - a, c - a)
        normals = np.zeros_like(self.vertices)
        for corner in range(3):
            np.add.at(normals, self.triangles[:, corner], faces)
        length = np.linalg.norm(normals, axis=1, keepdims=True)
        return normals / np.where(length > 0, length, 1)

    @cached_property
    def areas(self) -> Doubles:
        """(V,) a third of the area of the triangles around each vertex."""
        a, b, c = (self.vertices[self.triangles[:, corner]] for corner in range(3))
        thirds = np.linalg.norm(np.cross(b - a, c - a), axis=1) / 6
        total = np.zeros(len(self.vertices))
        np.add.at(total, self.triangles, thirds[:, None])
        return total

    def distances_from(self, sources: NDArray[np.integer]) -> Doubles:
        """(V,) length of the shortest path along edges from any of some vertices; else infinite."""
        from scipy.sparse.csgraph import dijkstra

        a, b = self.edges.T
        lengths = np.linalg.norm(self.vertices[a] - self.vertices[b], axis=1)
        # An edge without length would count as none.
        graph = self._graph(np.maximum(lengths, 1e-12))
        return dijkstra(graph, directed=False, indices=np.unique(sources), min_only=True)

    def path(self, start: int, end: int) -> Indices:
        """The vertices of the shortest path along edges, both ends among them; the ends alone without one."""
        from scipy.sparse.csgraph import dijkstra

        a, b = self.edges.T
        lengths = np.linalg.norm(self.vertices[a] - self.vertices[b], axis=1)
        graph = self._graph(np.maximum(lengths, 1e-12))
        before = dijkstra(graph, directed=False, indices=start, return_predecessors=True)[1]
        found = [end]
        while found[-1] != start:
            if before[found[-1]] < 0:
                return np.array([start, end])
            found.append(int(before[found[-1]]))
        return np.array(found[::-1])

    def _graph(self, lengths: Doubles) -> Any:
        from scipy.sparse import coo_matrix

        count = len(self.vertices)
        return coo_matrix((lengths, (self.edges[:, 0], self.edges[:, 1])), shape=(count, count)).tocsr()

    def nearest_points(self, points: Doubles, allowed: NDArray[np.bool_] | None = None) -> "SurfacePoints":
        """The nearest point of the surface to each of some points (P, 3).

        Args:
            points: where to look from.
            allowed: (T,) triangles that count; all of them by default.
        """
        from scipy.spatial import KDTree

        numbers = np.arange(len(self.triangles)) if allowed is None else np.flatnonzero(allowed)
        corners = self.triangles[numbers]
        centres = self.vertices[corners].mean(axis=1)
        looked_at = min(_TRIANGLES_LOOKED_AT, len(numbers))
        near = KDTree(centres).query(points, k=looked_at)[1].reshape(len(points), looked_at)
        candidates = corners[near]
        shares = nearest_in_triangles(points[:, None], self.vertices[candidates])
        found = np.einsum("pkc,pkcx->pkx", shares, self.vertices[candidates])
        best = np.linalg.norm(found - points[:, None], axis=2).argmin(axis=1)
        rows = np.arange(len(points))
        return SurfacePoints(candidates[rows, best], shares[rows, best], found[rows, best])


@dataclass(frozen=True, eq=False)
class SurfacePoints:
    """Points on a surface.

    Attributes:
        corners: (P, 3) vertices of the triangle that each lies in.
        shares: (P, 3) barycentric coordinates.
        positions: (P, 3).
    """

    corners: Indices
    shares: Doubles
    positions: Doubles

    def carry(self, values: NDArray[np.floating]) -> Doubles:
        """Values (..., V, N) of the surface's vertices at the points (..., P, N)."""
        return np.einsum(
            "pc,...pcn->...pn", self.shares, np.asarray(values, np.float64)[..., self.corners, :]
        )


def nearest_in_triangles(points: Doubles, triangles: Doubles) -> Doubles:
    """Barycentric coordinates (..., 3) of the nearest point of each triangle (..., 3, 3) to a point (..., 3).

    The nearest point of the plane where it lies inside, else the nearest of the three sides.
    """
    a, b, c = triangles[..., 0, :], triangles[..., 1, :], triangles[..., 2, :]
    points = np.broadcast_to(points, a.shape)
    ab, ac, ap = b - a, c - a, points - a
    d00, d01, d11 = (ab * ab).sum(-1), (ab * ac).sum(-1), (ac * ac).sum(-1)
    d20, d21 = (ap * ab).sum(-1), (ap * ac).sum(-1)
    area = d00 * d11 - d01 * d01
    safe = np.where(area > 0, area, 1)
    v, w = (d11 * d20 - d01 * d21) / safe, (d00 * d21 - d01 * d20) / safe
    best = np.stack([1 - v - w, v, w], axis=-1)
    inside = (best >= 0).all(-1) & (area > 0)
    best = np.where(inside[..., None], best, 0)
    distance = np.where(inside, -1.0, np.inf)
    for start, end in ((0, 1), (1, 2), (2, 0)):
        p, q = triangles[..., start, :], triangles[..., end, :]
        side = q - p
        length = (side * side).sum(-1)
        along = np.clip(((points - p) * side).sum(-1) / np.where(length > 0, length, 1), 0, 1)
        away = np.linalg.norm(points - p - along[..., None] * side, axis=-1)
        shares = np.zeros_like(best)
        shares[..., start], shares[..., end] = 1 - along, along
        nearer = away < distance
        best = np.where(nearer[..., None], shares, best)
        distance = np.where(nearer, away, distance)
    return best
