# SPDX-License-Identifier: GPL-3.0-or-later
"""What keeps a shape key from showing baked keys: drivers, mutes, locks, pins, zero influence."""

from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any, Final

import bpy

from .action import assigned_curves
from .errors import BakeError

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
    return tuple(dict.fromkeys(obstacle.blocked for obstacle in _obstacles(obj, keys)))


def unblock(obj: bpy.types.Object, keys: Iterable[str], rollback: ExitStack) -> None:
    """Clear everything that blocks the named shape keys; `rollback` puts it back when it unwinds.

    Drivers are muted, not removed: the rig stays as the animator built it.

    Raises:
        BakeError: something does not let itself be cleared.
    """
    for obstacle in list(_obstacles(obj, keys)):
        owner, attribute = obstacle.owner, obstacle.attribute
        rollback.callback(setattr, owner, attribute, getattr(owner, attribute))
        try:
            setattr(owner, attribute, obstacle.free)
        except (AttributeError, TypeError, RuntimeError) as error:
            raise BakeError(
                f"Cannot clear what blocks '{obj.name}': {obstacle.blocked} ({error}). Clear it by hand."
            ) from error


def _obstacles(obj: bpy.types.Object, keys: Iterable[str]) -> Iterator[_Obstacle]:
    shape_keys = obj.data.shape_keys
    paths = {value_path(key): key for key in keys}

    def obstacle(key: str, reason: str, owner: Any, attribute: str, free: Any) -> _Obstacle:
        return _Obstacle(BlockedKey(key, reason), owner, attribute, free)

    if obj.show_only_shape_key:
        yield obstacle(
            WHOLE_OBJECT, "one shape key is pinned (Solo Active Shape Key)", obj, "show_only_shape_key", False
        )
    if not shape_keys.use_relative:
        yield obstacle(
            WHOLE_OBJECT, "its shape keys are absolute (Relative is off)", shape_keys, "use_relative", True
        )
    animation = shape_keys.animation_data
    if animation is not None:
        if animation.use_nla:
            for track in animation.nla_tracks:
                if track.is_solo:
                    reason = f"NLA track '{track.name}' plays solo"
                    yield obstacle(WHOLE_OBJECT, reason, track, "is_solo", False)
        if animation.use_tweak_mode:
            yield obstacle(
                WHOLE_OBJECT, "an NLA strip is open in tweak mode", animation, "use_tweak_mode", False
            )
        if animation.action_influence <= _NEGLIGIBLE:
            yield obstacle(WHOLE_OBJECT, "its action has zero influence", animation, "action_influence", 1.0)
        for driver in animation.drivers:
            if driver.data_path in paths and not driver.mute:
                yield obstacle(paths[driver.data_path], "has a driver", driver, "mute", True)
    for key in paths.values():
        block = shape_keys.key_blocks[key]
        if block.mute:
            yield obstacle(key, "is muted", block, "mute", False)
        if block.lock_shape:
            yield obstacle(key, "is locked", block, "lock_shape", False)
    for path, curve in assigned_curves(shape_keys).items():
        if path in paths:
            if curve.mute:
                yield obstacle(paths[path], "has a muted F-curve", curve, "mute", False)
            if curve.lock:
                yield obstacle(paths[path], "has a locked F-curve", curve, "lock", False)
            if curve.group is not None and curve.group.mute:
                reason = f"is in the muted channel group '{curve.group.name}'"
                yield obstacle(paths[path], reason, curve.group, "mute", False)
            if curve.group is not None and curve.group.lock:
                reason = f"is in the locked channel group '{curve.group.name}'"
                yield obstacle(paths[path], reason, curve.group, "lock", False)
