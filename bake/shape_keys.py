# SPDX-License-Identifier: GPL-3.0-or-later
"""Write a FaceMotion as shape-key F-curves: one take, one channel group for each part.

F is the number of frames, K of shape keys.
"""

from contextlib import ExitStack
from dataclasses import dataclass
from typing import Final, Literal

import bpy
import numpy as np
from numpy.typing import NDArray

from ..core.errors import InputError
from ..core.motion import FaceMotion
from ..core.retarget.arkit import ARKIT_INDEX, PARTS, arkit_indices
from .action import TakeAction, take_action
from .blocked import WHOLE_OBJECT, unblock_keys, unblock_object, value_path
from .channels import REST, Channel, channels_of, key_rows, sealed_rows
from .curve_keys import CurveKeys
from .errors import BakeError
from .layers import PROPERTY, Layer, read_layers, write_layers
from .meshes import mesh_of, shape_keys_of
from .movement import measure_movement
from .target import ShapeKeyTarget, find_target, listed
from .written import Written, sum_of, written_before

BlockedChoice = Literal["error", "skip", "fix"]
"""What to do with blocked shape keys: refuse, leave them out, or clear what blocks them."""

LAST_FRAME: Final = 1_048_574
"""Blender's MAXFRAME; the smallest frame is its negative."""

_TO_REST_SECONDS: Final = 0.15
"""Seconds after the last frame by which the face is at rest."""

_JAW_AT_REST: Final = 0.02
_MOUTH_AT_REST: Final = 1e-3
"""Weights that are no reason to expect that the mouth is seen to move."""


@dataclass(frozen=True)
class BakeReport:
    """What a bake wrote.

    Attributes:
        action: name of the action.
        first_frame: first baked scene frame.
        last_frame: last baked scene frame.
        keyed: shape keys that got keys, in the order of the mesh.
        resting: shape keys of the parts that stay at rest and got none.
        skipped: blocked shape keys that were left out, with the reason.
        unblocked: what was cleared so that the keys show ("fix").
        missing: ARKit names of the parts that the mesh does not have.
        key_count: number of keys written.
        movement: how far the evaluated mouth moves at its widest, object units; None when not measured.
        warnings: lines for the user.
    """

    action: str
    first_frame: int
    last_frame: int
    keyed: tuple[str, ...]
    resting: tuple[str, ...]
    skipped: tuple[str, ...]
    unblocked: tuple[str, ...]
    missing: tuple[str, ...]
    key_count: int
    movement: float | None
    warnings: tuple[str, ...]


def bake_motion(
    obj: bpy.types.Object,
    motion: FaceMotion,
    *,
    start_frame: int,
    take: str,
    parts: tuple[str, ...] = ("Mouth", "Blink"),
    key_reduction: float | None = None,
    blocked: BlockedChoice = "error",
    frame_range: tuple[int, int] | None = None,
) -> BakeReport:
    """Key an object's shape keys with a motion; row i of the motion goes to frame `start_frame` + i.

    Keys of these parts within the baked frames are replaced, and all that an earlier bake of the whole
    take wrote elsewhere; every other key stays, and so do the keys of a channel that rests and that only
    the user has keyed. After the whole motion the channels come to rest. The keys go into the action that
    the shape keys have, else into a new one named after the take. On any error the file is as
    it was.

    Args:
        obj: a mesh object with ARKit shape keys in any spelling.
        motion: at the scene's true rate (`fps / fps_base`).
        start_frame: scene frame of the motion's first row; may be negative.
        take: name for a new action, by custom that of the sound.
        parts: names from `core.retarget.arkit.PARTS`; channels of other parts are not touched.
        key_reduction: largest error in weight of a curve with fewer keys; None keys every frame. Frames
            with closed lips always keep their keys.
        blocked: what to do with shape keys that would not show their keys.
        frame_range: first and last scene frame to bake, both included; None bakes all of the motion.

    Raises:
        InputError: an argument that cannot be used.
        BakeError: a target that cannot be animated, weights that are not numbers, blocked keys, or a mouth
            that does not move after baking.
    """
    rows = _check(motion, start_frame, take, parts, key_reduction, blocked, frame_range)
    target = find_target(obj)
    keys = _keys_of(target, parts)
    if not keys:
        raise BakeError(f"'{obj.name}' has no shape key of the parts {', '.join(parts)}.")
    hindered = tuple(each for each in target.blocked if each.key in (WHOLE_OBJECT, *keys))
    if hindered and blocked == "error":
        raise BakeError(
            f"Shape keys of '{obj.name}' would not show their animation: {listed(hindered)}. "
            "Clear this by hand, or choose to skip these keys or to let Soliloquy clear it."
        )
    if blocked == "skip":
        if any(each.key == WHOLE_OBJECT for each in hindered) or keys.keys() <= {b.key for b in hindered}:
            raise BakeError(
                f"All shape keys of '{obj.name}' are blocked, nothing is left to bake: {listed(hindered)}."
            )
        for each in hindered:
            keys.pop(each.key, None)

    first = start_frame + rows.start
    weights = np.clip(np.asarray(motion.weights[rows], np.float32), 0, 1)
    warnings = list(_part_warnings(target, parts))
    with ExitStack() as rollback:
        if mesh_of(obj).library is not None:
            _override_mesh(obj, rollback)
        if blocked == "fix":
            unblock_object(obj, rollback)
        shape_keys = shape_keys_of(obj)
        take_of_keys = take_action(shape_keys, take, rollback)
        if blocked == "fix":
            unblock_keys(obj, keys, rollback)
        stored = read_layers(take_of_keys.action, take_of_keys.layer_key)
        before = written_before(stored, shape_keys, keys, target)
        place = _place(stored, parts, take, first, len(weights), None if frame_range else motion.fps)
        summed = _sum_layers(take_of_keys, stored, parts, weights, take, place, rollback)
        channels = channels_of(shape_keys, keys, target, summed)
        sealed = None if key_reduction is None else sealed_rows(channels, summed, key_reduction)
        old_groups = take_of_keys.group_names()
        counts, emptied, untouched = _write(
            shape_keys, take_of_keys, channels, place, before, key_reduction, sealed, warnings, rollback
        )
        driven = [channel for channel in channels if channel.key not in untouched]
        movement = _check_movement(obj, driven, target, first, warnings)
        report = BakeReport(
            action=take_of_keys.action.name,
            first_frame=first,
            last_frame=first + len(weights) - 1,
            keyed=tuple(counts),
            resting=tuple(channel.key for channel in channels if channel.key not in counts),
            skipped=tuple(map(str, hindered)) if blocked == "skip" else (),
            unblocked=tuple(map(str, hindered)) if blocked == "fix" else (),
            missing=tuple(name for part in parts for name in PARTS[part] if name in target.missing),
            key_count=sum(counts.values()),
            movement=movement,
            warnings=tuple(warnings),
        )
        rollback.pop_all()
    for curve in emptied:
        take_of_keys.remove_curve(curve)
    for name in old_groups:
        take_of_keys.remove_empty_group(name)
    return report


def _check(
    motion: FaceMotion,
    start_frame: int,
    take: str,
    parts: tuple[str, ...],
    key_reduction: float | None,
    blocked: str,
    frame_range: tuple[int, int] | None,
) -> slice:
    """Refuse what cannot be baked, before anything is written; the rows of the motion to bake."""
    if not take.strip():
        raise InputError("The take has no name: give it the name of the sound.")
    unknown = [part for part in parts if part not in PARTS]
    if unknown or not parts:
        raise InputError(f"Unknown parts {unknown}: expected some of {', '.join(PARTS)}.")
    if key_reduction is not None and not 0 < key_reduction < 1:
        raise InputError(f"Key reduction error {key_reduction} is not between 0 and 1 (0.01 is usual).")
    if blocked not in ("error", "skip", "fix"):
        raise InputError(f"Unknown choice for blocked keys '{blocked}': expected error, skip or fix.")
    rows = slice(0, len(motion))
    if frame_range is not None:
        first, last = frame_range
        rows = slice(max(0, first - start_frame), min(len(motion), last + 1 - start_frame))
    if rows.start >= rows.stop:
        covered = f"frames {start_frame} to {start_frame + len(motion) - 1}" if len(motion) else "no frame"
        asked = "" if frame_range is None else f", the range is {frame_range[0]} to {frame_range[1]}"
        raise BakeError(f"Nothing to bake: the motion covers {covered}{asked}.")
    if start_frame < -LAST_FRAME or start_frame + len(motion) - 1 > LAST_FRAME:
        raise BakeError(
            f"The motion would cover frames {start_frame} to {start_frame + len(motion) - 1}; Blender's "
            f"frames end at {LAST_FRAME}. Move the sound or shorten it."
        )
    bad = ~np.isfinite(motion.weights[rows])
    if bad.any():
        row, column = np.argwhere(bad)[0]
        name = next(name for name, index in ARKIT_INDEX.items() if index == column)
        raise BakeError(
            f"The motion holds {bad.sum()} weights that are not numbers (first: {name} at frame "
            f"{start_frame + rows.start + row}): generate it again."
        )
    return rows


def _keys_of(target: ShapeKeyTarget, parts: tuple[str, ...]) -> dict[str, str]:
    """Shape key -> part, for the keys that these parts drive."""
    return {key: part for part in parts for name in PARTS[part] for key in target.mapping.get(name, ())}


def _part_warnings(target: ShapeKeyTarget, parts: tuple[str, ...]) -> tuple[str, ...]:
    missing = [name for part in parts for name in PARTS[part] if name in target.missing]
    if not missing:
        return ()
    note = " Without jawOpen the mouth does not open." if "jawOpen" in missing else ""
    return (f"'{target.object_name}' lacks {listed(missing, limit=len(missing))}.{note}",)


def _override_mesh(obj: bpy.types.Object, rollback: ExitStack) -> None:
    """Make a library override of an overridden object's mesh, which Blender leaves linked."""
    linked = mesh_of(obj)
    override = linked.override_create(remap_local_usages=False)
    if override is None:
        raise BakeError(f"The mesh '{linked.name}' of '{obj.name}' is linked: make a library override of it.")
    rollback.callback(bpy.data.meshes.remove, override)
    rollback.callback(setattr, obj, "data", linked)
    obj.data = override


@dataclass(frozen=True)
class _Place:
    """Frames that a bake writes.

    Attributes:
        first: first baked frame.
        last: last baked frame.
        rest: frame by which all channels come to rest; None when only a part of the motion is baked.
        tail: number of frames after the last one that no other take has, at most up to `rest`.
        cleared: by part, first and last frame of what the same take wrote before and loses.
    """

    first: int
    last: int
    rest: int | None
    tail: int
    cleared: dict[str, tuple[tuple[int, int], ...]]


def _place(
    layers: dict[str, Layer], parts: tuple[str, ...], take: str, first: int, count: int, fps: float | None
) -> _Place:
    """Frames that a bake of `count` frames writes; fps is None when only a part of the motion is baked."""
    last = first + count - 1
    if fps is None:
        return _Place(first, last, None, 0, {})
    stored = {part: layers[part] for part in parts if part in layers}
    cleared = {
        part: tuple((low, high) for _, low, high in layer.spans_of(take)) for part, layer in stored.items()
    }
    rest = min(last + max(1, round(_TO_REST_SECONDS * fps)), LAST_FRAME)
    if rest <= last:
        return _Place(first, last, None, 0, cleared)
    others = [
        max(low, last + 1)
        for layer in stored.values()
        for name, low, high in layer.spans
        if name != take and high > last and low <= rest
    ]
    return _Place(first, last, rest, min([rest + 1, *others]) - last - 1, cleared)


def _sum_layers(
    take_of_keys: TakeAction,
    layers: dict[str, Layer],
    parts: tuple[str, ...],
    weights: NDArray[np.float32],
    take: str,
    place: _Place,
    rollback: ExitStack,
) -> NDArray[np.float32]:
    """Store the parts' layers in the take; weights (F, 52) of all of the take's layers together."""
    action = take_of_keys.action
    before = action[PROPERTY].to_dict() if PROPERTY in action else None
    layers = dict(layers)
    extended = weights
    if place.rest is not None:
        steps = np.arange(1, place.tail + 1, dtype=np.float32) / np.float32(place.rest - place.last)
        extended = np.concatenate([weights, weights[-1] * (1 - steps)[:, None]])
    span = (take, place.first, place.last + place.tail)
    for part in parts:
        new = Layer(place.first, PARTS[part], extended[:, arkit_indices(PARTS[part])], (span,))
        if part in layers:
            old = layers[part].without_take(take) if part in place.cleared else layers[part]
            new = old.updated(new)
        layers[part] = new

    def restore() -> None:
        if before is None:
            action.pop(PROPERTY, None)
        else:
            action[PROPERTY] = before

    rollback.callback(restore)
    write_layers(action, take_of_keys.layer_key, layers)
    return sum_of(layers, place.first, len(weights))


def _write(
    shape_keys: bpy.types.Key,
    take: TakeAction,
    channels: list[Channel],
    place: _Place,
    written: Written,
    key_reduction: float | None,
    sealed: NDArray[np.bool_] | None,
    warnings: list[str],
    rollback: ExitStack,
) -> "tuple[dict[str, int], list[bpy.types.FCurve], set[str]]":
    """Put the channels into their F-curves.

    Returns:
        Number of keys written by shape key; the F-curves that lost all keys; the resting shape keys whose
        F-curves are the user's and stay. The emptied F-curves are muted here and removed only when the
        bake has succeeded, because a removed F-curve cannot be put back whole.
    """
    curves = take.curves()
    counts: dict[str, int] = {}
    emptied = []
    untouched = set()
    foreign: dict[str, int] = {}
    for channel in channels:
        block = shape_keys.key_blocks[channel.key]
        path = value_path(channel.key)
        curve = curves.get(path)
        ranges = ((place.first, place.last), *place.cleared.get(channel.part, ()))
        resting = np.abs(channel.values - channel.rest).max() <= REST
        if curve is not None and resting and not any(written.has_keys(channel, *each) for each in ranges):
            untouched.add(channel.key)
            continue
        before = None if curve is None else CurveKeys.read(curve)
        kept = before
        if before is not None:
            for low, high in ranges:
                kept = kept.outside(low, high)
            replaced = before.arrays["co"][~np.isin(before.arrays["co"][:, 0], kept.arrays["co"][:, 0])]
            foreign[channel.key] = written.foreign(channel, replaced)
        holds_pose = abs(block.value - channel.rest) > REST if kept is None else len(kept) > 0
        frames = key_rows(channel, holds_pose, key_reduction, sealed)
        if len(frames) == 0:
            if curve is not None:
                _set(curve, "mute", True, rollback)
                _set(block, "value", channel.rest, rollback)
                emptied.append(curve)
            continue
        keys = CurveKeys.linear(place.first + frames, channel.values[frames])
        # Nothing of another take or of the user's may be in the way to rest.
        free = kept is None or len(kept.outside(place.last + 1, place.rest or place.last)) == len(kept)
        if place.rest is not None and free and abs(channel.values[-1] - channel.rest) > REST:
            keys = keys.joined(CurveKeys.linear(np.array([place.rest]), np.array([channel.rest])))
        if curve is None or kept is None or before is None:
            curve = take.new_curve(path)
            rollback.callback(take.remove_empty_group, channel.part)
            rollback.callback(take.remove_curve, curve)
            curve.group = take.group(channel.part)
        else:
            rollback.callback(before.write, curve)
            if curve.group != take.group(channel.part):
                _set(curve, "group", take.group(channel.part), rollback)
        counts[channel.key] = len(keys)
        (keys if kept is None else kept.joined(keys)).write(curve)
    names = [f"{count} of {key}" for key, count in foreign.items() if count]
    if names:
        warnings.append(f"Keys that Soliloquy did not write were replaced: {listed(names)}.")
    return counts, emptied, untouched


def _set(owner: object, attribute: str, value: object, rollback: ExitStack) -> None:
    rollback.callback(setattr, owner, attribute, getattr(owner, attribute))
    setattr(owner, attribute, value)


def _check_movement(
    obj: bpy.types.Object,
    channels: list[Channel],
    target: ShapeKeyTarget,
    first: int,
    warnings: list[str],
) -> float | None:
    """How far the evaluated mouth moves where it should move most, None when it is not meant to move.

    Raises:
        BakeError: the mouth does not move, with the reason.
    """
    mouth = [channel for channel in channels if channel.part == "Mouth"]
    if not mouth:
        return None
    jaw = [channel for channel in mouth if channel.key in target.mapping.get("jawOpen", ())]
    # The widest frame of the keys that were baked: the jaw may be missing or left out.
    moving = [channel for channel in jaw if channel.weights.max() > _JAW_AT_REST] or mouth
    opening = np.sum([channel.weights for channel in moving], axis=0)
    row = int(opening.argmax())
    if opening[row] <= _MOUTH_AT_REST:
        return None
    movement = measure_movement(
        obj,
        {channel.key: float(channel.weights[row]) for channel in mouth},
        {channel.key: float(channel.values[row]) for channel in mouth},
        first + row,
    )
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
