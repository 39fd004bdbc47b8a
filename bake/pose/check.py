# SPDX-License-Identifier: GPL-3.0-or-later
"""What keeps a carrier from turning, told before anything is written."""

from collections.abc import Iterable, Iterator
from typing import Any

import bpy

from ..action import assigned_channels
from ..blocked import animation_obstacles, curve_obstacles
from ..checks import check_mode, check_not_linked
from ..errors import BakeError
from .joints import Joint, find_joint
from .rig import GAZE, HEAD, POSE_PARTS, HeadRig
from .tracked import TRACKS, tracking_bone

_COPIES = ("COPY_ROTATION", "COPY_TRANSFORMS")

_WHOLE = 0.999
"""Influence from which on a constraint leaves nothing of a bone's own rotation."""


def check_rig(rig: HeadRig, parts: tuple[str, ...] = POSE_PARTS) -> None:
    """Refuse a rig that cannot show animation of these parts.

    Raises:
        BakeError: with one line that says what is wrong and how to mend it.
    """
    for joint in joints_of(rig, parts).values():
        check_joint(joint)


def joints_of(rig: HeadRig, parts: tuple[str, ...]) -> dict[str, Joint]:
    """The carriers of these parts, by "head", "neck", "left_eye" and "right_eye".

    Raises:
        BakeError: one is missing, or none is named, or one is named twice.
    """
    carriers = {}
    if HEAD in parts and rig.head is not None:
        carriers["head"] = (HEAD, rig.head)
        if rig.neck is not None and rig.neck_share > 0:
            carriers["neck"] = (HEAD, rig.neck)
    if GAZE in parts:
        for name in ("left_eye", "right_eye"):
            carrier = getattr(rig, name)
            if carrier is not None:
                carriers[name] = (GAZE, carrier)
    if not carriers:
        raise BakeError("Nothing carries the head or the eyes: choose bones or objects for them.")
    joints = {name: find_joint(part, carrier) for name, (part, carrier) in carriers.items()}
    seen: dict[str, str] = {}
    for name, joint in joints.items():
        if joint.key in seen:
            both = f"{_WORDS[seen[joint.key]]} and {_WORDS[name]}"
            raise BakeError(f"{joint.carrier} is both {both}: choose another for one of them.")
        seen[joint.key] = name
    return joints


_WORDS = {"head": "head", "neck": "neck", "left_eye": "left eye", "right_eye": "right eye"}


def check_joint(joint: Joint) -> None:
    """Refuse a carrier that cannot show animation.

    Raises:
        BakeError: with one line that says what is wrong and how to mend it.
    """
    obj, bone, holder = joint.obj, joint.bone, joint.holder
    check_object(obj)
    looked_at = bone is not None and tracking_bone(obj, bone) is not None
    prop = "location" if looked_at else joint.rotation_property
    if not looked_at and all(holder.lock_rotation):
        raise BakeError(f"The rotation of {joint.carrier} is locked: unlock it, or choose another.")
    for reason in [*object_reasons(obj), *channel_reasons(joint, prop)]:
        raise BakeError(f"{joint.carrier} would not show its animation: {reason}. Clear this by hand.")
    constraint = None if looked_at else turning_constraint(holder)
    if constraint is not None:
        target = constraint.target.name if constraint.target is not None else ""
        target = getattr(constraint, "subtarget", "") or target
        raise BakeError(
            f"{joint.carrier} is turned by its constraint '{constraint.name}': animate what it follows "
            f"('{target}'), or mute the constraint."
        )


def check_object(obj: bpy.types.Object) -> None:
    """Refuse an object that cannot be animated at all.

    Raises:
        BakeError: with one line that says what is wrong and how to mend it.
    """
    check_not_linked(obj)
    check_mode(obj)
    if obj.type == "ARMATURE" and obj.data.pose_position == "REST":
        raise BakeError(f"'{obj.name}' shows its rest position: set Pose Position to Pose in its data tab.")


def turning_constraint(holder: Any) -> Any:
    """The constraint that leaves nothing of a bone's or object's own rotation, None where there is none."""
    for constraint in holder.constraints:
        if not constraint.enabled or constraint.influence < _WHOLE:
            continue
        replaces = constraint.type in _COPIES and getattr(constraint, "mix_mode", "REPLACE") == "REPLACE"
        if constraint.type == "COPY_ROTATION":
            replaces = replaces and constraint.use_x and constraint.use_y and constraint.use_z
        if replaces or constraint.type in TRACKS:
            return constraint
    return None


def object_reasons(obj: bpy.types.Object) -> Iterator[str]:
    """What keeps an object from showing any keys."""
    if obj.animation_data is not None:
        yield from (reason for reason, *_ in animation_obstacles(obj.animation_data))


def channel_reasons(joint: Joint, prop: str) -> Iterator[str]:
    """What keeps a property of a carrier from showing keys."""
    animation = joint.obj.animation_data
    if animation is None:
        return
    path = joint.path(prop)
    for driver in animation.drivers:
        if driver.data_path == path and not driver.mute:
            yield "it has a driver"
    for (name, _), curve in assigned_channels(joint.obj).items():
        if name != path:
            continue
        yield from (f"it {reason}" for reason, *_ in curve_obstacles(curve))
        if any(not modifier.mute for modifier in curve.modifiers):
            yield "its F-curves have modifiers"


def lock_warnings(joints: Iterable[Joint]) -> Iterator[str]:
    """Lines about rotation channels that the rig locks, in part."""
    for joint in joints:
        locked = [axis for axis, lock in zip("XYZ", joint.holder.lock_rotation, strict=True) if lock]
        if locked and len(locked) < 3:
            yield f"{joint.carrier} has locked rotation channels ({', '.join(locked)}): keyed all the same."
