# SPDX-License-Identifier: GPL-3.0-or-later
"""What is read of a mesh: what each key moves, how the head lies in it, and why it cannot be measured."""

from dataclasses import replace

import bpy
import numpy as np
import pytest
from mathutils import Euler, Matrix
from soliloquy.bake import create_head, read_face
from soliloquy.bake.content_cache import ContentCache
from soliloquy.bake.errors import BakeError
from soliloquy.bake.head_mesh import to_blender_axes
from soliloquy.core.head import load_head
from soliloquy.core.retarget.arkit import ARKIT_NAMES
from soliloquy.core.retarget.mapping import MappedKey, RigMapping

from .heads import make_head, snapshot
from .rigs import remove_left_half


@pytest.fixture
def built_in() -> bpy.types.Object:
    return create_head(bpy.context.scene.collection)


def use_all(obj):
    return RigMapping(tuple(MappedKey(key.name) for key in obj.data.shape_keys.key_blocks[1:]))


def test_the_built_in_head(built_in):
    before = snapshot()
    reading = read_face(built_in)
    assert snapshot() == before
    head = load_head()
    assert reading.keys == ARKIT_NAMES
    assert reading.still == ()
    assert reading.ranges["jawOpen"] == (0, 1)
    np.testing.assert_allclose(reading.surface.vertices, to_blender_axes(head.template), atol=1e-7)
    assert len(reading.surface.triangles) == 2 * len(head.faces)
    np.testing.assert_allclose(reading.deltas(), to_blender_axes(head.arkit_deltas), atol=2e-6)
    # What a key does not move is not kept.
    assert sum(len(shape.vertices) for shape in reading.shapes) < 0.5 * 52 * len(head.template)


def test_axes_of_the_built_in_head_however_it_stands(built_in):
    built_in.parent.rotation_euler = (0.3, -0.2, 1.0)
    bpy.context.view_layer.update()
    axes = read_face(built_in).surface.axes
    np.testing.assert_allclose(axes @ to_blender_axes(np.eye(3)).T, np.eye(3), atol=1e-6)


def add_bones(bones):
    armature = bpy.data.objects.new("Rig", bpy.data.armatures.new("Rig"))
    bpy.context.scene.collection.objects.link(armature)
    bpy.context.view_layer.objects.active = armature
    bpy.ops.object.mode_set(mode="EDIT")
    for name, (place, parent) in bones.items():
        bone = armature.data.edit_bones.new(name)
        bone.head = place
        bone.tail = np.add(place, (0, 0, 0.1))
        bone.parent = armature.data.edit_bones.get(parent)
    bpy.ops.object.mode_set(mode="OBJECT")
    return armature


SIDEWAYS = {
    "hips": ((0, 0, 0.9), ""),
    "head": ((0, 0, 1.5), "hips"),
    # The character looks along +X: its left is +Y.
    "shoulder.L": ((0, 0.2, 1.3), "hips"),
    "shoulder.R": ((0, -0.2, 1.3), "hips"),
}
LOOKS_ALONG_X = np.array([[0, 1, 0], [0, 0, 1], [1, 0, 0]])


@pytest.mark.parametrize("how", ["modifier", "parent", "bone"])
def test_axes_come_from_the_rig(built_in, how):
    armature = add_bones(SIDEWAYS)
    built_in.parent = None
    # The mesh lies on its side in its own coordinates.
    turn = Euler((0.5, 0.1, -0.7)).to_matrix().to_4x4()
    if how == "modifier":
        built_in.modifiers.new("Armature", "ARMATURE").object = armature
        built_in.matrix_basis = turn
    else:
        built_in.parent = armature
        if how == "bone":
            built_in.parent_type, built_in.parent_bone = "BONE", "head"
            rest = armature.data.bones["head"].matrix_local @ Matrix.Translation((0, 0.1, 0))
            built_in.matrix_parent_inverse = rest.inverted()
            armature.pose.bones["head"].rotation_mode = "XYZ"
            armature.pose.bones["head"].rotation_euler = (0.4, 0.8, 0)
        built_in.matrix_basis = turn
    armature.location = (1, 2, 3)
    if how != "modifier":
        armature.rotation_euler = (0, 0, 1)
        armature.scale = (0.01, 0.01, 0.01)
    bpy.context.view_layer.update()
    axes = read_face(built_in).surface.axes
    np.testing.assert_allclose(axes, LOOKS_ALONG_X @ np.array(turn.to_3x3()), atol=1e-5)


def test_heads_without_a_rig_have_no_axes(head):
    assert read_face(head).surface.axes is None


@pytest.mark.parametrize("scale", [(2, 2, 3), (1, 1, 1), (-1, 1, 1), (0.01, -0.02, 0.01)])
def test_a_face_is_measured_as_it_is_seen(built_in, scale):
    """Scaled unevenly or mirrored; its size does not matter."""
    plain = read_face(built_in).surface.triangles
    built_in.scale = scale
    bpy.context.view_layer.update()
    surface = read_face(built_in).surface
    seen = to_blender_axes(load_head().template) * scale
    size = abs(np.prod(scale)) ** (1 / 3)
    in_head_axes = np.stack([seen[:, 0], seen[:, 2], -seen[:, 1]], axis=1) / size
    np.testing.assert_allclose(surface.vertices @ surface.axes.T, in_head_axes, atol=1e-6)
    assert np.linalg.det(surface.axes) == pytest.approx(1)
    mirrored = np.prod(scale) < 0
    np.testing.assert_array_equal(surface.triangles, plain[:, ::-1] if mirrored else plain)


def test_keys_are_read_from_what_they_are_relative_to(head):
    keys = head.data.shape_keys.key_blocks
    keys["mouthFunnel"].relative_key = keys["jawOpen"]
    deltas = dict(zip(read_face(head).keys, read_face(head).deltas(), strict=True))
    funnel, jaw = (int(ARKIT_NAMES.index(name)) % 36 for name in ("mouthFunnel", "jawOpen"))
    np.testing.assert_allclose(deltas["mouthFunnel"][funnel], (0, -0.1, -0.3), atol=1e-6)
    np.testing.assert_allclose(deltas["mouthFunnel"][jaw], (0, 0.1, 0.3), atol=1e-6)


def test_vertex_groups_limit_what_is_moved(head):
    jaw = ARKIT_NAMES.index("jawOpen") % 36
    group = head.vertex_groups.new(name="half")
    group.add([jaw], 0.5, "REPLACE")
    head.data.shape_keys.key_blocks["jawOpen"].vertex_group = "half"
    head.data.shape_keys.key_blocks["mouthFunnel"].vertex_group = "half"
    head.data.shape_keys.key_blocks["mouthPucker"].vertex_group = "gone"
    reading = read_face(head)
    deltas = dict(zip(reading.keys, reading.deltas(), strict=True))
    np.testing.assert_allclose(deltas["jawOpen"][jaw], (0, -0.05, -0.15), atol=1e-6)
    assert reading.still == ("mouthFunnel",)
    assert "mouthPucker" in reading.keys


def test_only_used_keys_are_read(head):
    rows = (MappedKey("jawOpen"), MappedKey("mouthClose", use=False), MappedKey("gone"))
    assert read_face(head, RigMapping(rows)).keys == ("jawOpen",)


def test_equal_content_is_measured_once(built_in, monkeypatch):
    asked = []

    def measure(surface, keys, deltas):
        asked.append(keys)
        return object()

    monkeypatch.setattr("soliloquy.bake.face_reading.measure_shapes", measure)
    monkeypatch.setattr("soliloquy.bake.face_reading._measured", ContentCache(4))
    first = read_face(built_in).measure()
    assert read_face(built_in).measure() is first
    assert len(asked) == 1
    built_in.data.shape_keys.key_blocks["jawOpen"].points[100].co.x += 0.01
    assert read_face(built_in).measure() is not first
    built_in.data.shape_keys.key_blocks["jawOpen"].name = "other"
    assert read_face(built_in, use_all(built_in)).measure() is not first
    assert len(asked) == 3


def refused(obj, match, mapping=None):
    before = snapshot()
    with pytest.raises(BakeError, match=match) as caught:
        read_face(obj, mapping)
    assert "\n" not in str(caught.value)
    assert snapshot() == before


def test_keys_that_move_nothing():
    head = make_head(["jawOpen", "mouthFunnel"])
    rest = np.empty(36 * 3, np.float32)
    head.data.shape_keys.reference_key.points.foreach_get("co", rest)
    for key in head.data.shape_keys.key_blocks[1:]:
        key.points.foreach_set("co", rest)
    refused(head, "'Head' move nothing .jawOpen, mouthFunnel")


def test_half_a_head_under_a_mirror(built_in):
    half = built_in
    half.modifiers.new("Mirror", "MIRROR")
    read_face(half)  # a whole head under a mirror is one
    remove_left_half(half)
    assert 0.4 < len(half.data.vertices) / len(load_head().template) < 0.6
    refused(half, "half a head, which the modifier 'Mirror' mirrors")
    # The mirror may be another object.
    plane = bpy.data.objects.new("Plane", None)
    bpy.context.scene.collection.objects.link(plane)
    half.modifiers["Mirror"].mirror_object = plane
    bpy.context.view_layer.update()
    refused(half, "half a head")
    half.modifiers.clear()
    read_face(half)


def test_nothing_is_used(head):
    rows = tuple(replace(row, use=False) for row in use_all(head).keys)
    refused(head, "None of the shape keys of 'Head' is to be driven", RigMapping(rows))


def test_broken_meshes(head):
    head.data.shape_keys.key_blocks["mouthClose"].points[3].co.x = float("nan")
    refused(head, "'mouthClose' of 'Head' holds coordinates that are not numbers")
    head.data.shape_keys.reference_key.points[3].co.x = float("nan")
    refused(head, "mesh of 'Head' holds coordinates")


def test_edit_mode(head):
    bpy.context.view_layer.objects.active = head
    bpy.ops.object.mode_set(mode="EDIT")
    refused(head, "Edit Mode")
    bpy.ops.object.mode_set(mode="OBJECT")
