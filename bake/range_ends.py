# SPDX-License-Identifier: GPL-3.0-or-later
"""What holds emotion within the frames that are baked: it comes from rest, and ends with a part of a take.

Where there were few keys or none, curves would go on beyond these frames as they are there.
"""

from collections.abc import Container, Mapping
from typing import Final

import bpy
import numpy as np
from numpy.typing import NDArray

from ..core.retarget.arkit import EMOTION
from .channels import REST
from .curve_keys import CurveKeys
from .key_driver import KeyDriver
from .layers import Layer
from .placement import Placement
from .written import sum_of

_AS_WRITTEN: Final = 0.02
"""How far a curve with fewer keys may be from its layers; one that is further off was edited, and stays."""


class RangeEnds:
    """The frames before and after a bake.

    Args:
        driver: makes the values of the keys.
        layers: of the take, by part, with those that are baked.
        place: frames that are written.
        felt: the shape keys that emotion moves.
    """

    def __init__(
        self, driver: KeyDriver, layers: Mapping[str, Layer], place: Placement, felt: Container[str]
    ) -> None:
        self._first = place.first
        self._is_whole = place.rest is not None
        beside = (place.first - max(place.lead, 1),) if self._is_whole else (place.first - 1, place.last + 1)
        spans = [span for layer in layers.values() for span in layer.spans]
        frames = [frame for frame in beside if any(low <= frame <= high for _, low, high in spans)]
        self._values = {frame: driver.values(sum_of(layers, frame, 1))[0] for frame in frames}
        keys = np.array([key in felt for key in driver.keys])
        if self._is_whole:
            spoken = {part: layer for part, layer in layers.items() if part != EMOTION}
            now, plain = (driver.values(sum_of(each, place.first, 1))[0] for each in (layers, spoken))
            keys &= np.abs(now - plain) > REST
        self._column_of = {driver.keys[column]: column for column in np.flatnonzero(keys).tolist()}

    def keys(self, key: str, curve: bpy.types.FCurve | None, kept: CurveKeys | None) -> CurveKeys:
        """Keys that a shape key needs there.

        Args:
            key: its name.
            curve: its F-curve, as it was before the bake.
            kept: the keys of it that stay.
        """
        column = self._column_of.get(key)
        if column is None:
            return CurveKeys.none()
        found = {frame: float(values[column]) for frame, values in self._values.items()}
        if curve is not None and kept is not None:
            before = kept.arrays["co"][kept.arrays["co"][:, 0] < self._first]
            found = {
                frame: value
                for frame, value in found.items()
                if (_ends_at(before, frame, value) if self._is_whole else _passes(curve, kept, frame, value))
            }
        return CurveKeys.linear(np.array(list(found), int), np.array(list(found.values())))


def _ends_at(before: NDArray[np.floating], frame: int, value: float) -> bool:
    """Whether keys (N, 2) end with a value and before a frame, or there are none."""
    return len(before) == 0 or bool(before[-1, 0] < frame and abs(before[-1, 1] - value) < _AS_WRITTEN)


def _passes(curve: bpy.types.FCurve, kept: CurveKeys, frame: int, value: float) -> bool:
    """Whether a curve has a value at a frame, without a key there."""
    return len(kept.within(frame, frame)) == 0 and abs(curve.evaluate(frame) - value) < _AS_WRITTEN
