# SPDX-License-Identifier: GPL-3.0-or-later
"""Saccades: the eyes' jumps, as fast as their size asks for.

A saccade of A degrees lasts 21 ms + 2.2 ms A (Carpenter, "Movements of the Eyes", 1988). Its speed rises
and falls as half a sine, whose peak is pi / 2 of its mean: about 245 degrees a second at 5 degrees, 365 at
10, 480 at 20, and never above 714, the saturating main sequence of Bahill, Clark and Stark (Mathematical
Biosciences 24, 1975).

Letters: F frames, S saccades.
"""

from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

SHORTEST: Final = 0.021
"""Seconds of a saccade without size."""
PER_RADIAN: Final = np.degrees(0.0022)
"""Seconds more for each radian."""

Floats = NDArray[np.float64]


def saccade_duration(size: ArrayLike) -> Floats:
    """Seconds that saccades of some radians last."""
    return SHORTEST + PER_RADIAN * np.asarray(size, np.float64)


def render_saccades(times: Floats, starts: Floats, targets: Floats, *, rest: ArrayLike = (0, 0)) -> Floats:
    """Where the eyes are that jump from target to target.

    Args:
        times: (F,) seconds.
        starts: (S,) seconds at which each saccade begins, rising and far enough apart for it to end.
        targets: (S, 2) radians where it ends.
        rest: (2,) radians, before the first.

    Returns:
        (F, 2) radians.
    """
    places = np.concatenate([np.reshape(np.asarray(rest, np.float64), (1, 2)), targets])
    if len(starts) == 0:
        return np.repeat(places, len(times), axis=0)
    steps = np.diff(places, axis=0)
    durations = saccade_duration(np.hypot(*steps.T))
    latest = np.searchsorted(starts, times, "right") - 1
    # Before the first saccade there is none to be in: it is taken as not begun.
    index = np.maximum(latest, 0)
    share = np.clip((times - starts[index]) / durations[index], 0, 1)
    return places[index] + steps[index] * (0.5 - 0.5 * np.cos(np.pi * share))[:, None]
