# SPDX-License-Identifier: GPL-3.0-or-later
"""Heads from another file: overrides are animated and survive saving, linked ones are refused."""

import bpy
import pytest
from soliloquy.bake.companions import find_companions
from soliloquy.bake.errors import BakeError
from soliloquy.bake.shape_keys import bake_motion
from soliloquy.bake.target import find_target
from soliloquy.core.retarget.arkit import ARKIT_INDEX

from .heads import curves_of, make_head, make_motion, snapshot


@pytest.fixture
def library(tmp_path):
    """A file with the head 'Günther', which has a key of its own at frame 300."""
    head = make_head(name="Günther")
    head.data.shape_keys.key_blocks["jawOpen"].keyframe_insert("value", frame=300)
    path = tmp_path / "köpfe.blend"
    bpy.ops.wm.save_as_mainfile(filepath=str(path))
    bpy.ops.wm.read_homefile(use_empty=True, use_factory_startup=True)
    return path


@pytest.fixture
def linked(library):
    with bpy.data.libraries.load(str(library), link=True) as (_, wanted):
        wanted.objects = ["Günther"]
    (head,) = wanted.objects
    bpy.context.scene.collection.objects.link(head)
    return head


def bake(head, motion):
    return bake_motion(head, motion, start_frame=1, take="hello")


def override_object(head):
    return head.override_create(remap_local_usages=True)


def override_hierarchy(head):
    scene, layer = bpy.context.scene, bpy.context.view_layer
    return head.override_hierarchy_create(scene, layer, do_fully_editable=True)


def override_object_and_mesh(head):
    override = head.override_create(remap_local_usages=True)
    override.data.override_create(remap_local_usages=True)
    return override


def test_linked_head_is_refused(linked):
    with pytest.raises(BakeError, match="make a library override"):
        find_target(linked)


def test_local_object_with_a_linked_mesh_is_refused(linked):
    obj = bpy.data.objects.new("Copy", linked.data)
    with pytest.raises(BakeError, match="make a library override"):
        find_target(obj)


@pytest.mark.parametrize("make", [override_object, override_hierarchy, override_object_and_mesh])
def test_override_is_animated_and_saved(linked, make, tmp_path):
    motion = make_motion()
    jaw = motion.weights[:, ARKIT_INDEX["jawOpen"]]
    head = make(linked)
    library_keys = linked.data.shape_keys
    report = bake(head, motion)
    assert report.movement > 0
    assert [key.co[0] for key in curves_of(head)["jawOpen"].keyframe_points] == [*range(1, 51), 54, 300]
    assert len(curves_of(linked)["jawOpen"].keyframe_points) == 1
    assert library_keys.animation_data.action != head.data.shape_keys.animation_data.action

    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "shot.blend"))
    bpy.ops.wm.open_mainfile(filepath=str(tmp_path / "shot.blend"))
    (head,) = (obj for obj in bpy.context.scene.objects if obj.override_library is not None)
    for frame in (1, 20, 50):
        bpy.context.scene.frame_set(frame)
        evaluated = head.data.shape_keys.evaluated_get(bpy.context.evaluated_depsgraph_get())
        assert evaluated.key_blocks["jawOpen"].value == pytest.approx(jaw[frame - 1], abs=1e-6)


def test_failed_bake_leaves_the_override_alone(linked, monkeypatch):
    head = override_object(linked)
    mesh = head.data
    before = snapshot()

    def fail(*_):
        raise RuntimeError("power cut")

    monkeypatch.setattr("soliloquy.bake.movement.measure_movement", fail)
    with pytest.raises(RuntimeError, match="power cut"):
        bake(head, make_motion())
    assert head.data == mesh
    assert len(bpy.data.meshes) == 1
    assert snapshot() == before


def test_overridden_companions_go_along(tmp_path):
    head, teeth = make_head(name="Günther"), make_head(["jawOpen", "mouthClose"], "Zähne")
    teeth.parent = head
    character = bpy.data.collections.new("Günther")
    for obj in (head, teeth):
        character.objects.link(obj)
    bpy.context.scene.collection.children.link(character)
    path = tmp_path / "köpfe.blend"
    bpy.ops.wm.save_as_mainfile(filepath=str(path))
    bpy.ops.wm.read_homefile(use_empty=True, use_factory_startup=True)
    with bpy.data.libraries.load(str(path), link=True) as (_, wanted):
        wanted.collections = ["Günther"]
    scene, layer = bpy.context.scene, bpy.context.view_layer
    scene.collection.children.link(wanted.collections[0])
    character = wanted.collections[0].override_hierarchy_create(scene, layer, do_fully_editable=True)
    head, teeth = (
        next(each for each in character.all_objects if each.name == n) for n in ("Günther", "Zähne")
    )
    bpy.context.view_layer.update()
    assert teeth in find_companions(head)
    motion = make_motion()
    report = bake_motion(head, motion, start_frame=1, take="hello", companions=find_companions(head))
    assert [each.object_name for each in report.companions] == ["Zähne"]
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "shot.blend"))
    bpy.ops.wm.open_mainfile(filepath=str(tmp_path / "shot.blend"))
    bpy.context.scene.frame_set(20)
    graph = bpy.context.evaluated_depsgraph_get()
    overrides = [obj for obj in bpy.context.scene.objects if obj.override_library is not None]
    assert len(overrides) == 2
    for obj in overrides:
        value = obj.data.shape_keys.evaluated_get(graph).key_blocks["jawOpen"].value
        assert value == pytest.approx(motion.weights[19, ARKIT_INDEX["jawOpen"]], abs=1e-6)
