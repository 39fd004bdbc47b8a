# SPDX-License-Identifier: GPL-3.0-or-later
"""Remove a take that is not shown."""

from typing import TYPE_CHECKING

import bpy
from bpy.props import StringProperty

from ..kept_takes import check_is_there, remove_kept_take
from ..last_error import line_for
from ..package import CONTEXT
from ..target import target_object
from ..texts import message

if TYPE_CHECKING:
    from bpy.stub_internal.rna_enums import OperatorReturnItems


class SOLILOQUY_OT_remove_take(bpy.types.Operator):
    """Remove this take. The file of a vertex cache stays until Remove Unused Caches"""

    bl_idname = "soliloquy.remove_take"
    bl_label = "Remove Take"
    bl_translation_context = CONTEXT
    bl_options = {"REGISTER", "UNDO", "INTERNAL"}

    kind: StringProperty(options={"HIDDEN", "SKIP_SAVE"})
    take: StringProperty(options={"HIDDEN", "SKIP_SAVE"})

    def execute(self, context: bpy.types.Context) -> "set[OperatorReturnItems]":
        """Remove it."""
        try:
            remove_kept_take(check_is_there(target_object(context)), self.kind, self.take)
        except Exception as error:
            self.report({"ERROR"}, message(line_for(error)))
            return {"CANCELLED"}
        return {"FINISHED"}
