# SPDX-License-Identifier: GPL-3.0-or-later
"""Takes of a head are its face and what carries it, shown together and removed together."""

from contextlib import ExitStack
from dataclasses import replace

import bpy
import numpy as np
import pytest
from soliloquy.bake import bake_motion, bake_pose
from soliloquy.bake.errors import BakeError
from soliloquy.bake.pose import begin_pose_take, record_pose_take, show_pose_of_vertices
from soliloquy.bake.takes import TakeFacts, begin_take, record_take, remove_take, show_take, take_name
from soliloquy.core.head_rotation import degrees_between

from ..heads import make_head, make_motion
from .rigs import bone_turn, make_armature, make_pose, rig_of


@pytest.fixture
def face():
    return make_head()


@pytest.fixture
def rig():
    return make_armature()


def make_take(face, rig, seed, *, new=False, with_pose=True, sound="line 01"):
    motion = make_motion(30)
    motion.weights[:] *= 1 - 0.1 * seed
    with ExitStack() as rollback:
        if new:
            begin_take(face, take_name(sound, seed), rollback)
            if with_pose:
                begin_pose_take(rig_of(rig), take_name(sound, seed), rollback)
        bake_motion(face, motion, start_frame=1, take=sound)
        if with_pose:
            bake_pose(rig_of(rig), make_pose(30, size=1 - 0.1 * seed), start_frame=1, take=sound)
        rollback.pop_all()
    record_take(face, TakeFacts(sound, "expnet", "", seed))
    if with_pose:
        record_pose_take(rig_of(rig), face)
    return face.data.shape_keys.animation_data.action, rig.animation_data.action


def turn(rig):
    return float(degrees_between(np.eye(3), bone_turn(rig, "head", 10)))


def test_face_and_head_are_shown_together(face, rig):
    keys, pose = make_take(face, rig, 0)
    assert pose.name == "line 01 Rig"
    wide = turn(rig)
    other_keys, other_pose = make_take(face, rig, 5, new=True)
    assert (other_keys.name, other_pose.name) == ("line 01 seed 5", "line 01 seed 5 Rig")
    assert pose.use_fake_user
    narrow = turn(rig)
    assert narrow < 0.6 * wide
    # Names do not matter.
    keys.name, pose.name = "the good one", "whatever"
    show_take(face, "the good one")
    assert rig.animation_data.action == pose
    assert turn(rig) == pytest.approx(wide)
    show_take(face, other_keys.name)
    assert turn(rig) == pytest.approx(narrow)


def test_takes_are_shown_together_after_saving(face, rig, tmp_path):
    make_take(face, rig, 0)
    wide = turn(rig)
    make_take(face, rig, 5, new=True)
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "shot.blend"))
    bpy.ops.wm.open_mainfile(filepath=str(tmp_path / "shot.blend"))
    face, rig = bpy.data.objects["Head"], bpy.data.objects["Rig"]
    show_take(face, "line 01")
    assert turn(rig) == pytest.approx(wide)


def test_a_new_take_of_the_face_alone_keeps_the_heads_motion(face, rig):
    _, pose = make_take(face, rig, 0)
    make_take(face, rig, 1, new=True, with_pose=False)
    assert rig.animation_data.action == pose
    _, third = make_take(face, rig, 2, new=True)
    assert third != pose
    show_take(face, "line 01 seed 1")
    assert rig.animation_data.action == pose


def test_a_new_take_begins_with_the_body_animation(face, rig):
    rig.pose.bones["hips"].keyframe_insert("rotation_quaternion", frame=4)
    _, pose = make_take(face, rig, 0)
    _, other = make_take(face, rig, 1, new=True)
    assert pose != other
    from soliloquy.bake.action import assigned_channels

    assert ('pose.bones["hips"].rotation_quaternion', 0) in assigned_channels(rig)


def test_takes_are_removed_together(face, rig):
    make_take(face, rig, 0)
    make_take(face, rig, 1, new=True, with_pose=False)
    make_take(face, rig, 2, new=True)
    assert len(bpy.data.actions) == 5
    with pytest.raises(BakeError, match="show another one"):
        remove_take(face, "line 01 seed 2")
    remove_take(face, "line 01")
    # Another take has its head's motion.
    assert {each.name for each in bpy.data.actions} == {
        "line 01 seed 1",
        "line 01 seed 2",
        "line 01 seed 2 Rig",
        "line 01 Rig",
    }
    remove_take(face, "line 01 seed 1")
    assert "line 01 Rig" not in bpy.data.actions
    assert rig.animation_data.action.name == "line 01 seed 2 Rig"


def test_a_failed_new_take_leaves_the_file_as_it_was(face, rig):
    _, pose = make_take(face, rig, 0)
    before = [(each.name, each.use_fake_user, each.users) for each in bpy.data.actions]
    motion = replace(make_pose(), head_rotation=np.full((50, 3), np.nan, np.float32))

    def fail():
        with ExitStack() as rollback:
            begin_pose_take(rig_of(rig), "line 01 seed 1", rollback)
            bake_pose(rig_of(rig), motion, start_frame=1, take="line 01")

    with pytest.raises(BakeError):
        fail()
    assert [(each.name, each.use_fake_user, each.users) for each in bpy.data.actions] == before
    assert rig.animation_data.action == pose


def test_takes_of_vertices(face, rig):
    poses = []
    for seed in range(2):
        with ExitStack() as rollback:
            if seed:
                begin_pose_take(rig_of(rig), f"cache {seed}", rollback)
            bake_pose(rig_of(rig), make_pose(30, size=1 - 0.5 * seed), start_frame=1, take="line 01")
            rollback.pop_all()
        record_pose_take(rig_of(rig), face, f"cache {seed}")
        poses.append(rig.animation_data.action)
    assert poses[0] != poses[1]
    show_pose_of_vertices(face, "cache 0")
    assert rig.animation_data.action == poses[0]
    show_pose_of_vertices(face, "none of them")
    assert rig.animation_data.action == poses[0]
    show_pose_of_vertices(face, "cache 1")
    assert rig.animation_data.action == poses[1]


def test_a_carrier_that_is_gone_or_linked_is_left_out(face, rig):
    make_take(face, rig, 0)
    make_take(face, rig, 1, new=True)
    bpy.data.objects.remove(rig)
    show_take(face, "line 01")
    assert face.data.shape_keys.animation_data.action.name == "line 01"


def test_names_of_actions_fit_into_blender(rig):
    rig.name = "Ä" * 31
    with ExitStack() as rollback:
        begin_pose_take(rig_of(rig), "ü" * 40, rollback)
        rollback.pop_all()
    name = rig.animation_data.action.name
    assert name.startswith("ü" * 10)
    assert "Ä" in name
