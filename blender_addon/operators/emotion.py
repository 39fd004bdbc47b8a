# SPDX-License-Identifier: GPL-3.0-or-later
"""Emotion sliders: custom properties of the object, to be posed, keyed or driven like any other."""

from typing import TYPE_CHECKING

import bpy

from ..last_error import line_for
from ..package import CONTEXT
from ..target import object_to_edit
from ..texts import message

if TYPE_CHECKING:
    from bpy.stub_internal.rna_enums import OperatorReturnItems


class SOLILOQUY_OT_add_emotion_sliders(bpy.types.Operator):
    """Give the object a slider for each emotion, to be keyed like any other property. Animate reads them"""

    bl_idname = "soliloquy.add_emotion_sliders"
    bl_label = "Add Emotion Sliders"
    bl_translation_context = CONTEXT
    bl_options = {"REGISTER", "UNDO"}

    def execute(self, context: bpy.types.Context) -> "set[OperatorReturnItems]":
        """Add those that are not there."""
        from ..emotion_sliders import add_sliders

        try:
            obj = object_to_edit(context)
            added = add_sliders(obj)
        except Exception as error:
            self.report({"ERROR"}, message(line_for(error)))
            return {"CANCELLED"}
        self.report({"INFO"}, message(f"'{obj.name}' has {added} emotion sliders more"))
        return {"FINISHED"}


class SOLILOQUY_OT_remove_emotion_sliders(bpy.types.Operator):
    """Remove the emotion sliders of the object, with their keys. The face stays as it was animated"""

    bl_idname = "soliloquy.remove_emotion_sliders"
    bl_label = "Remove Emotion Sliders"
    bl_translation_context = CONTEXT
    bl_options = {"REGISTER", "UNDO"}

    def execute(self, context: bpy.types.Context) -> "set[OperatorReturnItems]":
        """Remove those that are there."""
        from ..emotion_sliders import remove_sliders

        try:
            obj = object_to_edit(context)
            removed = remove_sliders(obj)
        except Exception as error:
            self.report({"ERROR"}, message(line_for(error)))
            return {"CANCELLED"}
        self.report({"INFO"}, message(f"'{obj.name}' has {removed} emotion sliders less"))
        return {"FINISHED"}
