# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether the evaluated mouth moves: what the animator will see, with modifiers, drivers and the NLA.

The head is evaluated in a scene of its own that is thrown away: the animator's scene keeps its frame and
its poses that have no keys yet, and nothing else in it is evaluated.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

import bpy
import numpy as np
from numpy.typing import NDArray

from ..core.retarget.arkit import MOUTH_NAMES, arkit_indices
from .channels import Channel
from .errors import BakeError
from .meshes import mesh_of, shape_keys_of
from .target import listed

SEEN_SHARE: Final = 0.02
"""Less than this share of the movement that the shape keys hold counts as none."""

_VALUE_TOLERANCE: Final = 0.01

_MOUTH_AT_REST: Final = 1e-3
"""A weight that is no reason to expect that the mouth is seen to move."""


@dataclass(frozen=True)
class Movement:
    """How the mouth moves at one frame. Lengths in the object's own units, before its scale.

    Attributes:
        frame: the scene frame looked at.
        expected: what the keys' shapes and values promise, the furthest of any vertex.
        measured: what the evaluated mesh does, None when the object is hidden and not evaluated.
        wrong_keys: keys whose evaluated value is not the baked one.
    """

    frame: int
    expected: float
    measured: float | None
    wrong_keys: tuple[str, ...]

    @property
    def seen(self) -> bool:
        """Whether the mouth moves, or nobody can tell because the object is hidden."""
        return self.measured is None or self.measured > SEEN_SHARE * self.expected > 0

    @property
    def reason(self) -> str:
        """Why the mouth does not move, as far as can be told."""
        if self.wrong_keys:
            return f"the NLA, a driver or a script gives other values to {_quoted(self.wrong_keys)}"
        return "a modifier, a vertex group or the active mode hides the movement"


def measure_movement(
    obj: bpy.types.Object, values: Mapping[str, float], expected: float, frame: int
) -> Movement:
    """Evaluate an object at a frame with and without its mouth keys.

    Args:
        obj: the head.
        values: shape key -> value that was baked.
        expected: how far these values move the mouth's vertices.
        frame: scene frame, best one with the mouth far open.
    """
    shape_keys = shape_keys_of(obj)
    blocks = shape_keys.key_blocks
    with scene_of_its_own(obj) as scene:
        open_mouth = evaluated_positions(obj, scene, frame)
        if open_mouth is None:
            return Movement(frame, expected, None, ())
        evaluated = shape_keys.evaluated_get(_dependency_graph(scene)).key_blocks
        wrong = tuple(
            key for key, value in values.items() if abs(evaluated[key].value - value) > _VALUE_TOLERANCE
        )
        with _muted(blocks, values):
            rest = evaluated_positions(obj, scene, frame)
    if rest is None or rest.shape != open_mouth.shape:
        measured = expected  # the shapes change the topology (remesh, boolean): something moved
    else:
        measured = float(np.abs(open_mouth - rest).max(initial=0.0))
    return Movement(frame, expected, measured, wrong)


def _quoted(keys: tuple[str, ...]) -> str:
    return listed([f"'{key}'" for key in keys], limit=4)


def _reach(block: bpy.types.ShapeKey) -> float:
    """The furthest that any vertex goes, along one axis, from the key's reference to the key."""
    coordinates = np.empty(len(block.points) * 3, np.float32)
    reference = np.empty_like(coordinates)
    block.points.foreach_get("co", coordinates)
    block.relative_key.points.foreach_get("co", reference)
    return float(np.abs(coordinates - reference).max(initial=0.0))


@contextmanager
def scene_of_its_own(*objects: bpy.types.Object) -> Iterator[bpy.types.Scene]:
    """A scene with only these objects, at Blender's own rate, that is thrown away."""
    scene = bpy.data.scenes.new("Soliloquy movement check")
    try:
        for obj in objects:
            scene.collection.objects.link(obj)
        yield scene
    finally:
        bpy.data.scenes.remove(scene)


@contextmanager
def _muted(blocks, keys: Iterable[str]) -> Iterator[None]:
    was_muted = {key: blocks[key].mute for key in keys}
    try:
        for key in was_muted:
            blocks[key].mute = True
        yield
    finally:
        for key, mute in was_muted.items():
            blocks[key].mute = mute


def _dependency_graph(scene: bpy.types.Scene) -> bpy.types.Depsgraph:
    graph = scene.view_layers[0].depsgraph
    if graph is None:
        raise BakeError("Blender did not evaluate the head: update the scene (play one frame) and try again.")
    return graph


def evaluated_positions(
    obj: bpy.types.Object, scene: bpy.types.Scene, frame: int
) -> NDArray[np.float32] | None:
    """Vertex positions (V * 3,) after all modifiers, None when the object is not evaluated."""
    evaluated = evaluated_in(obj, scene, frame)
    if evaluated is None:
        return None
    vertices = mesh_of(evaluated).vertices
    coordinates = np.empty(len(vertices) * 3, np.float32)
    vertices.foreach_get("co", coordinates)
    return coordinates


def evaluated_in(obj: bpy.types.Object, scene: bpy.types.Scene, frame: int) -> bpy.types.Object | None:
    """An object as it is evaluated at a frame, None when it is not, because it is hidden."""
    # frame_set on a scene that no window shows does not write evaluated values back to the originals;
    # view_layer.update() would.
    scene.frame_set(frame)
    evaluated = obj.evaluated_get(_dependency_graph(scene))
    return evaluated if evaluated.is_evaluated else None


def check_movement(
    obj: bpy.types.Object,
    channels: Sequence[Channel],
    weights: NDArray[np.floating],
    first: int,
    warnings: list[str],
) -> float | None:
    """How far the evaluated mouth moves where it should move most, None when it is not meant to move.

    Args:
        obj: the head.
        channels: what its keys do.
        weights: (F, 52) ARKit weights that they were made of.
        first: scene frame of the first row.
        warnings: lines for the user; receives what was not looked at.

    Raises:
        BakeError: the mouth does not move, with the reason.
    """
    mouth = [channel for channel in channels if channel.part == "Mouth"]
    if not mouth:
        return None
    blocks = shape_keys_of(obj).key_blocks
    reaches = np.array([_reach(blocks[channel.key]) for channel in mouth])
    away = reaches[:, None] * np.abs([channel.values - channel.rest for channel in mouth])
    row = int(away.max(axis=0).argmax())
    expected = float(away[:, row].max())
    reason = _why_still(blocks, mouth, reaches)
    if reason and weights[:, arkit_indices(MOUTH_NAMES)].max() > _MOUTH_AT_REST:
        raise BakeError(
            f"The mouth of '{obj.name}' does not move at frame {first + row}: {reason}. Nothing was baked."
        )
    if expected <= 0:
        return None
    values = {channel.key: float(channel.values[row]) for channel in mouth}
    movement = measure_movement(obj, values, expected, first + row)
    if movement.measured is None:
        warnings.append(f"'{obj.name}' is hidden in viewports: whether its mouth moves was not checked.")
    elif not movement.seen:
        raise BakeError(
            f"The mouth of '{obj.name}' does not move at frame {movement.frame}: {movement.reason}. "
            "Nothing was baked."
        )
    elif movement.wrong_keys:
        warnings.append(
            f"At frame {movement.frame} the NLA, a driver or a script gives "
            f"{listed(movement.wrong_keys)} other values than the keys."
        )
    return movement.measured


def _why_still(blocks, mouth: Sequence[Channel], reaches: NDArray[np.floating]) -> str:
    """Why none of the mouth's keys can move it; empty where they could."""
    narrow = [
        channel.key
        for channel in mouth
        if blocks[channel.key].slider_max - blocks[channel.key].slider_min < SEEN_SHARE
    ]
    if (reaches == 0).all():
        return "these shape keys are empty (equal to their reference key)"
    able = [channel.key for channel, reach in zip(mouth, reaches, strict=True) if reach > 0]
    return f"the slider range of {_quoted(tuple(narrow))} is closed" if set(able) <= set(narrow) else ""
