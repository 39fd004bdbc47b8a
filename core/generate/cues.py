# SPDX-License-Identifier: GPL-3.0-or-later
"""What in a speaker's voice heads, eyes and brows go by: phrases, pauses and stressed syllables.

Syllables are peaks of loudness between dips (Mermelstein, "Automatic segmentation of speech into syllabic
units", Journal of the Acoustical Society of America 58(4), 1975, whose dips of 2 dB part them). A stressed
one is louder, longer and higher than its neighbours (Fry, "Experiments in the perception of stress", Language
and Speech 1(2), 1958, ranks pitch, duration and loudness); the weights and the threshold below are choices of
our own.

Letters: F frames of prosody, P phrases, A accents.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from .prosody import PROSODY_FPS, SOFTEST, Prosody

PAUSE_SECONDS: Final = 0.25
"""Silence from which it parts two phrases; shorter ones are stops within words (Goldman-Eisler,
"Psycholinguistics", 1968, takes 0.25 s for the shortest pause)."""

_SPEECH: Final = 0.5
_SHORTEST: Final = 0.12
"""Seconds of voice below which it is a noise, not a phrase."""
_SYLLABLE_DIP: Final = 2.0
"""Decibels that loudness falls between two syllables (Mermelstein)."""
_SOFTEST: Final = -18.0
"""Decibels against the speech's level below which a peak is no syllable."""
_AROUND: Final = 1.2
"""Seconds on each side of a syllable with which it is compared."""
_APART: Final = 0.3
"""Seconds between two accents, at least."""
_LEAST: Final = 0.35
"""Strength from which a syllable is stressed: about every third one is."""
_DECIBELS, _SEMITONES, _SECONDS = 6.0, 4.0, 0.12
"""By how much a stressed syllable is louder, higher and longer than its neighbours, each for a strength of 1
by itself."""


@dataclass(frozen=True)
class SpeechCues:
    """When speech begins, pauses and is stressed. All times in seconds from the start of the sound.

    Attributes:
        duration: of the sound.
        phrases: (P, 2) float64, start and end of each stretch of speech between pauses.
        accents: (A,) float64, middles of the stressed syllables, rising.
        strengths: (A,) float32 in 0..1.
    """

    duration: float
    phrases: NDArray[np.float64]
    accents: NDArray[np.float64]
    strengths: NDArray[np.float32]

    @property
    def pauses(self) -> NDArray[np.float64]:
        """(P + 1, 2) start and end of what lies before, between and after the phrases; some may be empty."""
        edges = np.concatenate([[0.0], self.phrases.ravel(), [self.duration]])
        return edges.reshape(-1, 2)

    @classmethod
    def none(cls, duration: float) -> "SpeechCues":
        """Those of a sound in which nobody speaks."""
        return cls(duration, np.zeros((0, 2)), np.zeros(0), np.zeros(0, np.float32))


def speech_cues(prosody: Prosody) -> SpeechCues:
    """Phrases and accents of a sound."""
    phrases = _phrases(prosody.voice)
    accents, strengths = _accents(prosody)
    inside = np.searchsorted(phrases.ravel(), accents) % 2 == 1
    return SpeechCues(prosody.duration, phrases, accents[inside], strengths[inside])


def _phrases(voice: NDArray[np.floating]) -> NDArray[np.float64]:
    edges = np.flatnonzero(np.diff(np.concatenate([[0], voice > _SPEECH, [0]]).astype(np.int8)))
    spans = edges.reshape(-1, 2) / PROSODY_FPS
    spans = spans[spans[:, 1] - spans[:, 0] >= _SHORTEST / 2]
    if len(spans) == 0:
        return spans
    apart = spans[1:, 0] - spans[:-1, 1] >= PAUSE_SECONDS
    first = np.concatenate([[True], apart])
    last = np.concatenate([apart, [True]])
    joined = np.stack([spans[first, 0], spans[last, 1]], axis=1)
    return joined[joined[:, 1] - joined[:, 0] >= _SHORTEST]


def _accents(prosody: Prosody) -> tuple[NDArray[np.float64], NDArray[np.float32]]:
    """Times and strengths of stressed syllables."""
    times, loudness, pitch, length = _syllables(prosody)
    if len(times) == 0:
        return np.zeros(0), np.zeros(0, np.float32)
    # Neighbours are weighed by nearness, so that an hour needs no comparison of all with all.
    louder = loudness - _around(times, loudness)
    higher = pitch - _around(times, pitch)
    longer = length - _around(times, length)
    strength = (
        np.clip(louder / _DECIBELS, -0.5, 1)
        + np.clip(higher / _SEMITONES, -0.5, 1)
        + np.clip(longer / _SECONDS, -0.5, 1)
    )
    strength = np.clip(strength / 1.5, 0, 1)
    kept: list[int] = []
    for number in np.flatnonzero(strength >= _LEAST):
        if kept and times[number] - times[kept[-1]] < _APART:
            if strength[number] > strength[kept[-1]]:
                kept[-1] = int(number)
            continue
        kept.append(int(number))
    return times[kept], strength[kept].astype(np.float32)


def _syllables(prosody: Prosody) -> tuple[NDArray[np.float64], ...]:
    """Middle, loudness, highest pitch and length of every syllable, a row each."""
    taps = np.hanning(9)[1:-1]
    padded = np.pad(prosody.loudness, len(taps) // 2, constant_values=SOFTEST)
    smooth = np.convolve(padded, taps / taps.sum(), "valid")
    smooth = np.where(prosody.voice > _SPEECH, smooth, -60.0)
    peaks = _peaks(smooth)
    peaks = peaks[(smooth[peaks] > _SOFTEST) & (prosody.voiced[peaks] > 0.05)]
    if len(peaks) == 0:
        empty = np.zeros(0)
        return empty, empty, empty, empty
    # A syllable reaches on each side as far as loudness stays within 6 dB of its peak.
    lengths = _reach(smooth, peaks, 6.0) / PROSODY_FPS
    half = 4
    windows = np.clip(peaks[:, None] + np.arange(-half, half + 1), 0, len(prosody) - 1)
    pitch = prosody.pitch[windows].max(axis=1)
    return peaks / PROSODY_FPS, smooth[peaks], pitch.astype(np.float64), lengths


def _peaks(curve: NDArray[np.floating]) -> NDArray[np.intp]:
    """Highest frames of what lies between dips of at least `_SYLLABLE_DIP`."""
    if len(curve) < 3:
        return np.zeros(0, np.intp)
    turns = np.flatnonzero((curve[1:-1] > curve[:-2]) & (curve[1:-1] >= curve[2:])) + 1
    kept: list[int] = []
    lowest = -np.inf
    before = 0
    for turn in turns:
        lowest = curve[before:turn].min()
        if kept and min(curve[kept[-1]], curve[turn]) - lowest < _SYLLABLE_DIP:
            if curve[turn] > curve[kept[-1]]:
                kept[-1] = int(turn)
                before = int(turn)
            continue
        kept.append(int(turn))
        before = int(turn)
    return np.array(kept, np.intp)


def _reach(curve: NDArray[np.floating], peaks: NDArray[np.intp], decibels: float) -> NDArray[np.float64]:
    """Frames around each peak that are at most so much softer, half a second on each side at most."""
    reach = np.arange(1, PROSODY_FPS // 2)
    total = np.ones(len(peaks))
    for side in (-1, 1):
        frames = peaks[:, None] + side * reach
        held = np.clip(frames, 0, len(curve) - 1)
        inside = (held == frames) & (curve[held] > curve[peaks][:, None] - decibels)
        total += np.cumprod(inside, axis=1).sum(axis=1)
    return total


def _around(times: NDArray[np.float64], values: NDArray[np.floating]) -> NDArray[np.float64]:
    """For each syllable the mean of the values within `_AROUND` of it, its own among them."""
    sums = np.concatenate([[0.0], np.cumsum(values, dtype=np.float64)])
    low = np.searchsorted(times, times - _AROUND, "left")
    high = np.searchsorted(times, times + _AROUND, "right")
    return (sums[high] - sums[low]) / (high - low)
