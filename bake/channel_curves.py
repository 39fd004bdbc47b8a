# SPDX-License-Identifier: GPL-3.0-or-later
"""Put channels into F-curves so that everything can be taken back.

F is the number of frames.
"""

from collections.abc import Container, Sequence
from contextlib import ExitStack
from dataclasses import dataclass

import bpy
import numpy as np
from numpy.typing import NDArray

from .action import TakeAction, playing_strips
from .blocked import value_path
from .channels import REST, Channel, key_rows
from .curve_keys import CurveKeys
from .further_frames import FurtherFrames
from .placement import Placement
from .range_ends import RangeEnds
from .written import Written


@dataclass(frozen=True)
class WrittenCurves:
    """What was put into F-curves.

    Attributes:
        counts: number of keys written by shape key.
        emptied: the F-curves that lost all keys, by shape key.
        untouched: resting shape keys whose F-curves are the user's and stay.
        replaced: keys that Soliloquy did not write and that are gone, "2 of jawOpen".
        left: shape keys that only emotion would move, and that the user's F-curves or NLA strips move.
    """

    counts: dict[str, int]
    emptied: "dict[str, bpy.types.FCurve]"
    untouched: set[str]
    replaced: tuple[str, ...]
    left: tuple[str, ...]


def write_channels(
    shape_keys: bpy.types.Key,
    take: TakeAction,
    channels: list[Channel],
    place: Placement,
    further: FurtherFrames,
    written: Written,
    key_reduction: float | None,
    sealed: NDArray[np.bool_] | None,
    rollback: ExitStack,
    *,
    only_felt: Container[str],
    ends: RangeEnds,
) -> WrittenCurves:
    """Put the channels into their F-curves.

    Where a shape key is in `only_felt`, as emotion moves it and no part that is baked, the user's own curves
    stay, and so does what NLA strips play.
    F-curves that lose all keys are muted here and removed only when the bake has succeeded, because a removed
    F-curve cannot be put back whole.
    """
    curves = take.curves()
    counts: dict[str, int] = {}
    emptied: dict[str, bpy.types.FCurve] = {}
    untouched = set()
    foreign: dict[str, int] = {}
    left: list[str] = []
    in_strips = {each for _, paths in playing_strips(shape_keys) for each in paths}
    for channel in channels:
        block = shape_keys.key_blocks[channel.key]
        path = value_path(channel.key)
        curve = curves.get(path)
        ranges = (*place.ranges_of(channel.part), *further.runs(channel.key))
        more = further.keys(channel.key)
        resting = np.abs(channel.values - channel.rest).max() <= REST and len(more) == 0
        if curve is not None and resting and not any(written.has_keys(channel, *each) for each in ranges):
            untouched.add(channel.key)
            continue
        if curve is None and channel.key in only_felt and path in in_strips:
            left.append(channel.key)
            continue
        before = None if curve is None else CurveKeys.read(curve)
        kept = before
        if curve is not None and before is not None and kept is not None:
            for low, high in ranges:
                kept = kept.outside(low, high)
            replaced = before.arrays["co"][~np.isin(before.arrays["co"][:, 0], kept.arrays["co"][:, 0])]
            # Without keys of their own frames go from the key before to the one after.
            shaping = replaced if len(replaced) else before.arrays["co"]
            is_by_hand = written.foreign(channel, shaping) == len(shaping)
            if channel.key in only_felt and is_by_hand and _moves(curve, channel, ranges):
                left.append(channel.key)
                continue
            foreign[channel.key] = written.foreign(channel, replaced)
        holds_pose = abs(block.value - channel.rest) > REST if kept is None else len(kept) > 0
        holds_pose |= len(more) > 0
        frames = key_rows(channel, holds_pose, key_reduction, sealed)
        if len(frames) == 0:
            if curve is not None:
                set_reversibly(curve, "mute", True, rollback)
                set_reversibly(block, "value", channel.rest, rollback)
                emptied[channel.key] = curve
            continue
        keys = CurveKeys.linear(place.first + frames, channel.values[frames])
        # Nothing of another take or of the user's may be in the way to rest.
        free = kept is None or len(kept.outside(place.last + 1, place.rest or place.last)) == len(kept)
        free &= further.comes_to_rest(channel.key)
        if place.rest is not None and free and abs(channel.values[-1] - channel.rest) > REST:
            keys = keys.joined(CurveKeys.linear(np.array([place.rest]), np.array([channel.rest])))
        keys = keys.joined(more).joined(ends.keys(channel.key, curve, kept))
        if curve is None or kept is None or before is None:
            curve = take.new_curve_in(channel.part, path, 0, rollback)
        else:
            rollback.callback(before.write, curve)
            take.put_into_group(curve, channel.part, rollback)
        counts[channel.key] = len(keys)
        (keys if kept is None else kept.joined(keys)).write(curve)
    replaced = tuple(f"{count} of {key}" for key, count in foreign.items() if count)
    return WrittenCurves(counts, emptied, untouched.union(left), replaced, tuple(left))


def _moves(curve: "bpy.types.FCurve", channel: Channel, ranges: Sequence[tuple[int, int]]) -> bool:
    """Whether an F-curve takes its shape key from rest in some frames."""
    frames = (frame for low, high in ranges for frame in range(low, high + 1))
    return any(abs(curve.evaluate(frame) - channel.rest) > REST for frame in frames)


def set_reversibly(owner: object, attribute: str, value: object, rollback: ExitStack) -> None:
    """Set an attribute to a value; `rollback` puts the one before back when it unwinds."""
    rollback.callback(setattr, owner, attribute, getattr(owner, attribute))
    setattr(owner, attribute, value)
