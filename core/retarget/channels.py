# SPDX-License-Identifier: GPL-3.0-or-later
"""Channels: what the keys of rigs show, each in terms of the 52 ARKit shapes."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from .arkit import ARKIT_NAMES, PARTS


@dataclass(frozen=True)
class Channel:
    """What a key shows when it is at 1.

    Attributes:
        name: unique, as a user reads it: "jawOpen", "Oculus aa".
        convention: whose name it is: "ARKit", "Oculus visemes".
        meaning: ARKit name -> weight in 0..1 that a face shows at 1. Both sides of a pair at 1 are one
            key for both.
        part: name from `core.retarget.arkit.PARTS`.
    """

    name: str
    convention: str
    meaning: Mapping[str, float]
    part: str


ARKIT: Final = "ARKit"

CHANNELS: Final[dict[str, Channel]] = {
    name: Channel(name, ARKIT, {name: 1.0}, part)
    for name in ARKIT_NAMES
    for part, names in PARTS.items()
    if name in names
}
"""All channels by name."""
