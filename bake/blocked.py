# SPDX-License-Identifier: GPL-3.0-or-later
"""What keeps a shape key from showing baked keys: drivers, mutes, locks, pins, zero influence."""

from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any, Final

import bpy

from .action import assigned_curves
from .errors import BakeError
from .meshes import shape_keys_of

WHOLE_OBJECT: Final = ""
"""Key name of a reason that blocks every shape key of the object."""

_NEGLIGIBLE: Final = 1e-6


@dataclass(frozen=True)
class BlockedKey:
    """A shape key that would not show its keys.

    Attributes:
        key: name of the shape key, `WHOLE_OBJECT` ("") when all of them are blocked.
        reason: what blocks it, to be read after the name: "has a driver".
    """

    key: str
    reason: str

    def __str__(self) -> str:
        return f"'{self.key}' {self.reason}" if self.key else self.reason


@dataclass(frozen=True)
class _Obstacle:
    """A blocked key with the property that blocks it: setting `owner.attribute` to `free` clears it."""

    blocked: BlockedKey
    owner: Any
    attribute: str
    free: Any


def value_path(key: str) -> str:
    """Data path of a shape key's value, from its `mesh.shape_keys`."""
    return f'key_blocks["{bpy.utils.escape_identifier(key)}"].value'


def find_blocked(obj: bpy.types.Object, keys: Iterable[str]) -> tuple[BlockedKey, ...]:
    """Everything that keeps the named shape keys of an object from showing baked keys."""
    obstacles = [*_object_obstacles(obj), *_key_obstacles(obj, keys)]
    return tuple(dict.fromkeys(obstacle.blocked for obstacle in obstacles))


def unblock_object(obj: bpy.types.Object, rollback: ExitStack) -> None:
    """Clear what blocks all shape keys; `rollback` puts it back when it unwinds. Before the take's action."""
    _clear(obj, list(_object_obstacles(obj)), rollback)


def unblock_keys(obj: bpy.types.Object, keys: Iterable[str], rollback: ExitStack) -> None:
    """Clear what blocks single shape keys; `rollback` puts it back when it unwinds. After the take's action.

    Drivers are muted, not removed: the rig stays as the animator built it.

    Raises:
        BakeError: something does not let itself be cleared.
    """
    _clear(obj, list(_key_obstacles(obj, keys)), rollback)


def _clear(obj: bpy.types.Object, obstacles: list[_Obstacle], rollback: ExitStack) -> None:
    for obstacle in obstacles:
        before = getattr(obstacle.owner, obstacle.attribute)
        try:
            setattr(obstacle.owner, obstacle.attribute, obstacle.free)
        except (AttributeError, TypeError, RuntimeError) as error:
            raise BakeError(
                f"Cannot clear what blocks '{obj.name}': {obstacle.blocked}. Clear it by hand."
            ) from error
        rollback.callback(setattr, obstacle.owner, obstacle.attribute, before)


def _object_obstacles(obj: bpy.types.Object) -> Iterator[_Obstacle]:
    shape_keys = shape_keys_of(obj)

    def obstacle(reason: str, owner: Any, attribute: str, free: Any) -> _Obstacle:
        return _Obstacle(BlockedKey(WHOLE_OBJECT, reason), owner, attribute, free)

    if obj.show_only_shape_key:
        yield obstacle("one shape key is pinned (Solo Active Shape Key)", obj, "show_only_shape_key", False)
    if not shape_keys.use_relative:
        yield obstacle("its shape keys are absolute (Relative is off)", shape_keys, "use_relative", True)
    if shape_keys.animation_data is not None:
        for found in animation_obstacles(shape_keys.animation_data):
            yield obstacle(*found)


def animation_obstacles(animation: bpy.types.AnimData) -> Iterator[tuple[str, Any, str, Any]]:
    """What keeps a datablock's action from being seen: the reason, owner, attribute and its free value."""
    if animation.use_nla:
        for track in animation.nla_tracks:
            if track.is_solo:
                yield f"NLA track '{track.name}' plays solo", track, "is_solo", False
    if animation.use_tweak_mode:
        yield "an NLA strip is open in tweak mode", animation, "use_tweak_mode", False
    if animation.action_influence <= _NEGLIGIBLE:
        yield "its action has zero influence", animation, "action_influence", 1.0


def _key_obstacles(obj: bpy.types.Object, keys: Iterable[str]) -> Iterator[_Obstacle]:
    shape_keys = shape_keys_of(obj)
    paths = {value_path(key): key for key in keys}

    def obstacle(path: str, reason: str, owner: Any, attribute: str, free: Any) -> _Obstacle:
        return _Obstacle(BlockedKey(paths[path], reason), owner, attribute, free)

    for path, key in paths.items():
        block = shape_keys.key_blocks[key]
        if block.mute:
            yield obstacle(path, "is muted", block, "mute", False)
        if block.lock_shape:
            yield obstacle(path, "is locked", block, "lock_shape", False)
    animation = shape_keys.animation_data
    for driver in animation.drivers if animation is not None else ():
        if driver.data_path in paths and not driver.mute:
            yield obstacle(driver.data_path, "has a driver", driver, "mute", True)
    for path, curve in assigned_curves(shape_keys).items():
        if path not in paths:
            continue
        for found in curve_obstacles(curve):
            yield obstacle(path, *found)


def curve_obstacles(curve: bpy.types.FCurve) -> Iterator[tuple[str, Any, str, Any]]:
    """What keeps an F-curve's keys from being seen or changed, as `animation_obstacles`."""
    if curve.mute:
        yield "has a muted F-curve", curve, "mute", False
    if curve.lock:
        yield "has a locked F-curve", curve, "lock", False
    if len(curve.sampled_points):
        yield "holds samples (use Samples to Keys)", curve, "sampled_points", ()
    group = curve.group
    if group is not None and group.mute:
        yield f"is in the muted channel group '{group.name}'", group, "mute", False
    if group is not None and group.lock:
        yield f"is in the locked channel group '{group.name}'", group, "lock", False
