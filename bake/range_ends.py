# SPDX-License-Identifier: GPL-3.0-or-later
"""What holds emotion within the frames of a take that are baked alone.

Where there were few keys or none, curves would go on beyond them as they are there.
"""

from collections.abc import Container, Mapping
from typing import Final

import bpy
import numpy as np

from .curve_keys import CurveKeys
from .key_driver import KeyDriver
from .layers import Layer
from .placement import Placement
from .written import sum_of

_AS_WRITTEN: Final = 0.02
"""How far a curve with fewer keys may be from its layers; one that is further off was edited, and stays."""


class RangeEnds:
    """The frames right before and after a bake of a part of a take.

    Args:
        driver: makes the values of the keys.
        layers: of the take, by part, with those that are baked.
        place: frames that are written.
        felt: the shape keys that emotion moves.
    """

    def __init__(
        self, driver: KeyDriver, layers: Mapping[str, Layer], place: Placement, felt: Container[str]
    ) -> None:
        self._column_of = {key: column for column, key in enumerate(driver.keys) if key in felt}
        spans = [span for layer in layers.values() for span in layer.spans] if place.rest is None else []
        frames = [
            frame
            for frame in (place.first - 1, place.last + 1)
            if any(low <= frame <= high for _, low, high in spans)
        ]
        self._values = {frame: driver.values(sum_of(layers, frame, 1))[0] for frame in frames}

    def keys(self, key: str, curve: bpy.types.FCurve | None) -> CurveKeys:
        """Keys that a shape key needs there.

        Args:
            key: its name.
            curve: its F-curve, as it was before the bake.
        """
        column = self._column_of.get(key)
        if column is None:
            return CurveKeys.none()
        taken = set() if curve is None else {round(point.co[0]) for point in curve.keyframe_points}
        values = {
            frame: float(values[column])
            for frame, values in self._values.items()
            if frame not in taken
            and (curve is None or abs(curve.evaluate(frame) - values[column]) < _AS_WRITTEN)
        }
        return CurveKeys.linear(np.array(list(values), int), np.array(list(values.values())))
