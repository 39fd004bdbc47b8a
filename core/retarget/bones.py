# SPDX-License-Identifier: GPL-3.0-or-later
"""Find head, neck and eyes among the bones of a rig, by the names that well-known rigs give them.

Names are compared without regard to case, separators, a namespace (`mixamorig1:`), a prefix that the rig's
bones share (`Hero_`) and a number (`.001`). A rig of no known family is searched for bones that are
called head, neck and eye in any of these ways.
"""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Final


@dataclass(frozen=True)
class RigNames:
    """What one family of rigs calls its bones; of several names the first that is there is taken.

    Attributes:
        name: of the family, for the user.
        head: names of the bone that turns the head.
        neck: names of the bone at the root of the neck.
        left_eye: names of the bone that turns the subject's left eye, or that it looks at.
        right_eye: the same on the right.
        marks: names of other bones that tell this family from those that share the names above.
    """

    name: str
    head: tuple[str, ...]
    neck: tuple[str, ...]
    left_eye: tuple[str, ...] = ()
    right_eye: tuple[str, ...] = ()
    marks: tuple[str, ...] = ()


RIGS: Final[tuple[RigNames, ...]] = (
    # Blender's add-on Rigify: rigs/spines/super_head.py, rigs/faces/super_face.py, metarigs/human.py.
    # In a generated rig eye.L is the control that the eye looks at.
    RigNames(
        name="Rigify",
        head=("head",),
        neck=("neck",),
        left_eye=("eye.L",),
        right_eye=("eye.R",),
        marks=("torso", "master_eye.L", "ORG-spine"),
    ),
    RigNames(
        name="Rigify metarig",
        head=("spine.006",),
        neck=("spine.004",),
        left_eye=("eye.L",),
        right_eye=("eye.R",),
        marks=("spine", "face", "pelvis.L"),
    ),
    # Auto-Rig Pro, documentation "Rig Features"; .x is its middle.
    RigNames(
        name="Auto-Rig Pro",
        head=("c_head.x",),
        neck=("c_neck.x",),
        left_eye=("c_eye.l", "c_eye_target.l"),
        right_eye=("c_eye.r", "c_eye_target.r"),
        marks=("c_root_master.x", "c_traj"),
    ),
    # Mixamo's auto-rigger; only some characters have eyes.
    RigNames(
        name="Mixamo",
        head=("mixamorig:Head",),
        neck=("mixamorig:Neck",),
        left_eye=("mixamorig:LeftEye",),
        right_eye=("mixamorig:RightEye",),
        marks=("mixamorig:Hips", "mixamorig:LeftForeArm", "mixamorig:LeftToeBase", "mixamorig:HeadTop_End"),
    ),
    # MPFB 2 and MakeHuman: the rigs rig.default.json and rig.game_engine.json.
    RigNames(
        name="MPFB / MakeHuman",
        head=("head",),
        neck=("neck01",),
        left_eye=("eye.L",),
        right_eye=("eye.R",),
        marks=("spine05", "jaw", "special01", "levator02.L"),
    ),
    RigNames(
        name="MPFB game engine",
        head=("head",),
        neck=("neck_01",),
        left_eye=(),
        right_eye=(),
        marks=("Root", "spine_03", "breast_l"),
    ),
    # VRoid Studio's skeleton, and the humanoid bones of the VRM 1.0 specification (VRMC_vrm, humanoid).
    RigNames(
        name="VRoid (VRM)",
        head=("J_Bip_C_Head",),
        neck=("J_Bip_C_Neck",),
        left_eye=("J_Adj_L_FaceEye",),
        right_eye=("J_Adj_R_FaceEye",),
        marks=("J_Bip_C_Hips",),
    ),
    RigNames(
        name="VRM",
        head=("head",),
        neck=("neck",),
        left_eye=("leftEye",),
        right_eye=("rightEye",),
        marks=("hips", "upperChest", "leftUpperArm"),
    ),
    # Reallusion Character Creator 3 and 4.
    RigNames(
        name="Character Creator",
        head=("CC_Base_Head",),
        neck=("CC_Base_NeckTwist01", "CC_Base_NeckTwist02"),
        left_eye=("CC_Base_L_Eye",),
        right_eye=("CC_Base_R_Eye",),
        marks=("CC_Base_Hip",),
    ),
    # DAZ figures Genesis 3, 8 and 8.1, and Genesis 9.
    RigNames(
        name="DAZ Genesis 3 / 8",
        head=("head",),
        neck=("neckLower", "neckUpper"),
        left_eye=("lEye",),
        right_eye=("rEye",),
        marks=("abdomenLower", "lPectoral", "lShldrBend"),
    ),
    RigNames(
        name="DAZ Genesis 9",
        head=("head",),
        neck=("neck1", "neck2"),
        left_eye=("l_eye",),
        right_eye=("r_eye",),
        marks=("spine1", "l_upperarm"),
    ),
    # Epic's MetaHuman skeleton, and the mannequins of Unreal Engine 4 and 5.
    RigNames(
        name="MetaHuman",
        head=("head",),
        neck=("neck_01", "neck_02"),
        left_eye=("FACIAL_L_Eye",),
        right_eye=("FACIAL_R_Eye",),
        marks=("FACIAL_C_FacialRoot",),
    ),
    RigNames(
        name="Unreal mannequin",
        head=("head",),
        neck=("neck_01",),
        left_eye=(),
        right_eye=(),
        marks=("pelvis", "spine_01", "upperarm_l"),
    ),
)
"""In the order of preference where two fit equally well."""

_CERTAIN: Final = 0.5
"""Confidence from which on a family is named."""

UNKNOWN_RIG: Final = ""
"""Name of a rig of no known family."""

_LEFT: Final = frozenset({"left", "l", "lft", "lf"})
_RIGHT: Final = frozenset({"right", "r", "rgt", "rt"})

_NAMESPACE: Final = re.compile(r"^.*[:|]")
_NUMBER: Final = re.compile(r"\.\d{3,}$")
_BOUNDARY: Final = re.compile(r"[^0-9A-Za-z]+|(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")

_SHARED: Final = 5
"""A first word of this many bones belongs to the rig (a character's name, say)."""

_HELPERS: Final = frozenset(
    {"org", "mch", "def", "wgt", "vis", "tweak", "end", "top", "nub", "ik", "fk", "twist"}
)
"""Words of bones that are not the ones to be animated, though their names hold head or eye."""

_TORSO: Final = ("hips", "hip", "pelvis", "torso", "root")


@dataclass(frozen=True)
class HeadBones:
    """Bones that carry a head.

    Attributes:
        rig: name of the family, empty for one that is not known.
        head: None where nothing was found, as the others.
        neck: the bone at the root of the neck.
        left_eye: the subject's left.
        right_eye: the subject's right.
        confidence: 0 (nothing found) to 1 (a known family, name by name).
    """

    rig: str = UNKNOWN_RIG
    head: str | None = None
    neck: str | None = None
    left_eye: str | None = None
    right_eye: str | None = None
    confidence: float = 0.0


def find_head_bones(names: Sequence[str]) -> HeadBones:
    """The bones of a rig that carry its head and eyes.

    Args:
        names: of all bones, in the rig's order.
    """
    return _find(tuple(names))


@lru_cache(maxsize=8)  # a panel asks at every redraw
def _find(names: tuple[str, ...]) -> HeadBones:
    known: dict[str, str] = {}
    bare = {name: _NUMBER.sub("", name) for name in names}
    prefixes = _prefixes(names)
    for spelled in (
        _spelled,
        lambda name: _spelled(bare[name]),
        lambda name: _without_prefix(name, prefixes),
        lambda name: _without_prefix(bare[name], prefixes),
    ):
        for name in names:
            known.setdefault(spelled(name), name)
    best, best_score = HeadBones(), 0.0
    for rig in RIGS:
        found = [_first(known, each) for each in (rig.head, rig.neck, rig.left_eye, rig.right_eye)]
        if found[0] is None:
            continue
        wanted = [bool(each) for each in (rig.head, rig.neck, rig.left_eye, rig.right_eye)]
        marks = sum(_spelled(mark) in known for mark in rig.marks)
        # A family that names more of what is there fits better; marks decide between equal ones.
        score = sum(each is not None for each in found) + marks / len(rig.marks)
        if score > best_score:
            confidence = score / (sum(wanted) + 1)
            best, best_score = HeadBones(rig.name, *found, confidence=round(confidence, 3)), score
    guess = _guess(names)
    if best.head is None:
        return guess if guess.head is not None else HeadBones()
    return replace(
        best,
        rig=best.rig if best.confidence >= _CERTAIN else UNKNOWN_RIG,
        neck=best.neck or guess.neck,
        left_eye=best.left_eye or guess.left_eye,
        right_eye=best.right_eye or guess.right_eye,
    )


def _first(known: dict[str, str], names: Iterable[str]) -> str | None:
    return next((known[_spelled(name)] for name in names if _spelled(name) in known), None)


def _spelled(name: str) -> str:
    """A name without namespace, separators and case."""
    return "".join(letter for letter in _NAMESPACE.sub("", name).casefold() if letter.isalnum())


def _prefixes(names: Sequence[str]) -> frozenset[str]:
    """First words that many bones share."""
    first = Counter(words[0] for words in map(words_of, names) if len(words) > 1)
    shared = {word for word, count in first.items() if count >= _SHARED}
    return frozenset(shared - _LEFT - _RIGHT - _HELPERS)


def _without_prefix(name: str, prefixes: frozenset[str]) -> str:
    """As `_spelled`, less a first word that is a prefix."""
    words = _words(name)
    return "".join(words[1:] if len(words) > 1 and words[0] in prefixes else words)


def words_of(name: str) -> list[str]:
    """The words of a bone's name in lower case, without namespace and number: "J_Adj_L_FaceEye" has five."""
    return _words(_NUMBER.sub("", name))


def _words(name: str) -> list[str]:
    return [word.casefold() for word in _BOUNDARY.split(_NAMESPACE.sub("", name)) if word]


def _guess(names: Sequence[str]) -> HeadBones:
    """Bones whose words say what they are, the shortest names first."""
    head = neck = left = right = None
    for name in sorted(names, key=lambda name: len(words_of(name))):
        words = {word.rstrip("0123456789") for word in words_of(name)}
        if words & _HELPERS:
            continue
        if head is None and "head" in words:
            head = name
        elif neck is None and "neck" in words:
            neck = name
        elif words & {"eye", "eyeball"} and not words & {"lid", "lids", "brow", "target"}:
            if left is None and words & _LEFT:
                left = name
            elif right is None and words & _RIGHT:
                right = name
    found = sum(each is not None for each in (head, neck, left, right))
    return HeadBones(UNKNOWN_RIG, head, neck, left, right, confidence=0.1 * found if head else 0.0)


@lru_cache(maxsize=8)
def side_pairs(names: tuple[str, ...]) -> tuple[tuple[str, str], ...]:
    """Pairs (left, right) of bones whose names differ in the side only."""
    sided: dict[tuple[str, ...], dict[str, str]] = {}
    for name in names:
        words = _words(name)
        sides = {"left" if word in _LEFT else "right" for word in words if word in _LEFT | _RIGHT}
        if len(sides) == 1:
            key = tuple("*" if word in _LEFT | _RIGHT else word for word in words)
            sided.setdefault(key, {}).setdefault(sides.pop(), name)
    return tuple((pair["left"], pair["right"]) for pair in sided.values() if len(pair) == 2)


@lru_cache(maxsize=8)
def leg_bones(names: tuple[str, ...]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Bones of thighs and of feet, those of the left and of the right: (thighs, feet)."""
    thighs, feet = [], []
    for pair in side_pairs(names):
        words = set(words_of(pair[0]))
        if words & {"thigh", "upleg", "upperleg"} or ("leg" in words and words & {"up", "upper"}):
            thighs += pair
        elif "foot" in words and not words & {"roll", "heel", "pole", "target"}:
            feet += pair
    return tuple(thighs), tuple(feet)


@lru_cache(maxsize=8)
def torso_bone(names: tuple[str, ...]) -> str | None:
    """The bone that the body grows from: hips, pelvis, torso; None where none is called so."""
    for word in _TORSO:
        for name in names:
            words = words_of(name)
            if word in words and not set(words) & (_HELPERS | _LEFT | _RIGHT):
                return name
    return None
