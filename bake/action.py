# SPDX-License-Identifier: GPL-3.0-or-later
"""Actions, slots, groups and F-curves: where Blender 4.2 to 5.2 differ, and nowhere else.

Up to 4.3 an action holds its F-curves itself. From 4.4 they lie in the channelbag of a slot, one slot for
each animated datablock; from 5.0 there is no other way.
"""

from contextlib import ExitStack

import bpy

LAYERED = hasattr(bpy.types, "ActionSlot")
"""Whether this Blender has layered actions with slots (4.4 and later)."""


class TakeAction:
    """The action of one datablock, with the F-curves that move this datablock.

    Attributes:
        action: the action.
        slot: the datablock's slot in it, None before Blender 4.4.
    """

    def __init__(self, action: bpy.types.Action, slot: "bpy.types.ActionSlot | None") -> None:
        self.action = action
        self.slot = slot

    @property
    def _channels(self):
        """What holds `fcurves` and `groups`: the action itself, or the channelbag of the slot."""
        return _channelbag(self.action, self.slot, ensure=True) if LAYERED else self.action

    @property
    def layer_key(self) -> str:
        """Name under which the datablock's stored layers lie in the action."""
        return str(self.slot.handle) if LAYERED else "0"

    def curves(self) -> "dict[str, bpy.types.FCurve]":
        """F-curves by data path."""
        return {curve.data_path: curve for curve in self._channels.fcurves}

    def new_curve(self, path: str) -> bpy.types.FCurve:
        """An F-curve without keys for a path that has none."""
        return self._channels.fcurves.new(path)

    def remove_curve(self, curve: bpy.types.FCurve) -> None:
        """Remove an F-curve and its keys."""
        self._channels.fcurves.remove(curve)

    def group(self, name: str) -> bpy.types.ActionGroup:
        """The channel group of that name, made when there is none."""
        groups = self._channels.groups
        return groups.get(name) or groups.new(name)

    def remove_empty_group(self, name: str) -> None:
        """Remove a channel group that holds no F-curve."""
        groups = self._channels.groups
        group = groups.get(name)
        if group is not None and len(group.channels) == 0:
            groups.remove(group)


def assigned_curves(owner: bpy.types.ID) -> "dict[str, bpy.types.FCurve]":
    """F-curves by data path of the action that a datablock has now; nothing is made or changed."""
    animation = owner.animation_data
    if animation is None or animation.action is None:
        return {}
    if not LAYERED:
        return {curve.data_path: curve for curve in animation.action.fcurves}
    if animation.action_slot is None:
        return {}
    bag = _channelbag(animation.action, animation.action_slot, ensure=False)
    return {} if bag is None else {curve.data_path: curve for curve in bag.fcurves}


def take_action(owner: bpy.types.ID, take: str, rollback: ExitStack) -> TakeAction:
    """The action to bake into: the one that the datablock has, else a new one named after the take.

    An action that lies in a library, or that moves other datablocks too, is copied first, so that only
    this datablock changes and no key is lost. What is made here is undone when `rollback` unwinds.

    Args:
        owner: the animated datablock (for shape keys `mesh.shape_keys`).
        take: name for a new action.
        rollback: receives what must be undone when the bake fails.
    """
    if owner.animation_data is None:
        owner.animation_data_create()
        rollback.callback(owner.animation_data_clear)
    animation = owner.animation_data
    action, slot = animation.action, animation.action_slot if LAYERED else None

    def restore() -> None:
        animation.action = action
        if LAYERED and action is not None and slot is not None:
            animation.action_slot = slot

    if action is None:
        new = bpy.data.actions.new(take)
    elif action.library is not None or _moves_others(action, slot, owner):
        new = action.copy()
    else:
        new = None
    if new is not None:
        rollback.callback(bpy.data.actions.remove, new)
        rollback.callback(restore)
        animation.action = new
    current = animation.action
    if not LAYERED:
        return TakeAction(current, None)
    if new is not None and slot is not None:
        animation.action_slot = next(each for each in current.slots if each.identifier == slot.identifier)
    elif animation.action_slot is None:
        suitable = [each for each in current.slots if each.target_id_type == owner.id_type]
        if new is None or not suitable:
            added = current.slots.new(owner.id_type, owner.name)
            if new is None:
                rollback.callback(current.slots.remove, added)
                rollback.callback(restore)
            animation.action_slot = added
        else:
            animation.action_slot = suitable[0]
    return TakeAction(current, animation.action_slot)


def _moves_others(action: bpy.types.Action, slot: "bpy.types.ActionSlot | None", owner: bpy.types.ID) -> bool:
    """Whether other datablocks play the same keys of this action."""
    if LAYERED:
        return slot is not None and any(user != owner for user in slot.users())
    return any(user != owner for user in bpy.data.user_map(subset={action})[action])


def _channelbag(action: bpy.types.Action, slot: "bpy.types.ActionSlot", *, ensure: bool):
    """The channelbag of a slot in the action's one keyframe strip."""
    layers = action.layers
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
