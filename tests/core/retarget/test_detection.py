# SPDX-License-Identifier: GPL-3.0-or-later
"""What detection makes of rigs with several sets of keys, with slips, and of names that say nothing."""

import random
import subprocess
import sys
import time

import pytest
from soliloquy.core.retarget.arkit import ARKIT_NAMES
from soliloquy.core.retarget.channels import CHANNELS
from soliloquy.core.retarget.detection import ConventionFound, detect
from soliloquy.core.retarget.mapping import RigMapping

from .rig_names import CC4_FACE, GENESIS_9, METAHUMAN, OCULUS, VROID

NONSENSE = [
    *("Key 1", "Key 2", "Key 37", "Corrective_elbow", "Breast_Size", "muscle", "Fat", "Column", "ShapeKey"),
    *(
        "jaw_open_corrective",
        "eyebrow_l",
        "eyeBrow...",
        "jawOpen_mouthClose",
        "mouthSmileLeft_fix",
        "Basis.001",
    ),
    *(
        "Open_Jacket",
        "Wide_Hips",
        "A",
        "B",
        "L",
        "R",
        "X",
        "foot_open",
        "hand close",
        "Hair_Blow",
        "AA",
        "E_L",
    ),
    *(
        "Crown",
        "Border",
        "Target",
        "Kiss_Me_Kate",
        "Smiley_Badge",
        "Jaw_Size",
        "Nose_Width",
        "mouth",
        "",
        "_",
    ),
    *(
        "fcl_hair_wide",
        "arm_up",
        "脚",
        "Ärmel",
        "Mouth_Width_Scale",
        "head_old",
        "eyes_color",
        "Lips_Thickness",
    ),
    *("corrective_jawOpen", "jawOpen_jawRight", "jawOpen_eyeWideLeft", "browDownLeft_browInnerUp"),
]


def driven(names):
    return {row.key: row.channel for row in detect(names).keys if row.use and row.channel}


@pytest.mark.parametrize("key", NONSENSE)
def test_nonsense_is_nothing(key):
    row = detect([key]).keys[0]
    assert (row.channel, row.confidence) == ("", 0.0)


def test_nonsense_is_nothing_together_and_beside_a_face():
    found = detect(NONSENSE)
    assert not any(row.channel or row.confidence for row in found.keys)
    assert found.conventions == ()
    assert found.confidence == 0.0
    beside = detect([*ARKIT_NAMES, *NONSENSE])
    assert not any(row.channel or row.use for row in beside.keys[52:])
    assert detect([]).keys == ()


def test_keys_without_names_go_by_their_shapes_where_the_mouth_is_not_known():
    rows = detect(["Key 1", "Key 2", "Breast_Size", "jawOpen"]).keys
    assert [row.use for row in rows] == [True, True, False, True]
    rows = detect(["Key 1", "Key 2", "Breast_Size", *ARKIT_NAMES]).keys
    assert not any(row.use for row in rows[:3])


def test_a_row_for_each_key_in_the_rigs_order():
    names = [*ARKIT_NAMES, "Key 1", "jawOpen.001"]
    random.Random(3).shuffle(names)
    found = detect(names)
    assert [row.key for row in found.keys] == names
    assert found.mapping == RigMapping(found.keys)
    assert all(row.channel in CHANNELS or row.channel == "" for row in found.keys)
    assert all((row.gain, row.offset, row.invert) == (1.0, 0.0, False) for row in found.keys)


def test_conventions_for_the_panel():
    assert detect(ARKIT_NAMES).conventions == (ConventionFound("ARKit", 52, 52),)
    visemes = [f"viseme_{name}" for name in OCULUS]
    assert detect(visemes).conventions == (ConventionFound("Oculus visemes", 15, 15),)
    assert detect(visemes[:9]).conventions == (ConventionFound("Oculus visemes", 9, 15),)
    both = detect([*ARKIT_NAMES, *visemes])
    assert both.conventions == (ConventionFound("ARKit", 52, 52), ConventionFound("Oculus visemes", 15, 15))


def test_of_two_sets_the_richer_is_driven_and_nothing_twice():
    visemes = [f"viseme_{name}" for name in OCULUS]
    assert set(driven([*ARKIT_NAMES, *visemes])) == set(ARKIT_NAMES)
    # Five vowels beside all of ARKit.
    assert set(driven([*VROID, *ARKIT_NAMES])) == set(ARKIT_NAMES)
    # Fifteen visemes beside a jaw and two others.
    found = driven([*visemes, "jawOpen", "mouthClose", "mouthPucker", "mouthSmileLeft", "mouthSmileRight"])
    assert "jawOpen" not in found
    assert "mouthClose" not in found
    assert {"viseme_aa", "mouthSmileLeft", "mouthSmileRight"} <= set(found)
    # Of lids and brows ARKit's, of the mouth visemes.
    upper = [name for name in ARKIT_NAMES if name.startswith(("eye", "brow"))]
    assert set(driven([*visemes, *upper])) == {*visemes[1:], *upper}


def test_both_sides_yield_to_one_each_in_other_sets_too():
    assert driven(["eyesClosed", "Blink_L", "Blink_R"]) == {
        "Blink_L": "eyeBlinkLeft",
        "Blink_R": "eyeBlinkRight",
    }
    assert driven(["Blink", "Blink_L"]) == {"Blink": "eyeBlink"}
    assert driven(["Eye_Blink", "Eye_Blink_R"]) == {"Eye_Blink": "eyeBlink"}
    assert driven(["まばたき", "あ", "い", "う", "え", "お"])["まばたき"] == "eyeBlink"


def test_pieces_share_a_channel():
    found = driven(METAHUMAN)
    for piece in ("UL", "UR", "DL", "DR"):
        assert found[f"mouthLipsPurse{piece}"] == "mouthPucker"
        assert found[f"mouthLipsTogether{piece}"] == "mouthClose"
    found = driven(CC4_FACE)
    assert found["Brow_Raise_Inner_L"] == found["Brow_Raise_Inner_R"] == "browInnerUp"
    found = driven(GENESIS_9)
    assert found["facs_bs_MouthPressUpperLeft"] == found["facs_bs_MouthPressLowerLeft"] == "mouthPressLeft"


def test_visemes_that_are_split_in_two():
    for ending in ("_{}", ".{}", " {}"):
        names = [f"viseme_{name}{ending.format(side)}" for name in OCULUS for side in "LR"]
        found = driven(names)
        assert len(found) == 28
        assert {found[names[2]], found[names[3]]} == {"Oculus PP"}
    whole = [f"viseme_{name}" for name in OCULUS]
    assert set(driven([*names, *whole])) == set(whole[1:])


def test_duplicates_are_left_alone():
    rows = {row.key: row for row in detect([*ARKIT_NAMES, "jawOpen.001", "jaw_open"]).keys}
    for key in ("jawOpen.001", "jaw_open"):
        assert rows[key].channel == "jawOpen"
        assert not rows[key].use
        assert rows[key].confidence < rows["jawOpen"].confidence == 1.0
    assert driven(["mouth open", "Mouth_Open", "Mund auf"]) == {"mouth open": "Plain mouth open"}


def test_letters_are_told_apart_by_their_set():
    assert driven(list("AIUEO"))["E"] == "VRM E"
    assert driven(list("ABCDEFGHX"))["E"] == "Preston Blair E"
    assert driven(["AI", "E", "O", "U", "etc", "L", "WQ", "MBP", "FV"])["E"] == "Papagayo E"
    assert driven(list("aiueo"))["a"] == "VRM A"
    assert driven(["Ah", "Oh", "Ch"])["Oh"] == "MMD お"
    assert driven([*"AEIOU", "blink", "angry", "MBP", "FV"])["MBP"] == "Papagayo MBP"
    assert driven(["Ah", "Ch", "U", "E", "Oh"])["Ch"] == "MMD い"
    assert detect([f"viseme_{number}" for number in range(15)]).conventions == ()
    for few in (["A"], ["A", "B"], ["A", "B", "C", "D"], ["A", "E"], ["E", "O", "U"], ["O", "L", "E"]):
        assert driven(few) == {}
    # A body beside the letters of a mouth.
    assert driven([*"AIUEO", "L", "R", "Hat"]) == {letter: f"VRM {letter}" for letter in "AIUEO"}


def test_what_belongs_to_a_rig_is_taken_off():
    for prefix in ("Anna_", "Günther ", "CTRL_face_", "rig:", "unit.", "Genesis8_1Female__facs_ctrl_"):
        names = [
            prefix + name for name in ("jawOpen", "mouthSmile_L", "mouthSmile_R", "mouthPucker", "blink")
        ]
        found = driven(names)
        assert found[names[0]] == "jawOpen"
        assert found[names[3]] == "mouthPucker"
    assert driven(["inner_jawOpen", "jawOpen"]) == {"jawOpen": "jawOpen"}


@pytest.mark.parametrize(
    ("key", "channel"),
    [
        ("mouthSmlieLeft", "mouthSmileLeft"),
        ("JawOpn", "jawOpen"),
        ("eye_blnk_l", "eyeBlinkLeft"),
        ("mouthFunel", "mouthFunnel"),
        ("browInerUp", "browInnerUp"),
        ("cheek_puf", "cheekPuff"),
        ("mouth_puker", "mouthPucker"),
        ("Mouth Opn", "Plain mouth open"),
    ],
)
def test_slips_of_the_pen(key, channel):
    row = detect([key]).keys[0]
    assert row.channel == channel
    assert 0.4 < row.confidence < 0.7


def test_what_is_spelled_well_is_surer_than_what_is_not():
    sure = [
        detect([key]).keys[0].confidence
        for key in ("jawOpen", "Jaw_Open", "head:jawOpen", "lips closed", "JawOpn", "Key 1")
    ]
    assert sure == sorted(sure, reverse=True)
    assert len(set(sure)) == len(sure)


def test_overall_confidence():
    assert detect(ARKIT_NAMES).confidence == 1.0
    assert 0.7 < detect(list("AIUEO")).confidence < 1.0
    assert 0.0 < detect(["mouth open", "blink_L", "blink_R"]).confidence < 0.5
    assert detect(["eyeBlinkLeft", "eyeBlinkRight"]).confidence == 0.0


def test_mouths_that_close_and_those_that_undo_a_jaw():
    assert driven(["jawOpen", "mouthClose"])["mouthClose"] == "mouthClose"
    assert driven(["mouthOpen", "mouthClose", "smile"])["mouthClose"] == "Plain mouth close"


def test_directions_are_no_sides():
    assert driven(["mouth left", "mouth right", "jaw_left"]) == {
        "mouth left": "mouthLeft",
        "mouth right": "mouthRight",
        "jaw_left": "jawLeft",
    }


def test_the_answer_is_cached_and_quick():
    names = [f"head_lod0_mesh__{name}" for name in METAHUMAN]
    names += [
        f"head_lod0_mesh__M{first}_{second}_cor" for first in METAHUMAN[:30] for second in METAHUMAN[:25]
    ]
    began = time.perf_counter()
    first = detect(names)
    assert time.perf_counter() - began < 5.0
    assert detect(list(names)) is first


def test_a_panel_can_ask_without_numpy():
    program = (
        "import sys; from soliloquy.core.retarget.detection import detect\n"
        "detect(['jawOpen', 'Key 1']); print('numpy' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.stdout.strip() == "False", done.stderr
