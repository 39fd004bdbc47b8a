# SPDX-License-Identifier: GPL-3.0-or-later
"""ExpNet's log-mel spectrogram, in plain NumPy, whole or as a stream with the same result to the bit.

16 kHz, FFT 800, hop 200, 80 bands of 55-7600 Hz, as SadTalker (appendix B.1) takes from Wav2Lip. Three
things of Wav2Lip's are left out: pre-emphasis, the scaling to +-4, and any normalisation over the clip
(a second of silence in front must not change the values after it).

Shape letters: T columns (80 a second), N frames.
"""

from collections.abc import Iterable, Iterator
from functools import cache

import numpy as np
from numpy.typing import NDArray

from .sample_rate import SAMPLE_RATE

FFT_SIZE = 800
"""Samples in one analysis window: 50 ms."""
HOP = 200
"""Samples between columns: 12.5 ms."""
COLUMNS_PER_SECOND = SAMPLE_RATE / HOP
MEL_BANDS = 80
LOWEST_HZ = 55.0
HIGHEST_HZ = 7600.0
MAGNITUDE_FLOOR = 1e-5
SILENCE = float(np.log10(MAGNITUDE_FLOOR))
"""Value of every band of digital silence, and of everything outside the sound."""
WINDOW_COLUMNS = 16
"""Columns that ExpNet sees for one frame: 0.2 s."""

_HALF = FFT_SIZE // 2
_CHUNK_COLUMNS = 256
"""Columns transformed at once: small enough to stay in the processor's cache, large enough for NumPy."""


def log_mel(samples: NDArray[np.float32]) -> NDArray[np.float32]:
    """Log10 mel magnitudes of a sound.

    Args:
        samples: (n,) float, 16 kHz mono.

    Returns:
        (T, 80) float32 with T = n // 200 + 1; column k is centred on sample 200 k, the sound being
        surrounded by zeros. Equal to log10(max(m, 1e-5)) of librosa's `melspectrogram` with power 1,
        `center=True, pad_mode="constant"` and the Slaney filters.
    """
    stream = LogMelStream()
    return np.concatenate([stream.push(samples), stream.finish()])


class LogMelStream:
    """`log_mel` of a sound that comes in blocks of any sizes, equal to the bit to the whole."""

    def __init__(self) -> None:
        # The zeros before the sound: the first column is centred on sample 0.
        self._pending = np.zeros(_HALF, np.float32)
        self._received = 0
        self._emitted = 0

    def push(self, block: NDArray[np.float32]) -> NDArray[np.float32]:
        """Take the next samples, shape (n,); returns the columns they complete, shape (t, 80)."""
        block = np.asarray(block, dtype=np.float32)
        self._received += len(block)
        self._pending = np.concatenate([self._pending, block])
        return self._emit((len(self._pending) - FFT_SIZE) // HOP + 1)

    def finish(self) -> NDArray[np.float32]:
        """End of the sound: the columns that reach beyond it, shape (t, 80)."""
        self._pending = np.concatenate([self._pending, np.zeros(_HALF, np.float32)])
        return self._emit(self._received // HOP + 1 - self._emitted)

    def _emit(self, count: int) -> NDArray[np.float32]:
        if count <= 0:
            return np.empty((0, MEL_BANDS), np.float32)
        columns = np.empty((count, MEL_BANDS), np.float32)
        windows = np.lib.stride_tricks.sliding_window_view(self._pending, FFT_SIZE)[::HOP]
        for start in range(0, count, _CHUNK_COLUMNS):
            stop = min(start + _CHUNK_COLUMNS, count)
            columns[start:stop] = _log_mel_columns(windows[start:stop])
        self._pending = self._pending[count * HOP :].copy()
        self._emitted += count
        return columns


def mel_columns(blocks: Iterable[NDArray[np.float32]]) -> Iterator[NDArray[np.float32]]:
    """Columns (t, 80) of a sound that comes in 1-D float32 blocks at 16 kHz: those of `log_mel`."""
    stream = LogMelStream()
    for block in blocks:
        yield stream.push(block)
    yield stream.finish()


def mel_windows(
    mel: NDArray[np.float32], times: NDArray[np.floating], *, first_column: int = 0
) -> NDArray[np.float32]:
    """The 0.2 s of spectrogram around each frame.

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


def mel_filterbank() -> NDArray[np.float64]:
    """Slaney's triangular filters of equal area, shape (80, 401): bands over FFT bins (20 Hz each).

    Slaney, Auditory Toolbox, 1998: linear below 1 kHz (200/3 Hz a mel), logarithmic above.
    """
    corners = _corner_frequencies()[:, None]
    bins = np.arange(_HALF + 1) * (SAMPLE_RATE / FFT_SIZE)
    low, centre, high = corners[:-2], corners[1:-1], corners[2:]
    triangles = np.minimum((bins - low) / (centre - low), (high - bins) / (high - centre))
    return np.maximum(triangles, 0) * (2 / (high - low))


def _corner_frequencies() -> NDArray[np.float64]:
    """Hz of the 82 corners: band b rises from corner b to b + 1 and falls to b + 2."""
    hz_per_mel, knee_hz, log_step = 200 / 3, 1000.0, np.log(6.4) / 27
    knee_mel = knee_hz / hz_per_mel

    def to_mel(hz: float) -> float:
        return hz / hz_per_mel if hz < knee_hz else knee_mel + np.log(hz / knee_hz) / log_step

    mels = np.linspace(to_mel(LOWEST_HZ), to_mel(HIGHEST_HZ), MEL_BANDS + 2)
    return np.where(mels < knee_mel, mels * hz_per_mel, knee_hz * np.exp(log_step * (mels - knee_mel)))


@cache
def _hann() -> NDArray[np.float32]:
    """Periodic Hann window, shape (800,)."""
    cosine = np.cos(2 * np.pi * np.arange(FFT_SIZE) / FFT_SIZE)
    return (0.5 - 0.5 * cosine).astype(np.float32)


@cache
def _sparse_filters() -> tuple[slice, NDArray[np.intp], NDArray[np.float32], NDArray[np.float32]]:
    """The filterbank as sums over neighbouring corners.

    Between two corners only one band rises and only the one before falls. So the bins used, the first
    bin after each corner (81,), and each bin's rising and falling weight say everything. 40 times fewer
    products than the dense matrix, and sums whose order does not depend on the number of columns (as a
    BLAS product's does), which keeps the stream equal to the whole.
    """
    corners = _corner_frequencies()
    bins = np.arange(_HALF + 1) * (SAMPLE_RATE / FFT_SIZE)
    used = slice(int(np.searchsorted(bins, corners[0])), int(np.searchsorted(bins, corners[-1])))
    segment = np.searchsorted(corners, bins[used], side="right") - 1
    filters = mel_filterbank()[:, used]
    column = np.arange(len(segment))
    rising = np.where(segment < MEL_BANDS, filters[np.minimum(segment, MEL_BANDS - 1), column], 0)
    falling = np.where(segment > 0, filters[np.maximum(segment - 1, 0), column], 0)
    starts = np.searchsorted(segment, np.arange(MEL_BANDS + 1))
    return used, starts, rising.astype(np.float32), falling.astype(np.float32)


def _log_mel_columns(windows: NDArray[np.float32]) -> NDArray[np.float32]:
    """(t, 800) samples to (t, 80)."""
    used, starts, rising, falling = _sparse_filters()
    spectrum = np.fft.rfft(windows * _hann(), axis=1)[:, used]
    magnitude = np.sqrt(spectrum.real**2 + spectrum.imag**2).astype(np.float32)
    rise = np.add.reduceat(magnitude * rising, starts, axis=1)
    fall = np.add.reduceat(magnitude * falling, starts, axis=1)
    bands = np.maximum(rise[:, :-1] + fall[:, 1:], np.float32(MAGNITUDE_FLOOR))
    # Again after the logarithm, which rounds: the floor is exactly what `mel_windows` puts outside.
    return np.maximum(np.log10(bands), np.float32(SILENCE))
