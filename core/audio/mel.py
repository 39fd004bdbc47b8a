# SPDX-License-Identifier: GPL-3.0-or-later
"""Log-mel spectrograms in plain NumPy, whole or as a stream with the same result to the bit.

The same computation for each network that hears mel, with its own settings:

- `EXPNET_MEL`: FFT 800, hop 200, 80 bands of 55-7600 Hz, as SadTalker (appendix B.1) takes from Wav2Lip.
  Three things of Wav2Lip's are left out: pre-emphasis, the scaling to +-4, and any normalisation over the
  clip (a second of silence in front must not change the values after it).
- `MESHTALK_MEL`: 80 bands, FFT 2048, window 800, hop 160 (MeshTalk's supplement, section 1.1). It names no
  frequencies: all up to half the sampling rate, as libraries take where nothing is said.

Shape letters: T columns, B bands, N frames.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from .sample_rate import SAMPLE_RATE


@dataclass(frozen=True)
class MelSettings:
    """What one log-mel spectrogram is made with; the sound has 16 kHz."""

    fft_size: int
    """Samples transformed at once, at least the window: frequencies are SAMPLE_RATE / fft_size Hz apart."""
    window: int
    """Samples under the Hann window, even; the rest of the FFT is zeros."""
    hop: int
    """Samples between columns."""
    bands: int
    lowest_hz: float
    highest_hz: float

    @property
    def columns_per_second(self) -> float:
        """Columns in a second of sound."""
        return SAMPLE_RATE / self.hop


EXPNET_MEL = MelSettings(fft_size=800, window=800, hop=200, bands=80, lowest_hz=55.0, highest_hz=7600.0)
"""80 columns a second, a window of 50 ms; the speech encoder that hears mel takes them too."""
MESHTALK_MEL = MelSettings(fft_size=2048, window=800, hop=160, bands=80, lowest_hz=0.0, highest_hz=8000.0)
"""100 columns a second, a window of 50 ms."""

FFT_SIZE = EXPNET_MEL.fft_size
HOP = EXPNET_MEL.hop
COLUMNS_PER_SECOND = EXPNET_MEL.columns_per_second
MEL_BANDS = EXPNET_MEL.bands
MAGNITUDE_FLOOR = 1e-5
SILENCE = float(np.log10(MAGNITUDE_FLOOR))
"""Value of every band of digital silence, and of everything outside the sound."""
WINDOW_COLUMNS = 16
"""Columns that ExpNet sees for one frame: 0.2 s."""

_CHUNK_COLUMNS = 256
"""Columns transformed at once: small enough to stay in the processor's cache, large enough for NumPy."""


def log_mel(samples: NDArray[np.float32], settings: MelSettings = EXPNET_MEL) -> NDArray[np.float32]:
    """Log10 mel magnitudes of a sound.

    Args:
        samples: (n,) float, 16 kHz mono.
        settings: window, bands and so on.

    Returns:
        (T, B) float32 with T = n // hop + 1; column k is centred on sample hop k, the sound being
        surrounded by zeros. Equal to log10(max(m, 1e-5)) of librosa's `melspectrogram` with power 1,
        `center=True, pad_mode="constant"`, `win_length=window` and the Slaney filters.
    """
    stream = LogMelStream(settings)
    return np.concatenate([stream.push(samples), stream.finish()])


class LogMelStream:
    """`log_mel` of a sound that comes in blocks of any sizes, equal to the bit to the whole."""

    def __init__(self, settings: MelSettings = EXPNET_MEL) -> None:
        self._settings = settings
        # The zeros before the sound: the first column is centred on sample 0.
        self._pending = np.zeros(settings.window // 2, np.float32)
        self._received = 0
        self._emitted = 0

    def push(self, block: NDArray[np.float32]) -> NDArray[np.float32]:
        """Take the next samples, shape (n,); returns the columns they complete, shape (t, B)."""
        block = np.asarray(block, dtype=np.float32)
        self._received += len(block)
        self._pending = np.concatenate([self._pending, block])
        return self._emit((len(self._pending) - self._settings.window) // self._settings.hop + 1)

    def finish(self) -> NDArray[np.float32]:
        """End of the sound: the columns that reach beyond it, shape (t, B)."""
        self._pending = np.concatenate([self._pending, np.zeros(self._settings.window // 2, np.float32)])
        return self._emit(self._received // self._settings.hop + 1 - self._emitted)

    def _emit(self, count: int) -> NDArray[np.float32]:
        settings = self._settings
        if count <= 0:
            return np.empty((0, settings.bands), np.float32)
        columns = np.empty((count, settings.bands), np.float32)
        windows = np.lib.stride_tricks.sliding_window_view(self._pending, settings.window)[:: settings.hop]
        for start in range(0, count, _CHUNK_COLUMNS):
            stop = min(start + _CHUNK_COLUMNS, count)
            columns[start:stop] = _log_mel_columns(windows[start:stop], settings)
        self._pending = self._pending[count * settings.hop :].copy()
        self._emitted += count
        return columns


def mel_columns(
    blocks: Iterable[NDArray[np.float32]], settings: MelSettings = EXPNET_MEL
) -> Iterator[NDArray[np.float32]]:
    """Columns (t, B) of a sound that comes in 1-D float32 blocks at 16 kHz: those of `log_mel`."""
    stream = LogMelStream(settings)
    for block in blocks:
        yield stream.push(block)
    yield stream.finish()


def mel_windows(
    mel: NDArray[np.float32], times: NDArray[np.floating], *, first_column: int = 0
) -> NDArray[np.float32]:
    """The 0.2 s of spectrogram (`EXPNET_MEL`) around each frame.

    Frame times rarely fall on columns (20 ms against 12.5 ms), so columns are interpolated linearly.

    Args:
        mel: (T, 80) from `log_mel`; outside of it there is silence.
        times: (N,) seconds of the frames from the start of the sound.
        first_column: index of `mel`'s first row in the whole sound, when `mel` is a part of it.

    Returns:
        (N, 16, 80) float32; column j is at time + (j - 7.5) * 12.5 ms.
    """
    position = np.asarray(times, np.float64) * COLUMNS_PER_SECOND - (WINDOW_COLUMNS - 1) / 2
    left = np.floor(position).astype(np.int64)
    fraction = (position - left).astype(np.float32)[:, None, None]
    # One row of silence before and one after stand for everything outside.
    padded = np.pad(mel, ((1, 1), (0, 0)), constant_values=SILENCE)
    rows = left[:, None] + np.arange(WINDOW_COLUMNS + 1) - first_column + 1
    columns = padded[np.clip(rows, 0, len(padded) - 1)]
    return columns[:, :-1] * (1 - fraction) + columns[:, 1:] * fraction


def mel_filterbank(settings: MelSettings = EXPNET_MEL) -> NDArray[np.float64]:
    """Slaney's triangular filters of equal area, shape (B, fft_size // 2 + 1): bands over FFT bins.

    Slaney, Auditory Toolbox, 1998: linear below 1 kHz (200/3 Hz a mel), logarithmic above.
    """
    corners = _corner_frequencies(settings)[:, None]
    bins = _bin_frequencies(settings)
    low, centre, high = corners[:-2], corners[1:-1], corners[2:]
    triangles = np.minimum((bins - low) / (centre - low), (high - bins) / (high - centre))
    return np.maximum(triangles, 0) * (2 / (high - low))


def _bin_frequencies(settings: MelSettings) -> NDArray[np.float64]:
    """Hz of the FFT's bins, shape (fft_size // 2 + 1,)."""
    return np.arange(settings.fft_size // 2 + 1) * (SAMPLE_RATE / settings.fft_size)


def _corner_frequencies(settings: MelSettings) -> NDArray[np.float64]:
    """Hz of the B + 2 corners: band b rises from corner b to b + 1 and falls to b + 2."""
    hz_per_mel, knee_hz, log_step = 200 / 3, 1000.0, np.log(6.4) / 27
    knee_mel = knee_hz / hz_per_mel

    def to_mel(hz: float) -> float:
        return hz / hz_per_mel if hz < knee_hz else knee_mel + np.log(hz / knee_hz) / log_step

    mels = np.linspace(to_mel(settings.lowest_hz), to_mel(settings.highest_hz), settings.bands + 2)
    return np.where(mels < knee_mel, mels * hz_per_mel, knee_hz * np.exp(log_step * (mels - knee_mel)))


@cache
def _hann(window: int) -> NDArray[np.float32]:
    """Periodic Hann window, shape (window,)."""
    cosine = np.cos(2 * np.pi * np.arange(window) / window)
    return (0.5 - 0.5 * cosine).astype(np.float32)


@cache
def _sparse_filters(
    settings: MelSettings,
) -> tuple[slice, NDArray[np.intp], NDArray[np.float32], NDArray[np.float32]]:
    """The filterbank as sums over neighbouring corners.

    Between two corners only one band rises and only the one before falls. So the bins used, the first
    bin after each corner (B + 1,), and each bin's rising and falling weight say everything. 40 times fewer
    products than the dense matrix, and sums whose order does not depend on the number of columns (as a
    BLAS product's does), which keeps the stream equal to the whole.
    """
    corners, bins, bands = _corner_frequencies(settings), _bin_frequencies(settings), settings.bands
    used = slice(int(np.searchsorted(bins, corners[0])), int(np.searchsorted(bins, corners[-1])))
    segment = np.searchsorted(corners, bins[used], side="right") - 1
    filters = mel_filterbank(settings)[:, used]
    column = np.arange(len(segment))
    rising = np.where(segment < bands, filters[np.minimum(segment, bands - 1), column], 0)
    falling = np.where(segment > 0, filters[np.maximum(segment - 1, 0), column], 0)
    starts = np.searchsorted(segment, np.arange(bands + 1))
    if not np.all(np.diff(starts, append=len(segment)) > 0):
        raise ValueError(
            f"Bands without a frequency of their own (too many, or too short an FFT): {settings}."
        )
    return used, starts, rising.astype(np.float32), falling.astype(np.float32)


def _log_mel_columns(windows: NDArray[np.float32], settings: MelSettings) -> NDArray[np.float32]:
    """(t, window) samples to (t, B)."""
    used, starts, rising, falling = _sparse_filters(settings)
    # Zeros on one side of the window instead of both: that turns phases and leaves the magnitudes.
    spectrum = np.fft.rfft(windows * _hann(settings.window), n=settings.fft_size, axis=1)[:, used]
    magnitude = np.sqrt(spectrum.real**2 + spectrum.imag**2).astype(np.float32)
    rise = np.add.reduceat(magnitude * rising, starts, axis=1)
    fall = np.add.reduceat(magnitude * falling, starts, axis=1)
    bands = np.maximum(rise[:, :-1] + fall[:, 1:], np.float32(MAGNITUDE_FLOOR))
    # Again after the logarithm, which rounds: the floor is exactly what `mel_windows` puts outside.
    return np.maximum(np.log10(bands), np.float32(SILENCE))
