# SPDX-License-Identifier: GPL-3.0-or-later
"""Events that are likelier at some times than at others, at a mean rate that was asked for.

A clock that runs faster where events are likelier turns any sequence of intervals into one that follows cues
(time rescaling, as of an inhomogeneous point process: Ogata, "Statistical models for earthquake occurrences
and residual analysis for point processes", Journal of the American Statistical Association 83(401), 1988).
Its speed is held against its own mean over the past minute, never over what is to come, so that its mean is 1
and a longer clip has the shorter one's events.

Letter: N steps of `STEP` seconds.
"""

from collections.abc import Iterable
from typing import Final

import numpy as np
from numpy.typing import NDArray

STEP: Final = 0.02
"""Seconds from which on cues differ: a syllable has ten of them."""
_MEMORY: Final = 60.0
"""Seconds over which the mean is held."""
_BEFORE: Final = 8.0
"""Seconds that what was before the clip counts for at its start; less and less within the first minute."""

Floats = NDArray[np.float64]


def steps(duration: float) -> int:
    """Number of steps that cover a clip of `duration` seconds, and one more."""
    return int(duration / STEP) + 2


def likelihood(count: int, windows: Iterable[tuple[Floats, Floats, float]]) -> Floats:
    """(count,) how likely events are at each step, 1 where nothing is said of it.

    Args:
        count: N.
        windows: of (starts, ends, factor): seconds (W,) between which the likelihood is multiplied.
    """
    logs = np.zeros(count + 1)
    for starts, ends, factor in windows:
        first, last = (np.clip(np.rint(edge / STEP), 0, count).astype(np.intp) for edge in (starts, ends))
        # Overlapping windows of one kind count once.
        depth = np.zeros(count + 1)
        np.add.at(depth, first, 1)
        np.add.at(depth, np.maximum(first, last), -1)
        logs += np.where(np.cumsum(depth) > 0.5, np.log(factor), 0)
    return np.exp(logs[:count])


def past_mean(values: Floats, before: float) -> Floats:
    """(N,) mean of the minute before each step; `before` stands for what was before the clip."""
    memory = round(_MEMORY / STEP)
    sums = np.concatenate([[0.0], np.cumsum(values)])
    ends = np.arange(len(values))
    starts = np.maximum(ends - memory, 0)
    weight = _BEFORE / STEP * np.maximum(1 - ends / memory, 0)
    return (sums[ends] - sums[starts] + before * weight) / (ends - starts + weight)


class EventClock:
    """A clock whose hand jumps or runs where events are likelier.

    Args:
        speed: (N,) above 0, relative to the mean; 1 everywhere is an ordinary clock.
        jump_times: (J,) seconds, rising, at which the hand jumps.
        jumps: (J,) seconds of the clock by which it does.
    """

    def __init__(self, speed: Floats, jump_times: Floats | None = None, jumps: Floats | None = None) -> None:
        edges = np.arange(len(speed) + 1) * STEP
        hand = np.concatenate([[0.0], np.cumsum(speed) * STEP])
        if jump_times is None or jumps is None or len(jump_times) == 0:
            self._times, self._hand = edges, hand
            return
        # Each jump is a wall in the curve: its time twice, before and after it.
        walls = np.repeat(np.clip(jump_times, 0, edges[-1]), 2)
        heights = np.stack([np.zeros_like(jumps), jumps], axis=1).ravel()
        times = np.concatenate([edges, walls])
        order = np.argsort(times, kind="stable")
        self._times = times[order]
        rises = np.concatenate([np.zeros(len(edges)), heights])[order]
        self._hand = np.interp(self._times, edges, hand) + np.cumsum(rises)

    def reading(self, time: float) -> float:
        """What the clock shows at a second, after the jumps there."""
        index = int(np.searchsorted(self._times, time, "right")) - 1
        if index + 1 >= len(self._times):
            return float(self._hand[-1] + time - self._times[-1])
        share = (time - self._times[index]) / max(self._times[index + 1] - self._times[index], 1e-12)
        return float(self._hand[index] + share * (self._hand[index + 1] - self._hand[index]))

    def time(self, reading: float) -> tuple[float, bool]:
        """The second at which the clock shows a reading, and whether it jumps over it.

        Beyond its end the clock runs like any other.
        """
        index = int(np.searchsorted(self._hand, reading, "left"))
        if index >= len(self._hand):
            return float(self._times[-1] + reading - self._hand[-1]), False
        if index == 0:
            return float(self._times[0]), False
        low, high = self._hand[index - 1], self._hand[index]
        before, after = self._times[index - 1], self._times[index]
        return float(before + (after - before) * (reading - low) / (high - low)), bool(after == before)
