# SPDX-License-Identifier: GPL-3.0-or-later
"""Which key of a rig is driven by what: the list that is found by itself and that a user may edit."""

from dataclasses import dataclass
from typing import Final, Literal

Method = Literal["auto", "names", "shapes"]
"""How values of keys are found: from what their names mean, from what they are measured to do, or from the
names where these name a whole ARKit mouth and from the shapes otherwise."""

METHODS: Final[tuple[Method, ...]] = ("auto", "names", "shapes")


@dataclass(frozen=True)
class MappedKey:
    """One key of a rig: a shape key, or a pose of bones.

    Its value is offset + gain * x, or offset + gain * (1 - x) when inverted, for x from 0 (rest) to 1, and
    never leaves its range.

    Attributes:
        key: its name.
        channel: name of the channel (`core.retarget.channels.CHANNELS`) that it shows; "" when only its
            shape can tell.
        confidence: how sure that is, 0..1.
        gain: factor.
        offset: value at rest.
        invert: whether it is at rest at 1.
        use: whether it is driven at all.
    """

    key: str
    channel: str = ""
    confidence: float = 1.0
    gain: float = 1.0
    offset: float = 0.0
    invert: bool = False
    use: bool = True


@dataclass(frozen=True)
class RigMapping:
    """How a rig is driven.

    Attributes:
        keys: a row for each key, in the rig's order.
        method: how values are found.
    """

    keys: tuple[MappedKey, ...]
    method: Method = "auto"
