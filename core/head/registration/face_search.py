# SPDX-License-Identifier: GPL-3.0-or-later
"""Where the face of a mesh is that has no shape keys: from its geometry alone, or with marks of the user.

Letters: V vertices, T triangles.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..surface import Surface
from .complete import completed, turned_out
from .head_places import at_ends, behind_eyes
from .island import refuse_half
from .marks import MARKS, Marks
from .mesh_faults import checked_vertices, refuse_soup
from .not_a_face import NotAFace
from .pose_search import best_poses
from .registration import Registration
from .samples import sampled, template_samples
from .similarity import Pose, agreement_of
from .template_face import Template, template_face

__all__ = ["MARKS", "find_face"]

Doubles = NDArray[np.float64]
Booleans = NDArray[np.bool_]

_POINTS: Final = 20_000
"""Points of the mesh that are looked at: a tenth of them lie on the head of a whole figure."""
_FURTHEST: Final = 0.4
"""How wrong a pose may be: people are below 0.2, stylised heads below 0.3, what is no head
above 0.4."""
_NEAR: Final = 0.03
"""Metres from the template's skin within which a mesh moves as a face does, less and less."""
_MOST_PIECES: Final = 4
"""Pieces that are looked at by themselves."""
_LARGE: Final = 0.15
"""Part of the largest piece's area that each of them has at least."""


def find_face(
    vertices: NDArray[np.floating],
    triangles: NDArray[np.integer],
    *,
    chosen: NDArray[np.bool_] | None = None,
    axes: NDArray[np.floating] | None = None,
    marks: Mapping[str, ArrayLike] | None = None,
    progress: Callable[[float], None] | None = None,
) -> Registration:
    """Find the template on a mesh without shape keys.

    Args:
        vertices: (V, 3) in any unit; of all meshes of the character, one after the other.
        triangles: (T, 3) anticlockwise seen from outside.
        chosen: (V,) vertices of the mesh that the user chose: the skin is among them. All by default.
        axes: (3, 3) from the mesh's coordinates to head axes, where they are known.
        marks: where some of `MARKS` are, (3,) each.
        progress: receives the share that is done, 0..1; what it raises ends the search.

    Raises:
        NotAFace: not a head, several heads, half a head, a plane, faces without area or that do not hang
            together.
    """
    tell = progress or (lambda share: None)
    tell(0.0)
    corners = checked_vertices(vertices, triangles)
    whole = _facing_outwards(Surface.welded(vertices, corners))
    refuse_soup(whole)
    template = template_face()
    of_skin = np.ones(len(whole.vertices), bool) if chosen is None else np.asarray(chosen, bool)[whole.origin]
    Marks.checked(marks or {})
    frame = np.eye(3) if axes is None else np.asarray(axes, np.float64)
    samples = sampled(whole, np.flatnonzero(of_skin[whole.triangles].all(axis=1)), _POINTS, 0)
    poses, cost = best_poses(samples, [*at_ends(samples, frame), *behind_eyes(samples, whole)])
    tell(0.5)
    if not cost[0] <= _FURTHEST:
        raise NotAFace(
            f"No face was found: {cost[0]:.0%} of the surface differs from that of a head where it is likest "
            f"one, expected below {_FURTHEST:.0%}. Choose the mesh of the face, or mark its eyes, nose, "
            "mouth and chin."
        )
    pose = Pose(poses.turn[0], float(poses.scale[0]), poses.offset[0], poses.axes[0], float(cost[0]))
    face = _face_at(template, whole, of_skin, pose)
    refuse_half(face)
    if agreement_of(template, pose, face) < -0.3:
        face = turned_out(face)
    motion = _motion_at(template, face, pose)
    tell(0.6)
    found = completed(template, whole, face, motion, pose, None)
    tell(1.0)
    return found


def _facing_outwards(whole: Surface) -> Surface:
    """Islands that are inside out turned: those of which the volume is below zero."""
    middle = (
        np.stack([np.bincount(whole.islands, whole.areas * whole.vertices[:, axis]) for axis in range(3)], 1)
        / np.maximum(np.bincount(whole.islands, whole.areas), 1e-300)[:, None]
    )
    piece = whole.islands[whole.triangles[:, 0]]
    a, b, c = (whole.vertices[whole.triangles[:, each]] - middle[piece] for each in range(3))
    volume = np.bincount(piece, np.einsum("tx,tx->t", a, np.cross(b, c)), minlength=len(middle))
    inwards = (volume < 0)[piece]
    triangles = np.where(inwards[:, None], whole.triangles[:, ::-1], whole.triangles)
    return replace(whole, triangles=triangles)


def _face_at(template: Template, whole: Surface, of_skin: Booleans, pose: Pose) -> Surface:
    """The island that has the face in a pose."""
    from scipy.spatial import KDTree

    numbers = np.flatnonzero(of_skin)
    front = template_samples().front
    away, near = KDTree(pose.apply(whole.vertices[numbers])).query(template.points[front])
    near = numbers[near]
    looks = (whole.normals[near] @ pose.turn.T * template.normals[front]).sum(axis=1)
    votes = np.bincount(whole.islands[near], np.abs(looks) / (1 + (away / _NEAR) ** 2))
    return whole.part(whole.islands == int(votes.argmax()))


def _motion_at(template: Template, face: Surface, pose: Pose) -> Doubles:
    """(V,) how much a face in a pose would move each vertex."""
    from scipy.spatial import KDTree

    away, near = KDTree(template.points).query(pose.apply(face.vertices))
    return template.motion[near] * np.exp(-((away / _NEAR) ** 2))
