# SPDX-License-Identifier: GPL-3.0-or-later
"""Takes of a face made of bones: kept, shown and removed, together with what carries the head."""

from contextlib import ExitStack
from dataclasses import replace

import bpy
import pytest
from mathutils import Matrix
from soliloquy.bake import BakeError, Carrier, HeadRig, bake_pose
from soliloquy.bake.pose import bake_face_bones, begin_pose_take, read_poses, record_pose_take
from soliloquy.bake.takes import (
    TakeFacts,
    begin_take,
    record_take,
    remove_take,
    seeds_made,
    shape_key_takes,
    show_take,
    take_name,
)

from .bone_faces import poses_on_markers
from .rigs import make_armature, make_pose
from .small_faces import POSES, basis, held, small_face


def make_take(obj, seed, opening, *, new=False, rig=None):
    """A take of a face, and of the head that another armature may carry."""
    motion = replace(held(20, **opening), head_rotation=make_pose(20).head_rotation)

    def face():
        bake_face_bones(
            obj, motion, poses=read_poses(obj), start_frame=1, take="line", parts=("Mouth", "Brows")
        )

    with ExitStack() as rollback:
        if new:
            begin_pose_take(rig or HeadRig(), take_name("line", seed), rollback, faces=(obj,))
        if rig is None:
            face()
        else:
            bake_pose(rig, motion, start_frame=1, take="line", parts=("Head",), then=face)
        rollback.pop_all()
    record_take(obj, TakeFacts("line", "expnet", "", seed))
    record_pose_take(rig or HeadRig(), obj, faces=(obj,))
    return obj.animation_data.action


def opened(obj):
    return abs(float(basis(obj, "jaw", 10)[1, 2])) > 0.1


def pursed(obj):
    return bool(abs(basis(obj, "lip", 10)[:3, 3]).max() > 0.01)


def test_takes_are_listed_shown_and_removed():
    obj = small_face()
    first = make_take(obj, 0, {"jawOpen": 1.0})
    second = make_take(obj, 3, {"mouthPucker": 1.0}, new=True)
    assert (first.name, second.name) == ("line Rig", "line seed 3 Rig")
    assert [(take.name, take.is_shown) for take in shape_key_takes(obj)] == [
        ("line Rig", False),
        ("line seed 3 Rig", True),
    ]
    assert seeds_made(obj, "line") == {0, 3}
    assert pursed(obj)
    assert not opened(obj)
    show_take(obj, "line Rig")
    assert opened(obj)
    # What only the other take moves is at rest again.
    assert not pursed(obj)
    with pytest.raises(BakeError, match="The bones of 'Rig' play take 'line Rig'"):
        remove_take(obj, "line Rig")
    remove_take(obj, "line seed 3 Rig")
    assert [take.name for take in shape_key_takes(obj)] == ["line Rig"]
    # The library of poses is no take.
    assert "Poses" in bpy.data.actions


def test_a_head_in_the_same_armature_goes_along():
    obj = small_face()
    rig = HeadRig(Carrier(obj.name, "head"), facing="-Y")
    first = make_take(obj, 0, {"jawOpen": 1.0}, rig=rig)
    second = make_take(obj, 1, {"mouthPucker": 1.0}, new=True, rig=rig)
    assert first != second
    show_take(obj, first.name)
    assert obj.animation_data.action == first
    assert opened(obj)


def test_a_head_on_another_armature_goes_along():
    obj, body = small_face(), make_armature(name="Body")
    rig = HeadRig(Carrier(body.name, "head"), facing="-Y")
    make_take(obj, 0, {"jawOpen": 1.0}, rig=rig)
    old = body.animation_data.action
    make_take(obj, 1, {"mouthPucker": 1.0}, new=True, rig=rig)
    assert body.animation_data.action != old
    show_take(obj, "line Rig")
    assert body.animation_data.action == old
    new = next(each.name for each in bpy.data.actions if each.name.startswith("line seed 1 B"))
    remove_take(obj, "line seed 1 Rig")
    assert new not in bpy.data.actions


def test_a_take_that_fails_leaves_the_one_before():
    obj = small_face()
    first = make_take(obj, 0, {"jawOpen": 1.0})
    names = sorted(bpy.data.actions.keys())
    with ExitStack() as rollback:
        begin_take(obj, "line seed 9", rollback)
        assert obj.animation_data.action.name == "line seed 9 Rig"
        with pytest.raises(BakeError):
            bake_face_bones(obj, held(5), poses=read_poses(obj), start_frame=1, take="line", parts=("Blink",))
    assert obj.animation_data.action == first
    assert sorted(bpy.data.actions.keys()) == names


def test_poses_are_read_beside_takes():
    obj = small_face()
    make_take(obj, 0, {"jawOpen": 1.0})
    make_take(obj, 1, {"jawOpen": 0.5}, new=True)
    poses_on_markers(obj, {"jawOpen": {"jaw": Matrix.Identity(4)}}, "One")
    assert set(read_poses(obj).names) == set(POSES)
