# SPDX-License-Identifier: GPL-3.0-or-later
"""Output: what the motion becomes, which frames get it, and what happens to keys in the way."""

import bpy
from bpy.props import BoolProperty, EnumProperty, FloatProperty, IntProperty

from ..operators.export_vertices import SOLILOQUY_OT_export_vertices
from ..operators.remove_unused_caches import SOLILOQUY_OT_remove_unused_caches
from ..package import CONTEXT
from .sidebar import SequencerSubPanel, View3DSubPanel


class OutputSettings(bpy.types.PropertyGroup):
    """What motion becomes."""

    kind: EnumProperty(
        name="Animate",
        translation_context=CONTEXT,
        description="What the motion becomes",
        items=[
            ("shape_keys", "Shape Keys", "Ordinary keyframes on the head's own ARKit shape keys"),
            (
                "cache",
                "Vertex Cache",
                "Every vertex, as it was made, in a file beside the .blend file. Needs no shape keys",
            ),
            (
                "absolute_keys",
                "Absolute Keys",
                "Every vertex, as absolute shape keys within the .blend file: for speech of seconds. Needs "
                "no other shape keys",
            ),
        ],
        default="shape_keys",
    )
    step: IntProperty(
        name="Frame Step",
        translation_context=CONTEXT,
        description="Frames from one absolute shape key to the next",
        default=1,
        min=1,
        soft_max=8,
    )
    on_copy: BoolProperty(
        name="On a Copy",
        translation_context=CONTEXT,
        description="Leave the head as it is, and put the absolute shape keys on a copy of it. A mesh with "
        "other shape keys cannot hold them",
        default=True,
    )
    frames: EnumProperty(
        name="Frames",
        translation_context=CONTEXT,
        description="Which frames may get keys; keys elsewhere are kept",
        items=[
            ("ALL", "All", "All frames of the speech"),
            ("SCENE", "Scene Range", "Frames of the speech within the scene's range, or its preview range"),
            ("CUSTOM", "Custom", "Frames of the speech from one frame to another"),
        ],
        default="ALL",
    )
    first_frame: IntProperty(
        name="First",
        translation_context=CONTEXT,
        description="First frame that may get keys",
        default=1,
        subtype="TIME",
    )
    last_frame: IntProperty(
        name="Last",
        translation_context=CONTEXT,
        description="Last frame that may get keys",
        default=250,
        subtype="TIME",
    )
    use_key_reduction: BoolProperty(
        name="Fewer Keys",
        translation_context=CONTEXT,
        description="Leave out keys that the curve does not need; closed lips always keep theirs",
        default=True,
    )
    key_error: FloatProperty(
        name="Largest Error",
        translation_context=CONTEXT,
        description="How far a shape key's value may be from the full animation where keys are left out",
        default=0.01,
        min=0.0001,
        max=0.2,
        precision=3,
        subtype="FACTOR",
    )
    blocked: EnumProperty(
        name="Blocked Keys",
        translation_context=CONTEXT,
        description="What to do with shape keys that have a driver, are muted, locked or pinned",
        items=[
            ("error", "Stop", "Animate nothing, and name them"),
            ("skip", "Leave Out", "Animate the other shape keys"),
            ("fix", "Clear the Way", "Mute drivers, unmute and unlock the shape keys, and animate them"),
        ],
        default="error",
    )
    use_phone_markers: BoolProperty(
        name="Phone Markers",
        translation_context=CONTEXT,
        description="Mark in the time line where each sound of speech begins. Markers of an earlier "
        "animation of the same sound are replaced",
        default=False,
    )

    def frame_range(self, scene: bpy.types.Scene) -> tuple[int, int] | None:
        """First and last frame that may get keys; None for all."""
        if self.frames == "ALL":
            return None
        if self.frames == "CUSTOM":
            return self.first_frame, self.last_frame
        if scene.use_preview_range:
            return scene.frame_preview_start, scene.frame_preview_end
        return scene.frame_start, scene.frame_end


class OutputPanel:
    """Draws the output."""

    bl_label = "Output"

    def draw(self, context: bpy.types.Context) -> None:
        """Draw the settings."""
        layout = self.layout
        layout.use_property_split = True
        layout.use_property_decorate = False
        settings = context.scene.soliloquy.output
        layout.prop(settings, "kind")
        layout.prop(settings, "frames")
        if settings.frames == "CUSTOM":
            column = layout.column(align=True)
            column.prop(settings, "first_frame")
            column.prop(settings, "last_frame")
        if settings.kind == "shape_keys":
            row = layout.row(heading_ctxt=CONTEXT, heading="Fewer Keys", align=True)
            row.prop(settings, "use_key_reduction", text="")
            sub = row.row()
            sub.active = settings.use_key_reduction
            sub.prop(settings, "key_error", text="")
            layout.prop(settings, "blocked")
        elif settings.kind == "absolute_keys":
            layout.prop(settings, "step")
            layout.prop(settings, "on_copy")
        layout.prop(settings, "use_phone_markers")
        if settings.kind != "shape_keys":
            column = layout.column(align=True)
            column.operator(SOLILOQUY_OT_export_vertices.bl_idname, icon="EXPORT")
            column.operator(SOLILOQUY_OT_remove_unused_caches.bl_idname, icon="TRASH")


class VIEW3D_PT_soliloquy_output(OutputPanel, View3DSubPanel, bpy.types.Panel):
    """Output in the 3D View."""

    bl_options = {"DEFAULT_CLOSED"}


class SEQUENCER_PT_soliloquy_output(OutputPanel, SequencerSubPanel, bpy.types.Panel):
    """Output in the sequencer."""

    bl_options = {"DEFAULT_CLOSED"}
