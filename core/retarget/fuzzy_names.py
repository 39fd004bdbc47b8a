# SPDX-License-Identifier: GPL-3.0-or-later
"""Names that are almost a shape's: slips of the pen, and words of the body that say it is none."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import cache
from typing import Final

from .arkit import ARKIT_NAMES
from .conventions import PLAIN_WORDS
from .conventions.plain_words import telling_words
from .key_candidates import Candidate, arkit_convention
from .spelling import LEFT_WORDS, RIGHT_WORDS, bare_name, endings

_ALIKE: Final = 0.78
"""How like each other (difflib's ratio) two words must be at least, where the other words are equal."""
_ALIKE_ALONE: Final = 0.85
"""The same for a name of one word."""
_CLEARER: Final = 0.05
"""By how much the best guess must be better than the next."""
_TRUST: Final = 0.65
"""Confidence in a guess that is right letter by letter."""

_NOT_OF_A_FACE: Final = frozenset(
    (
        *("breast", "breasts", "boob", "boobs", "nipple", "nipples", "belly", "butt", "glute", "hip", "hips"),
        *("waist", "torso", "chest", "abdomen", "pregnant", "body", "fat", "muscle", "muscles", "muscular"),
        *("weight", "height", "thin", "heavy", "age", "old", "young", "gender", "male", "female", "shoulder"),
        *("arm", "arms", "elbow", "forearm", "hand", "hands", "finger", "fingers", "thumb", "wrist", "nail"),
        *("leg", "legs", "knee", "thigh", "calf", "ankle", "foot", "feet", "toe", "toes", "heel", "neck"),
        *("hair", "ear", "ears", "horn", "horns", "tail", "wing", "wings", "corrective", "jcm", "mcm"),
        *("shirt", "skirt", "shoe", "shoes", "cloth", "clothes", "glasses", "hat", "macrodetail", "measure"),
    )
)


@dataclass(frozen=True)
class _Known:
    words: tuple[str, ...]
    side: str
    candidate: Candidate


def is_not_of_a_face(key: str) -> bool:
    """Whether a name says that the key changes a body, clothes or who somebody is."""
    whole = endings(bare_name(key))
    return bool(whole) and any(word in _NOT_OF_A_FACE for word in whole[0].words)


def guess_names(names: Sequence[str], orders: Sequence[int]) -> Iterator[tuple[int, Candidate]]:
    """Keys that are almost spelled as a shape: (place in the rig, what it may be).

    Args:
        names: of all keys.
        orders: places of those that no convention knows.
    """
    for order in orders:
        guess = _guess(names[order])
        if guess is not None:
            known, sure = guess
            shape = known.candidate
            yield (
                order,
                Candidate(
                    order, names[order], shape.convention, shape.shape, rank=1, guess=round(_TRUST * sure, 2)
                ),
            )


def _guess(key: str) -> tuple[_Known, float] | None:
    whole = endings(bare_name(key))
    if not whole or not key.isascii() or is_not_of_a_face(key):
        return None
    words = whole[0].words
    sides = [word for word in words if word in LEFT_WORDS or word in RIGHT_WORDS]
    if len(sides) > 1:
        return None
    side = "" if not sides else "Left" if sides[0] in LEFT_WORDS else "Right"
    told = tuple(telling_words(word for word in words if word not in sides))
    known = _known(len(told), side)
    scored = sorted(
        ((_likeness(told, each.words), number) for number, each in enumerate(known)), reverse=True
    )
    if not scored or not scored[0][0]:
        return None
    best, number = scored[0]
    channel = known[number].candidate.channel
    rivals = [score for score, other in scored[1:] if known[other].candidate.channel != channel]
    return None if rivals and rivals[0] > best - _CLEARER else (known[number], best)


@cache
def _known(count: int, side: str) -> tuple[_Known, ...]:
    """What has so many words and this side."""
    return tuple(each for each in _all_known() if len(each.words) == count and each.side == side)


@cache
def _all_known() -> tuple[_Known, ...]:
    found = []
    arkit = arkit_convention()
    for shape in arkit.shapes:
        words = endings(shape.name)[0].words
        side = {"left": "Left", "right": "Right"}.get(words[-1], "")
        if shape.name in ARKIT_NAMES or not side:
            told = words[:-1] if side else words
            found.append(_Known(told, side, Candidate(0, "", arkit, shape, 0)))
    for shape in PLAIN_WORDS.shapes:
        for name in (shape.name, *shape.spellings):
            words = tuple(name.split())
            side = {"left": "Left", "right": "Right"}.get(words[-1], "")
            told = words[:-1] if side else words
            found.append(_Known(told, side, Candidate(0, "", PLAIN_WORDS, shape, 0)))
    return tuple(found)


def _likeness(words: Sequence[str], known: Sequence[str]) -> float:
    """Mean likeness of words in turn; 0 where one is another word, or more than one differs."""
    different = [(mine, other) for mine, other in zip(words, known, strict=True) if mine != other]
    if len(different) != 1:
        return 0.0
    mine, other = different[0]
    if mine[0] != other[0] or abs(len(mine) - len(other)) > 2 or len(other) < (4 if len(known) > 1 else 5):
        return 0.0
    likeness = SequenceMatcher(None, mine, other, autojunk=False).ratio()
    if likeness < (_ALIKE if len(known) > 1 else _ALIKE_ALONE):
        return 0.0
    return (len(known) - 1 + likeness) / len(known)
