# SPDX-License-Identifier: GPL-3.0-or-later
"""Conversions between seconds, frames and samples. Frame i is at second i / fps, exactly."""

import math
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from .errors import InputError

_EDGE_TOLERANCE = 1e-6
"""Seconds: a sound that ends this close after a frame does not open another one."""


def frame_count(duration: float, fps: float) -> int:
    """Number of frames whose time i / fps lies within `duration` seconds."""
    return math.ceil((duration - _EDGE_TOLERANCE) * fps)


def frame_times(count: int, fps: float) -> NDArray[np.float64]:
    """Seconds of the first `count` frames, shape (count,); never accumulated, so they do not drift."""
    return np.arange(count, dtype=np.float64) / fps


NTSC_RATES = tuple(nominal * 1000 / 1001 for nominal in (24, 30, 48, 60, 120))
"""Rates that people write as 23.976, 29.97, 47.95, 59.94 and 119.88."""

_NTSC_TOLERANCE = 0.005
"""Frames per second: 23.98 is written for 24000/1001; 24 and 29.9 are not."""


def parse_fps(text: str) -> float:
    """Frames per second as people write them: 25, 23.976, 30000/1001.

    Shortened NTSC rates become exact, because 29.97 drifts from 30000/1001 by 10 ms in three hours.

    Raises:
        InputError: not a number, or not within 1 to 1000.
    """
    try:
        fps = float(Fraction(str(text).strip().replace(" ", "")))
    except (ValueError, ZeroDivisionError, OverflowError):
        raise InputError(f"fps is '{text}': expected a number such as 25, 23.976 or 30000/1001.") from None
    if not 1 <= fps <= 1000:
        raise InputError(f"fps is {text}: expected 1 to 1000 frames per second.")
    for exact in NTSC_RATES:
        if abs(fps - exact) < _NTSC_TOLERANCE:
            return exact
    return fps
