# SPDX-License-Identifier: GPL-3.0-or-later
"""Write a FaceMotion as shape-key F-curves: one take, one channel group for each part.

F is the number of frames, K of shape keys.
"""

from contextlib import ExitStack
from dataclasses import dataclass
from typing import Literal

import bpy
import numpy as np
from numpy.typing import NDArray

from ..core.errors import InputError
from ..core.motion import FaceMotion
from ..core.retarget.arkit import ARKIT_INDEX, PARTS, arkit_indices
from .action import TakeAction, take_action
from .blocked import WHOLE_OBJECT, unblock_keys, unblock_object
from .channel_curves import write_channels
from .channels import channels_of, sealed_rows
from .checks import check_take_name, rows_to_bake
from .errors import BakeError
from .layers import PROPERTY, Layer, read_layers, write_layers
from .meshes import mesh_of, shape_keys_of
from .movement import check_movement
from .placement import Placement, placement_of
from .target import ShapeKeyTarget, find_target, listed
from .written import sum_of, written_before

BlockedChoice = Literal["error", "skip", "fix"]
"""What to do with blocked shape keys: refuse, leave them out, or clear what blocks them."""


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
        place = placement_of(stored, parts, take, first, len(weights), None if frame_range else motion.fps)
        summed = _sum_layers(take_of_keys, stored, parts, weights, take, place, rollback)
        channels = channels_of(shape_keys, keys, target, summed)
        sealed = None if key_reduction is None else sealed_rows(channels, summed, key_reduction)
        old_groups = take_of_keys.group_names()
        counts, emptied, untouched = write_channels(
            shape_keys, take_of_keys, channels, place, before, key_reduction, sealed, warnings, rollback
        )
        driven = [channel for channel in channels if channel.key not in untouched]
        movement = check_movement(obj, driven, target, first, warnings)
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
    check_take_name(take)
    unknown = [part for part in parts if part not in PARTS]
    if unknown or not parts:
        raise InputError(f"Unknown parts {unknown}: expected some of {', '.join(PARTS)}.")
    if key_reduction is not None and not 0 < key_reduction < 1:
        raise InputError(f"Key reduction error {key_reduction} is not between 0 and 1 (0.01 is usual).")
    if blocked not in ("error", "skip", "fix"):
        raise InputError(f"Unknown choice for blocked keys '{blocked}': expected error, skip or fix.")
    rows = rows_to_bake(len(motion), start_frame, frame_range)
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


def _sum_layers(
    take_of_keys: TakeAction,
    layers: dict[str, Layer],
    parts: tuple[str, ...],
    weights: NDArray[np.float32],
    take: str,
    place: Placement,
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
