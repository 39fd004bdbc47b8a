# SPDX-License-Identifier: GPL-3.0-or-later
"""Poses read from actions: what each does to each bone, relative to a face at rest.

F-curves are read as they are; the scene keeps its frame and its pose.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

import bpy
import numpy as np
from numpy.typing import NDArray

from ...core.head_rotation import (
    EULER_ORDERS,
    multiplied,
    quaternions_from_matrices,
    vectors_from_quaternions,
)
from ...core.retarget.bone_poses import NOTHING, BoneChannels, BonePoses, zero_among
from ..action import channels_in
from ..errors import BakeError
from ..target import listed
from .joints import UNPOSED, bone_of, matrices_of, rotation_property_of
from .pose_sources import PoseSource, pose_sources, poses_of

Floats = NDArray[np.float64]

_ROTATIONS: Final = ("rotation_quaternion", "rotation_euler", "rotation_axis_angle")
_MODES: Final = {"rotation_quaternion": "QUATERNION", "rotation_axis_angle": "AXIS_ANGLE"}

_ON_FRAME: Final = 0.5
"""Frames by which a key may lie beside a pose that it belongs to."""

_ENOUGH_TO_COMPARE: Final = 3
"""From so many poses on a bone that all of them hold alike is not a part of the face."""

_LEAST_SCALE: Final = 1e-4
"""Nearer to zero a scale of the zero cannot be divided by."""

Curves = Mapping[str, Mapping[str, Mapping[int, bpy.types.FCurve]]]
"""F-curves by bone, property and place in it."""


@dataclass(frozen=True, eq=False)
class _Held:
    """What a pose says of a bone: location (3,), rotation (4,), scale (3,); None where it says nothing."""

    location: Floats | None
    rotation: Floats | None
    scale: Floats | None


def read_poses(
    obj: bpy.types.Object, source: PoseSource | None = None, scene: bpy.types.Scene | None = None
) -> BonePoses:
    """Poses of an armature's face.

    What a pose does not key on its frame stays at rest. A pose of a face at rest among them ("rest",
    "neutral", "sil", the X of Preston Blair ...) is what the others are relative to, and none itself. Bones
    that no pose moves, or that three or more poses all hold in the same way, are left out.

    Args:
        obj: the armature; a pose may have been made for another that has bones of the same names.
        source: where the poses lie; by default the likeliest (`pose_sources`).
        scene: whose markers name frames, where they do; by default the one that is shown.

    Raises:
        BakeError: there are no poses, or none moves a bone of this armature.
    """
    if obj.type != "ARMATURE":
        kind = obj.type.replace("_", " ").lower()
        raise BakeError(f"'{obj.name}' is of type {kind}, not an armature: poses of a face need bones.")
    if source is None:
        source = next(iter(pose_sources(obj, scene)), None)
    named = [] if source is None else poses_of(obj, source, scene)
    if not named:
        raise BakeError(
            f"No poses of a face were found for '{obj.name}': make an action with a pose marker for each "
            "(jawOpen, or A, E, O, M ...), pose assets, or actions named after them."
        )
    missing: dict[str, None] = {}
    ignored: dict[str, None] = {}
    held = [_held(obj, pose.action, pose.frame, missing, ignored) for pose in named]
    names = [pose.name for pose in named]
    first = zero_among(names)
    zero = held.pop(first) if first is not None else {}
    if first is not None:
        names.pop(first)
    poses = _relative(tuple(names), held, zero)
    if not poses.bones:
        if missing and not any(held):
            raise BakeError(
                f"None of the bones of the poses ({listed(tuple(missing), 4)}) is in '{obj.name}': choose "
                "the armature that they were made for."
            )
        raise BakeError(
            f"None of the {len(named)} poses of '{obj.name}' ({listed([pose.name for pose in named], 4)}) "
            "moves a bone: key what each does on its own frame."
        )
    notes = []
    if missing:
        notes.append(f"Poses move bones that '{obj.name}' does not have: {listed(tuple(missing), 4)}.")
    if ignored:
        notes.append(
            f"Poses key more than location, rotation and scale of bones, which is not animated: "
            f"{listed(tuple(ignored), 4)}."
        )
    idle = [name for name, moves in zip(poses.names, poses.used.any(axis=1), strict=True) if not moves]
    if idle:
        notes.append(f"Poses that move nothing are left out: {listed(idle, 4)}.")
    chosen = poses.chosen(poses.used.any(axis=1), slice(None))
    return BonePoses(chosen.names, chosen.bones, chosen.poses, chosen.zero, tuple(notes))


def _held(
    obj: bpy.types.Object,
    action: bpy.types.Action,
    frame: float | None,
    missing: dict[str, None],
    ignored: dict[str, None],
) -> dict[str, _Held]:
    """What an action says of each bone on a frame; of an action that is one pose all that is keyed."""
    curves: defaultdict[str, defaultdict[str, dict[int, bpy.types.FCurve]]]
    curves = defaultdict(lambda: defaultdict(dict))
    for (path, index), curve in channels_in(action, obj).items():
        found = bone_of(path)
        if found is None or curve.mute:
            continue
        bone, prop = found
        if bone not in obj.pose.bones:
            missing[bone] = None
        elif prop in UNPOSED:
            curves[bone][prop][index] = curve
        elif prop != "rotation_mode":
            ignored[f"{bone}: {prop}"] = None
    if frame is None:
        return _farthest(obj, curves)
    return _read(obj, curves, frame, keyed_only=True)


def _farthest(obj: bpy.types.Object, curves: Curves) -> dict[str, _Held]:
    """The pose of an action that is one pose: of several frames with keys the one farthest from rest."""
    every = [curve for props in curves.values() for channels in props.values() for curve in channels.values()]
    frames = np.unique(np.concatenate([*(_key_frames(curve) for curve in every), np.zeros(0)]).round(3))
    poses = [_read(obj, curves, float(frame), keyed_only=False) for frame in frames]
    return max(poses, key=_size, default={})


def _size(pose: Mapping[str, _Held]) -> float:
    size = 0.0
    for held in pose.values():
        if held.location is not None:
            size += float(np.abs(held.location).sum())
        if held.rotation is not None:
            size += float(np.linalg.norm(vectors_from_quaternions(held.rotation)))
        if held.scale is not None:
            size += float(np.abs(held.scale - 1).sum())
    return size


def _read(obj: bpy.types.Object, curves: Curves, frame: float, *, keyed_only: bool) -> dict[str, _Held]:
    """What curves say of each bone on a frame; only of properties with a key there, where asked so."""
    result = {}
    for bone, props in curves.items():
        values = {
            prop: _values(prop, channels, frame)
            for prop, channels in props.items()
            if not keyed_only or any(_has_key(curve, frame) for curve in channels.values())
        }
        if values:
            rotation = _rotation(obj.pose.bones[bone].rotation_mode, values)
            result[bone] = _Held(values.get("location"), rotation, values.get("scale"))
    return result


def _values(prop: str, channels: Mapping[int, bpy.types.FCurve], frame: float) -> Floats:
    values = np.array(UNPOSED[prop])
    for index, curve in channels.items():
        values[index] = curve.evaluate(frame)
    return values


def _key_frames(curve: bpy.types.FCurve) -> Floats:
    points = np.empty(len(curve.keyframe_points) * 2, np.float32)
    curve.keyframe_points.foreach_get("co", points)
    return points[::2].astype(np.float64)


def _has_key(curve: bpy.types.FCurve, frame: float) -> bool:
    # Samples stand on every frame.
    if len(curve.sampled_points):
        return True
    return bool((np.abs(_key_frames(curve) - frame) < _ON_FRAME).any())


def _rotation(mode: str, values: Mapping[str, Floats]) -> Floats | None:
    """Quaternion of the property that a rotation mode shows, else of another that the pose keys."""
    shown = rotation_property_of(mode)
    keyed = [prop for prop in (shown, *_ROTATIONS) if prop in values]
    if not keyed:
        return None
    # A pose that was made while the bone had another rotation mode is meant in that one.
    read_as = mode if keyed[0] == shown else _MODES.get(keyed[0], EULER_ORDERS[0])
    return quaternions_from_matrices(matrices_of(read_as, values[keyed[0]][None]))[0]


def _relative(names: tuple[str, ...], held: list[dict[str, _Held]], zero: Mapping[str, _Held]) -> BonePoses:
    """Poses relative to a zero, of the bones that they move."""
    bones = tuple(dict.fromkeys(bone for pose in held for bone in pose))
    start = _filled(bones, [zero])
    start = BoneChannels(start.locations[0], start.rotations[0], start.scales[0])
    total = _filled(bones, held, start)
    inverse = start.rotations * (1.0, -1.0, -1.0, -1.0)
    divisor = np.where(np.abs(start.scales) > _LEAST_SCALE, start.scales, 1.0)
    apart = BoneChannels(
        total.locations - start.locations,
        multiplied(np.broadcast_to(inverse, total.rotations.shape), total.rotations),
        total.scales / divisor,
    )
    poses = BonePoses(names, bones, apart, start)
    moved = poses.used.any(axis=0)
    if len(names) >= _ENOUGH_TO_COMPARE and not zero:
        moved &= ~_alike(poses)
    return poses.chosen(slice(None), moved)


def _filled(
    bones: tuple[str, ...], poses: Iterable[Mapping[str, _Held]], start: BoneChannels | None = None
) -> BoneChannels:
    """Channels (P, N) of what poses hold, from a start (N,) or the rest pose where they say nothing."""
    poses = list(poses)
    result = BoneChannels.at_rest(len(poses), len(bones))
    if start is not None:
        result.locations[:], result.rotations[:] = start.locations, start.rotations
        result.scales[:] = start.scales
    for row, pose in enumerate(poses):
        for column, bone in enumerate(bones):
            held = pose.get(bone)
            if held is None:
                continue
            if held.location is not None:
                result.locations[row, column] = held.location
            if held.rotation is not None:
                result.rotations[row, column] = held.rotation
            if held.scale is not None:
                result.scales[row, column] = held.scale
    return result


def _alike(poses: BonePoses) -> NDArray[np.bool_]:
    """Bones (N,) that every pose holds in the same way."""
    channels = np.concatenate([poses.poses.locations, poses.turns, poses.poses.scales], axis=-1)
    return (np.ptp(channels, axis=0) < NOTHING * 10).all(axis=-1)
