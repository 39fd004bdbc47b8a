# SPDX-License-Identifier: GPL-3.0-or-later
"""Spellings of the 52 ARKit shapes, and what a name begins with that is not part of it.

Spellings seen in the wild: `jawOpen`, `JawOpen`, `jaw_open`, `Jaw Open`, `eyeBlink_L`, `eyeBlink.L`,
`L_eyeBlink`, `Eye_L_Blink`, `EyeBlinkLeft`, `ARKit_jawOpen`, `blendShape1.jawOpen`, `head:jawOpen`,
`A25_Jaw_Open` (Character Creator ExPlus), `facs_bs_JawOpen_div2` (DAZ), `jawOpen.001`.

Matching is by whole names after taking off a prefix; a name that merely contains an ARKit name, such as
a combination shape (`jawOpen_mouthClose`) or a corrective one, is not one.
"""

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from .arkit import ARKIT_NAMES

LEFT_WORDS: Final = frozenset(
    ("left", "l", "lft", "lf", "links", "linke", "linkes", "gauche", "izquierda", "izquierdo", "sinistra")
)
RIGHT_WORDS: Final = frozenset(
    ("right", "r", "rgt", "rt", "rechts", "rechte", "rechtes", "droite", "derecha", "derecho", "destra")
)

_SIDES: Final = {"Left": ("left", "l", "lft", "lf"), "Right": ("right", "r", "rgt", "rt")}

_DIRECTIONS: Final = ("jawLeft", "jawRight", "mouthLeft", "mouthRight")
"""Here left and right say where the shape moves to, not which half of the face it is."""

_KNOWN_PREFIX: Final = re.compile(
    r"(?:ar|arkit|kit|blendshapes?|bs|shapes?|shapekeys?|keys?|sk|morphs?|targets?|face|facial|head|mesh|geo"
    r"|expr|expressions?|ctrl|facs|jnt|genesis\d*|teeth|lod\d|[at]?\d{1,3})+"
)
"""Words, joined in lower case, that rigs put in front of a name without changing its meaning."""

_OTHER_SHAPE: Final = re.compile(
    r"(?:^|[^a-z])(?:corr?|corrective|correction|fix|jcm|mcm|combo|comb|mix|delta|wrinkles?|tension|old|backup"
    r"|inbetween|half|neg|inv)(?:[^a-z]|$)"
)
"""Words that make another shape of the one that they stand before."""

_NUMBER: Final = re.compile(r"\.\d{3,}$")
_ENDING: Final = re.compile(r"(?:_div2|\(fin\))+$")
_BOUNDARY: Final = re.compile(r"[^0-9A-Za-z]+|(?<=[a-z0-9])(?=[A-Z])")
_SEPARATOR: Final = re.compile(r"[\s._:/|-]+")
_NAMESPACE: Final = re.compile(r"^.*(?:[:|/.]|__)")


@dataclass(frozen=True)
class ArkitSpelling:
    """What a normalised spelling stands for: a whole ARKit shape, one half of it, or both of a pair."""

    name: str
    half: str = ""  # "Left" or "Right" when an unsided ARKit shape is split in two
    both: bool = False  # an unsided spelling of a pair: `name` is its left shape


@dataclass(frozen=True)
class Ending:
    """The words of a name from some place on.

    Attributes:
        prefix: what stands before them.
        normal: their letters and digits in lower case.
        canonical: the same where left and right are "l" and "r", and do not stand first.
        words: in lower case.
    """

    prefix: str
    normal: str
    canonical: str
    words: tuple[str, ...]


def normalised(text: str) -> str:
    """Letters and digits in lower case; of the full and half forms of Japanese type the usual one."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    return "".join(each for each in folded if each.isalnum() or not (each.isascii() or each.isspace()))


def bare_name(key: str) -> str:
    """A key's name without the number of a duplicate, and without what importers append."""
    return _ENDING.sub("", _NUMBER.sub("", key))


@lru_cache(maxsize=4096)
def endings(bare: str) -> tuple[Ending, ...]:
    """The whole name, then what is left of it from each of its words on."""
    found = []
    boundary = _BOUNDARY if bare.isascii() else _SEPARATOR
    spans = [(0, 0)] + [match.span() for match in boundary.finditer(bare)]
    for start, stop in spans:
        rest = bare[stop:]
        words = tuple(word for word in map(normalised, boundary.split(rest)) if word)
        if words:
            found.append(Ending(bare[: max(start, stop)], normalised(rest), canonical(words), words))
    return tuple(found)


def canonical(words: tuple[str, ...]) -> str:
    """Words in one, the side as one letter and not first: ("left", "eye", "blink") is "eyeblinkl"."""
    short = ["l" if word == "left" else "r" if word == "right" else word for word in words]
    # "Jaw_L" is a jaw that goes to the left; "L_Jaw" is half of one.
    if len(short) > 1 and short[0] in ("l", "r") and short[1:] not in (["jaw"], ["mouth"]):
        short = [*short[1:], short[0]]
    return "".join(short)


def canonical_name(name: str) -> str:
    """As `canonical`, of a name."""
    whole = endings(name)
    return whole[0].canonical if whole else ""


def _build_table() -> dict[str, ArkitSpelling]:
    """Every normalised spelling, from the weakest claim to the strongest, so that the strongest stays."""
    table: dict[str, ArkitSpelling] = {}
    pairs = [name for name in ARKIT_NAMES if name.endswith("Left") and name not in _DIRECTIONS]
    sided = dict.fromkeys(pairs, "Left")
    sided |= {name.removesuffix("Left") + "Right": "Right" for name in pairs}
    for name in pairs:
        table[normalised(name.removesuffix("Left"))] = ArkitSpelling(name, both=True)
    for name in ARKIT_NAMES:
        if name in sided or name in _DIRECTIONS:
            continue
        for half, words in _SIDES.items():
            for word in words:
                for spelling in (word + name, name + word):
                    table[normalised(spelling)] = ArkitSpelling(name, half=half)
    for name in _DIRECTIONS:
        stem, direction = (name[:-4], "Left") if name.endswith("Left") else (name[:-5], "Right")
        for word in _SIDES[direction]:
            table[normalised(stem + word)] = ArkitSpelling(name)
    for name, side in sided.items():
        stem = name.removesuffix(side)
        first_word = re.match(r"[a-z]+", stem)
        assert first_word is not None
        split = first_word.end()
        for word in _SIDES[side]:
            for spelling in (word + stem, stem[:split] + word + stem[split:], stem + word):
                table[normalised(spelling)] = ArkitSpelling(name)
    for name in ARKIT_NAMES:
        table[normalised(name)] = ArkitSpelling(name)
    return table


ARKIT_SPELLINGS: Final = _build_table()
"""Normalised spelling -> ARKit shape."""

_STEMS: Final = frozenset(normalised(re.sub(r"(Left|Right)$", "", name)) for name in ARKIT_NAMES) - {
    "jaw",
    "mouth",
}


def prefix_rank(prefix: str, common: bool) -> int | None:
    """How much a name behind this prefix is worth (less is better), or None when it is another shape.

    Args:
        prefix: what stands before it.
        common: whether it stands before many names of the rig: a character's name, say.
    """
    if not prefix:
        return 0
    text = normalised(prefix)
    if any(stem in text for stem in _STEMS) or _OTHER_SHAPE.search(prefix.casefold()):
        return None  # a combination of two shapes, or what corrects one
    inside = normalised(_NAMESPACE.sub("", prefix))
    if not inside:
        return 1 if text else 2
    return 2 if _KNOWN_PREFIX.fullmatch(inside) else 3 if common else None
