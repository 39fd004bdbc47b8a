# SPDX-License-Identifier: GPL-3.0-or-later
"""Find Bones and Find Keys: what was found of a rig, as a choice that can be edited."""

from typing import TYPE_CHECKING

import bpy
from bpy.props import BoolProperty

from .. import rig
from ..last_error import line_for
from ..mapping import choose, found_words, refreshed
from ..package import CONTEXT
from ..target import object_to_edit
from ..texts import message

if TYPE_CHECKING:
    from bpy.stub_internal.rna_enums import OperatorReturnItems


class SOLILOQUY_OT_find_bones(bpy.types.Operator):
    """Look for bones or objects that carry head, neck and eyes, by the names that common rigs give them"""

    bl_idname = "soliloquy.find_bones"
    bl_label = "Find Bones"
    bl_translation_context = CONTEXT
    bl_options = {"REGISTER", "UNDO", "INTERNAL"}

    def execute(self, context: bpy.types.Context) -> "set[OperatorReturnItems]":
        """Fill in what was found."""
        from ...bake.pose import suggest_rig

        try:
            obj = object_to_edit(context)
            rig.choose(obj, suggest_rig(obj))
            found, _ = rig.found_carriers(obj)
        except Exception as error:
            self.report({"ERROR"}, message(line_for(error)))
            return {"CANCELLED"}
        is_there = rig.rig_of(obj).head is not None
        self.report({"INFO" if is_there else "WARNING"}, found)
        return {"FINISHED"}


class SOLILOQUY_OT_find_keys(bpy.types.Operator):
    """List every key of this rig with what its name says. Rows that are there already stay as they are"""

    bl_idname = "soliloquy.find_keys"
    bl_label = "Find Keys"
    bl_translation_context = CONTEXT
    bl_options = {"REGISTER", "UNDO", "INTERNAL"}

    start_over: BoolProperty(
        name="Start Over",
        translation_context=CONTEXT,
        description="Forget what was edited in the list",
        default=False,
        options={"SKIP_SAVE"},
    )

    def execute(self, context: bpy.types.Context) -> "set[OperatorReturnItems]":
        """Fill the list."""
        from ...bake import BakeError

        try:
            obj = object_to_edit(context)
            mapping = refreshed(obj, start_over=self.start_over)
            if not mapping.keys:
                raise BakeError(f"'{obj.name}' has no shape keys to list.")
            choose(obj, mapping)
        except Exception as error:
            self.report({"ERROR"}, message(line_for(error)))
            return {"CANCELLED"}
        self.report({"INFO"}, found_words(obj))
        return {"FINISHED"}
