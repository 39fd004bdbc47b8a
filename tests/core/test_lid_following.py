# SPDX-License-Identifier: GPL-3.0-or-later
import numpy as np
import pytest
from soliloquy.core.generate.gaze import eye_look_weights
from soliloquy.core.generate.lid_following import LID_NAMES, follow_gaze
from soliloquy.core.head import load_head
from soliloquy.core.retarget.arkit import ARKIT_INDEX, GAZE_NAMES


def lids(pitch, closure=0.0, wide=0.0, yaw=0.0):
    """Millimetres up to the left upper and lower lid and the upper rim of the iris; and the weights."""
    head = load_head()
    look = eye_look_weights(np.radians([[yaw, pitch]]))
    weights = follow_gaze(np.array([closure]), look, np.full((1, 2), wide))
    names = [ARKIT_INDEX[name] for name in (*GAZE_NAMES, *LID_NAMES)]
    moved = head.template + np.tensordot(np.concatenate([look[0], weights[0]]), head.arkit_deltas[names], 1)
    upper, lower = (head.landmarks[f"eyelid_{lid}_left"][1] for lid in ("upper", "lower"))
    iris = np.unique(head.faces[head.face_part == head.parts.index("eye_iris")])
    iris = iris[(iris >= head.spans["eye_left"].start) & (iris < head.spans["eye_left"].stop)]
    top = iris[head.template[iris, 1].argmax()]
    return 1000 * moved[upper, 1], 1000 * moved[lower, 1], 1000 * moved[top, 1], weights[0]


@pytest.mark.parametrize("pitch", [-18, -12, -6, 0, 5, 10, 15])
@pytest.mark.parametrize("yaw", [0, 20])
def test_a_blink_closes_wherever_the_eyes_look_and_never_crosses(pitch, yaw):
    upper, lower, _, weights = lids(pitch, closure=1.0, wide=0.3, yaw=yaw)
    assert upper - lower == pytest.approx(0, abs=0.15)
    assert weights[1] == weights[3] == 0


def test_without_following_a_blink_would_cross():
    head = load_head()
    upper, lower = (head.landmarks[f"eyelid_{lid}_left"][1] for lid in ("upper", "lower"))
    both = head.template + head.arkit_deltas[ARKIT_INDEX["eyeLookDownLeft"]]
    both = both + head.arkit_deltas[ARKIT_INDEX["eyeBlinkLeft"]]
    assert 1000 * (both[upper, 1] - both[lower, 1]) < -3


def test_the_upper_lid_goes_with_the_eye_up_and_down():
    rest_lid, _, rest_iris, weights = lids(0)
    assert not weights.any()
    last = None
    for pitch in (-18, -12, -6, 0, 5, 10, 15):
        lid, lower, iris, weights = lids(pitch)
        # As much of the iris is covered as straight ahead, by 1.3 mm.
        assert (iris - lid) - (rest_iris - rest_lid) == pytest.approx(0, abs=1.3)
        assert lid - lower > 5
        assert last is None or lid > last + 0.5
        last = lid
        assert not weights[[0, 2]].any(), "downwards the eyeLook shapes lower the lid already"
        assert (weights[1] > 0) == (pitch > 0)


def test_where_bones_turn_the_eyes_the_lids_go_as_far_by_themselves():
    head = load_head()
    upper = head.landmarks["eyelid_upper_left"][1]
    names = [ARKIT_INDEX[name] for name in LID_NAMES]
    for pitch in (-18, -9, 0, 8, 15):
        expected, _, _, _ = lids(pitch)
        look = eye_look_weights(np.radians([[0, pitch]]))
        alone = follow_gaze(np.zeros(1), look, shapes_move_lids=False)[0]
        there = 1000 * (head.template + np.tensordot(alone, head.arkit_deltas[names], 1))[upper, 1]
        assert there == pytest.approx(expected, abs=0.6)
        assert (alone[0] > 0) == (pitch < 0)
        assert (alone[1] > 0) == (pitch > 0)
        closed = follow_gaze(np.ones(1), look, shapes_move_lids=False)[0]
        np.testing.assert_allclose(closed, [1, 0, 1, 0], atol=1e-6)


def test_lids_open_and_close_evenly_and_one_of_a_pair_is_on():
    closure = np.concatenate([np.linspace(0, 1, 100), np.linspace(1, 0, 100)])
    random = np.random.default_rng(0)
    for yaw, pitch in [(0, 15), (0, -18), (10, 6), (0, 0)]:
        look = np.repeat(eye_look_weights(np.radians([[yaw, pitch]])), 200, axis=0)
        for wide in (np.zeros((200, 2)), np.full((200, 2), 0.4), random.random((200, 2)) * 0.01):
            weights = follow_gaze(closure, look, wide)
            assert weights.min() >= 0
            assert weights.max() <= 1
            assert np.all(weights[:, [0, 2]] * weights[:, [1, 3]] == 0)
            assert np.abs(np.diff(weights, axis=0)).max() < 0.04


def test_straight_ahead_a_blink_is_itself():
    closure = np.linspace(0, 1, 11).astype(np.float32)
    weights = follow_gaze(closure, np.zeros((11, 8)))
    assert np.allclose(weights[:, 0], closure)
    assert np.allclose(weights[:, 2], closure)
    assert follow_gaze(np.zeros(0), np.zeros((0, 8))).shape == (0, 4)


def test_raised_lids_are_asked_for_as_weights_of_wide_eyes():
    weights = follow_gaze(np.zeros(2), np.zeros((2, 8)), np.array([[0.1, 0.3], [0, 0]]))
    assert np.allclose(weights, [[0, 0.1, 0, 0.3], [0, 0, 0, 0]])
