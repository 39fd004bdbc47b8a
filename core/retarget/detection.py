# SPDX-License-Identifier: GPL-3.0-or-later
"""Find what the keys of a rig are by their names: a mapping that needs no hand.

Each name is looked up in all conventions (`core/retarget/key_candidates.py`). The conventions that explain
most of the rig's names own them. Where a rig has several sets of keys for the same part of the face, that
which says more is driven, and of the others only what it lacks, so that nothing is driven twice.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from .arkit import ARKIT_NAMES, PARTS
from .channels import CHANNELS
from .conventions import CONVENTIONS, PLAIN_WORDS
from .conventions.convention import PAIRED, SIDES, Convention, part_of
from .fuzzy_names import guess_names, is_not_of_a_face
from .key_candidates import Candidate, arkit_convention, find_candidates
from .mapping import MappedKey, RigMapping

_SPEECH: Final = (
    *(
        "jawOpen",
        "jawForward",
        "mouthClose",
        "mouthFunnel",
        "mouthPucker",
        "mouthRollLower",
        "mouthRollUpper",
    ),
    *("mouthShrugLower", "mouthShrugUpper", "mouthPress", "mouthLowerDown", "mouthUpperUp", "mouthStretch"),
)
"""Beginnings of the ARKit names that speech needs."""

_SEEN: Final = 0.12
"""Weight from which a shape is seen in a key."""
_COVERED: Final = 0.5
"""Weight from which a set of keys shows a shape well enough, whatever another key would do."""
_SHARE: Final = 0.7
"""The same as a part of what the other key would do."""
SPEAKS: Final = 4
"""Shapes of speech that named keys must show for a mouth to be known by its names."""

_WORTH_TELLING: Final = 3
"""Keys of a convention from which it is told, unless they are half of it."""

_SURE: Final = {0: 1.0, 1: 0.95, 2: 0.9, 3: 0.9, 4: 0.85}
"""Confidence for each rank of spelling; a number behind a name costs a little more."""
_NUMBERED: Final = 0.1
_WEAK: Final = 0.1
_PLAIN: Final = 0.8


@dataclass(frozen=True)
class ConventionFound:
    """A naming convention that a rig follows.

    Attributes:
        name: as a user reads it.
        found: how many of its keys the rig has.
        of: how many there are; of plain words, as many as were found.
    """

    name: str
    found: int
    of: int


@dataclass(frozen=True)
class Detection:
    """What the keys of a rig are, by their names.

    Attributes:
        keys: a row for each key, in the rig's order. A name that says nothing has no channel, and is used
            (its shape may tell) only where the mouth is not known by names.
        conventions: those that the rig follows, the one that explains most first.
        confidence: how sure it is that the mouth can speak by these names, 0..1.
    """

    keys: tuple[MappedKey, ...]
    conventions: tuple[ConventionFound, ...]
    confidence: float

    @property
    def mapping(self) -> RigMapping:
        """The keys as a mapping."""
        return RigMapping(self.keys)

    @property
    def driven(self) -> dict[str, tuple[str, ...]]:
        """Name of a channel -> names of the keys that it drives."""
        found: dict[str, list[str]] = {}
        for row in self.keys:
            if row.channel and row.use:
                found.setdefault(row.channel, []).append(row.key)
        return {channel: tuple(keys) for channel, keys in found.items()}


def detect(names: Sequence[str]) -> Detection:
    """Find what the keys of a rig are.

    Args:
        names: of its keys, in its order, without the reference ("Basis") key.
    """
    return _detect(tuple(names))


@lru_cache(maxsize=32)  # a panel asks at every redraw, for a face and its companions
def _detect(names: tuple[str, ...]) -> Detection:
    candidates = find_candidates(names)
    owners = _owners(candidates, names)
    for order, guess in guess_names(names, [order for order in range(len(names)) if order not in owners]):
        owners[order] = guess
    driven = _driven(owners, candidates)
    reach = _reach(each for order, each in owners.items() if order in driven)
    rows = []
    for order, key in enumerate(names):
        owner = owners.get(order)
        if owner is None:
            rows.append(MappedKey(key, "", 0.0, use=reach < SPEAKS and not is_not_of_a_face(key)))
        else:
            rows.append(MappedKey(key, owner.channel, _confidence(owner), use=order in driven))
    return Detection(tuple(rows), _conventions_found(candidates, owners), _overall(rows, reach))


def _owners(candidates: list[Candidate], names: Sequence[str]) -> dict[int, Candidate]:
    """Place of a key -> what it is: conventions take their keys, that with most of those left first."""
    left = set(range(len(names)))
    preference = {each: number for number, each in enumerate((arkit_convention(), *CONVENTIONS))}
    arkit = _arkit_beyond_doubt(candidates)
    by_convention: defaultdict[Convention, list[Candidate]] = defaultdict(list)
    for each in candidates:
        if each.convention is not PLAIN_WORDS or each.order not in arkit:
            by_convention[each.convention].append(each)
    owners: dict[int, Candidate] = {}
    while True:
        taken: list[Candidate] = []
        for convention in sorted(by_convention, key=preference.__getitem__):
            mine = _still_enough(
                convention, [each for each in by_convention[convention] if each.order in left]
            )
            if _weight(mine) > _weight(taken):
                taken = mine
        if not taken:
            return owners
        for each in taken:
            owners[each.order] = each
            left.discard(each.order)


def _weight(candidates: list[Candidate]) -> tuple[int, bool, int]:
    """How many; whether they are ARKit's; how many are spelled letter by letter."""
    arkit = bool(candidates) and candidates[0].convention is arkit_convention()
    return len(candidates), arkit, sum(each.rank == 0 for each in candidates)


def _arkit_beyond_doubt(candidates: list[Candidate]) -> set[int]:
    """Places of keys that are ARKit's. Without a jaw that opens, mouthClose may be a mouth that closes."""
    arkit = [each for each in candidates if each.convention is arkit_convention()]
    jaw = any(each.channel == "jawOpen" for each in arkit)
    return {each.order for each in arkit if jaw or each.channel != "mouthClose"}


def _still_enough(convention: Convention, candidates: list[Candidate]) -> list[Candidate]:
    shapes = {each.shape.name for each in candidates if each.shape is not None}
    # Leftovers of letters that another set explained are chance.
    if len(shapes) >= min(convention.enough, 3) or convention is PLAIN_WORDS:
        return candidates
    return [each for each in candidates if not each.weak or each.spelled in convention.needed]


def _driven(owners: dict[int, Candidate], candidates: list[Candidate]) -> set[int]:
    """Places of the keys that are driven."""
    drivable = {order for order, each in owners.items() if each.shape is not None and each.shape.drive}
    owning = {owners[order].convention for order in drivable}
    # A set counts for all that it knows, whoever owns it.
    known: defaultdict[Convention, dict[int, Candidate]] = defaultdict(dict)
    for each in (*candidates, *owners.values()):
        if each.order in drivable and each.convention in owning and each.shape and each.shape.drive:
            known[each.convention][each.order] = each
    driven: set[int] = set()
    for part in PARTS:
        sets = [
            [each for each in rows.values() if each.shape and part_of(each.shape.meaning) == part]
            for rows in known.values()
        ]
        reach = _reach if part == "Mouth" else lambda rows: len(_shown(rows))
        shown: dict[str, float] = {}
        jaw = False
        for rows in sorted(sets, key=lambda rows: (-reach(rows), -len(rows))):
            taken = [each for each in _best_of_each(rows) if not shown or _says_more(each, shown)]
            jaw = jaw or any(each.channel == "jawOpen" for each in taken)
            if shown and not jaw:
                # It undoes a jaw of its own kind only.
                taken = [each for each in taken if each.channel != "mouthClose"]
            driven |= {each.order for each in taken}
            for name, weight in _weights(taken):
                shown[name] = max(weight, shown.get(name, 0.0))
    return driven


def _weights(candidates: Iterable[Candidate]) -> Iterator[tuple[str, float]]:
    for each in candidates:
        if each.shape is not None:
            yield from each.shape.meaning.items()


def _says_more(candidate: Candidate, shown: Mapping[str, float]) -> bool:
    """Whether what a key does most is not shown by keys of a better set.

    Args:
        candidate: the key.
        shown: ARKit name -> its largest weight in a key of a better set.
    """
    weights = dict(_weights([candidate]))
    most = max(weights.values(), default=0.0)
    return bool(weights) and not any(
        shown.get(name, 0.0) >= min(_COVERED, _SHARE * weight)
        for name, weight in weights.items()
        if weight == most
    )


def _shown(candidates: Iterable[Candidate]) -> set[str]:
    """ARKit names that are seen in keys."""
    return {name for name, weight in _weights(candidates) if weight >= _SEEN}


def _reach(candidates: Iterable[Candidate]) -> int:
    """How many shapes of speech keys show; a pair counts once."""
    shown = _shown(candidates)
    return sum(any(name.startswith(stem) for name in shown) for stem in _SPEECH)


def _best_of_each(rows: list[Candidate]) -> list[Candidate]:
    """One key for each channel of a set, or its pieces, and no key for both sides beside one for each."""
    by_channel: defaultdict[str, list[Candidate]] = defaultdict(list)
    for row in rows:
        by_channel[row.channel].append(row)
    wholes = {
        channel: min((row for row in same if not row.piece), key=_plainest, default=None)
        for channel, same in by_channel.items()
    }
    single = {channel for channel, whole in wholes.items() if whole is not None}
    best: list[Candidate] = []
    for channel, same in by_channel.items():
        whole = wholes[channel]
        if whole is None:
            pieces: dict[tuple[str, str], Candidate] = {}
            for row in sorted(same, key=_plainest):
                assert row.shape is not None
                pieces.setdefault((row.shape.name, row.side), row)
            best += pieces.values()
        elif not _is_shown_otherwise(channel, single):
            best.append(whole)
    return best


def _is_shown_otherwise(channel: str, single: set[str]) -> bool:
    """Whether a key for both sides has one for each beside it, or a key for one side is alone beside both."""
    if channel in PAIRED:
        return all(channel + side in single for side in SIDES)
    stem = channel.removesuffix("Left").removesuffix("Right")
    return stem in PAIRED and stem in single and not all(stem + side in single for side in SIDES)


def _plainest(candidate: Candidate) -> tuple[int, int]:
    return candidate.rank, candidate.order


def _confidence(candidate: Candidate) -> float:
    if candidate.shape is None:
        return 0.0
    if candidate.guess:
        return candidate.guess
    sure = _SURE[candidate.rank % 10] - (_NUMBERED if candidate.rank >= 10 else 0.0)
    sure -= _WEAK if candidate.weak else 0.0
    return round(sure * (_PLAIN if candidate.convention is PLAIN_WORDS else 1.0), 2)


def _overall(rows: Sequence[MappedKey], reach: int) -> float:
    sure = [
        row.confidence for row in rows if row.channel and row.use and CHANNELS[row.channel].part == "Mouth"
    ]
    return round(sum(sure) / len(sure) * min(1.0, (reach + 1) / (SPEAKS + 1)), 3) if sure else 0.0


def _conventions_found(
    candidates: list[Candidate], owners: dict[int, Candidate]
) -> tuple[ConventionFound, ...]:
    owned = Counter(each.convention for each in owners.values() if each.shape is not None)
    found: defaultdict[Convention, set[str]] = defaultdict(set)
    for each in (*candidates, *owners.values()):
        if each.convention in owned and each.shape is not None:
            names = {each.shape.name}
            found[each.convention] |= (
                set(each.shape.meaning) if each.convention is arkit_convention() else names
            )
    result = []
    for convention, names in found.items():
        of = len(ARKIT_NAMES) if convention is arkit_convention() else len(convention.shapes)
        of = len(names) if convention is PLAIN_WORDS else of
        if owned[convention] >= _WORTH_TELLING or 2 * len(names) >= of or len(owned) == 1:
            result.append(ConventionFound(convention.name, len(names), of))
    return tuple(sorted(result, key=lambda each: -each.found))
