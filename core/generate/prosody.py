# SPDX-License-Identifier: GPL-3.0-or-later
"""How something is said: loudness, pitch and voicing, heard block by block.

Pitch is the lag at which the normalised autocorrelation of a windowed stretch peaks (Boersma, "Accurate
short-term analysis of the fundamental frequency and the harmonics-to-noise ratio of a sampled sound",
Proceedings of the Institute of Phonetic Sciences 17, Amsterdam 1993), at 4 kHz, where all that voices tell
of their pitch is left and a head costs little.

Letter: F frames, 80 a second.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ..audio.sample_rate import SAMPLE_RATE
from ..growing import GrowingRows
from ..runtime import Network
from .speech import hear

PROSODY_FPS: Final = 80
"""Frames a second, as those of the speech encoder; frame k is at second k / 80."""

LOUDEST: Final = 10.0
SOFTEST: Final = -40.0
"""Decibels against the speech's own level between which loudness is told."""

_HOP: Final = SAMPLE_RATE // PROSODY_FPS
_DECIMATION: Final = 4
_RATE: Final = SAMPLE_RATE // _DECIMATION
_PITCH_HOP: Final = 2
"""Frames from one look at the pitch to the next: 40 a second, twice as many as syllables need."""
_WINDOW: Final = 224
"""Samples at 4 kHz, 56 ms: three periods of the deepest voice that is looked for, and a bit."""
_FFT: Final = 512
_LOWEST, _HIGHEST = 60.0, 450.0
"""Hertz between which pitch is looked for: men's to children's voices."""
_VOICED: Final = 0.45
"""Correlation from which a stretch is voiced (as in Praat, Boersma's program)."""
_REGISTER: Final = 100.0
"""Hertz from which registers are counted."""
_FARTHEST: Final = 14.0
"""Semitones from the speaker's median beyond which a pitch was misheard."""
_NEAREST: Final = 0.9
"""A shorter lag with so much of the best correlation is the pitch: every multiple of a period peaks too."""
_FLOOR: Final = 1e-5
"""Root mean square below which there is no voice (-100 dB)."""
_SPEECH: Final = 0.5
"""Voice activity from which a frame counts as speech."""
_LEVEL: Final = 75
"""Percentile of the speech's decibels that is its level: that of its vowels."""


@dataclass(frozen=True)
class Prosody:
    """How something is said. Loudness and pitch are against the speaker's own, so that microphones, distance
    and voices make no difference.

    Attributes:
        loudness: (F,) float32 decibels against the level of the speech, `SOFTEST` to `LOUDEST`.
        pitch: (F,) float32 semitones against the speaker's median; between voiced frames interpolated.
        voiced: (F,) float32 in 0..1, how surely the pitch was heard.
        voice: (F,) float32 in 0..1, whether somebody speaks.
        register: octaves above 100 Hz of the speaker's median pitch; 0 where nothing was voiced.
    """

    loudness: NDArray[np.float32]
    pitch: NDArray[np.float32]
    voiced: NDArray[np.float32]
    voice: NDArray[np.float32]
    register: float = 0.0

    def __len__(self) -> int:
        return len(self.voice)

    @property
    def duration(self) -> float:
        """Seconds."""
        return len(self) / PROSODY_FPS


class ProsodyMeter:
    """Listens to a sound that comes in blocks of any sizes; what it says does not depend on them."""

    def __init__(self) -> None:
        self._waiting = np.empty(0, np.float32)
        self._slow = np.zeros(_WINDOW // 2, np.float32)
        self._power = GrowingRows()
        self._pitch = GrowingRows()
        self._pad = np.zeros(_taps().size // 2, np.float32)
        self._decimated = self._pad

    def push(self, block: NDArray[np.float32]) -> None:
        """Listen to the next samples (n,) at 16 kHz."""
        held = np.concatenate([self._waiting, np.asarray(block, np.float32)])
        whole = len(held) // _HOP * _HOP
        if whole:
            rows = held[:whole].reshape(-1, _HOP)
            # An offset of the recording is no loudness.
            rows = rows - rows.mean(axis=1, keepdims=True)
            self._power.append(np.einsum("ij,ij->i", rows, rows) / np.float32(_HOP))
            self._decimate(held[:whole])
        self._waiting = held[whole:]

    def finish(self, voice: NDArray[np.floating]) -> Prosody:
        """All that was heard.

        Args:
            voice: (F,) whether somebody speaks, from the speech encoder, which hears it under noise.
        """
        count = len(voice)
        left = _HOP - len(self._waiting)
        ending = np.zeros(left + _HOP * (_PITCH_HOP + 1) + _WINDOW * _DECIMATION, np.float32)
        self.push(ending)
        voice = np.asarray(voice, np.float32)
        pitch, voiced, register = _pitch(self._pitch.rows(), voice)
        return Prosody(_loudness(self._power.rows()[:count], voice), pitch, voiced, voice, register)

    def _decimate(self, samples: NDArray[np.float32]) -> None:
        taps = _taps()
        held = np.concatenate([self._decimated, samples])
        count = (len(held) - taps.size) // _DECIMATION + 1
        if count <= 0:
            self._decimated = held
            return
        windows = np.lib.stride_tricks.sliding_window_view(held, taps.size)[::_DECIMATION][:count]
        self._decimated = held[count * _DECIMATION :]
        self._slow = np.concatenate([self._slow, windows @ taps])
        self._look()

    def _look(self) -> None:
        """Look at the pitch wherever there is enough sound for it."""
        step = _PITCH_HOP * _HOP // _DECIMATION
        count = (len(self._slow) - _WINDOW) // step + 1
        if count <= 0:
            return
        windows = np.lib.stride_tricks.sliding_window_view(self._slow, _WINDOW)[::step][:count]
        for first in range(0, count, 2048):
            self._pitch.append(_pitch_of(windows[first : first + 2048]))
        self._slow = self._slow[count * step :]


def measure_prosody(blocks: Iterable[NDArray[np.float32]], encoder: Network) -> Prosody:
    """Prosody of a sound.

    Args:
        blocks: 1-D float32 blocks at 16 kHz, of any sizes.
        encoder: the speech encoder, which hears whether somebody speaks.

    Raises:
        ModelError: the encoder is another network.
    """
    meter = ProsodyMeter()

    def measured() -> Iterator[NDArray[np.float32]]:
        for block in blocks:
            meter.push(block)
            yield block

    return meter.finish(np.concatenate([part.voice for part in hear(encoder, measured())]))


@cache
def _taps() -> NDArray[np.float32]:
    """A low-pass for every fourth sample: a windowed sinc at 1.4 kHz."""
    size = 47
    times = np.arange(size) - size // 2
    taps = np.sinc(times * 1400 * 2 / SAMPLE_RATE) * np.hamming(size)
    return (taps / taps.sum()).astype(np.float32)


@cache
def _window() -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """The window, and one over its own autocorrelation at each lag."""
    window = np.hanning(_WINDOW + 2)[1:-1]
    own = np.fft.irfft(np.abs(np.fft.rfft(window, _FFT)) ** 2)[: _FFT // 2]
    inverse = np.zeros(_FFT // 2)
    inverse[:_WINDOW] = own[0] / np.maximum(own[:_WINDOW], 1e-12)
    return window.astype(np.float32), inverse.astype(np.float32)


def _pitch_of(windows: NDArray[np.float32]) -> NDArray[np.float32]:
    """Octaves above 1 Hz and correlation (n, 2) of stretches (n, `_WINDOW`) at 4 kHz."""
    window, inverse = _window()
    centred = (windows - windows.mean(axis=1, keepdims=True)) * window
    spectrum = np.fft.rfft(centred, _FFT)
    own = np.fft.irfft(spectrum.real**2 + spectrum.imag**2)
    shortest, longest = int(_RATE / _HIGHEST), int(_RATE / _LOWEST) + 1
    lags = np.arange(shortest - 1, longest + 2)
    power = own[:, :1]
    curve = own[:, lags] * inverse[lags] / np.maximum(power, _WINDOW * _FLOOR**2)
    inner = curve[:, 1:-1]
    peaks = np.where((inner >= curve[:, :-2]) & (inner > curve[:, 2:]), inner, 0)
    best = peaks.max(axis=1)
    chosen = np.argmax(peaks >= _NEAREST * best[:, None], axis=1)
    rows = np.arange(len(windows))
    before, at, after = (curve[rows, chosen + shift] for shift in range(3))
    # The peak of the parabola through three values.
    bend = before - 2 * at + after
    shift = np.where(np.abs(bend) > 1e-9, 0.5 * (before - after) / np.where(bend == 0, 1, bend), 0)
    lag = lags[chosen + 1] + np.clip(shift, -0.5, 0.5)
    return np.stack([np.log2(_RATE / lag), np.clip(best, 0, 1)], axis=1).astype(np.float32)


def _loudness(power: NDArray[np.floating], voice: NDArray[np.float32]) -> NDArray[np.float32]:
    """Decibels against the level of what is spoken."""
    count = len(voice)
    padded = np.zeros(count + 4)
    padded[2 : 2 + min(count, len(power))] = power[:count]
    # 25 ms at each side: single glottal pulses are no loudness.
    smooth = np.convolve(padded, (0.1, 0.2, 0.4, 0.2, 0.1), "valid")
    decibels = 10 * np.log10(smooth + _FLOOR**2)
    speech = decibels[voice > _SPEECH]
    level = np.percentile(speech, _LEVEL) if len(speech) else np.max(decibels, initial=-100.0)
    return np.clip(decibels - level, SOFTEST, LOUDEST).astype(np.float32)


def _pitch(
    looks: NDArray[np.floating], voice: NDArray[np.float32]
) -> tuple[NDArray[np.float32], NDArray[np.float32], float]:
    """Semitones, voicedness and register of frames from looks (n, 2): octaves and correlation."""
    count = len(voice)
    times = np.arange(len(looks)) * _PITCH_HOP
    frames = np.arange(count)
    heard = voice[np.minimum(times, count - 1)] if count else np.empty(0)
    is_voiced = (looks[:, 1] > _VOICED) & (heard > _SPEECH)
    if not is_voiced.any():
        return np.zeros(count, np.float32), np.zeros(count, np.float32), 0.0
    octaves = looks[is_voiced, 0].astype(np.float64)
    # A lone look an octave off is taken for its neighbours' middle.
    around = np.pad(octaves, 2, mode="edge")
    octaves = np.median(np.lib.stride_tricks.sliding_window_view(around, 5), axis=1)
    median = np.median(octaves)
    semitones = 12 * (octaves - median)
    likely = np.abs(semitones) <= _FARTHEST
    pitch = np.interp(frames, times[is_voiced][likely], semitones[likely])
    surely = np.clip((looks[:, 1] - _VOICED) / (1 - _VOICED), 0, 1) * (heard > _SPEECH)
    voiced = np.interp(frames, times, surely).astype(np.float32)
    return pitch.astype(np.float32), voiced, float(median - np.log2(_REGISTER))
