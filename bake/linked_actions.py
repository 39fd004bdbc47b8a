# SPDX-License-Identifier: GPL-3.0-or-later
"""Actions that belong to a take of the face: those of what carries its head, and of what goes with it.

The face's action points to them, so that they may be renamed. Several takes may share one.
"""

from typing import Any

import bpy


def linked_actions(face: bpy.types.Action, name: str) -> dict[str, bpy.types.Action]:
    """The actions that a custom property of the face's action names, by object."""
    stored: Any = face.get(name)
    return {} if stored is None else {obj: action for obj, action in stored.items() if action is not None}


def link_actions(face: bpy.types.Action, name: str, actions: "dict[str, bpy.types.Action]") -> None:
    """Note actions, by object, in a custom property of the face's action, in place of what is there."""
    if actions:
        face[name] = actions
    else:
        face.pop(name, None)


def remove_unused(actions: "dict[str, bpy.types.Action]") -> None:
    """Remove those that no other take has and that nothing plays, once the face's action is gone."""
    for action in actions.values():
        if action.users <= action.use_fake_user:
            bpy.data.actions.remove(action)
