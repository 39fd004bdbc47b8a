# SPDX-License-Identifier: GPL-3.0-or-later
"""Faces that are moved by bones: which armature, and where its poses lie.

The choice is kept with the object that speaks, as its mapping is; an armature that speaks is its own.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

import bpy
from bpy.props import EnumProperty, PointerProperty

from ..core.retarget.arkit import EMOTION, FELT_PARTS
from .package import CONTEXT

if TYPE_CHECKING:
    from ..bake.pose import PoseReading, PoseSource
    from ..core.retarget.bone_poses import BonePoses
    from ..core.retarget.mapping import RigMapping
    from ..core.retarget.measured_shapes import MeasuredShapes

_OVERRIDABLE: Any = {"LIBRARY_OVERRIDABLE"}
_KEPT: Final = 8
"""Armatures whose poses are remembered."""

PROPERTIES: Final[dict[str, Any]] = {
    "soliloquy_moves_by": EnumProperty(
        name="Moves By",
        translation_context=CONTEXT,
        description="What moves this face",
        items=[
            ("KEYS", "Shape Keys", "The mesh's own shape keys"),
            (
                "BONES",
                "Bones",
                "Bones of an armature, by poses that the rig has: one for each shape or viseme",
            ),
        ],
        default="KEYS",
        override=_OVERRIDABLE,
    ),
    "soliloquy_face_rig": PointerProperty(
        type=bpy.types.Object,
        name="Armature",
        translation_context=CONTEXT,
        description="Armature with the bones of the face. Empty: the one that deforms the mesh",
        poll=lambda self, obj: obj.type == "ARMATURE",
        override=_OVERRIDABLE,
    ),
    "soliloquy_poses": EnumProperty(
        name="Poses",
        translation_context=CONTEXT,
        description="Where the poses of the face lie",
        items=[
            ("AUTOMATIC", "Automatic", "Where most names are found that say what a face does"),
            ("MARKERS", "Pose Markers", "An action with a pose marker at the frame of each pose"),
            ("ASSETS", "Pose Assets", "Actions of this file that are pose assets, one for each pose"),
            ("ACTIONS", "Actions", "Actions that are named after what they show, one for each pose"),
            ("TIMELINE", "Scene Markers", "An action, and the scene's markers at the frame of each pose"),
        ],
        default="AUTOMATIC",
        override=_OVERRIDABLE,
    ),
    "soliloquy_pose_action": PointerProperty(
        type=bpy.types.Action,
        name="Action",
        translation_context=CONTEXT,
        description="Action with the poses. Empty: the first one that has some",
        override=_OVERRIDABLE,
    ),
}
"""Properties of objects. Each stands for itself, as in `rig.PROPERTIES`."""

_sources: dict[object, tuple[PoseSource, tuple[str, ...]] | None] = {}
"""Likeliest source and names of its poses, by all that they were found in."""


def moved_by_bones(obj: bpy.types.Object) -> bool:
    """Whether bones move the face of an object that speaks."""
    chosen: Any = obj
    return obj.type == "ARMATURE" or (obj.type == "MESH" and chosen.soliloquy_moves_by == "BONES")


def armature_of(obj: bpy.types.Object) -> bpy.types.Object | None:
    """The armature with the bones of a face; None where there is none."""
    chosen: Any = obj
    if obj.type == "ARMATURE":
        return obj
    if chosen.soliloquy_face_rig is not None:
        return chosen.soliloquy_face_rig
    for modifier in obj.modifiers:
        if isinstance(modifier, bpy.types.ArmatureModifier) and modifier.object is not None:
            return modifier.object
    parent = obj.parent
    while parent is not None and parent.type != "ARMATURE":
        parent = parent.parent
    return parent


def pose_names(obj: bpy.types.Object) -> tuple[str, ...]:
    """Names of the poses of a face, but for the one at rest. Panels draw with it."""
    from ..core.retarget.bone_poses import zero_among

    found = _found(obj)
    if found is None:
        return ()
    names = found[1]
    zero = zero_among(names)
    return tuple(name for place, name in enumerate(names) if place != zero)


def source_of(obj: bpy.types.Object) -> PoseSource | None:
    """Where the poses of a face lie; None where there are none. Panels draw with it."""
    found = _found(obj)
    return None if found is None else found[0]


def _found(obj: bpy.types.Object) -> tuple[PoseSource, tuple[str, ...]] | None:
    """Source and names of poses, kept as long as the file's actions and markers are the same."""
    armature, scene = armature_of(obj), bpy.context.scene
    if armature is None or armature.pose is None or scene is None:
        return None
    playing = armature.animation_data.action if armature.animation_data is not None else None
    chosen: Any = obj
    key = (
        armature.session_uid,
        len(armature.pose.bones),
        chosen.soliloquy_poses,
        _uid(chosen.soliloquy_pose_action),
        _uid(playing),
        tuple((each.session_uid, each.name, each.asset_data is not None) for each in bpy.data.actions),
        tuple(marker.name for each in bpy.data.actions for marker in each.pose_markers),
        tuple(marker.name for marker in scene.timeline_markers),
    )
    if key not in _sources:
        while len(_sources) >= _KEPT:
            _sources.pop(next(iter(_sources)))
        _sources[key] = _looked_up(obj, armature, scene)
    return _sources[key]


def _uid(action: bpy.types.Action | None) -> int:
    return 0 if action is None else action.session_uid


def _looked_up(
    obj: bpy.types.Object, armature: bpy.types.Object, scene: bpy.types.Scene
) -> tuple[PoseSource, tuple[str, ...]] | None:
    from ..bake.pose import PoseSource, pose_sources
    from ..bake.pose.pose_sources import poses_of

    chosen: Any = obj
    kind, action = chosen.soliloquy_poses, chosen.soliloquy_pose_action
    source = None
    if kind in {"MARKERS", "TIMELINE"} and action is not None:
        source = PoseSource(kind, (action.name,))
    else:
        likely = pose_sources(armature, scene)
        source = next((each for each in likely if kind in {"AUTOMATIC", each.kind}), None)
    if source is None:
        return None
    return source, tuple(pose.name for pose in poses_of(armature, source, scene))


def takes_owner(obj: bpy.types.Object) -> bpy.types.Object:
    """The object whose action is a take of an object's face, or holds one: itself, or the armature."""
    return (armature_of(obj) or obj) if moved_by_bones(obj) else obj


def forget() -> None:
    """Start anew: another file, or the add-on was disabled."""
    _sources.clear()


@dataclass(frozen=True)
class FaceOfBones:
    """What a job needs of a face that is moved by bones.

    Attributes:
        armature_uid: session UID of the armature.
        poses: of the face.
        mapping: which pose is what.
        reading: what they do to the mesh, where that is to be measured.
        needs_shapes: whether names alone will not do.
        notes: lines for the user.
    """

    armature_uid: int
    poses: BonePoses
    mapping: RigMapping
    reading: PoseReading | None
    needs_shapes: bool
    notes: tuple[str, ...] = ()

    def measured(self) -> tuple[MeasuredShapes | None, tuple[str, ...]]:
        """What the poses do, where that is to be measured, and lines for the user. Touches no Blender data.

        Raises:
            NotAFace: it must be measured, and is no face.
        """
        from ..core.retarget.measured_shapes import NotAFace

        if self.reading is None:
            return None, ()
        try:
            return self.reading.measure(), ()
        except NotAFace as error:
            if self.needs_shapes:
                raise
            return None, (_BY_NAMES.format(reason=str(error)),)

    def mapping_with(self, shapes: MeasuredShapes | None) -> RigMapping:
        """Which pose is what, once it is known whether the poses could be measured."""
        return self.mapping if shapes is not None else replace(self.mapping, method="names")


_BY_NAMES: Final = "The poses are shown by what their names say: {reason}"


def check_face_bones(obj: bpy.types.Object) -> None:
    """Refuse a face of bones that has no armature or no poses. Panels draw with it.

    Raises:
        BakeError: why it cannot be animated.
    """
    from ..bake import BakeError

    armature = armature_of(obj)
    if armature is None:
        raise BakeError(
            f"'{obj.name}' has no armature whose bones could move its face: choose it under Mapping."
        )
    if armature.library is not None:
        raise BakeError(f"'{armature.name}' is linked from another file: make a library override first.")
    if not pose_names(obj):
        raise BakeError(
            f"No poses of a face were found for '{armature.name}': make an action with a pose marker for "
            "each (jawOpen, or A, E, O, M ...), pose assets, or actions named after them."
        )


def read_face_bones(obj: bpy.types.Object, parts: Sequence[str], mapping: RigMapping | None) -> FaceOfBones:
    """Read all that is needed of a face of bones. Changes nothing.

    Raises:
        SoliloquyError: it cannot be animated, and why.
    """
    from ..bake import BakeError
    from ..bake.pose import read_pose_shapes, read_poses
    from ..bake.pose.face_rig import face_rig
    from ..core.retarget.beliefs import names_suffice
    from ..core.retarget.detection import detect
    from ..core.retarget.mapping import RigMapping

    check_face_bones(obj)
    armature = armature_of(obj)
    assert armature is not None  # or it had been refused
    poses = read_poses(armature, source_of(obj))
    mapping = mapping or RigMapping(detect(poses.names).keys)
    speaks = any(row.use and row.channel and row.key in poses.names for row in mapping.keys)
    needs_shapes = mapping.method == "shapes" or not speaks
    reading, notes = None, ()
    if needs_shapes or (mapping.method == "auto" and not names_suffice(mapping)):
        try:
            reading = read_pose_shapes(armature, obj if obj.type == "MESH" else None, poses)
        except BakeError as error:
            if needs_shapes:
                raise
            notes = (_BY_NAMES.format(reason=str(error)),)
    if reading is None:
        # Better told now than after the work.
        face_rig(armature, poses, mapping, None, FELT_PARTS if parts == (EMOTION,) else tuple(parts))
    return FaceOfBones(armature.session_uid, poses, mapping, reading, needs_shapes, notes)


def read_measured_bones(obj: bpy.types.Object) -> PoseReading:
    """Read what the poses of a face do to its mesh. Changes nothing.

    Raises:
        BakeError: there are no poses, or no mesh.
    """
    from ..bake.pose import read_pose_shapes, read_poses

    check_face_bones(obj)
    armature = armature_of(obj)
    assert armature is not None  # or it had been refused
    poses = read_poses(armature, source_of(obj))
    return read_pose_shapes(armature, obj if obj.type == "MESH" else None, poses)
