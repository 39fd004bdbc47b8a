# SPDX-License-Identifier: GPL-3.0-or-later
"""Spontaneous blinks. The one source that owns the lids, unless a generator says that it makes its own.

Rate: 17 a minute at rest, 26 in conversation (Bentivoglio et al., Movement Disorders 12(6), 1997, 150
people). Shape: the lid falls in some 70-100 ms, stays down for a moment and rises at about half the speed
(Sforza et al., Ophthalmic and Physiological Optics 28(4), 2008; VanderWerf et al., Journal of
Neurophysiology 89(5), 2003). Intervals: skewed, most shorter than the mean and a few long; drawn from a
shifted log-normal distribution.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from math import exp, isfinite, log, sqrt

import numpy as np
from numpy.typing import NDArray

from ..errors import InputError

BLINKS_PER_MINUTE = 17.0
MOST_PER_MINUTE = 60.0
"""More often than this, blinks would run into each other."""

LEAST_INTERVAL = 0.8
"""Seconds from one closed eye to the next, at least; less only where the rate leaves no room."""
_SPREAD = 0.6
"""Standard deviation of the part of an interval that varies, relative to its mean."""
_FIRST = 0.5
"""Seconds before which no eye is closed, so that a clip starts with open eyes."""
_CLOSING = (0.07, 0.10)
_CLOSED = (0.015, 0.04)
_OPENING = (0.15, 0.25)
"""Shortest and longest seconds of the three phases."""
_BATCH = 64
"""Blinks drawn at once. Fixed, so that the sequence of random numbers does not depend on the length."""


@dataclass(frozen=True)
class Blink:
    """One blink; both eyes do the same. Times in seconds.

    Attributes:
        time: middle of the closed phase.
        closing, closed, opening: durations of the three phases.
    """

    time: float
    closing: float
    closed: float
    opening: float

    def closure(self, times: NDArray[np.floating]) -> NDArray[np.float64]:
        """How far the lids are closed at times relative to `time`: 0 open, 1 closed. Any shape."""
        half = self.closed / 2
        falling = np.clip((times + half + self.closing) / self.closing, 0, 1)
        # The power lets the lid start up fast and come to rest slowly.
        rising = np.clip((times - half) / self.opening, 0, 1) ** 0.8
        return (0.5 - 0.5 * np.cos(np.pi * falling)) * (0.5 + 0.5 * np.cos(np.pi * rising))


def generate_blinks(
    count: int, fps: float, *, seed: int, per_minute: float = BLINKS_PER_MINUTE
) -> NDArray[np.float32]:
    """Blinking for a clip.

    The same seed and rate give the same blinks at any frame rate (each moved to the nearest frame, so that
    one frame shows closed eyes) and for any length (a longer clip starts with the shorter one's, which leaves
    out a blink that it has no room to finish). Frame 0 and the last frame have open eyes.

    Args:
        count: number of frames.
        fps: frames per second, 12 or more for blinks that keep their shape.
        seed: any whole number.
        per_minute: mean rate, at most 60 (higher ones are taken as 60); 0 gives no blinks.

    Returns:
        (count,) float32 in 0..1; 1 = closed.

    Raises:
        InputError: the rate is negative or not a number, or fps is not above zero.
    """
    if not (isfinite(fps) and fps > 0):
        raise InputError(f"The frame rate is {fps}: expected frames per second above 0.")
    closure = np.zeros(count, np.float32)
    for blink in blinks(seed, per_minute):
        peak = round(blink.time * fps)
        first = max(0, peak - int((blink.closing + blink.closed) * fps) - 1)
        last = peak + int((blink.closed + blink.opening) * fps) + 2
        if last > count:
            # Eyes that the end of a clip caught half shut would stay so.
            break
        frames = np.arange(first, last)
        values = blink.closure((frames - peak) / fps)
        # Where a low frame rate brings two blinks together, the more closed one counts.
        closure[frames] = np.maximum(closure[frames], values)
    return closure


def blinks(seed: int, per_minute: float = BLINKS_PER_MINUTE) -> Iterator[Blink]:
    """Blinks in order of time, without end; none at rate 0. Raises `InputError` for a negative rate."""
    if not per_minute >= 0:
        raise InputError(f"The blink rate is {per_minute} a minute: expected 0 (no blinks) to 60.")
    if per_minute == 0:
        return
    mean = 60 / min(per_minute, MOST_PER_MINUTE)
    least = min(LEAST_INTERVAL, mean / 2)
    sigma = sqrt(log(1 + _SPREAD**2))
    location = log(mean - least) - sigma**2 / 2
    # The tag keeps blinks apart from other generators with the same seed.
    tag = int.from_bytes(b"blink", "big")
    random = np.random.Generator(np.random.PCG64([abs(seed), int(seed < 0), tag]))

    time = None
    while True:
        intervals = random.standard_normal(_BATCH)
        first_shares = random.random(_BATCH)
        phases = random.uniform(*np.transpose([_CLOSING, _CLOSED, _OPENING]), size=(_BATCH, 3))
        for interval, share, durations in zip(intervals, first_shares, phases.tolist(), strict=True):
            # The first comes anywhere in an interval: the clip does not start with a blink each time.
            time = _FIRST + share * mean if time is None else time + least + exp(location + sigma * interval)
            yield Blink(float(time), *durations)
