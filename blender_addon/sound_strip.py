# SPDX-License-Identifier: GPL-3.0-or-later
"""Sound strips and sound files as one line of speech: what is heard, from which frame on."""

import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import bpy
import numpy as np
from numpy.typing import NDArray

from ..core.audio import SAMPLE_RATE, decode_blocks, estimate_duration
from ..core.audio.timeline import Curve, PlacedSound, mix
from ..core.errors import AudioError, InputError
from .retiming import Retiming, read_retiming
from .sequencer import (
    Strip,
    audible_frames,
    frame_rate,
    muted_by,
    parents,
    read,
    sound_origin,
)
from .temporary import temporary_folder, write_whole

_BLOCK_SECONDS = 30


@dataclass(frozen=True)
class SpeechLine:
    """Speech at its place in the scene.

    Attributes:
        name: what the take is called: the sound's name.
        start_frame: whole frame of the scene at which sample 0 lies, exactly.
        duration: seconds, None when only decoding tells.
        blocks: gives the sound from sample 0 on, as 1-D float32 blocks at 16 kHz. May be called in any
            thread and more than once, until `close`.
        notes: what the user should know, such as strips that are not used.
    """

    name: str
    start_frame: int
    duration: float | None
    blocks: Callable[[], Iterator[NDArray[np.float32]]]
    notes: tuple[str, ...] = ()
    _folder: tempfile.TemporaryDirectory | None = field(default=None, repr=False)
    _path: Path | None = None

    def expected_duration(self) -> float | None:
        """Seconds as far as they can be told without decoding; None where they cannot.

        Raises:
            AudioError: the file cannot be read.
        """
        if self.duration is None and self._path is not None:
            return estimate_duration(self._path)
        return self.duration

    def close(self) -> None:
        """Remove temporary copies of packed sounds."""
        if self._folder is not None:
            self._folder.cleanup()


def line_from_file(path: str, start_frame: int) -> SpeechLine:
    """The sound of a file, from a frame on. Nothing is read yet."""
    absolute = Path(bpy.path.abspath(path))
    return SpeechLine(absolute.stem, start_frame, None, partial(decode_blocks, absolute), _path=absolute)


def line_from_strips(scene: bpy.types.Scene, strips: Sequence[Strip]) -> SpeechLine:
    """Sound strips as the sequencer plays them, as one line of speech with silence between them.

    Sound is read later, in blocks. Sound modifiers are left out, and retiming changes pitch with speed.

    Raises:
        InputError: no strips, all of them muted or without length, or one in a retimed meta strip.
        AudioError: a strip's sound is missing.
        OutputError: a packed sound cannot be written to a temporary file.
    """
    if not strips:
        raise InputError(
            "No sound strip is selected: add speech to the sequencer and select it, or choose a sound file."
        )
    used, notes = _without_muted(scene, strips)
    rate = frame_rate(scene)
    frames = {strip.name: audible_frames(scene, strip) for strip in used}
    start_frame = min(first for first, _ in frames.values())
    end_frame = max(last for _, last in frames.values())
    if start_frame >= end_frame:
        raise InputError(f"Strip '{used[0].name}' has no length: drag its handles apart.")

    def sample(frame: float) -> int:
        return round((frame - start_frame) / rate * SAMPLE_RATE)

    retimings = read_retiming(scene, [each for strip in used for each in (strip, *parents(scene, strip))])
    is_packed = any(strip.sound is not None and strip.sound.packed_file is not None for strip in used)
    folder = temporary_folder() if is_packed else None
    try:
        placed = []
        for index, strip in enumerate(used):
            path = _file_of(strip, folder, index)
            first, last = (sample(frame) for frame in frames[strip.name])
            source: int | Curve = sample(sound_origin(strip, rate))
            for meta in parents(scene, strip):
                if meta.name in retimings:
                    raise InputError(
                        f"Strip '{strip.name}' lies in the retimed meta strip '{meta.name}': clear the meta "
                        "strip's retiming, and retime the sound strip itself."
                    )
            if strip.name in retimings:
                source = _retimed_source(strip, retimings[strip.name], rate, sample)
            if any(not modifier.mute for modifier in strip.modifiers):
                notes.append(f"The modifiers of strip '{strip.name}' are left out.")
            gain = _gain(scene, strip, frames[strip.name], sample)
            placed.append(PlacedSound(partial(decode_blocks, path), source, first, last, gain))
    except BaseException:
        if folder is not None:
            folder.cleanup()
        raise
    length = sample(end_frame)
    return SpeechLine(
        name=_line_name(used),
        start_frame=start_frame,
        duration=(end_frame - start_frame) / rate,
        blocks=partial(mix, placed, length, _BLOCK_SECONDS * SAMPLE_RATE),
        notes=tuple(notes),
        _folder=folder,
    )


def _without_muted(scene: bpy.types.Scene, strips: Sequence[Strip]) -> tuple[list[Strip], list[str]]:
    """Strips that are heard, and a note for each that is not."""
    used, muted = [], []
    for strip in sorted(strips, key=lambda strip: audible_frames(scene, strip)):
        reason = muted_by(scene, strip)
        if reason is None:
            used.append(strip)
        else:
            muted.append(f"Strip '{strip.name}' is not used: {reason}.")
    if not used:
        raise InputError(f"{muted[0]} Unmute it, or select another strip.")
    return used, muted


def _file_of(strip: Strip, folder: tempfile.TemporaryDirectory | None, index: int) -> Path:
    """The file of a strip's sound; a packed one is copied into `folder`."""
    sound = strip.sound
    if sound is None:
        raise AudioError(f"Strip '{strip.name}' has lost its sound: choose a file for it in the sequencer.")
    path = Path(bpy.path.abspath(sound.filepath, library=sound.library))
    if folder is not None and sound.packed_file is not None:
        copy = Path(folder.name) / f"packed-{index}{path.suffix}"
        write_whole(copy, sound.packed_file.data)
        return copy
    if not path.is_file():
        raise AudioError(
            f"The sound of strip '{strip.name}' is missing: no file '{path}'. "
            "Find it with File > External Data > Find Missing Files."
        )
    return path


def _retimed_source(strip: Strip, retiming: Retiming, rate: float, sample: Callable[[float], float]) -> Curve:
    """Samples of the sound over samples of the line, for a strip of another speed."""
    later = getattr(strip, "sound_offset", 0.0) * rate
    positions = [sample(frame + later) for frame in retiming.frames]
    content = (retiming.content + read(strip, "content_trim_start")) / rate * SAMPLE_RATE
    return Curve(np.array(positions, np.float64), content)


def _gain(
    scene: bpy.types.Scene, strip: Strip, frames: tuple[int, int], sample: Callable[[float], int]
) -> float | Curve:
    """The strip's volume, times those of its meta strips (which have one from 5.2 on)."""
    constant = 1.0
    animated = np.ones(frames[1] - frames[0] + 1)
    is_animated = False
    for each in [strip, *parents(scene, strip)]:
        if not hasattr(each, "volume"):
            continue
        curve = _volume_curve(scene, each)
        if curve is None:
            constant *= each.volume
        else:
            is_animated = True
            animated *= [max(0.0, curve.evaluate(frame)) for frame in range(frames[0], frames[1] + 1)]
    if not is_animated:
        return float(constant)
    knots = np.array([sample(frame) for frame in range(frames[0], frames[1] + 1)], np.float64)
    return Curve(knots, animated * constant)


def _volume_curve(scene: bpy.types.Scene, strip: Strip) -> bpy.types.FCurve | None:
    """The F-curve of a strip's volume in the scene's action."""
    data = scene.animation_data
    if data is None or data.action is None:
        return None
    curves = getattr(data.action, "fcurves", None)
    if hasattr(data.action, "layers"):
        # From 4.4 on an action holds the curves of several data-blocks, in slots.
        bags = [
            bag
            for layer in data.action.layers
            for action_strip in layer.strips
            if (bag := action_strip.channelbag(data.action_slot)) is not None
        ]
        curves = bags[0].fcurves if bags else None
    return curves.find(strip.path_from_id("volume")) if curves else None


def _line_name(strips: Sequence[Strip]) -> str:
    first = strips[0].name
    return first if len(strips) == 1 else f"{first} + {len(strips) - 1}"
