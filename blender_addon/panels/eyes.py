# SPDX-License-Identifier: GPL-3.0-or-later
"""Eyes: blinks, gaze and brows."""

import bpy
from bpy.props import BoolProperty, EnumProperty, FloatProperty, PointerProperty

from ...core.errors import InputError
from ..operators.animate_from_audio import draw_part_button
from ..package import CONTEXT
from .sidebar import SequencerSidebar, SequencerSubPanel, View3DSidebar, View3DSubPanel


class EyesSettings(bpy.types.PropertyGroup):
    """How lids, eyes and brows move."""

    use: BoolProperty(
        name="Blinks", translation_context=CONTEXT, description="Animate the lids: blinks", default=True
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
    use_gaze: BoolProperty(
        name="Gaze",
        translation_context=CONTEXT,
        description="Animate where the eyes look: at their aim while the head turns, and aside now and then",
        default=True,
    )
    gaze_amount: FloatProperty(
        name="Gaze Amount",
        translation_context=CONTEXT,
        description="How far the eyes wander from what they look at; 0 keeps them on it while the head turns",
        default=1.0,
        min=0.0,
        max=2.0,
        subtype="FACTOR",
    )
    look_at: EnumProperty(
        name="Look At",
        translation_context=CONTEXT,
        description="What the eyes look at, apart from glances aside",
        items=[
            ("AHEAD", "Ahead", "Straight ahead of the head as it stands"),
            ("CAMERA", "Camera", "The scene's camera, also where it moves"),
            ("OBJECT", "Object", "An object, also where it moves: another character's head, an empty"),
        ],
        default="AHEAD",
    )
    look_at_object: PointerProperty(
        type=bpy.types.Object,
        name="Object",
        translation_context=CONTEXT,
        description="What the eyes look at: the object's origin",
    )
    gaze_on: EnumProperty(
        name="Gaze Moves",
        translation_context=CONTEXT,
        description="What turns the eyes",
        items=[
            ("both", "Both", "The eyeLook shape keys, and eye bones or objects where the rig has them"),
            ("keys", "Shape Keys", "The eyeLook shape keys alone"),
            ("bones", "Eye Bones", "The rig's eye bones or objects alone, see Head > Rig"),
        ],
        default="both",
    )
    use_brows: BoolProperty(
        name="Brows",
        translation_context=CONTEXT,
        description="Animate the brows along with the speech",
        default=True,
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
    accents: FloatProperty(
        name="Accents",
        translation_context=CONTEXT,
        description="How far brows and upper lids rise on stressed syllables; 0 leaves that out",
        default=1.0,
        min=0.0,
        max=2.0,
        subtype="FACTOR",
    )

    def look_target(self, scene: bpy.types.Scene) -> bpy.types.Object | None:
        """What the eyes look at; None for straight ahead.

        Raises:
            InputError: the gaze is switched on, and there is no such thing.
        """
        if self.look_at == "CAMERA":
            if scene.camera is None and self.use_gaze:
                raise InputError("The scene has no camera that the eyes could look at.")
            return scene.camera
        if self.look_at == "OBJECT":
            if self.look_at_object is None and self.use_gaze:
                raise InputError("No object is chosen that the eyes look at.")
            return self.look_at_object
        return None


class EyesPanel:
    """Holds the panels of blinks, gaze and brows."""

    bl_label = "Eyes"

    def draw(self, context: bpy.types.Context) -> None:
        """Nothing but the panels below."""


class BlinksPanel:
    """Draws the blinks."""

    bl_label = "Blinks"

    def draw_header(self, context: bpy.types.Context) -> None:
        """Draw the switch of the part."""
        self.layout.prop(context.scene.soliloquy.eyes, "use", text="")

    def draw_header_preset(self, context: bpy.types.Context) -> None:
        """Draw the button that animates this part alone."""
        draw_part_button(self.layout, context, "Blink")

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


class GazePanel:
    """Draws the gaze."""

    bl_label = "Gaze"

    def draw_header(self, context: bpy.types.Context) -> None:
        """Draw the switch of the part."""
        self.layout.prop(context.scene.soliloquy.eyes, "use_gaze", text="")

    def draw_header_preset(self, context: bpy.types.Context) -> None:
        """Draw the button that animates this part alone."""
        draw_part_button(self.layout, context, "Gaze")

    def draw(self, context: bpy.types.Context) -> None:
        """Draw the amount, the aim and what turns the eyes."""
        settings = context.scene.soliloquy.eyes
        layout = self.layout
        layout.use_property_split = True
        layout.use_property_decorate = False
        column = layout.column(align=True)
        column.active = settings.use_gaze
        column.prop(settings, "gaze_amount")
        column.prop(settings, "look_at")
        if settings.look_at == "OBJECT":
            column.prop(settings, "look_at_object")
        column.prop(settings, "gaze_on")


class BrowsPanel:
    """Draws the brows."""

    bl_label = "Brows"

    def draw_header(self, context: bpy.types.Context) -> None:
        """Draw the switch of the part."""
        self.layout.prop(context.scene.soliloquy.eyes, "use_brows", text="")

    def draw_header_preset(self, context: bpy.types.Context) -> None:
        """Draw the button that animates this part alone."""
        draw_part_button(self.layout, context, "Brows")

    def draw(self, context: bpy.types.Context) -> None:
        """Draw the amounts."""
        settings = context.scene.soliloquy.eyes
        layout = self.layout
        layout.use_property_split = True
        layout.use_property_decorate = False
        column = layout.column(align=True)
        column.active = settings.use_brows
        column.prop(settings, "brows_amount")
        column.prop(settings, "accents")


class VIEW3D_PT_soliloquy_eyes(EyesPanel, View3DSubPanel, bpy.types.Panel):
    """Eyes in the 3D View."""


class VIEW3D_PT_soliloquy_blinks(BlinksPanel, View3DSidebar, bpy.types.Panel):
    """Blinks in the 3D View."""

    bl_parent_id = "VIEW3D_PT_soliloquy_eyes"


class VIEW3D_PT_soliloquy_gaze(GazePanel, View3DSidebar, bpy.types.Panel):
    """Gaze in the 3D View."""

    bl_parent_id = "VIEW3D_PT_soliloquy_eyes"


class VIEW3D_PT_soliloquy_brows(BrowsPanel, View3DSidebar, bpy.types.Panel):
    """Brows in the 3D View."""

    bl_parent_id = "VIEW3D_PT_soliloquy_eyes"


class SEQUENCER_PT_soliloquy_eyes(EyesPanel, SequencerSubPanel, bpy.types.Panel):
    """Eyes in the sequencer."""


class SEQUENCER_PT_soliloquy_blinks(BlinksPanel, SequencerSidebar, bpy.types.Panel):
    """Blinks in the sequencer."""

    bl_parent_id = "SEQUENCER_PT_soliloquy_eyes"


class SEQUENCER_PT_soliloquy_gaze(GazePanel, SequencerSidebar, bpy.types.Panel):
    """Gaze in the sequencer."""

    bl_parent_id = "SEQUENCER_PT_soliloquy_eyes"


class SEQUENCER_PT_soliloquy_brows(BrowsPanel, SequencerSidebar, bpy.types.Panel):
    """Brows in the sequencer."""

    bl_parent_id = "SEQUENCER_PT_soliloquy_eyes"
