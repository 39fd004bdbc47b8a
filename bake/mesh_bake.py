# SPDX-License-Identifier: GPL-3.0-or-later
"""Key the shape keys of one mesh: the face's, or those of what goes with it.

F is the number of frames.
"""

from collections.abc import Iterable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass

import bpy
import numpy as np
from numpy.typing import NDArray

from ..core.retarget.arkit import EMOTION
from .action import TakeAction, take_action
from .blocked import find_blocked, unblock_keys, unblock_object
from .channel_curves import WrittenCurves, write_channels
from .channels import Channel, channels_of, resting_channel, sealed_rows
from .errors import BakeError
from .further_frames import FurtherFrames
from .kept_curves import PROPERTY as CURVES
from .kept_curves import note_curves
from .kept_property import keep_property
from .key_driver import KeyDriver
from .layers import PROPERTY, Layer, read_layers, write_layers
from .meshes import mesh_of, shape_keys_of
from .part_weights import PartWeights, moved_by_emotion
from .placement import Placement, placement_of
from .range_ends import RangeEnds
from .written import sum_of, written_before


@dataclass(frozen=True)
class MotionToBake:
    """What is put on each mesh of a character.

    Attributes:
        weights: what each part adds, F frames.
        parts: of the take, those that are baked.
        take: its name.
        first: scene frame of the first row.
        fps: frames a second; None where only a part of the motion is baked.
        key_reduction: largest error of a reduced curve; None keys every frame.
    """

    weights: PartWeights
    parts: tuple[str, ...]
    take: str
    first: int
    fps: float | None
    key_reduction: float | None


@dataclass(frozen=True)
class BakedMesh:
    """One mesh with its keys, which can still be taken back.

    Attributes:
        take: the action that they are in.
        channels: what each of its keys does.
        summed: (F, 52) weights of all parts of the take together.
        curves: what was put into F-curves.
        old_groups: names of the channel groups that there were.
    """

    take: TakeAction
    channels: tuple[Channel, ...]
    summed: NDArray[np.float32]
    curves: WrittenCurves
    old_groups: tuple[str, ...]

    @property
    def driven(self) -> tuple[Channel, ...]:
        """The channels without those whose F-curves are the user's and stay."""
        return tuple(channel for channel in self.channels if channel.key not in self.curves.untouched)

    def finish(self) -> None:
        """Remove what is left empty; nothing can be taken back afterwards."""
        for curve in self.curves.emptied.values():
            self.take.remove_curve(curve)
        for name in self.old_groups:
            self.take.remove_empty_group(name)


def bake_mesh(
    obj: bpy.types.Object,
    driver: KeyDriver,
    motion: MotionToBake,
    rollback: ExitStack,
    *,
    action_name: str,
    unblocked: Sequence[str] | None = None,
) -> BakedMesh:
    """Key the shape keys of one mesh; `rollback` takes everything back when it unwinds.

    Args:
        obj: the mesh object.
        driver: makes the values of its keys.
        motion: what is baked.
        rollback: receives what must be undone when the bake fails.
        action_name: of a new action.
        unblocked: keys that are freed of what blocks them; None when nothing is.

    Raises:
        BakeError: a linked mesh that cannot be overridden, or something that does not let itself be freed.
    """
    if mesh_of(obj).library is not None:
        _override_mesh(obj, rollback)
    if unblocked is not None:
        unblock_object(obj, rollback)
    shape_keys = shape_keys_of(obj)
    take = take_action(shape_keys, action_name, rollback)
    if unblocked is not None:
        unblock_keys(obj, unblocked, rollback)
    stored = read_layers(take.action, take.layer_key)
    place = placement_of(stored, motion.parts, motion.take, motion.first, len(motion.weights), motion.fps)
    layers = _layers_with(stored, motion, place)
    spoken = _keys_of(driver, motion.parts)
    felt: set[str] = set()
    if EMOTION in motion.parts:
        ranges = (*place.ranges_of(EMOTION), (place.last + 1, place.last + place.tail))
        moved = moved_by_emotion(stored, layers, ranges, driver.values)
        felt = {key for key, moves in zip(driver.keys, moved, strict=True) if moves}
    keys = felt | spoken
    before = written_before(stored, shape_keys, keys, driver)
    summed = sum_of(layers, place.first, len(motion.weights))
    channels = channels_of(shape_keys, keys, driver, summed)
    channels += _no_longer_driven(obj, stored, motion, driver)
    reduction = motion.key_reduction
    sealed = None if reduction is None else sealed_rows(channels, summed, reduction)
    old_groups = tuple(take.group_names())
    further = FurtherFrames(driver, layers, motion.parts, place)
    curves = write_channels(
        shape_keys,
        take,
        channels,
        place,
        further,
        before,
        reduction,
        sealed,
        rollback,
        only_felt=felt - spoken,
        ends=RangeEnds(driver, layers, place, felt),
    )
    keep_property(take.action, PROPERTY, rollback)
    noted = _noted(layers, motion.parts, channels, curves, driver, felt)
    write_layers(take.action, take.layer_key, noted)
    keep_property(take.action, CURVES, rollback)
    keyed = dict.fromkeys(key for layer in noted.values() for key in layer.keys)
    note_curves(take.action, take.layer_key, take.curves(), keyed)
    return BakedMesh(take, tuple(channels), summed, curves, old_groups)


def _override_mesh(obj: bpy.types.Object, rollback: ExitStack) -> None:
    """Make a library override of an overridden object's mesh, which Blender leaves linked."""
    linked = mesh_of(obj)
    override = linked.override_create(remap_local_usages=False)
    if override is None:
        raise BakeError(f"The mesh '{linked.name}' of '{obj.name}' is linked: make a library override of it.")
    rollback.callback(bpy.data.meshes.remove, override)
    rollback.callback(setattr, obj, "data", linked)
    obj.data = override


def _layers_with(stored: dict[str, Layer], motion: MotionToBake, place: Placement) -> dict[str, Layer]:
    """The take's layers with those of the parts that are baked."""
    layers = dict(stored)
    extended = motion.weights
    if place.rest is not None:
        steps = np.arange(1, place.tail + 1, dtype=np.float32) / np.float32(place.rest - place.last)
        extended = extended.then(1 - steps)
    span = (motion.take, place.first, place.last + place.tail)
    for part in motion.parts:
        if part == EMOTION and part not in layers and not motion.weights.emotion.any():
            continue
        new = extended.layer(part, place.first, span)
        if part == EMOTION and place.lead and motion.weights.emotion[0].any():
            new = new.updated(_lead_of(new, motion.take, place))
        if part in layers:
            old = layers[part].without_take(motion.take) if part in place.cleared else layers[part]
            new = old.updated(new)
        layers[part] = new
    return layers


def _lead_of(emotion: Layer, take: str, place: Placement) -> Layer:
    """The frames before a take in which emotion comes from rest, with nothing in them yet."""
    first = place.first - place.lead
    weights = np.zeros((place.lead, len(emotion.channels)), np.float32)
    return Layer(first, emotion.channels, weights, ((take, first, place.first - 1),))


def _keys_of(driver: KeyDriver, parts: tuple[str, ...]) -> set[str]:
    """The keys that belong to some parts."""
    return {key for key, part in zip(driver.keys, driver.parts, strict=True) if part in parts}


def _no_longer_driven(
    obj: bpy.types.Object, stored: dict[str, Layer], motion: MotionToBake, driver: KeyDriver
) -> list[Channel]:
    """Keys that were driven before and are not now, and that let themselves be cleared: they rest."""
    blocks = shape_keys_of(obj).key_blocks
    others = {key for part, layer in stored.items() if part not in motion.parts for key in layer.keys}
    left: dict[str, str] = {}
    for part in motion.parts:
        for key in stored[part].keys if part in stored else ():
            if key not in driver.keys and key in blocks and not (part == EMOTION and key in others):
                left.setdefault(key, part)
    hindered = {each.key for each in find_blocked(obj, left)}
    count = len(motion.weights)
    return [resting_channel(blocks[key], part, count) for key, part in left.items() if key not in hindered]


def _noted(
    layers: dict[str, Layer],
    parts: Iterable[str],
    channels: Sequence[Channel],
    curves: WrittenCurves,
    driver: KeyDriver,
    felt: set[str],
) -> dict[str, Layer]:
    """The layers with what was keyed for them, and by what."""
    noted = {part: layer.keyed((), curves.emptied, layer.driver) for part, layer in layers.items()}
    for part in parts:
        if part not in layers:
            continue
        own = [channel.key for channel in channels if channel.part == part]
        keyed = [channel.key for channel in channels if channel.key in felt] if part == EMOTION else own
        keyed = [key for key in keyed if key in curves.counts]
        noted[part] = layers[part].keyed(keyed, curves.emptied, driver.fingerprint)
    return noted
