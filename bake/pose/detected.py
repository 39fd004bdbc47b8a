# SPDX-License-Identifier: GPL-3.0-or-later
"""Which poses are ARKit shapes, by their names."""

from collections.abc import Sequence
from dataclasses import dataclass

from ...core.retarget.mapping import MappedKey
from ...core.retarget.spelling import match_arkit


@dataclass(frozen=True)
class Detected:
    """A row for each name, in the same order."""

    keys: tuple[MappedKey, ...]


def detect(names: Sequence[str]) -> Detected:
    """Which names are ARKit shapes."""
    found = {key: name for name, keys in match_arkit(names).items() for key in keys}
    return Detected(tuple(MappedKey(name, found.get(name, "")) for name in names))
