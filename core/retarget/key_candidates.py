# SPDX-License-Identifier: GPL-3.0-or-later
"""What each name of a rig may be: the keys of all conventions that it spells."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Final

from .arkit import ARKIT_NAMES
from .channels import ARKIT, channel_name
from .conventions import CONVENTIONS, PLAIN_WORDS
from .conventions.convention import PAIRED, Convention, Shape, meaning, part_of
from .conventions.plain_words import FACE_WORDS, MOVED_TO_SIDES, read_words
from .spelling import (
    ARKIT_SPELLINGS,
    LEFT_WORDS,
    RIGHT_WORDS,
    ArkitSpelling,
    Ending,
    bare_name,
    canonical_name,
    endings,
    normalised,
    prefix_rank,
)

_COMMON: Final = 5
"""A prefix in front of this many different shapes belongs to the rig (a character's name, say)."""

_FEW: Final = 3
"""Names of a face that must be there for one word alone ("wide") to be taken for another."""

_BEFORE_MOUTHS: Final = frozenset(
    (
        *("mouth", "mth", "m", "lip", "lips", "lipsync", "viseme", "visemes", "vis", "v", "phoneme", "ph"),
        *("phonemes", "vowel", "vowels", "speech", "talk", "say", "mouthshape", "mouthshapes", "mund", "口"),
    )
)
"""Words before names of sounds: "Mouth_A"."""


@cache
def arkit_convention() -> Convention:
    """ARKit as a convention: its 52 shapes, pairs on both sides at once, and halves of what has no sides."""
    shapes = [Shape(name, {name: 1.0}) for name in ARKIT_NAMES]
    shapes += [Shape(stem, meaning(**{stem: 1.0})) for stem in sorted(PAIRED)]
    halved = [name for name in ARKIT_NAMES if not name.endswith(("Left", "Right"))]
    shapes += [Shape(name + side, {name: 1.0}, piece=True) for name in halved for side in ("Left", "Right")]
    return Convention(ARKIT, ARKIT, tuple(shapes))


@cache
def _arkit_shapes() -> dict[str, Shape]:
    return {shape.name: shape for shape in arkit_convention().shapes}


def _arkit_shape(spelling: ArkitSpelling) -> Shape:
    name = spelling.name.removesuffix("Left") if spelling.both else spelling.name + spelling.half
    return _arkit_shapes()[name]


@dataclass(frozen=True)
class Candidate:
    """A convention's key that a name of the rig may be.

    Attributes:
        order: place of the name in the rig.
        key: the name.
        convention: whose.
        shape: which; None for a name that the convention has for nothing of a face.
        rank: how plainly it is spelled; less is better, 0 is letter by letter.
        weak: whether the name alone is no proof.
        side: "Left" or "Right" of half a shape that the convention has whole.
        spelled: the convention's name that it spells.
        guess: confidence where it is not spelled so, but almost; else 0.
    """

    order: int
    key: str
    convention: Convention
    shape: Shape | None
    rank: int
    weak: bool = False
    side: str = ""
    spelled: str = ""
    guess: float = 0.0

    @property
    def channel(self) -> str:
        """Name of the channel; "" for nothing of a face."""
        return "" if self.shape is None else channel_name(self.convention, self.shape)

    @property
    def piece(self) -> bool:
        """Whether it is one of several keys that are one channel together."""
        return bool(self.side) or (self.shape is not None and self.shape.piece)


@dataclass(frozen=True)
class _Entry:
    convention: Convention
    shape: Shape | None
    weak: bool
    name: str


@cache
def _index() -> dict[str, tuple[_Entry, ...]]:
    """Spelling in both normal forms -> entries of all conventions that are tables."""
    index: defaultdict[str, list[_Entry]] = defaultdict(list)

    def add(convention: Convention, shape: Shape | None, name: str) -> None:
        entry = _Entry(convention, shape, name in convention.weak, name)
        for form in {canonical_name(name), normalised(name)}:
            index[form].append(entry)

    for convention in CONVENTIONS:
        if convention is PLAIN_WORDS:
            continue
        for shape in convention.shapes:
            for name in (shape.name, *shape.spellings):
                add(convention, shape, name)
        for name in convention.fixed:
            add(convention, None, name)
    return {form: tuple(entries) for form, entries in index.items()}


def find_candidates(names: Sequence[str]) -> list[Candidate]:
    """Every convention's keys that the names of a rig spell, at most one of each convention for a name."""
    behind: defaultdict[str, set[str]] = defaultdict(set)
    found: list[tuple[Candidate, str]] = []
    for order, key in enumerate(names):
        for candidate, prefix in _spelled(order, key):
            found.append((candidate, prefix))
            behind[prefix].add(normalised(bare_name(key)[len(prefix) :]))
    common = Counter({prefix: len(shapes) for prefix, shapes in behind.items()})
    result = []
    for candidate, prefix in found:
        rank = _rank(candidate, prefix, common[prefix] >= _COMMON)
        if rank is None:
            continue
        numbered = bare_name(candidate.key) != candidate.key
        exact = candidate.rank == 0
        result.append(replace(candidate, rank=0 if exact else 1 + rank + 10 * numbered))
    return _with_enough(_both_halves(result))


def _spelled(order: int, key: str) -> Iterator[tuple[Candidate, str]]:
    """Candidates with what stands before them; of each convention that of the longest ending."""
    taken: set[Convention] = set()
    for ending in endings(bare_name(key)):
        spelling = ARKIT_SPELLINGS.get(ending.normal)
        arkit = arkit_convention()
        if spelling is not None and arkit not in taken:
            taken.add(arkit)
            shape = _arkit_shape(spelling)
            yield Candidate(order, key, arkit, shape, int(key != shape.name)), ending.prefix
        for entry, side in _entries(ending):
            if entry.convention not in taken:
                taken.add(entry.convention)
                exact = key == entry.name and not entry.weak
                yield (
                    Candidate(
                        order,
                        key,
                        entry.convention,
                        entry.shape,
                        int(not exact),
                        entry.weak,
                        side,
                        entry.name,
                    ),
                    ending.prefix,
                )
        if PLAIN_WORDS not in taken:
            words, side = _without_side(ending.words)
            # "jaw left" moves to the left, "left jaw" is half a jaw.
            half = len(words) == 1 and bool(side) and words[0] != ending.words[0]
            plain = None if half and words[0] in MOVED_TO_SIDES else read_words(words, side)
            if plain is not None:
                taken.add(PLAIN_WORDS)
                side = side if plain.shape.piece else ""
                yield Candidate(order, key, PLAIN_WORDS, plain.shape, 1, plain.short, side), ending.prefix


def _entries(ending: Ending) -> Iterator[tuple[_Entry, str]]:
    """Entries that an ending spells wholly, else those of the mouth that it spells but for a side."""
    index = _index()
    whole = index.get(ending.canonical, ()) or index.get(ending.normal, ())
    for entry in whole:
        yield entry, ""
    words, side = _without_side(ending.words)
    if side and words:
        for entry in index.get("".join(words), ()):
            shape = entry.shape
            if shape is not None and _is_unsided(shape):
                yield entry, side


def _is_unsided(shape: Shape) -> bool:
    return not shape.piece and bool(shape.meaning) and part_of(shape.meaning) == "Mouth" and not (
        all(name.endswith("Left") for name in shape.meaning)
        or all(name.endswith("Right") for name in shape.meaning)
    )  # fmt: skip


def _without_side(words: tuple[str, ...]) -> tuple[tuple[str, ...], str]:
    """The words without the one that says the side, and the side; none where two say one."""
    sides = [word for word in words if word in LEFT_WORDS or word in RIGHT_WORDS]
    if len(sides) != 1:
        return words, ""
    side = "Left" if sides[0] in LEFT_WORDS else "Right"
    return tuple(word for word in words if word != sides[0]), side


def _rank(candidate: Candidate, prefix: str, common: bool) -> int | None:
    if candidate.weak and normalised(prefix) in _BEFORE_MOUTHS:
        return 1
    if candidate.convention is PLAIN_WORDS and any(
        word in FACE_WORDS for each in endings(prefix)[:1] for word in each.words
    ):
        return None
    return prefix_rank(prefix, common)


def _both_halves(candidates: list[Candidate]) -> list[Candidate]:
    """Without halves whose other half is not there: "E_L" alone may be anything."""
    sides: defaultdict[tuple[Convention, str], set[str]] = defaultdict(set)
    for each in candidates:
        if each.side and each.shape is not None and each.convention is not PLAIN_WORDS:
            sides[each.convention, each.shape.name].add(each.side)
    return [
        each
        for each in candidates
        if not each.side
        or each.shape is None
        or each.convention is PLAIN_WORDS
        or len(sides[each.convention, each.shape.name]) == 2
    ]


def _with_enough(candidates: list[Candidate]) -> list[Candidate]:
    """Without weak names of conventions of which too little is there."""
    shapes: defaultdict[Convention, set[str]] = defaultdict(set)
    spelled: defaultdict[Convention, set[str]] = defaultdict(set)
    for each in candidates:
        if each.shape is not None:
            shapes[each.convention].add(each.shape.name)
            spelled[each.convention].add(each.spelled)
    enough = {
        convention
        for convention in shapes
        if len(shapes[convention]) >= convention.enough
        and (
            not convention.needed
            or len(convention.needed & spelled[convention]) >= min(2, len(convention.needed))
        )
    }
    sure = {each.key for each in candidates if not each.weak and each.shape is not None}
    if len(shapes[PLAIN_WORDS]) >= _FEW or len(sure) >= _FEW:
        enough.add(PLAIN_WORDS)
    return [each for each in candidates if not each.weak or each.convention in enough]
