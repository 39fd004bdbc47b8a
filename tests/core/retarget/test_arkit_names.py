# SPDX-License-Identifier: GPL-3.0-or-later
"""ARKit's shapes are found in any spelling."""

import random
import re

import pytest
from soliloquy.core.retarget.arkit import ARKIT_NAMES
from soliloquy.core.retarget.channels import ARKIT, CHANNELS
from soliloquy.core.retarget.detection import detect


def match_arkit(names):
    """ARKit name -> keys that it drives, in ARKit order; keys with meanings of their own left out."""
    found = {}
    for row in detect(names).keys:
        if row.use and row.channel and CHANNELS[row.channel].convention == ARKIT:
            for name in CHANNELS[row.channel].meaning:
                found.setdefault(name, []).append(row.key)
    return {name: tuple(found[name]) for name in ARKIT_NAMES if name in found}


SIDES = {"Left": "L", "Right": "R"}


def short_side(name: str, joint: str) -> str:
    """eyeBlinkLeft -> eyeBlink_L; the movement names jawLeft and mouthLeft likewise."""
    return re.sub(r"(Left|Right)$", lambda match: joint + SIDES[match.group()], name)


def words(name: str) -> list[str]:
    return re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name).split()


SPELLINGS = {
    "Apple": lambda name: name,
    "Live Link Face": lambda name: name[0].upper() + name[1:],
    "Faceit": lambda name: short_side(name, "_"),
    "dotted sides": lambda name: short_side(name, "."),
    "glued sides": lambda name: short_side(name, ""),
    "lower case": str.lower,
    "upper case": str.upper,
    "snake": lambda name: "_".join(words(name)).lower(),
    "snake, short side": lambda name: "_".join(words(short_side(name, ""))).lower(),
    "spaced": lambda name: " ".join(words(name)).title(),
    "hyphens": lambda name: "-".join(words(name)),
    "prefixed": lambda name: f"ARKit_{name}",
    "Maya node": lambda name: f"blendShape1.{name}",
    "namespace": lambda name: f"head:{name}",
    "namespace and short side": lambda name: f"Anna:Face.M_F00.{short_side(name, '_')}",
    "VRoid with ARKit": lambda name: f"Face.M_F00.{name}",
    "Character Creator ExPlus": lambda name: f"A{ARKIT_NAMES.index(name) + 1:02d}_{'_'.join(words(name))}",
    "a character's own prefix": lambda name: f"Günther_{name}",
    "numbered duplicates": lambda name: f"{name}.001",
    "MetaHuman controls": lambda name: f"CTRL_expressions_{short_side(name, '')}",
}


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_every_name_in_every_spelling(spelling):
    names = [SPELLINGS[spelling](name) for name in ARKIT_NAMES]
    expected = {name: (spelled,) for name, spelled in zip(ARKIT_NAMES, names, strict=True)}
    shuffled = names.copy()
    random.Random(1).shuffle(shuffled)
    assert match_arkit(shuffled) == expected
    assert list(match_arkit(shuffled)) == list(ARKIT_NAMES)


@pytest.mark.parametrize(
    ("key", "name"),
    [
        ("L_eyeBlink", "eyeBlinkLeft"),
        ("r_mouthSmile", "mouthSmileRight"),
        ("Left eyeWide", "eyeWideLeft"),
        ("mouthSmile_l", "mouthSmileLeft"),
        ("Eye_L_Look_Up", "eyeLookUpLeft"),
        ("Eye_Left_Blink", "eyeBlinkLeft"),
        ("jaw_L", "jawLeft"),
        ("Mouth_R", "mouthRight"),
        ("browOuterUp_L", "browOuterUpLeft"),
    ],
)
def test_single_spellings(key, name):
    assert match_arkit([key]) == {name: (key,)}


@pytest.mark.parametrize(
    "key",
    [
        "Basis",
        "",
        "L",
        "_",
        "mouthOpen",
        "viseme_aa",
        "jawOpen_mouthClose",  # a combination shape
        "jawOpen mouthFunnel.L",
        "inner_jawOpen",  # one odd prefix is another shape
        "jawOpenCorrective",
        "jaw",
        "mouth",
        "leftJaw",
        "口",
    ],
)
def test_not_arkit(key):
    assert match_arkit([key]) == {}


def test_exact_name_wins_then_the_plainest():
    assert match_arkit(["JawOpen", "jaw_open", "jawOpen", "jawOpen.001"])["jawOpen"] == ("jawOpen",)
    assert match_arkit(["ARKit_jawOpen", "teeth:jawOpen", "JawOpen"])["jawOpen"] == ("JawOpen",)
    assert match_arkit(["jaw_open", "JawOpen"])["jawOpen"] == ("jaw_open",)
    assert match_arkit(["jawOpen.001", "ARKit_jawOpen"])["jawOpen"] == ("ARKit_jawOpen",)


def test_halves_of_an_unsided_shape_are_both_driven():
    found = match_arkit(["browInnerUp_R", "browInnerUp_L", "cheekPuffLeft", "cheekPuffRight"])
    assert found == {
        "browInnerUp": ("browInnerUp_R", "browInnerUp_L"),
        "cheekPuff": ("cheekPuffLeft", "cheekPuffRight"),
    }


def test_whole_shape_leaves_its_halves_alone():
    assert match_arkit(["cheekPuff_L", "cheekPuff", "cheekPuff_R"]) == {"cheekPuff": ("cheekPuff",)}


def test_shape_without_sides_stands_for_both():
    assert match_arkit(["noseSneer"]) == {"noseSneerLeft": ("noseSneer",), "noseSneerRight": ("noseSneer",)}


def test_shape_without_sides_yields_to_sided_ones():
    found = match_arkit(["Eye_Blink", "Eye_Blink_L", "Eye_Blink_R"])
    assert found == {"eyeBlinkLeft": ("Eye_Blink_L",), "eyeBlinkRight": ("Eye_Blink_R",)}


def test_ready_player_me():
    extra = ["mouthOpen", "mouthSmile", "eyesClosed", "eyesLookUp", "eyesLookDown", "viseme_PP", "viseme_sil"]
    found = match_arkit(extra + list(ARKIT_NAMES))
    assert found == {name: (name,) for name in ARKIT_NAMES}


def test_combination_shapes_never_stand_in():
    plain = list(ARKIT_NAMES)
    combined = [f"jawOpen_{name}" for name in ARKIT_NAMES if name != "jawOpen"]
    assert match_arkit(combined) == {}
    assert match_arkit(combined + plain) == {name: (name,) for name in ARKIT_NAMES}


def test_no_two_shapes_share_a_spelling():
    """The table is built from strong and weak claims; no shape may lose a spelling to another one."""
    for name in ARKIT_NAMES:
        for joint in ("", "_", ".", " "):
            assert match_arkit([short_side(name, joint)]) == {name: (short_side(name, joint),)}
