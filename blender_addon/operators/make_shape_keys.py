# SPDX-License-Identifier: GPL-3.0-or-later
"""Make Shape Keys: the ARKit shapes that a head lacks, on its own mesh."""

from typing import TYPE_CHECKING, Any

import bpy
from bpy.props import BoolProperty

from ..package import CONTEXT
from ..target import object_to_edit, target_object
from ..texts import iface, message
from .worker_operator import WorkerOperator

if TYPE_CHECKING:
    from ...core.transfer import MadeShapes
    from ..shape_making import Making
    from ..worker import IsCancelled, Progress


class SOLILOQUY_OT_make_shape_keys(WorkerOperator, bpy.types.Operator):
    """Make the ARKit shape keys that this head lacks, by its own shape. Keys that it has stay as they are"""

    bl_idname = "soliloquy.make_shape_keys"
    bl_label = "Make Shape Keys"
    bl_translation_context = CONTEXT
    bl_options = {"REGISTER", "UNDO"}

    replace: BoolProperty(
        name="Make Changed Keys Anew",
        translation_context=CONTEXT,
        description="Make those keys anew too that were changed after they had been made here",
        default=False,
        options={"SKIP_SAVE"},
    )

    task = "make_shape_keys"

    @classmethod
    def refusal(cls, context: bpy.types.Context) -> str | None:
        """Only with a mesh that can have shape keys."""
        from ..shape_making import why_not_made

        return why_not_made(target_object(context))

    def read(self, context: bpy.types.Context) -> "Making":
        """Read the head, and what lies in and on it."""
        from ..shape_making import plan_making

        return plan_making(object_to_edit(context))

    @staticmethod
    def compute(plan: "Making", progress: "Progress", cancelled: "IsCancelled") -> "MadeShapes":
        """Make the shapes."""
        from ..shape_making import make

        return make(plan, progress, cancelled)

    def finish(self, plan: "Making", made: "MadeShapes") -> None:
        """Make shape keys of them."""
        from ..shape_making import summary, write_made

        report = write_made(plan, made, replace=self.replace)
        for note in report.notes:
            self.report({"WARNING"}, message(note))
        self.report({"INFO"}, message(summary(plan, report)))

    @staticmethod
    def status(share: str) -> str:
        """For the status bar."""
        return iface("Making shape keys: {share}   Esc: cancel").format(share=share)


def draw_make_button(layout: Any) -> None:
    """The button, or how far the work is."""
    fraction = SOLILOQUY_OT_make_shape_keys.progress()
    if fraction is None:
        layout.operator(SOLILOQUY_OT_make_shape_keys.bl_idname, icon="SHAPEKEY_DATA")
        return
    text = iface("Making {share} (Esc cancels)").format(share=f"{fraction:.0%}")
    layout.progress(factor=fraction, text=text)
