# SPDX-License-Identifier: GPL-3.0-or-later
"""What each shape key does during a take, and which of its frames get keys.

F is the number of frames.
"""

from collections.abc import Container
from dataclasses import dataclass
from typing import Final

import bpy
import numpy as np
from numpy.typing import NDArray

from ..core.head.lip_gap import lip_gap_model
from .key_driver import KeyDriver
from .key_reduction import keep_closed, reduce_keys

REST: Final = 1e-4
"""A value that never leaves rest by more than this gets no keys."""


@dataclass(frozen=True)
class Channel:
    """What one shape key does.

    Attributes:
        key: name of the shape key.
        part: part of the take that it belongs to.
        values: (F,) within the key's slider range, as they are keyed.
        rest: its value while the face is at rest.
        lip_slope: metres by which a value of 1 parts the lips of the built-in head.
    """

    key: str
    part: str
    values: NDArray[np.float64]
    rest: float
    lip_slope: float = 0.0


def channels_of(
    shape_keys: bpy.types.Key, keys: Container[str], driver: KeyDriver, weights: NDArray[np.float32]
) -> list[Channel]:
    """Values of some of the keys that are driven for weights (F, 52), in the order of the mesh."""
    values = driver.values(weights)
    column_of = {key: column for column, key in enumerate(driver.keys) if key in keys}
    return [
        Channel(
            block.name,
            driver.parts[column],
            values[:, column].astype(np.float64),
            float(driver.rest[column]),
            float(driver.lip_slopes[column]),
        )
        for block in shape_keys.key_blocks
        if (column := column_of.get(block.name)) is not None
    ]


def resting_channel(block: bpy.types.ShapeKey, part: str, count: int) -> Channel:
    """A key that is no longer driven rests in all frames."""
    rest = float(np.clip(0.0, block.slider_min, block.slider_max))
    return Channel(block.name, part, np.full(count, rest), rest)


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
    mouth = [channel for channel in channels if channel.part == "Mouth" and moves(channel)]
    values = np.array([channel.values for channel in mouth]).reshape(len(mouth), len(weights)).T
    slopes = np.array([channel.lip_slope for channel in mouth])
    return keep_closed(values, slopes, gap.heights(weights), gap.closed, key_reduction)


def moves(channel: Channel) -> bool:
    """Whether a channel's value changes."""
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
    if not moves(channel):
        return ends
    if key_reduction is None:
        return np.arange(len(channel.values))
    protected = sealed if channel.part == "Mouth" else None
    return np.flatnonzero(reduce_keys(channel.values, key_reduction, protected))
