# SPDX-License-Identifier: GPL-3.0-or-later
"""Voices and microphones that no training here uses, from one recording.

Training moves pitch and formants together and filters with random curves (`core/training/augment.py`). Here
one moves and the other stays, as between people, and the filter is a small loudspeaker's.

Every function takes and gives (n,) mono float32 samples at 16 kHz and keeps the timing.
"""

from collections.abc import Callable, Mapping
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ..audio import SAMPLE_RATE
from ..training.augment import change_pitch

Samples = NDArray[np.float32]

_FRAME: Final = 1024
_ENVELOPE_SECONDS: Final = 0.0018
"""Cepstrum below this is the vocal tract's; a voice's pitch lies above it."""

_ENVELOPE_ROUNDS: Final = 12


def change_formants(samples: Samples, ratio: float) -> Samples:
    """Move the formants by a ratio, as a shorter (> 1) or longer vocal tract does; the pitch stays."""
    from scipy.signal import istft, stft

    _, _, spectrum = stft(samples, SAMPLE_RATE, nperseg=_FRAME, noverlap=_FRAME * 3 // 4)
    envelope = _envelope(np.log(np.abs(spectrum) + 1e-7))
    source = np.arange(len(envelope)) / ratio
    moved = np.stack([np.interp(source, np.arange(len(envelope)), column) for column in envelope.T], axis=1)
    _, result = istft(
        spectrum * np.exp(np.clip(moved - envelope, -4, 4)),
        SAMPLE_RATE,
        nperseg=_FRAME,
        noverlap=_FRAME * 3 // 4,
    )
    return np.pad(result[: len(samples)], (0, max(0, len(samples) - len(result)))).astype(np.float32)


def _envelope(level: NDArray[np.float64]) -> NDArray[np.float64]:
    """The smooth curve over the peaks of log magnitudes (bins, frames): the vocal tract without the voice.

    The "true envelope" of Roebel and Rodet, DAFx 2005: cepstral smoothing, again and again, of what reaches
    above the curve, so that the valleys between harmonics do not pull it down.
    """
    kept = int(_ENVELOPE_SECONDS * SAMPLE_RATE)
    raised = envelope = level
    for _ in range(_ENVELOPE_ROUNDS):
        cepstrum = np.fft.irfft(raised, axis=0)
        cepstrum[kept:-kept] = 0
        envelope = np.fft.rfft(cepstrum, axis=0).real
        raised = np.maximum(level, envelope)
    return envelope


def change_pitch_alone(samples: Samples, semitones: float) -> Samples:
    """Move the pitch; the formants stay."""
    return change_formants(change_pitch(samples, semitones), 2 ** (-semitones / 12))


def small_loudspeaker(samples: Samples) -> Samples:
    """No bass, a peak at 900 Hz, a hole at 2.2 kHz and little above 5 kHz."""
    hertz = [50, 200, 500, 900, 1500, 2200, 3000, 5000, 8000]
    decibels = [-40, -24, -3, 10, -2, -14, 3, -4, -26]
    frequency = np.maximum(np.fft.rfftfreq(len(samples), 1 / SAMPLE_RATE), 1)
    gain = 10 ** (np.interp(np.log(frequency), np.log(hertz), decibels) / 20)
    return np.fft.irfft(np.fft.rfft(samples) * gain, len(samples)).astype(np.float32)


Change = Callable[[Samples, int], Samples]

CHANGES: Final[Mapping[str, Change]] = {
    "pitch": lambda samples, number: change_pitch_alone(samples, (-5, 7)[number % 2]),
    "formants": lambda samples, number: change_formants(samples, (0.84, 1.19)[number % 2]),
    "equaliser": lambda samples, number: small_loudspeaker(samples),
}
"""By name: from samples and the clip's number to other samples."""
