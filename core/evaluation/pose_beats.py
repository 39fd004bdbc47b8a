# SPDX-License-Identifier: GPL-3.0-or-later
"""Beat Align: whether a head pauses or turns when the voice strikes (Bailando, Li Siyao et al., CVPR 2022).

Motion beats are local minima of the head's angular speed after smoothing with a Gaussian of 5 frames; audio
beats are onsets (librosa's `onset_detect`, 10 ms hop), which no generator here looks at. Beat Align is the
mean over audio beats of exp(-d^2 / (2 * 3^2)), d frames to the nearest motion beat, at the clips' own frames
a second. Real talking heads score at the level of chance, so it is never given without its chance column:
the same heads with other clips' sound.

Letters: K clips, F frames, n samples.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter1d

from ..audio import SAMPLE_RATE
from .pose_metrics import Clips, Floats, speeds

SMOOTHING: Final = 5.0
"""Frames, the Gaussian's standard deviation."""
TOLERANCE: Final = 3.0
"""Frames, the sigma of the score."""
MOST_OTHERS: Final = 20
"""Other clips whose sound makes the chance column."""

_HOP: Final = 160


@dataclass(frozen=True)
class BeatAlign:
    """Mean over clips of Beat Align, and of the same with other clips' sound."""

    score: float
    chance: float


def motion_beats(rotation: NDArray[np.floating], fps: float) -> Floats:
    """Frames (halves: between two) at which the head's smoothed speed is least."""
    smooth = gaussian_filter1d(speeds(rotation, fps), SMOOTHING)
    lowest = (smooth[1:-1] < smooth[:-2]) & (smooth[1:-1] <= smooth[2:])
    return np.flatnonzero(lowest) + 1.5


def audio_beats(samples: NDArray[np.float32], fps: float) -> Floats:
    """Onsets, in frames."""
    import librosa

    times = librosa.onset.onset_detect(y=samples, sr=SAMPLE_RATE, hop_length=_HOP, units="time")
    return np.asarray(times, np.float64) * fps


def aligned(audio: Floats, motion: Floats) -> float:
    """Beat Align of one clip: 0 without motion beats, not a number without audio beats."""
    if len(audio) == 0:
        return float("nan")
    if len(motion) == 0:
        return 0.0
    nearest = np.abs(audio[:, None] - motion[None]).min(axis=1)
    return float(np.exp(-(nearest**2) / (2 * TOLERANCE**2)).mean())


def beat_align(clips: Clips, heard: Sequence[Floats], fps: float) -> BeatAlign:
    """Beat Align of clips and of the same clips with others' sound.

    Args:
        clips: (F, 3) each.
        heard: the audio beats of each, in frames.
        fps: frames a second.
    """
    moved = [motion_beats(clip, fps) for clip in clips]
    others = range(1, min(MOST_OTHERS, len(clips) - 1) + 1)
    scores = [aligned(*pair) for pair in zip(heard, moved, strict=True)]
    chance = [
        aligned(heard[(number + shift) % len(clips)], own)
        for shift in others
        for number, own in enumerate(moved)
    ]
    return BeatAlign(float(np.nanmean(scores)), float(np.nanmean(chance)) if chance else float("nan"))
