# SPDX-License-Identifier: GPL-3.0-or-later
"""Bakes in any order, of whole motions and of ranges, replacing and adding, some of them failing."""

import bpy
import numpy as np
import pytest
from soliloquy.bake import bake_pose
from soliloquy.bake.action import assigned_channels
from soliloquy.core.head_rotation import degrees_between, matrices_from_angles
from soliloquy.core.motion import FaceMotion

from .rigs import FACING_MINUS_Y, asked_head, bone_turn, make_armature, make_pose, rig_of

MODES = ("QUATERNION", "XYZ", "AXIS_ANGLE", "ZXY")
TAKES = ("one", "two", "three")


def animate_at_random(obj, mode, seed):
    """A few keys by hand on head and neck, for an armature and its twin alike."""
    random = np.random.default_rng(seed)
    for name in ("head", "neck"):
        bone = obj.pose.bones[name]
        bone.rotation_mode = mode
        kinds = {"QUATERNION": "rotation_quaternion", "AXIS_ANGLE": "rotation_axis_angle"}
        for frame in sorted(random.choice(np.arange(-50, 400), 5, replace=False)):
            turn = matrices_from_angles(random.normal(size=3) * 0.3)
            values = bpy.data.objects.new("Turn", None)
            values.rotation_mode = mode
            values.matrix_basis = [*[[*row, 0] for row in turn], [0, 0, 0, 1]]
            setattr(
                bone, kinds.get(mode, "rotation_euler"), getattr(values, kinds.get(mode, "rotation_euler"))
            )
            bpy.data.objects.remove(values)
            bone.keyframe_insert(kinds.get(mode, "rotation_euler"), frame=int(frame))


@pytest.mark.parametrize("seed", range(8))
def test_any_order(seed):
    random = np.random.default_rng(seed)
    mode = MODES[seed % len(MODES)]
    obj, twin = make_armature(), make_armature(name="Twin")
    for each in (obj, twin):
        animate_at_random(each, mode, seed)
    expected = {}

    def fail():
        raise ZeroDivisionError

    for _ in range(10):
        take = TAKES[random.integers(3)]
        start, count = int(random.integers(-20, 300)), int(random.integers(1, 70))
        way = ("add", "replace")[random.integers(2)]
        motion = make_pose(count, size=float(random.uniform(0.3, 1)))
        first = start + int(random.integers(0, count))
        frames = (first, first + int(random.integers(0, count))) if random.random() < 0.35 else None
        options = {"parts": ("Head",), "mode": way, "frame_range": frames}
        bpy.context.scene.frame_set(int(random.integers(-50, 400)))
        if random.random() < 0.2:
            with pytest.raises(ZeroDivisionError):
                bake_pose(rig_of(obj), motion, start_frame=start, take=take, then=fail, **options)
        else:
            report = bake_pose(rig_of(obj), motion, start_frame=start, take=take, **options)
            assert report.warnings == ()
            if frames is None:
                expected = {frame: each for frame, each in expected.items() if each[0] != take}
            for frame in range(report.first_frame, report.last_frame + 1):
                expected[frame] = (take, way, asked_head(motion, frame - start))
        for frame in random.choice(list(expected), min(6, len(expected)), replace=False) if expected else ():
            _, way, asked = expected[frame]
            asked = FACING_MINUS_Y @ asked @ FACING_MINUS_Y.T
            if way == "add":
                asked = bone_turn(twin, "head", int(frame)) @ asked
            assert degrees_between(bone_turn(obj, "head", int(frame)), asked) < 0.01

    # When every take has gone, the curves are the animator's again.
    for take in TAKES:
        still = FaceMotion.still(5, 25.0)
        bake_pose(rig_of(obj), still, start_frame=0, take=take, parts=("Head",), mode="add")
    left, before = assigned_channels(obj), assigned_channels(twin)
    assert set(left) == set(before)
    for name, curve in before.items():
        assert len(curve.keyframe_points) == len(left[name].keyframe_points)
        values = [left[name].evaluate(frame) for frame in range(-60, 420)]
        assert values == pytest.approx([curve.evaluate(frame) for frame in range(-60, 420)], abs=2e-5)
