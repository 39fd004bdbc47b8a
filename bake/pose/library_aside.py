# SPDX-License-Identifier: GPL-3.0-or-later
"""Libraries of poses that an armature still plays, as riggers leave them: nothing is written into these."""

from contextlib import ExitStack
from typing import Any

import bpy

from ..action import LAYERED, assigned_channels, assigned_take, keep_action
from .joints import UNPOSED, bone_of
from .pose_sources import is_pose_library


def put_library_aside(obj: bpy.types.Object, rollback: ExitStack) -> tuple[str, ...]:
    """Take an action away from an armature that holds poses and no animation; it is kept with a fake user.

    Bones that it posed come to rest; keys of its that are of no bone go on in an action of their own. What is
    done here is undone when `rollback` unwinds.

    Returns:
        A line for the user, or none.
    """
    animation: Any = obj.animation_data
    action = animation.action if animation is not None and obj.type == "ARMATURE" else None
    if action is None or not is_pose_library(action, obj):
        return ()
    slot = animation.action_slot if LAYERED else None
    posed = list(assigned_channels(obj))

    def restore() -> None:
        animation.action = action
        if slot is not None:
            animation.action_slot = slot

    if action.library is None:
        rollback.callback(setattr, action, "use_fake_user", action.use_fake_user)
    keep_action(action)
    for path, index in posed:
        found = bone_of(path)
        bone: Any = None if found is None else obj.pose.bones.get(found[0])
        if bone is not None and found is not None and found[1] in UNPOSED:
            rollback.callback(_put, bone, found[1], index, getattr(bone, found[1])[index])
            _put(bone, found[1], index, UNPOSED[found[1]][index])
    left = None
    if any(bone_of(path) is None for path, _ in posed):
        left = action.copy()
        rollback.callback(bpy.data.actions.remove, left)
    rollback.callback(restore)
    animation.action = left
    if left is not None:
        _keep_no_poses(obj, left, None if slot is None else slot.identifier)
    return (f"The action '{action.name}' of '{obj.name}' holds poses: it was kept, and a new one was made.",)


def _keep_no_poses(obj: bpy.types.Object, action: Any, slot: str | None) -> None:
    """Make an action that an object was just given one with nothing but what is of no bone."""
    action.name = f"{obj.name}Action"
    for marker in list(action.pose_markers):
        action.pose_markers.remove(marker)
    if slot is not None:
        for each in list(action.slots):
            if each.identifier != slot:
                action.slots.remove(each)
        animation: Any = obj.animation_data
        animation.action_slot = action.slots[slot]
    take = assigned_take(obj)
    for (path, _), curve in {} if take is None else take.channels().items():
        if bone_of(path) is not None:
            take.remove_curve(curve)


def _put(bone: Any, prop: str, index: int, value: float) -> None:
    getattr(bone, prop)[index] = value
