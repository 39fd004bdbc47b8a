# SPDX-License-Identifier: GPL-3.0-or-later
"""Source: where the speech comes from."""

from pathlib import Path
from typing import TYPE_CHECKING

import bpy
from bpy.props import EnumProperty, IntProperty, PointerProperty, StringProperty

from ...core.errors import InputError
from ..package import CONTEXT, PATH_OPTIONS
from ..sequencer import muted_by, sequencer_scene, speech_strips
from ..texts import iface
from .sidebar import SequencerSubPanel, View3DSubPanel

if TYPE_CHECKING:
    from ...core.transcript.text import Transcript

_LISTED = 4


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
        options={"ANIMATABLE", *PATH_OPTIONS},
    )
    start_frame: IntProperty(
        name="Start Frame",
        translation_context=CONTEXT,
        description="Frame at which the sound of the file begins",
        default=1,
        subtype="TIME",
    )
    transcript_kind: EnumProperty(
        name="Transcript",
        translation_context=CONTEXT,
        description="What is said, in English. With it the lips know the sounds more surely",
        items=[
            ("NONE", "None", "The sound alone tells what is said"),
            ("TEXT", "Text", "A text of this file, as in the text editor"),
            ("FILE", "File", "A file: plain text, subtitles, TextGrid, or times of words"),
        ],
        default="NONE",
    )
    transcript_text: PointerProperty(
        name="Text",
        translation_context=CONTEXT,
        description="Text with the words that are said",
        type=bpy.types.Text,
    )
    transcript_filepath: StringProperty(
        name="File",
        translation_context=CONTEXT,
        description="Transcript: .txt, .srt, .vtt, .TextGrid, or times of words as .csv or .json",
        subtype="FILE_PATH",
        options={"ANIMATABLE", *PATH_OPTIONS},
    )

    def check_transcript(self) -> None:
        """Look whether a transcript is chosen where one is wanted.

        Raises:
            InputError: none is.
        """
        if self.transcript_kind == "TEXT" and self.transcript_text is None:
            raise InputError("No text is chosen as the transcript.")
        if self.transcript_kind == "FILE" and not self.transcript_filepath:
            raise InputError("No transcript file is chosen.")

    def transcript(self) -> "Transcript | None":
        """What is said, read anew; None where nobody says.

        Raises:
            InputError: it is missing, or cannot be read.
        """
        from ...core.transcript.files import read_transcript
        from ...core.transcript.text import Transcript

        self.check_transcript()
        if self.transcript_kind == "TEXT":
            return Transcript.from_text(self.transcript_text.as_string())
        if self.transcript_kind == "FILE":
            return read_transcript(Path(bpy.path.abspath(self.transcript_filepath)))
        return None


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
        else:
            self._draw_strips(context)
        layout.prop(settings, "transcript_kind")
        if settings.transcript_kind == "TEXT":
            layout.prop(settings, "transcript_text")
        elif settings.transcript_kind == "FILE":
            layout.prop(settings, "transcript_filepath")

    def _draw_strips(self, context: bpy.types.Context) -> None:
        scene = sequencer_scene(context)
        strips = speech_strips(scene)
        column = self.layout.column(align=True)
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
