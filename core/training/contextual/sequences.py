# SPDX-License-Identifier: GPL-3.0-or-later
"""Sequences of k frames that the contextual transformer learns from.

GRID's clips last three seconds, 75 frames: longer sequences are several clips of one speaker in random order,
all in one style. At each join the feedback begins anew, no frame looks across, and the frames right at the
join do not count. Half of the sequences begin in the middle of a sound, where a frame before is known and any
phase of the period may be: so the network knows how it is to have been speaking for long.

Shape letters: N sequences, F frames, R rows of what is heard, C = 46 channels, B = 64.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ...generate.sound_frames import Stretch, rows_at
from ...generate.styles import STYLE_FPS, styled_expression
from ...motion import EXPRESSION_SIZE
from ..performances import Performance, columns_of, longest_stretch
from ..style.edits import edited
from ..style.segments import COLUMNS_PER_FRAME, NEUTRAL, StyledClips

_REACH: Final = int(np.ceil(COLUMNS_PER_FRAME))
_SHOWN_FRAMES: Final = 60
"""Of the clip that the style is read from."""
_GOING_ON: Final = 0.5
"""Share of sequences that begin in the middle of a sound."""
_LATEST: Final = 1000
"""Frames after its beginning that such a sequence may begin: any phase of the period."""
_SHORTEST_PIECE: Final = 5
"""Frames that the last stretch has at least."""


@dataclass(frozen=True)
class Batch:
    """Sequences.

    Attributes:
        heard: (N, R, 46) rows at the frame rate.
        centres: (N, F) int64 row of each frame.
        target: (N, F, 64) beta.
        time: (N, F) int64 number of each frame from where its sound began.
        before: (N, 64) beta of the frame before the first; 0 where that begins a sound.
        known: (N, F) 1 where there is a frame before, 0 where a sound begins.
        parts: (N, F) int64 number of the stretch.
        counted: (N, F) 1 for frames that count.
        shown: (N, G, 64) beta of a clip in the same style.
        styled: (N,) 1 where the style is to be read, 0 where the code is 0.
    """

    heard: Tensor
    centres: Tensor
    target: Tensor
    time: Tensor
    before: Tensor
    known: Tensor
    parts: Tensor
    counted: Tensor
    shown: Tensor
    styled: Tensor


def frame_rows(columns: NDArray[np.floating], start: int, frames: int, window: int) -> NDArray[np.float32]:
    """What is heard (F + 2 window, 46) at some frames of a clip (T, 46) and at those around them."""
    near, at = columns_of(
        columns,
        max(0, start - window),
        frames + 2 * window - max(0, window - start),
        columns_per_frame=COLUMNS_PER_FRAME,
        reach=_REACH,
    )
    rows = rows_at(Stretch(near, at.astype(np.float32)), COLUMNS_PER_FRAME, _REACH)
    # Before the first frame its row holds, as where a sound begins.
    return np.concatenate([np.repeat(rows[:1], max(0, window - start), axis=0), rows])


class Sequences:
    """Draws sequences for training."""

    def __init__(self, performances: Sequence[Performance], frames: int, window: int, *, seed: int) -> None:
        """Take the clips to draw from.

        Args:
            performances: clips at `STYLE_FPS`.
            frames: k.
            window: rows on either side that a frame sees.
            seed: of every draw.

        Raises:
            InputError: no clip was captured for long enough without a gap.
        """
        self._random = np.random.default_rng([seed, len(performances)])
        self._clips = StyledClips(performances, _SHOWN_FRAMES, self._random)
        self._frames, self._window = frames, window

    def draw(self, count: int) -> Batch:
        """(count) sequences."""
        sequences: list[tuple[NDArray, ...]] = []
        while len(sequences) < count:
            if self._frames > 1:
                sequences.append(self._sequence(self._frames))
            else:
                # A frame that knows of no other: every one of a stretch is a sequence.
                sequences += _single_frames(self._sequence(_SHOWN_FRAMES), self._window)
        del sequences[count:]
        longest = max(len(each[0]) for each in sequences)
        columns = list(zip(*sequences, strict=True))
        columns[0] = tuple(np.pad(each, ((0, longest - len(each)), (0, 0))) for each in columns[0])
        return Batch(*(torch.from_numpy(np.stack(column)) for column in columns))

    @property
    def random_state(self) -> Mapping[str, Any]:
        """Where the draws are; set it to go on from there."""
        return self._random.bit_generator.state

    @random_state.setter
    def random_state(self, state: Mapping[str, Any]) -> None:
        self._random.bit_generator.state = state

    def _sequence(self, length: int) -> tuple[NDArray, ...]:
        clips, window = self._clips, self._window
        first = clips.any_clip()
        is_styled = self._random.random() >= NEUTRAL
        edit = clips.edit() if is_styled else None

        def in_style(weights: NDArray[np.float32]) -> NDArray[np.float32]:
            return styled_expression(weights if edit is None else edited(weights, edit, STYLE_FPS))

        heard, centres, target, time, known, parts, counted = [], [], [], [], [], [], []
        before: NDArray = np.zeros(EXPRESSION_SIZE, np.float32)
        left, each, rows = length, first, 0
        while left:
            frames = min(left, longest_stretch(each.valid))
            if 0 < left - frames < _SHORTEST_PIECE:
                frames = left - _SHORTEST_PIECE
            goes_on = not parts and self._frames > 1 and self._random.random() < _GOING_ON
            if goes_on and frames == longest_stretch(each.valid):
                frames -= 1
            start, motion = clips.motion(each, frames + goes_on)
            heard.append(frame_rows(each.columns, start + goes_on, frames, window))
            centres.append(rows + window + np.arange(frames))
            beta = in_style(motion)
            target.append(beta[int(goes_on) :])
            time.append(np.arange(frames))
            known.append((np.arange(frames) > 0).astype(np.float32))
            if goes_on:
                before, known[0][0] = beta[0], 1
                time[0] += 1 + self._random.integers(_LATEST)
            parts.append(np.full(frames, len(parts), np.int64))
            joined = np.ones(frames, np.float32)
            if length > frames:
                joined[[0, -1]] = 0
            counted.append(joined)
            rows += frames + 2 * window
            left -= frames
            each = clips.beside(first)
        shown = in_style(clips.motion(clips.beside(first), _SHOWN_FRAMES)[1])
        rows, at, beta, time, known, parts, counted = (
            np.concatenate(each) for each in (heard, centres, target, time, known, parts, counted)
        )
        return rows, at, beta, time, before, known, parts, counted, shown, np.array(is_styled, np.float32)


def _single_frames(sequence: tuple[NDArray, ...], window: int) -> list[tuple[NDArray, ...]]:
    """Each frame of one stretch as a sequence of its own, at the beginning of a sound."""
    rows, _, beta, _, before, _, _, counted, shown, styled = sequence
    nothing = np.zeros(1, np.int64)
    still = np.zeros_like(before)
    return [
        (
            rows[number : number + 2 * window + 1],
            np.array([window]),
            beta[number : number + 1],
            nothing,
            still,
            np.zeros(1, np.float32),
            nothing,
            counted[number : number + 1],
            shown,
            styled,
        )
        for number in range(len(beta))
    ]
