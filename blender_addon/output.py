# SPDX-License-Identifier: GPL-3.0-or-later
"""What the motion of a job becomes, and what of it no sound could have."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from ..core.errors import InputError
from .parts import ALL_PARTS, GazeChoice

if TYPE_CHECKING:
    from pathlib import Path

    from ..bake.shape_keys import BlockedChoice
    from .sound_strip import SpeechLine

OutputKind = Literal["shape_keys", "cache", "absolute_keys"]
HeadMode = Literal["replace", "add"]


@dataclass(frozen=True)
class Output:
    """What the motion becomes.

    Attributes:
        parts: parts that are written, of `parts.ALL_PARTS`.
        playing: parts that the performance has as well, though they are not written now: eyes that are
            animated alone go with the head as it turns.
        frame_range: first and last scene frame that may be keyed; None for all of the speech.
        key_reduction: largest error in weight of a curve with fewer keys; None keys every frame.
        blocked: what to do with shape keys that would not show their keys: 'error', 'skip' or 'fix'.
        phone_markers: whether the time line gets a marker for each sound of speech.
        kind: keyframes on the head's shape keys, or every vertex in a cache or as absolute shape keys.
        step: frames from one absolute shape key to the next.
        on_copy: whether absolute shape keys go on a copy of the head.
        folder: where vertex caches lie; None: beside the .blend file.
        gaze_on: what turns the eyes.
        head_mode: whether the head's animation is replaced or added to.
        limits: how far the head may turn, degrees of yaw, pitch and roll.
    """

    parts: tuple[str, ...] = ALL_PARTS
    playing: tuple[str, ...] = ()
    frame_range: tuple[int, int] | None = None
    key_reduction: float | None = 0.01
    blocked: BlockedChoice = "error"
    phone_markers: bool = False
    kind: OutputKind = "shape_keys"
    step: int = 1
    on_copy: bool = True
    folder: Path | None = None
    gaze_on: GazeChoice = "both"
    head_mode: HeadMode = "replace"
    limits: tuple[float, float, float] = (60.0, 40.0, 30.0)


def check_output(output: Output) -> None:
    """Refuse frames and key reduction that no sound could have, before any work is done.

    Raises:
        InputError: the first frame comes after the last, or the error is not between 0 and 1.
    """
    if output.frame_range is not None and output.frame_range[0] > output.frame_range[1]:
        first, last = output.frame_range
        raise InputError(f"The first frame to key, {first}, comes after the last, {last}.")
    if output.step < 1:
        raise InputError(f"The frame step is {output.step}: expected a whole number from 1 on.")
    error = output.key_reduction
    if error is not None and not 0 < error < 1:
        raise InputError(f"Key reduction error {error:g} is not between 0 and 1 (0.01 is usual).")


def check_range(output: Output, line: SpeechLine, fps: float) -> None:
    """Refuse frames outside the speech, as far as its length is known without reading it."""
    if output.frame_range is None:
        return
    # NumPy comes along, which Blender need not wait for when it starts.
    from ..core.frame_times import frame_count

    first, last = output.frame_range
    end = None if line.duration is None else line.start_frame + frame_count(line.duration, fps) - 1
    if last < line.start_frame or (end is not None and first > end):
        covered = (
            f"starts at frame {line.start_frame}" if end is None else f"is at {line.start_frame} to {end}"
        )
        raise InputError(f"Nothing to key in frames {first} to {last}: the speech {covered}.")
