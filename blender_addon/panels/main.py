# SPDX-License-Identifier: GPL-3.0-or-later
"""The panel around the sub-panels: the button, why it is grey, and the progress."""

import textwrap

import bpy

from ..job import why_not
from ..operators.animate_from_audio import SOLILOQUY_OT_animate_from_audio as Animate
from .refresh import keep_fresh
from .sidebar import SequencerSidebar, View3DSidebar

_PIXELS_PER_CHARACTER = 7
"""Average width of a character of Blender's font at normal size."""


class MainPanel:
    """Draws the button."""

    bl_label = "Soliloquy"

    def draw(self, context: bpy.types.Context) -> None:
        """Draw the button and the reason why it is grey, or the progress."""
        layout = self.layout
        keep_fresh(context)
        fraction = Animate.progress()
        if fraction is not None:
            layout.progress(factor=fraction, text=f"Animating {fraction:.0%} (Esc cancels)")
            return
        column = layout.column()
        column.scale_y = 1.5
        column.operator(Animate.bl_idname, icon="PLAY")
        reason = why_not(context)
        if reason is not None:
            scale = context.preferences.system.ui_scale
            width = int(max(context.region.width / scale / _PIXELS_PER_CHARACTER - 4, 16))
            lines = textwrap.wrap(reason, width)
            box = layout.column(align=True)
            for index, line in enumerate(lines):
                box.label(text=line, icon="ERROR" if index == 0 else "BLANK1")


class VIEW3D_PT_soliloquy(MainPanel, View3DSidebar, bpy.types.Panel):
    """Soliloquy in the 3D View."""


class SEQUENCER_PT_soliloquy(MainPanel, SequencerSidebar, bpy.types.Panel):
    """Soliloquy in the sequencer."""
