# SPDX-License-Identifier: GPL-3.0-or-later
"""The panel around the sub-panels: the button, why it is grey, and the progress."""

import bpy

from ..job import why_not
from ..last_error import last_error
from ..operators.animate_from_audio import SOLILOQUY_OT_animate_from_audio as Animate
from ..operators.make_shape_keys import draw_make_button
from ..operators.report_problem import SOLILOQUY_OT_report_problem as Report
from ..target import target_object
from ..texts import iface, message
from .refresh import keep_fresh
from .sidebar import SequencerSidebar, View3DSidebar, draw_wrapped


class MainPanel:
    """Draws the button."""

    bl_label = "Soliloquy"

    def draw(self, context: bpy.types.Context) -> None:
        """Draw the button and the reason why it is grey, or the progress."""
        from ..shape_making import lacks_keys

        layout = self.layout
        keep_fresh(context)
        fraction = Animate.progress()
        if fraction is not None:
            text = iface("Animating {share} (Esc cancels)").format(share=f"{fraction:.0%}")
            row = layout.row()
            row.scale_y = 1.5  # as high as the button, so that nothing below it moves
            row.progress(factor=fraction, text=text)
            return
        column = layout.column()
        column.scale_y = 1.5
        column.operator(Animate.bl_idname, icon="PLAY")
        reason = why_not(context)
        if reason is not None:
            draw_wrapped(layout, context, message(reason), "ERROR")
            if context.scene.soliloquy.output.kind == "shape_keys" and lacks_keys(target_object(context)):
                draw_make_button(layout)
        error = last_error()
        if error is not None and error.asks_for_report:
            layout.operator(Report.bl_idname, icon="COPYDOWN")


class VIEW3D_PT_soliloquy(MainPanel, View3DSidebar, bpy.types.Panel):
    """Soliloquy in the 3D View."""


class SEQUENCER_PT_soliloquy(MainPanel, SequencerSidebar, bpy.types.Panel):
    """Soliloquy in the sequencer."""
