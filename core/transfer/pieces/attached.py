# SPDX-License-Identifier: GPL-3.0-or-later
"""What grows out of the skin goes with it: lashes, brows, stubble, beards.

Letters: K shapes, S vertices of the skin, P vertices of other pieces, N of one of them, R roots.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from ...head.registration import Registration
from ...head.registration.template_face import template_face
from ...head.surface import Surface, SurfacePoints

Doubles = NDArray[np.float64]
Indices = NDArray[np.int64]
Booleans = NDArray[np.bool_]
Sparse = Any  # scipy.sparse.csr_matrix, whose stubs make other kinds of every operation

_NEAR: Final = 0.005
"""Metres from the skin within which brows and stubble lie."""
_MOSTLY: Final = 0.75
"""Share of a piece that is as near as that."""
_ROOT: Final = 0.002
"""Metres from the skin within which a vertex grows out of it."""
_FEWEST: Final = 0.1
_HOVERS: Final = 1.5
"""Where a piece hovers over the skin, its roots are no further away than so many times the nearest such share
of its vertices."""
_AT_LIDS: Final = 0.006
"""Metres from the edges of the lids within which lashes grow."""
_LASHES: Final = 1.3
"""Widths of an eye within which a piece with lashes lies."""
_LOWER_LID: Final = np.arange(1, 8)
_UPPER_LID: Final = np.arange(9, 16)
"""Places in the landmarks around an eye, from its outer corner below to the inner one and back above."""
_ON_JAW: Final = 0.3
"""Mean of the template's `jaw` and `mouth` regions at the roots of what is a beard."""
_BEARD: Final = 0.2
"""Share of a beard's vertices that lies at the skin."""
_FACE: Final = 0.06
"""Metres beyond the face within which pieces are looked at."""
_ARM: Final = 0.015
"""Metres: what is longer is swung no further by the skin's turning."""
_RINGS: Final = 2
"""Of vertices around one that tell how the skin turns there."""
_LOOKED_AT: Final = 0.02
"""Metres from the skin's vertices within which something of a piece lies that may grow out of it."""
_NOWHERE: Final = SurfacePoints(np.zeros((0, 3), np.int64), np.zeros((0, 3)), np.zeros((0, 3)))


@dataclass(frozen=True, eq=False)
class Attachments:
    """Which pieces go with the skin, and where they are rooted.

    Attributes:
        islands: their numbers.
        vertices: (N,) their vertices among the others.
        roots: (N,) where each is rooted in the skin.
    """

    islands: tuple[int, ...]
    vertices: Indices
    roots: SurfacePoints


def attachments(fit: Registration, taken: Booleans) -> Attachments:
    """Find what grows out of the skin, among islands that are not taken (I,)."""
    others, skin = fit.others, fit.surface
    vertices = _around_face(fit, taken)
    points = others.vertices[vertices]
    islands = others.islands[vertices]
    found = skin.nearest_points(points) if len(points) else _NOWHERE
    away = np.linalg.norm(found.positions - points, axis=1)
    on_jaw = _on_jaw(fit, found.positions)
    root = np.zeros(len(vertices), bool)
    grows = np.zeros(len(vertices), bool)
    for mine in _each(islands):
        root[mine] = away[mine] <= max(_ROOT, _HOVERS * float(np.quantile(away[mine], _FEWEST)))
        piece = _Piece(points[mine], away[mine], found.positions[mine], on_jaw[mine])
        lid = _lid_of(fit, piece, root[mine])
        if lid is not None:
            # At the corners of the eye the other lid is as near.
            root[mine] &= lid
        grows[mine] = lid is not None or _grows(piece)
    chosen = np.flatnonzero(grows)
    source = np.zeros(0, np.int64)
    if len(chosen):
        mine = np.zeros(len(others.vertices), bool)
        mine[vertices[chosen]] = True
        source = chosen[_nearest_root(others.part(mine), root[chosen])]
    roots = SurfacePoints(found.corners[source], found.shares[source], found.positions[source])
    return Attachments(tuple(np.unique(islands[chosen]).tolist()), vertices[chosen], roots)


def _around_face(fit: Registration, taken: Booleans) -> Indices:
    """(N,) vertices, rising, of the islands about the face of which something is at the skin."""
    from scipy.spatial import KDTree

    others = fit.others
    if len(others.vertices) == 0:
        return np.zeros(0, np.int64)
    front = fit.fitted[template_face().front]
    out = (others.vertices < front.min(axis=0) - _FACE) | (others.vertices > front.max(axis=0) + _FACE)
    far = np.bincount(others.islands, out.any(axis=1), minlength=len(taken)) > 0
    near = np.flatnonzero((~taken & ~far)[others.islands])
    # Hair is most of it, and hardly touches: triangles are looked at only where there is something.
    away = KDTree(fit.surface.vertices).query(others.vertices[near], distance_upper_bound=_LOOKED_AT)[0]
    touches = np.bincount(others.islands[near], np.isfinite(away), minlength=len(taken)) > 0
    return near[touches[others.islands[near]]]


def _each(islands: Indices) -> Iterator[Indices]:
    """The rows of each island."""
    order = np.argsort(islands, kind="stable")
    ends = np.flatnonzero(np.diff(islands[order])) + 1
    yield from np.split(order, ends) if len(order) else ()


@dataclass(frozen=True, eq=False)
class _Piece:
    """A piece: points (N, 3), how far (N,) from the skin, the nearest points (N, 3) there, and `_on_jaw`."""

    points: Doubles
    away: Doubles
    found: Doubles
    on_jaw: Doubles


def _lid_of(fit: Registration, piece: _Piece, root: Booleans) -> Booleans | None:
    """(N,) what is not at the other lid than that which lashes or a line of tears grow from; None where they
    are none.

    Args:
        fit: of the mesh.
        piece: what is looked at.
        root: (N,) whether it may grow from there.
    """
    if piece.away[root].max() > 2 * _NEAR:
        return None
    for ring in template_face().eyes.values():
        lids = fit.fitted[ring]
        away = np.linalg.norm(piece.found[:, None] - lids, axis=2)
        reach = np.linalg.norm(piece.points - lids.mean(axis=0), axis=1).max()
        if (away[root].min(axis=1) < _AT_LIDS).mean() > _MOSTLY and reach < _LASHES * np.ptp(lids[:, 0]):
            nearest = away.argmin(axis=1)
            sides = [np.isin(nearest, lid) for lid in (_LOWER_LID, _UPPER_LID)]
            return ~min(sides, key=lambda side: int((side & root).sum()))
    return None


def _grows(piece: _Piece) -> bool:
    """Whether a piece is brows, stubble or a beard."""
    near = piece.away < _NEAR
    if near.mean() > _MOSTLY:
        return True
    return bool(near.mean() >= _BEARD and piece.on_jaw[near].mean() > _ON_JAW)


def _on_jaw(fit: Registration, points: Doubles) -> Doubles:
    """(N,) how much points (N, 3) of the skin are of the jaw or the mouth: beards grow there."""
    from scipy.spatial import KDTree

    template = template_face()
    regions = template.head.regions
    bearded = np.maximum(regions["jaw"], regions["mouth"])[template.vertices]
    return bearded[KDTree(fit.fitted).query(points)[1]]


def _nearest_root(pieces: Surface, root: Booleans) -> Indices:
    """(N,) the root (one of N) that is nearest to each vertex along its piece."""
    from scipy.sparse.csgraph import dijkstra

    _, _, source = dijkstra(
        _lengths(pieces),
        directed=False,
        indices=np.flatnonzero(root),
        min_only=True,
        return_predecessors=True,
    )
    return np.where(source < 0, np.arange(len(root)), source)


@dataclass(frozen=True, eq=False)
class SkinMotion:
    """How shapes move and turn the skin.

    Attributes:
        skin: at rest.
        moves: (K, S, 3) displacements.
    """

    skin: Surface
    moves: Doubles

    def carry(self, points: Doubles, roots: SurfacePoints) -> Doubles:
        """(K, N, 3) displacements of points (N, 3) that stand rigidly on the skin where they are rooted."""
        needed, inverse = np.unique(roots.corners, return_inverse=True)
        corners = inverse.reshape(roots.corners.shape)
        arm = points - roots.positions
        length = np.linalg.norm(arm, axis=1, keepdims=True)
        arm = arm * np.minimum(1, _ARM / np.maximum(length, 1e-12))
        result = roots.carry(self.moves)
        around = self._around(needed)
        count = np.asarray(around.sum(axis=1))
        around = around.multiply(1 / np.maximum(count, 1)).tocsr()
        rest = self.skin.vertices
        middle = around @ rest
        for row, moves in enumerate(self.moves):
            if not np.abs(result[row]).max(initial=0.0) > 0:
                continue
            moved = rest + moves
            products = (moved[:, :, None] * rest[:, None, :]).reshape(-1, 9)
            spread = (around @ products).reshape(-1, 3, 3) - (around @ moved)[:, :, None] * middle[:, None]
            turning = nearest_rotations(spread) - np.eye(3)
            result[row] += np.einsum("nc,ncij,nj->ni", roots.shares, turning[corners], arm)
        return result

    def _around(self, vertices: Indices) -> Sparse:
        """(N, S) sparse: 1 for what is in the rings around some vertices (N,)."""
        from scipy.sparse import identity

        lengths = _lengths(self.skin)
        ring = (lengths + lengths.T + identity(len(self.skin.vertices))).tocsr()
        ring.data[:] = 1
        around = ring[vertices]
        for _ in range(_RINGS - 1):
            around = around @ ring
            around.data[:] = 1
        return around


def _lengths(surface: Surface) -> Sparse:
    """(V, V) lengths of the edges of a surface."""
    from scipy.sparse import coo_matrix

    count = len(surface.vertices)
    a, b = surface.edges.T
    # An edge without length would count as none.
    lengths = np.maximum(np.linalg.norm(surface.vertices[a] - surface.vertices[b], axis=1), 1e-12)
    return coo_matrix((lengths, (a, b)), shape=(count, count)).tocsr()


def nearest_rotations(matrices: Doubles) -> Doubles:
    """(N, 3, 3) the rotation nearest to each of some matrices.

    Source: Kabsch, "A solution for the best rotation to relate two sets of vectors", Acta Cryst. A32, 1976.
    """
    left, _, right = np.linalg.svd(matrices)
    left[:, :, 2] *= np.sign(np.linalg.det(left @ right))[:, None]
    return np.einsum("nij,njk->nik", left, right)
