# SPDX-License-Identifier: GPL-3.0-or-later
"""The frames that a bake writes, and those that it clears."""

from dataclasses import dataclass
from typing import Final

from ..core.retarget.arkit import EMOTION
from .layers import Layer

LAST_FRAME: Final = 1_048_574
"""Blender's MAXFRAME; the smallest frame is its negative."""

TO_REST_SECONDS: Final = 0.15
"""Seconds after the last frame by which the face is at rest."""


@dataclass(frozen=True)
class Placement:
    """Frames that a bake writes.

    Attributes:
        first: first baked frame.
        last: last baked frame.
        rest: frame by which all channels come to rest; None when only a part of the motion is baked.
        tail: number of frames after the last one that no other take has, at most up to `rest`.
        lead: number of frames before the first one in which emotion comes from rest, that no other take has.
        cleared: by part, first and last frame of what the same take wrote before and loses.
    """

    first: int
    last: int
    rest: int | None
    tail: int
    lead: int
    cleared: dict[str, tuple[tuple[int, int], ...]]

    def ranges_of(self, part: str) -> tuple[tuple[int, int], ...]:
        """First and last of frames in which keys of a part are replaced: of its own and of emotion's."""
        return ((self.first, self.last), *self.cleared.get(part, ()), *self.cleared.get(EMOTION, ()))


def placement_of(
    layers: dict[str, Layer], parts: tuple[str, ...], take: str, first: int, count: int, fps: float | None
) -> Placement:
    """Frames that a bake of `count` frames writes; fps is None when only a part of the motion is baked."""
    last = first + count - 1
    if fps is None:
        return Placement(first, last, None, 0, 0, {})
    stored = {part: layers[part] for part in parts if part in layers}
    cleared = {
        part: tuple((low, high) for _, low, high in layer.spans_of(take)) for part, layer in stored.items()
    }
    length = max(1, round(TO_REST_SECONDS * fps))
    spans = [span for layer in layers.values() for span in layer.spans if span[0] != take and span[1] < first]
    lead = first - max([first - length, -LAST_FRAME, *(min(high + 1, first) for _, _, high in spans)])
    rest = min(last + length, LAST_FRAME)
    if rest <= last:
        return Placement(first, last, None, 0, lead, cleared)
    others = [
        max(low, last + 1)
        for layer in stored.values()
        for name, low, high in layer.spans
        if name != take and high > last and low <= rest
    ]
    return Placement(first, last, rest, min([rest + 1, *others]) - last - 1, lead, cleared)
