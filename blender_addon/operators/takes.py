# SPDX-License-Identifier: GPL-3.0-or-later
"""Takes: the same speech once more beside those that there are, another one shown, one removed."""

from typing import TYPE_CHECKING, Any, ClassVar

import bpy
from bpy.props import EnumProperty, StringProperty

from ..kept_takes import (
    SHAPE_KEYS,
    VERTICES,
    check_is_there,
    kept_takes,
    remove_kept_take,
    show_kept_take,
    words_for,
)
from ..last_error import line_for
from ..package import CONTEXT
from ..target import target_object
from ..texts import message
from .job_operator import JobOperator

if TYPE_CHECKING:
    from bpy.stub_internal.rna_enums import OperatorReturnItems


class SOLILOQUY_OT_new_take(JobOperator, bpy.types.Operator):
    """Animate the same speech with the next seed, as a take of its own. What the head shows is kept"""

    bl_idname = "soliloquy.new_take"
    bl_label = "New Take"
    bl_translation_context = CONTEXT
    bl_options = {"REGISTER", "UNDO"}

    is_new_take: ClassVar[bool] = True


class SOLILOQUY_OT_show_take(bpy.types.Operator):
    """Have the head show this take. The others are kept"""

    bl_idname = "soliloquy.show_take"
    bl_label = "Show Take"
    bl_translation_context = CONTEXT
    bl_options = {"REGISTER", "UNDO", "INTERNAL"}

    kind: EnumProperty(
        items=[(SHAPE_KEYS, "Shape Keys", ""), (VERTICES, "Vertices", "")], options={"HIDDEN", "SKIP_SAVE"}
    )
    take: StringProperty(options={"HIDDEN", "SKIP_SAVE"})

    @classmethod
    def description(cls, context: bpy.types.Context, properties: Any) -> str:
        """The tooltip: how each sound of the take was made."""
        lines = [bpy.app.translations.pgettext_tip(cls.__doc__ or "")]
        for take in kept_takes(target_object(context)):
            if (take.kind, take.name) == (properties.kind, properties.take):
                lines += [f"{facts.sound}: {words_for(facts)}" for facts in take.facts]
        return "\n".join(lines)

    def execute(self, context: bpy.types.Context) -> "set[OperatorReturnItems]":
        """Show it."""
        try:
            show_kept_take(check_is_there(target_object(context)), self.kind, self.take)
        except Exception as error:
            self.report({"ERROR"}, message(line_for(error)))
            return {"CANCELLED"}
        return {"FINISHED"}


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
