# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs in Blender: looks at a job many times a second, and at when the window drew."""

import itertools
import time
from typing import Any

import bpy

_TICK = 0.005
_samples: list[tuple[float, float | None]] = []
_drawn: list[float] = []
_handler: Any = None
_watched = ""

ANIMATE = "animate_from_audio"


def job(operator: str = ANIMATE) -> float | None:
    """Progress 0..1 of an operator's work under way; None when there is none, or the extension is off."""
    kind = getattr(bpy.types, f"SOLILOQUY_OT_{operator}", None)
    return None if kind is None else kind.progress()


def start(operator: str = ANIMATE) -> None:
    """Begin to sample. Time is that of `time.monotonic`, the same in every process of the machine."""
    global _handler, _watched
    _watched = operator
    _samples.clear()
    _drawn.clear()
    if _handler is None:
        _handler = bpy.types.SpaceView3D.draw_handler_add(
            lambda: _drawn.append(time.monotonic()), (), "WINDOW", "POST_PIXEL"
        )
    if not bpy.app.timers.is_registered(_look):
        bpy.app.timers.register(_look, persistent=True)


def _look() -> float:
    _samples.append((time.monotonic(), job(_watched)))
    return _TICK


def stop() -> dict[str, object]:
    """End sampling.

    Returns:
        progress: distinct values of progress, in order; began, ended: time at which a job was first and no
        longer seen; drawn: time at which the 3D View was first drawn after the end; gap: the longest time in
        seconds, while the job ran, in which the window could not answer; redraws: of the 3D View meanwhile.
    """
    global _handler
    if bpy.app.timers.is_registered(_look):
        bpy.app.timers.unregister(_look)
    if _handler is not None:
        bpy.types.SpaceView3D.draw_handler_remove(_handler, "WINDOW")
        _handler = None
    running = [(moment, value) for moment, value in _samples if value is not None]
    values = [value for _, value in running]
    began = running[0][0] if running else None
    ended = next((at for at, value in _samples if value is None and began and at > running[-1][0]), None)
    moments = [moment for moment, _ in running]
    gaps = [after - before for before, after in itertools.pairwise(moments)]
    return {
        "progress": [value for index, value in enumerate(values) if index == 0 or value != values[index - 1]],
        "began": began,
        "ended": ended,
        "drawn": next((moment for moment in _drawn if ended and moment > ended), None),
        "gap": max(gaps, default=0.0),
        "last_gap": ended - running[-1][0] if ended else None,
        "redraws": sum(1 for moment in _drawn if began and began <= moment <= running[-1][0]),
    }
