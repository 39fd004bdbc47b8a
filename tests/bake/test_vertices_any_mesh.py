# SPDX-License-Identifier: GPL-3.0-or-later
"""Vertices move on meshes of any topology, with the eyes and teeth that lie in them."""

from dataclasses import replace
from threading import Thread

import bpy
import numpy as np
import pytest
from mathutils import Matrix
from soliloquy.bake import (
    BakeError,
    attach_cache,
    check_vertex_target,
    export_vertices,
    forget_vertex_take,
    hide_vertex_takes,
    prepare_cache,
    read_vertices,
    remove_caches,
    show_vertex_take,
    unused_caches,
    vertex_takes,
    write_cache,
)
from soliloquy.bake.head_mesh import to_blender_axes
from soliloquy.core.errors import Cancelled
from soliloquy.core.head import load_head

from .bare_heads import SKIN, know_shapes, make_bare_head
from .moving_heads import apart, bake, person, plain_head, save, seen, state, talking
from .test_vertices_export import FORMATS, imported

TINY = 5e-7
"""Metres: what single precision leaves of a product with the basis."""


@pytest.fixture
def bare(monkeypatch):
    """The built-in head in objects that nobody knows it in; what moves them is known."""
    bare = make_bare_head()
    know_shapes(bare, monkeypatch)
    return bare


def truth(bare, obj, motion, row):
    """Where a row of a motion puts an object's vertices: by the head model itself."""
    return to_blender_axes(load_head().vertices(None, motion.expression[row]))[bare.vertices[obj.name]]


def caches(saved):
    return sorted(path.name for path in saved.parent.rglob("*.pc2"))


def test_all_meshes_of_a_head_move_as_the_head_model(bare, saved):
    motion, shares = talking(), []
    report = bake(bare.face, motion, start_frame=5, progress=shares.append)
    for obj in bare.objects:
        for row in (0, 7, 19):
            assert apart(seen(obj, 5 + row), truth(bare, obj, motion, row)) < TINY
        rest = to_blender_axes(load_head().template)[bare.vertices[obj.name]]
        for frame in (0, 60):
            assert apart(seen(obj, frame), rest) < TINY
    assert apart(truth(bare, bare.face, motion, 7), truth(bare, bare.face, motion, 0)) > 0.003
    assert set(report.along) == {obj.name for obj in bare.parts}
    assert report.notes == ()
    assert report.file.name == "Skin-hello-001.pc2"
    assert caches(saved) == [
        "Skin-hello-001.pc2",
        "Skin-hello-001~1-Eyes.pc2",
        "Skin-hello-001~2-Lashes.pc2",
        "Skin-hello-001~3-Teeth.pc2",
        "Skin-hello-001~4-Tongue.pc2",
    ]
    assert report.size == sum(path.stat().st_size for path in saved.parent.rglob("*.pc2"))
    assert shares == sorted(shares)
    assert shares[0] == 0
    assert shares[-1] == pytest.approx(1)


def test_meshes_that_lie_otherwise_in_their_own_space(bare, saved):
    """Scaled unevenly, mirrored, turned: what is seen is the same, stretched as the face is."""
    eyes = bpy.data.objects["Eyes"]
    for obj in bare.objects:
        obj.scale = (1, 1.5, 0.8)
    place = Matrix.Translation((1, 2, 3)) @ Matrix.Rotation(1, 4, "Y") @ Matrix.Scale(-3, 4)
    eyes.data.transform(place.inverted() @ Matrix.Diagonal((1, 1.5, 0.8, 1)))
    eyes.matrix_basis = place
    bpy.context.view_layer.update()
    motion = talking()
    assert len(bake(bare.face, motion).along) == 4
    # The basis is of the stretched head: what is known of it is given in its space.
    for obj in (bare.face, eyes):
        wanted = to_blender_axes(load_head().template)[bare.vertices[obj.name]] * (1, 1.5, 0.8)
        away = truth(bare, obj, motion, 7) - to_blender_axes(load_head().template)[bare.vertices[obj.name]]
        size = np.prod((1, 1.5, 0.8)) ** (1 / 3)
        assert apart(seen(obj, 8, world=True), wanted + away * size) < 1e-5


def test_a_mouth_that_was_modelled_open_is_closed(saved, monkeypatch):
    bare = make_bare_head(is_open=True)
    know_shapes(bare, monkeypatch, is_open=True)
    motion = talking()
    bake(bare.face, motion)
    for obj in bare.objects:
        assert apart(seen(obj, 8), truth(bare, obj, motion, 7)) < TINY
        rest = to_blender_axes(load_head().template)[bare.vertices[obj.name]]
        assert apart(seen(obj, 90), rest) < TINY
    bake(bare.face, motion, method="shape_keys", copy=True)
    for obj in bare.objects:
        copy = bpy.data.objects[f"{obj.name} hello"]
        assert apart(seen(copy, 8), truth(bare, obj, motion, 7)) < 2e-6
        assert apart(seen(copy, 90), to_blender_axes(load_head().template)[bare.vertices[obj.name]]) < 2e-6


def test_takes_of_all_meshes_go_together(bare, saved):
    first, second = talking(seed=1), talking(seed=2)
    bake(bare.face, first, take="first")
    bake(bare.face, second, take="second")
    eyes = bpy.data.objects["Eyes"]
    own = eyes.modifiers.new("Bounce", "WAVE")

    def shown(motion):
        looked_at = (bare.face, *bare.parts[1:])
        return all(apart(seen(obj, 8), truth(bare, obj, motion, 7)) < TINY for obj in looked_at)

    assert shown(second)
    show_vertex_take(bare.face, "first")
    assert shown(first)
    assert own.show_viewport
    hide_vertex_takes(bare.face)
    assert shown(replace(first, expression=np.zeros_like(first.expression)))
    forget_vertex_take(bare.face, "first")
    assert [m.type for m in eyes.modifiers] == ["MESH_CACHE", "WAVE"]
    assert [take.name for take in vertex_takes(bare.face)] == ["second"]
    unused = unused_caches()
    assert len(unused) == 5
    remove_caches(unused)
    assert len(caches(saved)) == 5
    show_vertex_take(bare.face, "second")
    assert shown(second)


def test_a_take_that_replaces_another(bare, saved):
    bake(bare.face, talking(seed=1), take="line")
    motion = talking(seed=3)
    written = write_cache(prepare_cache(bare.face), motion, start_frame=1)
    report = attach_cache(bare.face, written, "line", replaces="line")
    assert report.take == "line"
    assert report.file.name == "Skin-line-002.pc2"
    for obj in bare.objects:
        assert [each.name for each in obj.modifiers] == ["line"]
        assert apart(seen(obj, 8), truth(bare, obj, motion, 7)) < TINY
    assert len(unused_caches()) == 5


def test_parts_of_an_earlier_cache_keep_their_files(bare, saved):
    """A face's file that went away leaves its number taken."""
    report = bake(bare.face, talking())
    report.file.unlink()
    bare.face.modifiers.clear()
    assert bake(bare.face, talking()).file.name == "Skin-hello-002.pc2"


def test_the_basis_is_made_in_the_worker_and_once(bare, saved, monkeypatch):
    asked = know_shapes(bare, monkeypatch)
    before = state()
    prepared, result = prepare_cache(bare.face), []
    assert asked == []
    worker = Thread(target=lambda: result.append(write_cache(prepared, talking(), start_frame=1)))
    worker.start()
    worker.join()
    assert state() == before
    assert asked == ["expression"]
    attach_cache(bare.face, result[0], "one")
    bake(bare.face, talking(), take="two")
    source = read_vertices(bare.face)
    source.make()
    assert asked == ["expression"]


@pytest.mark.parametrize("at", [0.3, 0.7, 0.95])
def test_cancelled_while_it_is_made_or_written(bare, saved, at):
    def cancel(share):
        if share >= at:
            raise Cancelled("Esc")

    before = state()
    with pytest.raises(Cancelled):
        bake(bare.face, talking(), progress=cancel)
    assert state() == before
    assert list(saved.parent.iterdir()) == [saved]


def test_a_part_that_changed_meanwhile(bare, saved):
    written = write_cache(prepare_cache(bare.face), talking(), start_frame=1)
    bpy.data.objects["Teeth"].data.vertices[0].co.x += 1
    before = state()
    with pytest.raises(BakeError, match="vertices of 'Teeth' were changed meanwhile"):
        attach_cache(bare.face, written, "line")
    assert state() == before
    assert list(saved.parent.iterdir()) == [saved]
    written = write_cache(prepare_cache(bare.face), talking(), start_frame=1)
    bpy.data.objects.remove(bpy.data.objects["Eyes"])
    with pytest.raises(BakeError, match="'Eyes' was removed or renamed"):
        attach_cache(bare.face, written, "line")
    assert list(saved.parent.iterdir()) == [saved]


def test_a_failing_part_takes_everything_back(bare, saved, monkeypatch):
    from soliloquy.bake.vertices import prepared_cache

    add = prepared_cache.add_take

    def fail(obj, *arguments):
        if obj.name == "Teeth":
            raise RuntimeError("full")
        return add(obj, *arguments)

    bake(bare.face, talking(), take="before")
    before, files = state(), caches(saved)
    monkeypatch.setattr(prepared_cache, "add_take", fail)
    with pytest.raises(RuntimeError, match="full"):
        bake(bare.face, talking())
    assert state() == before
    assert caches(saved) == files


def test_absolute_shape_keys(bare):
    motion = talking(8)
    report = bake(bare.face, motion, method="shape_keys")
    for obj in bare.objects:
        for row in (0, 3, 7):
            assert apart(seen(obj, 1 + row), truth(bare, obj, motion, row)) < 2e-6
    assert set(report.along) == {obj.name for obj in bare.parts}
    blocks = bare.face.data.shape_keys.key_blocks
    assert report.key_count == 5 * len(blocks)
    assert report.size == report.key_count // 5 * 12 * sum(len(obj.data.vertices) for obj in bare.objects)


def test_absolute_shape_keys_of_copies_and_of_parts_that_have_keys(bare):
    eyes = bpy.data.objects["Eyes"]
    eyes.shape_key_add(name="Basis")
    motion = talking(8)
    before = state()["objects"]
    report = bake(bare.face, motion, method="shape_keys", copy=True)
    assert len(report.along) == 4
    assert {name: each for name, each in state()["objects"].items() if name in before} == before
    copies = {name: bpy.data.objects[name] for name in (report.object_name, *report.along)}
    for name, obj in copies.items():
        original = bpy.data.objects[name.removesuffix(" hello")]
        assert apart(seen(obj, 4), truth(bare, original, motion, 3)) < 2e-6
        obj.hide_set(True)
    report = bake(bare.face, motion, method="shape_keys")
    assert "Eyes" not in report.along
    assert len(report.notes) == 1
    assert report.notes[0].startswith("'Eyes' is not moved along: 'Eyes' has shape keys already")


@pytest.mark.parametrize("ending", FORMATS)
def test_exports(bare, saved, ending):
    motion = talking(5)
    bake(bare.face, motion)
    plain_head("Beside")
    bare.parts[0].hide_render = True
    path = saved.parent / f"head{ending}"
    export_vertices(bare.face, path, 1, 5)
    assert [obj.hide_render for obj in bare.objects] == [False, True, False, False, False]
    copies = {len(copy.data.vertices): copy for copy in imported(path)}
    assert len(copies) == 5
    for obj in bare.objects:
        copy = copies[len(obj.data.vertices)]
        for row in (0, 4):
            assert apart(seen(copy, 1 + row, world=True), truth(bare, obj, motion, row)) < 2e-6
    # Eyes that nothing moves stay behind.
    hide_vertex_takes(bare.face)
    alone = saved.parent / f"alone{ending}"
    export_vertices(bare.face, alone, 1, 2)
    assert len(imported(alone)) == 1


def test_positions_of_a_motion_are_taken_as_expressions(bare, saved):
    """Of whoever they are: this face moves as that one did."""
    motion = talking()
    positions = load_head().vertices(person(3), motion.expression)
    report = bake(bare.face, replace(motion, expression=0 * motion.expression, vertices=positions))
    assert report.notes == ()
    for row in (0, 7):
        assert apart(seen(bare.face, 1 + row), truth(bare, bare.face, motion, row)) < 2e-5
    noise = np.random.default_rng(0).normal(0, 0.002, positions.shape).astype(np.float32)
    report = bake(bare.face, replace(motion, vertices=positions + noise))
    assert len(report.notes) == 1
    assert "of the motion's movement is left out" in report.notes[0]


def test_a_mesh_of_as_many_vertices_as_the_head_in_another_order(saved, monkeypatch):
    bare = make_bare_head({"Skin": load_head().spans})
    obj = bare.face
    order = np.random.default_rng(0).permutation(load_head().vertex_count)
    faces = np.argsort(order)[np.array([tuple(p.vertices) for p in obj.data.polygons])]
    places = to_blender_axes(load_head().template)[bare.vertices["Skin"][order]]
    obj.data.clear_geometry()
    obj.data.from_pydata(places.tolist(), [], faces.tolist())
    bare.vertices["Skin"][:] = bare.vertices["Skin"][order]
    know_shapes(bare, monkeypatch)
    motion = talking()
    bake(obj, motion)
    assert apart(seen(obj, 8), truth(bare, obj, motion, 7)) < TINY


def test_targets_are_any_mesh_with_faces(bare, tmp_path):
    with pytest.raises(BakeError, match="never saved"):
        check_vertex_target(bare.face, "cache")
    assert check_vertex_target(bare.face, "shape_keys") == bare.face
    save(tmp_path / "shot.blend")
    assert check_vertex_target(bare.face, "cache") == bare.face
    bare.face.scale = (0, 1, 1)
    with pytest.raises(BakeError, match="scaled to nothing"):
        check_vertex_target(bare.face, "cache")


def test_with_all_that_really_happens(saved):
    """A face of another topology: made of the skin and tongue alone, in centimetres, standing askew."""
    bare = make_bare_head({"Skin": (*SKIN, "tongue"), "Eyes": ("eye_left", "eye_right")})
    for obj in bare.objects:
        obj.data.transform(Matrix.Scale(100, 4) @ Matrix.Rotation(0.3, 4, "X"))
    bpy.context.view_layer.update()
    turn = np.array(Matrix.Rotation(0.3, 3, "X")) * 100
    motion = talking()
    report = bake(bare.face, motion)
    assert report.along == ("Eyes",)
    for obj in bare.objects:
        rest = to_blender_axes(load_head().template)[bare.vertices[obj.name]]
        for row in (3, 11):
            true = (truth(bare, obj, motion, row) - rest) @ turn.T
            moved = seen(obj, 1 + row) - rest @ turn.T
            size = np.linalg.norm(true, axis=1)
            off = np.linalg.norm(moved - true, axis=1)[size > 0.05 * size.max()]
            assert off.mean() < 0.15 * size.max()


def test_linked_parts_are_told_of(bare, saved, tmp_path):
    path = str(tmp_path / "library.blend")
    bpy.data.libraries.write(path, {bpy.data.objects["Eyes"]})
    bpy.data.objects.remove(bpy.data.objects["Eyes"])
    with bpy.data.libraries.load(path, link=True) as (_, to):
        to.objects = ["Eyes"]
    bpy.context.scene.collection.objects.link(to.objects[0])
    bpy.context.view_layer.update()
    report = bake(bare.face, talking())
    assert "Eyes" not in report.along
    assert len(report.notes) == 1
    assert "'Eyes' is linked from another file and was not animated along" in report.notes[0]
