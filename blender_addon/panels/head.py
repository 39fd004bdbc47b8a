# SPDX-License-Identifier: GPL-3.0-or-later
"""Head: how it turns, and what of the character carries it."""

import math
from typing import Any, Final

import bpy
from bpy.props import BoolProperty, EnumProperty, FloatProperty, StringProperty

from ..operators.animate_from_audio import draw_part_button
from ..operators.find import SOLILOQUY_OT_find_bones
from ..package import CONTEXT, PATH_OPTIONS
from ..rig import CARRIERS, found_carriers
from ..target import target_object
from .sidebar import SequencerSidebar, SequencerSubPanel, View3DSidebar, View3DSubPanel, draw_wrapped

HEAD_MODEL: Final = "pose_vae"
"""The network that comes with Soliloquy."""


class HeadSettings(bpy.types.PropertyGroup):
    """How the head turns."""

    use: BoolProperty(
        name="Head",
        translation_context=CONTEXT,
        description="Animate how the head turns and nods with the speech",
        default=True,
    )
    style: EnumProperty(
        name="Style",
        translation_context=CONTEXT,
        description="How the head moves while it speaks",
        items=[
            ("reading", "Reading", "As when a text is read aloud: the head hardly moves"),
            ("calm", "Calm", "Small, slow turns and nods: a narrator, a tired or a thoughtful character"),
            ("conversation", "Conversation", "As people move who talk with somebody: nods on what matters"),
            ("lively", "Lively", "Large and quick, seldom still: a character who is full of it"),
            ("emphatic", "Emphatic", "Strong nods on stressed words: a speech, an argument"),
        ],
        default="conversation",
    )
    amount: FloatProperty(
        name="Amount",
        translation_context=CONTEXT,
        description="How far the head turns; 1 as the style does, 0 keeps it still",
        default=1.0,
        min=0.0,
        max=2.0,
        subtype="FACTOR",
    )
    mode: EnumProperty(
        name="Existing Keys",
        translation_context=CONTEXT,
        description="What becomes of the rotation keys that the head has already",
        items=[
            (
                "replace",
                "Replace",
                "In the frames of the speech the head turns as the speech asks for, alone",
            ),
            ("add", "Add to Them", "The head turns as before, and as the speech asks for on top of it"),
        ],
        default="replace",
    )
    limit_yaw: FloatProperty(
        name="Turn",
        translation_context=CONTEXT,
        description="How far the head turns to a side at most. It slows down before it gets there",
        default=math.radians(60),
        min=math.radians(1),
        max=math.radians(180),
        subtype="ANGLE",
    )
    limit_pitch: FloatProperty(
        name="Nod",
        translation_context=CONTEXT,
        description="How far the chin goes up or down at most. It slows down before it gets there",
        default=math.radians(40),
        min=math.radians(1),
        max=math.radians(90),
        subtype="ANGLE",
    )
    limit_roll: FloatProperty(
        name="Tilt",
        translation_context=CONTEXT,
        description="How far the head tilts to a shoulder at most. It slows down before it gets there",
        default=math.radians(30),
        min=math.radians(1),
        max=math.radians(90),
        subtype="ANGLE",
    )

    model_file: StringProperty(
        name="Own Network",
        translation_context=CONTEXT,
        description="ONNX file of a network for the head, by 'soliloquy train pose'. Empty: the one that "
        "ships",
        subtype="FILE_PATH",
        options={"ANIMATABLE", *PATH_OPTIONS},
    )

    def model(self) -> str:
        """The network as `core.generate.settings` names it."""
        return bpy.path.abspath(self.model_file) if self.model_file else HEAD_MODEL

    def limits(self) -> tuple[float, float, float]:
        """How far the head may turn: yaw, pitch and roll in degrees."""
        return math.degrees(self.limit_yaw), math.degrees(self.limit_pitch), math.degrees(self.limit_roll)


class HeadPanel:
    """Draws how the head turns, and what carries it."""

    bl_label = "Head"

    def draw_header(self, context: bpy.types.Context) -> None:
        """Draw the switch of the whole part."""
        self.layout.prop(context.scene.soliloquy.head, "use", text="")

    def draw_header_preset(self, context: bpy.types.Context) -> None:
        """Draw the button that animates this part alone."""
        draw_part_button(self.layout, context, "Head")

    def draw(self, context: bpy.types.Context) -> None:
        """Draw the settings, and what was found to turn."""
        settings = context.scene.soliloquy.head
        layout = self.layout
        layout.use_property_split = True
        layout.use_property_decorate = False
        layout.active = settings.use
        layout.prop(settings, "style")
        layout.prop(settings, "amount")
        layout.prop(settings, "mode")
        obj = target_object(context)
        if obj is not None:
            text, icon = found_carriers(obj)
            draw_wrapped(layout, context, text, icon)


class HeadLimitsPanel:
    """Draws how far the head may turn, and a network of one's own."""

    bl_label = "Limits"
    bl_options = {"DEFAULT_CLOSED"}

    def draw(self, context: bpy.types.Context) -> None:
        """Draw the angles and the file."""
        settings = context.scene.soliloquy.head
        layout = self.layout
        layout.use_property_split = True
        layout.use_property_decorate = False
        layout.active = settings.use
        column = layout.column(align=True)
        column.prop(settings, "limit_yaw")
        column.prop(settings, "limit_pitch")
        column.prop(settings, "limit_roll")
        layout.prop(settings, "model_file")


class HeadRigPanel:
    """Draws what carries head, neck and eyes. It belongs to the character, not to the scene."""

    bl_label = "Rig"
    bl_options = {"DEFAULT_CLOSED"}

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        """Only with a head."""
        return target_object(context) is not None

    def draw(self, context: bpy.types.Context) -> None:
        """Draw the choice, and where it is the user's, each carrier."""
        obj = target_object(context)
        if obj is None:
            return
        layout = self.layout
        layout.use_property_split = True
        layout.use_property_decorate = False
        layout.row().prop(obj, "soliloquy_rig", expand=True)
        if obj.soliloquy_rig == "CHOSEN":
            for name in CARRIERS:
                _draw_carrier(layout, obj, f"soliloquy_{name}")
                if name == "neck" and obj.soliloquy_neck is not None:
                    layout.prop(obj, "soliloquy_neck_share")
            layout.prop(obj, "soliloquy_facing")
        layout.operator(SOLILOQUY_OT_find_bones.bl_idname, icon="VIEWZOOM")


def _draw_carrier(layout: Any, obj: Any, name: str) -> None:
    """An object, and below it the bone where it is an armature."""
    column = layout.column(align=True)
    column.prop(obj, name)
    carrier = getattr(obj, name)
    if carrier is not None and carrier.type == "ARMATURE":
        column.prop_search(obj, f"{name}_bone", carrier.data, "bones", icon="BONE_DATA")


class VIEW3D_PT_soliloquy_head(HeadPanel, View3DSubPanel, bpy.types.Panel):
    """Head in the 3D View."""


class VIEW3D_PT_soliloquy_head_limits(HeadLimitsPanel, View3DSidebar, bpy.types.Panel):
    """Limits in the 3D View."""

    bl_parent_id = "VIEW3D_PT_soliloquy_head"


class VIEW3D_PT_soliloquy_head_rig(HeadRigPanel, View3DSidebar, bpy.types.Panel):
    """Rig in the 3D View."""

    bl_parent_id = "VIEW3D_PT_soliloquy_head"


class SEQUENCER_PT_soliloquy_head(HeadPanel, SequencerSubPanel, bpy.types.Panel):
    """Head in the sequencer."""


class SEQUENCER_PT_soliloquy_head_limits(HeadLimitsPanel, SequencerSidebar, bpy.types.Panel):
    """Limits in the sequencer."""

    bl_parent_id = "SEQUENCER_PT_soliloquy_head"


class SEQUENCER_PT_soliloquy_head_rig(HeadRigPanel, SequencerSidebar, bpy.types.Panel):
    """Rig in the sequencer."""

    bl_parent_id = "SEQUENCER_PT_soliloquy_head"
