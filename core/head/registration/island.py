# SPDX-License-Identifier: GPL-3.0-or-later
"""The piece of a mesh that is the face, among hair, clothes, teeth and eyes.

Letters: K keys, V vertices.
"""

from collections.abc import Iterator
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ..surface import Surface
from .not_a_face import NotAFace

Doubles = NDArray[np.float64]


_SEVERAL: Final = 0.5
"""Share of the largest moving island's area from which another beside it is a head of its own."""


def moved_by(deltas: NDArray[np.floating]) -> Doubles:
    """(V,) how much keys (K, V, 3) move each vertex, each key as much as any other."""
    total = np.zeros(np.shape(deltas)[1] if np.ndim(deltas) == 3 else 0)
    for delta in deltas:
        length = np.linalg.norm(delta, axis=1)
        furthest = length.max(initial=0.0)
        if furthest > 0:
            total += (length / furthest) ** 2
    return np.sqrt(total)


def face_of(whole: Surface, moved: Doubles) -> tuple[Surface, Doubles]:
    """The island that moves most, and how much each of its vertices does; refuses half and several heads."""
    areas = np.bincount(whole.islands, whole.areas * moved)
    best = int(areas.argmax())
    inside = whole.islands == best
    low, high = whole.vertices[inside].min(axis=0), whole.vertices[inside].max(axis=0)
    heads = 1
    for other in np.flatnonzero(areas > _SEVERAL * areas[best]):
        if other != best:
            points = whole.vertices[whole.islands == other]
            apart = (points.min(axis=0) > high) | (points.max(axis=0) < low)
            size = np.ptp(points, axis=0) / np.maximum(high - low, 1e-12)
            heads += bool(apart.any() and (size > 0.6).all() and (size < 1.7).all())
    if heads > 1:
        raise NotAFace(
            f"The mesh holds {heads} heads that move: expected one. Separate them by loose parts, each with "
            "its own shape keys."
        )
    face = whole.part(inside)
    motion = moved[inside]
    refuse_half(face)
    return face, motion


def refuse_half(face: Surface) -> None:
    """A half whose other side a Mirror modifier makes ends in a long straight edge in one plane."""
    for _ in cut_planes(face):
        raise half_a_head()


def half_a_head() -> NotAFace:
    """What is wrong with a half."""
    return NotAFace(
        "The mesh is half a head: expected both sides. Apply its Mirror modifier, or mirror the mesh and its "
        "keys."
    )


def cut_planes(face: Surface) -> Iterator[tuple[int, float]]:
    """Axis and place of planes in which a surface ends straight, as a half does, or a bust."""
    if len(face.boundary) == 0:
        return
    size = np.ptp(face.vertices, axis=0)
    edge = face.vertices[np.unique(face.boundary)]
    for axis in range(3):
        for end in (face.vertices[:, axis].min(), face.vertices[:, axis].max()):
            flat = np.abs(edge[:, axis] - end) < 1e-3 * size[axis]
            spread = np.ptp(edge[flat], axis=0) if flat.sum() > 3 else np.zeros(3)
            others = [each for each in range(3) if each != axis]
            if (
                flat.mean() > 0.5
                and (spread[others] > 0.6 * size[others]).all()
                and _is_sideways(face, axis, end)
            ):
                yield axis, float(end)


def _is_sideways(face: Surface, axis: int, end: float) -> bool:
    """Whether the surface meets the plane at right angles, as a half does, and a cut neck mostly too, but
    there the edge is no outline from top to bottom."""
    edge = np.unique(face.boundary)
    flat = edge[np.abs(face.vertices[edge, axis] - end) < 1e-3 * np.ptp(face.vertices[:, axis])]
    return bool(np.abs(face.normals[flat, axis]).mean() < 0.5)
