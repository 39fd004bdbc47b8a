# SPDX-License-Identifier: GPL-3.0-or-later
"""The phone track as markers on a scene's time line: one where each sound of speech begins."""

import json
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from typing import Final

import bpy

from ..core.motion import Phone

PROPERTY: Final = "soliloquy_phone_markers"
"""Custom property of the scene: JSON of take to [name, frame] of each marker. Markers have custom properties
of their own in some Blenders only."""


def write_phone_markers(
    scene: bpy.types.Scene,
    phones: Sequence[Phone],
    *,
    take: str,
    start_frame: int,
    fps: float,
    frames: tuple[int, int],
) -> int:
    """Put a marker on the frame nearest to the beginning of each phone; gives their number.

    Markers that an earlier call wrote for this take within `frames` are replaced. One that was moved or
    renamed or given a camera since is the user's own, and stays, and so do markers that look the same.

    Args:
        scene: whose time line.
        phones: timed from `start_frame` on.
        take: whose phones.
        start_frame: scene frame of second 0.
        fps: the scene's true rate.
        frames: first and last scene frame that may get markers.
    """
    written = _written(scene)
    first, last = frames
    earlier = Counter((name, frame) for name, frame in written.get(take, ()) if first <= frame <= last)
    left = earlier.copy()
    # The user may have markers of the same name on the same frames: those were there before, and come first.
    for marker in reversed(list(scene.timeline_markers)):
        if left[marker.name, marker.frame] and marker.camera is None:
            left[marker.name, marker.frame] -= 1
            scene.timeline_markers.remove(marker)
    new = [(phone.name, round(start_frame + phone.start * fps)) for phone in phones]
    new = [(name, frame) for name, frame in new if first <= frame <= last]
    for name, frame in new:
        # A new marker is selected, and would go along when the user drags one of their own.
        scene.timeline_markers.new(name, frame=frame).select = False
    kept = [each for each in map(tuple, written.get(take, ())) if each not in earlier]
    written[take] = [*kept, *new]
    scene[PROPERTY] = json.dumps(written)
    return len(new)


def _written(scene: bpy.types.Scene) -> dict[str, list]:
    """What earlier calls wrote; nothing where somebody else has changed the property."""
    with suppress(ValueError, TypeError):
        found = json.loads(scene.get(PROPERTY, "{}"))
        if isinstance(found, dict):
            return found
    return {}
