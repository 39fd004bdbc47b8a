# SPDX-License-Identifier: GPL-3.0-or-later
"""Heads that are not the built-in one, made of it: other people, other meshes, other units, with a body.

What becomes of each vertex of the built-in head is known, so where the lips of such a head are is known too,
without looking for them.

Shape letters: V vertices of the built-in head, W of the mesh that was made of it, T triangles.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from ..head import load_head
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
        moved = self.surface(displacement)
        return np.asarray(self.carry @ moved)

    def surface(self, displacement: NDArray[np.floating] | float = 0.0) -> Doubles:
        """(V, 3) metres in head axes: where the built-in head's vertices are on this person."""
        return self.warp(load_head().template.astype(np.float64) + self.offsets + displacement)

    @cached_property
    def vertices(self) -> Doubles:
        """(W, 3) at rest, in the mesh's own units and axes."""
        return np.concatenate([self.in_head_axes(), self.body]) @ self.linear.T + self.move

    def delta(self, displacement: NDArray[np.floating]) -> NDArray[np.float32]:
        """(W, 3) in the mesh's own units and axes that its vertices move by for (V, 3) metres."""
        # Sparse shapes are common: warping what does not move would take most of the time.
        still = self.surface(0.0)
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


def triangulated(quads: Indices) -> Indices:
    """(2 Q, 3) triangles of quads (Q, 4); a quad whose last two corners are one gives one triangle."""
    both = np.concatenate([quads[:, [0, 1, 2]], quads[:, [0, 2, 3]]])
    return both[(both[:, 1] != both[:, 2]) & (both[:, 0] != both[:, 2])]
