# SPDX-License-Identifier: GPL-3.0-or-later
"""Interpolation of motion between frame rates."""

import numpy as np
from numpy.typing import NDArray


def interpolate_monotone(
    values: NDArray[np.floating], fps: float, times: NDArray[np.floating]
) -> NDArray[np.float32]:
    """Sample evenly spaced values at any times without overshoot.

    Piecewise cubic Hermite interpolation with limited slopes (Fritsch and Carlson, SIAM J. Numer. Anal.
    17(2), 1980; the harmonic mean of Fritsch and Butland, 1984): between two samples the curve stays
    between their values, so weights stay within 0..1 and a mouth never opens wider than either frame.

    Args:
        values: (frames, channels); row i is at second i / fps.
        fps: rows per second.
        times: (samples,) seconds; beyond the ends the end rows hold.

    Returns:
        (samples, channels) float32.
    """
    values = np.asarray(values)
    times = np.asarray(times, dtype=np.float64)
    result = np.empty((len(times), values.shape[1]), np.float32)
    for first in range(0, len(times), _TIMES_PER_BLOCK):
        block = slice(first, first + _TIMES_PER_BLOCK)
        result[block] = _interpolate_block(values, fps, times[block])
    return result


_TIMES_PER_BLOCK = 8192
"""The intermediate arrays are many: hours of motion are taken in blocks."""


def _interpolate_block(
    values: NDArray[np.floating], fps: float, times: NDArray[np.float64]
) -> NDArray[np.float32]:
    count = len(values)
    position = np.clip(times * fps, 0, count - 1)
    if count == 1:
        return np.repeat(values.astype(np.float32), len(position), axis=0)
    left = np.minimum(position.astype(np.int64), count - 2)
    fraction = (position - left).astype(np.float32)[:, None]

    def slopes(rows: NDArray[np.int64]) -> NDArray[np.floating]:
        # One-sided ends are flat: motion starts and ends at rest.
        before = values[rows] - values[np.maximum(rows - 1, 0)]
        after = values[np.minimum(rows + 1, count - 1)] - values[rows]
        product = before * after
        total = before + after
        safe = np.where(product > 0, total, 1)
        return np.where(product > 0, 2 * product / safe, 0)

    start, end = values[left], values[left + 1]
    slope_start, slope_end = slopes(left), slopes(left + 1)
    f = fraction
    result = (
        (1 + 2 * f) * (1 - f) ** 2 * start
        + f * (1 - f) ** 2 * slope_start
        + f * f * (3 - 2 * f) * end
        + f * f * (f - 1) * slope_end
    )
    # Rounding may leave the interval by one unit in the last place.
    low, high = np.minimum(start, end), np.maximum(start, end)
    return np.clip(result, low, high).astype(np.float32)


def interpolate_smooth(
    values: NDArray[np.floating], fps: float, times: NDArray[np.floating]
) -> NDArray[np.float32]:
    """Sample evenly spaced values at any times, with a speed that does not jump.

    Cubic convolution (Keys, IEEE Transactions on Acoustics, Speech, and Signal Processing 29(6), 1981):
    through every value, and exact for parabolas. It may overshoot by a little, as heads do.

    Args:
        values: (frames, channels); row i is at second i / fps.
        fps: rows per second.
        times: (samples,) seconds; beyond the ends the end rows hold.

    Returns:
        (samples, channels) float32.
    """
    values = np.asarray(values, np.float32)
    count = len(values)
    position = np.clip(np.asarray(times, np.float64) * fps, 0, count - 1)
    left = np.minimum(position.astype(np.int64), max(0, count - 2))
    f = (position - left).astype(np.float32)[:, None]
    at = [values[np.clip(left + shift, 0, count - 1)] for shift in (-1, 0, 1, 2)]
    slope_start, slope_end = (at[2] - at[0]) / 2, (at[3] - at[1]) / 2
    return (
        (1 + 2 * f) * (1 - f) ** 2 * at[1]
        + f * (1 - f) ** 2 * slope_start
        + f * f * (3 - 2 * f) * at[2]
        + f * f * (f - 1) * slope_end
    )
