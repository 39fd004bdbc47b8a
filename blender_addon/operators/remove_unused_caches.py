# SPDX-License-Identifier: GPL-3.0-or-later
"""Remove Unused Caches: delete the vertex caches that nothing in the file uses any more."""

from typing import TYPE_CHECKING, Any

import bpy

from ..last_error import line_for
from ..package import CONTEXT
from ..texts import iface, message
from .worker_operator import BUSY, WorkerOperator

if TYPE_CHECKING:
    from bpy.stub_internal.rna_enums import OperatorReturnItems

_LISTED = 12
_WIDTH = 400
"""Of the dialog, in pixels of Blender's interface."""


class SOLILOQUY_OT_remove_unused_caches(bpy.types.Operator):
    """Delete the files of vertex takes that are no longer listed. Undo does not bring them back"""

    bl_idname = "soliloquy.remove_unused_caches"
    bl_label = "Remove Unused Caches"
    bl_translation_context = CONTEXT
    # No undo step: files come back by none.
    bl_options = {"REGISTER", "INTERNAL"}

    _found: Any = ()

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        """Not while a job may be writing one."""
        if WorkerOperator.running is not None:
            cls.poll_message_set(message(BUSY))
            return False
        return True

    def invoke(self, context: bpy.types.Context, event: bpy.types.Event) -> "set[OperatorReturnItems]":
        """List the files and ask."""
        if not self._look():
            return {"CANCELLED"}
        return context.window_manager.invoke_props_dialog(self, width=_WIDTH)

    def draw(self, context: bpy.types.Context) -> None:
        """Draw the files with their sizes."""
        column = self.layout.column(align=True)
        for each in self._found[:_LISTED]:
            row = column.row()
            row.label(text=each.path.name, icon="FILE_CACHE", translate=False)
            row.label(text=_size(each.size), translate=False)
        if len(self._found) > _LISTED:
            column.label(text=iface("and {count} more").format(count=len(self._found) - _LISTED))
        text = iface("Deleted for good: {size}")
        self.layout.label(text=text.format(size=_size(sum(each.size for each in self._found))), icon="ERROR")

    def execute(self, context: bpy.types.Context) -> "set[OperatorReturnItems]":
        """Delete what was listed; without a window, what there is."""
        from ...bake.vertices import remove_caches

        if not self._found and not self._look():
            return {"CANCELLED"}
        count = len(self._found)
        try:
            freed = remove_caches(self._found)
        except Exception as error:
            self.report({"ERROR"}, message(line_for(error)))
            return {"CANCELLED"}
        self.report({"INFO"}, message(f"Removed {count} vertex caches: {_size(freed)}"))
        return {"FINISHED"}

    def _look(self) -> bool:
        """Find the files; tell when there are none."""
        from ...bake.vertices import unused_caches

        try:
            self._found = unused_caches()
        except Exception as error:
            self.report({"ERROR"}, message(line_for(error)))
            return False
        if not self._found:
            self.report({"INFO"}, message("There are no unused vertex caches."))
        return bool(self._found)


def _size(size: int) -> str:
    return f"{size / 1e9:.1f} GB" if size >= 1e9 else f"{size / 1e6:.1f} MB"
