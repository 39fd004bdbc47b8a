# SPDX-License-Identifier: GPL-3.0-or-later
"""Resampling of mono sound to 16 kHz, in NumPy, block by block.

Blender brings no resampler that can be used from NumPy, and its sound library's best one is slower than
everything else here together. So one is used in Blender and outside, and both animate alike.
"""

from math import gcd

import numpy as np
from numpy.typing import NDArray

from .sample_rate import SAMPLE_RATE

PASS_BAND = 0.95
"""Part of the lower Nyquist frequency that passes unchanged: 7600 Hz, where the mel bands end."""
STOP_BAND_DECIBELS = 80.0
"""How far everything above the lower Nyquist frequency is damped."""

_GROUP = 64
"""Outputs computed by one matrix, at least when the rate allows: large enough for BLAS, and small enough
that the inputs of a group are not many more than those of one output."""
_BATCH_VALUES = 1 << 20
"""Input values copied out for one matrix product."""


class Resampler:
    """Band-limited resampling (Kaiser-windowed sinc), zero phase, of a stream of blocks.

    Output sample m is at second m / 16000, input sample k at second k / source_rate, exactly. The sound is
    surrounded by zeros. Constants stay constant.
    """

    def __init__(self, source_rate: int) -> None:
        """Resample from `source_rate` samples per second, a whole number above zero."""
        divisor = gcd(source_rate, SAMPLE_RATE)
        # Outputs m and m + _up have the same filter, _down inputs apart.
        self._up = SAMPLE_RATE // divisor
        self._down = source_rate // divisor
        self._group = _group_size(self._up)
        self._phases = self._up // gcd(self._group, self._up)
        self._identity = source_rate == SAMPLE_RATE

        # In units of the input's sample rate. Kaiser's estimate of length and shape for the damping wanted.
        nyquist = min(source_rate, SAMPLE_RATE) / 2 / source_rate
        width = (1 - PASS_BAND) * nyquist
        self._cutoff = nyquist - width / 2
        self._reach = int(np.ceil((STOP_BAND_DECIBELS - 8) / (2.285 * 2 * np.pi * width) / 2))
        self._beta = 0.1102 * (STOP_BAND_DECIBELS - 8.7)

        self._matrices: dict[int, NDArray[np.float32]] = {}
        self._pending = np.zeros(self._reach, np.float32)
        self._pending_start = -self._reach
        self._received = 0
        self._next_group = 0
        self._emitted = 0

    def push(self, block: NDArray[np.float32]) -> NDArray[np.float32]:
        """Take the next samples, shape (n,) float32; returns the outputs they complete, shape (m,)."""
        if self._identity:
            return block
        self._received += len(block)
        return self._advance(block)

    def finish(self) -> NDArray[np.float32]:
        """End of the sound: the rest, so that there are round(n * 16000 / source_rate) samples in all."""
        if self._identity:
            return np.empty(0, np.float32)
        total = (2 * self._received * self._up + self._down) // (2 * self._down)
        last_group = -(-total // self._group)
        end = self._first_input(last_group) + self._span()
        missing = max(0, end - (self._pending_start + len(self._pending)))
        emitted = self._emitted
        return self._advance(np.zeros(missing, np.float32))[: total - emitted]

    def _first_input(self, group: int) -> int:
        """Index of the first input that a group's outputs need."""
        return group * self._group * self._down // self._up - self._reach

    def _span(self) -> int:
        """Number of inputs that a group's outputs need."""
        return -(-(self._group - 1) * self._down // self._up) + 2 * self._reach + 2

    def _advance(self, block: NDArray[np.float32]) -> NDArray[np.float32]:
        self._pending = np.concatenate([self._pending, block])
        available = self._pending_start + len(self._pending) - self._span()
        first, end = self._next_group, self._next_group
        # The last group g with _first_input(g) <= available, plus one.
        if available >= self._first_input(first):
            end = ((available + self._reach + 1) * self._up - 1) // (self._group * self._down) + 1
        count = end - first
        output = np.empty((count, self._group), np.float32)
        for offset in range(min(self._phases, count)):
            output[offset :: self._phases] = self._same_phase(first + offset, end)
        self._next_group = end
        self._emitted += count * self._group
        keep = self._first_input(end)
        self._pending = self._pending[keep - self._pending_start :].copy()
        self._pending_start = keep
        return output.reshape(-1)

    def _same_phase(self, first: int, end: int) -> NDArray[np.float32]:
        """Outputs of the groups first, first + phases, ... before `end`; shape (groups, group)."""
        matrix = self._matrix(first % self._phases)
        step = self._phases * self._group * self._down // self._up
        start = self._first_input(first) - self._pending_start
        count = -(-(end - first) // self._phases)
        windows = np.lib.stride_tricks.sliding_window_view(self._pending[start:], self._span())[::step]
        batch = max(1, _BATCH_VALUES // self._span())
        # Overlapping windows have to be copied out, else NumPy multiplies without BLAS.
        parts = [
            np.ascontiguousarray(windows[begin : min(begin + batch, count)]) @ matrix
            for begin in range(0, count, batch)
        ]
        return np.concatenate(parts)

    def _matrix(self, phase: int) -> NDArray[np.float32]:
        """Filter of the groups of one phase, shape (span, group): inputs to outputs."""
        if phase not in self._matrices:
            first_output = phase * self._group
            position = (first_output + np.arange(self._group)) * self._down / self._up
            distance = self._first_input(phase) + np.arange(self._span())[:, None] - position
            inside = np.clip(1 - (distance / self._reach) ** 2, 0, None)
            kaiser = np.where(inside > 0, np.i0(self._beta * np.sqrt(inside)), 0)
            weights = np.sinc(2 * self._cutoff * distance) * kaiser
            self._matrices[phase] = (weights / weights.sum(axis=0)).astype(np.float32)
        return self._matrices[phase]


def _group_size(up: int) -> int:
    """Outputs in a group: so that few phases differ, and matrices stay small.

    A multiple of `up` when that is small (one phase), else a divisor of it.
    """
    if up <= 5 * _GROUP:
        return up * -(-_GROUP // up)
    return max(size for size in range(1, _GROUP + 1) if up % size == 0)
