# SPDX-License-Identifier: GPL-3.0-or-later
"""New Take: the same speech once more with another seed, beside the takes that there are."""

from typing import ClassVar

import bpy

from ..package import CONTEXT
from .job_operator import JobOperator


class SOLILOQUY_OT_new_take(JobOperator, bpy.types.Operator):
    """Animate the same speech with the next seed, as a take of its own. What the head shows is kept"""

    bl_idname = "soliloquy.new_take"
    bl_label = "New Take"
    bl_translation_context = CONTEXT
    bl_options = {"REGISTER", "UNDO"}

    is_new_take: ClassVar[bool] = True
