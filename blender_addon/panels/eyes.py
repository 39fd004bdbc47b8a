# SPDX-License-Identifier: GPL-3.0-or-later
"""Eyes: blinks and brows."""

import bpy
from bpy.props import BoolProperty, FloatProperty

from ..package import CONTEXT
from .sidebar import SequencerSubPanel, View3DSubPanel


class EyesSettings(bpy.types.PropertyGroup):
    """How lids and brows move."""

    use: BoolProperty(
        name="Eyes", translation_context=CONTEXT, description="Animate the lids: blinks", default=True
    )
    blink_amount: FloatProperty(
        name="Blink Amount",
        translation_context=CONTEXT,
        description="How far the lids close in a blink; 1 closes them",
        default=1.0,
        min=0.0,
        max=1.0,
        subtype="FACTOR",
    )
    blinks_per_minute: FloatProperty(
        name="Per Minute",
        translation_context=CONTEXT,
        description="How often the eyes blink on average. People who speak blink 15 to 20 times a minute",
        default=17.0,
        min=0.0,
        max=60.0,
        precision=1,
        step=100,
    )
    drawn_blinks: BoolProperty(
        name="Drawn Blinks",
        translation_context=CONTEXT,
        description="Blinks that are drawn from the seed, instead of the lids as the model moves them",
        default=False,
    )
    use_brows: BoolProperty(
        name="Brows",
        translation_context=CONTEXT,
        description="Animate the brows along with the speech",
        default=False,
    )
    brows_amount: FloatProperty(
        name="Brows Amount",
        translation_context=CONTEXT,
        description="How strongly the brows move; 1 as the speech asks for",
        default=1.0,
        min=0.0,
        max=2.0,
        subtype="FACTOR",
    )


class EyesPanel:
    """Draws the eyes."""

    bl_label = "Eyes"

    def draw_header(self, context: bpy.types.Context) -> None:
        """Draw the switch of the blinks."""
        self.layout.prop(context.scene.soliloquy.eyes, "use", text="")

    def draw(self, context: bpy.types.Context) -> None:
        """Draw the amounts."""
        settings = context.scene.soliloquy.eyes
        facts = context.scene.soliloquy.performance.facts()
        layout = self.layout
        layout.use_property_split = True
        layout.use_property_decorate = False
        column = layout.column(align=True)
        column.active = settings.use
        column.prop(settings, "blink_amount")
        column.prop(settings, "blinks_per_minute")
        if facts is None or facts.moves_lids:
            column.prop(settings, "drawn_blinks")
        row = layout.row(heading_ctxt=CONTEXT, heading="Brows", align=True)
        row.prop(settings, "use_brows", text="")
        sub = row.row()
        sub.active = settings.use_brows
        sub.prop(settings, "brows_amount", text="")


class VIEW3D_PT_soliloquy_eyes(EyesPanel, View3DSubPanel, bpy.types.Panel):
    """Eyes in the 3D View."""


class SEQUENCER_PT_soliloquy_eyes(EyesPanel, SequencerSubPanel, bpy.types.Panel):
    """Eyes in the sequencer."""
