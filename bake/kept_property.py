# SPDX-License-Identifier: GPL-3.0-or-later
"""Custom properties that are as they were when a bake is taken back."""

from contextlib import ExitStack

import bpy


def keep_property(action: bpy.types.Action, name: str, rollback: ExitStack) -> None:
    """Have a group of custom properties of an action be as it is now when `rollback` unwinds."""
    before = action[name].to_dict() if name in action else None

    def restore() -> None:
        if before is None:
            action.pop(name, None)
        else:
            action[name] = before

    rollback.callback(restore)
