# SPDX-License-Identifier: GPL-3.0-or-later
"""Emotions as poses: what FACS says of them is seen in shapes and on the head."""

import numpy as np
import pytest
from soliloquy.core.generate.emotion.directions import EMOTIONS
from soliloquy.core.generate.emotion.layer import TOGETHER
from soliloquy.core.generate.emotion.poses import (
    EMOTION_UNITS,
    ONE_SIDED,
    SIDES,
    UNIT_SHAPES,
    emotion_poses,
    mirrored,
)
from soliloquy.core.head import load_head
from soliloquy.core.retarget.arkit import ARKIT_INDEX, ARKIT_NAMES

PROTOTYPES = {
    "happiness": {6, 12},
    "sadness": {1, 4, 15},
    "anger": {4, 5, 7, 23},
    "fear": {1, 2, 4, 5, 20},
    "disgust": {9, 15},
    "surprise": {1, 2, 5, 26},
    "contempt": {12, 14},
}
"""Action units of the FACS Investigator's Guide."""


def pose(emotion: str) -> np.ndarray:
    return emotion_poses()[EMOTIONS.index(emotion)]


def moved(weights: np.ndarray, landmark: str) -> np.ndarray:
    """Metres (points, 3) by which points of the built-in head move."""
    head = load_head()
    return np.einsum("k,kpx->px", weights, head.arkit_deltas[:, head.landmarks[landmark]].astype(np.float64))


def test_every_emotion_has_the_units_of_its_prototype() -> None:
    assert tuple(EMOTION_UNITS) == EMOTIONS
    for emotion, units in PROTOTYPES.items():
        assert units <= set(EMOTION_UNITS[emotion])
        for unit in EMOTION_UNITS[emotion]:
            assert unit in UNIT_SHAPES


def test_every_shape_is_one_of_arkit() -> None:
    for shapes in UNIT_SHAPES.values():
        for shape in shapes:
            assert shape in ARKIT_INDEX or all(shape + side in ARKIT_INDEX for side in SIDES)


def test_poses_are_weights_and_differ() -> None:
    poses = emotion_poses()
    assert poses.shape == (7, 52)
    assert poses.min() == 0
    assert poses.max(axis=1).min() > 0.5
    assert poses.max() <= 1
    likeness = np.corrcoef(poses) - np.eye(7)
    assert likeness.max() < 0.8


def test_no_pose_fights_with_itself() -> None:
    for each in emotion_poses():
        for (first, second), together in TOGETHER.items():
            assert min(each[ARKIT_INDEX[first]], each[ARKIT_INDEX[second]]) <= together


def test_all_but_contempt_are_even() -> None:
    for emotion in EMOTIONS:
        even = np.array_equal(mirrored(pose(emotion)), pose(emotion))
        assert even == (emotion not in ONE_SIDED)
    contempt = pose("contempt")
    assert contempt[ARKIT_INDEX["mouthDimpleLeft"]] > 5 * contempt[ARKIT_INDEX["mouthDimpleRight"]]


def test_mirroring_twice_changes_nothing() -> None:
    weights = np.random.default_rng(0).random((3, 52))
    np.testing.assert_array_equal(mirrored(mirrored(weights)), weights)
    one = np.zeros(52)
    one[ARKIT_INDEX["jawLeft"]] = 1
    assert ARKIT_NAMES[int(mirrored(one).argmax())] == "jawRight"


@pytest.mark.parametrize(
    ("emotion", "landmark", "up"),
    [
        ("happiness", "mouth_corners", True),
        ("sadness", "mouth_corners", False),
        ("surprise", "eyelid_upper_left", True),
        ("fear", "eyelid_upper_left", True),
        ("happiness", "eyelid_lower_left", True),
        ("surprise", "inner_lip_lower", False),
    ],
)
def test_the_head_shows_it(emotion: str, landmark: str, up: bool) -> None:
    """The shapes' own displacements, not their names."""
    height = moved(pose(emotion), landmark)[:, 1].mean()
    assert abs(height) > 0.0005
    assert (height > 0) == up


def test_a_frightened_mouth_is_wider_and_a_contemptuous_one_uneven() -> None:
    right, left = moved(pose("fear"), "mouth_corners")
    assert left[0] - right[0] > 0.002
    right, left = moved(pose("contempt"), "mouth_corners")
    assert np.linalg.norm(left) > 3 * np.linalg.norm(right)
