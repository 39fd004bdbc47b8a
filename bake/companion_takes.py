# SPDX-License-Identifier: GPL-3.0-or-later
"""Takes of what goes with a face: the actions of teeth, tongue or lashes belong to a take of the face."""

from contextlib import ExitStack
from typing import Any, Final

import bpy

from .action import assigned_curves, begin_action, keep_action, show_action
from .blocked import value_path
from .linked_actions import link_actions, linked_actions
from .pose.joints import find_object
from .pose.pose_takes import action_name

COMPANIONS: Final = "soliloquy_companion_actions"
"""Custom property of the face's action: by object, the action of its shape keys in this take."""


def companion_actions(face: bpy.types.Action) -> dict[str, bpy.types.Action]:
    """Actions of companions that belong to the take of a face, by object."""
    return linked_actions(face, COMPANIONS)


def note_companions(
    face: bpy.types.Action, companions: "dict[bpy.types.Object, bpy.types.Action]", rollback: ExitStack
) -> None:
    """Note in a face's action which actions companions play in it, beside those noted before."""
    _follow_renamed(face)
    before = companion_actions(face)
    rollback.callback(link_actions, face, COMPANIONS, before)
    link_actions(face, COMPANIONS, before | {obj.name: action for obj, action in companions.items()})


def begin_companion_takes(
    old: bpy.types.Action | None, new: bpy.types.Action, name: str, rollback: ExitStack
) -> None:
    """Give companions of a face's old take actions of their own in its new one, copies to begin with."""
    if old is None:
        return
    _follow_renamed(old)
    begun = {}
    for obj, shape_keys in _played_by(companion_actions(old)).items():
        begin_action(shape_keys, action_name(name, obj), rollback)
        begun[obj.name] = shape_keys.animation_data.action
    link_actions(new, COMPANIONS, begun)


def show_companion_takes(old: bpy.types.Action | None, new: bpy.types.Action) -> None:
    """Have companions play what belongs to a face's take, and rest where only the one before moved them."""
    if old is not None:
        _follow_renamed(old)
    shown = companion_actions(new)
    for name, action in shown.items():
        shape_keys = _shape_keys(find_object(name))
        if shape_keys is not None:
            show_keys_action(shape_keys, action)
    if old is None:
        return
    for obj, shape_keys in _played_by(companion_actions(old)).items():
        if obj.name not in shown:
            show_keys_action(shape_keys, None)


def show_keys_action(shape_keys: bpy.types.Key, action: bpy.types.Action | None) -> None:
    """Have shape keys play an action, or none; what only the earlier one moved comes to rest."""
    moved = assigned_curves(shape_keys).keys()
    animation: Any = shape_keys.animation_data
    if action is not None:
        show_action(shape_keys, action)
    elif animation is not None and animation.action is not None:
        keep_action(animation.action)
        animation.action = None
    resting = moved - assigned_curves(shape_keys).keys()
    for block in shape_keys.key_blocks:
        if value_path(block.name) in resting:
            block.value = min(max(0.0, block.slider_min), block.slider_max)


def _follow_renamed(face: bpy.types.Action) -> None:
    """Have all takes call companions as they are called now, which are known by what they play in one."""
    for name, action in companion_actions(face).items():
        if find_object(name) is not None:
            continue
        renamed = next((obj for obj in bpy.data.objects if obj.library is None and _plays(obj, action)), None)
        if renamed is None:
            continue
        for each in bpy.data.actions:
            noted = companion_actions(each) if each.library is None else {}
            if name in noted:
                noted[renamed.name] = noted.pop(name)
                link_actions(each, COMPANIONS, noted)


def _plays(obj: bpy.types.Object, action: bpy.types.Action) -> bool:
    """Whether the shape keys of an object have an action."""
    shape_keys = _shape_keys(obj)
    animation = None if shape_keys is None else shape_keys.animation_data
    return animation is not None and animation.action == action


def _played_by(actions: "dict[str, bpy.types.Action]") -> "dict[bpy.types.Object, bpy.types.Key]":
    """The objects that play actions that were noted for them, with their shape keys."""
    played = {}
    for name, action in actions.items():
        obj = find_object(name)
        if obj is not None and _plays(obj, action):
            played[obj] = _shape_keys(obj)
    return played


def _shape_keys(obj: bpy.types.Object | None) -> bpy.types.Key | None:
    """The shape keys of a mesh object that may be animated."""
    if obj is None or not isinstance(obj.data, bpy.types.Mesh) or obj.data.library is not None:
        return None
    return obj.data.shape_keys
