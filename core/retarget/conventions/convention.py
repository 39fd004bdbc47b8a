# SPDX-License-Identifier: GPL-3.0-or-later
"""What a naming convention is: names of keys, and what a face shows when each of them is at 1."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from ..arkit import ARKIT_INDEX, ARKIT_NAMES, PARTS

Meaning = Mapping[str, float]
"""ARKit name -> weight in 0..1."""

SIDES: Final = ("Left", "Right")

PAIRED: Final = frozenset(
    name.removesuffix("Left")
    for name in ARKIT_NAMES
    if name.endswith("Left") and name not in ("jawLeft", "mouthLeft")
)
"""Stems of the ARKit shapes that come as a pair, one for each side of the face: "mouthSmile"."""


@dataclass(frozen=True, eq=False)
class Shape:
    """A key of a convention.

    Attributes:
        name: as rigs of the convention spell it.
        meaning: what a face shows when it is at 1. Of keys that are pieces of one ARKit shape (its left
            half, its upper lip) each means that shape wholly: together at 1 they are it.
        spellings: other names of the same key.
        drive: False for what is recognised but not driven: expressions of feeling, the face at rest.
        piece: whether it is one of several keys that are one ARKit shape together.
    """

    name: str
    meaning: Meaning
    spellings: tuple[str, ...] = ()
    drive: bool = True
    piece: bool = False


@dataclass(frozen=True, eq=False)
class Convention:
    """A naming convention.

    Attributes:
        name: as a user reads it: "Oculus visemes".
        label: what its channels' names begin with: "Oculus".
        shapes: its keys.
        weak: names so short or plain that they count only where `enough` different ones are found.
        enough: how many.
        needed: names of which two must be there for the weak ones to count.
        fixed: names of keys that come with the convention and show nothing of a face.
    """

    name: str
    label: str
    shapes: tuple[Shape, ...]
    weak: frozenset[str] = frozenset()
    enough: int = 4
    needed: frozenset[str] = frozenset()
    fixed: frozenset[str] = frozenset()


def meaning(**weights: float) -> Meaning:
    """A meaning of ARKit names; the stem of a pair stands for both sides: `meaning(mouthSmile=0.2)`."""
    result: dict[str, float] = {}
    for name, weight in weights.items():
        names = [name + side for side in SIDES] if name in PAIRED else [name]
        for each in names:
            if each not in ARKIT_INDEX:
                raise ValueError(f"{each} is no ARKit shape.")
            result[each] = weight
    return result


def one_side(side: str, **weights: float) -> Meaning:
    """As `meaning`, where the stem of a pair stands for one side, "Left" or "Right"."""
    return meaning(**{name + side if name in PAIRED else name: value for name, value in weights.items()})


def shape(name: str, *spellings: str, drive: bool = True, **weights: float) -> Shape:
    """A key for both sides of the face."""
    return Shape(name, meaning(**weights), spellings, drive)


def sides(
    name: str,
    *spellings: str,
    words: tuple[str, str] = ("L", "R"),
    drive: bool = True,
    **weights: float,
) -> tuple[Shape, Shape]:
    """A key for the left and one for the right: "{}" in the names stands for the side.

    The halves of a shape without sides are pieces of it.
    """
    piece = list(weights.values()) == [1.0] and PAIRED.isdisjoint(weights)
    return sides_of(name, weights, *spellings, words=words, drive=drive, piece=piece)


def sides_of(
    name: str,
    weights: Mapping[str, float],
    *spellings: str,
    words: tuple[str, str] = ("Left", "Right"),
    drive: bool = True,
    piece: bool = True,
) -> tuple[Shape, Shape]:
    """As `sides`, of weights in a mapping."""
    first, second = (
        Shape(
            name.format(word),
            one_side(side, **weights),
            tuple(each.format(word) for each in spellings),
            drive,
            piece,
        )
        for side, word in zip(SIDES, words, strict=True)
    )
    return first, second


def posture(name: str, weights: Meaning, *spellings: str) -> Shape:
    """A key that shows a posture of the mouth."""
    return Shape(name, weights, spellings)


def feeling(names: Iterable[str], **weights: float) -> tuple[Shape, ...]:
    """Keys that show a feeling: what speech does must not pull such faces."""
    first, *others = names
    return (Shape(first, meaning(**weights), tuple(others), drive=False),)


def part_of(weights: Meaning) -> str:
    """Name of the part of a take that a meaning belongs to most."""
    totals = {part: sum(weights.get(name, 0.0) for name in names) for part, names in PARTS.items()}
    return max(totals, key=lambda part: totals[part])
