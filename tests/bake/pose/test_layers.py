# SPDX-License-Identifier: GPL-3.0-or-later
"""What was animated before is kept: added to, replaced for a while, and given back whole."""

from dataclasses import replace
from itertools import pairwise

import bpy
import numpy as np
import pytest
from soliloquy.bake import Carrier, HeadRig, bake_pose
from soliloquy.bake.action import LAYERED, assigned_channels
from soliloquy.core.head_rotation import degrees_between
from soliloquy.core.motion import FaceMotion

from .rigs import (
    FACING_MINUS_Y,
    asked_eye,
    asked_head,
    bone_turn,
    make_armature,
    make_pose,
    rig_of,
    worst,
)

SAME = 0.01


def bake(rig, motion, **options):
    return bake_pose(rig, motion, **{"start_frame": 1, "take": "line"} | options)


def keys_of(obj):
    """Every key with everything that it holds, by channel."""
    result = {}
    for name, curve in assigned_channels(obj).items():
        result[name] = [
            (
                tuple(key.co),
                tuple(key.handle_left),
                tuple(key.handle_right),
                key.interpolation,
                key.handle_left_type,
                key.handle_right_type,
                key.type,
            )
            for key in curve.keyframe_points
        ]
    return result


def values_of(obj, frames):
    return {name: [curve.evaluate(f) for f in frames] for name, curve in assigned_channels(obj).items()}


def animate_by_hand(obj, mode="QUATERNION"):
    """A body animation: head and neck turn slowly, with few keys."""
    for name, turns in (("head", (0.3, -0.5, 0.2)), ("neck", (-0.2, 0.3, 0.1))):
        bone = obj.pose.bones[name]
        for number, frame in enumerate((-40, 5, 30, 90)):
            bone.rotation_mode = "XYZ"
            bone.rotation_euler = np.array(turns) * (1, -1, 0.5, -0.3)[number]
            quaternion = bone.rotation_euler.to_quaternion()
            bone.rotation_mode = mode
            if mode == "QUATERNION":
                bone.rotation_quaternion = quaternion
            elif mode == "AXIS_ANGLE":
                axis, angle = quaternion.to_axis_angle()
                bone.rotation_axis_angle = (angle, *axis)
            else:
                bone.rotation_euler = quaternion.to_euler(mode)
            path = {"QUATERNION": "rotation_quaternion", "AXIS_ANGLE": "rotation_axis_angle"}
            bone.keyframe_insert(path.get(mode, "rotation_euler"), frame=frame)


def turned(obj, frame):
    return bone_turn(obj, "head", frame)


@pytest.mark.parametrize("mode", ["QUATERNION", "XYZ", "ZYX", "AXIS_ANGLE"])
def test_added_to_what_was_animated(mode):
    obj, motion = make_armature(), make_pose()
    animate_by_hand(obj, mode)
    frames = range(-60, 120)
    before = {frame: turned(obj, frame) for frame in frames}
    values = values_of(obj, frames)
    report = bake(rig_of(obj), motion, mode="add", start_frame=10)
    assert report.warnings == ()
    for row in range(0, 50, 3):
        seen = before[10 + row].T @ turned(obj, 10 + row)
        asked = FACING_MINUS_Y @ asked_head(motion, row) @ FACING_MINUS_Y.T
        assert degrees_between(seen, asked) < SAME
    # Beside the motion everything is as it was, after it has come and gone.
    after = values_of(obj, frames)
    for name, column in values.items():
        difference = np.abs(np.array(column) - after[name])
        changed = np.array(frames)[difference > 2e-5]
        assert changed.min() >= -5
        assert changed.max() <= 74
    # It comes and goes smoothly.
    turns = [turned(obj, frame) for frame in range(-10, 90)]
    steps = [float(degrees_between(*pair)) for pair in pairwise(turns)]
    inside = max(steps[25:65])
    assert max(steps) < 2 * inside


def test_replaced_for_the_time_of_the_motion():
    obj, motion = make_armature(), make_pose()
    animate_by_hand(obj)
    frames = range(-60, 120)
    values = values_of(obj, frames)
    bake(rig_of(obj), motion, start_frame=10)
    assert worst(lambda frame: turned(obj, frame), lambda row: asked_head(motion, row), start=10) < SAME
    after = values_of(obj, frames)
    for name, column in values.items():
        changed = np.array(frames)[np.abs(np.array(column) - after[name]) > 2e-5]
        assert changed.min() >= -5
        assert changed.max() <= 74
    turns = [turned(obj, frame) for frame in range(-10, 90)]
    steps = [float(degrees_between(*pair)) for pair in pairwise(turns)]
    assert max(steps) < 2 * max(steps[25:65])


@pytest.mark.parametrize("mode", ["replace", "add"])
def test_a_hundred_bakes_are_as_one(mode):
    obj, motion = make_armature(), make_pose(20)
    animate_by_hand(obj)
    bake(rig_of(obj), motion, mode=mode, parts=("Head",))
    once, action = keys_of(obj), obj.animation_data.action
    stored = action["soliloquy_pose"].to_dict()
    for number in range(100):
        bpy.context.scene.frame_set(number)
        report = bake(rig_of(obj), motion, mode=mode, parts=("Head",))
        assert report.warnings == ()
    assert keys_of(obj) == once
    assert action["soliloquy_pose"].to_dict() == stored
    assert [each.name for each in bpy.data.actions] == [action.name]


def test_from_one_mode_to_the_other_and_back():
    obj, motion = make_armature(), make_pose()
    animate_by_hand(obj)
    bake(rig_of(obj), motion, mode="add")
    added = keys_of(obj)
    bake(rig_of(obj), motion, mode="replace")
    assert worst(lambda frame: turned(obj, frame), lambda row: asked_head(motion, row)) < SAME
    bake(rig_of(obj), motion, mode="add")
    assert keys_of(obj) == added


def test_another_motion_gives_back_what_it_does_not_need():
    obj = make_armature()
    animate_by_hand(obj)
    bpy.context.scene.frame_set(1)
    before = keys_of(obj)
    bake(rig_of(obj), make_pose(60), start_frame=0)
    bake(rig_of(obj), make_pose(2), start_frame=300, parts=("Head",))
    frames = (-40, 5, 30, 90)
    after = keys_of(obj)
    assert {name for name in before if "rotation" in name[0]} <= set(after)
    for name, keys in before.items():
        # The last key by hand is where the new motion begins to be reached from.
        assert [key for key in after[name] if key[0][0] in frames][:3] == keys[:3]
    # Eyes are another part: they have their motion still.
    eye = next(keys for name, keys in after.items() if "eye.L" in name[0])
    assert len(eye) > 50


def test_a_still_motion_gives_everything_back():
    obj = make_armature()
    animate_by_hand(obj)
    frames = range(-60, 120)
    before, keys = values_of(obj, frames), keys_of(obj)
    for mode in ("add", "replace"):
        bake(rig_of(obj), make_pose(), mode=mode, parts=("Head",))
    bake(rig_of(obj), FaceMotion.still(50, 25.0), mode="add", parts=("Head",))
    after = values_of(obj, frames)
    for name, column in before.items():
        assert after[name] == pytest.approx(column, abs=2e-5)
    assert set(keys) <= set(after)


def test_a_range_is_baked_again_and_the_rest_stays():
    obj, motion = make_armature(), make_pose(100)
    bake(rig_of(obj), motion)
    before = keys_of(obj)
    other = replace(motion, head_rotation=motion.head_rotation * np.float32(0.5))
    report = bake(rig_of(obj), other, frame_range=(40, 59))
    assert (report.first_frame, report.last_frame) == (40, 59)
    after = keys_of(obj)
    for name, keys in before.items():
        outside = [key[0] for key in keys if not 40 <= key[0][0] <= 59]
        assert [key[0] for key in after[name] if not 40 <= key[0][0] <= 59] == outside
    rows = range(0, 100, 6)

    def asked(row):
        return asked_head(other if 40 <= 1 + row <= 59 else motion, row)

    assert worst(lambda frame: turned(obj, frame), asked, rows=rows) < SAME
    bake(rig_of(obj), motion, frame_range=(40, 59))
    assert values_of(obj, range(-20, 140)) == {
        name: pytest.approx(column, abs=1e-6) for name, column in values_of(obj, range(-20, 140)).items()
    }
    assert worst(lambda frame: turned(obj, frame), lambda row: asked_head(motion, row), rows=rows) < SAME


def test_one_part_alone():
    obj, motion = make_armature(), make_pose()
    bake(rig_of(obj), motion)
    before = keys_of(obj)
    other = replace(motion, gaze=-motion.gaze, head_rotation=-motion.head_rotation)
    bake(rig_of(obj), other, parts=("Gaze",))
    after = keys_of(obj)
    changed = {name[0].split('"')[1] for name in before if before[name] != after[name]}
    assert changed == {"eye.L", "eye.R"}

    def eye(frame):
        return bone_turn(obj, "head", frame).T @ bone_turn(obj, "eye.R", frame)

    assert worst(eye, lambda row: asked_eye(other, row)) < SAME


def test_groups_are_the_parts():
    obj = make_armature()
    obj.pose.bones["hips"].keyframe_insert("location", frame=1, group="hips")
    bake(rig_of(obj), make_pose())
    groups = {name[0].split('"')[1]: curve.group.name for name, curve in assigned_channels(obj).items()}
    assert groups == {
        "head": "Head",
        "neck": "Head",
        "eye.L": "Gaze",
        "eye.R": "Gaze",
        "hips": "hips",
    }


def test_several_motions_one_after_the_other():
    obj, motion = make_armature(), make_pose()
    animate_by_hand(obj)
    bake(rig_of(obj), motion, mode="add", start_frame=10)
    first = values_of(obj, range(-60, 62))
    second = make_pose(30, size=0.7)
    bake(rig_of(obj), second, mode="add", start_frame=62, take="line 02")
    # The second begins soon after the first: it may change how the first fades, not the first itself.
    again = values_of(obj, range(-60, 60))
    for name, column in again.items():
        assert column == pytest.approx(first[name][:120], abs=2e-5)
    bake(rig_of(obj), second, mode="add", start_frame=200, take="line 02")
    assert worst_of_both(obj, motion, second) < SAME


def worst_of_both(obj, motion, second):
    """Against a rig that was animated by hand and not baked."""
    other = make_armature(name="Other")
    animate_by_hand(other)
    off = 0.0
    for start, each in ((10, motion), (200, second)):
        for row in range(0, len(each), 7):
            seen = turned(other, start + row).T @ turned(obj, start + row)
            asked = FACING_MINUS_Y @ asked_head(each, row) @ FACING_MINUS_Y.T
            off = max(off, float(degrees_between(seen, asked)))
    return off


def test_the_rotation_mode_was_changed_in_between():
    obj, motion = make_armature(), make_pose()
    bake(rig_of(obj), motion)
    for name in ("head", "neck"):
        obj.pose.bones[name].rotation_mode = "ZXY"
    bake(rig_of(obj), motion)
    paths = {name for name in assigned_channels(obj) if '"head"' in name[0] and "location" not in name[0]}
    assert paths == {('pose.bones["head"].rotation_euler', index) for index in range(3)}
    assert worst(lambda frame: turned(obj, frame), lambda row: asked_head(motion, row)) < SAME


@pytest.mark.parametrize("mode", ["replace", "add"])
def test_bones_were_renamed_in_between(mode):
    obj, motion = make_armature(), make_pose()
    animate_by_hand(obj)
    bake(rig_of(obj), motion, mode=mode)
    before = {name[1:]: keys for name, keys in keys_of(obj).items() if '"head"' in name[0]}
    obj.data.bones["head"].name = 'The "head"'
    rig = rig_of(obj, head=Carrier("Rig", 'The "head"'))
    bake(rig, motion, mode=mode)
    assert {name[1:]: keys for name, keys in keys_of(obj).items() if "The" in name[0]} == before
    assert not any('"head"' in name[0] and "The" not in name[0] for name in keys_of(obj))


def test_keys_that_were_edited_are_told():
    obj, motion = make_armature(), make_pose()
    bake(rig_of(obj), motion)
    curve = assigned_channels(obj)['pose.bones["head"].rotation_quaternion', 1]
    for index in (10, 20):
        curve.keyframe_points[index].co[1] += 0.2
    curve.update()
    report = bake(rig_of(obj), motion, frame_range=(1, 5))
    assert report.warnings == ()
    report = bake(rig_of(obj), motion)
    assert report.warnings == ("2 keys of head and eyes that were edited by hand were replaced.",)
    assert bake(rig_of(obj), motion).warnings == ()


def test_the_head_comes_to_rest():
    obj, motion = make_armature(), make_pose()
    bake(rig_of(obj), motion)
    # 0.6 s at 25 frames a second.
    assert degrees_between(np.eye(3), turned(obj, 50 + 15)) < SAME
    assert degrees_between(np.eye(3), turned(obj, 500)) < SAME
    assert degrees_between(np.eye(3), turned(obj, 55)) > 1
    name = ('pose.bones["eye.L"].rotation_quaternion', 1)
    assert assigned_channels(obj)[name].keyframe_points[-1].co[0] == 52


def test_no_keys_where_nothing_moves():
    obj = make_armature()
    report = bake(rig_of(obj), FaceMotion.still(50, 25.0))
    assert (report.actions, report.key_count) == ((), 0)
    assert obj.animation_data is None
    assert list(bpy.data.actions) == []
    motion = replace(make_pose(), gaze=np.zeros((50, 2), np.float32))
    bake(rig_of(obj), motion)
    assert not any("eye" in name for name, _ in assigned_channels(obj))


def test_a_connected_or_locked_head_is_not_moved():
    obj, motion = make_armature(), make_pose()
    obj.pose.bones["head"].lock_location = (False, True, False)
    bake(rig_of(obj), motion)
    assert not any("location" in name for name, _ in assigned_channels(obj))
    obj.pose.bones["head"].lock_location = (False, False, False)
    bake(rig_of(obj), motion)
    assert sum("location" in name for name, _ in assigned_channels(obj)) == 3


def test_an_empty_that_was_animated_by_hand():
    empty = bpy.data.objects.new("Carrier", None)
    bpy.context.scene.collection.objects.link(empty)
    for frame, angle in ((1, 0.0), (200, 1.0)):
        empty.rotation_euler = (0, 0, angle)
        empty.location = (angle, 0, 0)
        empty.keyframe_insert("rotation_euler", frame=frame)
        empty.keyframe_insert("location", frame=frame)
    frames = range(-10, 220)
    before = values_of(empty, frames)
    motion = make_pose()
    bake(HeadRig(Carrier("Carrier")), motion, mode="add", start_frame=100)
    bpy.context.scene.frame_set(120)
    assert empty.location.x > 0.4
    bake(HeadRig(Carrier("Carrier")), FaceMotion.still(50, 25.0), mode="add", start_frame=100)
    for name, column in values_of(empty, frames).items():
        assert column == pytest.approx(before[name], abs=3e-5)


@pytest.mark.skipif(not LAYERED, reason="slots came with Blender 4.4")
def test_one_action_with_the_shape_keys_slot():
    """Where the animator put an armature and others into one action, only its slot changes."""
    obj, other = make_armature(), make_armature(name="Other")
    other.pose.bones["head"].keyframe_insert("rotation_quaternion", frame=3)
    action = other.animation_data.action
    obj.animation_data_create().action = action
    obj.animation_data.action_slot = action.slots.new(obj.id_type, obj.name)
    before = keys_of(other)
    report = bake(rig_of(obj), make_pose())
    assert report.actions == (action.name,)
    assert keys_of(other) == before


def test_what_the_animator_does_meanwhile_is_left_alone():
    """Poses without keys, the frame and the scene stay, and the viewport shows the new keys at once."""
    obj, motion = make_armature(), make_pose()
    obj.pose.bones["hips"].rotation_quaternion = (0.9, 0.1, 0.2, 0.0)
    bpy.context.scene.frame_set(20)
    for size in (1.0, -0.5):
        motion = make_pose(size=size)
        bake(rig_of(obj), motion)
        bpy.context.view_layer.update()
        assert tuple(obj.pose.bones["hips"].rotation_quaternion) == pytest.approx((0.9, 0.1, 0.2, 0.0))
        assert bpy.context.scene.frame_current == 20
        rest = {name: obj.data.bones[name].matrix_local.to_3x3() for name in ("hips", "head")}
        posed = {name: obj.pose.bones[name].matrix.to_3x3().normalized() for name in rest}
        turns = {name: np.array(posed[name]) @ np.array(rest[name]).T for name in rest}
        asked = FACING_MINUS_Y @ asked_head(motion, 19) @ FACING_MINUS_Y.T
        assert degrees_between(turns["hips"].T @ turns["head"], asked) < SAME
