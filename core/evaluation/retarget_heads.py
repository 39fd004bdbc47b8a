# SPDX-License-Identifier: GPL-3.0-or-later
"""Heads that are not the built-in one, made of it: other people, other meshes, other units, with a body.

What becomes of each vertex of the built-in head is known, so where the lips of such a head are is known too,
without looking for them.

Shape letters: V vertices of the built-in head, W of the mesh that was made of it, T triangles.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from ..head import Head, load_head
from ..head.head_model import IDENTITY_COUNT

Doubles = NDArray[np.float64]
Indices = NDArray[np.int64]
Warp = Callable[[Doubles], Doubles]
Sparse = Any  # scipy.sparse.csr_matrix, whose stubs make other kinds of every operation

MARKS: Final = (
    "inner_lip_upper",
    "inner_lip_lower",
    "mouth_corners",
    "eyelid_upper_left",
    "eyelid_lower_left",
    "eyelid_upper_right",
    "eyelid_lower_right",
)
"""Landmarks of the built-in head that every mesh made of it has as vertices."""

_SLIDE: Final = 0.3
"""Part of an edge by which vertices slide when a mesh is made anew, at most."""


def marks() -> Indices:
    """(L,) vertices of the built-in head at `MARKS`, one after the other."""
    return np.concatenate([load_head().landmarks[name] for name in MARKS])


@dataclass(frozen=True, eq=False)
class MadeHead:
    """A head made of the built-in one.

    Attributes:
        name: what it is.
        offsets: (V, 3) metres that the person is away from the template.
        warp: what it does to all space after that, positions (N, 3) to positions.
        carry: (W', V) sparse; rows sum to 1: the vertices of its face in terms of those of the built-in head.
        triangles: (T, 3) of the whole mesh.
        body: (W - W', 3) metres in head axes: vertices that nothing of the face moves.
        linear: (3, 3) from metres in head axes to the mesh's own units and axes.
        move: (3,) where the head's origin is in the mesh.
        axes: what the caller is told, as of `FaceSurface`; None when it shall be found.
    """

    name: str
    offsets: Doubles
    warp: Warp
    carry: Sparse
    triangles: Indices
    body: Doubles = field(default_factory=lambda: np.zeros((0, 3)))
    linear: Doubles = field(default_factory=lambda: np.eye(3))
    move: Doubles = field(default_factory=lambda: np.zeros(3))
    axes: Doubles | None = field(default_factory=lambda: np.eye(3))

    def in_head_axes(self, displacement: NDArray[np.floating] | float = 0.0) -> Doubles:
        """(W', 3) metres: the face when the built-in head is displaced by (V, 3)."""
        moved = self._warped(displacement)
        return np.asarray(self.carry @ moved)

    def _warped(self, displacement: NDArray[np.floating] | float) -> Doubles:
        return self.warp(load_head().template.astype(np.float64) + self.offsets + displacement)

    @cached_property
    def vertices(self) -> Doubles:
        """(W, 3) at rest, in the mesh's own units and axes."""
        return np.concatenate([self.in_head_axes(), self.body]) @ self.linear.T + self.move

    def delta(self, displacement: NDArray[np.floating]) -> NDArray[np.float32]:
        """(W, 3) in the mesh's own units and axes that its vertices move by for (V, 3) metres."""
        # Sparse shapes are common: warping what does not move would take most of the time.
        still = self._warped(0.0)
        moved = still.copy()
        touched = np.flatnonzero(np.abs(displacement).max(axis=1) > 0)
        whole = load_head().template[touched].astype(np.float64) + self.offsets[touched]
        moved[touched] = self.warp(whole + displacement[touched])
        face = np.asarray(self.carry @ (moved - still)) @ self.linear.T
        return np.concatenate([face, np.zeros_like(self.body)]).astype(np.float32)

    @cached_property
    def mark_rows(self) -> Indices:
        """(L,) vertices of the mesh that are `marks` of the built-in head."""
        single = sparse.csc_matrix(self.carry)[:, marks()]
        rows = np.asarray(single.argmax(axis=0)).ravel()
        values = np.asarray(self.carry[rows, marks()]).ravel()
        if not np.allclose(values, 1):
            raise ValueError(f"'{self.name}' lost landmarks: its mesh must keep them.")
        return rows

    def to_head_axes(self, positions: NDArray[np.floating]) -> Doubles:
        """Positions (..., 3) of the mesh in metres in head axes."""
        return (np.asarray(positions, np.float64) - self.move) @ np.linalg.inv(self.linear).T


def built_in() -> MadeHead:
    """The built-in head as it is, triangulated."""
    head = load_head()
    return MadeHead(
        "built-in head",
        np.zeros(head.template.shape),
        _stays,
        sparse.identity(head.vertex_count, format="csr"),
        triangulated(head.faces),
    )


def person(seed: int) -> MadeHead:
    """Somebody else, drawn from the identity basis."""
    head = load_head()
    alpha = head.identity_spread * np.random.default_rng(seed).standard_normal(IDENTITY_COUNT)
    offsets = head.vertices(alpha=alpha.astype(np.float32)).astype(np.float64) - head.template
    return replace(built_in(), name=f"person {seed}", offsets=offsets)


def _places() -> tuple[list[Doubles], Doubles, Doubles]:
    """Where the built-in head has its eyes (left, right), the middle of its mouth and the tip of its nose."""
    head = load_head()
    template = head.template.astype(np.float64)
    eyes = [template[head.spans[f"eye_{side}"]].mean(axis=0) for side in ("left", "right")]
    return (
        eyes,
        template[head.landmarks["mouth_corners"]].mean(axis=0),
        template[head.landmarks["face68"][30]],
    )


def cartoon() -> MadeHead:
    """No human: eyes half as large again, a wide skull, a small chin, a wider mouth."""
    eyes, mouth, nose = _places()

    def warp(points: Doubles) -> Doubles:
        result = points.copy()
        for centre, size, sigma in ((eyes[0], 0.6, 0.025), (eyes[1], 0.6, 0.025), (nose, -0.45, 0.018)):
            result += size * (points - centre) * _bump(points, centre, sigma)
        result[:, 0] += 0.35 * (points[:, 0] - mouth[0]) * _bump(points, mouth, 0.03)[:, 0]
        upwards = np.clip((points[:, 1] + 0.05) / 0.15, -0.5, 1.5)
        result[:, [0, 2]] *= 1 + 0.18 * upwards[:, None]
        result[:, 1] *= np.where(points[:, 1] > 0, 1.05, 0.85)
        return result

    return replace(built_in(), name="cartoon", warp=warp)


def animal() -> MadeHead:
    """A muzzle: the mouth and nose drawn far forward, a low brow, eyes apart."""
    _, mouth, _ = _places()
    inside = mouth - [0, 0, 0.03]

    def warp(points: Doubles) -> Doubles:
        result = points.copy()
        snout = np.exp(-((points[:, :2] - mouth[:2]) ** 2).sum(axis=1) / (2 * 0.035**2))
        forward = np.clip((points[:, 2] - inside[2]) / 0.05, 0, None)
        result[:, 2] += 0.05 * snout * np.tanh(forward)
        result[:, 0] *= 1 + 0.25 * np.clip((points[:, 1] - 0.0) / 0.05, 0, 1) * np.clip(
            points[:, 2] / 0.1, 0, 1
        )
        result[:, 1] -= 0.2 * np.clip(points[:, 1] - 0.06, 0, None)
        return result

    return replace(built_in(), name="animal", warp=warp)


def anime() -> MadeHead:
    """Hardly a nose, huge eyes far apart, a small mouth, a pointed chin."""
    eyes, mouth, nose = _places()

    def warp(points: Doubles) -> Doubles:
        result = points.copy()
        for eye in eyes:
            result += 0.8 * (points - eye) * _bump(points, eye, 0.02)
        result += -0.4 * (points - mouth) * _bump(points, mouth, 0.028) * [1, 0.8, 0.2]
        result[:, 2] -= 0.016 * _bump(points, nose, 0.014)[:, 0]
        low = np.clip((-0.02 - points[:, 1]) / 0.08, 0, 1) * np.clip(points[:, 2] / 0.08, 0, 1)
        result[:, 0] *= 1 - 0.35 * low
        return result

    return replace(built_in(), name="anime", warp=warp)


def _bump(points: Doubles, centre: Doubles, sigma: float) -> Doubles:
    return np.exp(-((points - centre) ** 2).sum(axis=1, keepdims=True) / (2 * sigma**2))


def _stays(points: Doubles) -> Doubles:
    return points


def face_alone(head: MadeHead) -> MadeHead:
    """Only the front of the skin: no skull, eyes, teeth or tongue, as faces that are a mesh of their own."""
    model = load_head()
    skin = np.zeros(model.vertex_count, bool)
    skin[model.spans["skin"]] = True
    skin &= (model.template[:, 2] > 0.03) & (model.template[:, 1] > -0.1)
    kept = np.flatnonzero(np.asarray(head.carry @ skin.astype(float)).ravel() > 0.999)
    return replace(_with_vertices(head, kept), name=f"{head.name}, face alone")


def shuffled(head: MadeHead, seed: int) -> MadeHead:
    """The same mesh with its vertices and triangles in another order."""
    random = np.random.default_rng(seed)
    order = random.permutation(head.carry.shape[0])
    made = _with_vertices(head, order)
    triangles = random.permutation(made.triangles)
    return replace(made, triangles=np.roll(triangles, 1, axis=1))


def turned(
    head: MadeHead,
    name: str,
    *,
    scale: float,
    rotation: NDArray[np.floating],
    move: Iterable[float],
    tells_axes: bool,
) -> MadeHead:
    """The same head in other units and axes.

    Args:
        head: what is turned.
        name: of the result.
        scale: units a metre.
        rotation: (3, 3) from head axes to the mesh's.
        move: (3,) where the head's origin comes to, in the mesh's units.
        tells_axes: whether the caller knows the axes.
    """
    linear = scale * np.asarray(rotation, np.float64)
    axes = np.asarray(rotation, np.float64).T if tells_axes else None
    return replace(head, name=name, linear=linear, move=np.array(list(move), float), axes=axes)


Z_UP: Final = np.array([[1.0, 0.0, 0.0], [0.0, 0.0, -1.0], [0.0, 1.0, 0.0]])
"""From head axes to a character in Blender: up is z, and it looks along -y."""


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
        points, faces = _ball(24, 32)
        triangles.append(faces + count)
        positions.append(points * radii + centre)
        count += len(points)
    return replace(
        head,
        name=f"{head.name}, with body",
        body=np.concatenate([head.body, *positions]),
        triangles=np.concatenate(triangles),
    )


def _ball(rows: int, columns: int) -> tuple[Doubles, Indices]:
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


def triangulated(quads: Indices) -> Indices:
    """(2 Q, 3) triangles of quads (Q, 4); a quad whose last two corners are one gives one triangle."""
    both = np.concatenate([quads[:, [0, 1, 2]], quads[:, [0, 2, 3]]])
    return both[(both[:, 1] != both[:, 2]) & (both[:, 0] != both[:, 2])]


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


def _with_vertices(head: MadeHead, kept: Indices) -> MadeHead:
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
    return _with_vertices(replace(head, triangles=triangles), np.flatnonzero(alive))


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
