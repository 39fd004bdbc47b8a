# SPDX-License-Identifier: GPL-3.0-or-later
"""Rigs that cannot show their animation are refused in one line, and the file stays as it was."""

import bpy
import numpy as np
import pytest
from soliloquy.bake import Carrier, HeadRig, Limits, bake_pose, check_rig
from soliloquy.bake.action import TakeAction, assigned_channels
from soliloquy.bake.errors import BakeError
from soliloquy.core.errors import InputError

from ..heads import snapshot
from .rigs import SKELETON, asked_head, bone_turn, make_armature, make_pose, rig_of, worst


def state(obj):
    """Everything that a bake might leave behind."""
    animation = obj.animation_data
    bones = [
        (bone.name, *map(tuple, (bone.location, bone.rotation_quaternion, bone.rotation_euler)))
        for bone in obj.pose.bones
    ]
    curves = {name: curve.mute for name, curve in assigned_channels(obj).items()}
    actions = [
        (
            each.name,
            each.use_fake_user,
            each["soliloquy_pose"].to_dict() if "soliloquy_pose" in each else None,
        )
        for each in bpy.data.actions
    ]
    return snapshot(), bones, animation is None, curves, actions, len(bpy.data.scenes)


def refuse(rig, match, obj=None, **options):
    before = None if obj is None else state(obj)
    with pytest.raises(BakeError, match=match) as caught:
        bake_pose(rig, make_pose(), start_frame=1, take="line", **options)
    assert "\n" not in str(caught.value)
    if obj is not None:
        assert state(obj) == before


def both(rig, match, obj, **options):
    with pytest.raises(BakeError, match=match):
        check_rig(rig, **options)
    refuse(rig, match, obj, **options)


def test_rigs_without_what_they_name():
    obj = make_armature()
    both(HeadRig(), "Nothing carries the head", obj)
    both(HeadRig(Carrier("Gone", "head")), "no object 'Gone'", obj)
    both(HeadRig(Carrier("Rig", "gone")), "no bone 'gone'", obj)
    both(rig_of(obj, neck=Carrier("Rig", "head")), "is both head and neck", obj)
    both(rig_of(obj, head=None, neck=None), "Nothing carries", obj, parts=("Head",))
    empty = bpy.data.objects.new("Empty", None)
    both(HeadRig(Carrier(empty.name, "head")), "no bone", obj)


def test_the_head_is_turned_by_constraints():
    obj = make_armature()
    for kind in ("COPY_ROTATION", "COPY_TRANSFORMS", "DAMPED_TRACK"):
        constraint = obj.pose.bones["head"].constraints.new(kind)
        constraint.target, constraint.subtarget = obj, "shoulder.L"
        both(rig_of(obj), r"turned by its constraint '.*' *: animate what it follows \('shoulder.L'\)", obj)
        constraint.mute = True
        check_rig(rig_of(obj))
        constraint.mute = False
        constraint.influence = 0.5
        check_rig(rig_of(obj))
        obj.pose.bones["head"].constraints.remove(constraint)


def test_a_constraint_that_changes_the_turn_is_told():
    obj = make_armature()
    limit = obj.pose.bones["head"].constraints.new("LIMIT_ROTATION")
    limit.use_limit_x = limit.use_limit_y = limit.use_limit_z = True
    limit.max_x = limit.max_y = limit.max_z = 0.05
    limit.owner_space = "LOCAL"
    report = bake_pose(rig_of(obj), make_pose(), start_frame=1, take="line")
    assert len(report.warnings) == 1
    assert "degrees off its turn of" in report.warnings[0]
    limit.max_x = limit.max_y = limit.max_z = 0.0
    limit.min_x = limit.min_y = limit.min_z = 0.0
    refuse(rig_of(obj, neck=None), "does not turn at frame .* Nothing was baked", obj)


def test_drivers_and_what_hinders_an_action():
    obj, rig = make_armature(), None
    rig = rig_of(obj)
    driver = obj.pose.bones["head"].driver_add("rotation_quaternion", 1)
    both(rig, "it has a driver", obj)
    driver.mute = True
    check_rig(rig)
    obj.pose.bones["head"].rotation_mode = "XYZ"
    driver.mute = False
    check_rig(rig)
    obj.pose.bones["head"].driver_add("rotation_euler", 0)
    both(rig, "it has a driver", obj)
    obj.animation_data_clear()
    obj.pose.bones["head"].rotation_mode = "QUATERNION"
    bake_pose(rig, make_pose(), start_frame=1, take="line")
    curve = assigned_channels(obj)['pose.bones["head"].rotation_quaternion', 2]
    curve.mute = True
    both(rig, "it has a muted F-curve", obj)
    curve.mute = False
    curve.lock = True
    both(rig, "it has a locked F-curve", obj)
    curve.lock = False
    curve.group.mute = True
    both(rig, "it is in the muted channel group 'Head'", obj)
    curve.group.mute = False
    curve.modifiers.new("NOISE")
    both(rig, "its F-curves have modifiers", obj)
    curve.modifiers.remove(curve.modifiers[0])
    obj.animation_data.action_influence = 0.0
    both(rig, "its action has zero influence", obj)
    obj.animation_data.action_influence = 1.0
    check_rig(rig)


def test_locked_channels():
    obj = make_armature()
    obj.pose.bones["head"].lock_rotation = (True, False, True)
    report = bake_pose(rig_of(obj), make_pose(), start_frame=1, take="line")
    assert report.warnings == ("'head' of 'Rig' has locked rotation channels (X, Z): keyed all the same.",)
    obj.pose.bones["head"].lock_rotation = (True, True, True)
    both(rig_of(obj), "rotation of 'head' of 'Rig' is locked", obj)


def test_modes_that_show_no_pose():
    obj = make_armature()
    obj.data.pose_position = "REST"
    both(rig_of(obj), "rest position", obj)
    obj.data.pose_position = "POSE"
    bpy.context.view_layer.objects.active = obj
    bpy.ops.object.mode_set(mode="EDIT")
    both(rig_of(obj), "Edit Mode", obj)
    bpy.ops.object.mode_set(mode="OBJECT")
    check_rig(rig_of(obj))


def test_hidden_rigs_are_told():
    obj = make_armature()
    obj.hide_viewport = True
    report = bake_pose(rig_of(obj), make_pose(), start_frame=1, take="line", parts=("Head",))
    assert report.warnings == ("'Rig' is hidden in viewports: whether it turns was not checked.",)


def test_arguments():
    obj, motion = make_armature(), make_pose()

    def bake(**options):
        bake_pose(
            rig_of(obj, **options.pop("rig", {})), motion, **{"start_frame": 1, "take": "line"} | options
        )

    for options, match in (
        ({"parts": ("Mouth",)}, "Unknown parts"),
        ({"parts": ()}, "Unknown parts"),
        ({"mode": "multiply"}, "expected replace or add"),
        ({"rig": {"facing": "up"}}, "Unknown facing 'up'"),
        ({"rig": {"neck_share": 1.5}}, "expected 0 to 1"),
        ({"limits": Limits(yaw=-1)}, "below zero"),
        ({"key_reduction": 0.0}, "between 0 and 90 degrees"),
        ({"take": " "}, "has no name"),
    ):
        with pytest.raises(InputError, match=match):
            bake(**options)
    with pytest.raises(BakeError, match="Nothing to bake"):
        bake(frame_range=(200, 300))
    motion.head_rotation[3, 1] = np.nan
    with pytest.raises(BakeError, match="not numbers"):
        bake()


@pytest.mark.parametrize("mode", ["replace", "add"])
def test_everything_is_taken_back_when_a_bake_fails(monkeypatch, mode):
    obj = make_armature()
    first = state(obj)

    def fail(*_):
        raise RuntimeError("power cut")

    def attempt(**options):
        with pytest.raises(RuntimeError, match="power cut"):
            bake_pose(rig_of(obj), make_pose(30), start_frame=1, take="line", mode=mode, **options)

    attempt(then=fail)
    assert state(obj) == first
    obj.pose.bones["head"].keyframe_insert("rotation_quaternion", frame=7)
    bake_pose(rig_of(obj), make_pose(), start_frame=3, take="line", mode=mode)
    second = state(obj)
    attempt(then=fail)
    assert state(obj) == second
    attempt(then=fail, frame_range=(4, 9))
    assert state(obj) == second
    monkeypatch.setattr("soliloquy.bake.pose.pose_bake.check_turns", fail)
    attempt()
    assert state(obj) == second


@pytest.mark.parametrize("group", ["", "head"])
def test_groups_are_as_they_were_when_a_bake_fails(group, capfd):
    obj = make_armature()
    for frame in (1, 9):
        obj.pose.bones["head"].keyframe_insert("rotation_quaternion", frame=frame, group=group or "Other")
    if not group:
        bag = TakeAction(
            obj.animation_data.action, getattr(obj.animation_data, "action_slot", None)
        )._channels
        bag.groups.remove(bag.groups["Other"])

    def groups():
        return [(name, each.group and each.group.name) for name, each in assigned_channels(obj).items()]

    def fail():
        assert {each for _, each in groups()} == {"Head", "Gaze"}
        raise RuntimeError("power cut")

    before = groups()
    assert {each for _, each in before} == {group or None}
    for _ in range(2):
        with pytest.raises(RuntimeError, match="power cut"):
            bake_pose(rig_of(obj), make_pose(30), start_frame=1, take="line", then=fail)
        assert sorted(groups()) == sorted(before)
    assert "ERROR" not in "".join(capfd.readouterr())


def test_what_belongs_to_the_bake_is_done_within_it():
    obj, seen = make_armature(), []

    def then():
        seen.append(len(assigned_channels(obj)))

    bake_pose(rig_of(obj), make_pose(), start_frame=1, take="line", then=then)
    assert seen == [19]


@pytest.fixture
def linked(tmp_path):
    make_armature(name="Günther", bones=SKELETON)
    path = tmp_path / "rigs.blend"
    bpy.ops.wm.save_as_mainfile(filepath=str(path))
    bpy.ops.wm.read_homefile(use_empty=True, use_factory_startup=True)
    with bpy.data.libraries.load(str(path), link=True) as (_, wanted):
        wanted.objects = ["Günther"]
    (obj,) = wanted.objects
    bpy.context.scene.collection.objects.link(obj)
    return obj


def test_linked_rigs_are_refused(linked):
    with pytest.raises(BakeError, match="make a library override"):
        check_rig(rig_of(linked))
    refuse(rig_of(linked), "make a library override")


@pytest.mark.parametrize("whole", [False, True])
def test_overrides_are_animated_and_saved(linked, whole, tmp_path):
    if whole:
        scene, layer = bpy.context.scene, bpy.context.view_layer
        obj = linked.override_hierarchy_create(scene, layer, do_fully_editable=True)
    else:
        obj = linked.override_create(remap_local_usages=True)
    motion = make_pose()
    bake_pose(rig_of(obj), motion, start_frame=1, take="line")
    assert linked.animation_data is None
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "shot.blend"))
    bpy.ops.wm.open_mainfile(filepath=str(tmp_path / "shot.blend"))
    (obj,) = (each for each in bpy.context.scene.objects if each.override_library is not None)
    assert worst(lambda frame: bone_turn(obj, "head", frame), lambda row: asked_head(motion, row)) < 0.01
    # Baked again from what was saved.
    bake_pose(rig_of(obj), motion, start_frame=1, take="line", mode="add")
    assert worst(lambda frame: bone_turn(obj, "head", frame), lambda row: asked_head(motion, row)) < 0.01
