# SPDX-License-Identifier: GPL-3.0-or-later
"""A recording of Live Link Face becomes a take in which Blender shows what the table says."""

from dataclasses import replace

import bpy
import numpy as np
import pytest
from soliloquy.bake import (
    HeadRig,
    Limits,
    bake_motion,
    bake_pose,
    create_head,
    place_recording,
    read_performance,
    suggest_rig,
)
from soliloquy.core.errors import InputError
from soliloquy.core.generate.gaze import eye_look_angles, eye_look_weights, gaze_of_weights
from soliloquy.core.head import load_head
from soliloquy.core.motion import FaceMotion
from soliloquy.core.motion_files import read_csv, write_csv
from soliloquy.core.retarget.arkit import ARKIT_NAMES, GAZE_NAMES, PARTS, arkit_indices

from .pose.rigs import asked_head

GAZE = arkit_indices(GAZE_NAMES)


def recorded(count=180, fps=60.0, seed=0):
    """A face that moves smoothly in everything, as a phone sees it: eyes and their shapes agree."""
    random = np.random.default_rng(seed)
    time = np.arange(count) / fps
    waves = [
        0.5 - 0.5 * np.cos(2 * np.pi * cycles * time + phase)
        for cycles, phase in zip(random.uniform(0.3, 1.5, 60), random.uniform(0, 6, 60), strict=True)
    ]
    weights = np.stack(waves[:52], axis=1).astype(np.float32)
    gaze = 0.35 * (np.stack(waves[52:54], axis=1) - 0.5)
    weights[:, GAZE] = eye_look_weights(gaze)
    return replace(
        FaceMotion.still(count, fps),
        weights=weights,
        gaze=gaze.astype(np.float32),
        head_rotation=(0.5 * (np.stack(waves[54:57], axis=1) - 0.5)).astype(np.float32),
    )


def set_rate(fps):
    scene = bpy.context.scene
    scene.render.fps = round(fps)
    scene.render.fps_base = round(fps) / fps


def shown(obj, frames):
    """Values (F, 52) of the evaluated shape keys."""
    rows = []
    for frame in frames:
        bpy.context.scene.frame_set(int(frame))
        evaluated = obj.evaluated_get(bpy.context.evaluated_depsgraph_get())
        keys = evaluated.data.shape_keys.key_blocks
        rows.append([keys[name].value for name in ARKIT_NAMES])
    return np.array(rows)


@pytest.mark.parametrize("fps", [60.0, 30.0, 24.0, 30000 / 1001])
def test_blender_shows_what_the_table_says(tmp_path, fps):
    set_rate(fps)
    write_csv(tmp_path / "take.csv", recorded())
    table = np.loadtxt(tmp_path / "take.csv", delimiter=",", skiprows=1, usecols=range(2, 63))
    obj = create_head(bpy.context.scene.collection)
    motion = place_recording(read_csv(tmp_path / "take.csv"), fps)
    rig = suggest_rig(obj)
    bake_pose(
        HeadRig(rig.head),
        motion,
        start_frame=1,
        take="take",
        parts=("Head",),
        limits=Limits(90, 90, 90),
        then=lambda: bake_motion(obj, motion, start_frame=1, take="take", parts=tuple(PARTS)),
    )
    frames = np.arange(1, 1 + len(motion))
    seen, at = shown(obj, frames), (frames - 1) / fps * 60
    between = np.stack([np.interp(at, np.arange(180), column) for column in table[:, :52].T], axis=1)
    is_row = np.abs(at - np.round(at)) < 1e-6
    assert is_row.sum() >= {60.0: 180, 30.0: 90, 24.0: 36}.get(fps, 1)
    np.testing.assert_allclose(seen[is_row], table[np.round(at[is_row]).astype(int), :52], atol=1e-3)
    # Between rows straight lines are not the last word.
    np.testing.assert_allclose(seen, between, atol=8e-3)
    head = obj.parent
    for row in range(2, len(motion) - 20, 7):
        bpy.context.scene.frame_set(1 + int(row))
        evaluated = head.evaluated_get(bpy.context.evaluated_depsgraph_get())
        np.testing.assert_allclose(
            np.array(evaluated.matrix_basis)[:3, :3], in_blender(asked_head(motion, row)), atol=2e-3
        )
    # And the way back.
    read = read_performance(obj)
    np.testing.assert_allclose(read.weights[: len(motion)], motion.weights, atol=1e-5)
    np.testing.assert_allclose(read.gaze[: len(motion)], motion.gaze, atol=3e-3)


def in_blender(rotation):
    """A rotation (3, 3) of head axes in those of the built-in head: Z up, facing -Y."""
    turn = np.array([[1, 0, 0], [0, 0, -1], [0, 1, 0]], float)
    return turn @ rotation @ turn.T


@pytest.mark.parametrize("fps", [24.0, 25.0, 29.97, 120.0])
def test_nothing_overshoots_and_nothing_is_lost(fps):
    motion = recorded(400)
    motion.weights[:, 20] = np.arange(400) % 7 > 3  # flickers
    motion.head_rotation[:, 0] = np.where(np.arange(400) > 200, 0.4, -0.4)
    placed = place_recording(motion, fps)
    assert placed.fps == fps
    assert abs(placed.duration - motion.duration) <= 1 / fps
    for name in ("weights", "head_rotation"):
        before, after = getattr(motion, name), getattr(placed, name)
        rows = np.minimum((placed.times * 60 + 1e-4).astype(int), 399)
        low = np.minimum(before[rows], before[np.minimum(rows + 1, 399)])
        high = np.maximum(before[rows], before[np.minimum(rows + 1, 399)])
        assert ((after >= low - 1e-5) & (after <= high + 1e-5)).all(), name


def test_expression_follows_from_the_weights():
    placed = place_recording(recorded(), 24.0)
    head = load_head()
    # What the shapes of the head make of the weights is what its basis makes of beta.
    row = 31
    shapes = head.template + np.tensordot(placed.weights[row], head.arkit_deltas, 1)
    apart = np.linalg.norm(head.vertices(None, placed.expression[row]) - shapes, axis=1)
    assert apart.max() < 2e-3
    assert np.sqrt((apart**2).mean()) < 2e-4


def test_eyes_that_were_recorded_in_one_way_only():
    both = recorded()
    angles = replace(both, weights=both.weights.copy())
    angles.weights[:, GAZE] = 0
    np.testing.assert_allclose(place_recording(angles, 60.0).weights, both.weights, atol=1e-6)
    shapes = replace(both, gaze=np.zeros_like(both.gaze))
    np.testing.assert_allclose(place_recording(shapes, 60.0).gaze, both.gaze, atol=1e-5)
    # Angles with other signs are turned the way that the shapes say.
    mirrored = replace(both, gaze=both.gaze * (-1, 1))
    np.testing.assert_allclose(place_recording(mirrored, 60.0).gaze, both.gaze, atol=1e-5)
    still = place_recording(FaceMotion.still(60, 60.0), 24.0)
    assert not still.gaze.any()
    assert not still.weights.any()


def test_gaze_and_its_shapes_are_the_same():
    angles = np.stack(np.meshgrid(np.linspace(-0.2, 0.2, 9), np.linspace(-0.2, 0.2, 9)), -1).reshape(-1, 2)
    np.testing.assert_allclose(gaze_of_weights(eye_look_weights(angles)), angles, atol=1e-6)
    left = np.zeros((1, 8))
    left[0, [GAZE_NAMES.index("eyeLookOutLeft"), GAZE_NAMES.index("eyeLookInRight")]] = 1
    yaw = eye_look_angles()[[GAZE_NAMES.index("eyeLookOutLeft"), GAZE_NAMES.index("eyeLookInRight")]].mean()
    assert gaze_of_weights(left)[0] == pytest.approx([yaw, 0], abs=1e-6)


def test_heads_that_turn_past_half_a_turn_go_on():
    motion = FaceMotion.still(60, 60.0)
    yaw = np.linspace(3.0, 3.4, 60)
    motion.head_rotation[:, 0] = np.where(yaw > np.pi, yaw - 2 * np.pi, yaw)
    placed = place_recording(motion, 25.0)
    assert np.abs(np.diff(placed.head_rotation[:, 0])).max() < 0.05


def test_notes_stay_and_refusals():
    noted = replace(recorded(), notes=("one",))
    assert place_recording(noted, 24.0).notes == place_recording(noted, 60.0).notes == ("one",)
    with pytest.raises(InputError, match="holds no frames"):
        place_recording(FaceMotion.still(0, 60.0), 24.0)
    with pytest.raises(InputError, match="fps is 0"):
        place_recording(recorded(), 0.0)
