# SPDX-License-Identifier: GPL-3.0-or-later
"""Channels: what the keys of rigs show, each in terms of the 52 ARKit shapes."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from .arkit import ARKIT_NAMES
from .conventions import CONVENTIONS
from .conventions.convention import PAIRED, Convention, Shape, meaning, part_of


@dataclass(frozen=True)
class Channel:
    """What a key shows when it is at 1.

    Keys that share a channel are pieces of it (`browInnerUp_L` and `_R`, the four quarters of a mouth that
    puckers): each takes the channel's value, and together they are what it means.

    Attributes:
        name: unique, as a user reads it: "jawOpen", "Oculus aa".
        convention: whose name it is: "ARKit", "Oculus visemes".
        meaning: ARKit name -> weight in 0..1 that a face shows at 1. Both sides of a pair at 1 are one
            key for both. Empty for a face at rest.
        part: name from `core.retarget.arkit.PARTS`.
    """

    name: str
    convention: str
    meaning: Mapping[str, float]
    part: str


ARKIT: Final = "ARKit"

_BOTH_SIDES: Final = {
    frozenset(meaning(**{stem: 1.0}).items()): stem
    for stem in dict.fromkeys(name.removesuffix("Left") for name in ARKIT_NAMES)
    if stem in PAIRED
}


def channel_name(convention: Convention, shape: Shape) -> str:
    """The channel of a convention's key; ARKit's where it is one ARKit shape, or one on both sides."""
    if len(shape.meaning) == 1 and 1.0 in shape.meaning.values():
        return next(iter(shape.meaning))
    both = _BOTH_SIDES.get(frozenset(shape.meaning.items()))
    return both or f"{convention.label} {shape.name}"


def _all_channels() -> Iterator[Channel]:
    for name in ARKIT_NAMES:
        yield Channel(name, ARKIT, {name: 1.0}, part_of({name: 1.0}))
    for weights, name in _BOTH_SIDES.items():
        yield Channel(name, ARKIT, dict(weights), part_of(dict(weights)))
    for convention in CONVENTIONS:
        for shape in convention.shapes:
            name = channel_name(convention, shape)
            if name not in PAIRED and name not in ARKIT_NAMES:
                yield Channel(name, convention.name, shape.meaning, part_of(shape.meaning))


CHANNELS: Final[dict[str, Channel]] = {channel.name: channel for channel in _all_channels()}
"""All by name: ARKit's 52, its pairs on both sides at once ("mouthSmile"), then those of each convention."""
