# SPDX-License-Identifier: GPL-3.0-or-later
"""What PoseVAE hears: six features a frame, 25 frames a second."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from ..frame_times import frame_times
from .cues import SpeechCues
from .prosody import PROSODY_FPS, Prosody

POSE_FPS: Final = 25
"""Frames a second at which heads are moved, that of the captured heads; frame i is at i / 25 s."""

POSE_FEATURES: Final = ("loudness", "pitch", "voiced", "voice", "accent", "phrase_start")

_DECIBELS: Final = 20.0
_SEMITONES: Final = 6.0
_ACCENT_SECONDS: Final = 0.08
"""Standard deviation of the bump that marks a stressed syllable."""
_START_SECONDS: Final = 0.6
"""Time constant with which the beginning of a phrase fades."""


def pose_sound(prosody: Prosody, cues: SpeechCues, count: int) -> NDArray[np.float32]:
    """Features (count, 6) of `POSE_FEATURES`, each of about unit size; silence after the sound's end."""
    # A frame of motion is three of prosody: their mean, so that none is passed over.
    smooth = np.stack(
        [
            1 + np.clip(prosody.loudness / _DECIBELS, -1, 0.5),
            prosody.pitch / _SEMITONES * np.minimum(1, 4 * prosody.voiced),
            prosody.voiced,
            prosody.voice,
        ],
        axis=1,
    )
    sums = np.concatenate([np.zeros((1, 4)), np.cumsum(smooth, axis=0, dtype=np.float64)])
    middles = np.round(frame_times(count, POSE_FPS) * PROSODY_FPS).astype(int)
    low, high = (np.clip(middles + side, 0, len(prosody)) for side in (-1, 2))
    means = (sums[high] - sums[low]) / np.maximum(high - low, 1)[:, None]
    features = np.zeros((count, len(POSE_FEATURES)), np.float32)
    features[:, :4] = means
    _add_bumps(features[:, 4], cues)
    _add_starts(features[:, 5], cues)
    return features


def _add_bumps(column: NDArray[np.float32], cues: SpeechCues) -> None:
    reach = np.arange(-8, 9)
    centres = np.round(cues.accents * POSE_FPS).astype(int)
    frames = centres[:, None] + reach
    away = frames / POSE_FPS - cues.accents[:, None]
    bumps = cues.strengths[:, None] * np.exp(-0.5 * (away / _ACCENT_SECONDS) ** 2)
    inside = (frames >= 0) & (frames < len(column))
    np.add.at(column, frames[inside], bumps[inside].astype(np.float32))


def _add_starts(column: NDArray[np.float32], cues: SpeechCues) -> None:
    reach = np.arange(0, 50)
    starts = cues.phrases[:, 0]
    frames = np.ceil(starts * POSE_FPS).astype(int)[:, None] + reach
    fading = np.exp(-(frames / POSE_FPS - starts[:, None]) / _START_SECONDS)
    inside = frames < len(column)
    np.maximum.at(column, frames[inside], fading[inside].astype(np.float32))
