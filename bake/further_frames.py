# SPDX-License-Identifier: GPL-3.0-or-later
"""Frames that a bake clears or comes to rest in without filling them, while other parts of the take go on.

Emotion that is shorter than speech leaves the speech behind it, and the other way round.
"""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from .channels import REST
from .curve_keys import CurveKeys
from .key_driver import KeyDriver
from .layers import Layer
from .placement import Placement
from .written import sum_of

Run = tuple[int, int]
"""First and last of frames that follow each other."""


class FurtherFrames:
    """What shape keys do in these frames.

    Args:
        driver: makes the values of the keys.
        layers: of the take, by part, with those that are baked.
        parts: that are baked.
        place: frames that are written and cleared.
    """

    def __init__(
        self, driver: KeyDriver, layers: Mapping[str, Layer], parts: Sequence[str], place: Placement
    ) -> None:
        self._column_of = {key: column for column, key in enumerate(driver.keys)}
        self._tail = (place.last + 1, place.last + place.tail)
        self._found: list[tuple[Run, NDArray[np.float32], NDArray[np.bool_]]] = []
        others = {part: layer for part, layer in layers.items() if part not in parts}
        for low, high in _runs(place):
            summed = sum_of(layers, low, high + 1 - low)
            # What is baked leaves nothing here but its way to rest.
            left = summed.copy()
            first, last = max(low, self._tail[0]), min(high, self._tail[1])
            if first <= last:
                left[first - low : last + 1 - low] = sum_of(others, first, last + 1 - first)
            if not left.any():
                continue
            goes_on = (np.abs(driver.values(left) - driver.rest) > REST).any(axis=0)
            if goes_on.any():
                self._found.append(((low, high), driver.values(summed), goes_on))

    def runs(self, key: str) -> tuple[Run, ...]:
        """Where a shape key goes on."""
        column = self._column_of.get(key)
        return () if column is None else tuple(run for run, _, goes_on in self._found if goes_on[column])

    def keys(self, key: str) -> CurveKeys:
        """A key on each frame where a shape key goes on."""
        keys = CurveKeys.none()
        for (low, high), values, goes_on in self._found:
            if key in self._column_of and goes_on[self._column_of[key]]:
                column = values[:, self._column_of[key]].astype(np.float64)
                keys = keys.joined(CurveKeys.linear(np.arange(low, high + 1), column))
        return keys

    def comes_to_rest(self, key: str) -> bool:
        """Whether nothing else moves a shape key just after the baked frames."""
        first, last = self._tail
        return not any(low <= last and high >= first for low, high in self.runs(key))


def _runs(place: Placement) -> list[Run]:
    """The frames of `FurtherFrames`."""
    cleared = [each for own in place.cleared.values() for each in own]
    ranges = [(place.last + 1, place.last + place.tail), *cleared]
    frames = np.unique(np.concatenate([np.arange(low, high + 1) for low, high in ranges]))
    frames = frames[(frames < place.first) | (frames > place.last)]
    starts = np.flatnonzero(np.diff(frames, prepend=-(2**31)) != 1)
    return [(int(each[0]), int(each[-1])) for each in np.split(frames, starts[1:]) if len(each)]
