# SPDX-License-Identifier: GPL-3.0-or-later
"""Conversions between seconds, frames and samples. Frame i is at second i / fps, exactly."""

import math

import numpy as np
from numpy.typing import NDArray

_EDGE_TOLERANCE = 1e-6
"""Seconds: a sound that ends this close after a frame does not open another one."""


def frame_count(duration: float, fps: float) -> int:
    """Number of frames whose time i / fps lies within `duration` seconds."""
    return math.ceil((duration - _EDGE_TOLERANCE) * fps)


def frame_times(count: int, fps: float) -> NDArray[np.float64]:
    """Seconds of the first `count` frames, shape (count,); never accumulated, so they do not drift."""
    return np.arange(count, dtype=np.float64) / fps
