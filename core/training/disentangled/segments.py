# SPDX-License-Identifier: GPL-3.0-or-later
"""Batches of segments with their labels, drawn from sequences.

Shape letters: N segments, K entries of the emotion table; others as in `core.models.disentangled_audio`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ...audio.mel import WINDOW_COLUMNS
from ...generate.emotion.emotion_table import EmotionTable
from ...generate.emotion.voice_frames import SEGMENT_FPS, SEGMENT_FRAMES, VOICE_FPS
from ...generate.speech import SPEECH_FPS
from ...models.disentangled_audio import Segments
from ...phones import SILENCE_PHONE
from ..visemes import VISEMES
from .sequences import AudioSequence

_SILENT: Final = 0.1
"""Share of the segments in which nobody speaks."""
_VISEME_OF: Final = {phone: number for number, phones in enumerate(VISEMES.values()) for phone in phones}


@dataclass(frozen=True)
class Batch:
    """N segments.

    Attributes:
        x: the segments.
        viseme: (N,) entry of h_c.
        emotion: (N, K) shares of the entries of h_e.
        sequence: (N,) entry of h_s.
    """

    x: Segments
    viseme: Tensor
    emotion: Tensor
    sequence: Tensor


class SegmentSource:
    """Draws segments, each around a moment in a phone."""

    def __init__(self, sequences: Sequence[AudioSequence], table: EmotionTable, *, seed: int) -> None:
        """Take sequences that hold something.

        Args:
            sequences: in the order of h_s.
            table: entries of h_e.
            seed: of the draws.
        """
        self.sequences = sequences
        self._shares = np.stack([emotion_shares(each, table) for each in sequences])
        self._spans = [spans_of(each) for each in sequences]
        self._random = np.random.default_rng(seed)

    def draw(self, count: int) -> Batch:
        """N segments of as many sequences."""
        numbers = self._random.integers(len(self.sequences), size=count)
        times, visemes = np.empty(count), np.empty(count, np.int64)
        for place, number in enumerate(numbers):
            starts, ends, labels = self._spans[number]
            silent = labels == _VISEME_OF[SILENCE_PHONE]
            kind = silent if silent.any() and self._random.random() < _SILENT else ~silent
            chosen = self._random.choice(np.flatnonzero(kind if kind.any() else silent))
            times[place] = self._random.uniform(starts[chosen], ends[chosen])
            visemes[place] = labels[chosen]
        x = [segments_at(self.sequences[n], times[i : i + 1]) for i, n in enumerate(numbers)]
        return Batch(
            Segments(*(torch.from_numpy(np.concatenate(views)) for views in zip(*x, strict=True))),
            torch.from_numpy(visemes),
            torch.from_numpy(self._shares[numbers]),
            torch.from_numpy(numbers),
        )

    @property
    def random_state(self) -> Mapping[str, Any]:
        """Where the draws are."""
        return self._random.bit_generator.state

    @random_state.setter
    def random_state(self, state: Mapping[str, Any]) -> None:
        self._random.bit_generator.state = state


def emotion_shares(sequence: AudioSequence, table: EmotionTable) -> NDArray[np.float32]:
    """Shares (K,) of the entries of h_e for a sequence."""
    if sequence.emotion:
        return table.share_of(sequence.emotion, sequence.strength)
    return table.shares(np.array(sequence.arousal), np.array(sequence.valence))


def spans_of(
    sequence: AudioSequence,
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.int64]]:
    """Starts and ends in seconds, and viseme, of all phones and of the silence between them."""
    duration = len(sequence.heard) / SPEECH_FPS
    rows: list[tuple[float, float, int]] = []
    end = 0.0
    silence = _VISEME_OF[SILENCE_PHONE]
    for phone in sequence.phones:
        if phone.start > end + 0.05:
            rows.append((end, phone.start, silence))
        rows.append((phone.start, phone.end, _VISEME_OF[phone.name]))
        end = phone.end
    if duration > end + 0.05 or not rows:
        rows.append((end, duration, silence))
    starts, ends, labels = zip(*rows, strict=True)
    return np.array(starts), np.array(ends), np.array(labels, np.int64)


def segments_at(
    sequence: AudioSequence, times: NDArray[np.floating]
) -> tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.float32]]:
    """The three views of the segments around some seconds (N,): those of `Segments`."""
    # Window j of the content encoder is centred between two columns.
    heard = np.round(times * SPEECH_FPS + 0.5).astype(int)[:, None] + np.arange(WINDOW_COLUMNS) - 8
    voice = np.round(times * VOICE_FPS).astype(int)[:, None] + np.arange(SEGMENT_FRAMES) - SEGMENT_FRAMES // 2
    course = np.round(times * SEGMENT_FPS).astype(int)
    return (
        sequence.heard[np.clip(heard, 0, len(sequence.heard) - 1)].astype(np.float32),
        sequence.voice[np.clip(voice, 0, len(sequence.voice) - 1)].astype(np.float32),
        sequence.course[np.clip(course, 0, len(sequence.course) - 1)],
    )
