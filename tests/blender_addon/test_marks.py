# SPDX-License-Identifier: GPL-3.0-or-later
"""Marks on a face: asked for one after the other, hit as the mesh is seen, kept on the mesh at rest."""

import bpy
import numpy as np
import pytest
from mathutils import Vector
from soliloquy.blender_addon.operators.place_marks import SOLILOQUY_OT_place_marks as Place
from soliloquy.blender_addon.operators.place_marks import words_for
from soliloquy.blender_addon.placing import MarkedSurface, Placing
from soliloquy.blender_addon.shape_settings import keep_marks, marks_of
from soliloquy.core.head.registration.face_search import MARKS

from .conftest import select
from .test_make_shapes import plain_head


def test_marks_are_asked_for_in_their_order_and_can_be_taken_back():
    placing = Placing(("a", "b", "c", "d"))
    assert placing.next == "a"
    placing.place(Vector((1, 0, 0)))
    placing.leave_out()
    assert placing.next == "c"
    placing.place(Vector((3, 0, 0)))
    assert sorted(placing.marks) == ["a", "c"]
    placing.take_back()
    assert placing.next == "c"
    placing.take_back()
    assert placing.next == "b"
    placing.place(Vector((2, 0, 0)))
    placing.take_back()
    placing.take_back()
    placing.take_back()
    assert placing.next == "a"
    assert placing.marks == {}
    for _ in range(5):
        placing.leave_out()
    assert placing.next is None
    placing.place(Vector())
    assert placing.marks == {}


def test_who_goes_on_is_asked_for_what_is_missing_and_may_take_back_the_rest():
    placing = Placing(("a", "b", "c"), {"c": Vector((1, 1, 1)), "a": Vector()})
    assert placing.next == "b"
    placing.take_back()
    assert placing.next == "b"
    assert sorted(placing.marks) == ["a"]
    placing.take_back()
    assert placing.next == "a"


def test_every_mark_has_words():
    words = [words_for(name) for name in MARKS]
    assert len(set(words)) == len(MARKS) == 10
    assert all(side in words_for(f"eye_outer_{side}") for side in ("right", "left"))


def along_y(surface, x, z):
    """Where a ray from the front meets a mesh."""
    return surface.hit(Vector((x, -50, z)), Vector((0, 1, 0)))


def test_a_ray_meets_the_front_of_the_mesh():
    surface = MarkedSurface(plain_head(), bpy.context)
    point = along_y(surface, 0.2, 0.1)
    assert point.x == pytest.approx(0.2, abs=1e-5)
    assert point.z == pytest.approx(0.1, abs=1e-5)
    assert -1 < point.y < -0.9
    assert along_y(surface, 3, 0) is None
    assert (surface.seen(point) - point).length < 1e-5


def posed(obj):
    """An armature that turns all of a mesh by a right angle about z, and lifts it by 5."""
    rig = bpy.data.objects.new("Rig", bpy.data.armatures.new("Rig"))
    bpy.context.scene.collection.objects.link(rig)
    bpy.context.view_layer.objects.active = rig
    bpy.ops.object.mode_set(mode="EDIT")
    bone = rig.data.edit_bones.new("head")
    bone.head, bone.tail = (0, 0, 0), (0, 0, 1)
    bpy.ops.object.mode_set(mode="OBJECT")
    obj.vertex_groups.new(name="head").add(range(len(obj.data.vertices)), 1.0, "REPLACE")
    obj.modifiers.new("Armature", "ARMATURE").object = rig
    pose = rig.pose.bones["head"]
    pose.rotation_mode = "XYZ"
    pose.rotation_euler.y = np.pi / 2  # the bone's own y is the world's z
    pose.location.y = 5
    bpy.context.view_layer.update()
    select(obj)


@pytest.mark.parametrize("subdivided", [False, True])
def test_a_posed_mesh_is_hit_where_it_is_seen_and_marked_at_rest(subdivided):
    obj = plain_head()
    obj.data.vertices[0].co.z += 0.3
    posed(obj)
    if subdivided:
        modifier = obj.modifiers.new("Subdivision", "SUBSURF")
        modifier.levels = 1
    surface = MarkedSurface(obj, bpy.context)
    if subdivided:
        assert modifier.show_viewport
    assert along_y(surface, 0, 0) is None
    point = along_y(surface, 0.2, 5.1)
    # What is seen at +x from the front is at +y or -y at rest.
    assert abs(point.y) == pytest.approx(0.2, abs=1e-4)
    assert point.z == pytest.approx(0.1, abs=1e-4)
    assert abs(point.x) > 0.9
    seen = surface.seen(point)
    assert seen.x == pytest.approx(0.2, abs=1e-4)
    assert seen.z == pytest.approx(5.1, abs=1e-4)


def test_a_shape_key_that_is_on_is_hit_and_the_basis_is_marked():
    obj = plain_head()
    obj.shape_key_add(name="Basis")
    key = obj.shape_key_add(name="lifted")
    for point in key.data:
        point.co.z += 5
    key.value = 1.0
    bpy.context.view_layer.update()
    point = along_y(MarkedSurface(obj, bpy.context), 0.2, 5.1)
    assert point.z == pytest.approx(0.1, abs=1e-4)


def test_marks_are_kept_with_the_object_and_undone_in_one_step(tmp_path):
    head = plain_head()
    assert marks_of(head) is None
    bpy.ops.ed.undo_push(message="before")
    keep_marks(head, {"nose_tip": (0.25, -1, 0.5), "chin": (0, -1, -0.5)})
    bpy.ops.ed.undo_push(message="marks")
    path = str(tmp_path / "head.blend")
    bpy.ops.wm.save_as_mainfile(filepath=path)
    bpy.ops.ed.undo()
    assert marks_of(bpy.data.objects["Head"]) is None
    bpy.ops.wm.open_mainfile(filepath=path)
    head = bpy.data.objects["Head"]
    assert marks_of(head) == {"nose_tip": (0.25, -1, 0.5), "chin": (0, -1, -0.5)}
    select(head)
    assert bpy.ops.soliloquy.clear_marks() == {"FINISHED"}
    assert marks_of(head) is None


def test_marks_in_a_library_override(tmp_path):
    plain_head()
    library = str(tmp_path / "library.blend")
    bpy.ops.wm.save_as_mainfile(filepath=library)
    bpy.ops.wm.read_homefile(use_empty=True, use_factory_startup=True)
    with bpy.data.libraries.load(library, link=True) as (_, target):
        target.objects = ["Head"]
    (linked,) = target.objects
    bpy.context.scene.collection.objects.link(linked)
    select(linked)
    with pytest.raises(RuntimeError, match="library override"):
        bpy.ops.soliloquy.clear_marks()
    own = linked.override_hierarchy_create(bpy.context.scene, bpy.context.view_layer)
    keep_marks(own, {"chin": (0, -1, -0.5)})
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "shot.blend"))
    bpy.ops.wm.open_mainfile(filepath=str(tmp_path / "shot.blend"))
    assert marks_of(bpy.data.objects["Head"]) == {"chin": (0, -1, -0.5)}


def test_placing_is_refused_where_there_is_no_mouse_or_nothing_to_be_seen():
    head = plain_head()
    assert Place.poll(bpy.context)
    with pytest.raises(RuntimeError, match="with the mouse"):
        bpy.ops.soliloquy.place_marks()
    head.hide_set(True)
    select(head)
    assert not Place.poll(bpy.context)
    head.hide_set(False)
    select(head)
    bpy.ops.object.mode_set(mode="EDIT")
    assert not Place.poll(bpy.context)
    bpy.ops.object.mode_set(mode="OBJECT")
    select()
    bpy.context.view_layer.objects.active = None
    assert not Place.poll(bpy.context)
