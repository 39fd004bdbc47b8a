# SPDX-License-Identifier: GPL-3.0-or-later
"""Rigs whose body is animated in the NLA: head and eyes are combined with it, or stand in its place."""

from collections.abc import Iterable
from contextlib import ExitStack
from typing import Any

import bpy

from ..action import assigned_channels, assigned_take, playing_strips
from ..channel_curves import set_reversibly
from ..errors import BakeError
from .joints import Joint
from .stored import read_store


def check_nla(joints: Iterable[Joint]) -> None:
    """Refuse to add to what only the NLA does, below an action that hides it.

    Raises:
        BakeError: a carrier is animated in strips, and the object plays an action that replaces them.
    """
    for joint in joints:
        animation: Any = joint.obj.animation_data
        if animation is None or animation.action is None or animation.action_blend_type != "REPLACE":
            continue
        path = joint.path(joint.rotation_property)
        keyed = any(name == path for name, _ in assigned_channels(joint.obj))
        if not keyed and any(path in moved for _, moved in playing_strips(joint.obj)):
            raise BakeError(
                f"{joint.carrier} is animated in the NLA, and another action plays above it: push that "
                "action down (NLA Editor), or choose Replace."
            )


def play_above_nla(obj: bpy.types.Object, *, add: bool, rollback: ExitStack) -> None:
    """Set how an object plays a new action, or one that holds nothing but head and eyes, above NLA strips.

    Raises:
        BakeError: the action is combined with strips and holds other motion too, which has to stay so.
    """
    animation: Any = obj.animation_data
    if animation is None or not playing_strips(obj):
        return
    blend = "COMBINE" if add else "REPLACE"
    if animation.action is None or _is_own(obj):
        set_reversibly(animation, "action_blend_type", blend, rollback)
        # Before and after the motion the strips are seen as they are.
        set_reversibly(animation, "action_extrapolation", "NOTHING", rollback)
    elif not add and is_combined(obj):
        raise BakeError(
            f"The action of '{obj.name}' is combined with its NLA strips: set its blending to Replace (NLA "
            "Editor), or choose Add."
        )


def _is_own(obj: bpy.types.Object) -> bool:
    """Whether an object's action holds nothing but what was written for head and eyes."""
    take = assigned_take(obj)
    if take is None:
        return False
    stored = read_store(take.action, take.layer_key).values()
    written = {name for joint in stored for name, each in joint.channels.items() if not len(each.base)}
    return bool(written) and assigned_channels(obj).keys() <= written


def is_combined(obj: bpy.types.Object) -> bool:
    """Whether an object's action is put on top of NLA strips: its keys then hold the turn alone."""
    animation: Any = obj.animation_data
    return animation is not None and animation.action_blend_type == "COMBINE" and bool(playing_strips(obj))
