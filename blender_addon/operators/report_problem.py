# SPDX-License-Identifier: GPL-3.0-or-later
"""Report a Problem: what helps to find a fault, on the clipboard."""

from typing import TYPE_CHECKING

import bpy

from ..package import CONTEXT
from ..texts import message

if TYPE_CHECKING:
    from bpy.stub_internal.rna_enums import OperatorReturnItems


class SOLILOQUY_OT_report_problem(bpy.types.Operator):
    """Copy versions, settings and the last error to the clipboard, without paths of files"""

    bl_idname = "soliloquy.report_problem"
    bl_label = "Report a Problem"
    bl_translation_context = CONTEXT
    bl_options = {"INTERNAL"}

    def execute(self, context: bpy.types.Context) -> "set[OperatorReturnItems]":
        """Copy the report; without a window print it."""
        from ..problem_report import problem_report

        text = problem_report(context)
        if bpy.app.background:
            print(text)
            return {"FINISHED"}
        context.window_manager.clipboard = text
        self.report({"INFO"}, message("The details are on the clipboard: paste them into a new issue"))
        return {"FINISHED"}
