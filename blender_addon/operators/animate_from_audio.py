# SPDX-License-Identifier: GPL-3.0-or-later
"""Animate from Audio: speech to keys, all parts of it or one, without holding up Blender's window."""

from typing import Any, Final

import bpy
from bpy.props import EnumProperty

from ..package import CONTEXT
from ..parts import ALL_PARTS
from .job_operator import JobOperator

_OF_THE_FACE: Final = ("Mouth", "Blink", "Brows", "Emotion")
"""Parts that are one and the same where vertices move."""


class SOLILOQUY_OT_animate_from_audio(JobOperator, bpy.types.Operator):
    """Animate mouth, eyes and head from speech, as ordinary keyframes or as moving vertices"""

    bl_idname = "soliloquy.animate_from_audio"
    bl_label = "Animate from Audio"
    bl_translation_context = CONTEXT
    bl_options = {"REGISTER", "UNDO"}


class SOLILOQUY_OT_animate_part(JobOperator, bpy.types.Operator):
    """Animate this part anew, from the same speech and seed. The keys of all other parts stay"""

    bl_idname = "soliloquy.animate_part"
    bl_label = "Animate This Part"
    bl_translation_context = CONTEXT
    bl_options = {"REGISTER", "UNDO", "INTERNAL"}

    part: EnumProperty(items=[(part, part, "") for part in ALL_PARTS], options={"HIDDEN", "SKIP_SAVE"})

    def only_part(self) -> str | None:
        """The part whose button was pressed."""
        return self.part


def draw_part_button(layout: Any, context: bpy.types.Context, part: str) -> None:
    """The button of a part, at the right end of its panel's header."""
    if part in _OF_THE_FACE and context.scene.soliloquy.output.kind != "shape_keys":
        return
    row = layout.row()
    button = row.operator(SOLILOQUY_OT_animate_part.bl_idname, text="", icon="PLAY", emboss=False)
    button.part = part
