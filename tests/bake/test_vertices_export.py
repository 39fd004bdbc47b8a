# SPDX-License-Identifier: GPL-3.0-or-later
"""Exported files hold the vertices that are seen, of one object only."""

import bpy
import pytest
from soliloquy.bake import BakeError, export_vertices
from soliloquy.core.errors import InputError, OutputError

from .moving_heads import add_head, apart, bake, plain_head, seen, state, talking

ENDINGS = [
    pytest.param(
        ending,
        marks=pytest.mark.skipif(
            not getattr(bpy.app.build_options, built), reason=f"this Blender is built without {built}"
        ),
    )
    for ending, built in ((".abc", "alembic"), (".usdc", "usd"), (".usda", "usd"))
]
FORMATS = ENDINGS[:2]


def imported(path):
    """The meshes of a file, read into the open scene."""
    before = set(bpy.data.objects)
    if path.suffix == ".abc":
        bpy.ops.wm.alembic_import(filepath=str(path), as_background_job=False)
    else:
        bpy.ops.wm.usd_import(filepath=str(path))
    return [obj for obj in bpy.data.objects if obj not in before and obj.type == "MESH"]


@pytest.mark.parametrize("ending", ENDINGS)
def test_vertices_agree_when_they_are_read_back(saved, ending):
    render = bpy.context.scene.render
    render.fps, render.fps_base = 24, 1.001
    obj = add_head(location=(1, 0, 0.5))
    obj.parent.rotation_euler.z = 0.5
    obj.scale = (2, 1, 1)
    plain_head("Beside")
    bake(obj, talking(12, 24000 / 1001), start_frame=5)
    wanted = {frame: seen(obj, frame, world=True) for frame in (5, 8, 16)}
    path = saved.parent / f"Köpfe{ending}"
    size = export_vertices(obj, path, 5, 16)
    assert size == path.stat().st_size
    (copy,) = imported(path)
    for frame, positions in wanted.items():
        assert apart(seen(copy, frame, world=True), positions) < 2e-6
    assert apart(wanted[8], wanted[16]) > 0.003


@pytest.mark.parametrize("ending", FORMATS)
def test_modifiers_as_they_are_rendered(saved, ending):
    obj = add_head()
    bake(obj, talking(2))
    subdivision = obj.modifiers.new("Subdivision", "SUBSURF")
    subdivision.levels, subdivision.render_levels = 0, 1
    export_vertices(obj, saved.parent / f"smooth{ending}", 1, 2)
    (copy,) = imported(saved.parent / f"smooth{ending}")
    subdivision.levels = 1
    assert apart(seen(copy, 2, world=True), seen(obj, 2, world=True)) < 1e-6


@pytest.mark.parametrize("ending", FORMATS)
@pytest.mark.parametrize("hidden", ["hide_viewport", "hide_render", "hide_set", "collection"])
def test_hidden_objects_are_exported_all_the_same(saved, ending, hidden):
    obj = add_head()
    bake(obj, talking(5))
    wanted = seen(obj, 3, world=True)
    if hidden == "hide_set":
        obj.hide_set(True)
    elif hidden == "collection":
        bpy.context.view_layer.layer_collection.exclude = True
    else:
        setattr(obj, hidden, True)
    export_vertices(obj, saved.parent / f"hidden{ending}", 1, 5)
    if hidden not in ("hide_set", "collection"):
        assert getattr(obj, hidden)
    bpy.context.view_layer.layer_collection.exclude = False
    (copy,) = imported(saved.parent / f"hidden{ending}")
    copy.hide_viewport = False
    assert apart(seen(copy, 3, world=True), wanted) < 1e-6


@pytest.mark.parametrize("ending", FORMATS)
def test_the_scene_stays_as_it_is(saved, ending):
    obj, other = add_head(), plain_head()
    bake(obj, talking(5))
    other.select_set(True)
    obj.select_set(False)
    bpy.context.view_layer.objects.active = other
    scene = bpy.context.scene
    scene.frame_set(17, subframe=0.5)
    scene.frame_start, scene.frame_end = 3, 4
    before = state()
    export_vertices(obj, saved.parent / f"out{ending}", 1, 5)
    assert state() == before
    assert bpy.context.scene == scene
    assert bpy.context.view_layer.objects.active == other
    assert (scene.frame_current, scene.frame_subframe) == (17, 0.5)
    assert (scene.frame_start, scene.frame_end) == (3, 4)
    assert sorted(path.name for path in saved.parent.iterdir()) == sorted(
        ["shot.blend", "soliloquy_caches", f"out{ending}"]
    )


def test_unusable_arguments(saved):
    obj = add_head()
    with pytest.raises(InputError, match=r"'x\.obj' has no ending that tells a format"):
        export_vertices(obj, saved.parent / "x.obj", 1, 5)
    with pytest.raises(InputError, match="first frame to export, 6, comes after the last, 5"):
        export_vertices(obj, saved.parent / "x.abc", 6, 5)
    with pytest.raises(BakeError, match="is of type empty"):
        export_vertices(obj.parent, saved.parent / "x.abc", 1, 5)
    assert list(saved.parent.iterdir()) == [saved]


@pytest.mark.parametrize("ending", FORMATS)
def test_a_file_that_cannot_be_written(saved, ending):
    obj = add_head()
    before = state()
    with pytest.raises(OutputError, match="Cannot write"):
        export_vertices(obj, saved.parent / "nowhere" / f"x{ending}", 1, 2)
    assert state() == before


@pytest.mark.parametrize("ending", FORMATS)
def test_a_failed_export_keeps_the_file_that_was_there(saved, ending, monkeypatch):
    path = saved.parent / f"x{ending}"
    path.write_bytes(b"a good one")

    def fail(*_):
        raise RuntimeError("Error: disk full")

    monkeypatch.setattr("soliloquy.bake.vertices.export._export", fail)
    with pytest.raises(OutputError, match="disk full"):
        export_vertices(add_head(), path, 1, 2)
    assert path.read_bytes() == b"a good one"


@pytest.mark.parametrize(
    ("ending", "built", "message"),
    [
        (".abc", {"usd"}, "without Alembic: choose .usdc"),
        (".usdc", {"alembic"}, "without USD: choose .abc"),
        (".usdc", set(), "without Alembic and USD: export with one from"),
    ],
)
def test_blenders_without_the_format(saved, monkeypatch, ending, built, message):
    class Options:
        alembic = "alembic" in built
        usd = "usd" in built

    monkeypatch.setattr("soliloquy.bake.vertices.export._build_options", lambda: Options)
    with pytest.raises(BakeError, match=message):
        export_vertices(add_head(), saved.parent / f"x{ending}", 1, 2)
