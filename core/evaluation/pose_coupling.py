# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether a head moves with its own voice, more than with another that speaks in the same form.

Within a clip the head's angular speed is correlated with the voice's loudness (decibels) and with how much
its pitch moves (semitones a second, up or down), all limited to periods of 0.5 to 2 s. Every sentence begins
and ends, so some of it is form and not this voice: the same head is correlated with the voices of other clips
of the same form, at the same times, and only what its own voice has beyond them counts. The interval is a
bootstrap over speakers, or over clips where there is one speaker. Where it includes zero, nothing is claimed.

Letters: K clips, S steps between frames, V frames of prosody (80 a second).
"""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter1d
from scipy.signal import butter, sosfiltfilt

from ..generate.prosody import PROSODY_FPS, Prosody
from .pose_metrics import Clips, Floats, speeds

BAND: Final = (0.5, 2.0)
"""Hertz."""
VOICES: Final = ("loudness", "pitch movement")
OTHERS: Final = 20
"""Other clips that each is compared with."""

_ORDER: Final = 2
_RESAMPLES: Final = 4000
_PITCH_SMOOTHING: Final = 2.0
"""Frames of prosody, 25 ms: pitch is found anew every second frame."""
_FASTEST: Final = 50.0
"""Semitones a second; what is faster is a misheard octave."""


@dataclass(frozen=True)
class Coupling:
    """Correlation of heads with voices, means over clips.

    Attributes:
        own: with the clip's own voice.
        other: with the voices of other clips.
        low, high: 95 % confidence interval of own - other.
        groups: speakers, or clips, over which it was taken.
    """

    own: float
    other: float
    low: float
    high: float
    groups: int

    @property
    def verdict(self) -> str:
        """What may be said."""
        if self.low > 0:
            return "moves with its voice"
        if self.high < 0:
            return "moves against its voice"
        return "no claim"


def band_limited(values: NDArray[np.floating], fps: float) -> Floats:
    """The part of a curve (N,) within `BAND`, not shifted in time."""
    sections = butter(_ORDER, BAND, btype="bandpass", fs=fps, output="sos")
    centred = np.asarray(values, np.float64) - np.mean(values)
    # As much of a short clip as there is, turned round at its ends.
    return sosfiltfilt(sections, centred, padlen=min(len(centred) - 1, round(2 * fps)))


def voice_curves(prosody: Prosody) -> dict[str, Floats]:
    """Band-limited curves (V,) of a voice by their names in `VOICES`."""
    pitch = gaussian_filter1d(prosody.pitch.astype(np.float64), _PITCH_SMOOTHING)
    movement = np.minimum(np.abs(np.gradient(pitch)) * PROSODY_FPS, _FASTEST)
    return {
        "loudness": band_limited(prosody.loudness, PROSODY_FPS),
        "pitch movement": band_limited(movement, PROSODY_FPS),
    }


def head_curve(rotation: NDArray[np.floating], fps: float) -> Floats:
    """Band-limited angular speed (S,); value i belongs to second (i + 0.5) / fps."""
    return band_limited(speeds(rotation, fps), fps)


def coupling(
    heads: Sequence[Floats],
    voices: Sequence[Floats],
    fps: float,
    groups: Sequence[Hashable] | None = None,
    seed: int = 0,
) -> Coupling:
    """Correlate heads with their own and with other voices.

    Args:
        heads: `head_curve` of each clip, three clips or more of about one length.
        voices: one of `voice_curves` of each clip.
        fps: frames a second of the heads.
        groups: what is drawn together, as who speaks in each clip; clips by themselves by default. A clip is
            not compared with others of its group where there are other groups.
        seed: of the bootstrap and of which clips are compared.
    """
    random = np.random.default_rng(seed)
    count = len(heads)
    owners = list(range(count)) if groups is None else list(groups)
    own, other = np.zeros(count), np.zeros(count)
    for number, head in enumerate(heads):
        own[number] = _correlation(head, voices[number], fps)
        strangers = [i for i in range(count) if owners[i] != owners[number]]
        chosen = random.permutation(strangers)[:OTHERS]
        other[number] = np.mean([_correlation(head, voices[i], fps) for i in chosen])
    names = list(dict.fromkeys(owners))
    members = [np.flatnonzero([owner == name for owner in owners]) for name in names]
    sums = np.array([(own - other)[rows].sum() for rows in members])
    sizes = np.array([len(rows) for rows in members])
    drawn = random.integers(len(names), size=(_RESAMPLES, len(names)))
    means = sums[drawn].sum(axis=1) / sizes[drawn].sum(axis=1)
    low, high = np.percentile(means, (2.5, 97.5))
    return Coupling(float(own.mean()), float(other.mean()), float(low), float(high), len(names))


def compare(
    clips: Clips, prosodies: Sequence[Prosody], fps: float, groups: Sequence[Hashable] | None = None
) -> dict[str, Coupling]:
    """The coupling of clips (F, 3) with each of `VOICES`."""
    heads = [head_curve(clip, fps) for clip in clips]
    curves = [voice_curves(prosody) for prosody in prosodies]
    return {name: coupling(heads, [curve[name] for curve in curves], fps, groups) for name in VOICES}


def _correlation(head: Floats, voice: Floats, fps: float) -> float:
    """Over the time that both last; 0 where one stands still."""
    seconds = (np.arange(len(head)) + 0.5) / fps
    there = seconds <= (len(voice) - 1) / PROSODY_FPS
    one = head[there] - head[there].mean()
    two = np.interp(seconds[there], np.arange(len(voice)) / PROSODY_FPS, voice)
    two = two - two.mean()
    size = np.sqrt((one @ one) * (two @ two))
    return float(one @ two / size) if size > 1e-12 else 0.0
