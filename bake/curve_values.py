# SPDX-License-Identifier: GPL-3.0-or-later
"""What F-curves of shape keys say at any frames, as Blender would show it, without showing it.

Letters: F frames, K keys.
"""

from collections.abc import Mapping, Sequence

import bpy
import numpy as np
from numpy.typing import NDArray

from .blocked import value_path


def playing_curves(
    shape_keys: bpy.types.Key, curves: "Mapping[tuple[str, int], bpy.types.FCurve]"
) -> "dict[str, bpy.types.FCurve]":
    """The curves that move shape keys, by key in the order of the mesh, without what is muted."""
    playing = {}
    for block in shape_keys.key_blocks:
        curve = curves.get((value_path(block.name), 0))
        if curve is None or block.mute or curve.mute or (curve.group is not None and curve.group.mute):
            continue
        if not curve.is_empty:
            playing[block.name] = curve
    return playing


def span_of(curves: "Sequence[bpy.types.FCurve]") -> tuple[float, float] | None:
    """First and last frame of the keys of some curves; None where none has keys, only modifiers."""
    ranges = [curve.range() for curve in curves if len(curve.keyframe_points) or len(curve.sampled_points)]
    if not ranges:
        return None
    return float(min(each[0] for each in ranges)), float(max(each[1] for each in ranges))


def values_at(
    shape_keys: bpy.types.Key, curves: "Mapping[str, bpy.types.FCurve]", frames: NDArray[np.float64]
) -> NDArray[np.float32]:
    """Values (F, K) of some shape keys at frames (F,), within the ranges of their sliders."""
    values = np.empty((len(frames), len(curves)), np.float32)
    each = frames.tolist()
    for column, (key, curve) in enumerate(curves.items()):
        # Interpolation, extrapolation and modifiers are Blender's own affair.
        values[:, column] = np.fromiter(map(curve.evaluate, each), np.float32, len(each))
        block = shape_keys.key_blocks[key]
        np.clip(values[:, column], block.slider_min, block.slider_max, out=values[:, column])
    return values
