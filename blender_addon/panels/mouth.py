# SPDX-License-Identifier: GPL-3.0-or-later
"""Mouth: jaw, lips, cheeks and tongue."""

import bpy
from bpy.props import BoolProperty, FloatProperty

from ..operators.animate_from_audio import draw_part_button
from ..package import CONTEXT
from .sidebar import SequencerSubPanel, View3DSubPanel


class MouthSettings(bpy.types.PropertyGroup):
    """How the mouth moves."""

    use: BoolProperty(
        name="Mouth",
        translation_context=CONTEXT,
        description="Animate jaw, lips, cheeks and nose",
        default=True,
    )
    amount: FloatProperty(
        name="Amount",
        translation_context=CONTEXT,
        description="How strongly jaw and lips move; 1 as the speech asks for",
        default=1.0,
        min=0.0,
        max=2.0,
        subtype="FACTOR",
    )
    articulation: FloatProperty(
        name="Articulation",
        translation_context=CONTEXT,
        description="How far lips do what is heard: meet in m, b and p, touch the teeth in f and v, round, "
        "and rest in pauses. 0 leaves the mouth to the network alone",
        default=1.0,
        min=0.0,
        max=1.0,
        subtype="FACTOR",
    )


class MouthPanel:
    """Draws the mouth."""

    bl_label = "Mouth"

    def draw_header(self, context: bpy.types.Context) -> None:
        """Draw the switch of the whole part."""
        self.layout.prop(context.scene.soliloquy.mouth, "use", text="")

    def draw_header_preset(self, context: bpy.types.Context) -> None:
        """Draw the button that animates this part alone."""
        draw_part_button(self.layout, context, "Mouth")

    def draw(self, context: bpy.types.Context) -> None:
        """Draw the amounts."""
        settings = context.scene.soliloquy.mouth
        layout = self.layout
        layout.use_property_split = True
        layout.use_property_decorate = False
        layout.active = settings.use
        layout.prop(settings, "amount")
        layout.prop(settings, "articulation")


class VIEW3D_PT_soliloquy_mouth(MouthPanel, View3DSubPanel, bpy.types.Panel):
    """Mouth in the 3D View."""


class SEQUENCER_PT_soliloquy_mouth(MouthPanel, SequencerSubPanel, bpy.types.Panel):
    """Mouth in the sequencer."""
