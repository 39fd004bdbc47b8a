# SPDX-License-Identifier: GPL-3.0-or-later
"""Blended poses of bones: one alone is exact, several add up, and nothing jumps."""

import numpy as np
import pytest
from soliloquy.core.head_rotation import (
    degrees_between,
    matrices_from_quaternions,
    multiplied,
    quaternions_from_vectors,
    vectors_from_quaternions,
)
from soliloquy.core.retarget.bone_poses import BoneChannels, BonePoses


def random_poses(count=5, bones=4, seed=0, zero=False) -> BonePoses:
    random = np.random.default_rng(seed)

    def channels(*shape):
        return BoneChannels(
            random.normal(size=(*shape, 3)) * 0.02,
            quaternions_from_vectors(random.normal(size=(*shape, 3))),
            np.exp(random.normal(size=(*shape, 3)) * 0.3),
        )

    return BonePoses(
        tuple(f"pose {index}" for index in range(count)),
        tuple(f"bone {index}" for index in range(bones)),
        channels(count, bones),
        channels(bones) if zero else BoneChannels.at_rest(bones),
    )


def same_turn(one, other) -> float:
    return float(degrees_between(matrices_from_quaternions(one), matrices_from_quaternions(other)).max())


@pytest.mark.parametrize("zero", [False, True])
def test_one_pose_alone_is_itself(zero):
    poses = random_poses(zero=zero)
    shown = poses.blend(np.eye(5))
    np.testing.assert_allclose(shown.locations, poses.zero.locations + poses.poses.locations, atol=1e-12)
    np.testing.assert_allclose(shown.scales, poses.zero.scales * poses.poses.scales, atol=1e-12)
    # Matrices know another way to say the same.
    asked = matrices_from_quaternions(poses.zero.rotations) @ matrices_from_quaternions(poses.poses.rotations)
    assert degrees_between(matrices_from_quaternions(shown.rotations), asked).max() < 1e-9


def test_nothing_is_the_zero():
    poses = random_poses(zero=True)
    shown = poses.blend(np.zeros((2, 5)))
    np.testing.assert_allclose(shown.locations[1], poses.zero.locations, atol=1e-15)
    np.testing.assert_allclose(shown.rotations[1], poses.zero.rotations, atol=1e-15)
    np.testing.assert_allclose(shown.scales[1], poses.zero.scales, atol=1e-15)


def test_half_a_pose_twice_is_the_pose():
    poses = random_poses(bones=3)
    twice = poses.chosen([2, 2], slice(None))
    shown, alone = twice.blend([[0.5, 0.5]]), poses.chosen([2], slice(None)).blend([[1.0]])
    assert same_turn(shown.rotations, alone.rotations) < 1e-9
    np.testing.assert_allclose(shown.scales, alone.scales)


def test_turns_about_one_axis_add_up_exactly():
    poses = random_poses(2, 1)
    axis = np.array([0.36, 0.48, 0.8])
    turns = quaternions_from_vectors(axis * np.array([[[0.7]], [[1.1]]]))
    poses = BonePoses(
        ("a", "b"), ("jaw",), BoneChannels(np.zeros((2, 1, 3)), turns, np.ones((2, 1, 3))), poses.zero
    )
    shown = poses.blend([[1.0, 1.0], [0.5, -2.0]]).rotations[:, 0]
    assert same_turn(shown, quaternions_from_vectors(axis * np.array([[1.8], [-1.85]]))) < 1e-9


def test_small_turns_about_different_axes_nearly_follow_one_another():
    turns = np.array([[[0.05, 0, 0]], [[0, 0.04, 0]]])
    poses = BonePoses(
        ("a", "b"),
        ("lip",),
        BoneChannels(np.zeros((2, 1, 3)), quaternions_from_vectors(turns), np.ones((2, 1, 3))),
        BoneChannels.at_rest(1),
    )
    both = poses.blend([[1.0, 1.0]]).rotations[0, 0]
    one_by_one = multiplied(poses.poses.rotations[0, 0], poses.poses.rotations[1, 0])
    # Half of the product of the angles, in radians, is what order makes.
    assert same_turn(both[None], one_by_one[None]) < np.degrees(0.6 * 0.05 * 0.04)


def test_quaternions_do_not_jump():
    poses = random_poses(seed=3)
    time = np.linspace(0, 6, 2000)
    values = 0.5 + 0.5 * np.sin(time[:, None] * (1, 2, 3, 4, 5) + np.arange(5))
    steps = np.abs(np.diff(poses.blend(values).rotations, axis=0))
    assert steps.max() < 0.05


def test_an_axis_that_a_pose_flattens_is_added_up():
    scales = np.array([[[0.0, 1.0, 2.0]], [[1.0, 1.0, 2.0]]])
    rotations = BoneChannels.at_rest(2, 1).rotations
    poses = BonePoses(
        ("a", "b"), ("lid",), BoneChannels(np.zeros((2, 1, 3)), rotations, scales), BoneChannels.at_rest(1)
    )
    shown = poses.blend([[0.5, 0], [1, 0], [1, 1], [0.5, 0.5]]).scales[:, 0]
    np.testing.assert_allclose(shown, [[0.5, 1, 2**0.5], [0, 1, 2], [0, 1, 4], [0.5, 1, 2]], atol=1e-12)


def test_what_poses_use():
    locations, rotations = np.zeros((2, 3, 3)), BoneChannels.at_rest(2, 3).rotations
    locations[0, 0, 2] = 0.01
    rotations[1, 1] = quaternions_from_vectors([0.2, 0, 0])
    poses = BonePoses(
        ("a", "b"),
        ("lip", "jaw", "idle"),
        BoneChannels(locations, rotations, np.ones((2, 3, 3))),
        BoneChannels.at_rest(3),
    )
    assert poses.used.tolist() == [[True, False, False], [False, True, False]]
    assert poses.moved_axes[0, 0].tolist() == [False, False, True]
    assert poses.chosen([1], poses.used.any(axis=0)).bones == ("lip", "jaw")


def test_vectors_are_the_shorter_way():
    random = np.random.default_rng(1)
    vectors = random.uniform(-1.8, 1.8, size=(200, 3))  # less than half a turn, 1.8 * sqrt(3) < pi
    quaternions = quaternions_from_vectors(vectors) * random.choice([-1, 1], size=(200, 1))
    np.testing.assert_allclose(vectors_from_quaternions(quaternions), vectors)
    tiny = np.array([1e-12, -2e-12, 0])
    np.testing.assert_allclose(vectors_from_quaternions(quaternions_from_vectors(tiny)), tiny, rtol=1e-9)


@pytest.mark.parametrize("values", [np.zeros(5), np.zeros((3, 4))])
def test_values_of_another_shape_are_refused(values):
    with pytest.raises(ValueError, match="expected"):
        random_poses().blend(values)
