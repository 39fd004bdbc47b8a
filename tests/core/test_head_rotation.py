# SPDX-License-Identifier: GPL-3.0-or-later
"""Rotations survive every way of writing them, and what is written is continuous."""

import numpy as np
import pytest
from soliloquy.core.head_rotation import (
    EULER_ORDERS,
    axis_angle_from_matrices,
    blended,
    degrees_between,
    euler_from_matrices,
    matrices_from_angles,
    matrices_from_axis_angle,
    matrices_from_euler,
    matrices_from_quaternions,
    quaternions_from_matrices,
    share_of,
    soft_limited,
)

SAME = 1e-6


@pytest.fixture
def rotations():
    quaternions = np.random.default_rng(0).normal(size=(500, 4))
    return matrices_from_quaternions(quaternions)


@pytest.fixture
def wandering():
    """Angles that wander over several turns in small steps."""
    return np.cumsum(np.random.default_rng(1).normal(size=(2000, 3)) * 0.05, axis=0)


def test_angles_turn_as_face_motion_says():
    left, up, front = np.eye(3)
    yaw, pitch, roll = (matrices_from_angles(0.1 * axis) for axis in np.eye(3))
    assert (yaw @ front) @ left > 0.09  # to the subject's left
    assert (pitch @ front) @ up > 0.09  # the chin lifts
    assert (roll @ up) @ left < -0.09  # the top tips to the subject's right
    angles = np.array([0.5, -0.3, 0.2])
    together = matrices_from_angles(angles)
    apart = (matrices_from_angles(angles * axis) for axis in np.eye(3))
    first, second, third = apart
    assert degrees_between(together, first @ second @ third) < SAME


def test_quaternions_there_and_back(rotations, wandering):
    back = matrices_from_quaternions(quaternions_from_matrices(rotations))
    assert degrees_between(rotations, back).max() < SAME
    quaternions = quaternions_from_matrices(matrices_from_angles(wandering))
    assert np.linalg.norm(quaternions, axis=1) == pytest.approx(1)
    assert (np.sum(quaternions[1:] * quaternions[:-1], axis=1) > 0.9).all()
    other = quaternions_from_matrices(matrices_from_angles(wandering), before=-quaternions[0])
    assert other == pytest.approx(-quaternions)


def test_half_turns_about_every_axis():
    axes = np.random.default_rng(3).normal(size=(100, 3))
    axes = np.concatenate([np.eye(3), -np.eye(3), axes / np.linalg.norm(axes, axis=1)[:, None]])
    half = matrices_from_axis_angle(np.concatenate([np.full((len(axes), 1), np.pi), axes], axis=1))
    assert degrees_between(half, matrices_from_quaternions(quaternions_from_matrices(half))).max() < SAME
    assert degrees_between(half, matrices_from_axis_angle(axis_angle_from_matrices(half))).max() < SAME


@pytest.mark.parametrize("order", EULER_ORDERS)
def test_euler_angles_are_the_nearest_to_the_frame_before(order, rotations, wandering):
    back = matrices_from_euler(euler_from_matrices(rotations, order), order)
    assert degrees_between(rotations, back).max() < SAME
    found = euler_from_matrices(matrices_from_euler(wandering, order), order, wandering[0])
    assert found == pytest.approx(wandering, abs=1e-9)
    assert np.ptp(wandering, axis=0).max() > np.pi


@pytest.mark.parametrize("order", EULER_ORDERS)
def test_euler_angles_stay_calm_at_gimbal_lock(order):
    first, middle, last = ("XYZ".index(name) for name in order)
    time = np.linspace(0, 1, 201)
    locked = np.zeros((201, 3))
    locked[:, middle] = np.pi / 2
    locked[:, first], locked[:, last] = 0.3 * np.sin(5 * time), 0.2 * time
    passing = locked.copy()
    passing[:, middle] = np.pi * 1.2 * time - 0.3
    passing[100, middle] = np.pi / 2
    for angles in (locked, passing):
        matrices = matrices_from_euler(angles, order)
        found = euler_from_matrices(matrices, order, angles[0])
        assert degrees_between(matrices, matrices_from_euler(found, order)).max() < SAME
        assert np.abs(np.diff(found, axis=0)).max() < 0.04


def test_axis_and_angle_are_continuous(rotations, wandering):
    back = matrices_from_axis_angle(axis_angle_from_matrices(rotations))
    assert degrees_between(rotations, back).max() < SAME
    swing = np.sin(np.linspace(0, 20, 400))
    swing[200:220] = 0
    angles = np.stack([0.4 * swing, 0.1 * swing, 0 * swing], axis=1)
    matrices = matrices_from_angles(angles)
    values = axis_angle_from_matrices(matrices)
    assert degrees_between(matrices, matrices_from_axis_angle(values)).max() < SAME
    assert np.linalg.norm(values[:, 1:], axis=1) == pytest.approx(1)
    # Through zero the axis stays and the angle changes its sign.
    assert (np.sum(values[1:, 1:] * values[:-1, 1:], axis=1) > 0.9).all()
    assert values[:, 0].min() < -0.3
    turns = axis_angle_from_matrices(matrices_from_angles(np.outer(np.linspace(0, 12, 300), [1, 0, 0])))
    assert turns[:, 0] == pytest.approx(np.linspace(0, 12, 300))


def test_shares_of_a_turn(rotations):
    share = np.random.default_rng(4).uniform(0, 1, len(rotations))
    part, rest = share_of(rotations, share), share_of(rotations, 1 - share)
    assert degrees_between(part @ rest, rotations).max() < SAME
    whole = degrees_between(np.eye(3), rotations)
    assert degrees_between(np.eye(3), part) == pytest.approx(whole * share, abs=1e-5)
    assert degrees_between(share_of(rotations, 0), np.eye(3)).max() == 0
    assert degrees_between(share_of(np.eye(3), 0.5), np.eye(3)) == 0
    first, second = rotations[:250], rotations[250:]
    assert degrees_between(blended(first, second, 0), first).max() < SAME
    assert degrees_between(blended(first, second, 1), second).max() < SAME


def test_soft_limits():
    degrees = np.linspace(-300, 300, 6001)
    bent = np.degrees(soft_limited(np.radians(degrees)[:, None], (60,)))[:, 0]
    inside = np.abs(degrees) <= 42
    assert bent[inside] == pytest.approx(degrees[inside])
    assert np.abs(bent).max() <= 60
    slope = np.diff(bent) / np.diff(degrees)
    assert slope.min() >= 0
    assert slope.max() <= 1 + 1e-9
    assert np.abs(np.diff(slope)).max() < 0.01  # without a corner
    assert soft_limited([[0.5, -0.5, 0.0]], (0, 0, 0)) == pytest.approx(0)


def test_small_angles_are_measured_exactly():
    assert degrees_between(np.eye(3), matrices_from_angles((1e-9, 0, 0))) == pytest.approx(np.degrees(1e-9))
