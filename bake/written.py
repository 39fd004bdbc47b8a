# SPDX-License-Identifier: GPL-3.0-or-later
"""Which keys of a take's F-curves Soliloquy wrote, as its stored layers say."""

from collections.abc import Container, Mapping
from dataclasses import dataclass
from typing import Final

import bpy
import numpy as np
from numpy.typing import NDArray

from ..core.retarget.arkit import ARKIT_INDEX, ARKIT_NAMES, EMOTION
from .channels import REST, Channel, channels_of
from .key_driver import KeyDriver
from .layers import Layer, Span

_SAME_VALUE: Final = 1e-3
"""Largest difference between a key and the stored layer, which is kept in small steps."""


@dataclass(frozen=True)
class Written:
    """What was written before a bake.

    Attributes:
        first_frame: scene frame of row 0 of the channels.
        channels: by shape key, values (F,) that were written.
        layers: what was kept of it, by part.
        driver: what makes values now (`KeyDriver.fingerprint`).
    """

    first_frame: int
    channels: Mapping[str, Channel]
    layers: Mapping[str, Layer]
    driver: str

    def has_keys(self, channel: Channel, first: int, last: int) -> bool:
        """Whether a channel moved in what was written over any of the frames from first to last."""
        spans = [each for each in self._spans(channel) if each[1] <= last and each[2] >= first]
        if not self._is_known(channel):
            return bool(spans) and channel.key in self._keys(channel)
        old = self.channels.get(channel.key)
        return old is not None and any(
            np.abs(old.values[low - self.first_frame : high + 1 - self.first_frame] - old.rest).max() > REST
            for _, low, high in spans
        )

    def foreign(self, channel: Channel, keys: NDArray[np.floating]) -> int:
        """How many of the keys (N, 2), frame and value, were not written by Soliloquy."""
        known = self._is_known(channel)
        old = self.channels.get(channel.key)
        if len(keys) == 0 or (old is None if known else channel.key not in self._keys(channel)):
            return len(keys)
        frames = np.round(keys[:, 0]).astype(int)
        inside = np.zeros(len(keys), bool)
        for _, low, high in self._spans(channel):
            inside |= (frames >= low) & (frames <= high)
        same = np.abs(keys[:, 0] - frames) < 0.01
        if known and old is not None:
            rows = np.clip(frames - self.first_frame, 0, len(old.values) - 1)
            same &= np.abs(old.values[rows] - keys[:, 1]) <= _SAME_VALUE
        return int((~(inside & same)).sum())

    def _layers_of(self, channel: Channel) -> list[Layer]:
        """The layers that move a channel: that of its part, and emotion's."""
        return [self.layers[part] for part in (channel.part, EMOTION) if part in self.layers]

    def _spans(self, channel: Channel) -> list[Span]:
        """Frames that were written."""
        return [span for layer in self._layers_of(channel) for span in layer.spans]

    def _keys(self, channel: Channel) -> set[str]:
        """Shape keys that were keyed along with a channel."""
        return {key for layer in self._layers_of(channel) for key in layer.keys}

    def _is_known(self, channel: Channel) -> bool:
        """Whether the channels tell what was written: values were made in the same way as now."""
        return all(layer.driver in ("", self.driver) for layer in self._layers_of(channel))


def written_before(
    layers: Mapping[str, Layer], shape_keys: bpy.types.Key, keys: Container[str], driver: KeyDriver
) -> Written:
    """What the stored layers of a take say about some shape keys."""
    if not layers:
        return Written(0, {}, {}, driver.fingerprint)
    first = min(layer.first_frame for layer in layers.values())
    weights = sum_of(layers, first, max(layer.end_frame for layer in layers.values()) - first)
    channels = channels_of(shape_keys, keys, driver, weights)
    return Written(first, {channel.key: channel for channel in channels}, layers, driver.fingerprint)


def sum_of(layers: Mapping[str, Layer], first: int, count: int) -> NDArray[np.float32]:
    """Weights (count, 52) in 0..1 of all layers together from frame `first` on."""
    summed = np.zeros((count, len(ARKIT_NAMES)), np.float32)
    for layer in layers.values():
        for name in layer.channels:
            if name in ARKIT_INDEX:
                summed[:, ARKIT_INDEX[name]] += layer.channel(name, first, count)
    return np.clip(summed, 0, 1)
