# SPDX-License-Identifier: GPL-3.0-or-later
"""What is heard, 80 columns a second, at the frames of a network, stretch by stretch.

Shape letters: T columns, C channels, F frames.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ..errors import ModelError
from ..phones import ARTICULATIONS, PHONE_INDEX, PHONES, SILENCE_PHONE
from ..runtime import Network
from .speech import SPEECH_FPS, SpeechFeatures, hear

FRAMES_PER_RUN: Final = 150
"""Frames of a stretch: some seconds, so that whoever wants to cancel need not wait."""


@dataclass(frozen=True)
class Stretch:
    """Sound for some consecutive frames.

    Attributes:
        columns: (T + 2 reach, C) of what is heard.
        positions: (F,) float32 of the frames among the T columns that the reach leaves.
    """

    columns: NDArray[np.float32]
    positions: NDArray[np.float32]


def heard_columns(
    blocks: Iterable[NDArray[np.float32]], encoder: Network | None, keep: Callable[[SpeechFeatures], None]
) -> Iterator[NDArray[np.float32]]:
    """Posteriors, then articulation (t, 46), of a sound in blocks; all that is heard goes to `keep`.

    Raises:
        ModelError: there is no encoder.
    """
    if encoder is None:
        raise ModelError("This network listens through the speech encoder: choose an encoder too.")
    for features in hear(encoder, blocks):
        keep(features)
        yield np.concatenate([features.phones, features.articulation], axis=1, dtype=np.float32)


def silent_columns(seconds: float = 1.0) -> NDArray[np.float32]:
    """What is heard (T, 46) where nobody speaks."""
    columns = np.zeros((int(seconds * SPEECH_FPS), len(PHONES) + len(ARTICULATIONS)), np.float32)
    columns[:, PHONE_INDEX[SILENCE_PHONE]] = 1
    return columns


def stretches(
    columns: Iterable[NDArray[np.float32]], fps: float, reach: int, frames: int = FRAMES_PER_RUN
) -> Iterator[Stretch]:
    """Consecutive frames at i / fps with the columns that they see, the same whatever the parts.

    Before the first column and after the last these two hold. Frames that begin within the columns are given.

    Args:
        columns: consecutive parts (t, C).
        fps: frames a second.
        reach: columns that a frame sees on either side, beside the two that it lies between.
        frames: of a stretch.
    """
    per_frame = SPEECH_FPS / fps
    held: NDArray[np.float32] | None = None
    # Column `first` of the sound is the one at row `reach` of what is held.
    first = frame = 0
    for part in columns:
        if not len(part):
            continue
        held = np.repeat(part[:1], reach, axis=0) if held is None else held
        held = np.concatenate([held, part])
        while first + len(held) - 2 * reach >= int((frame + frames - 1) * per_frame) + 2:
            yield _stretch(held, first, frame, frames, per_frame, reach)
            frame += frames
            # With a short reach the next frame may begin in what is yet to come.
            used = min(int(frame * per_frame) - first, len(held))
            held, first = held[used:], first + used
    if held is None:
        return
    last = first + len(held) - reach - 1
    held = np.concatenate([held, np.repeat(held[-1:], reach + 1, axis=0)])
    left = int(last / per_frame + 1e-9) + 1 - frame
    while left > 0:
        count = min(left, frames)
        yield _stretch(held, first, frame, count, per_frame, reach)
        frame, left = frame + count, left - count


def _stretch(
    held: NDArray[np.float32], first: int, frame: int, frames: int, per_frame: float, reach: int
) -> Stretch:
    at = (frame + np.arange(frames)) * per_frame
    begin = int(at[0])
    end = int(at[-1]) + 2
    rows = held[begin - first : end - first + 2 * reach]
    return Stretch(rows, (at - begin).astype(np.float32))


def rows_at(stretch: Stretch, per_frame: float, reach: int) -> NDArray[np.float32]:
    """What is heard at each frame (F, C): columns up to a frame's length away, weighted by their distance.

    Linear interpolation to a lower rate, in which no column is passed over.

    Args:
        stretch: sound of the frames.
        per_frame: columns of a frame's length.
        reach: of the stretch, at least that length.
    """
    width = int(np.ceil(per_frame))
    base = np.floor(stretch.positions).astype(np.int64)
    offsets = np.arange(-width, width + 2)
    distance = np.abs(base[:, None] + offsets - stretch.positions[:, None])
    share = np.maximum(1 - distance / per_frame, 0)
    share /= share.sum(axis=1, keepdims=True)
    rows = np.clip(base[:, None] + offsets + reach, 0, len(stretch.columns) - 1)
    return np.einsum("fo,foc->fc", share.astype(np.float32), stretch.columns[rows])
