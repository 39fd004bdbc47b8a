# SPDX-License-Identifier: GPL-3.0-or-later
"""Animate from Audio: speech to keys, without holding up Blender's window."""

import bpy

from ..package import CONTEXT
from .job_operator import JobOperator


class SOLILOQUY_OT_animate_from_audio(JobOperator, bpy.types.Operator):
    """Animate mouth, eyes and head from speech, as ordinary keyframes or as moving vertices"""

    bl_idname = "soliloquy.animate_from_audio"
    bl_label = "Animate from Audio"
    bl_translation_context = CONTEXT
    bl_options = {"REGISTER", "UNDO"}
