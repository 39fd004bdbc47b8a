# SPDX-License-Identifier: GPL-3.0-or-later
"""Takes of shape keys: several actions for one head, kept to compare, each knowing how it was made.

The takes of a face made of bones are those of its armature.

An action may hold several sounds, one after the other in time; a new take of one of them is a copy of the
action in which only that sound is animated anew, so that everything else stays in both.
"""

import json
from collections.abc import Iterable
from contextlib import ExitStack
from dataclasses import asdict, dataclass, replace
from typing import Any, Final

import bpy

from .action import begin_action
from .companion_takes import (
    begin_companion_takes,
    companion_actions,
    show_companion_takes,
    show_keys_action,
)
from .errors import BakeError
from .layers import PROPERTY as LAYERS
from .linked_actions import remove_unused
from .meshes import mesh_of, shape_keys_of
from .pose.library_aside import put_library_aside
from .pose.pose_takes import action_name, pose_actions, show_bones_action, show_pose_actions

PROPERTY: Final = "soliloquy_takes"
"""Custom property of an action: JSON list of `TakeFacts`, the latest sound last."""

_NAME_BYTES: Final = 63
"""How long Blender's names may be, in UTF-8."""


@dataclass(frozen=True)
class TakeFacts:
    """How one sound of a take was made.

    Attributes:
        sound: name of the sound.
        model: network that made it, or its file's name.
        sampling: style in which the network drew; empty for networks that do not draw.
        seed: what it was drawn from.
        head: object that it was made for.
        style: how it speaks, in words; empty for the neutral style.
    """

    sound: str
    model: str
    sampling: str
    seed: int
    head: str = ""
    style: str = ""


@dataclass(frozen=True)
class ShapeKeyTake:
    """A take of a head's shape keys.

    Attributes:
        name: name of its action.
        facts: how its sounds were made, the latest last; empty for one whose facts are not known.
        is_shown: whether the head shows it now.
    """

    name: str
    facts: tuple[TakeFacts, ...]
    is_shown: bool


def take_name(sound: str, seed: int | None = None) -> str:
    """What a take is called: "line 01", and a further one "line 01 seed 3"; as long as Blender allows."""
    ending = "" if seed is None else f" seed {seed}"
    return sound.encode()[: _NAME_BYTES - len(ending)].decode(errors="ignore") + ending


def facts_as_text(facts: Iterable[TakeFacts]) -> str:
    """Facts as they are kept in a .blend file."""
    return json.dumps([asdict(each) for each in facts])


def facts_from_text(text: str) -> tuple[TakeFacts, ...]:
    """The inverse of `facts_as_text`; none of an empty text."""
    return tuple(TakeFacts(**each) for each in json.loads(text or "[]"))


def facts_of(action: bpy.types.Action) -> tuple[TakeFacts, ...]:
    """How the sounds of an action were made, the latest last."""
    return facts_from_text(str(action.get(PROPERTY, "")))


def shape_key_takes(obj: bpy.types.Object) -> tuple[ShapeKeyTake, ...]:
    """The takes that there are for a head, by name. Nothing is made or changed."""
    shown, names = _shown_action(obj), _names_of(obj)
    takes = []
    for action in bpy.data.actions:
        if LAYERS not in action or action.library is not None:
            continue
        facts = facts_of(action)
        if action == shown or any(each.head in names for each in facts):
            takes.append(ShapeKeyTake(action.name, facts, action == shown))
    return tuple(takes)


def seeds_made(obj: bpy.types.Object, sound: str) -> set[int]:
    """The seeds with which a sound was animated in any action that was made for a head."""
    names = _names_of(obj)
    every = (each for action in bpy.data.actions if PROPERTY in action for each in facts_of(action))
    return {each.seed for each in every if each.sound == sound and each.head in names}


def record_take(obj: bpy.types.Object, facts: TakeFacts, head: str | None = None) -> None:
    """Note in the action that an object's shape keys have how a sound in it was made.

    An action whose name tells the seed that this sound had before is renamed.

    Args:
        obj: the object.
        facts: how the sound was made.
        head: object that it was made for, where that is another one.
    """
    action = _shown_action(obj)
    assert action is not None  # it was just baked
    before = facts_of(action)
    others = [each for each in before if each.sound != facts.sound]
    action[PROPERTY] = facts_as_text((*others, replace(facts, head=head or obj.name)))
    for old in before:
        if old.sound == facts.sound and action.name == take_name(old.sound, old.seed):
            action.name = take_name(facts.sound, facts.seed)


def begin_take(obj: bpy.types.Object, name: str, rollback: ExitStack) -> None:
    """Give a head a new action to bake into; the one that it has stays as it is, with a fake user.

    The new one begins as a copy, so that it has what the bake does not replace; so do those of other meshes
    that the take moves. What is done here is undone when `rollback` unwinds.
    """
    if obj.type == "ARMATURE":
        put_library_aside(obj, rollback)
        begin_action(obj, action_name(name, obj), rollback)
        return
    shape_keys = shape_keys_of(obj)
    if mesh_of(obj).library is not None:
        return  # baking makes the override, and with it the first take
    old = _shown_action(obj)
    begin_action(shape_keys, name, rollback)
    new = _shown_action(obj)
    assert new is not None  # it was just begun
    begin_companion_takes(old, new, name, rollback)


def show_take(obj: bpy.types.Object, name: str) -> None:
    """Have a head show one of its takes; the one that it showed is kept with a fake user.

    Shape keys that only the earlier take moves come to rest. What carries head and eyes goes along where
    the take was made with it (`pose.pose_takes`), and so do other meshes of the character
    (`companion_takes`).

    Raises:
        BakeError: there is no such take.
    """
    action: Any = bpy.data.actions.get((name, None))
    if action is None:
        raise BakeError(f"There is no take '{name}' any more.")
    old = _shown_action(obj)
    if obj.type == "ARMATURE":
        show_bones_action(obj, action)
    else:
        show_keys_action(shape_keys_of(obj), action)
    show_pose_actions(action)
    show_companion_takes(old, action)


def remove_take(obj: bpy.types.Object, name: str) -> None:
    """Remove a take that the head does not have at present.

    Raises:
        BakeError: there is no such take, or it is in use.
    """
    take = next((each for each in shape_key_takes(obj) if each.name == name), None)
    if take is None:
        raise BakeError(f"There is no take '{name}' any more.")
    if take.is_shown:
        raise BakeError(
            f"The shape keys of '{obj.name}' play take '{name}': show another one before you remove it."
            if obj.type == "MESH"
            else f"The bones of '{obj.name}' play take '{name}': show another one before you remove it."
        )
    actions: Any = bpy.data.actions  # Any: type stubs do not know that names may have a library
    action = actions[name, None]
    if action.users > action.use_fake_user:
        raise BakeError(f"Take '{name}' is used elsewhere too, as in the NLA: remove it there first.")
    belonging = (pose_actions(action), companion_actions(action))
    bpy.data.actions.remove(action)
    for actions in belonging:
        remove_unused(actions)


def _names_of(obj: bpy.types.Object) -> set[str]:
    """What a head is and was called: one that was renamed is known by what its present take calls it."""
    shown = _shown_action(obj)
    return {obj.name, *(each.head for each in facts_of(shown))} if shown is not None else {obj.name}


def _shown_action(obj: bpy.types.Object) -> bpy.types.Action | None:
    shape_keys = obj.data.shape_keys if isinstance(obj.data, bpy.types.Mesh) else None
    owner = obj if obj.type == "ARMATURE" else shape_keys
    return None if owner is None or owner.animation_data is None else owner.animation_data.action
