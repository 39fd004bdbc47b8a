# SPDX-License-Identifier: GPL-3.0-or-later
"""A character as Blender's own Rigify generates it: its head turns, and its eyes look where they should."""

from dataclasses import replace

import addon_utils
import bpy
import numpy as np
import pytest
from soliloquy.bake import Carrier, bake_pose, check_rig, suggest_rig
from soliloquy.bake.errors import BakeError
from soliloquy.core.head_rotation import matrices_from_angles

from .rigs import FACING_MINUS_Y, asked_head, bone_turn, make_pose, worst


@pytest.fixture(scope="module")
def saved(tmp_path_factory):
    """A file with the human rig; generating it takes seconds."""
    bpy.ops.wm.read_homefile(use_empty=True, use_factory_startup=True)
    # Rigify reads its own entry in the preferences.
    if addon_utils.enable("rigify", default_set=True) is None:
        pytest.skip("this Blender has no Rigify")
    bpy.ops.object.armature_human_metarig_add()
    metarig = bpy.context.object
    bpy.ops.pose.rigify_generate()
    bpy.data.objects.remove(metarig)
    path = tmp_path_factory.mktemp("rigify") / "human.blend"
    bpy.ops.wm.save_as_mainfile(filepath=str(path))
    addon_utils.disable("rigify", default_set=True)
    return path


@pytest.fixture
def obj(saved):
    bpy.ops.wm.open_mainfile(filepath=str(saved))
    (found,) = (each for each in bpy.data.objects if each.type == "ARMATURE")
    return found


def test_the_controls_are_suggested(obj):
    rig = suggest_rig(obj)
    bones = [each.bone for each in (rig.head, rig.neck, rig.left_eye, rig.right_eye)]
    assert bones == ["head", "neck", "eye.L", "eye.R"]
    check_rig(rig)


@pytest.mark.parametrize("follow", [0.0, 0.5, 1.0])
@pytest.mark.parametrize("mode", ["replace", "add"])
def test_head_and_eyes(obj, follow, mode):
    torso = obj.pose.bones["torso"]
    torso["head_follow"] = torso["neck_follow"] = follow
    motion = make_pose()
    report = bake_pose(suggest_rig(obj), motion, start_frame=1, take="line", mode=mode)
    assert report.warnings == ()
    # At one half Rigify itself blends rotations, which is not quite half of the turn.
    limit = 1.0 if follow == 0.5 else 0.01
    for bone in ("head", "DEF-spine.006"):

        def seen(frame, bone=bone):
            return bone_turn(obj, bone, frame)

        assert worst(seen, lambda row: asked_head(motion, row)) < limit
    for row in range(0, 50, 7):
        head = bone_turn(obj, "DEF-spine.006", 1 + row)
        for eye in ("MCH-eye.L", "MCH-eye.R"):
            axis = np.array(obj.data.bones[eye].matrix_local.to_3x3())[:, 1]
            sight = FACING_MINUS_Y.T @ head.T @ bone_turn(obj, eye, 1 + row) @ axis
            wanted = matrices_from_angles((*motion.gaze[row], 0))[:, 2]
            assert sight == pytest.approx(wanted, abs=1e-4)


def test_helpers_are_refused(obj):
    rig = suggest_rig(obj)
    for bone in ("MCH-eye.L", "ORG-eye.L", "DEF-spine.006"):
        with pytest.raises(BakeError, match=r"locked|turned by its constraint"):
            check_rig(replace(rig, left_eye=Carrier(obj.name, bone)))
