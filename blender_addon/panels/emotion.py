# SPDX-License-Identifier: GPL-3.0-or-later
"""Emotion: what the face feels, from the voice and from the animator's hand."""

from typing import Any, Final

import bpy
from bpy.props import BoolProperty, FloatProperty, StringProperty

from ..operators.animate_from_audio import SOLILOQUY_OT_animate_part, draw_part_button
from ..operators.emotion import SOLILOQUY_OT_add_emotion_sliders, SOLILOQUY_OT_remove_emotion_sliders
from ..package import CONTEXT, PATH_OPTIONS
from ..target import target_object
from ..texts import iface
from .sidebar import SequencerSubPanel, View3DSubPanel

EMOTION_MODEL: Final = "disentangled_audio"
"""The network that comes with Soliloquy."""


class EmotionSettings(bpy.types.PropertyGroup):
    """What the face feels."""

    use: BoolProperty(
        name="Emotion",
        translation_context=CONTEXT,
        description="Show emotion over the speech, and what a face does at rest. Off, the face is animated "
        "without, and what emotion changed before goes",
        default=True,
    )
    voice: FloatProperty(
        name="From the Voice",
        translation_context=CONTEXT,
        description="How strongly the face shows what the voice feels; 0 leaves it to sliders and markers",
        default=1.0,
        min=0.0,
        max=2.0,
        subtype="FACTOR",
    )
    idle: FloatProperty(
        name="Idle",
        translation_context=CONTEXT,
        description="How much the face breathes, swallows and moves a little by itself, most of all between "
        "lines",
        default=1.0,
        min=0.0,
        max=2.0,
        subtype="FACTOR",
    )
    use_markers: BoolProperty(
        name="Markers",
        translation_context=CONTEXT,
        description="Markers of the time line that are named like emotions (happy, angry 0.6, neutral) say "
        "what the face feels from their frame on",
        default=True,
    )
    model_file: StringProperty(
        name="Own Network",
        translation_context=CONTEXT,
        description="emotion.onnx of a network that hears the voice, by 'soliloquy train disentangled'. "
        "Empty: the one that ships",
        subtype="FILE_PATH",
        options={"ANIMATABLE", *PATH_OPTIONS},
    )

    def model(self) -> str:
        """The network as `core.generate.settings` names it."""
        return bpy.path.abspath(self.model_file) if self.model_file else EMOTION_MODEL


class EmotionPanel:
    """Draws the emotion."""

    bl_label = "Emotion"
    bl_options = {"DEFAULT_CLOSED"}

    def draw_header(self, context: bpy.types.Context) -> None:
        """Draw the switch of the whole part."""
        self.layout.prop(context.scene.soliloquy.emotion, "use", text="")

    def draw_header_preset(self, context: bpy.types.Context) -> None:
        """Draw the button that animates this part alone."""
        draw_part_button(self.layout, context, "Emotion")

    def draw(self, context: bpy.types.Context) -> None:
        """Draw the amounts, the sliders of the object, and the button that animates emotion alone."""
        settings = context.scene.soliloquy.emotion
        layout = self.layout
        layout.use_property_split = True
        layout.use_property_decorate = False
        column = layout.column()
        column.active = settings.use
        column.prop(settings, "voice")
        column.prop(settings, "idle")
        column.prop(settings, "use_markers")
        column.prop(settings, "model_file")
        obj = target_object(context)
        if obj is not None:
            self._draw_sliders(column, obj)
        if context.scene.soliloquy.output.kind == "shape_keys":
            name = SOLILOQUY_OT_animate_part.bl_idname
            layout.operator(name, text=iface("Bake Emotion"), icon="PLAY", translate=False).part = "Emotion"

    def _draw_sliders(self, layout: Any, obj: bpy.types.Object) -> None:
        # NumPy comes along, which Blender need not wait for when it starts.
        from ..emotion_sliders import SLIDERS, path_of, sliders_of

        sliders = sliders_of(obj)
        if sliders:
            column = layout.column(align=True)
            column.use_property_decorate = True
            for emotion, name in sliders.items():
                text = iface(emotion.capitalize())
                column.prop(obj, path_of(name), text=text, slider=True, translate=False)
        row = layout.row(align=True)
        if len(sliders) < len(SLIDERS):
            row.operator(SOLILOQUY_OT_add_emotion_sliders.bl_idname, icon="ADD")
        if sliders:
            row.operator(SOLILOQUY_OT_remove_emotion_sliders.bl_idname, icon="X")


class VIEW3D_PT_soliloquy_emotion(EmotionPanel, View3DSubPanel, bpy.types.Panel):
    """Emotion in the 3D View."""


class SEQUENCER_PT_soliloquy_emotion(EmotionPanel, SequencerSubPanel, bpy.types.Panel):
    """Emotion in the sequencer."""
