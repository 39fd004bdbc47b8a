# SPDX-License-Identifier: GPL-3.0-or-later
"""Spontaneous blinks. The one source that owns the lids, unless a generator says that it makes its own.

- Rate: 17 a minute at rest, 26 in conversation (Bentivoglio et al., Movement Disorders 12(6), 1997, 150
  people).
- Shape: the lid falls fast, stays down for a moment and rises at about half the speed (VanderWerf et al.,
  Journal of Neurophysiology 89(5), 2003). It falls in 100-150 ms here: our own choice, from the first
  movement that can be seen until the lids meet; what is measured without the slow start is 70-100 ms.
- Intervals: skewed, most shorter than the mean and a few long; drawn from a shifted log-normal distribution.
- Speech: blinks come at its breakpoints, in pauses and at the end of phrases (Nakano and Kitazawa, "Eyeblink
  entrainment at breakpoints of speech", Experimental Brain Research 205(4), 2010).
- Gaze: 97 per cent of the gaze shifts above 33 degrees come with a blink, which begins as the eyes and the
  head do (Evinger et al., "Not looking while leaping", Experimental Brain Research 100(2), 1994).

How much likelier blinks are in speech's breaks, with how many of the smaller gaze shifts they come, and how
many are double or incomplete, is our own choice.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from math import isfinite, log, sqrt

import numpy as np
from numpy.typing import NDArray

from ..errors import InputError
from .cues import SpeechCues
from .draws import random_of
from .event_clock import STEP, EventClock, likelihood, past_mean, steps
from .gaze import Gaze

BLINKS_PER_MINUTE = 17.0
MOST_PER_MINUTE = 60.0
"""More often than this, blinks would run into each other."""

LEAST_INTERVAL = 0.8
"""Seconds from one closed eye to the next, at least; less only where the rate leaves no room."""
_SPREAD = 0.6
"""Standard deviation of the part of an interval that varies, relative to its mean."""
_FIRST = 0.5
"""Seconds before which no eye is closed, so that a clip starts with open eyes."""
_CLOSING = (0.10, 0.15)
_CLOSED = (0.015, 0.04)
"""Shortest and longest seconds."""
_OPENING = (1.6, 2.2)
"""Least and most of how much longer opening takes than closing."""
_BATCH = 64
"""Blinks drawn at once. Fixed, so that the sequence of random numbers does not depend on the length."""

_IN_PAUSE = 2.0
_AT_END = 5.0
"""How much likelier blinks are in a pause, and from `_BEFORE_END` before the end of a phrase to
`_AFTER_END` after it: there the product of both."""
_BEFORE_END, _AFTER_END = 0.15, 0.35
_TYPICAL = 2.0
"""Mean of these factors in running speech, for the first minute of a clip."""
_SHIFT_MIDDLE, _SHIFT_SPREAD = np.radians([19.0, 4.0])
"""The share of gaze shifts with a blink is 1 / (1 + exp(-(size - middle) / spread)): 97 % at 33 degrees."""
_LEAST_SHIFT = np.radians(5.0)
"""Radians below which blinks do not care for gaze shifts."""
_MOST_BY_SHIFTS = 0.6
"""Share of the blinks that gaze shifts may bring."""
_TYPICAL_BY_SHIFTS = 0.08
"""Blinks a second that they bring, for the first minute of a clip."""
LEAST_APART = 0.45
"""Seconds between two blinks that came at a time of their own, where cues bring them together."""

DOUBLE_SHARE = 0.06
DOUBLE_INTERVAL = (0.30, 0.45)
"""How many blinks are followed by another at once, and seconds from closed to closed."""
MOST_WITH_DOUBLES = 40.0
"""Blinks a minute from which on there is no room for double ones."""
INCOMPLETE_SHARE = 0.10
INCOMPLETE_DEPTH = (0.5, 0.85)
"""How many blinks do not close the eye, and how far they go."""


@dataclass(frozen=True)
class Blink:
    """One blink; both eyes do the same. Times in seconds.

    Attributes:
        time: middle of the closed phase.
        closing, closed, opening: durations of the three phases.
        depth: how far it closes, 1 wholly.
    """

    time: float
    closing: float
    closed: float
    opening: float
    depth: float = 1.0

    def closure(self, times: NDArray[np.floating]) -> NDArray[np.float64]:
        """How far the lids are closed at times relative to `time`: 0 open, `depth` at most. Any shape."""
        half = self.closed / 2
        falling = np.clip((times + half + self.closing) / self.closing, 0, 1)
        # The power lets the lid start up fast and come to rest slowly.
        rising = np.clip((times - half) / self.opening, 0, 1) ** 0.8
        return self.depth * (0.5 - 0.5 * np.cos(np.pi * falling)) * (0.5 + 0.5 * np.cos(np.pi * rising))


def generate_blinks(
    count: int,
    fps: float,
    *,
    seed: int,
    per_minute: float = BLINKS_PER_MINUTE,
    cues: SpeechCues | None = None,
    gaze: Gaze | None = None,
) -> NDArray[np.float32]:
    """Blinking for a clip.

    The same seed, rate and cues give the same blinks at any frame rate (each moved to the nearest frame, so
    that one frame shows closed eyes) and for any length (a longer clip starts with the shorter one's, which
    leaves out a blink that it has no room to finish). Frame 0 and the last frame have open eyes.

    Args:
        count: number of frames.
        fps: frames per second, 12 or more for blinks that keep their shape.
        seed: any whole number.
        per_minute: mean rate, at most 60 (higher ones are taken as 60); 0 gives no blinks.
        cues: of the speech. With them, or with a gaze, blinks gather at its breaks and at large gaze
            shifts, and some are double or incomplete; the mean rate stays the same.
        gaze: of the clip.

    Returns:
        (count,) float32 in 0..1; 1 = closed.

    Raises:
        InputError: the rate is negative or not a number, or fps is not above zero.
    """
    if not (isfinite(fps) and fps > 0):
        raise InputError(f"The frame rate is {fps}: expected frames per second above 0.")
    closure = np.zeros(count, np.float32)
    drawn = (
        blinks(seed, per_minute)
        if cues is None and gaze is None
        else cued_blinks(count / fps, seed=seed, per_minute=per_minute, cues=cues, gaze=gaze)
    )
    for blink in drawn:
        peak = round(blink.time * fps)
        first = max(0, peak - int((blink.closing + blink.closed) * fps) - 1)
        last = peak + int((blink.closed + blink.opening) * fps) + 2
        if last > count:
            # Eyes that the end of a clip caught half shut would stay so.
            break
        if peak == 0:
            continue
        frames = np.arange(first, last)
        values = blink.closure((frames - peak) / fps)
        # Where blinks come together, the more closed one counts.
        closure[frames] = np.maximum(closure[frames], values)
    return closure


def blinks(seed: int, per_minute: float = BLINKS_PER_MINUTE) -> Iterator[Blink]:
    """Blinks in order of time, without end; none at rate 0. Raises `InputError` for a negative rate."""
    time = None
    for interval, share, closing, closed, opening in _draws(seed, per_minute):
        # The first comes anywhere in an interval: the clip does not start with a blink each time.
        time = _FIRST + share * 60 / min(per_minute, MOST_PER_MINUTE) if time is None else time + interval
        yield Blink(time, closing, closed, opening)


def _draws(seed: int, per_minute: float) -> Iterator[tuple[float, ...]]:
    """Seconds since the blink before, a number in 0..1, and the durations of the phases, without end."""
    if not per_minute >= 0:
        raise InputError(f"The blink rate is {per_minute} a minute: expected 0 (no blinks) to 60.")
    if per_minute == 0:
        return
    mean = 60 / min(per_minute, MOST_PER_MINUTE)
    least = min(LEAST_INTERVAL, mean / 2)
    sigma = sqrt(log(1 + _SPREAD**2))
    location = log(mean - least) - sigma**2 / 2
    random = random_of(seed, "blink")
    while True:
        intervals = least + np.exp(location + sigma * random.standard_normal(_BATCH))
        shares = random.random(_BATCH)
        closing, closed, slower = random.uniform(
            *np.transpose([_CLOSING, _CLOSED, _OPENING]), size=(_BATCH, 3)
        ).T
        yield from zip(
            *(row.tolist() for row in (intervals, shares, closing, closed, closing * slower)), strict=True
        )


def cued_blinks(
    duration: float,
    *,
    seed: int,
    per_minute: float = BLINKS_PER_MINUTE,
    cues: SpeechCues | None = None,
    gaze: Gaze | None = None,
) -> Iterator[Blink]:
    """Blinks of a clip that follow its speech and gaze, in order of time.

    Args: as of `generate_blinks`; `duration` in seconds.
    """
    rate = min(per_minute, MOST_PER_MINUTE)
    doubles = DOUBLE_SHARE if rate < MOST_WITH_DOUBLES else 0.0
    least = min(LEAST_APART, 30 / rate) if rate > 0 else 0.0
    clock: EventClock | None = None
    reading = before = 0.0
    random = random_of(seed, "blink_kind")
    for interval, share, closing, closed, opening in _draws(seed, rate / (1 + doubles)):
        if clock is None:
            clock = _clock(duration, 60 / rate * (1 + doubles), cues, gaze)
            reading = clock.reading(_FIRST) + share * 60 / rate
        else:
            reading += interval
        time, with_gaze = clock.time(reading)
        # The lid starts as the eye does.
        time += (closing + closed / 2) if with_gaze else 0.0
        before = time = max(time, before + least)
        if time > duration:
            return
        kind, depth, again, pause = random.random(4).tolist()
        depth = INCOMPLETE_DEPTH[0] + depth * (INCOMPLETE_DEPTH[1] - INCOMPLETE_DEPTH[0])
        yield Blink(time, closing, closed, opening, depth if kind < INCOMPLETE_SHARE else 1.0)
        if again < doubles:
            before = time + DOUBLE_INTERVAL[0] + pause * (DOUBLE_INTERVAL[1] - DOUBLE_INTERVAL[0])
            yield Blink(before, closing, closed, opening)


def _clock(duration: float, mean: float, cues: SpeechCues | None, gaze: Gaze | None) -> EventClock:
    """A clock on which blinks that follow cues come every `mean` seconds."""
    count = steps(duration)
    speed = np.ones(count)
    typical = 1.0
    if cues is not None and len(cues.phrases):
        ends = cues.phrases[:, 1]
        pauses = cues.pauses
        speed = likelihood(
            count,
            [
                (pauses[:, 0], pauses[:, 1], _IN_PAUSE),
                (ends - _BEFORE_END, ends + _AFTER_END, _AT_END),
            ],
        )
        typical = _TYPICAL
    if gaze is None:
        return EventClock(speed / past_mean(speed, typical))
    large = (gaze.shift_sizes >= _LEAST_SHIFT) & (gaze.shift_times >= _FIRST) & (gaze.shift_times < duration)
    times, sizes = gaze.shift_times[large], gaze.shift_sizes[large]
    jumps = mean / (1 + np.exp(-(sizes - _SHIFT_MIDDLE) / _SHIFT_SPREAD))
    # What comes with gaze shifts does not come at other times.
    place = (times / STEP).astype(np.intp)
    jumping = np.zeros(count)
    np.add.at(jumping, place, jumps / STEP)
    share = past_mean(jumping, _TYPICAL_BY_SHIFTS * mean if gaze.shift_sizes.any() else 0.0)
    jumps *= np.minimum(1, _MOST_BY_SHIFTS / np.maximum(share, 1e-9))[place]
    return EventClock(
        speed / past_mean(speed, typical) * (1 - np.minimum(share, _MOST_BY_SHIFTS)), times, jumps
    )
