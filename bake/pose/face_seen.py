# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether a face made of bones is seen to move, in a scene that is thrown away.

F is the number of frames, K of poses, V of vertices.
"""

from collections.abc import Mapping
from typing import Final

import bpy
import numpy as np
from numpy.typing import NDArray

from ..errors import BakeError
from ..movement import evaluated_in, scene_of_its_own
from ..target import listed
from .curves import JointCurves
from .face_rig import FaceBone, FaceRig
from .joints import UNPOSED
from .moved_meshes import meshes_on, positions_in_world
from .seen import posed

Floats = NDArray[np.float64]

_AT_REST: Final = 1e-3
"""Poses shown by less are no reason to expect that anything is seen."""

_SEEN_SHARE: Final = 0.05
"""Share of what was asked of a bone by which it may be seen otherwise without a word."""

_DEGREES_OFF: Final = 0.5
_SEEN_ON_MESH: Final = 1e-5
"""Share of a mesh's size from which its vertices are seen to move."""

MOUTH: Final = "Mouth"


def check_face(
    face: FaceRig,
    written: Mapping[str, JointCurves],
    values: Floats,
    first: int,
    parts: tuple[str, ...],
    warnings: list[str],
) -> float | None:
    """Compare what is seen with what was asked, where the mouth is widest.

    Args:
        face: what was baked.
        written: bones that got keys.
        values: (F, K) of the poses in the frames of the motion.
        first: their first frame.
        parts: that were baked.
        warnings: receives lines about what is seen otherwise than asked.

    Returns:
        How far the mesh moves, in its own units; None where nobody can tell, or nothing is meant to move.

    Raises:
        BakeError: no bone, or no mesh, is seen to move.
    """
    chosen = [name for name in written if MOUTH in face.bones[name].parts] if MOUTH in parts else [*written]
    row = _widest(face, values, parts)
    if not chosen or row is None:
        return None
    frame = first + row
    obj = face.obj
    meshes = meshes_on(obj)
    rest = {written[name].joint: _start(written[name], face.bones[name]) for name in chosen}
    asked = {name: [each[row] for each in _channels(face, name, values)] for name in chosen}
    with scene_of_its_own(obj) as scene:
        for mesh in meshes:
            if mesh.name not in scene.collection.objects:
                scene.collection.objects.link(mesh)
        shown, moved = _bones(obj, scene, frame, chosen), positions_in_world(meshes, scene)
        with posed(rest):
            still, unmoved = _bones(obj, scene, frame, chosen), positions_in_world(meshes, scene)
    if shown is None or still is None:
        warnings.append(f"'{obj.name}' is hidden in viewports: whether its face moves was not checked.")
        return None
    if not any(_moves(shown[name], still[name]) for name in chosen):
        raise BakeError(
            f"The face of '{obj.name}' does not move at frame {frame}: constraints, the NLA or a script of "
            f"the rig keep its bones ({listed(chosen, 4)}). Nothing was baked."
        )
    off = [f"'{name}'" for name in chosen if _is_off(shown[name], asked[name], face.bones[name])]
    if off:
        warnings.append(
            f"At frame {frame} bones are seen otherwise than their keys say: {listed(off, 4)}. A constraint, "
            "the NLA or a script of the rig changes them."
        )
    return _movement(obj, moved, unmoved, frame, warnings)


def _widest(face: FaceRig, values: Floats, parts: tuple[str, ...]) -> int | None:
    """Row where the lips are farthest apart, or most is shown of the parts; None where nothing is."""
    own = np.array([part in parts for part in face.retargeter.parts])
    shown = np.abs(values[:, own]).sum(axis=1)
    if shown.max(initial=0) <= _AT_REST:
        return None
    if MOUTH in parts:
        mouth = np.array([part == MOUTH for part in face.retargeter.parts])
        opening = values[:, mouth] @ face.retargeter.lip_slopes[mouth]
        mouth_shown = np.abs(values[:, mouth]).sum(axis=1)
        if mouth_shown.max() > _AT_REST:
            # Lips that nothing parts may still be rounded.
            return int((opening if opening.max() > 1e-4 else mouth_shown).argmax())
    return int(shown.argmax())


def _start(curves: JointCurves, bone: FaceBone) -> dict[str, Floats]:
    """What the properties of a bone hold where no pose is shown."""
    return {prop: np.array(UNPOSED[prop]) for prop in bone.places}


def _channels(face: FaceRig, name: str, values: Floats) -> tuple[Floats, Floats, Floats]:
    return face.channels(face.bones[name], values)


def _bones(
    obj: bpy.types.Object, scene: bpy.types.Scene, frame: int, names: list[str]
) -> dict[str, tuple[Floats, Floats]] | None:
    """Bones as they are evaluated at a frame: matrices (4, 4) in the armature's space and in their own."""
    evaluated = evaluated_in(obj, scene, frame)
    if evaluated is None:
        return None
    result = {}
    for name in names:
        bone = evaluated.pose.bones[name]
        own = evaluated.convert_space(pose_bone=bone, matrix=bone.matrix, from_space="POSE", to_space="LOCAL")
        result[name] = np.array(bone.matrix, np.float64), np.array(own, np.float64)
    return result


def _moves(shown: tuple[Floats, Floats], still: tuple[Floats, Floats]) -> bool:
    return bool(np.abs(shown[0] - still[0]).max() > 1e-6 * max(1.0, float(np.abs(still[0]).max())))


def _is_off(shown: tuple[Floats, Floats], asked: list[Floats], bone: FaceBone) -> bool:
    """Whether a bone is seen otherwise than asked, in the channels that got keys."""
    own = shown[1]
    location, rotation, scale = asked
    columns = np.linalg.norm(own[:3, :3], axis=0)
    if bone.joint.rotation_property in bone.places and columns.min() > 0 and scale.min() > 0:
        turn = rotation.T @ (own[:3, :3] / columns)
        angle = np.degrees(np.arccos(np.clip((np.trace(turn) - 1) / 2, -1, 1)))
        whole = np.degrees(np.arccos(np.clip((np.trace(rotation) - 1) / 2, -1, 1)))
        if angle > max(_DEGREES_OFF, _SEEN_SHARE * whole):
            return True
    if "location" in bone.places:
        way = float(np.linalg.norm(location))
        assert bone.joint.bone is not None  # faces are bones
        near = 1e-3 * bone.joint.bone.bone.length
        if np.linalg.norm(own[:3, 3] - location) > max(near, _SEEN_SHARE * way):
            return True
    return False


def _movement(
    obj: bpy.types.Object,
    moved: Mapping[str, Floats],
    unmoved: Mapping[str, Floats],
    frame: int,
    warnings: list[str],
) -> float | None:
    """How far any vertex moves.

    Raises:
        BakeError: none does.
    """
    if not moved:
        warnings.append(f"No mesh that '{obj.name}' moves is visible: whether a mouth moves was not checked.")
        return None
    furthest, seen = 0.0, False
    for name, positions in moved.items():
        before = unmoved.get(name)
        if before is None or before.shape != positions.shape:
            seen = True  # the shapes change the topology (remesh, boolean): something moved
        elif len(positions):
            way = float(np.linalg.norm(positions - before, axis=1).max())
            furthest = max(furthest, way)
            seen |= way > _SEEN_ON_MESH * float(np.ptp(before, axis=0).max())
    if not seen:
        raise BakeError(
            f"Bones of '{obj.name}' move at frame {frame}, but no mesh does ({listed(sorted(moved), 4)}): "
            "give the mesh weights of them, or choose the armature that moves it. Nothing was baked."
        )
    return furthest
