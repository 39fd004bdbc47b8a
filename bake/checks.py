# SPDX-License-Identifier: GPL-3.0-or-later
"""What every way of baking asks of its arguments, before anything is written."""

from typing import Final

import bpy

from ..core.errors import InputError
from .errors import BakeError
from .meshes import mesh_of
from .placement import LAST_FRAME


def check_take_name(take: str) -> None:
    """Raises `InputError` when a take has no name."""
    if not take.strip():
        raise InputError("The take has no name: give it the name of the sound.")


def check_local(obj: bpy.types.Object) -> None:
    """Raises `BakeError` when an object belongs to another file."""
    # An overridden object may keep its mesh linked: that is how Blender makes overrides of a hierarchy.
    if mesh_of(obj).library is not None and obj.override_library is None:
        raise BakeError(_LINKED.format(name=obj.name))


def check_not_linked(obj: bpy.types.Object) -> None:
    """Raises `BakeError` when an object itself, whatever its data, belongs to another file."""
    if obj.library is not None:
        raise BakeError(_LINKED.format(name=obj.name))


_LINKED: Final = (
    "'{name}' is linked from another file and cannot be animated: make a library override "
    "(Object > Library Override > Make)."
)


def check_mode(obj: bpy.types.Object) -> None:
    """Raises `BakeError` when an object is in Edit Mode."""
    if obj.mode == "EDIT":
        raise BakeError(f"'{obj.name}' is in Edit Mode: leave it (Tab) and animate again.")


def rows_to_bake(count: int, start_frame: int, frame_range: tuple[int, int] | None) -> slice:
    """The frames of a motion of `count` frames from `start_frame` on that lie in a range of scene frames.

    Raises:
        BakeError: there are none, or they lie beyond Blender's last frame.
    """
    rows = slice(0, count)
    if frame_range is not None:
        first, last = frame_range
        rows = slice(max(0, first - start_frame), min(count, last + 1 - start_frame))
    if rows.start >= rows.stop:
        covered = f"frames {start_frame} to {start_frame + count - 1}" if count else "no frame"
        asked = "" if frame_range is None else f", the range is {frame_range[0]} to {frame_range[1]}"
        raise BakeError(f"Nothing to bake: the motion covers {covered}{asked}.")
    if start_frame < -LAST_FRAME or start_frame + count - 1 > LAST_FRAME:
        raise BakeError(
            f"The motion would cover frames {start_frame} to {start_frame + count - 1}; Blender's "
            f"frames end at {LAST_FRAME}. Move the sound or shorten it."
        )
    return rows
