# SPDX-License-Identifier: GPL-3.0-or-later
"""Edits of a voice by other means than the training's, to see whether a network heard the voice or the tool.

`core/training/emotion/edits.py` takes the voice apart by WORLD. Here Praat moves its glottal periods about
(PSOLA: Moulines and Charpentier, Speech Communication 9, 1990) and resamples for the formants, as its command
"Change gender" does; filters of SciPy do the rest. No training uses these.
"""

import itertools
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ..audio import SAMPLE_RATE
from ..training.augment import Augmented, Samples
from ..training.emotion.edits import LOWEST_TILTED, TILT_PIVOT, VoiceEdit, at_level

_LOWEST_PITCH, _HIGHEST_PITCH = 65.0, 650.0
_STEP: Final = 0.005
"""Seconds between points of the pitch."""
_WIDEST_EXCURSION: Final = 14.0
"""Semitones from the median; beyond are octaves wrongly heard."""
_JITTER: Final = 0.9
"""Semitones of standard deviation from point to point at roughness 1."""
_SHIMMER: Final = 2.0
"""dB of standard deviation at roughness 1."""
_TAPS: Final = 1025
_BREATH_EDGES: Final = (500, 710, 1000, 1410, 2000, 2830, 4000, 5660, 7900)
"""Hz between bands of half an octave, narrow enough for noise to fall with frequency as the voice does."""
_FULL_BREATH: Final = 2000.0
"""Hz from which full breathiness takes all; below, a part that falls to 0 over two octaves."""
_BREATH_SECONDS: Final = 0.008
"""Window over which the strength of the breath follows the voice's."""


def praat_edited(samples: Samples, edit: VoiceEdit, seed: int = 0) -> Augmented:
    """What `WorldVoice(samples, seed).edited(edit)` does, by Praat.

    Args:
        samples: (n,) float32 at 16 kHz, at least 0.1 s: Praat hears no pitch in less.
        edit: all fields mean what they mean there.
        seed: decides breath and roughness.
    """
    import parselmouth

    # Overlap-add puts the pulses of voiceless sounds at Praat's own random places.
    parselmouth.praat.run(f"random_initializeWithSeedUnsafelyButPredictably ({seed})")
    random = np.random.default_rng(seed)
    sound = _rearranged(_with_formants(samples, edit.formants), edit, random)
    count = round(len(samples) / edit.rate)
    sound = np.pad(sound[:count], (0, max(0, count - len(sound))))
    if edit.tilt:
        sound = _tilted(sound, edit.tilt)
    if edit.breathiness:
        sound = _breathy(sound, edit.breathiness, random)
    if edit.roughness:
        sound = sound * _shimmer(count, edit.roughness, random)
    loudness = float(np.sqrt(np.mean(np.square(samples, dtype=np.float64))))
    return Augmented(at_level(sound, loudness, edit.level), edit.rate)


def _with_formants(samples: Samples, ratio: float) -> NDArray[np.float64]:
    import parselmouth

    sound = parselmouth.Sound(samples.astype(np.float64), SAMPLE_RATE)
    if ratio != 1:
        # Pitch floor and ceiling, formants, median pitch (0: as it is), range, duration.
        sound = parselmouth.praat.call(sound, "Change gender", _LOWEST_PITCH, _HIGHEST_PITCH, ratio, 0, 1, 1)
    return np.asarray(sound.values[0])


def _rearranged(
    samples: NDArray[np.float64], edit: VoiceEdit, random: np.random.Generator
) -> NDArray[np.float64]:
    """Pitch, its range and irregularity, and tempo."""
    import parselmouth

    call = parselmouth.praat.call
    sound = parselmouth.Sound(samples, SAMPLE_RATE)
    end = sound.xmax
    track = sound.to_pitch_ac(_STEP, _LOWEST_PITCH, pitch_ceiling=_HIGHEST_PITCH)
    hertz = track.selected_array["frequency"]
    voiced = hertz > 0
    manipulation = call(sound, "To Manipulation", 2 * _STEP, _LOWEST_PITCH, _HIGHEST_PITCH)
    if voiced.any():
        heard = 12 * np.log2(hertz[voiced])
        median = np.median(heard)
        excursion = np.clip(
            np.clip(heard - median, -_WIDEST_EXCURSION, _WIDEST_EXCURSION) * edit.pitch_range,
            -_WIDEST_EXCURSION,
            _WIDEST_EXCURSION,
        )
        jitter = _JITTER * edit.roughness * random.standard_normal(len(heard))
        moved = 2 ** ((median + edit.pitch + excursion + jitter) / 12)
        tier = call("Create PitchTier", "moved", 0, end)
        for time, value in zip(track.xs()[voiced], moved, strict=True):
            call(tier, "Add point", float(time), float(value))
        call([manipulation, tier], "Replace pitch tier")
    tempo = call("Create DurationTier", "tempo", 0, end)
    call(tempo, "Add point", end / 2, 1 / edit.rate)
    call([manipulation, tempo], "Replace duration tier")
    return np.asarray(call(manipulation, "Get resynthesis (overlap-add)").values[0])


def _tilted(sound: NDArray[np.float64], tilt: float) -> NDArray[np.float64]:
    from scipy.signal import fftconvolve, firwin2

    hertz = np.concatenate([[0.0], np.geomspace(LOWEST_TILTED, SAMPLE_RATE / 2, 64)])
    decibels = tilt * np.log2(np.maximum(hertz, LOWEST_TILTED) / TILT_PIVOT)
    return fftconvolve(sound, firwin2(_TAPS, hertz, 10 ** (decibels / 20), fs=SAMPLE_RATE), mode="same")


def _breathy(
    sound: NDArray[np.float64], breathiness: float, random: np.random.Generator
) -> NDArray[np.float64]:
    """Band by band, noise as strong as the voice takes a part of its place."""
    from scipy.ndimage import uniform_filter1d
    from scipy.signal import butter, sosfiltfilt

    result = sound.copy()
    noise = random.standard_normal(len(sound))
    size = max(1, round(_BREATH_SECONDS * SAMPLE_RATE))
    for low, high in itertools.pairwise(_BREATH_EDGES):
        share = np.clip(1 + np.log2(np.sqrt(low * high) / _FULL_BREATH) / 2, 0, 1)
        band = butter(2, (low, high), "bandpass", fs=SAMPLE_RATE, output="sos")
        voice, breath = sosfiltfilt(band, sound), sosfiltfilt(band, noise)
        strength = np.sqrt(np.maximum(uniform_filter1d(voice**2, size), 0) / np.mean(breath**2))
        taken = breathiness * share
        result += (np.sqrt(1 - taken) - 1) * voice + np.sqrt(taken) * strength * breath
    return result


def _shimmer(count: int, roughness: float, random: np.random.Generator) -> NDArray[np.float64]:
    """(count,) gains that go straight between random ones, `_STEP` apart."""
    knots = np.arange(0, count / SAMPLE_RATE + _STEP, _STEP)
    decibels = np.interp(
        np.arange(count) / SAMPLE_RATE, knots, _SHIMMER * roughness * random.standard_normal(len(knots))
    )
    return 10 ** (decibels / 20)
