# SPDX-License-Identifier: GPL-3.0-or-later
"""Export Vertices: the head's moving mesh for other programs."""

from pathlib import Path
from typing import TYPE_CHECKING

import bpy
from bpy.props import StringProperty

from ...core.errors import InputError
from ..kept_takes import check_is_there
from ..last_error import line_for
from ..package import CONTEXT
from ..target import target_object
from ..texts import message

if TYPE_CHECKING:
    from bpy.stub_internal.rna_enums import OperatorReturnItems


class SOLILOQUY_OT_export_vertices(bpy.types.Operator):
    """Write the head as it moves in the scene's frames to Alembic (.abc) or USD (.usdc) for other programs"""

    bl_idname = "soliloquy.export_vertices"
    bl_label = "Export Vertices"
    bl_translation_context = CONTEXT
    bl_options = {"REGISTER", "INTERNAL"}

    filepath: StringProperty(subtype="FILE_PATH", options={"HIDDEN", "SKIP_SAVE"})
    filter_glob: StringProperty(default="*.abc;*.usdc;*.usda;*.usd", options={"HIDDEN", "SKIP_SAVE"})

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        """Only with a mesh."""
        obj = target_object(context)
        if obj is None or obj.type != "MESH":
            cls.poll_message_set(message("No head is selected."))
            return False
        return True

    def invoke(self, context: bpy.types.Context, event: bpy.types.Event) -> "set[OperatorReturnItems]":
        """Ask for the file."""
        obj = check_is_there(target_object(context))
        ending = ".abc" if bpy.app.build_options.alembic else ".usdc"
        folder = Path(bpy.data.filepath).parent if bpy.data.filepath else Path.home()
        self.filepath = str(folder / f"{bpy.path.clean_name(obj.name)}{ending}")
        context.window_manager.fileselect_add(self)
        return {"RUNNING_MODAL"}

    def execute(self, context: bpy.types.Context) -> "set[OperatorReturnItems]":
        """Write the file."""
        from ...bake.vertices import export_vertices

        scene = context.scene
        try:
            if not self.filepath:
                raise InputError("No file to export to is chosen.")
            path = Path(bpy.path.abspath(self.filepath))
            obj = check_is_there(target_object(context))
            size = export_vertices(obj, path, scene.frame_start, scene.frame_end)
        except Exception as error:
            self.report({"ERROR"}, message(line_for(error)))
            return {"CANCELLED"}
        self.report({"INFO"}, message(f"Exported '{path.name}': {size / 1e6:.1f} MB"))
        return {"FINISHED"}
