# SPDX-License-Identifier: GPL-3.0-or-later
"""Add > Mesh > Soliloquy Head."""

from typing import TYPE_CHECKING, Any

import bpy

from ..last_error import line_for
from ..package import CONTEXT
from ..texts import message

if TYPE_CHECKING:
    from bpy.stub_internal.rna_enums import OperatorReturnItems


class SOLILOQUY_OT_add_head(bpy.types.Operator):
    """Add a head that speaks: with the 52 ARKit shape keys, and an empty that turns it"""

    bl_idname = "soliloquy.add_head"
    bl_label = "Soliloquy Head"
    bl_translation_context = CONTEXT
    bl_options = {"REGISTER", "UNDO"}

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        """Only in Object Mode, as for every mesh that is an object of its own."""
        if context.mode != "OBJECT":
            cls.poll_message_set(message("Leave the edit mode first (Tab)."))
            return False
        return True

    def execute(self, context: bpy.types.Context) -> "set[OperatorReturnItems]":
        """Add the head at the 3D cursor and select it."""
        from ...bake.head_mesh import create_head

        try:
            head = create_head(context.collection, location=tuple(context.scene.cursor.location))
        except Exception as error:
            self.report({"ERROR"}, message(line_for(error)))
            return {"CANCELLED"}
        for obj in list(context.view_layer.objects.selected):
            obj.select_set(False)
        context.view_layer.update()
        # A collection hidden in this view layer shows no objects, and so selects none.
        if head.name in context.view_layer.objects:
            head.select_set(True)
            context.view_layer.objects.active = head
        return {"FINISHED"}


def draw_in_menu(menu: Any, context: bpy.types.Context) -> None:
    """The entry in Add > Mesh."""
    menu.layout.operator(SOLILOQUY_OT_add_head.bl_idname, icon="USER")
