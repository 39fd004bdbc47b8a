# SPDX-License-Identifier: GPL-3.0-or-later
"""Absolute shape keys play the motion, on a mesh without keys or on a copy."""

import bpy
import numpy as np
import pytest
from soliloquy.bake import BakeError, vertex_takes
from soliloquy.bake.action import assigned_curves
from soliloquy.bake.head_mesh import to_blender_axes
from soliloquy.core.head import load_head

from .moving_heads import add_head, apart, bake, expected, person, plain_head, seen, state, talking

TINY = 2e-7
INTERPOLATED = 2e-6


def bake_keys(obj, motion, **options):
    return bake(obj, motion, **{"method": "shape_keys"} | options)


@pytest.mark.parametrize("start", [1, -60])
def test_every_frame(start):
    alpha = person(4)
    obj, motion = plain_head(alpha=alpha), talking()
    report = bake_keys(obj, motion, start_frame=start)
    for row in (0, 1, 7, 19):
        assert apart(seen(obj, start + row), expected(motion, row, alpha)) < INTERPOLATED
    rest = to_blender_axes(load_head().vertices(alpha))
    for frame in (start - 50, start - 4, start + 23, start + 100):
        assert apart(seen(obj, frame), rest) < INTERPOLATED
    half = (expected(motion, 4, alpha) + expected(motion, 5, alpha)) / 2
    assert apart(seen(obj, start + 4, subframe=0.5), half) < INTERPOLATED
    keys = obj.data.shape_keys
    assert not keys.use_relative
    assert (report.object_name, report.take, report.file) == (obj.name, "hello", None)
    assert report.key_count == len(keys.key_blocks) == 20 + 2 + 6 - 6
    assert keys.animation_data.action.name == "hello"
    assert {key.interpolation for key in assigned_curves(keys)["eval_time"].keyframe_points} == {"LINEAR"}


@pytest.mark.parametrize("step", [2, 3, 7, 100])
def test_a_frame_step(step):
    obj, motion = plain_head(), talking()
    report = bake_keys(obj, motion, frame_step=step)
    rows = sorted({*range(0, 20, step), 19})
    assert report.key_count == len(rows) + 2
    for row in rows:
        assert apart(seen(obj, 1 + row), expected(motion, row)) < INTERPOLATED
    if step == 3:
        between = expected(motion, 3) + (expected(motion, 6) - expected(motion, 3)) / 3
        assert apart(seen(obj, 5), between) < INTERPOLATED


def test_a_long_motion_stays_in_time():
    obj, motion = plain_head(), talking(20000)
    bake_keys(obj, motion, frame_step=1000, start_frame=1)
    for row in (0, 9000, 19000, 19999):
        assert apart(seen(obj, 1 + row), expected(motion, row)) < 2e-5


def test_relative_keys_are_kept_on_the_original(saved):
    obj, motion = add_head(), talking()
    obj.modifiers.new("Subdivision", "SUBSURF").show_viewport = False
    bake(obj, talking(seed=9), take="cached")
    before = state()
    with pytest.raises(BakeError, match="'Head' has shape keys already"):
        bake_keys(obj, motion)
    assert state() == before

    report = bake_keys(obj, motion, copy=True)
    copy = bpy.data.objects[report.object_name]
    assert report.object_name == "Head hello"
    after = state()
    assert after["objects"]["Head"] == before["objects"]["Head"]
    assert after["meshes"]["Head"] == before["meshes"]["Head"]
    assert copy.users_collection == obj.users_collection
    assert copy.parent == obj.parent
    assert [each.name for each in copy.modifiers] == ["Subdivision"]
    assert vertex_takes(copy) == ()
    assert apart(seen(copy, 6), expected(motion, 5)) < INTERPOLATED
    assert apart(seen(obj, 6), expected(talking(seed=9), 5)) < TINY
    assert len(copy.data.materials) == len(obj.data.materials) > 0


def test_a_second_bake_and_shared_meshes_are_refused():
    obj, motion = plain_head(), talking()
    bake_keys(obj, motion)
    before = state()
    with pytest.raises(BakeError, match="has shape keys already"):
        bake_keys(obj, motion, take="again")
    shared = plain_head("Shared")
    bpy.context.scene.collection.objects.link(bpy.data.objects.new("Other", shared.data))
    with pytest.raises(BakeError, match="'Shared' is used by 2 objects"):
        bake_keys(shared, motion)
    assert state()["meshes"]["Plain"] == before["meshes"]["Plain"]
    assert bpy.data.meshes["Shared"].shape_keys is None
    copy = bpy.data.objects[bake_keys(obj, talking(seed=3), take="again", copy=True).object_name]
    assert apart(seen(copy, 6), expected(talking(seed=3), 5)) < INTERPOLATED


def test_too_many_keys_are_refused():
    obj = plain_head()
    with pytest.raises(
        BakeError, match=r"20002 shape keys would need 1\.8 GB of memory: bake every 2 frames"
    ):
        bake_keys(obj, talking(20000))
    assert obj.data.shape_keys is None


@pytest.mark.parametrize("copy", [False, True])
def test_an_error_on_the_way_leaves_nothing(monkeypatch, copy):
    obj = plain_head()
    before = state()
    rest = np.array([vertex.co for vertex in obj.data.vertices])

    def fail(*_):
        raise RuntimeError("power cut")

    monkeypatch.setattr("soliloquy.bake.vertices.vertex_bake.check_vertices", fail)
    with pytest.raises(RuntimeError, match="power cut"):
        bake_keys(obj, talking(), copy=copy)
    assert state() == before
    assert apart(np.array([vertex.co for vertex in obj.data.vertices]), rest) == 0
