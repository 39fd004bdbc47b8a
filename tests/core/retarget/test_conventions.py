# SPDX-License-Identifier: GPL-3.0-or-later
"""Rigs of all conventions are mapped with no hand work, and what their keys mean is so on a face."""

import random

import numpy as np
import pytest
from soliloquy.core.head import load_head
from soliloquy.core.head.lip_gap import lip_gap_model
from soliloquy.core.retarget.arkit import ARKIT_INDEX, ARKIT_NAMES, PARTS
from soliloquy.core.retarget.channels import ARKIT, CHANNELS, channel_name
from soliloquy.core.retarget.conventions import CONVENTIONS, PLAIN_WORDS
from soliloquy.core.retarget.detection import detect

from .rig_names import CC4_FACE, MMD, MMD_ELSE, RIGS

TABLES = [convention for convention in CONVENTIONS if convention is not PLAIN_WORDS]

CLOSED = [
    *(
        "Oculus PP",
        "VRoid Fcl_MTH_Close",
        "MMD ん",
        "MMD 口閉じ",
        "CC3 Mouth_Plosive",
        "CC viseme V_Explosive",
    ),
    *("CC viseme B_M_P", "DAZ eCTRLMouthClosed", "DAZ viseme vM", "MakeHuman mouth-compression"),
    *("MB-Lab Expressions_mouthClosed_max", "Microsoft p_b_m_21", "Preston Blair A", "Papagayo MBP"),
    *("Plain mouth close", "Character Animator M", "Phone B", "Phone M", "Phone P", "Sound MBP"),
]
OPEN = [
    *("Oculus aa", "VRM A", "VRM 1 aa", "VRoid Fcl_MTH_A", "MMD あ", "CC viseme V_Open", "CC viseme Ah"),
    *(
        "DAZ viseme vAA",
        "Microsoft aa_02",
        "Preston Blair C",
        "Preston Blair D",
        "Papagayo AI",
        "jawOpen",
        "FACS AU26",
    ),
    *("Plain mouth open", "CC3 Mouth_Open", "DAZ eCTRLMouthOpen", "Mixamo MouthOpen"),
    *("MB-Lab Expressions_mouthOpen_max", "Ready Player Me mouthOpen", "MakeHuman pose JawDrop"),
]
ROUNDED = [
    *(
        "Oculus U",
        "Oculus O",
        "Oculus CH",
        "VRM U",
        "VRM O",
        "VRM 1 ou",
        "VRoid Fcl_MTH_U",
        "MMD う",
        "MMD お",
    ),
    *("CC viseme V_Tight_O", "CC viseme W_OO", "DAZ viseme vW", "DAZ viseme vUW", "Microsoft w_uw_07"),
    *("Preston Blair F", "Papagayo WQ", "mouthPucker", "mouthFunnel", "MB-Lab Expressions_mouthOpenO_max"),
]
SPREAD = [
    *(
        "Oculus E",
        "Oculus SS",
        "VRM I",
        "VRM 1 ih",
        "MMD い",
        "CC viseme EE",
        "DAZ viseme vIY",
        "mouthStretch",
    ),
    *("Microsoft y_iy_ih_ix_06", "Preston Blair B", "Plain mouth wide", "CC viseme V_Wide", "mouthSmile"),
]
BITTEN = [
    *("Oculus FF", "CC viseme V_Dental_Lip", "DAZ viseme vF", "Microsoft f_v_18", "Preston Blair G"),
    *("Papagayo FV", "MB-Lab Expressions_mouthBite_max", "Plain mouth lower bite"),
]


@pytest.mark.parametrize("label", RIGS)
def test_rigs_are_mapped_with_no_hand_work(label):
    driven, others, conventions = RIGS[label]
    names = driven + others
    random.Random(label).shuffle(names)
    found = detect(names)
    rows = {row.key: row for row in found.keys}
    assert [row.key for row in found.keys] == names
    assert {key for key in driven if not rows[key].channel} == set()
    assert {key for key in driven if not rows[key].use} == set()
    assert {key for key in others if rows[key].use} == set()
    assert {each.name for each in found.conventions} >= set(conventions)
    assert found.conventions[0].name in conventions
    assert found.confidence > 0.5
    assert all(rows[key].confidence > 0.5 for key in driven)


def test_every_convention_is_tried():
    tried = {name for _, _, conventions in RIGS.values() for name in conventions}
    assert tried == {ARKIT, *(convention.name for convention in CONVENTIONS)}


@pytest.mark.parametrize("convention", TABLES, ids=lambda convention: convention.name)
def test_all_names_of_a_convention_are_found(convention):
    """Each name in the table, behind a namespace and without, is the key that the table says."""
    for prefix in ("", "Anna:", "Body__"):
        names = [prefix + shape.name for shape in convention.shapes]
        rows = detect([*names, *(prefix + name for name in sorted(convention.fixed))]).keys
        for shape, row in zip(convention.shapes, rows, strict=False):
            assert row.channel == channel_name(convention, shape)
            assert shape.drive or not row.use
        assert not any(row.use or row.channel for row in rows[len(names) :])


def test_names_mean_one_thing():
    for convention in CONVENTIONS:
        names = [name for shape in convention.shapes for name in (shape.name, *shape.spellings)]
        if convention is not PLAIN_WORDS:
            assert len(set(names)) == len(names), convention.name
        assert convention.weak <= {*names, *convention.fixed}, convention.name
        assert convention.needed <= set(names), convention.name
        assert not convention.fixed & set(names), convention.name
    labels = [convention.name for convention in CONVENTIONS]
    assert len(set(labels)) == len(labels)


def test_where_conventions_and_arkit_share_a_name_they_mean_the_same():
    for convention in CONVENTIONS:
        for shape in convention.shapes:
            for name in (shape.name, *shape.spellings):
                alone = detect(["jawOpen", name]).keys[1]
                if convention is PLAIN_WORDS and shape.name.startswith("mouth close"):
                    continue  # without a jaw that opens
                if alone.channel and CHANNELS[alone.channel].convention == ARKIT and shape.drive:
                    meaning = CHANNELS[alone.channel].meaning
                    assert set(meaning) <= set(shape.meaning), (convention.name, name)


def test_channels():
    assert list(CHANNELS)[:52] == list(ARKIT_NAMES)
    for name, channel in CHANNELS.items():
        assert channel.name == name
        assert channel.part in PARTS
        assert set(channel.meaning) <= set(ARKIT_NAMES)
        assert all(0 < weight <= 1 for weight in channel.meaning.values())
    for name in ARKIT_NAMES:
        assert CHANNELS[name].meaning == {name: 1.0}
        assert name in PARTS[CHANNELS[name].part]
    assert CHANNELS["mouthSmile"].meaning == {"mouthSmileLeft": 1.0, "mouthSmileRight": 1.0}


def weights_of(channel: str) -> np.ndarray:
    weights = np.zeros((1, 52))
    for name, weight in CHANNELS[channel].meaning.items():
        weights[0, ARKIT_INDEX[name]] = weight
    return weights


def face_of(channel: str) -> np.ndarray:
    head = load_head()
    return head.template + np.tensordot(weights_of(channel)[0], head.arkit_deltas.astype(np.float64), 1)


def lip_gap(channel: str) -> float:
    return float(lip_gap_model().heights(weights_of(channel))[0])


def mouth_width(channel: str | None) -> float:
    head = load_head()
    face = head.template if channel is None else face_of(channel)
    right, left = face[head.landmarks["mouth_corners"]]
    return float(np.linalg.norm(left - right))


def protrusion(channel: str | None) -> float:
    head = load_head()
    face = head.template if channel is None else face_of(channel)
    upper, lower = (head.landmarks[f"inner_lip_{lip}"] for lip in ("upper", "lower"))
    return float((face[upper[len(upper) // 2], 2] + face[lower[len(lower) // 2], 2]) / 2)


@pytest.mark.parametrize("channel", CLOSED)
def test_lips_meet_in_m_b_p(channel):
    assert lip_gap(channel) < lip_gap_model().closed
    assert CHANNELS[channel].part == "Mouth"


@pytest.mark.parametrize("channel", OPEN)
def test_open_vowels_are_open(channel):
    assert lip_gap(channel) > 0.012


@pytest.mark.parametrize("channel", ROUNDED)
def test_rounded_sounds_pucker(channel):
    """The jaw that opens takes the lower lip back."""
    jaw = CHANNELS[channel].meaning.get("jawOpen", 0.0) * (protrusion("jawOpen") - protrusion(None))
    assert mouth_width(channel) < mouth_width(None) - 0.004
    assert protrusion(channel) > protrusion(None) + jaw + 0.004


@pytest.mark.parametrize("channel", SPREAD)
def test_spread_sounds_are_wide(channel):
    assert mouth_width(channel) > mouth_width(None) + 0.001


@pytest.mark.parametrize("channel", BITTEN)
def test_the_lower_lip_goes_to_the_teeth(channel):
    meaning = CHANNELS[channel].meaning
    assert meaning["mouthRollLower"] > 0.3
    assert 0 < lip_gap(channel) < 0.005


def test_vowels_are_ordered_by_height():
    for a, e, i in (
        ("Oculus aa", "Oculus E", "Oculus I"),
        ("VRM A", "VRM E", "VRM I"),
        ("MMD あ", "MMD え", "MMD い"),
    ):
        assert lip_gap(a) > lip_gap(e) > lip_gap(i) > 0.003


def test_a_face_at_rest_means_nothing():
    for channel in ("Oculus sil", "Preston Blair X", "Papagayo rest", "Microsoft sil_00", "VRM Neutral"):
        assert CHANNELS[channel].meaning == {}
        assert CHANNELS[channel].part == "Mouth"


def test_sides_are_the_subjects():
    assert CHANNELS["VRM LookLeft"].meaning == {"eyeLookOutLeft": 1.0, "eyeLookInRight": 1.0}
    rows = {row.key: row.channel for row in detect(CC4_FACE).keys}
    assert rows["Eye_R_Look_L"] == "eyeLookInRight"
    assert rows["Mouth_Up_Upper_L"] == "mouthUpperUpLeft"
    rows = {row.key: row.channel for row in detect(MMD + MMD_ELSE).keys}
    assert rows["ウィンク２"] == "eyeBlinkLeft"
    assert rows["ｳｨﾝｸ２右"] == "eyeBlinkRight"
