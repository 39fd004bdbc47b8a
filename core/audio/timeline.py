# SPDX-License-Identifier: GPL-3.0-or-later
"""Several sounds placed on one time line, mixed in blocks.

What a video editor calls strips: each sound starts somewhere, is audible for a while, has a volume and
perhaps a changing speed. Only as much of each sound is held as one block needs, so hours of strips flow
through. Positions are samples; the time line and the sounds have one sample rate.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Samples = NDArray[np.float32]

_REACH = 16
"""Samples to each side that an interpolated sample is made of."""
_BATCH = 1 << 14
"""Samples interpolated at once: a few MiB of neighbours."""
_FROZEN = 1e-3
"""Speeds below this are a stopped sound, which is silent."""


@dataclass(frozen=True)
class Curve:
    """Straight lines between knots, held beyond the ends.

    Attributes:
        positions: (K,) on the time line, ascending.
        values: (K,) the value at each knot.
    """

    positions: NDArray[np.float64]
    values: NDArray[np.float64]

    def at(self, first: int, last: int) -> NDArray[np.float64]:
        """Values at the samples first..last-1, shape (last - first,)."""
        return np.interp(np.arange(first, last), self.positions, self.values)


@dataclass(frozen=True)
class PlacedSound:
    """One sound on the time line.

    Attributes:
        open: gives the sound's blocks, 1-D float32, from its beginning.
        source: where in the sound the time line reads: the time line's position of the sound's sample 0
            (it may lie before the time line begins), or for a sound of another speed a `Curve` of
            the sound's samples, never falling.
        first: first audible sample of the time line.
        last: one past the last audible sample; a sound that ends sooner is silent from there.
        gain: a constant factor, or one over time.
    """

    open: Callable[[], Iterator[Samples]]
    source: int | Curve
    first: int
    last: int
    gain: float | Curve = 1.0


def mix(sounds: Sequence[PlacedSound], length: int, block: int) -> Iterator[Samples]:
    """Mix the sounds into consecutive blocks that cover samples 0..length-1 of the time line.

    Args:
        sounds: where each sound lies; overlapping ones are added.
        length: samples of the whole.
        block: samples of one block; the last one may be shorter.

    Yields:
        (block,) float32.
    """
    windows: dict[int, _Window] = {}
    for begin in range(0, length, block):
        end = min(begin + block, length)
        mixed = np.zeros(end - begin, np.float32)
        for index, sound in enumerate(sounds):
            first = max(begin, sound.first, 0)
            last = min(end, sound.last)
            if first >= last:
                continue
            if index not in windows:
                windows[index] = _Window(sound.open())
            samples = _heard(windows[index], sound.source, first, last)
            gain = sound.gain.at(first, last) if isinstance(sound.gain, Curve) else sound.gain
            mixed[first - begin : last - begin] += samples * gain
        yield mixed


def _heard(window: "_Window", source: int | Curve, first: int, last: int) -> Samples:
    """Samples first..last-1 of the time line, before volume."""
    if isinstance(source, int):
        return window.read(first - source, last - source)
    parts = []
    for begin in range(first, last, _BATCH):
        # One more at the end tells the speed of the last sample.
        positions = source.at(begin, min(begin + _BATCH, last) + 1)
        parts.append(_interpolate(window, positions[:-1], np.diff(positions)))
    return np.concatenate(parts)


def _interpolate(window: "_Window", positions: NDArray[np.float64], speed: NDArray[np.float64]) -> Samples:
    """The sound at positions between its samples, by a windowed sinc that keeps faster sound band-limited.

    Args:
        window: the sound.
        positions: (n,) never falling.
        speed: (n,) samples of the sound per sample of the result.
    """
    base = np.floor(positions).astype(np.int64)
    start = int(base[0]) - _REACH + 1
    samples = window.read(start, int(base[-1]) + _REACH + 1)
    offsets = np.arange(-_REACH + 1, _REACH + 1)
    distance = offsets - (positions - base)[:, None]
    cutoff = 1 / np.maximum(speed, 1)[:, None]
    weights = np.sinc(distance * cutoff) * cutoff * np.cos(np.clip(distance / _REACH, -1, 1) * np.pi / 2) ** 2
    neighbours = samples[(base - start)[:, None] + offsets]
    result = np.sum(neighbours * weights, axis=1)
    return np.where(speed < _FROZEN, 0, result).astype(np.float32)


class _Window:
    """A stretch of a stream that moves on: what lies before the last one read is forgotten.

    Before its beginning and past its end a sound is silent.
    """

    def __init__(self, blocks: Iterator[Samples]) -> None:
        self._blocks = blocks
        self._held = np.zeros(0, np.float32)
        self._start = 0
        self._ended = False

    def read(self, first: int, last: int) -> Samples:
        """Samples first..last-1 of the sound; `first` may not fall from call to call."""
        parts = [self._held]
        end = self._start + len(self._held)
        while end < last and not self._ended:
            block = next(self._blocks, None)
            if block is None:
                self._ended = True
                break
            end += len(block)
            if end <= first:
                # Skipped sound is not kept.
                parts, self._start = [], end
            else:
                parts.append(block)
        self._held = np.concatenate(parts) if parts else np.zeros(0, np.float32)
        forget = min(max(first - self._start, 0), len(self._held))
        self._held = self._held[forget:]
        self._start += forget
        before = min(max(self._start - first, 0), last - first) if first < self._start else 0
        inside = self._held[: max(0, last - max(first, self._start))]
        after = last - first - before - len(inside)
        return np.concatenate([np.zeros(before, np.float32), inside, np.zeros(after, np.float32)])
