# SPDX-License-Identifier: GPL-3.0-or-later
"""What a take of head and eyes replaced, stored with its action.

The animator's own keys on a channel are put aside where a bake writes over them, so that every bake starts
from them and not from what the bake before made of them: nothing adds up, and a shorter motion gives the
rest back.
"""

import json
import zlib
from collections.abc import Iterable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import Any, Final

import bpy
import numpy as np
from numpy.typing import NDArray

from ..action import ChannelName, TakeAction
from ..curve_keys import CurveKeys
from ..kept_property import keep_property
from ..layers import Span, cut
from .joints import Joint

PROPERTY: Final = "soliloquy_pose"
"""Custom property of an action: by slot and carrier, what `JointStore` holds."""

_SAME_VALUE: Final = 1e-5
_SAME_FRAME: Final = 1e-3


@dataclass
class ChannelStore:
    """What is known of one F-curve.

    Attributes:
        rest: value of the channel before it was first animated here.
        reach: frames whose keys are Soliloquy's, by take; apart from one another.
        base: the keys that were there, within the reach.
        written: (N, 2) frame and value of the keys in the reach, as they were written.
    """

    rest: float
    reach: tuple[Span, ...] = ()
    base: CurveKeys = field(default_factory=CurveKeys.none)
    written: NDArray[np.float32] = field(default_factory=lambda: np.zeros((0, 2), np.float32))

    def released(self, live: CurveKeys, take: str) -> CurveKeys:
        """Keys of the curve when what was written for a take gives way to what was there before."""
        for name, low, high in self.reach:
            if name == take:
                live = live.outside(low, high).joined(self.base.within(low, high))
                self.base = self.base.outside(low, high)
        self.reach = tuple(span for span in self.reach if span[0] != take)
        return live

    def claimed(self, live: CurveKeys, take: str, first: int, last: int) -> CurveKeys:
        """Keys of the curve without those from first to last, which are put aside unless written here."""
        self.base = self.base.joined(self.outside_reach(live).within(first, last))
        pieces = tuple(piece for span in self.reach for piece in cut(span, first, last))
        self.reach = (*pieces, (take, first, last))
        return live.outside(first, last)

    def outside_reach(self, live: CurveKeys) -> CurveKeys:
        """The keys that nobody wrote here."""
        for _, low, high in self.reach:
            live = live.outside(low, high)
        return live

    def all_base(self, live: CurveKeys) -> CurveKeys:
        """The keys as if nothing had been written here."""
        return self.outside_reach(live).joined(self.base)

    def note_written(self, live: CurveKeys, fresh: tuple[int, int] | None) -> None:
        """Remember the keys that were just written, and those of before that are in the reach still."""
        keys = [self.written[_inside(self.written[:, 0], low, high)] for _, low, high in self.reach]
        old = np.concatenate([*keys, self.written[:0]])
        if fresh is not None:
            old = old[~_inside(old[:, 0], *fresh)]
            new = live.within(*fresh).arrays["co"].astype(np.float32)
            old = np.concatenate([old, new])
        self.written = old[np.argsort(old[:, 0], kind="stable")]

    def edited(self, live: CurveKeys) -> NDArray[np.float32]:
        """Frame and value (N, 2) of the curve's keys in the reach that are not as they were written."""
        keys = live.arrays["co"]
        inside = [_inside(keys[:, 0], low, high) for _, low, high in self.reach]
        keys = keys[np.any([np.zeros(len(keys), bool), *inside], axis=0)]
        if len(self.written) == 0:
            return keys[:0]
        at = np.clip(np.searchsorted(self.written[:, 0], keys[:, 0] - _SAME_FRAME), 0, len(self.written) - 1)
        frames, values = np.abs(self.written[at] - keys).T
        return keys[(frames > _SAME_FRAME) | (values > _SAME_VALUE)]


def _inside(frames: NDArray[np.floating], low: int, high: int) -> NDArray[np.bool_]:
    return (frames >= low - 0.5) & (frames < high + 0.5)


@dataclass
class JointStore:
    """What is known of one carrier in an action.

    Attributes:
        part: that turns it.
        spans: frames of motions, by take; apart from one another.
        axes: (3, 3) head axes that were found for it when it was first animated.
        channels: by data path and place in the property.
    """

    part: str
    spans: tuple[Span, ...] = ()
    axes: NDArray[np.float64] | None = None
    channels: dict[ChannelName, ChannelStore] = field(default_factory=dict)

    def takes_frames(self, take: str, first: int, last: int) -> None:
        """Note the frames of a motion, in place of what others had there."""
        pieces = tuple(piece for span in self.spans for piece in cut(span, first, last))
        self.spans = (*pieces, (take, first, last))


def read_store(action: bpy.types.Action, key: str) -> dict[str, JointStore]:
    """What is stored in an action for one datablock (`TakeAction.layer_key`), by bone; "" is the object."""
    stored = action.get(PROPERTY, {})
    # Files made before Blender 4.4 had no slots; what they store lies under "0".
    entries = stored.get(key, stored.get("0", {}))
    return dict(_unpacked(entry) for entry in entries.values())


def adopt_renamed(
    joints: dict[str, JointStore], joint: Joint, curves: "Mapping[ChannelName, bpy.types.FCurve]"
) -> None:
    """Find what is stored of a bone under the name that it had before: Blender renames F-curves, not this."""
    if joint.bone is None or joint.bone.name in joints:
        return
    for old, store in joints.items():
        if not old or old in joint.obj.pose.bones:
            continue
        before = f'pose.bones["{bpy.utils.escape_identifier(old)}"].'
        channels = {
            (joint.path(path.removeprefix(before)), index): channel
            for (path, index), channel in store.channels.items()
        }
        if channels and all(
            name in curves and len(curves[name].keyframe_points) >= len(channel.written)
            for name, channel in channels.items()
        ):
            store.channels = channels
            joints[joint.bone.name] = joints.pop(old)
            return


def write_store(action: bpy.types.Action, key: str, joints: Mapping[str, JointStore]) -> None:
    """Store what is known of a datablock's carriers, in place of what was stored before."""
    stored = action[PROPERTY].to_dict() if PROPERTY in action else {}
    stored[key] = {str(number): _packed(*each) for number, each in enumerate(joints.items())}
    action[PROPERTY] = stored


def keep_store(take: TakeAction, store: Mapping[str, JointStore], rollback: ExitStack) -> None:
    """Store what is known of a datablock's carriers; as it was when `rollback` unwinds."""
    keep_property(take.action, PROPERTY, rollback)
    write_store(take.action, take.layer_key, store)


def _packed(bone: str, joint: JointStore) -> dict[str, Any]:
    channels = []
    arrays: list[NDArray] = []
    for (path, index), channel in joint.channels.items():
        channels.append([path, index, channel.rest, channel.reach, len(channel.base), len(channel.written)])
        arrays += [*channel.base.rows(), channel.written.astype("<f4")]
    axes = None if joint.axes is None else joint.axes.tolist()
    facts = {"bone": bone, "part": joint.part, "spans": joint.spans, "axes": axes, "channels": channels}
    blob = b"".join(np.ascontiguousarray(each).tobytes() for each in arrays)
    return {"facts": json.dumps(facts), "keys": zlib.compress(blob, level=1)}


def _unpacked(entry: Mapping[str, Any]) -> tuple[str, JointStore]:
    facts = json.loads(entry["facts"])
    blob = zlib.decompress(bytes(entry["keys"]))
    channels = {}
    at = 0
    for path, index, rest, reach, bases, count in facts["channels"]:
        base, at = CurveKeys.from_rows(blob, at, bases)
        written = np.frombuffer(blob, "<f4", count * 2, at).reshape(-1, 2)
        at += count * 8
        channels[path, index] = ChannelStore(rest, _spans(reach), base, written)
    axes = None if facts["axes"] is None else np.array(facts["axes"], np.float64)
    return facts["bone"], JointStore(facts["part"], _spans(facts["spans"]), axes, channels)


def _spans(entries: Iterable) -> tuple[Span, ...]:
    return tuple((str(take), int(low), int(high)) for take, low, high in entries)
