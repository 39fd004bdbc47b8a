# SPDX-License-Identifier: GPL-3.0-or-later
"""What ONNX Runtime offers on this machine, asked for without holding up Blender's window.

Importing ONNX Runtime takes up to seconds the first time, so a thread does it when the preferences are drawn.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import bpy

from ..core.errors import SoliloquyError
from .worker import Worker

if TYPE_CHECKING:
    from ..core.runtime import RuntimeFacts

_INTERVAL = 0.2
"""Seconds between looks at the thread."""

_asked: Worker[RuntimeFacts | str] | None = None


def facts() -> RuntimeFacts | str:
    """What there is, or in one line why ONNX Runtime does not run. Takes up to seconds the first time."""
    from ..core.runtime import runtime_facts

    try:
        return runtime_facts()
    except SoliloquyError as error:
        return str(error)


def facts_so_far() -> RuntimeFacts | str | None:
    """As `facts`, at once; None while a thread is finding out. Panels draw with it."""
    global _asked
    if _asked is None:
        _asked = Worker(lambda progress, cancelled: facts())
        _asked.start()
    if _asked.is_running:
        if not bpy.app.background and not bpy.app.timers.is_registered(_redraw):
            bpy.app.timers.register(_redraw, first_interval=_INTERVAL)
        return None
    try:
        return _asked.result()
    except Exception as error:
        return f"{type(error).__name__}: {error}"


def stop() -> None:
    """Forget what was asked."""
    global _asked
    if _asked is not None:
        _asked.stop()
    _asked = None
    if bpy.app.timers.is_registered(_redraw):
        bpy.app.timers.unregister(_redraw)


def _redraw() -> float | None:
    if _asked is not None and _asked.is_running:
        return _INTERVAL
    for window in bpy.context.window_manager.windows:
        for area in window.screen.areas:
            if area.type == "PREFERENCES":
                area.tag_redraw()
    return None
