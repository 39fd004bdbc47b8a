# SPDX-License-Identifier: GPL-3.0-or-later
"""What is believed of a key: what its name says, or what it was measured to do.

Shape letters: S samples (`face_features`).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from .arkit import MOUTH_NAMES, PARTS, arkit_indices
from .channels import CHANNELS, Channel
from .face_features import arkit_displacements, face_features
from .mapping import MappedKey, RigMapping

_LEAST: Final = 0.02
"""Part of what an ARKit shape usually does below which a key does nothing."""
_LIES: Final = 0.2
"""Cosine between what a key does and what its name means below which the name is not believed."""
_MANY: Final = 0.25
"""Share of lying names from which none is believed."""
_WHOLE_MOUTH: Final = 0.9
"""Share of the mouth's ARKit shapes from which names are enough."""


def names_suffice(mapping: RigMapping) -> bool:
    """Whether the keys that are driven are the ARKit shapes of a whole mouth, each by its name."""
    named: set[str] = set()
    for row in mapping.keys:
        if row.use and row.channel in CHANNELS:
            meaning = CHANNELS[row.channel].meaning
            if not is_direct(meaning):
                if CHANNELS[row.channel].part == "Mouth":
                    return False
                continue
            named.update(meaning)
    wanted = [name for name in MOUTH_NAMES if name != "tongueOut"]
    return (
        sum(name in named for name in wanted) >= _WHOLE_MOUTH * len(wanted)
        and {
            "jawOpen",
            "mouthClose",
        }
        <= named
    )


@dataclass(frozen=True)
class Beliefs:
    """Names beside measurements.

    Attributes:
        rows: all rows, without the names that lie; without any name where many do.
        named: how many keys with a name were measured.
        lying: how many of these do something else than their names say.
    """

    rows: tuple[MappedKey, ...]
    named: int
    lying: int

    @property
    def is_one_wrong(self) -> bool:
        """Whether either the names or the measurement are wrong as a whole."""
        return self.lying > _MANY * self.named


def beliefs_of(rows: Sequence[MappedKey], measured: Mapping[str, NDArray[np.floating]]) -> Beliefs:
    """Compare what rows are named with the measured displacements (S, 3) of their keys."""
    named = [row for row in rows if row.use and row.channel in CHANNELS and row.key in measured]
    liars = {row.key for row in named if _lies(CHANNELS[row.channel], measured[row.key])}
    beliefs = Beliefs(tuple(rows), len(named), len(liars))
    if beliefs.is_one_wrong:
        liars = {row.key for row in named}
    kept = tuple(replace(row, channel="") if row.key in liars else row for row in rows)
    return replace(beliefs, rows=kept)


def _lies(channel: Channel, shape: NDArray[np.floating]) -> bool:
    """Whether a measured shape (S, 3) does something else than its name says."""
    if channel.part == "Gaze" or not channel.meaning:
        return False
    rows = face_features().rows(channel.part, np.stack([arkit_displacements(channel.meaning), shape]))
    believed, seen = rows.T
    return float(believed @ seen) < _LIES * float(np.linalg.norm(believed) * np.linalg.norm(seen))


def part_of(displacements: NDArray[np.floating]) -> str | None:
    """The part that a shape (S, 3) belongs to by what it moves most; None when it moves no face."""
    features = face_features()
    shares = {}
    for part in ("Mouth", "Blink", "Brows"):
        usual = np.linalg.norm(features.rows(part, features.arkit[arkit_indices(PARTS[part])]), axis=0)
        shares[part] = np.linalg.norm(features.rows(part, displacements[None])) / np.median(usual)
    best = max(shares, key=lambda part: shares[part])
    return best if shares[best] > _LEAST else None


def is_direct(meaning: Mapping[str, float]) -> bool:
    """Whether a meaning is one ARKit shape, or one for both sides of a pair."""
    stems = {name.removesuffix("Left").removesuffix("Right") for name in meaning}
    return len(stems) == 1 and len(meaning) <= 2 and set(meaning.values()) == {1.0}
