# SPDX-License-Identifier: GPL-3.0-or-later
"""Measure Face: what each key does by its shape, and what the rig cannot do."""

import functools
from typing import TYPE_CHECKING, Any, ClassVar

import bpy

from ...core.errors import Cancelled
from ..kept_takes import check_is_there
from ..last_error import line_for
from ..measurement import Measurement, Measuring, measure, plan_measuring, remember
from ..package import CONTEXT
from ..target import target_object
from ..texts import message
from ..worker import Worker

if TYPE_CHECKING:
    from bpy.stub_internal.rna_enums import OperatorReturnItems

_TICK = 0.05
"""Seconds between looks at the worker."""


class SOLILOQUY_OT_measure_face(bpy.types.Operator):
    """Measure what each key does by its shape, and tell what this rig cannot do. Nothing is changed"""

    bl_idname = "soliloquy.measure_face"
    bl_label = "Measure Face"
    bl_translation_context = CONTEXT
    bl_options = {"REGISTER", "INTERNAL"}

    is_measuring: ClassVar[bool] = False
    """Whether a thread measures now, for the panel."""

    _measuring: Measuring
    _worker: Worker[Measurement]
    _timer: bpy.types.Timer

    def execute(self, context: bpy.types.Context) -> "set[OperatorReturnItems]":
        """Do everything at once: without a window, and when called from scripts."""
        try:
            measuring = plan_measuring(check_is_there(target_object(context)))
            self._tell(measuring, measure(measuring))
        except Exception as error:
            return self._refuse(error)
        return {"FINISHED"}

    def invoke(self, context: bpy.types.Context, event: bpy.types.Event) -> "set[OperatorReturnItems]":
        """Measure in a thread, and keep looking at it; without a window do everything at once."""
        if bpy.app.background:
            return self.execute(context)
        try:
            self._measuring = plan_measuring(check_is_there(target_object(context)))
        except Exception as error:
            return self._refuse(error)
        work = functools.partial(measure, self._measuring)
        self._worker = Worker(lambda progress, cancelled: work())
        self._worker.start()
        manager: Any = context.window_manager
        self._timer = manager.event_timer_add(_TICK, window=context.window)
        manager.modal_handler_add(self)
        type(self).is_measuring = True
        _redraw(context)
        return {"RUNNING_MODAL"}

    def modal(self, context: bpy.types.Context, event: bpy.types.Event) -> "set[OperatorReturnItems]":
        """Look at the worker; everything else stays usable."""
        if event.type == "ESC" and event.value == "PRESS":
            self.cancel(context)
            self.report({"WARNING"}, message("Cancelled: nothing was changed."))
            return {"CANCELLED"}
        if event.type != "TIMER" or self._worker.is_running:
            return {"PASS_THROUGH"}
        self._end(context)
        try:
            self._tell(self._measuring, self._worker.result())
        except Exception as error:
            return self._refuse(error)
        return {"FINISHED"}

    def cancel(self, context: bpy.types.Context) -> None:
        """Wait for nothing: the thread ends by itself, and its result is dropped."""
        self._worker.stop(timeout=0)
        self._end(context)

    def _end(self, context: bpy.types.Context) -> None:
        manager: Any = context.window_manager
        manager.event_timer_remove(self._timer)
        type(self).is_measuring = False
        _redraw(context)

    def _tell(self, measuring: Measuring, measurement: Measurement) -> None:
        remember(measuring, measurement)
        for note in measurement.notes:
            self.report({"WARNING"}, message(note))
        self.report({"INFO"}, message(f"Measured {len(measurement.does)} keys"))

    def _refuse(self, error: Exception) -> "set[OperatorReturnItems]":
        kind = "WARNING" if isinstance(error, Cancelled) else "ERROR"
        self.report({kind}, message(line_for(error)))
        return {"CANCELLED"}


def _redraw(context: bpy.types.Context) -> None:
    """Draw the sidebars again."""
    manager: Any = context.window_manager
    for window in manager.windows:
        for area in window.screen.areas:
            if area.type in {"VIEW_3D", "SEQUENCE_EDITOR"}:
                for region in area.regions:
                    if region.type == "UI":
                        region.tag_redraw()
