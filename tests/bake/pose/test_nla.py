# SPDX-License-Identifier: GPL-3.0-or-later
"""Rigs whose body is animated in the NLA."""

import bpy
import numpy as np
import pytest
from soliloquy.bake import bake_pose, check_rig
from soliloquy.bake.action import LAYERED
from soliloquy.bake.errors import BakeError
from soliloquy.core.head_rotation import degrees_between

from .rigs import FACING_MINUS_Y, asked_head, bone_turn, make_armature, make_pose, rig_of, worst

SAME = 0.01


@pytest.fixture
def obj():
    """An armature whose head and chest turn in an NLA strip of frames -20 to 120."""
    obj = make_armature()
    for name, turn in (("head", (0.9, 0.2, -0.3, 0.1)), ("chest", (0.9, -0.1, 0.2, 0.2))):
        bone = obj.pose.bones[name]
        for frame, way in ((-20, 1), (50, -1), (120, 1)):
            bone.rotation_quaternion = np.array(turn) * (1, way, way, way)
            bone.keyframe_insert("rotation_quaternion", frame=frame)
    animation = obj.animation_data
    action = animation.action
    track = animation.nla_tracks.new()
    strip = track.strips.new("Body", -20, action)
    if hasattr(strip, "action_slot"):
        strip.action_slot = action.slots[0]
    animation.action = None
    return obj


def bake(obj, **options):
    return bake_pose(rig_of(obj), make_pose(), start_frame=1, take="line", **options)


def test_added_to_strips(obj):
    frames = range(-10, 110, 5)
    before = {frame: bone_turn(obj, "head", frame) for frame in frames}
    check_rig(rig_of(obj))
    motion = make_pose()
    for _ in range(3):
        bpy.context.scene.frame_set(33)
        report = bake(obj, mode="add")
        assert report.warnings == ()
        for frame in frames:
            seen = before[frame].T @ bone_turn(obj, "head", frame)
            row = frame - 1
            if 0 <= row < 50:
                asked = FACING_MINUS_Y @ asked_head(motion, row) @ FACING_MINUS_Y.T
                # The neck turns below what the strip does to the head.
                assert degrees_between(seen, asked) < 8
            elif frame > 70 or frame < 0:
                assert degrees_between(seen, np.eye(3)) < SAME
    bake_pose(rig_of(obj, neck=None), motion, start_frame=1, take="line", mode="add", parts=("Head",))


def test_added_to_strips_by_the_head_alone(obj):
    before = {frame: bone_turn(obj, "head", frame) for frame in range(1, 51, 7)}
    motion = make_pose()
    bake_pose(rig_of(obj, neck=None), motion, start_frame=1, take="line", mode="add")
    for frame, unturned in before.items():
        asked = FACING_MINUS_Y @ asked_head(motion, frame - 1) @ FACING_MINUS_Y.T
        assert degrees_between(unturned.T @ bone_turn(obj, "head", frame), asked) < SAME


def test_from_one_way_to_the_other(obj):
    before = {frame: bone_turn(obj, "head", frame) for frame in range(1, 51, 7)}
    motion, rig = make_pose(), rig_of(obj, neck=None)
    for way in ("replace", "add", "replace", "add"):
        report = bake_pose(rig, motion, start_frame=1, take="line", mode=way)
        assert report.warnings == ()
        for frame, unturned in before.items():
            base = bone_turn(obj, "chest", frame) if way == "replace" else unturned
            asked = FACING_MINUS_Y @ asked_head(motion, frame - 1) @ FACING_MINUS_Y.T
            assert degrees_between(base.T @ bone_turn(obj, "head", frame), asked) < SAME


def test_other_motion_in_an_action_that_is_combined(obj):
    bake(obj, mode="add")
    obj.pose.bones["hips"].keyframe_insert("location", frame=1)
    bake(obj, mode="add")
    with pytest.raises(BakeError, match="is combined with its NLA strips"):
        bake(obj, mode="replace")


def test_euler_angles_that_the_nla_only_adds_up_are_told(obj):
    for name in ("head", "neck"):
        obj.pose.bones[name].rotation_mode = "XYZ"
    action = obj.animation_data.nla_tracks[0].strips[0].action
    for bone in ("head", "neck"):
        for index, value in enumerate((0.4, -0.3, 0.5)):
            curves = action.fcurves if not LAYERED else action.layers[0].strips[0].channelbags[0].fcurves
            curve = curves.new(f'pose.bones["{bone}"].rotation_euler', index=index)
            curve.keyframe_points.insert(1, value)
    report = bake_pose(rig_of(obj, neck=None), make_pose(), start_frame=1, take="line", mode="add")
    (warning,) = report.warnings
    assert "degrees off its turn of" in warning


def test_in_the_place_of_strips(obj):
    before = {frame: bone_turn(obj, "head", frame) for frame in (-5, 100)}
    motion = make_pose()
    assert bake(obj).warnings == ()

    def seen(frame):
        return bone_turn(obj, "chest", frame).T @ bone_turn(obj, "head", frame)

    assert worst(seen, lambda row: asked_head(motion, row)) < SAME
    for frame, turned in before.items():
        assert degrees_between(turned, bone_turn(obj, "head", frame)) < SAME


def test_an_action_above_the_strips_hides_them(obj):
    obj.pose.bones["hips"].keyframe_insert("location", frame=1)
    with pytest.raises(BakeError, match="animated in the NLA, and another action plays above it"):
        bake(obj, mode="add")
    assert "soliloquy_pose" not in obj.animation_data.action
    bake(obj, mode="replace")


def test_a_failed_bake_leaves_the_nla_as_it_was(obj):
    animation = obj.animation_data

    def fail():
        raise RuntimeError("power cut")

    before = (animation.action_blend_type, animation.action_extrapolation)
    with pytest.raises(RuntimeError):
        bake(obj, mode="add", then=fail)
    assert (animation.action_blend_type, animation.action_extrapolation) == before
    assert animation.action is None
