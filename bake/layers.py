# SPDX-License-Identifier: GPL-3.0-or-later
"""The layers of a take: what each part adds to each channel, stored with the action.

A channel that several parts move (mouthSmile by speech and by emotion) is keyed with the sum of their
layers. So that one part can be baked again without the others, every part's layer is kept as a compact
custom property of the action. Weights are stored in steps of 1 / 65535, those of a layer that takes away as
well as it adds in steps of 1 / 32767, both far below a visible movement.
"""

import json
import zlib
from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

import bpy
import numpy as np
from numpy.typing import NDArray

from .action import AnimatedData, assigned_take

PROPERTY: Final = "soliloquy_layers"
_STEPS: Final = 65535
_SIGNED_STEPS: Final = 32767

MIXED: Final = "mixed"
"""What made the values of a layer, when it was not the same for all of them."""

Span = tuple[str, int, int]
"""Name of a take, first and last frame, both included."""


@dataclass(frozen=True)
class Layer:
    """What one part adds. F frames, C channels.

    Attributes:
        first_frame: scene frame of row 0.
        channels: C ARKit names.
        weights: (F, C) in 0..1, in -1..1 where the layer takes away too.
        spans: take, first and last frame that were written for it; apart from one another.
        keys: names of the shape keys that were keyed for it.
        driver: what made their values of the weights (`KeyDriver.fingerprint`); "" when it is not known,
            `MIXED` when several did.
    """

    first_frame: int
    channels: tuple[str, ...]
    weights: NDArray[np.float32]
    spans: tuple[Span, ...] = ()
    keys: tuple[str, ...] = ()
    driver: str = ""

    @property
    def end_frame(self) -> int:
        """The frame after the last row."""
        return self.first_frame + len(self.weights)

    def channel(self, name: str, first_frame: int, count: int) -> NDArray[np.float32]:
        """Weights (count,) of one channel from `first_frame` on; zero outside the layer."""
        result = np.zeros(count, np.float32)
        if name in self.channels:
            low = max(first_frame, self.first_frame)
            high = min(first_frame + count, self.end_frame)
            if low < high:
                column = self.weights[low - self.first_frame : high - self.first_frame]
                result[low - first_frame : high - first_frame] = column[:, self.channels.index(name)]
        return result

    def sampled(self, names: Sequence[str], frames: NDArray[np.floating]) -> NDArray[np.float32]:
        """Weights (F, N) of some channels at frames (F,) that need not be whole; zero outside the layer."""
        rows = np.asarray(frames, np.float64) - self.first_frame
        whole = np.arange(len(self.weights))
        result = np.zeros((len(rows), len(names)), np.float32)
        for column, name in enumerate(names):
            if name in self.channels:
                # Straight lines, as the keys have them.
                values = self.weights[:, self.channels.index(name)]
                result[:, column] = np.interp(rows, whole, values, left=0, right=0)
        return result

    def updated(self, newer: "Layer") -> "Layer":
        """This layer with the frames of a newer one put over it; frames of neither are zero."""
        channels = tuple(dict.fromkeys(self.channels + newer.channels))
        first = min(self.first_frame, newer.first_frame)
        count = max(self.end_frame, newer.end_frame) - first
        weights = np.stack([self.channel(name, first, count) for name in channels], axis=1)
        start = newer.first_frame - first
        weights[start : start + len(newer.weights)] = 0
        columns = [channels.index(name) for name in newer.channels]
        weights[start : start + len(newer.weights), columns] = newer.weights
        spans = self.spans
        for _, low, high in newer.spans:
            spans = tuple(piece for span in spans for piece in cut(span, low, high))
        return Layer(first, channels, weights, spans + newer.spans, self.keys, self.driver if spans else "")

    def without_take(self, take: str) -> "Layer":
        """This layer with zeros, and no span, where it was written for a take."""
        weights = self.weights.copy()
        for _, low, high in self.spans_of(take):
            weights[max(0, low - self.first_frame) : max(0, high + 1 - self.first_frame)] = 0
        spans = tuple(span for span in self.spans if span[0] != take)
        return replace(self, weights=weights, spans=spans)

    def keyed(self, keys: Iterable[str], emptied: Container[str], driver: str) -> "Layer":
        """This layer after shape keys were keyed for it by a driver, and others lost all their keys."""
        left = [key for key in self.keys if key not in emptied]
        made_by = driver if self.driver in ("", driver) else MIXED
        return replace(self, keys=tuple(dict.fromkeys([*left, *keys])), driver=made_by)

    def spans_of(self, take: str) -> tuple[Span, ...]:
        """What was written for a take."""
        return tuple(span for span in self.spans if span[0] == take)


def cut(span: Span, low: int, high: int) -> list[Span]:
    """What a span has outside the frames from low to high."""
    take, first, last = span
    pieces = [(take, first, min(last, low - 1)), (take, max(first, high + 1), last)]
    return [piece for piece in pieces if piece[1] <= piece[2]]


def read_layers(action: bpy.types.Action, key: str) -> dict[str, Layer]:
    """Layers by part, stored in the action for one datablock (`TakeAction.layer_key`)."""
    stored = action.get(PROPERTY, {})
    # Files made before Blender 4.4 had no slots; their layers lie under "0".
    parts = stored.get(key, stored.get("0", {}))
    return {part: _unpack(entry) for part, entry in parts.items()}


def layers_played(owner: AnimatedData) -> dict[str, Layer]:
    """Layers by part of the action that a datablock has now; none where it has none."""
    take = assigned_take(owner)
    return {} if take is None else read_layers(take.action, take.layer_key)


def write_layers(action: bpy.types.Action, key: str, layers: Mapping[str, Layer]) -> None:
    """Store layers by part in the action for one datablock, in place of those stored before."""
    stored = action[PROPERTY].to_dict() if PROPERTY in action else {}
    stored[key] = {part: _pack(layer) for part, layer in layers.items()}
    action[PROPERTY] = stored


def _pack(layer: Layer) -> dict:
    # Layers that only add look as they did before there were others.
    signed = bool((layer.weights < 0).any())
    if signed:
        steps = np.round(np.clip(layer.weights, -1, 1) * _SIGNED_STEPS).astype("<i2")
    else:
        steps = np.round(np.clip(layer.weights, 0, 1) * _STEPS).astype("<u2")
    return {
        "first_frame": layer.first_frame,
        "channels": ",".join(layer.channels),
        "spans": json.dumps(layer.spans),
        "keys": json.dumps(layer.keys),
        "driver": layer.driver,
        "signed": int(signed),
        # Column by column: neighbours in time are alike, which compresses better.
        "weights": zlib.compress(np.ascontiguousarray(steps.T).tobytes(), level=1),
    }


def _unpack(entry: Mapping) -> Layer:
    channels = tuple(str(entry["channels"]).split(","))
    kind, count = ("<i2", _SIGNED_STEPS) if entry.get("signed", 0) else ("<u2", _STEPS)
    steps = np.frombuffer(zlib.decompress(bytes(entry["weights"])), kind).reshape(len(channels), -1)
    first = int(entry["first_frame"])
    # Before spans were stored all of a layer counted as one, of a take without a name.
    spans = json.loads(entry["spans"]) if "spans" in entry else [("", first, first + len(steps.T) - 1)]
    weights = steps.T.astype(np.float32) / np.float32(count)
    return Layer(
        first,
        channels,
        weights,
        tuple((str(take), low, high) for take, low, high in spans),
        tuple(json.loads(entry.get("keys", "[]"))),
        str(entry.get("driver", "")),
    )
