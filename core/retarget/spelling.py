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
    """Words in one, the side as one letter and never first: ("left", "eye", "blink") is "eyeblinkl"."""
    short = ["l" if word == "left" else "r" if word == "right" else word for word in words]
    if len(short) > 1 and short[0] in ("l", "r"):
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


# --- old matcher, goes when bake asks detect() ---
from collections import Counter, defaultdict  # noqa: E402
from collections.abc import Sequence  # noqa: E402

_NUMBER_SUFFIX = _NUMBER
_NAMESPACE_END = frozenset(":|/.")
_Spelling = ArkitSpelling
_normalised = normalised
_COMMON_PREFIX_COUNT = 5


@dataclass(frozen=True, order=True)
class _Candidate:
    """A key that may be the shape; the smallest wins."""

    rank: int
    order: int
    key: str


_TABLE = ARKIT_SPELLINGS
_UNSIDED_STEMS: Final = frozenset(_normalised(re.sub(r"(Left|Right)$", "", name)) for name in ARKIT_NAMES) - {
    "jaw",
    "mouth",
}


def _split(name: str) -> tuple[str, _Spelling] | None:
    """(prefix, spelling) of the longest ending of a name that is a known spelling."""
    for start, stop in [(0, 0)] + [match.span() for match in _BOUNDARY.finditer(name)]:
        spelling = _TABLE.get(_normalised(name[stop:]))
        if spelling is not None:
            return name[: max(start, stop)], spelling
    return None


def match_arkit(names: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """Which keys of a rig are which ARKit shapes.

    Args:
        names: names of the rig's keys, in its order. Leave out the reference ("Basis") key.

    Returns:
        ARKit name -> names of the keys that it drives, in ARKit order; shapes that were not found are
        absent. A shape may drive two keys (`browInnerUp_L`, `browInnerUp_R`), and a key may be driven by
        two shapes (`mouthSmile` without sides). An exact name wins, then a name without prefix, then
        one behind a namespace, a known prefix, a prefix that the rig's names share, and last a
        numbered duplicate (`.001`); among equals the first in the rig's order.
    """
    return dict(_match(tuple(names)))


@lru_cache(maxsize=8)  # a panel asks at every redraw
def _match(names: tuple[str, ...]) -> dict[str, tuple[str, ...]]:
    parsed: list[tuple[int, str, str, _Spelling, bool]] = []
    shapes_behind: defaultdict[str, set[_Spelling]] = defaultdict(set)
    for order, key in enumerate(names):
        bare = _NUMBER_SUFFIX.sub("", key)
        found = _split(bare)
        if found is not None:
            prefix, spelling = found
            parsed.append((order, key, prefix, spelling, bare != key))
            shapes_behind[prefix].add(spelling)
    prefix_counts = Counter({prefix: len(shapes) for prefix, shapes in shapes_behind.items()})

    whole: defaultdict[str, list[_Candidate]] = defaultdict(list)
    halves: defaultdict[tuple[str, str], list[_Candidate]] = defaultdict(list)
    both: defaultdict[str, list[_Candidate]] = defaultdict(list)
    for order, key, prefix, spelling, numbered in parsed:
        rank = _old_prefix_rank(prefix, prefix_counts[prefix])
        if rank is None:
            continue
        candidate = _Candidate(0 if key == spelling.name else 1 + rank + 10 * numbered, order, key)
        if spelling.both:
            both[spelling.name].append(candidate)
        elif spelling.half:
            halves[spelling.name, spelling.half].append(candidate)
        else:
            whole[spelling.name].append(candidate)

    result: dict[str, tuple[str, ...]] = {}
    for name in ARKIT_NAMES:
        if whole[name]:
            result[name] = (min(whole[name]).key,)
            continue
        sides = [min(halves[name, side]).key for side in _SIDES if halves[name, side]]
        if sides:
            result[name] = tuple(sides)
            continue
        left = re.sub("Right$", "Left", name)
        right = re.sub("Left$", "Right", name)
        if both[left] and not whole[left] and not whole[right]:
            result[name] = (min(both[left]).key,)
    return result


def _old_prefix_rank(prefix: str, count: int) -> int | None:
    """How much a name behind this prefix is worth (less is better), or None when it is another shape."""
    if not prefix:
        return 0
    text = _normalised(prefix)
    if any(stem in text for stem in _UNSIDED_STEMS):
        return None  # a combination of two shapes
    if prefix[-1] in _NAMESPACE_END:
        return 1
    if not text or _KNOWN_PREFIX.fullmatch(text):
        return 2
    return 3 if count >= _COMMON_PREFIX_COUNT else None
