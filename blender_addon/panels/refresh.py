# SPDX-License-Identifier: GPL-3.0-or-later
"""Redrawing the panels when something elsewhere changes what they say.

Selecting or muting a strip does not redraw the 3D View, so its panel would go on saying that no strip is
selected, with a grey button. While a panel is shown, a timer looks twice a second.
"""

import bpy

from ..job import why_not
from ..sequencer import muted_by, sequencer_scene, speech_strips
from ..target import target_object

_INTERVAL = 0.5
"""Seconds between looks; one takes less than a millisecond."""

State = tuple[object, ...]

_shown: dict[int, State] = {}
"""What the panel of an area was drawn with, by the area's address."""


def keep_fresh(context: bpy.types.Context) -> None:
    """Called when a panel is drawn: have it drawn again when what it says changes."""
    if bpy.app.background or context.area is None:
        return
    _shown[context.area.as_pointer()] = _state(context)
    if not bpy.app.timers.is_registered(_look):
        bpy.app.timers.register(_look, first_interval=_INTERVAL, persistent=True)


def stop() -> None:
    """Look no more."""
    _shown.clear()
    if bpy.app.timers.is_registered(_look):
        bpy.app.timers.unregister(_look)


def _state(context: bpy.types.Context) -> State:
    scene = sequencer_scene(context)
    strips = tuple((strip.name, muted_by(scene, strip)) for strip in speech_strips(scene))
    obj = target_object(context)
    return why_not(context), strips, obj.name if obj is not None else None


def _look() -> float | None:
    """Redraw where something changed. A panel that is then not drawn is hidden, and forgotten."""
    there = set()
    for window in bpy.context.window_manager.windows:
        areas = [area for area in window.screen.areas if area.as_pointer() in _shown]
        there.update(area.as_pointer() for area in areas)
        if not areas:
            continue
        with bpy.context.temp_override(window=window):
            state = _state(bpy.context)
        for area in areas:
            if _shown[area.as_pointer()] != state:
                del _shown[area.as_pointer()]
                area.tag_redraw()
    for closed in _shown.keys() - there:
        del _shown[closed]
    return _INTERVAL if _shown else None
