# SPDX-License-Identifier: GPL-3.0-or-later
"""What Blender shows of bones, objects and empties is the rotation that was asked, in every rotation mode."""

from dataclasses import replace

import bpy
import numpy as np
import pytest
from mathutils import Euler, Matrix
from soliloquy.bake import Carrier, HeadRig, Limits, bake_pose, create_head, suggest_rig
from soliloquy.core.head_rotation import degrees_between, matrices_from_angles, soft_limited
from soliloquy.core.motion import FaceMotion

from .rigs import (
    FACING_MINUS_Y,
    SKELETON,
    asked_eye,
    asked_head,
    bone_turn,
    make_armature,
    make_pose,
    object_axes,
    rig_of,
    worst,
)

MODES = ("QUATERNION", "XYZ", "XZY", "YXZ", "YZX", "ZXY", "ZYX", "AXIS_ANGLE")

SAME = 0.01
"""Degrees."""


def check_armature(obj, rig, motion, axes=FACING_MINUS_Y, **options):
    bake_pose(rig, motion, start_frame=1, take="line", **options)
    head = worst(lambda frame: bone_turn(obj, "head", frame), lambda row: asked_head(motion, row), axes)
    assert head < SAME

    def eye(frame):
        return bone_turn(obj, "head", frame).T @ bone_turn(obj, "eye.L", frame)

    assert worst(eye, lambda row: asked_eye(motion, row), axes) < SAME


def bone_mode(obj, mode):
    for bone in obj.pose.bones:
        bone.rotation_mode = mode


@pytest.mark.parametrize("mode", MODES)
def test_bones_in_every_rotation_mode(mode):
    obj = make_armature()
    bone_mode(obj, mode)
    check_armature(obj, rig_of(obj), make_pose())
    assert {bone.rotation_mode for bone in obj.pose.bones} == {mode}


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("mode", ["QUATERNION", "XYZ"])
def test_any_roll_and_any_turn_of_the_rest_pose(seed, mode):
    random = np.random.default_rng(seed)
    bones = [
        (name, tuple(head), tuple(np.add(head, random.normal(size=3) * 0.1)), parent)
        for name, head, _, parent in SKELETON
    ]
    obj = make_armature(bones, seed=seed)
    bone_mode(obj, mode)
    check_armature(obj, rig_of(obj, facing="-Y"), make_pose())


@pytest.mark.parametrize("mode", MODES)
def test_scaled_and_turned_parents(mode):
    parent = bpy.data.objects.new("Parent", None)
    bpy.context.scene.collection.objects.link(parent)
    parent.scale = (2.0, 2.0, 2.0)
    parent.rotation_euler = (0.3, -0.8, 2.0)
    obj = make_armature()
    obj.parent = parent
    obj.scale = (0.01, 0.01, 0.01)
    obj.rotation_euler = (0.4, 0.1, 0.0)
    for name, turn in (("hips", (0.2, 0.5, -0.4)), ("chest", (-0.3, 0.1, 0.6))):
        obj.pose.bones[name].rotation_mode = "XYZ"
        obj.pose.bones[name].rotation_euler = turn
        obj.pose.bones[name].scale = (1.3, 1.3, 1.3)
    bone_mode(obj, mode)
    bpy.context.view_layer.update()
    motion = make_pose()
    bake_pose(rig_of(obj), motion, start_frame=1, take="line")

    def turned(frame):
        return bone_turn(obj, "chest", frame).T @ bone_turn(obj, "head", frame)

    assert worst(turned, lambda row: asked_head(motion, row)) < SAME


@pytest.mark.parametrize("share", [0.0, 0.25, 1.0])
def test_neck_and_head_share_the_turn(share):
    obj, motion = make_armature(), make_pose()
    bake_pose(rig_of(obj, neck_share=share), motion, start_frame=1, take="line", parts=("Head",))
    row = int(np.abs(motion.head_rotation[:, 0]).argmax())
    turns = [
        np.radians(degrees_between(np.eye(3), bone_turn(obj, name, 1 + row))) for name in ("neck", "head")
    ]
    assert turns[0] == pytest.approx(share * turns[1], abs=1e-4)
    assert worst(lambda frame: bone_turn(obj, "head", frame), lambda row: asked_head(motion, row)) < SAME


def test_a_head_that_does_not_follow_its_neck_turns_by_all_of_it():
    obj, motion = make_armature(), make_pose()
    obj.data.bones["head"].use_inherit_rotation = False
    check_armature(obj, rig_of(obj), motion)


@pytest.mark.parametrize("influence", [0.0, 0.4, 1.0])
def test_a_head_that_follows_its_neck_by_a_constraint(influence):
    """As in Rigify: a helper between neck and head takes its rotation from elsewhere, in part."""
    bones = [each for each in SKELETON if each[0] != "head"]
    helper = ("helper", (0, -0.03, 1.6), (0, 0, 1.7), "neck")
    head = ("head", (0, -0.03, 1.6), (0, 0, 1.8), "helper")
    bones = [*bones[:5], helper, head, *bones[5:]]
    obj, motion = make_armature(bones), make_pose(size=0.5)
    constraint = obj.pose.bones["helper"].constraints.new("COPY_ROTATION")
    constraint.target, constraint.subtarget, constraint.influence = obj, "chest", influence
    constraint.target_space = constraint.owner_space = "WORLD"
    # The helper's own axes at rest are those of the bone that it copies.
    bpy.context.view_layer.objects.active = obj
    bpy.ops.object.mode_set(mode="EDIT")
    edit = obj.data.edit_bones
    length = edit["helper"].length
    edit["helper"].matrix = Matrix.Translation(edit["helper"].head) @ edit["chest"].matrix.to_3x3().to_4x4()
    edit["helper"].length = length
    bpy.ops.object.mode_set(mode="OBJECT")
    report = bake_pose(rig_of(obj), motion, start_frame=1, take="line")
    assert report.warnings == ()
    # How Blender blends a constraint is not quite a share of the turn.
    limit = SAME if influence in (0.0, 1.0) else 0.5
    assert worst(lambda frame: bone_turn(obj, "head", frame), lambda row: asked_head(motion, row)) < limit


def test_an_armature_with_y_up_in_a_turned_object():
    """As Mixamo's characters come: Y up and facing Z in the armature, the object turned, in centimetres."""
    obj = make_armature(turn=Matrix.Scale(100, 4) @ Matrix.Rotation(-np.pi / 2, 4, "X"))
    obj.rotation_euler = (np.pi / 2, 0, 0)
    obj.scale = (0.01, 0.01, 0.01)
    bpy.context.view_layer.update()
    motion = make_pose()
    check_armature(obj, rig_of(obj), motion, axes=np.eye(3))
    world = np.array(obj.matrix_world.to_3x3().normalized())

    def seen(frame):
        return world @ bone_turn(obj, "head", frame) @ world.T

    assert worst(seen, lambda row: asked_head(motion, row)) < SAME
    # A centimetre of the motion is one in the world.
    row = int(np.abs(motion.head_translation[:, 1]).argmax())
    bpy.context.scene.frame_set(1 + row)
    moved = obj.pose.bones["head"].matrix_basis.translation
    moved = obj.matrix_world.to_3x3() @ obj.data.bones["head"].matrix_local.to_3x3() @ moved
    assert np.array(moved) == pytest.approx(FACING_MINUS_Y @ motion.head_translation[row], abs=1e-6)


@pytest.mark.parametrize(("facing", "angle"), [("Y", np.pi), ("X", np.pi / 2), ("-X", -np.pi / 2)])
def test_characters_that_face_elsewhere(facing, angle):
    turn = Matrix.Rotation(angle, 4, "Z")
    axes = np.array(turn.to_3x3()) @ FACING_MINUS_Y
    for chosen in ("AUTO", facing):
        obj = make_armature(turn=turn, name=f"Rig {facing} {chosen}")
        check_armature(obj, rig_of(obj, facing=chosen), make_pose(), axes=axes)


@pytest.mark.parametrize("feet", [True, False])
def test_animals_and_heads_beside_the_body(feet):
    legs = [
        (f"{name}.{side}", (x, 0.5, top), (x, 0.52, top - 0.3), "hips")
        for name, top in (("thigh", 0.7), *([("foot", 0.1)] if feet else []))
        for side, x in (("L", 0.1), ("R", -0.1))
    ]
    dog = [
        ("hips", (0, 0.5, 0.7), (0, 0.3, 0.72), ""),
        ("neck", (0, -0.3, 0.8), (0, -0.5, 0.95), "hips"),
        ("head", (0, -0.5, 0.95), (0, -0.75, 0.95), "neck"),
        ("second head", (1, -0.1, 0.9), (1, -0.3, 0.95), "hips"),
        *legs,
    ]
    obj, motion = make_armature(dog), make_pose()
    for head in ("head", "second head"):
        bake_pose(HeadRig(Carrier("Rig", head)), motion, start_frame=1, take="line")

        def seen(frame, head=head):
            return bone_turn(obj, head, frame)

        assert worst(seen, lambda row: asked_head(motion, row)) < SAME


def test_a_head_alone_faces_as_blenders_characters():
    obj, motion = make_armature([("head", (0, 0, 0), (0, 0, 0.2), "")]), make_pose()
    bake_pose(HeadRig(Carrier("Rig", "head")), motion, start_frame=1, take="line")
    assert worst(lambda frame: bone_turn(obj, "head", frame), lambda row: asked_head(motion, row)) < SAME


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("kind", ["empty", "mesh"])
def test_objects_turn_from_where_they_stand(mode, kind):
    data = bpy.data.meshes.new("Mesh") if kind == "mesh" else None
    parent = bpy.data.objects.new("Parent", None)
    obj = bpy.data.objects.new("Carrier", data)
    for each in (parent, obj):
        bpy.context.scene.collection.objects.link(each)
    obj.parent = parent
    parent.scale = (3, 3, 3)
    parent.rotation_euler = (0.1, 0, 0.7)
    obj.scale = (0.5, 0.5, 0.5)
    obj.rotation_mode = mode
    rest = Euler((0.2, -0.3, 1.1)).to_matrix()
    obj.matrix_basis = rest.to_4x4()
    bpy.context.view_layer.update()
    before = object_axes(obj, 0)
    motion = make_pose()
    rig = HeadRig(Carrier("Carrier"))
    for _ in range(3):  # nothing adds up
        bpy.context.scene.frame_set(20)
        bake_pose(rig, motion, start_frame=1, take="line")
    assert obj.rotation_mode == mode

    def turned(frame):
        return before.T @ object_axes(obj, frame)

    assert worst(turned, lambda row: asked_head(motion, row)) < SAME


def test_an_object_that_stands_upright_by_its_y():
    obj = bpy.data.objects.new("Carrier", None)
    bpy.context.scene.collection.objects.link(obj)
    obj.rotation_euler = (np.pi / 2, 0, 0)
    bpy.context.view_layer.update()
    motion = make_pose()
    bake_pose(HeadRig(Carrier("Carrier")), motion, start_frame=1, take="line")
    before = np.array(Euler((np.pi / 2, 0, 0)).to_matrix())

    def turned(frame):
        return object_axes(obj, frame) @ before.T

    assert worst(turned, lambda row: asked_head(motion, row)) < SAME


def test_the_built_in_head():
    head = create_head(bpy.context.scene.collection)
    motion = make_pose()
    bake_pose(suggest_rig(head), motion, start_frame=1, take="line")
    assert worst(lambda frame: object_axes(head, frame), lambda row: asked_head(motion, row)) < SAME
    bpy.context.scene.frame_set(11)
    moved = FACING_MINUS_Y @ motion.head_translation[10]
    assert np.array(head.matrix_world.translation) == pytest.approx(moved, abs=1e-6)


def test_head_and_eyes_of_several_objects():
    rig = make_armature()
    eyes = [make_armature([("ball", (x, -0.1, 1.7), (x, -0.2, 1.7), "")], f"Eye {x}") for x in (0.03, -0.03)]
    for eye in eyes:
        eye.parent, eye.parent_type, eye.parent_bone = rig, "BONE", "head"
    left, right = (Carrier(eye.name, "ball") for eye in eyes)
    motion = make_pose()
    report = bake_pose(rig_of(rig, left_eye=left, right_eye=right), motion, start_frame=1, take="line")
    assert len(report.actions) == 3
    assert worst(lambda frame: bone_turn(eyes[1], "ball", frame), lambda row: asked_eye(motion, row)) < SAME


def test_eyes_that_look_at_a_target_bone():
    targets = [
        (f"target.{side}", (x, -0.6, 1.72), (x, -0.65, 1.72), "head")
        for side, x in (("L", 0.03), ("R", -0.03))
    ]
    obj = make_armature([*SKELETON, *targets])
    for side in "LR":
        constraint = obj.pose.bones[f"eye.{side}"].constraints.new("DAMPED_TRACK")
        constraint.target, constraint.subtarget = obj, f"target.{side}"
    left, right = (Carrier("Rig", f"target.{side}") for side in "LR")
    motion = make_pose()
    report = bake_pose(rig_of(obj, left_eye=left, right_eye=right), motion, start_frame=1, take="line")
    assert report.warnings == ()
    bones = obj.data.bones
    sight = np.array(bones["target.L"].head_local - bones["eye.L"].head_local)
    for row in range(0, 50, 7):
        head = bone_turn(obj, "head", 1 + row)
        axis = np.array(obj.data.bones["eye.L"].matrix_local.to_3x3())[:, 1]
        looks = bone_turn(obj, "eye.L", 1 + row) @ axis
        wanted = head @ FACING_MINUS_Y @ asked_eye(motion, row) @ FACING_MINUS_Y.T @ sight
        assert looks == pytest.approx(wanted / np.linalg.norm(wanted), abs=1e-5)


def test_limits():
    obj = make_armature()
    motion = make_pose()
    motion.head_rotation[:] *= 4
    limits = Limits(20, 10, 5)
    bake_pose(rig_of(obj), motion, start_frame=1, take="line", parts=("Head",), limits=limits)
    bent = soft_limited(motion.head_rotation, (20, 10, 5))
    assert np.degrees(np.abs(bent).max(axis=0)) == pytest.approx((20, 10, 5), rel=0.01)

    def asked(row):
        return matrices_from_angles(bent[row])

    assert worst(lambda frame: bone_turn(obj, "head", frame), asked) < SAME


@pytest.mark.parametrize("mode", MODES)
def test_key_reduction_is_in_degrees(mode):
    obj = make_armature()
    bone_mode(obj, mode)
    motion = make_pose(400, 60.0)
    dense = bake_pose(rig_of(obj), motion, start_frame=1, take="line")
    sparse = bake_pose(rig_of(obj), motion, start_frame=1, take="line", key_reduction=0.2)
    assert sparse.key_count < 0.4 * dense.key_count
    rows = range(0, 400, 3)
    off = worst(lambda frame: bone_turn(obj, "head", frame), lambda row: asked_head(motion, row), rows=rows)
    assert 0.001 < off < 0.2

    def eye(frame):
        return bone_turn(obj, "head", frame).T @ bone_turn(obj, "eye.L", frame)

    assert worst(eye, lambda row: asked_eye(motion, row), rows=rows) < 0.2


@pytest.mark.parametrize("mode", MODES)
def test_values_are_continuous_over_whole_turns(mode):
    obj = make_armature([("head", (0, 0, 0), (0, 0, 0.2), "")])
    bone_mode(obj, mode)
    angles = np.zeros((300, 3), np.float32)
    angles[:, 0] = np.linspace(0, 4 * np.pi, 300)
    motion = replace(FaceMotion.still(300, 25.0), head_rotation=angles)
    rig = HeadRig(Carrier("Rig", "head"))
    bake_pose(rig, motion, start_frame=1, take="line", limits=Limits(100000, 90, 90))
    from soliloquy.bake.action import assigned_channels

    curves = {name: curve for name, curve in assigned_channels(obj).items() if "rotation" in name[0]}
    values = np.array([[curve.evaluate(frame) for frame in range(1, 301)] for curve in curves.values()])
    assert np.abs(np.diff(values, axis=1)).max() < 0.1
    # Between the frames too.
    between = bone_turn(obj, "head", 150)
    bpy.context.scene.frame_set(150, subframe=0.5)
    half = obj.pose.bones["head"].matrix.to_3x3().normalized()
    half = np.array(half) @ np.array(obj.data.bones["head"].matrix_local.to_3x3()).T
    assert degrees_between(between, half) == pytest.approx(np.degrees(4 * np.pi / 299) / 2, abs=0.05)
