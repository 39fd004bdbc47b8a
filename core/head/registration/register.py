# SPDX-License-Identifier: GPL-3.0-or-later
"""Where the template lies on a mesh whose shape keys move a face.

Letters: V vertices of the mesh, T triangles, K keys.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from ..surface import Surface
from .complete import completed, turned_out
from .face_search import find_face
from .island import face_of, moved_by
from .not_a_face import NotAFace
from .registration import Registration
from .similarity import BLENDER_AXES, Pose, agreement_of, refined, similarity, usual_turns
from .template_face import Template, template_face

Doubles = NDArray[np.float64]


_DOUBTFUL: Final = 0.016
"""Metres by which the first fit may be off before others of the usual axes are tried."""
_FEWEST: Final = 20
"""Vertices."""
_BETTER: Final = 0.75
"""Part of the first fit's cost that other axes must reach to be taken."""


def register(
    vertices: NDArray[np.floating],
    triangles: NDArray[np.integer],
    deltas: NDArray[np.floating],
    axes: NDArray[np.floating] | None = None,
) -> Registration:
    """Find the template on a mesh.

    Args:
        vertices: (V, 3) at rest, in any unit.
        triangles: (T, 3) anticlockwise seen from outside.
        deltas: (K, V, 3) displacements of the mesh's keys: the face is where they are.
        axes: (3, 3) from the mesh's coordinates to head axes, where they are known.

    Raises:
        NotAFace: nothing moves, half a head, several heads, or no face.
    """
    moved = moved_by(deltas)
    if len(moved) == 0 or not moved.max(initial=0.0) > 0:
        raise NotAFace("None of the shape keys moves a vertex: expected keys that move the mouth.")
    if not np.isfinite(vertices).all():
        raise NotAFace("The mesh has vertices that are not numbers: expected finite coordinates. Repair it.")
    whole = Surface.welded(vertices, triangles, moved)
    face, motion = face_of(whole, moved[whole.origin])
    if not (face.areas * motion).max(initial=0.0) > 0:
        raise NotAFace("What the shape keys move has no area: expected a face. Choose the mesh of the face.")
    moving = int((motion > 0).sum())
    if moving < _FEWEST:
        raise NotAFace(
            f"Vertices of one piece that the shape keys move: {moving}. Expected a face, with {_FEWEST} at "
            "least: choose the mesh of the face."
        )
    template = template_face()
    best = refined(template, face, motion, _best_pose(template, face, motion, axes))
    if agreement_of(template, best, face) < -0.3:
        face = turned_out(face)
    found = completed(template, whole, face, motion, best, deltas)
    if found.lips is None or not found.lips.is_slit:
        # Nods move the whole head, and winks no mouth: then its shape tells better where the face is.
        by_shape = _by_shape(vertices, triangles, axes)
        if by_shape is not None and by_shape.residual < found.residual:
            return by_shape
    return found


def _by_shape(
    vertices: NDArray[np.floating], triangles: NDArray[np.integer], axes: NDArray[np.floating] | None
) -> Registration | None:
    """Where the template lies by the mesh's shape alone, if lips are found there."""
    try:
        found = find_face(vertices, triangles, axes=axes)
    except NotAFace:
        return None
    return None if found.lips is None else found


def _best_pose(template: Template, face: Surface, motion: Doubles, axes: NDArray[np.floating] | None) -> Pose:
    """Heads mostly stand as they are said to, or as usual: only much better fits are believed otherwise."""
    usual = (BLENDER_AXES, np.eye(3)) if axes is None else (np.asarray(axes, np.float64),)
    best = min((similarity(template, face, motion, turn) for turn in usual), key=lambda pose: pose.cost)
    if best.cost <= _DOUBTFUL:
        return best
    others = (similarity(template, face, motion, turn) for turn in usual_turns())
    other = min(others, key=lambda pose: pose.cost)
    return other if other.cost < _BETTER * best.cost else best
