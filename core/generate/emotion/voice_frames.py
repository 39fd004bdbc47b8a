# SPDX-License-Identifier: GPL-3.0-or-later
"""What a voice sounds like, whatever it says: spectrum, pitch and how they move, for the emotion in it.

Nothing here knows how loud the recording is: all is against the level of the speech. Loudness in decibels is
the microphone's, but effort is heard in the spectrum (Traunmüller and Eriksson, "Acoustic effects of
variation in vocal effort by men, women, and children", J. Acoustical Society of America 107, 2000).

Shape letters: V frames, 40 a second; F frames of the speech encoder, 80 a second; S segments, 10 a second.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from ...audio.mel import MelSettings
from ..prosody import PROSODY_FPS, Prosody

VOICE_FPS: Final = 40
"""Frames a second; frame k is at second k / 40."""
VOICE_MEL: Final = MelSettings(fft_size=512, window=512, hop=400, bands=32, lowest_hz=60.0, highest_hz=7600.0)
VOICE_CHANNELS: Final = VOICE_MEL.bands + 2
"""Bands, then pitch in octaves above 100 Hz, then how surely it was heard."""

SEGMENT_FPS: Final = 10
"""Segments a second: twice as many as there are syllables (Greenberg, "Speaking in shorthand", Speech
Communication 29, 1999: 0.2 s a syllable)."""
SEGMENT_FRAMES: Final = 8
"""Frames of a segment, 0.2 s, a syllable's mean length."""
CONTEXT_CHANNELS: Final = 3 * VOICE_CHANNELS + 2

_CONTEXT: Final = 1.5
"""Seconds to either side from which the course of the voice is taken: pitch range and rate need phrases."""
_SPEECH_LEVEL: Final = 75
"""Percentile of the speech's frames that is its level: that of its vowels."""
_SOFTEST: Final = -4.0
"""Log10 magnitudes below the level that count as silence."""
_LOUDEST: Final = 95
"""Percentile of the speech's frames that is the loudest of a band."""
_SLOPE: Final = 3
_CLIFF: Final = 1.3
"""Where the loudest falls by more than these log10 magnitudes over so many bands, and stays down, a telephone
or a file of few samples a second let nothing through. Voices, dull ones too, fall by 1.2 at most."""
_FALLING: Final = 0.05
"""Log10 magnitudes by which each band above 4 kHz is softer than the one below: the mean of the speech that
the network learnt from."""
_FEWEST: Final = 4.0
"""Frames of voice from which there is a spread."""
_SEGMENTS_AT_ONCE: Final = 600


def voice_frames(mel: NDArray[np.float32], prosody: Prosody) -> NDArray[np.float32]:
    """Frames of a voice, alike whatever the recording's level.

    Args:
        mel: (V, 32) of `VOICE_MEL`, log10 magnitudes.
        prosody: of the same sound, F = 2 V or 2 V - 1 frames.

    Returns:
        (V, 34) float32: bands against the level of the speech, pitch, and how surely it was heard. Bands that
        the recording does not have go with the highest one that it has: their silence is the line's, and no
        darker voice.
    """
    step = PROSODY_FPS // VOICE_FPS
    rows = np.minimum(np.arange(len(mel)) * step, max(len(prosody) - 1, 0))
    loud = mel.max(axis=1)
    spoken = np.flatnonzero(prosody.voice[rows] > 0.5) if len(prosody) else rows[:0]
    level = np.percentile(loud[spoken], _SPEECH_LEVEL) if len(spoken) else np.max(loud, initial=0.0)
    bands = np.maximum(mel - np.float32(level), np.float32(_SOFTEST))
    if len(spoken):
        _widen(bands, spoken)
    pitch = prosody.register + prosody.pitch[rows] / 12
    return np.column_stack([bands, pitch, prosody.voiced[rows]]).astype(np.float32)


def _widen(bands: NDArray[np.float32], spoken: NDArray[np.intp]) -> None:
    """Fill the bands (V, 32) above those that the recording has, going by its spoken frames."""
    loudest = np.percentile(bands[spoken], _LOUDEST, axis=0)
    above = np.maximum.accumulate(loudest[::-1])[::-1]
    cliffs = np.flatnonzero(loudest[:-_SLOPE] - above[_SLOPE:] > _CLIFF)
    if len(cliffs) == 0:
        return
    highest = int(cliffs[0])
    below = _FALLING * np.arange(1, VOICE_MEL.bands - highest, dtype=np.float32)
    bands[:, highest + 1 :] = np.maximum(bands[:, [highest]] - below, np.float32(_SOFTEST))


def voice_context(
    frames: NDArray[np.float32], prosody: Prosody, change: NDArray[np.floating]
) -> NDArray[np.float32]:
    """The course of the voice around each segment.

    Args:
        frames: (V, 34) from `voice_frames`.
        prosody: of the same sound.
        change: (F,) how much of what is said changes from frame to frame (`phone_change`).

    Returns:
        (S, 104) float32: over three seconds, of what is spoken (of pitch, what is voiced), mean, standard
        deviation and mean change from frame to frame of each channel; changes of phones a second; and the
        share that is spoken.
    """
    step = PROSODY_FPS // VOICE_FPS
    rows = np.minimum(np.arange(len(frames)) * step, max(len(prosody) - 1, 0))
    voice = (prosody.voice[rows] > 0.5).astype(np.float64)
    voiced = voice * (prosody.voiced[rows] > 0)
    # One of two frames is looked at and stands for both.
    changes = np.interp(np.arange(len(frames)) * step, np.arange(len(change)), change) * step
    first, last = _windows(len(frames))
    result = np.empty((len(first), CONTEXT_CHANNELS), np.float32)
    # Some minutes at a time: what is summed up of an hour would not stay in any cache.
    for start in range(0, len(first), _SEGMENTS_AT_ONCE):
        part = slice(start, start + _SEGMENTS_AT_ONCE)
        # With the frame before them, from which the first step is made.
        near = slice(max(int(first[start]) - 1, 0), int(last[part][-1]))
        result[part] = _course(
            frames[near],
            voice[near],
            voiced[near],
            changes[near],
            first[part] - near.start,
            last[part] - near.start,
        )
    return result


def _course(
    frames: NDArray[np.float32],
    voice: NDArray[np.float64],
    voiced: NDArray[np.float64],
    changes: NDArray[np.float64],
    first: NDArray[np.intp],
    last: NDArray[np.intp],
) -> NDArray[np.float64]:
    """`voice_context` (S, 104) of a stretch of frames, in windows from first to last."""
    weights = np.repeat(voice[:, None], VOICE_CHANNELS, axis=1)
    weights[:, VOICE_MEL.bands] = voiced
    values = frames.astype(np.float64)
    steps = np.abs(np.diff(values, axis=0, prepend=values[:1]))
    # A step counts where it begins and ends in speech.
    inside = weights * np.concatenate([weights[:1] * 0, weights[:-1]])
    count = _summed(weights, first, last)
    mean = _summed(weights * values, first, last) / np.maximum(count, 1)
    square = _summed(weights * values**2, first, last) / np.maximum(count, 1)
    spread = np.sqrt(np.maximum(square - mean**2, 0)) * (count >= _FEWEST)
    moved = _summed(inside * steps, first, last) / np.maximum(_summed(inside, first, last), 1)
    spoken = _summed(voice[:, None], first, last)
    rate = _summed((voice * changes)[:, None], first, last) / np.maximum(spoken, 1) * VOICE_FPS
    share = spoken / (last - first)[:, None]
    return np.concatenate([mean, spread, moved, rate, share], axis=1, dtype=np.float64)


def phone_change(phones: NDArray[np.floating]) -> NDArray[np.float32]:
    """How much of the posteriors (F, 40) goes over to other phones at each frame (F,), 1 for each new one."""
    steps = np.abs(np.diff(phones.astype(np.float32), axis=0, prepend=phones[:1].astype(np.float32)))
    return steps.sum(axis=1) / 2


def segment_count(frames: int) -> int:
    """S, segments of a voice of V frames."""
    return -(-frames * SEGMENT_FPS // VOICE_FPS)


def _windows(frames: int) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """First frame of the context of each segment, and the one after its last."""
    middle = np.arange(segment_count(frames)) * VOICE_FPS // SEGMENT_FPS
    reach = int(_CONTEXT * VOICE_FPS)
    return np.maximum(middle - reach, 0), np.minimum(middle + reach + 1, frames)


def _summed(
    values: NDArray[np.float64], first: NDArray[np.intp], last: NDArray[np.intp]
) -> NDArray[np.float64]:
    """Sums (S, C) of rows (V, C) from first to last."""
    sums = np.concatenate([np.zeros((1, values.shape[1])), np.cumsum(values, axis=0)])
    return sums[last] - sums[first]
