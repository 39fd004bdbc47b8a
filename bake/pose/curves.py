# SPDX-License-Identifier: GPL-3.0-or-later
"""Turns of carriers into F-curves, with what was animated there before kept, and all to be taken back.

N is the number of frames that are written, C of channels of a property.
"""

from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import Any, Final

import bpy
import numpy as np
from numpy.typing import NDArray

from ...core.head_rotation import blended
from ..action import ChannelName, TakeAction
from ..channel_curves import set_reversibly
from ..curve_keys import CurveKeys
from ..key_reduction import reduce_keys
from .joints import Joint
from .reduction import rows_near, rows_within
from .stored import ChannelStore, JointStore
from .timing import Timing
from .turns import Turn

Floats = NDArray[np.float64]

_AS_THERE: Final = 1e-5
"""How far keys beside a motion may leave what was animated there before, in the channel's unit."""


@dataclass(eq=False)
class JointCurves:
    """The F-curves of one carrier while they are written.

    Attributes:
        joint: the carrier.
        take: the action that it is animated in.
        store: what is known of it there.
        is_combined: the keys hold the turn alone and are put on top of NLA strips.
        starts: by property, values (N, C) on which the turn was put.
        live: keys of each channel as they are to be.
        emptied: F-curves that lost all keys.
        key_count: number of keys written.
        edited: number of keys that were edited by hand and are gone.
    """

    joint: Joint
    take: TakeAction
    store: JointStore
    rollback: ExitStack
    is_combined: bool = False
    starts: dict[str, Floats] = field(default_factory=dict)
    live: dict[ChannelName, CurveKeys] = field(default_factory=dict)
    emptied: list[bpy.types.FCurve] = field(default_factory=list)
    key_count: int = 0
    edited: int = 0

    def __post_init__(self) -> None:
        self._curves = self.take.channels()
        self._before: dict[ChannelName, CurveKeys] = {}
        self._guarded: set[ChannelName] = set()
        self._fresh: dict[ChannelName, tuple[int, int]] = {}
        own = [*self.names(self.joint.rotation_property), *self.names("location"), *self.names("scale")]
        for name in dict.fromkeys([*self.store.channels, *own]):
            keys = CurveKeys.read(self._curves[name]) if name in self._curves else CurveKeys.none()
            self._before[name] = self.live[name] = keys
        self._edited = {
            name: channel.edited(self._before[name]) for name, channel in self.store.channels.items()
        }

    def names(self, name: str) -> list[ChannelName]:
        """The channels of a property of the carrier."""
        path = self.joint.path(name)
        return [(path, index) for index in range(len(getattr(self.joint.holder, name)))]

    def release(self, take: str) -> None:
        """Give way to what was there before a take was written."""
        self.store.spans = tuple(span for span in self.store.spans if span[0] != take)
        for name, channel in self.store.channels.items():
            self.live[name] = channel.released(self.live[name], take)

    def is_led(self, first: int, properties: Sequence[str] = ()) -> bool:
        """Whether properties of the carrier, by default its rotation, are animated before a frame."""
        names = [name for each in properties or (self.joint.rotation_property,) for name in self.names(each)]
        return any((self.live[name].arrays["co"][:, 0] < first).any() for name in names)

    def write(
        self,
        turn: Turn,
        timing: Timing,
        start: int,
        add: bool,
        errors: Mapping[str, float] | None,
        take: str,
        kept: NDArray[np.bool_] | None = None,
    ) -> None:
        """Put a turn into the channels' keys.

        Args:
            turn: of this carrier.
            timing: its frames.
            start: frame of the motion's first row, also when only a part is written.
            add: on top of what was there, else in its place.
            errors: by property how much the keys may be off: a rotation in degrees, others in the unit of
                their channels. None for a key on every frame.
            take: name of the take.
            kept: (N,) frames that get keys whatever the errors.
        """
        joint, strength = self.joint, timing.strength
        if turn.right is not None:
            name = joint.rotation_property
            base = joint.matrices(self._base(name, timing.frames, add))
            rest = joint.matrices(self._rest(name, start))
            if not add:
                base = blended(base, np.broadcast_to(rest, base.shape), strength)
            self.starts[name] = joint.rotation_values(base, self._rest(name, start))
            total = base @ turn.right
            if turn.left is not None:
                total = turn.left @ total
            values = joint.rotation_values(total, self._before_frame(name, timing))
            rows = rows_within(joint, values, total, None if errors is None else errors[name], kept)
            self._put(name, timing, values, rows, take, turn.places.get(name))
        if turn.offset is not None:
            name = "location"
            base = self._base(name, timing.frames, add)
            offset = turn.offset
            if joint.bone is None:
                offset = offset @ joint.matrices(self._rest(joint.rotation_property, start)).T
            if not add:
                base = base + (self._rest(name, start) - base) * strength[:, None]
            self.starts[name] = base
            values = base + offset
            rows = rows_near(values, None if errors is None else errors[name], kept)
            self._put(name, timing, values, rows, take, turn.places.get(name))
        if turn.scale is not None:
            name = "scale"
            base = self._base(name, timing.frames, add)
            if not add:
                base = base + (self._rest(name, start) - base) * strength[:, None]
            self.starts[name] = base
            values = base * turn.scale
            rows = rows_near(values, None if errors is None else errors[name], kept)
            self._put(name, timing, values, rows, take, turn.places.get(name))
        self.store.takes_frames(take, timing.first, timing.last)

    def finish(self) -> None:
        """Write the keys into the F-curves, and what is known into the store."""
        for name, keys in self.live.items():
            channel = self.store.channels.get(name)
            if channel is None:
                continue
            if len(self._edited.get(name, ())):
                kept = set(map(tuple, keys.arrays["co"].tolist()))
                self.edited += sum(tuple(each) not in kept for each in self._edited[name].tolist())
            if len(keys):
                curve = self._curve(name)
                if channel.reach:
                    self.take.put_into_group(curve, self.joint.part, self.rollback)
                keys.write(curve)
            elif name in self._curves:
                set_reversibly(self._curves[name], "mute", True, self.rollback)
                self.emptied.append(self._curves[name])
                self._set_value(name, channel.rest)
            channel.note_written(keys, self._fresh.get(name))
            if not channel.reach:
                del self.store.channels[name]

    def _set_value(self, name: ChannelName, value: float) -> None:
        holder: Any = self.joint.holder
        attribute = name[0].rpartition(".")[2]
        if self.joint.path(attribute) != name[0]:
            return
        values = getattr(holder, attribute)
        before = values[name[1]]

        def restore() -> None:
            getattr(holder, attribute)[name[1]] = before

        self.rollback.callback(restore)
        values[name[1]] = value

    def _channel(self, name: ChannelName) -> ChannelStore:
        attribute = name[0].rpartition(".")[2]
        if name not in self.store.channels:
            self.store.channels[name] = ChannelStore(float(self.joint.values(attribute)[name[1]]))
        if self.is_combined:
            # What the strips do comes beneath.
            self.store.channels[name].rest = float(self.joint.no_turn(attribute)[name[1]])
        return self.store.channels[name]

    def _base(self, name: str, frames: NDArray[np.integer], add: bool) -> Floats:
        """Values (N, C) of a property as it was before anything was written here."""
        channels = self.names(name)
        bases = [self._channel(each).all_base(self.live[each]) for each in channels]
        if not add and not any(map(len, bases)):
            return np.broadcast_to(self._unkeyed(name), (len(frames), len(channels)))
        columns = [
            self._evaluated(each, keys, frames)
            if len(keys)
            else np.full(len(frames), self._channel(each).rest)
            for each, keys in zip(channels, bases, strict=True)
        ]
        return np.stack(columns, axis=1)

    def _rest(self, name: str, start: int) -> Floats:
        """Values (C,) of a property from which a turn starts: a bone's rest pose, an object as it stood."""
        if self.joint.bone is not None:
            return self.joint.unposed(name)
        return self._base(name, np.array([start]), add=False)[0]

    def _unkeyed(self, name: str) -> Floats:
        if self.joint.bone is not None:
            return self.joint.unposed(name)
        return np.array([self._channel(each).rest for each in self.names(name)])

    def _curve(self, name: ChannelName) -> bpy.types.FCurve:
        """The F-curve of a channel, made when there is none, to be as it was when `rollback` unwinds."""
        if name not in self._curves:
            self._curves[name] = self.take.new_curve_in(self.joint.part, *name, self.rollback)
        elif name not in self._guarded:
            self.rollback.callback(self._before[name].write, self._curves[name])
        self._guarded.add(name)
        return self._curves[name]

    def _evaluated(self, name: ChannelName, keys: CurveKeys, frames: NDArray[np.integer]) -> Floats:
        """Values (N,) of a channel that has these keys."""
        curve = self._curve(name)
        keys.write(curve)
        return np.array([curve.evaluate(frame) for frame in frames.tolist()])

    def _before_frame(self, name: str, timing: Timing) -> Floats:
        """Values (C,) that the first written frame is to be near to."""
        rest = self._unkeyed(name)
        values = []
        for index, each in enumerate(self.names(name)):
            keys = self.live[each].arrays["co"]
            earlier = keys[keys[:, 0] < timing.low]
            later = keys[keys[:, 0] > timing.high]
            near = earlier[-1:] if len(earlier) else later[:1]
            values.append(float(near[0, 1]) if len(near) else float(rest[index]))
        return np.array(values)

    def _put(
        self,
        name: str,
        timing: Timing,
        values: Floats,
        rows: NDArray[np.intp],
        take: str,
        places: Sequence[int] | None,
    ) -> None:
        """Put values (N, C) at some rows into the keys of a property's channels, or of some of them."""
        for each, column in zip(self.names(name), values.T, strict=True):
            if places is not None and each[1] not in places:
                continue
            channel = self._channel(each)
            base = channel.all_base(self.live[each])
            keys = CurveKeys.linear(timing.low + rows, column[rows])
            before, first = self._beside(each, channel, base, timing.low, -1)
            after, last = self._beside(each, channel, base, timing.high, 1)
            self._fresh[each] = (first, last)
            self.live[each] = channel.claimed(self.live[each], take, first, last)
            self.live[each] = self.live[each].joined(before).joined(keys).joined(after)
            self.key_count += len(keys)

    def _beside(
        self, name: ChannelName, channel: ChannelStore, base: CurveKeys, edge: int, way: int
    ) -> tuple[CurveKeys, int]:
        """Keys that hold the animator's own curve from the edge of what is written to his next key.

        Without them the curve would take another way from his key to ours. They end where other motions
        begin.

        Returns:
            The keys, and the outermost frame that they have.
        """
        frames = base.arrays["co"][:, 0]
        beyond = frames[(frames - edge) * way > 0]
        if len(beyond) == 0 or (np.abs(frames - edge) < 0.5).any():
            return CurveKeys.none(), edge
        limit = round(float(beyond[np.abs(beyond - edge).argmin()]))
        others = (
            [max(low, edge + 1) for _, low, high in channel.reach if high > edge]
            if way > 0
            else [min(high, edge - 1) for _, low, high in channel.reach if low < edge]
        )
        blocked = (min(others) if way > 0 else max(others)) if others else None
        if blocked is not None and (blocked - limit) * way <= 0:
            return self._held(name, base, edge, blocked, way), blocked - way
        own = base.within(limit, limit).free_handles()
        return own.joined(self._held(name, base, edge, limit, way)), limit

    def _held(self, name: ChannelName, base: CurveKeys, edge: int, limit: int, way: int) -> CurveKeys:
        """Keys between two frames, neither included, on the animator's own curve."""
        frames = np.arange(min(edge, limit) + 1, max(edge, limit))
        if len(frames) == 0:
            return CurveKeys.none()
        values = self._evaluated(name, base, frames)
        rows = np.flatnonzero(reduce_keys(values, _AS_THERE))
        return CurveKeys.linear(frames[rows], values[rows])
