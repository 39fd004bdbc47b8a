# SPDX-License-Identifier: GPL-3.0-or-later
"""Find Bones: what was found of head, neck and eyes, as a choice that can be edited."""

from typing import TYPE_CHECKING

import bpy

from ..last_error import line_for
from ..package import CONTEXT
from ..rig import choose, found_carriers, rig_of
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
            choose(obj, suggest_rig(obj))
            found, _ = found_carriers(obj)
        except Exception as error:
            self.report({"ERROR"}, message(line_for(error)))
            return {"CANCELLED"}
        is_there = rig_of(obj).head is not None
        self.report({"INFO" if is_there else "WARNING"}, found)
        return {"FINISHED"}
