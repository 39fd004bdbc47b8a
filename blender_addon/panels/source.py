# SPDX-License-Identifier: GPL-3.0-or-later
"""Source: where the speech comes from."""

from typing import Any

import bpy
from bpy.props import EnumProperty, IntProperty, StringProperty

from ..package import CONTEXT
from ..sequencer import muted_by, sequencer_scene, speech_strips
from ..texts import iface
from .sidebar import SequencerSubPanel, View3DSubPanel

_LISTED = 4

# From 5.0 on Blender wants to be told that '//' may begin a path.
_PATH_OPTIONS: Any = {"PATH_SUPPORTS_BLEND_RELATIVE"} if bpy.app.version >= (5, 0) else set()


class SourceSettings(bpy.types.PropertyGroup):
    """Where the speech comes from."""

    kind: EnumProperty(
        name="Sound",
        translation_context=CONTEXT,
        description="Where the speech comes from",
        items=[
            (
                "STRIPS",
                "Selected Strips",
                "The selected sound strips of the sequencer, as it plays them: trimmed, moved, retimed. "
                "Several make one line of speech. Without a selection, the scene's only sound strip",
                "SEQ_SEQUENCER",
                0,
            ),
            ("FILE", "File", "A sound file, whole, from a frame on", "FILE_SOUND", 1),
        ],
        default="STRIPS",
    )
    filepath: StringProperty(
        name="File",
        translation_context=CONTEXT,
        description="Sound file with speech: WAV, FLAC, Ogg, Opus, MP3, or a film with sound",
        subtype="FILE_PATH",
        options={"ANIMATABLE", *_PATH_OPTIONS},
    )
    start_frame: IntProperty(
        name="Start Frame",
        translation_context=CONTEXT,
        description="Frame at which the sound of the file begins",
        default=1,
        subtype="TIME",
    )


class SourcePanel:
    """Draws the source."""

    bl_label = "Source"

    def draw(self, context: bpy.types.Context) -> None:
        """Draw the settings and what they come to."""
        layout = self.layout
        layout.use_property_split = True
        layout.use_property_decorate = False
        settings = context.scene.soliloquy.source
        layout.prop(settings, "kind")
        if settings.kind == "FILE":
            layout.prop(settings, "filepath")
            layout.prop(settings, "start_frame")
            return
        scene = sequencer_scene(context)
        strips = speech_strips(scene)
        column = layout.column(align=True)
        for strip in strips[:_LISTED]:
            reason = muted_by(scene, strip)
            row = column.row()
            row.active = reason is None
            name = strip.name
            text = name if reason is None else iface("{name} (muted, not used)").format(name=name)
            row.label(text=text, icon="SOUND" if reason is None else "MUTE_IPO_OFF", translate=False)
        if len(strips) > _LISTED:
            column.label(text=iface("and {count} more").format(count=len(strips) - _LISTED))


class VIEW3D_PT_soliloquy_source(SourcePanel, View3DSubPanel, bpy.types.Panel):
    """Source in the 3D View."""


class SEQUENCER_PT_soliloquy_source(SourcePanel, SequencerSubPanel, bpy.types.Panel):
    """Source in the sequencer."""
