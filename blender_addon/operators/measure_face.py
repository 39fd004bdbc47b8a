# SPDX-License-Identifier: GPL-3.0-or-later
"""Measure Face: what each key does by its shape, and what the rig cannot do."""

from __future__ import annotations

from typing import TYPE_CHECKING

import bpy

from ..kept_takes import check_is_there
from ..package import CONTEXT
from ..target import target_object
from ..texts import iface, message
from .worker_operator import WorkerOperator

if TYPE_CHECKING:
    from ..measurement import Measurement, Measuring
    from ..worker import IsCancelled, Progress


class SOLILOQUY_OT_measure_face(WorkerOperator, bpy.types.Operator):
    """Measure what each key does by its shape, and tell what this rig cannot do. Nothing is changed"""

    bl_idname = "soliloquy.measure_face"
    bl_label = "Measure Face"
    bl_translation_context = CONTEXT
    bl_options = {"REGISTER", "INTERNAL"}

    task = "measure"

    def read(self, context: bpy.types.Context) -> Measuring:
        """Read the keys of the face."""
        from ..measurement import plan_measuring

        return plan_measuring(check_is_there(target_object(context)))

    @staticmethod
    def compute(plan: Measuring, progress: Progress, cancelled: IsCancelled) -> Measurement:
        """Measure them, which takes a second or two."""
        from ..measurement import measure

        return measure(plan)

    def finish(self, plan: Measuring, made: Measurement) -> None:
        """Keep it for the panel."""
        from ..measurement import remember

        remember(plan, made)
        for note in made.notes:
            self.report({"WARNING"}, message(note))
        self.report({"INFO"}, message(f"Measured {len(made.does)} keys"))

    @staticmethod
    def status(share: str) -> str:
        """For the status bar."""
        return iface("Measuring (Esc cancels)")
