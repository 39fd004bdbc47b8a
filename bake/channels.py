# SPDX-License-Identifier: GPL-3.0-or-later
"""What each shape key does during a take, and which of its frames get keys.

F is the number of frames.
"""

from dataclasses import dataclass
from typing import Final

import bpy
import numpy as np
from numpy.typing import NDArray

from ..core.head.lip_gap import lip_gap_model
from ..core.retarget.arkit import ARKIT_INDEX
from .key_reduction import keep_closed, reduce_keys
from .target import ShapeKeyTarget

REST: Final = 1e-4
"""A weight that never leaves rest by more than this gets no keys."""


@dataclass(frozen=True)
class Channel:
    """What one shape key does.

    Attributes:
        key: name of the shape key.
        part: part of the take that it belongs to.
        weights: (F,) in 0..1.
        values: (F,) weights within the key's slider range, as they are keyed.
        rest: value of weight 0.
        lip_slope: metres by which a value of 1 parts the lips of the built-in head.
    """

    key: str
    part: str
    weights: NDArray[np.float64]
    values: NDArray[np.float64]
    rest: float
    lip_slope: float = 0.0


def channels_of(
    shape_keys: bpy.types.Key, keys: dict[str, str], target: ShapeKeyTarget, weights: NDArray[np.float32]
) -> list[Channel]:
    """Values of each key in the order of the mesh; a key of two shapes gets their mean."""
    columns: dict[str, list[int]] = {}
    lip_slopes: dict[str, float] = {}
    for name, names in target.mapping.items():
        for key in names:
            columns.setdefault(key, []).append(ARKIT_INDEX[name])
    slopes = lip_gap_model().slopes
    for name, names in target.mapping.items():
        for key in names:
            # Halves of one shape move the lips half as far each.
            lip_slopes[key] = lip_slopes.get(key, 0.0) + float(slopes[ARKIT_INDEX[name]]) / len(names)
    channels = []
    for block in shape_keys.key_blocks:
        if block.name in keys:
            mean = weights[:, columns[block.name]].astype(np.float64).mean(axis=1)
            low, high = block.slider_min, block.slider_max
            rest = float(np.clip(0.0, low, high))
            values, slope = np.clip(mean, low, high), lip_slopes[block.name]
            channels.append(Channel(block.name, keys[block.name], mean, values, rest, slope))
    return channels


def sealed_rows(
    channels: list[Channel], weights: NDArray[np.floating], key_reduction: float
) -> NDArray[np.bool_]:
    """Rows (F,) where the mouth keeps its keys so that closed lips stay closed.

    Args:
        channels: what is keyed.
        weights: (F, 52) ARKit weights of all of the take's parts.
        key_reduction: largest error of a reduced curve.
    """
    gap = lip_gap_model()
    mouth = [channel for channel in channels if channel.part == "Mouth" and _moves(channel)]
    values = np.array([channel.values for channel in mouth]).reshape(len(mouth), len(weights)).T
    slopes = np.array([channel.lip_slope for channel in mouth])
    return keep_closed(values, slopes, gap.heights(weights), gap.closed, key_reduction)


def _moves(channel: Channel) -> bool:
    return bool(np.ptp(channel.values) > REST)


def key_rows(
    channel: Channel, holds_pose: bool, key_reduction: float | None, sealed: NDArray[np.bool_] | None
) -> NDArray[np.intp]:
    """Rows of a channel that get keys.

    Args:
        channel: values (F,).
        holds_pose: without keys the channel would not rest here: it has keys elsewhere, or was posed.
        key_reduction: largest error, None for every row.
        sealed: rows (F,) with closed lips, where the mouth keeps its keys whatever the error.
    """
    ends = np.unique([0, len(channel.values) - 1])
    if np.abs(channel.values - channel.rest).max() <= REST:
        return ends if holds_pose else ends[:0]
    if not _moves(channel):
        return ends
    if key_reduction is None:
        return np.arange(len(channel.values))
    protected = sealed if channel.part == "Mouth" else None
    return np.flatnonzero(reduce_keys(channel.values, key_reduction, protected))
