# SPDX-License-Identifier: GPL-3.0-or-later
"""Other meshes for the faces of made heads: finer, coarser, made anew, in part, on a body.

Shape letters: V vertices of the built-in head, W of the mesh that was made of it, T triangles.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from ..head import Head, load_head
from .made_heads import Doubles, Indices, MadeHead, Sparse, marks, triangulated

_SLIDE: Final = 0.3
"""Part of an edge by which vertices slide when a mesh is made anew, at most."""


def face_alone(head: MadeHead) -> MadeHead:
    """Only the front of the skin: no skull, eyes, teeth or tongue, as faces that are a mesh of their own."""
    model = load_head()
    skin = np.zeros(model.vertex_count, bool)
    skin[model.spans["skin"]] = True
    skin &= (model.template[:, 2] > 0.03) & (model.template[:, 1] > -0.1)
    kept = np.flatnonzero(np.asarray(head.carry @ skin.astype(float)).ravel() > 0.999)
    return replace(with_vertices(head, kept), name=f"{head.name}, face alone")


def shuffled(head: MadeHead, seed: int) -> MadeHead:
    """The same mesh with its vertices and triangles in another order."""
    random = np.random.default_rng(seed)
    order = random.permutation(head.carry.shape[0])
    made = with_vertices(head, order)
    triangles = random.permutation(made.triangles)
    return replace(made, triangles=np.roll(triangles, 1, axis=1))


def with_body(head: MadeHead) -> MadeHead:
    """The head on a whole figure of 1.7 m in one mesh, with hair: most of the mesh is no face."""
    pieces = (
        ((0, -0.42, -0.05), (0.19, 0.26, 0.12)),
        ((0, -0.75, -0.05), (0.17, 0.2, 0.12)),
        ((0.28, -0.45, -0.05), (0.06, 0.3, 0.06)),
        ((-0.28, -0.45, -0.05), (0.06, 0.3, 0.06)),
        ((0.1, -1.15, -0.04), (0.09, 0.42, 0.09)),
        ((-0.1, -1.15, -0.04), (0.09, 0.42, 0.09)),
        # Hair: a shell around the back of the head.
        ((0, 0.06, -0.03), (0.105, 0.115, 0.1)),
    )
    count = head.carry.shape[0]
    positions, triangles = [], [head.triangles]
    for centre, radii in pieces:
        points, faces = ball(24, 32)
        triangles.append(faces + count)
        positions.append(points * radii + centre)
        count += len(points)
    return replace(
        head,
        name=f"{head.name}, with body",
        body=np.concatenate([head.body, *positions]),
        triangles=np.concatenate(triangles),
    )


def ball(rows: int, columns: int) -> tuple[Doubles, Indices]:
    """A sphere of radius 1: positions (N, 3) and triangles (T, 3)."""
    polar = np.pi * (np.arange(rows) + 0.5) / rows
    around = 2 * np.pi * np.arange(columns) / columns
    ring = np.stack([np.cos(around), np.zeros(columns), np.sin(around)], axis=1)
    points = np.sin(polar)[:, None, None] * ring + np.cos(polar)[:, None, None] * [0, 1, 0]
    corner = np.arange(rows * columns).reshape(rows, columns)
    beside = np.roll(corner, -1, axis=1)
    quads = np.stack([corner[:-1], beside[:-1], beside[1:], corner[1:]], axis=-1).reshape(-1, 4)
    return points.reshape(-1, 3), triangulated(quads)


def finer(head: MadeHead) -> MadeHead:
    """Its skin subdivided once: 20,000 vertices of the built-in head's 7,318."""
    model = load_head()
    of_skin = (model.faces < model.spans["skin"].stop).all(axis=1)
    carry, faces = _subdivided(model, of_skin, None)
    return replace(head, name=f"{head.name}, finer", carry=carry @ head.carry, triangles=triangulated(faces))


def remeshed(head: MadeHead, seed: int, count: int | None = None) -> MadeHead:
    """Another mesh on the same surface: no vertex but the marks lies where the built-in head has one.

    The skin's vertices slide along their edges, it is subdivided at random places, and edges are collapsed
    until `count` vertices are left.

    Args:
        head: of the built-in head's own mesh.
        seed: draws all.
        count: vertices of the result; as many as come when None.
    """
    model = load_head()
    random = np.random.default_rng(seed)
    of_skin = (model.faces < model.spans["skin"].stop).all(axis=1)
    slide = _slid(model, of_skin, random)
    carry, faces = _subdivided(model, of_skin, random)
    made = replace(head, name=f"{head.name}, other mesh", carry=carry @ slide, triangles=triangulated(faces))
    if count is not None:
        made = _collapsed(made, count)
    return shuffled(made, seed)


def _edges(faces: Indices) -> Indices:
    """(E, 2) edges of faces (F, 3 or 4), each once, its smaller vertex first."""
    pairs = np.stack([faces, np.roll(faces, -1, axis=1)], axis=-1).reshape(-1, 2)
    pairs = np.unique(np.sort(pairs, axis=1), axis=0)
    return pairs[pairs[:, 0] != pairs[:, 1]]


def _slid(model: Head, of_skin: NDArray[np.bool_], random: np.random.Generator) -> Sparse:
    """(V, V) each vertex of the skin on its way to one of its neighbours; marks stay."""
    edges = random.permutation(_edges(model.faces[of_skin]))
    edges = np.concatenate([edges, edges[:, ::-1]])
    neighbour = np.arange(model.vertex_count)
    neighbour[edges[:, 0]] = edges[:, 1]
    share = random.uniform(0, _SLIDE, model.vertex_count)
    share[marks()] = 0
    # Rims of lips and lids would tear apart or cross.
    share[(model.regions["lips"] > 0.5) | (model.regions["eyelids"] > 0.5)] *= 0.3
    rows = np.arange(model.vertex_count)
    entries = np.concatenate([1 - share, share])
    places = (np.concatenate([rows, rows]), np.concatenate([rows, neighbour]))
    return sparse.csr_matrix((entries, places), shape=(model.vertex_count,) * 2)


def _subdivided(
    model: Head, chosen: NDArray[np.bool_], random: np.random.Generator | None
) -> tuple[Sparse, Indices]:
    """Split the chosen quads into four each, in their middles or at random places: (W, V), faces."""
    count = model.vertex_count
    quads, others = model.faces[chosen], model.faces[~chosen]
    edges = _edges(quads)
    number = {tuple(edge): count + row for row, edge in enumerate(edges.tolist())}
    place = np.full(len(edges), 0.5) if random is None else random.uniform(0.3, 0.7, len(edges))
    inside = np.full((len(quads), 4), 0.25)
    if random is not None:
        inside = random.dirichlet([8.0] * 4, len(quads))
    first_face = count + len(edges)
    rows = np.concatenate(
        [
            np.arange(count),
            np.repeat(count + np.arange(len(edges)), 2),
            np.repeat(first_face + np.arange(len(quads)), 4),
        ]
    )
    columns = np.concatenate([np.arange(count), edges.ravel(), quads.ravel()])
    entries = np.concatenate([np.ones(count), np.stack([1 - place, place], 1).ravel(), inside.ravel()])
    carry = sparse.csr_matrix((entries, (rows, columns)), shape=(first_face + len(quads), count))
    smaller = []
    for face, corners in enumerate(quads.tolist()):
        halves = [
            number[min(a, b), max(a, b)] for a, b in zip(corners, corners[1:] + corners[:1], strict=True)
        ]
        smaller += [
            [corner, halves[each], first_face + face, halves[each - 1]] for each, corner in enumerate(corners)
        ]
    return carry, np.concatenate([np.array(smaller, np.int64).reshape(-1, 4), others])


def with_vertices(head: MadeHead, kept: Indices) -> MadeHead:
    """Only some vertices of the face, in a new order, and the triangles that have all theirs."""
    count, body = head.carry.shape[0], len(head.body)
    number = np.full(count + body, -1)
    number[kept] = np.arange(len(kept))
    number[count:] = len(kept) + np.arange(body)
    triangles = number[head.triangles]
    return replace(head, carry=head.carry[kept], triangles=triangles[(triangles >= 0).all(axis=1)])


def _collapsed(head: MadeHead, count: int) -> MadeHead:
    """Collapse short edges, one end into the other, until `count` vertices are left; marks stay."""
    model = load_head()
    # Models are finer at lips and lids, as drawn to a larger scale.
    fine = head.carry @ np.maximum(model.regions["lips"], model.regions["eyelids"])
    positions = head.in_head_axes()
    scale = 1 + 2 * np.asarray(fine, np.float64)
    triangles = head.triangles
    alive = np.ones(len(positions), bool)
    protected = np.zeros(len(positions), bool)
    protected[head.mark_rows] = True
    while alive.sum() > count:
        left = int(alive.sum()) - count
        gone = _collapse_some(positions, scale, triangles, protected, left)
        if not gone:
            break
        number = np.arange(len(positions))
        number[list(gone)] = list(gone.values())
        alive[list(gone)] = False
        triangles = number[triangles]
        corners = np.sort(triangles, axis=1)
        triangles = triangles[(corners[:, 0] != corners[:, 1]) & (corners[:, 1] != corners[:, 2])]
    return with_vertices(replace(head, triangles=triangles), np.flatnonzero(alive))


def _collapse_some(
    positions: Doubles, scale: Doubles, triangles: Indices, protected: NDArray[np.bool_], most: int
) -> Mapping[int, int]:
    """Vertices to take away -> the neighbour that takes their place, no two of them near each other."""
    pairs = np.stack([triangles, np.roll(triangles, -1, axis=1)], axis=-1).reshape(-1, 2)
    edges, uses = np.unique(np.sort(pairs, axis=1), axis=0, return_counts=True)
    rim = np.zeros(len(positions), bool)
    rim[edges[uses != 2]] = True
    around: dict[int, set[int]] = {}
    for a, b in edges.tolist():
        around.setdefault(a, set()).add(b)
        around.setdefault(b, set()).add(a)
    of_vertex: dict[int, list[int]] = {}
    for row, corners in enumerate(triangles.tolist()):
        for corner in corners:
            of_vertex.setdefault(corner, []).append(row)
    length = np.linalg.norm(positions[edges[:, 0]] - positions[edges[:, 1]], axis=1)
    length *= scale[edges].mean(axis=1)
    touched = np.zeros(len(positions), bool)
    gone: dict[int, int] = {}
    # The shorter half only: the next round measures again.
    for a, b in edges[np.argsort(length)][: len(edges) // 2].tolist():
        if len(gone) >= most:
            break
        if protected[a] or rim[a]:
            a, b = b, a
        if protected[a] or rim[a] or touched[a] or touched[b]:
            continue
        if len(around[a] & around[b]) != 2 or touched[list(around[a])].any():
            continue
        rows = np.array([row for row in of_vertex[a] if b not in triangles[row]])
        before = triangles[rows]
        if not _keeps_facing(positions, before, np.where(before == a, b, before)):
            continue
        gone[a] = b
        touched[[a, b, *around[a]]] = True
    return gone


def _keeps_facing(positions: Doubles, before: Indices, after: Indices) -> bool:
    """Whether triangles (T, 3) look the way that they did, and none has become a line."""

    def normals(corners: Indices) -> Doubles:
        a, b, c = (positions[corners[:, each]] for each in range(3))
        return np.cross(b - a, c - a)

    one, other = normals(before), normals(after)
    sizes = np.linalg.norm(one, axis=1) * np.linalg.norm(other, axis=1)
    return bool(((one * other).sum(axis=1) > 0.3 * sizes + 1e-15).all())
