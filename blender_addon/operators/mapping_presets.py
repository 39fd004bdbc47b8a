# SPDX-License-Identifier: GPL-3.0-or-later
"""Save Preset and Load Preset: the mapping of a rig as a JSON file, for others with the same keys."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import bpy
from bpy.props import BoolProperty, StringProperty

from ...core.errors import InputError
from ..last_error import line_for
from ..mapping import choose, mapping_to_save, preset_for
from ..package import CONTEXT
from ..target import object_to_edit
from ..texts import message

if TYPE_CHECKING:
    from bpy.stub_internal.rna_enums import OperatorReturnItems

_ENDING = ".json"


class MappingPresetOperator:
    """What reading and writing a preset have in common: Blender's file browser."""

    filepath: StringProperty(subtype="FILE_PATH", options={"HIDDEN", "SKIP_SAVE"})
    filter_glob: StringProperty(default=f"*{_ENDING}", options={"HIDDEN", "SKIP_SAVE"})

    report: Any

    @classmethod
    def poll(cls: Any, context: bpy.types.Context) -> bool:
        """Only with a head that is of this file."""
        try:
            object_to_edit(context)
        except Exception as error:
            cls.poll_message_set(message(str(error)))
            return False
        return True

    def path(self) -> Path:
        """The file that was chosen.

        Raises:
            InputError: none was.
        """
        if not self.filepath:
            raise InputError("No file for the preset is chosen.")
        return Path(bpy.path.abspath(self.filepath))

    def ask(self, context: bpy.types.Context) -> "set[OperatorReturnItems]":
        """Open the file browser."""
        window_manager: Any = context.window_manager
        window_manager.fileselect_add(self)
        return {"RUNNING_MODAL"}


class SOLILOQUY_OT_save_mapping(MappingPresetOperator, bpy.types.Operator):
    """Write which key is animated by what into a JSON file, for other characters with the same keys"""

    bl_idname = "soliloquy.save_mapping"
    bl_label = "Save Preset"
    bl_translation_context = CONTEXT
    bl_options = {"REGISTER", "INTERNAL"}

    check_existing: BoolProperty(default=True, options={"HIDDEN", "SKIP_SAVE"})

    def invoke(self, context: bpy.types.Context, event: bpy.types.Event) -> "set[OperatorReturnItems]":
        """Ask for the file, and suggest one."""
        folder = Path(bpy.data.filepath).parent if bpy.data.filepath else Path.home()
        name = bpy.path.clean_name(object_to_edit(context).name)
        self.filepath = str(folder / f"{name}{_ENDING}")
        return self.ask(context)

    def check(self, context: bpy.types.Context) -> bool:
        """Called as the name is typed: it ends in .json."""
        before = self.filepath
        self.filepath = bpy.path.ensure_ext(before, _ENDING)
        return self.filepath != before

    def execute(self, context: bpy.types.Context) -> "set[OperatorReturnItems]":
        """Write the file."""
        from ...core.retarget.mapping import write_mapping

        try:
            path = self.path()
            write_mapping(path, mapping_to_save(object_to_edit(context)))
        except Exception as error:
            self.report({"ERROR"}, message(line_for(error)))
            return {"CANCELLED"}
        self.report({"INFO"}, message(f"Saved the mapping as '{path.name}'"))
        return {"FINISHED"}


class SOLILOQUY_OT_load_mapping(MappingPresetOperator, bpy.types.Operator):
    """Take which key is animated by what from a JSON file"""

    bl_idname = "soliloquy.load_mapping"
    bl_label = "Load Preset"
    bl_translation_context = CONTEXT
    bl_options = {"REGISTER", "UNDO", "INTERNAL"}

    def invoke(self, context: bpy.types.Context, event: bpy.types.Event) -> "set[OperatorReturnItems]":
        """Ask for the file."""
        return self.ask(context)

    def execute(self, context: bpy.types.Context) -> "set[OperatorReturnItems]":
        """Read the file."""
        try:
            path, obj = self.path(), object_to_edit(context)
            mapping, notes = preset_for(obj, path)
            choose(obj, mapping)
        except Exception as error:
            self.report({"ERROR"}, message(line_for(error)))
            return {"CANCELLED"}
        for note in notes:
            self.report({"WARNING"}, message(note))
        self.report({"INFO"}, message(f"Loaded the mapping '{path.name}'"))
        return {"FINISHED"}
