# SPDX-License-Identifier: GPL-3.0-or-later
"""What is asked of lips and lids comes before everything else that keys do beside it."""

import numpy as np
import pytest
from soliloquy.core.head import load_head
from soliloquy.core.retarget.arkit import ARKIT_INDEX, ARKIT_NAMES
from soliloquy.core.retarget.face_features import LIP_PAIRS, arkit_displacements, face_features
from soliloquy.core.retarget.mapping import MappedKey, RigMapping
from soliloquy.core.retarget.measured_shapes import MeasuredShapes
from soliloquy.core.retarget.retargeter import make_retargeter


def asked(**weights):
    frame = np.zeros((1, len(ARKIT_NAMES)), np.float32)
    for name, weight in weights.items():
        frame[0, ARKIT_INDEX[name]] = weight
    return frame


def values(keys, weights, rest_gap=0.0):
    """Values of unnamed keys, name -> displacements, of a rig whose lips are this far apart at rest."""
    shapes = MeasuredShapes(
        keys=tuple(keys),
        displacements=np.array(list(keys.values())),
        rest_gaps=np.full(LIP_PAIRS, rest_gap),
        residual=0.0,
    )
    retargeter = make_retargeter(RigMapping(tuple(MappedKey(key) for key in keys)), {}, shapes)
    return dict(zip(retargeter.keys, retargeter.values(weights)[0], strict=True))


def gap_key(name, metres):
    """Displacements that change one measure of the face by so much, and nothing else that counts."""
    measure = face_features().measures[name]
    return measure * metres / (measure**2).sum()


SMILE = {"mouthSmileLeft": 1.0, "mouthSmileRight": 1.0}
BLINK = {"eyeBlinkLeft": 1.0, "eyeBlinkRight": 1.0}
JAW = {"jawOpen": 1.0}


@pytest.mark.parametrize("rest_gap", [0.0, 0.003, 0.006])
def test_a_smile_that_hardly_parts_the_lips_is_kept_where_they_rest_apart(rest_gap):
    smile = arkit_displacements(SMILE)
    smile = smile + gap_key("lip gap 3", 2e-5 - face_features().measure("lip gap 3", smile[None])[0])
    found = values({"jaw": arkit_displacements(JAW), "smile": smile}, asked(**SMILE), rest_gap)
    assert found["smile"] > 0.6
    assert found["jaw"] < 0.02


def test_a_jaw_is_taken_back_where_lips_rest_apart_and_must_meet():
    keys = {"jaw": arkit_displacements(JAW), "smile": arkit_displacements(SMILE)}
    assert values(keys, asked(jawOpen=0.3, mouthClose=0.3), 0.003)["jaw"] < 0.02
    assert values(keys, asked(jawOpen=0.3))["jaw"] > 0.2


def test_lids_shut_by_a_key_that_moves_the_brows_and_more():
    features = face_features()
    # It shuts them by two thirds more than needed, and swells all around the eyes.
    around = load_head().regions["upper_face"][features.samples] > 0.3
    blink = arkit_displacements(BLINK) / 0.6 + np.where(around[:, None], (0.0, 0.0, 0.05), 0.0)
    value = values({"jaw": arkit_displacements(JAW), "blink": blink}, asked(**BLINK))["blink"]
    wanted = features.measure("left lid gap", arkit_displacements(BLINK)[None])[0]
    assert value * features.measure("left lid gap", blink[None])[0] == pytest.approx(wanted, rel=0.03)


def test_half_shut_lids_are_left_to_least_squares():
    keys = {"jaw": arkit_displacements(JAW), "blink": arkit_displacements(BLINK)}
    for weight in (0.0, 0.2, 0.5, 1.0):
        found = values(keys, asked(eyeBlinkLeft=weight, eyeBlinkRight=weight))
        assert found["blink"] == pytest.approx(weight, abs=0.06)


def test_a_key_that_shuts_one_lid_leaves_the_other():
    keys = {
        "jaw": arkit_displacements(JAW),
        "left": arkit_displacements({"eyeBlinkLeft": 2.0}),
        "right": arkit_displacements({"eyeBlinkRight": 1.0}),
    }
    found = values(keys, asked(eyeBlinkLeft=1.0))
    assert found["left"] == pytest.approx(0.5, abs=0.05)
    assert found["right"] < 0.05


def test_lids_that_keys_cannot_shut_are_no_reason_to_exaggerate():
    # It shuts them by a hundredth at most, and is a frown in all else.
    frown = arkit_displacements({"browDownLeft": 1.0, "browDownRight": 1.0, "eyeBlinkLeft": 0.01})
    keys = {"jaw": arkit_displacements(JAW), "frown": frown}
    assert values(keys, asked(**BLINK))["frown"] < 0.2


@pytest.mark.parametrize("opening", [0.2, 0.5, 1.0])
def test_a_mouth_that_no_key_closes_moves_from_where_it_rests(opening):
    keys = {"jaw": arkit_displacements(JAW), "smile": arkit_displacements(SMILE)}
    assert values(keys, asked(jawOpen=opening), 0.006)["jaw"] == pytest.approx(
        values(keys, asked(jawOpen=opening))["jaw"], abs=0.02
    )


def test_a_mouth_that_rests_open_is_closed_by_what_it_has():
    press = gap_key("lip gap 3", -0.009) + gap_key("lip gap 2", -0.009) + gap_key("lip gap 4", -0.009)
    keys = {"jaw": arkit_displacements(JAW), "press": press}
    open_mouth, closed_mouth = (values(keys, asked(jawOpen=0.2, mouthClose=0.2), gap) for gap in (0.006, 0.0))
    assert open_mouth["press"] > closed_mouth["press"] + 0.3
