# SPDX-License-Identifier: GPL-3.0-or-later
"""Import Live Link Face: a recorded performance as a take of the head."""

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import bpy
from bpy.props import FloatProperty, IntProperty, StringProperty

from ..package import CONTEXT
from .job_operator import JobOperator

if TYPE_CHECKING:
    from bpy.stub_internal.rna_enums import OperatorReturnItems

    from ..job import Job


class SOLILOQUY_OT_import_live_link(JobOperator, bpy.types.Operator):
    """Animate the head as it was recorded with Live Link Face (.csv), as a take of its own"""

    bl_idname = "soliloquy.import_live_link"
    bl_label = "Import Live Link Face"
    bl_translation_context = CONTEXT
    bl_options = {"REGISTER", "UNDO"}

    filepath: StringProperty(subtype="FILE_PATH", options={"HIDDEN", "SKIP_SAVE"})
    filter_glob: StringProperty(default="*.csv", options={"HIDDEN", "SKIP_SAVE"})
    start_frame: IntProperty(
        name="Start Frame",
        translation_context=CONTEXT,
        description="Frame at which the recording begins",
        default=1,
        subtype="TIME",
        options={"SKIP_SAVE"},
    )
    fps: FloatProperty(
        name="Frame Rate",
        translation_context=CONTEXT,
        description="Frames per second of the recording; 0 as its timecodes tell",
        default=0.0,
        min=0.0,
        max=1000.0,
        options={"SKIP_SAVE"},
    )

    @classmethod
    def refusal(cls, context: bpy.types.Context) -> str | None:
        """Why no recording can go on the head."""
        from ..recording import why_not_imported

        return why_not_imported(context)

    def invoke(self, context: bpy.types.Context, event: bpy.types.Event) -> "set[OperatorReturnItems]":
        """Ask for the file, with the panel's start frame."""
        if not self.properties.is_property_set("start_frame"):
            self.start_frame = context.scene.soliloquy.source.start_frame
        window_manager: Any = context.window_manager
        window_manager.fileselect_add(self)
        return {"RUNNING_MODAL"}

    def cancel(self, context: bpy.types.Context) -> None:
        """The file browser was closed: no work is under way."""

    def read(self, context: bpy.types.Context) -> "Job":
        """The recording and the head."""
        from ..recording import recording_job
        from ..target import target_object

        settings = context.scene.soliloquy
        start = self.start_frame
        if not self.properties.is_property_set("start_frame"):
            start = settings.source.start_frame
        obj = target_object(context)
        assert obj is not None  # or it had been refused
        return recording_job(
            obj,
            Path(bpy.path.abspath(self.filepath)),
            context.scene,
            start,
            # No sounds are known.
            replace(settings.output_options(context.scene), phone_markers=False),
            fps=self.fps or None,
        )


def draw_in_import_menu(menu: Any, context: bpy.types.Context) -> None:
    """The entry in File > Import."""
    text = "Live Link Face (.csv)"
    menu.layout.operator(SOLILOQUY_OT_import_live_link.bl_idname, text=text, translate=False)
