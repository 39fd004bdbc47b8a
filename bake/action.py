# SPDX-License-Identifier: GPL-3.0-or-later
"""Actions, slots, groups and F-curves: where Blender 4.2 to 5.2 differ, and nowhere else.

Up to 4.3 an action holds its F-curves itself. From 4.4 they lie in the channelbag of a slot, one slot for
each animated datablock; from 5.0 there is no other way.
"""

from contextlib import ExitStack
from typing import Any

import bpy

_NO_GROUP = "Soliloquy nothing"

Slot = Any
"""bpy.types.ActionSlot, which exists from Blender 4.4 on."""

AnimatedData = bpy.types.Key | bpy.types.Object
"""Datablocks that are animated here."""

ChannelName = tuple[str, int]
"""Data path of an F-curve and its place in a property of several numbers."""

LAYERED = hasattr(bpy.types, "ActionSlot")
"""Whether this Blender has layered actions with slots (4.4 and later)."""


class TakeAction:
    """The action of one datablock, with the F-curves that move this datablock.

    Attributes:
        action: the action.
        slot: the datablock's slot in it, None before Blender 4.4.
    """

    def __init__(self, action: bpy.types.Action, slot: Slot | None) -> None:
        self.action = action
        self.slot = slot

    @property
    def _channels(self) -> Any:
        """What holds `fcurves` and `groups`: the action itself, or the channelbag of the slot."""
        return _channelbag(self.action, self.slot, ensure=True) if LAYERED else self.action

    @property
    def layer_key(self) -> str:
        """Name under which the datablock's stored layers lie in the action."""
        return str(self.slot.handle) if self.slot is not None else "0"

    def curves(self) -> "dict[str, bpy.types.FCurve]":
        """F-curves by data path, of properties that hold one number."""
        return {curve.data_path: curve for curve in self._channels.fcurves}

    def channels(self) -> "dict[ChannelName, bpy.types.FCurve]":
        """F-curves by data path and place in the property."""
        return {(curve.data_path, curve.array_index): curve for curve in self._channels.fcurves}

    def new_curve(self, path: str, index: int = 0) -> bpy.types.FCurve:
        """An F-curve without keys for a path, and a place in its property, that have none."""
        return self._channels.fcurves.new(path, index=index)

    def new_curve_in(self, group: str, path: str, index: int, rollback: ExitStack) -> bpy.types.FCurve:
        """As `new_curve`, in a channel group, and gone again when `rollback` unwinds."""
        curve = self.new_curve(path, index)
        rollback.callback(self.remove_empty_group, group)
        rollback.callback(self.remove_curve, curve)
        curve.group = self.group(group)
        return curve

    def remove_curve(self, curve: bpy.types.FCurve) -> None:
        """Remove an F-curve and its keys."""
        self._channels.fcurves.remove(curve)

    def group(self, name: str) -> bpy.types.ActionGroup:
        """The channel group of that name, made when there is none."""
        groups = self._channels.groups
        return groups.get(name) or groups.new(name)

    def put_into_group(self, curve: bpy.types.FCurve, name: str, rollback: ExitStack) -> None:
        """Move an F-curve into the channel group of that name; `rollback` moves it back when it unwinds."""
        before = None if curve.group is None else curve.group.name
        if before == name:
            return

        def restore() -> None:
            # By its name: Blender frees a group that loses its last curve.
            curve.group = self.group(before if before is not None else _NO_GROUP)
            if before is None:
                # There is no other way out of a group from Blender 4.4 on.
                self._channels.groups.remove(self.group(_NO_GROUP))
            self.remove_empty_group(name)

        rollback.callback(restore)
        curve.group = self.group(name)

    def group_names(self) -> list[str]:
        """Names of the channel groups."""
        return [group.name for group in self._channels.groups]

    def remove_empty_group(self, name: str) -> None:
        """Remove a channel group that holds no F-curve."""
        groups = self._channels.groups
        group = groups.get(name)
        if group is not None and len(group.channels) == 0:
            groups.remove(group)


def assigned_curves(owner: AnimatedData) -> "dict[str, bpy.types.FCurve]":
    """F-curves by data path of the action that a datablock has now; nothing is made or changed."""
    return {curve.data_path: curve for curve in _curves_of(owner)}


def assigned_channels(owner: AnimatedData) -> "dict[ChannelName, bpy.types.FCurve]":
    """F-curves by data path and place in the property, as `assigned_curves`."""
    return {(curve.data_path, curve.array_index): curve for curve in _curves_of(owner)}


def paths_of(action: bpy.types.Action) -> set[str]:
    """Data paths of all F-curves of an action, in whatever slot."""
    whole: Any = action
    bags = [whole]
    if LAYERED:
        bags = [bag for layer in whole.layers for strip in layer.strips for bag in strip.channelbags]
    return {curve.data_path for bag in bags for curve in bag.fcurves}


def playing_strips(owner: AnimatedData) -> "list[tuple[bpy.types.NlaStrip, set[str]]]":
    """The NLA strips that a datablock plays, each with the data paths of what its action moves."""
    animation: Any = owner.animation_data
    if animation is None or not animation.use_nla:
        return []
    tracks = [track for track in animation.nla_tracks if not track.mute]
    found = []
    for strip in [strip for track in tracks for strip in track.strips if not strip.mute]:
        actions = [each.action for each in (strip, *strip.strips) if each.action is not None]
        found.append((strip, {path for action in actions for path in paths_of(action)}))
    return found


def channels_in(action: bpy.types.Action, owner: AnimatedData) -> "dict[ChannelName, bpy.types.FCurve]":
    """F-curves by data path and place of what an action holds for a datablock, which need not play it.

    Of an action with slots it is the one that the datablock has, else the one that bears its name, else the
    first for datablocks of its kind. Nothing is made or changed.
    """
    return held_by(action, owner)[1]


def held_by(
    action: bpy.types.Action, owner: AnimatedData
) -> "tuple[str, dict[ChannelName, bpy.types.FCurve]]":
    """As `channels_in`, with the name under which layers of the datablock lie in the action."""
    whole: Any = action
    if not LAYERED:
        return "0", {(curve.data_path, curve.array_index): curve for curve in whole.fcurves}
    animation: Any = owner.animation_data
    played = None
    if animation is not None and animation.action == action:
        played = animation.action_slot
    slots = [slot for slot in whole.slots if slot.target_id_type in (owner.id_type, "UNSPECIFIED")]
    named = [slot for slot in slots if slot.name_display == owner.name]
    for slot in [*([played] if played is not None else []), *named, *slots]:
        bag = _channelbag(action, slot, ensure=False)
        if bag is not None and len(bag.fcurves):
            curves = {(curve.data_path, curve.array_index): curve for curve in bag.fcurves}
            return str(slot.handle), curves
    return "0", {}


def assigned_take(owner: AnimatedData) -> TakeAction | None:
    """The action that a datablock has now; nothing is made or changed."""
    animation: Any = owner.animation_data
    if animation is None or animation.action is None:
        return None
    slot = animation.action_slot if LAYERED else None
    return None if LAYERED and slot is None else TakeAction(animation.action, slot)


def _curves_of(owner: AnimatedData) -> "tuple[bpy.types.FCurve, ...]":
    animation: Any = owner.animation_data
    if animation is None or animation.action is None:
        return ()
    if not LAYERED:
        return tuple(animation.action.fcurves)
    if animation.action_slot is None:
        return ()
    bag = _channelbag(animation.action, animation.action_slot, ensure=False)
    return () if bag is None else tuple(bag.fcurves)


def take_action(owner: AnimatedData, take: str, rollback: ExitStack) -> TakeAction:
    """The action to bake into: the one that the datablock has, else a new one named after the take.

    An action that lies in a library, or that moves other datablocks too, is copied first, so that only
    this datablock changes and no key is lost. What is made here is undone when `rollback` unwinds.

    Args:
        owner: the animated datablock (for shape keys `mesh.shape_keys`).
        take: name for a new action.
        rollback: receives what must be undone when the bake fails.
    """
    animation: Any = owner.animation_data  # Any: type stubs know one version of Blender
    if animation is None:
        animation = owner.animation_data_create()
        rollback.callback(owner.animation_data_clear)
    action, slot = animation.action, animation.action_slot if LAYERED else None

    def restore() -> None:
        animation.action = action
        if LAYERED and slot is not None:
            animation.action_slot = slot

    if action is None or action.library is not None or moves_others(action, slot, owner):
        new = bpy.data.actions.new(take) if action is None else action.copy()
        rollback.callback(bpy.data.actions.remove, new)
        rollback.callback(restore)
        animation.action = new
    if not LAYERED:
        single: Any = animation.action
        if not single.id_root:
            single.id_root = owner.id_type
        return TakeAction(single, None)
    slots = animation.action.slots
    if slot is not None:
        # A copied action holds copies of the slots.
        animation.action_slot = slots[slot.identifier]
    elif animation.action_slot is None:
        added = slots.new(owner.id_type, owner.name)
        if animation.action == action:
            rollback.callback(slots.remove, added)
            rollback.callback(restore)
        animation.action_slot = added
    return TakeAction(animation.action, animation.action_slot)


def begin_action(owner: AnimatedData, name: str, rollback: ExitStack) -> None:
    """Give a datablock a new action; the one that it has stays as it is, with a fake user.

    The new one begins as a copy. What is done here is undone when `rollback` unwinds.
    """
    animation: Any = owner.animation_data
    old = animation.action if animation is not None else None
    if old is None:
        action = bpy.data.actions.new(name)
        rollback.callback(bpy.data.actions.remove, action)
        if animation is None:
            animation = owner.animation_data_create()
            rollback.callback(owner.animation_data_clear)
        else:
            rollback.callback(setattr, animation, "action", None)
        animation.action = action
        return
    slot = animation.action_slot if LAYERED else None
    identifier = None if slot is None else slot.identifier
    rollback.callback(_assign, animation, old, identifier)
    if old.library is None:
        rollback.callback(setattr, old, "use_fake_user", old.use_fake_user)
    keep_action(old)
    action = old.copy()
    action.name = name
    rollback.callback(bpy.data.actions.remove, action)
    _assign(animation, action, identifier)


def show_action(owner: AnimatedData, action: bpy.types.Action) -> None:
    """Have a datablock play an action; the one that it played is kept with a fake user."""
    animation: Any = owner.animation_data or owner.animation_data_create()
    old = animation.action
    if old == action:
        return
    identifier = None
    if LAYERED and animation.action_slot is not None:
        identifier = animation.action_slot.identifier
    if old is not None:
        keep_action(old)
    _assign(animation, action, identifier)
    if LAYERED and animation.action_slot is None:
        kinds = (owner.id_type, "UNSPECIFIED")
        animation.action_slot = next((each for each in action.slots if each.target_id_type in kinds), None)


def keep_action(action: bpy.types.Action) -> None:
    """Give an action a fake user, so that it is saved; a linked one stays in its own file."""
    if action.library is None:
        action.use_fake_user = True


def _assign(animation: Any, action: bpy.types.Action, slot: str | None) -> None:
    """Assign an action and, from Blender 4.4 on, the slot with this identifier."""
    animation.action = action
    if LAYERED and slot is not None and slot in action.slots:
        animation.action_slot = action.slots[slot]


def moves_others(action: bpy.types.Action, slot: Slot | None, owner: AnimatedData) -> bool:
    """Whether other datablocks play the same keys of this action."""
    if slot is not None:
        return any(user != owner for user in slot.users())
    if LAYERED:
        return False
    # The action of a face points to those that belong to its take; it does not play them.
    users = bpy.data.user_map(subset=[action])[action]
    return any(user != owner and not isinstance(user, bpy.types.Action) for user in users)


def _channelbag(action: bpy.types.Action, slot: Slot, *, ensure: bool) -> Any:
    """The channelbag of a slot in the action's one keyframe strip."""
    layers: Any = action.layers
    if not layers:
        if not ensure:
            return None
        layers.new("Layer")
    strips = layers[0].strips
    if not strips:
        if not ensure:
            return None
        strips.new(type="KEYFRAME")
    return strips[0].channelbag(slot, ensure=ensure)
