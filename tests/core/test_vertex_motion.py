# SPDX-License-Identifier: GPL-3.0-or-later
"""Vertices of a motion come in blocks, in the space of any mesh that the head was made into."""

import tracemalloc
from dataclasses import replace

import numpy as np
import pytest
from soliloquy.core.errors import InputError
from soliloquy.core.head import load_head
from soliloquy.core.head.head_fit import HeadFit, fit_head
from soliloquy.core.head.vertex_motion import (
    BLOCK_FRAMES,
    VertexMotion,
    carried_motion,
    expression_track,
    vertex_motion,
)
from soliloquy.core.motion import FaceMotion

TURNED = np.array([[0, 0, 1], [1, 0, 0], [0, 1, 0]], float)
STILL = HeadFit(np.eye(3), np.zeros(3), 0.0)


@pytest.fixture(scope="module")
def head():
    return load_head()


def talking(head, count, seed=0):
    beta = np.random.default_rng(seed).normal(size=(count, 64)) * head.expression_spread
    return replace(FaceMotion.still(count, 25.0), expression=beta.astype(np.float32))


def person(head, seed):
    return np.random.default_rng(seed).normal(size=80) * head.identity_spread


def slanted(degrees):
    angle = np.radians(degrees)
    return np.array([[np.cos(angle), -np.sin(angle), 0], [np.sin(angle), np.cos(angle), 0], [0, 0, 1]])


def apart(one, other):
    return np.abs(one - other).max()


@pytest.mark.parametrize(
    "linear",
    [
        np.eye(3),
        TURNED * 100,
        slanted(33) * 1.37,
        np.diag([-1.0, 1, 1]),
        np.diag([1.0, 1.3, 0.8]) @ slanted(7),
        np.array([[1, 0, 0], [0, 0, -1], [0, 1, 0]], float),
    ],
    ids=["same", "turned, cm", "slanted, larger", "mirrored", "stretched", "Blender's axes"],
)
def test_a_transformed_head_is_found_exactly(head, linear):
    offset = np.array([12.0, -3.0, 0.5])
    rest = (head.template @ linear.T + offset).astype(np.float32)
    fit = fit_head(head.template, rest)
    assert fit.linear == pytest.approx(linear, abs=1e-4)
    assert fit.offset == pytest.approx(offset, abs=1e-4)
    assert fit.residual < 1e-4


@pytest.mark.parametrize("unit", [1.0, 100.0, 1 / 0.0254])
@pytest.mark.parametrize("seed", range(6))
def test_people_keep_the_size_of_expressions(head, seed, unit):
    rest = head.vertices(person(head, seed)) @ (TURNED * unit).T + 5
    fit = fit_head(head.template, rest)
    assert fit.linear == pytest.approx(TURNED * unit, rel=1e-6, abs=1e-9)
    assert fit.same_shape


def test_a_person_in_a_size_of_its_own_is_met_nearly(head):
    linear = slanted(33) * 1.4
    fit = fit_head(head.template, head.vertices(person(head, 1)) @ linear.T)
    assert np.linalg.norm(fit.linear - linear) < 0.08 * np.linalg.norm(linear)


def test_vertices_in_another_order_are_no_head(head):
    order = np.random.default_rng(0).permutation(head.vertex_count)
    assert not fit_head(head.template, head.template[order]).same_shape
    assert not fit_head(head.template, np.roll(head.template, 1500, axis=0)).same_shape
    assert not fit_head(head.template, np.zeros_like(head.template)).same_shape


def test_blocks_equal_the_head(head):
    alpha, motion = person(head, 3), talking(head, 2 * BLOCK_FRAMES + 7)
    vertices = vertex_motion(head, motion, head.vertices(alpha), STILL, slice(2, 2 * BLOCK_FRAMES + 5))
    blocks = list(vertices.blocks())
    assert max(map(len, blocks)) == BLOCK_FRAMES
    expected = head.vertices(alpha, motion.expression)[2:-2]
    assert apart(np.concatenate(blocks), expected) < 1e-6
    assert apart(np.concatenate(list(vertices.blocks(3))), expected[::3]) < 1e-6


def test_the_face_comes_from_rest_and_goes_back(head):
    motion = talking(head, 5)
    vertices = vertex_motion(head, motion, head.template, STILL, slice(0, 5), lead=4, tail=2)
    moved = vertices.at(slice(None)) - head.template
    assert len(vertices) == 11
    assert apart(moved[0], 0) == 0
    assert apart(moved[3], 0.75 * moved[4]) < 1e-6
    assert apart(moved[9], 0.5 * moved[8]) < 1e-6
    assert apart(moved[10], 0) == 0
    assert apart(moved[4], 0) > 0.001


def test_a_recording_without_coefficients_goes_by_its_weights(head):
    motion = FaceMotion.still(3, 25.0)
    motion.weights[1:, 17] = (0.5, 1)
    vertices = vertex_motion(head, motion, head.template, STILL, slice(0, 3))
    expected = head.template + head.displacement(motion.weights)
    assert apart(vertices.at(slice(None)), expected) < 2e-5
    assert np.abs(expected[2] - head.template).max() > 0.001


def test_vertices_of_a_motion_are_taken_as_they_are(head):
    positions = head.vertices(person(head, 2), talking(head, 4).expression)
    motion = replace(talking(head, 4, seed=9), vertices=positions)
    fit = HeadFit(TURNED * 100, np.array([1.0, 2, 3]), 0.0)
    vertices = vertex_motion(head, motion, head.template, fit, slice(1, 4), lead=4, tail=4)
    assert apart(vertices.at(slice(None)), positions[1:] @ (TURNED * 100).T + (1, 2, 3)) < 1e-4


@pytest.mark.parametrize("alpha", [None, 3])
def test_positions_are_projected_whoever_they_are_of(head, alpha):
    motion = talking(head, 130)
    who = None if alpha is None else person(head, alpha)
    positions = head.vertices(who, motion.expression)
    track = expression_track(head, replace(motion, vertices=positions), slice(5, 90))
    assert apart(track.beta, motion.expression[5:90]) < 1e-4
    assert track.left_out < 1e-3
    # What no expression shows is told as a share of the movement.
    away = positions - head.vertices(who)
    noise = np.random.default_rng(1).normal(size=positions.shape) * np.sqrt((away**2).mean())
    track = expression_track(
        head, replace(motion, vertices=(positions + noise).astype(np.float32)), slice(130)
    )
    assert track.left_out == pytest.approx(np.sqrt(0.5), abs=0.02)
    assert apart(track.beta, motion.expression) < 0.1 * np.abs(motion.expression).max()


def test_a_basis_moves_any_mesh(head):
    rest = np.array([[1.0, 2, 3], [4, 5, 6]], np.float32)
    basis = np.random.default_rng(0).normal(size=(64, 6)).astype(np.float32)
    track = expression_track(head, talking(head, 10), slice(2, 6))
    vertices = carried_motion(rest, basis, track, lead=2, tail=1)
    assert len(vertices) == 7
    moved = vertices.at(slice(None))
    assert apart(moved[0], rest) == 0
    assert apart(moved[-1], rest) == 0
    assert apart(moved[2:6] - rest, (track.beta @ basis).reshape(4, 2, 3)) < 1e-5
    assert apart(moved[1] - rest, 0.5 * (moved[2] - rest)) < 1e-5


def test_unusable_motions_are_refused(head):
    motion = talking(head, 4)
    motion.expression[2, 5] = np.nan
    with pytest.raises(InputError, match="not numbers"):
        vertex_motion(head, motion, head.template, STILL, slice(0, 4))
    assert len(vertex_motion(head, motion, head.template, STILL, slice(0, 2))) == 2
    other = replace(talking(head, 4), vertices=np.zeros((4, 10, 3), np.float32))
    with pytest.raises(InputError, match=f"10 vertices a frame, expected the {head.vertex_count}"):
        vertex_motion(head, other, head.template, STILL, slice(0, 4))
    broken = np.full((4, head.vertex_count, 3), np.nan, np.float32)
    with pytest.raises(InputError, match="not numbers"):
        vertex_motion(head, replace(other, vertices=broken), head.template, STILL, slice(0, 4)).at(
            slice(0, 1)
        )


def test_memory_does_not_grow_with_length():
    count, basis = 500, np.zeros((64, 1500), np.float32)

    def peak(frames):
        motion = VertexMotion(
            np.zeros((count, 3), np.float32), np.zeros((frames, 64), np.float32), basis, None, STILL
        )
        tracemalloc.start()
        for _ in motion.blocks():
            pass
        most = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return most

    assert peak(16_000) < 1.2 * peak(1_000)
