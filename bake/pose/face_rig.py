# SPDX-License-Identifier: GPL-3.0-or-later
"""A face made of bones as it can be animated: its poses, what drives each, and how far each bone may go.

K is the number of poses that are driven, N of bones, F of frames.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import bpy
import numpy as np
from numpy.typing import NDArray

from ...core.errors import SoliloquyError
from ...core.head_rotation import EULER_ORDERS, matrices_from_quaternions, vectors_from_quaternions
from ...core.retarget.arkit import PARTS
from ...core.retarget.beliefs import names_suffice
from ...core.retarget.bone_poses import NOTHING, BonePoses
from ...core.retarget.detection import detect
from ...core.retarget.mapping import RigMapping
from ...core.retarget.measured_shapes import MeasuredShapes
from ...core.retarget.retargeter import Retargeter, make_retargeter
from ..errors import BakeError
from ..target import listed
from .check import channel_reasons, check_object, object_reasons, turning_constraint
from .face_measure import measure_poses
from .joints import Joint
from .limits import BoneLimits, limits_of
from .rig import Carrier

Floats = NDArray[np.float64]

_BESIDE: Final = 0.02
"""Share of the most that a pose does to a bone by which poses of another part move it and do not count: many
libraries key every bone, some by next to nothing."""

_BEYOND: Final = 1e-4
"""Share of a pose, and radians, by which it may go beyond a limit without a word."""


@dataclass(frozen=True, eq=False)
class FaceBone:
    """One bone of a face.

    Attributes:
        column: its place in the poses.
        joint: the bone, with the part of a take that moves it most.
        parts: all parts that move it.
        limits: how far it may go.
        places: by property, the channels that get keys.
    """

    column: int
    joint: Joint
    parts: frozenset[str]
    limits: BoneLimits
    places: dict[str, tuple[int, ...]]


@dataclass(frozen=True, eq=False)
class FaceRig:
    """A face made of bones.

    Attributes:
        obj: the armature.
        retargeter: makes values of poses of ARKit weights.
        poses: those that it drives, K in its order, and their N bones.
        bones: those that can be animated, by name.
        warnings: lines for the user.
    """

    obj: bpy.types.Object
    retargeter: Retargeter
    poses: BonePoses
    bones: dict[str, FaceBone]
    warnings: tuple[str, ...]

    def channels(self, bone: FaceBone, values: NDArray[np.floating]) -> tuple[Floats, Floats, Floats]:
        """Locations (F, 3), rotations (F, 3, 3) and scales (F, 3) of a bone for values (F, K) of poses."""
        held = self.poses.chosen(slice(None), [bone.column]).blend(values)
        rotations = matrices_from_quaternions(held.rotations[:, 0])
        free = bone.limits.unlocked(held.locations[:, 0], rotations, held.scales[:, 0])
        return bone.limits.limited(*free)


def face_rig(
    obj: bpy.types.Object,
    poses: BonePoses,
    mapping: RigMapping | None,
    shapes: MeasuredShapes | None,
    parts: tuple[str, ...],
) -> FaceRig:
    """Put together how a face made of bones is animated. Changes nothing.

    Args:
        obj: the armature.
        poses: of its face.
        mapping: which pose is what, by the poses' names; found by these names when None.
        shapes: what the poses do to the mesh; measured here when None and the names do not say enough.
        parts: of the take that is to be baked.

    Raises:
        BakeError: an armature that cannot be animated, or nothing that moves these parts.
        InputError: a mapping that leaves nothing to drive.
    """
    check_object(obj)
    for reason in object_reasons(obj):
        raise BakeError(f"'{obj.name}' would not show its animation: {reason}. Clear this by hand.")
    retargeter, notes = _retargeter(obj, poses, mapping, shapes, parts)
    own = poses.chosen([poses.names.index(key) for key in retargeter.keys], slice(None))
    wanted = [index for index, part in enumerate(retargeter.parts) if part in parts]
    if not own.used[wanted].any():
        raise BakeError(
            f"No pose of '{obj.name}' ({listed(own.names, 4)}) belongs to the parts {', '.join(parts)}."
        )
    left_out: dict[str, str] = {}
    bones: dict[str, FaceBone] = {}
    for column, name in enumerate(own.bones):
        if own.used[:, column].any():
            reason, bone = _bone(obj, own, retargeter, column)
            if reason and own.used[wanted, column].any():
                left_out[name] = reason
            elif bone is not None:
                bones[name] = bone
    warnings = [*poses.notes, *notes]
    if left_out:
        reasons = [f"'{name}' ({reason})" for name, reason in left_out.items()]
        if not any(own.used[row, bone.column] for bone in bones.values() for row in wanted):
            raise BakeError(f"No bone of the face of '{obj.name}' can be animated: {listed(reasons, 4)}.")
        warnings.append(f"Bones of '{obj.name}' were left out: {listed(reasons, 4)}.")
    asked = {name: bone for name, bone in bones.items() if bone.parts.intersection(parts)}
    warnings.extend(_limit_warnings(own, asked, wanted))
    return FaceRig(obj, retargeter, own, bones, tuple(warnings))


def _retargeter(
    obj: bpy.types.Object,
    poses: BonePoses,
    mapping: RigMapping | None,
    shapes: MeasuredShapes | None,
    parts: tuple[str, ...],
) -> tuple[Retargeter, tuple[str, ...]]:
    """What makes values of poses, and lines for the user about how."""
    if mapping is None:
        mapping = RigMapping(tuple(detect(poses.names).keys))
    rows = tuple(row for row in mapping.keys if row.key in poses.names and row.use)
    named = any(row.channel for row in rows)
    why, notes = "", ()
    if mapping.method == "names":
        shapes = None
    elif shapes is None and not (mapping.method == "auto" and names_suffice(RigMapping(rows))):
        try:
            shapes = measure_poses(obj, None, poses)
        except SoliloquyError as error:
            if mapping.method == "shapes":
                raise BakeError(str(error)) from error
            why, notes = f" {error}", (f"'{obj.name}' is animated by the names of its poses: {error}",)
    if not named and (shapes is None or not any(row.key in shapes.keys for row in rows)):
        raise BakeError(
            f"None of the {len(poses.names)} poses of '{obj.name}' ({listed(poses.names, 4)}) is known by "
            f"its name or moves a face: name them after shapes or visemes (jawOpen, or A, E ...).{why}"
        )
    # A pose has no slider: a gain may ask for more of it than was made.
    ranges = {
        row.key: (
            min(0.0, row.offset, row.offset + row.gain),
            max(1.0, row.offset, row.offset + row.gain),
        )
        for row in rows
    }
    retargeter = make_retargeter(RigMapping(rows, mapping.method), ranges, shapes)
    # face_plan needs this package.
    from ..face_plan import moves_no_mouth

    if shapes is not None and "Mouth" in parts and moves_no_mouth(retargeter):
        raise BakeError(
            f"The poses of '{obj.name}' move no mouth: choose the armature whose poses open and close the "
            "lips."
        )
    return retargeter, (*notes, *retargeter.remarks)


def _bone(
    obj: bpy.types.Object, poses: BonePoses, retargeter: Retargeter, column: int
) -> tuple[str, FaceBone | None]:
    """A bone that can be animated, or why it cannot."""
    name = poses.bones[column]
    bone = obj.pose.bones.get(name)
    if bone is None:
        return "it is not in the armature", None
    sizes = dict.fromkeys(PARTS, 0.0)
    for row, part in enumerate(retargeter.parts):
        sizes[part] = max(sizes[part], _size(poses, row, column, bone.bone.length))
    largest = max(sizes, key=lambda part: sizes[part])
    parts = frozenset(part for part, size in sizes.items() if size > _BESIDE * sizes[largest])
    joint = Joint(largest, Carrier(obj.name, name), obj, bone)
    limits = limits_of(bone)
    places = _places(poses, column, joint, limits)
    if not places:
        return "the channels that its poses use are locked", None
    for prop in places:
        for reason in channel_reasons(joint, prop):
            return reason, None
    constraint = turning_constraint(bone)
    moved_too = constraint is not None and constraint.type == "COPY_TRANSFORMS"
    if constraint is not None and (moved_too or joint.rotation_property in places):
        return f"its constraint '{constraint.name}' turns it", None
    return "", FaceBone(column, joint, parts, limits, places)


def _size(poses: BonePoses, row: int, column: int, length: float) -> float:
    """How much a pose does to a bone."""
    way = np.linalg.norm(poses.poses.locations[row, column]) / max(length, 1e-6)
    turn = np.linalg.norm(poses.turns[row, column])
    return float(way + turn + np.linalg.norm(poses.poses.scales[row, column] - 1))


def _places(poses: BonePoses, column: int, joint: Joint, limits: BoneLimits) -> dict[str, tuple[int, ...]]:
    """Channels that the poses use and that are not locked, by property."""
    moved = poses.moved_axes[:, column].any(axis=0) | (np.abs(poses.zero.locations[column]) > NOTHING)
    scaled = poses.scaled_axes[:, column].any(axis=0) | (np.abs(poses.zero.scales[column] - 1) > NOTHING)
    zero = vectors_from_quaternions(poses.zero.rotations[column])
    turns = (np.abs(np.concatenate([poses.turns[:, column], zero[None]])) > NOTHING).any(axis=0)
    free = {name: ~axes for name, axes in limits.locked.items()}
    prop = joint.rotation_property
    found = {
        "location": _numbers(moved & free["location"]),
        "scale": _numbers(scaled & free["scale"]),
        prop: (),
    }
    if turns.any() and free["rotation"].any():
        found[prop] = tuple(range(len(joint.values(prop))))
        if joint.rotation_mode in EULER_ORDERS:
            # About one axis alone the others stay at zero; turns about two are not Euler angles of two.
            found[prop] = _numbers((turns if turns.sum() == 1 else np.ones(3, bool)) & free["rotation"])
    return {name: axes for name, axes in found.items() if axes}


def _numbers(mask: NDArray[np.bool_]) -> tuple[int, ...]:
    return tuple(np.flatnonzero(mask).tolist())


def _limit_warnings(poses: BonePoses, bones: dict[str, FaceBone], wanted: list[int]) -> Iterator[str]:
    """Lines about poses, of those that are wanted, that use what is locked or go beyond limits."""
    poses = poses.chosen(wanted, slice(None))
    locked, beyond = [], []
    for name, bone in bones.items():
        held = poses.chosen(slice(None), [bone.column]).blend(np.eye(len(poses.names)))
        asked = held.locations[:, 0], matrices_from_quaternions(held.rotations[:, 0]), held.scales[:, 0]
        free = bone.limits.unlocked(*asked)
        kept = bone.limits.limited(*free)
        connected = bone.joint.bone is not None and bone.joint.bone.bone.use_connect
        if _differ(asked[1:] if connected else asked, free[1:] if connected else free).any():
            locked.append(f"'{name}'")
        rows = np.flatnonzero(_differ(free, kept))
        beyond += [f"'{poses.names[row]}' ({name})" for row in rows]
    if locked:
        yield f"Poses use locked channels, which were not keyed, of {listed(locked, 4)}."
    if beyond:
        yield f"Poses go beyond the limits of bones and were held there: {listed(beyond, 4)}."


def _differ(one: tuple[Floats, ...], other: tuple[Floats, ...]) -> NDArray[np.bool_]:
    """Which rows of channels are not the same, (F,)."""
    apart = [np.abs(a - b).reshape(len(a), -1).max(axis=1) > _BEYOND for a, b in zip(one, other, strict=True)]
    return np.any(apart, axis=0)
