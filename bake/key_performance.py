# SPDX-License-Identifier: GPL-3.0-or-later
"""The ARKit weights that an action of shape keys stands for.

Letters: F frames, K keys.
"""

from collections.abc import Mapping, Sequence
from typing import Final

import bpy
import numpy as np
from numpy.typing import NDArray

from ..core.errors import InputError
from ..core.retarget.arkit import EMOTION, MOUTH_NAMES, PARTS, arkit_indices
from ..core.retarget.channels import CHANNELS
from ..core.retarget.detection import detect
from ..core.retarget.mapping import MappedKey, RigMapping
from ..core.retarget.measured_shapes import MeasuredShapes
from ..core.retarget.weights_of_keys import ReadWeights, weights_of_keys
from .action import held_by
from .curve_values import playing_curves, span_of, values_at
from .errors import BakeError
from .face_reading import read_face
from .kept_curves import moved_by
from .layers import Layer, read_layers
from .meshes import shape_keys_of
from .target import key_names, unnamed

_MOVES: Final = 1e-3
"""Change of a value below which nothing moves."""


def read_key_weights(
    obj: bpy.types.Object,
    action: bpy.types.Action,
    frame_range: tuple[int, int] | None,
    step: float,
    mapping: RigMapping | None,
    shapes: MeasuredShapes | None,
) -> NDArray[np.float32]:
    """Weights (F, 52) that an action gives to the shape keys of a mesh.

    Args:
        obj: the mesh.
        action: of its shape keys.
        frame_range: first and last frame to read, both included; all of the action by default.
        step: frames from one row to the next.
        mapping: which key is what; by default as the names say.
        shapes: what the keys do, where that is known.

    Raises:
        BakeError: the action moves no mouth, or holds values that are not numbers.
    """
    keys = shape_keys_of(obj)
    layer_key, channels = held_by(action, keys)
    rig = mapping or RigMapping(detect(key_names(keys)).keys)
    playing = playing_curves(keys, channels)
    rows = [row for row in rig.keys if row.use and row.key in playing]
    curves = {row.key: playing[row.key] for row in rows}
    span = _span(action, list(curves.values()), frame_range)
    if span is None:
        raise moves_no_mouth(action.name, obj)
    frames = frames_between(*span, step)
    values = values_at(keys, curves, frames)
    if not np.isfinite(values).all():
        raise BakeError(f"'{action.name}' holds values that are not numbers: delete these keys.")
    read = weights_of_keys(rows, values, shapes)
    layers = read_layers(action, layer_key)
    weights = read.weights
    if layers:
        moved = moved_by(action, layer_key, {path: curve for (path, _), curve in channels.items()})
        weights = _with_layers(read, layers, moved, rows, frames)
    if not mouth_moves(weights) and shapes is None and _nameless(rows, values) and rig.method != "names":
        try:
            measured = read_face(obj, rig).measure()
        except InputError as error:
            raise unnamed(obj, str(error)) from error
        weights = weights_of_keys(rows, values, measured).weights
    if not mouth_moves(weights):
        raise moves_no_mouth(action.name, obj)
    return weights


def frames_between(first: float, last: float, step: float) -> NDArray[np.float64]:
    """Frames (F,) from the first to the last."""
    return first + step * np.arange(int((last - first) / step + 1e-6) + 1, dtype=np.float64)


def mouth_moves(weights: NDArray[np.float32]) -> bool:
    """Whether the mouth moves at all in weights (F, 52)."""
    mouth = weights[:, arkit_indices(MOUTH_NAMES)]
    return bool(len(mouth) and np.ptp(mouth, axis=0).max() > _MOVES)


def moves_no_mouth(name: str, obj: bpy.types.Object) -> BakeError:
    """What is to be said of a take or action without a mouth that moves."""
    return BakeError(
        f"'{name}' does not move the mouth of '{obj.name}': expected animated keys of jaw and lips. "
        "Choose another action."
    )


def _span(
    action: bpy.types.Action, curves: "Sequence[bpy.types.FCurve]", frame_range: tuple[int, int] | None
) -> tuple[float, float] | None:
    """First and last frame to read; None where nothing is animated."""
    if not curves:
        return None
    if frame_range is not None:
        return float(frame_range[0]), float(frame_range[1])
    if action.use_frame_range:
        return float(action.frame_start), float(action.frame_end)
    return span_of(curves)


def _nameless(rows: Sequence[MappedKey], values: NDArray[np.float32]) -> bool:
    """Whether keys move whose names say nothing."""
    moving = np.ptp(values, axis=0) > _MOVES
    return any(moves and row.channel not in CHANNELS for row, moves in zip(rows, moving, strict=True))


def _with_layers(
    read: ReadWeights,
    layers: Mapping[str, Layer],
    moved: Mapping[str, float],
    rows: Sequence[MappedKey],
    frames: NDArray[np.float64],
) -> NDArray[np.float32]:
    """Weights (F, 52) with what is kept of parts whose curves are as they were baked.

    Args:
        read: what the curves say.
        layers: what was baked, by part.
        moved: shape keys whose curves are as they were baked, and by how many frames they were moved.
        rows: the shape keys that are animated.
        frames: (F,) that are read.
    """
    weights = read.weights.copy()
    baked = {key for layer in layers.values() for key in layer.keys}
    others = {CHANNELS[row.channel].part for row in rows if row.key not in baked and row.channel in CHANNELS}
    playing = {row.key for row in rows}
    emotion = layers.get(EMOTION)
    for part, layer in layers.items():
        # What a rig has no keys for was asked of it all the same.
        keys = set(layer.keys) or baked
        if emotion is not None:
            keys |= set(emotion.keys)
        shifts = {moved.get(key) for key in keys}
        if part not in PARTS or part in others or len(shifts) != 1 or not playing.issuperset(keys):
            continue
        (shift,) = shifts
        if shift is None:
            continue
        # A plain key tells its weight to the last digit.
        names = tuple(name for name in PARTS[part] if name not in read.exact)
        inside = np.zeros(len(frames), bool)
        for _, low, high in layer.spans:
            inside |= (frames - shift >= low) & (frames - shift <= high)
        found = np.flatnonzero(inside)
        columns = np.array(arkit_indices(names), int)
        read_weights = layer.sampled(names, frames[found] - shift)
        if emotion is not None:
            read_weights = np.clip(read_weights + emotion.sampled(names, frames[found] - shift), 0, 1)
        weights[np.ix_(found, columns)] = read_weights
    return weights
