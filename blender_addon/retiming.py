# SPDX-License-Identifier: GPL-3.0-or-later
"""Which part of its sound a retimed strip plays at each frame.

Python is shown the frames of retiming keys (not even those in 4.2), but not which part of the sound lies
between them. A .blend file holds both, so a copy of the scene without anything heavy is written to a
temporary file and read. Blender's own mixdown is no way out: up to 5.0 it is up to a frame off where the
speed is not 1, and sometimes crashes.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import bpy
import numpy as np
from numpy.typing import NDArray

from .blend_file import BlendFile, Record
from .sequencer import Strip, all_strips, read
from .temporary import not_written, temporary_folder

_TRANSITION_START = 1
"""Bit of a key's flag: from here to the next key the speed changes gradually (eSeqRetimingKeyFlag)."""


@dataclass(frozen=True)
class Retiming:
    """A retimed strip's content over time.

    Attributes:
        frames: (K,) frames of the scene, ascending, not necessarily whole.
        content: (K,) frames of the strip's content (which begins after `content_trim_start`), never falling.
    """

    frames: NDArray[np.float64]
    content: NDArray[np.float64]


def read_retiming(scene: bpy.types.Scene, strips: Iterable[Strip]) -> dict[str, Retiming]:
    """The retiming of the retimed ones among these strips of a scene, by the strip's name.

    Call from the main thread; takes some 50 ms where strips may be retimed. The scene is not touched.
    """
    strips = [strip for strip in strips if _may_be_retimed(strip)]
    if not strips:
        return {}
    records = _saved_strips(scene)
    retimings = {}
    for strip in strips:
        record = records[strip.name]
        keys = record.pointed("retiming_handles")
        if len(keys) > 1:
            retimings[strip.name] = _retiming(strip, record, keys)
    return retimings


def _may_be_retimed(strip: Strip) -> bool:
    """False where Blender shows that a strip has no retiming keys.

    Those of meta strips are shown by no version, those of sound strips not by 4.2.
    """
    return len(strip.retiming_keys) > 0 if hasattr(strip, "retiming_keys") else True


def _saved_strips(scene: bpy.types.Scene) -> dict[str, Record]:
    """The strips of a scene as a .blend file has them, by name."""
    copy: Any = scene.copy()
    try:
        # Whatever the scene uses would be written too.
        copy.world = None
        for child in list(copy.collection.children):
            copy.collection.children.unlink(child)
        for child in list(copy.collection.objects):
            copy.collection.objects.unlink(child)
        for strip in all_strips(copy):
            if strip.type == "SOUND":
                strip.sound = None
        with temporary_folder() as folder:
            path = Path(folder) / "strips.blend"
            try:
                bpy.data.libraries.write(str(path), {copy})
            except RuntimeError as error:
                raise not_written(path, str(error)) from error
            file = BlendFile(path)
    finally:
        bpy.data.scenes.remove(copy)
    # Saved under the names that structs had in 2.8: "Sequence", and "SQ" before the strip's name.
    return {record.text("name")[2:]: record for record in file.all("Sequence")}


def _retiming(strip: Strip, record: Record, keys: list[Record]) -> Retiming:
    length = record.number("len")
    if bpy.app.version < (5, 0):
        # Up to 4.5 the last key is the last frame, from 5.0 on the end of it.
        length -= 1
    frames = np.array([key.number("strip_frame_index") for key in keys]) + read(strip, "content_start")
    content = np.array([key.number("retiming_factor") for key in keys]) * length
    for index in reversed(range(1, len(keys) - 2)):
        if int(keys[index].number("flag")) & _TRANSITION_START:
            between, smooth = _transition(frames, content, index)
            frames = np.insert(frames, index + 1, between)
            content = np.insert(content, index + 1, smooth)
    return Retiming(frames, np.maximum.accumulate(content))


def _transition(
    frames: NDArray[np.float64], content: NDArray[np.float64], index: int
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Frames inside a gradual change of speed, and their content.

    Blender draws an arc of a circle between two slopes; a cubic with the same ends and slopes differs from
    it by less than a frame.
    """
    width = frames[index + 1] - frames[index]
    between = np.arange(frames[index] + 1, frames[index + 1])
    t = (between - frames[index]) / width
    slope_before = (content[index] - content[index - 1]) / (frames[index] - frames[index - 1])
    slope_after = (content[index + 2] - content[index + 1]) / (frames[index + 2] - frames[index + 1])
    smooth = (
        (1 + 2 * t) * (1 - t) ** 2 * content[index]
        + t * (1 - t) ** 2 * width * slope_before
        + t * t * (3 - 2 * t) * content[index + 1]
        + t * t * (t - 1) * width * slope_after
    )
    return between, smooth
