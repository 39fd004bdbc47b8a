# SPDX-License-Identifier: GPL-3.0-or-later
"""A vertex cache shows every vertex where the head model puts it, whatever the object is and has."""

import struct
from dataclasses import replace

import bpy
import numpy as np
import pytest
from mathutils import Matrix
from soliloquy.bake import BakeError, vertex_takes
from soliloquy.bake.head_mesh import to_blender_axes
from soliloquy.core.errors import InputError, OutputError
from soliloquy.core.head import load_head
from soliloquy.core.head.registration import NotAFace
from soliloquy.core.motion import FaceMotion
from soliloquy.core.retarget.arkit import ARKIT_INDEX

from .heads import make_head
from .moving_heads import add_head, apart, bake, expected, person, plain_head, save, seen, state, talking

TINY = 2e-7
"""Metres: what single precision leaves."""


@pytest.fixture
def rest():
    return to_blender_axes(load_head().template)


@pytest.mark.parametrize("start", [1, -40, 1000])
def test_evaluated_vertices_equal_the_head_model(saved, rest, start):
    obj, motion = add_head(), talking()
    report = bake(obj, motion, start_frame=start)
    for row in (0, 1, 7, 19):
        assert apart(seen(obj, start + row), expected(motion, row)) < TINY
    assert apart(expected(motion, 7), rest) > 0.005
    assert (report.first_frame, report.last_frame) == (start, start + 19)
    assert report.movement > 0.005


def test_the_face_is_at_rest_before_and_after(saved, rest):
    obj, motion = add_head(), talking(fps=24.0)
    bake(obj, motion)
    for frame in (-500, -3, 24, 900):  # 0.15 s are 4 frames
        assert apart(seen(obj, frame), rest) < TINY
    for frame, share, row in ((-1, 0.5, 0), (22, 0.5, 19), (23, 0.25, 19)):
        assert apart(seen(obj, frame), rest + share * (expected(motion, row) - rest)) < TINY


def test_frames_lie_exactly_at_rates_that_are_no_whole_numbers(saved):
    render = bpy.context.scene.render
    render.fps, render.fps_base = 24, 1.001
    obj, motion = add_head(), talking(2000, 24000 / 1001)
    bake(obj, motion)
    for row in (0, 999, 1999):
        assert apart(seen(obj, 1 + row), expected(motion, row)) < TINY
    between = (expected(motion, 1998) + expected(motion, 1999)) / 2
    assert apart(seen(obj, 1999, subframe=0.5), between) < 1e-6


def test_a_range_of_frames(saved, rest):
    obj, motion = add_head(), talking()
    report = bake(obj, motion, frame_range=(6, 10))
    assert (report.first_frame, report.last_frame) == (6, 10)
    assert apart(seen(obj, 6), expected(motion, 5)) < TINY
    assert apart(seen(obj, 10), expected(motion, 9)) < TINY
    assert apart(seen(obj, 17), rest) < TINY


def test_shape_keys_beside_do_not_add_to_it(saved):
    obj, motion = add_head(), talking()
    jaw = obj.data.shape_keys.key_blocks["jawOpen"]
    jaw.value = 1.0
    jaw.keyframe_insert("value", frame=5)
    bake(obj, motion)
    assert apart(seen(obj, 5), expected(motion, 4)) < TINY


def test_modifiers_behind_work_on_the_moving_face(saved):
    obj, motion = add_head(), talking()
    bake(obj, FaceMotion.still(20, 25.0), take="still")
    subdivision = obj.modifiers.new("Subdivision", "SUBSURF")
    subdivision.levels = 1
    smooth = seen(obj, 8)
    moved = obj.modifiers.new("Moved", "DISPLACE")
    moved.direction, moved.mid_level, moved.strength = "X", 0.0, 0.25
    bake(obj, motion)
    assert [each.name for each in obj.modifiers] == ["still", "hello", "Subdivision", "Moved"]

    other = plain_head()
    other.data.vertices.foreach_set("co", expected(motion, 7).ravel())
    same = other.modifiers.new("Subdivision", "SUBSURF")
    same.levels = 1
    wanted = seen(other, 8) + np.array([0.25, 0, 0])
    assert len(wanted) > 4 * 7000
    assert apart(seen(obj, 8), wanted) < 1e-6
    assert apart(smooth, wanted - np.array([0.25, 0, 0])) > 0.003


def test_an_armature_turns_the_moving_face(saved):
    data = bpy.data.armatures.new("Rig")
    rig = bpy.data.objects.new("Rig", data)
    bpy.context.scene.collection.objects.link(rig)
    bpy.context.view_layer.objects.active = rig
    bpy.ops.object.mode_set(mode="EDIT")
    bone = data.edit_bones.new("head")
    bone.tail = (0, 0, 0.1)
    bpy.ops.object.mode_set(mode="OBJECT")
    turn = Matrix.Rotation(0.4, 4, "Z")
    rig.pose.bones["head"].matrix = turn @ rig.pose.bones["head"].bone.matrix_local
    obj, motion = plain_head(), talking()
    group = obj.vertex_groups.new(name="head")
    group.add(range(len(obj.data.vertices)), 1.0, "REPLACE")
    obj.modifiers.new("Rig", "ARMATURE").object = rig
    bake(obj, motion)
    wanted = expected(motion, 3) @ np.array(turn.to_3x3()).T
    assert apart(seen(obj, 4), wanted) < 1e-6


def test_scaled_turned_and_parented_objects(saved):
    obj, motion = add_head(location=(1, 2, 3)), talking()
    obj.parent.rotation_euler = (0.2, 0.3, 0.4)
    obj.parent.scale = (2, 2, 2)
    obj.scale = (1, 1.5, 0.5)
    obj.location = (0.1, 0, 0)
    bake(obj, motion)
    bpy.context.view_layer.update()
    matrix = np.array(obj.matrix_world)
    wanted = expected(motion, 6) @ matrix[:3, :3].T + matrix[:3, 3]
    assert apart(seen(obj, 7, world=True), wanted) < 2e-6
    assert abs(np.linalg.det(matrix[:3, :3])) == pytest.approx(8 * 0.75, rel=1e-4)


@pytest.mark.parametrize("unit", [1.0, 100.0, 0.01])
@pytest.mark.parametrize("seed", [None, 1, 3])
def test_people_in_any_unit_and_axes(saved, unit, seed):
    linear = unit * np.array([[0, 0, 1], [1, 0, 0], [0, 1, 0]])
    alpha = None if seed is None else person(seed)
    obj, motion = plain_head(linear=linear, alpha=alpha), talking()
    bake(obj, motion)
    wanted = load_head().vertices(alpha, motion.expression[5]) @ linear.T
    assert apart(seen(obj, 6), wanted) < 1e-5 * unit


def test_applied_scale_and_rotation(saved):
    obj, motion = add_head(), talking()
    turn = Matrix.Rotation(0.7, 4, "X") @ Matrix.Diagonal((1.3, 0.9, 100.0, 1.0))
    obj.data.transform(turn, shape_keys=True)
    bake(obj, motion)
    wanted = expected(motion, 5) @ np.array(turn.to_3x3()).T
    assert apart(seen(obj, 6), wanted) < 2e-4  # of 20 m


def test_the_objects_own_shape_is_kept(saved):
    """A nose pulled out by hand stays pulled out, in the Basis, whatever the mesh shows now."""
    obj, motion = add_head(), talking()
    shape = np.zeros_like(expected(motion, 0))
    shape[:300] += (0, -0.03, 0)
    positions = np.empty(shape.size, np.float32)
    for block in obj.data.shape_keys.key_blocks:
        block.points.foreach_get("co", positions)
        block.points.foreach_set("co", positions + shape.ravel())
    obj.data.vertices.foreach_set("co", np.zeros(shape.size, np.float32))
    bake(obj, motion)
    assert apart(seen(obj, 6), expected(motion, 5) + shape) < TINY * 10


def test_vertices_of_a_motion_are_taken(saved):
    obj, motion = add_head(), talking()
    positions = load_head().vertices(person(2), motion.expression)
    bake(obj, replace(motion, vertices=positions))
    assert apart(seen(obj, 6), to_blender_axes(positions[5])) < 1e-6
    assert apart(seen(obj, 90), to_blender_axes(positions[19])) < 1e-6


def test_a_recording_goes_by_its_weights(saved, rest):
    obj, motion = add_head(), FaceMotion.still(5, 25.0)
    motion.weights[:, ARKIT_INDEX["jawOpen"]] = 0.6
    bake(obj, motion)
    jaw = to_blender_axes(load_head().arkit_deltas[ARKIT_INDEX["jawOpen"]])
    assert apart(seen(obj, 3), rest + 0.6 * jaw) < 2e-5


def test_the_file(saved):
    obj, motion = add_head("Günther"), talking()
    report = bake(obj, motion, take='Grüße: "eins/zwei"?.wav', facts="seed 3")
    assert report.file.parent == saved.parent / "soliloquy_caches" / "shot"
    assert report.file.name == "Günther-Grüße_eins_zwei_.wav-001.pc2"
    content = report.file.read_bytes()
    assert len(content) == report.size
    header = struct.unpack("<12siiffi", content[:32])
    assert header == (b"POINTCACHE2\0", 1, len(obj.data.vertices), -3.0, 1.0, 28)
    positions = np.frombuffer(content[32:], "<f4", count=28 * len(obj.data.vertices) * 3)
    assert apart(positions.reshape(28, -1, 3)[4], expected(motion, 0)) < TINY
    (modifier,) = obj.modifiers
    assert modifier.filepath == "//soliloquy_caches/shot/Günther-Grüße_eins_zwei_.wav-001.pc2"
    assert list(report.file.parent.iterdir()) == [report.file]


def test_nothing_but_the_modifier_changes(saved):
    obj = add_head()
    scene = bpy.context.scene
    scene.frame_set(7, subframe=0.25)
    before = state()
    bake(obj, talking())
    after = state()
    assert after["objects"].pop("Head") != before["objects"].pop("Head")
    assert after == before
    assert (scene.frame_current, scene.frame_subframe) == (7, 0.25)


def test_files_that_were_never_saved(tmp_path):
    obj = add_head()
    before = state()
    with pytest.raises(BakeError, match="save it first"):
        bake(obj, talking())
    assert state() == before
    report = bake(obj, talking(), folder=tmp_path / "elsewhere")
    assert report.file.parent == tmp_path / "elsewhere"
    assert apart(seen(obj, 4), expected(talking(), 3)) < TINY
    assert [take.name for take in vertex_takes(obj)] == ["hello"]


def small_head(saved):
    return make_head()


def shuffled_head(saved):
    obj = plain_head()
    order = np.random.default_rng(0).permutation(len(obj.data.vertices))
    obj.data.vertices.foreach_set("co", np.array([v.co for v in obj.data.vertices])[order].ravel())
    return obj


def empty(saved):
    return add_head().parent


def in_edit_mode(saved):
    obj = add_head()
    bpy.context.view_layer.objects.active = obj
    bpy.ops.object.mode_set(mode="EDIT")
    return obj


def held_by_a_modifier(saved):
    """A modifier behind, of the animator's own, that holds all vertices in one place."""
    obj = add_head()
    path = saved.parent / "held.pc2"
    header = struct.pack("<12siiffi", b"POINTCACHE2\0", 1, 7318, 0, 1, 1)
    path.write_bytes(header + bytes(7318 * 3 * 4))
    held = obj.modifiers.new("Held", "MESH_CACHE")
    held.cache_format, held.filepath = "PC2", str(path)
    return obj


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (small_head, "has 36 vertices"),
        (shuffled_head, "every which way"),
        (empty, "is of type empty, not a mesh"),
        (in_edit_mode, "is in Edit Mode"),
        (held_by_a_modifier, "do not move at frame"),
        (lambda _: None, "No head is selected"),
    ],
)
def test_objects_that_cannot_be_animated(saved, make, message):
    obj = make(saved)
    before, files = state(), sorted(saved.parent.rglob("*"))
    with pytest.raises((BakeError, NotAFace), match=message):
        bake(obj, talking())
    assert state() == before
    assert sorted(saved.parent.rglob("*")) == files


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"take": " "}, InputError, "no name"),
        ({"method": "wave"}, InputError, "'wave': expected cache or shape_keys"),
        ({"frame_step": 0}, InputError, "frame step is 0"),
        ({"frame_range": (60, 90)}, BakeError, "frames 1 to 20, the range is 60 to 90"),
        ({"start_frame": 1_048_570}, BakeError, "Move the sound"),
    ],
)
def test_unusable_arguments(saved, options, error, message):
    obj = add_head()
    before = state()
    with pytest.raises(error, match=message):
        bake(obj, talking(), **options)
    assert state() == before
    assert list(saved.parent.iterdir()) == [saved]


def test_motions_that_are_no_numbers(saved):
    obj, motion = add_head(), talking()
    motion.expression[3, 3] = np.nan
    with pytest.raises(InputError, match="not numbers"):
        bake(obj, motion)
    positions = np.zeros((20, 7318, 3), np.float32)
    positions[17] = np.nan
    with pytest.raises(InputError, match="not numbers"):
        bake(obj, replace(motion, vertices=positions))
    assert list(saved.parent.iterdir()) == [saved]
    assert len(obj.modifiers) == 0


def test_a_folder_that_cannot_be_made(saved):
    (saved.parent / "soliloquy_caches").write_text("a file in the way")
    obj = add_head()
    with pytest.raises(OutputError, match="Cannot make the folder"):
        bake(obj, talking())
    assert len(obj.modifiers) == 0


@pytest.mark.parametrize("at", ["write", "modifier", "check"])
def test_an_error_on_the_way_leaves_nothing(saved, monkeypatch, at):
    obj = add_head()
    bake(obj, talking(), take="before")
    before, files = state(), sorted(saved.parent.rglob("*"))

    def fail(*_):
        raise OSError(28, "No space left on device")

    if at == "write":
        monkeypatch.setattr("soliloquy.core.head.vertex_motion.VertexMotion.at", fail)
    elif at == "modifier":
        monkeypatch.setattr("soliloquy.bake.vertices.takes.written_path", fail)
    else:
        monkeypatch.setattr("soliloquy.bake.vertices.prepared_cache.check_vertices", fail)
    with pytest.raises((OSError, OutputError), match="No space left"):
        bake(obj, talking())
    assert state() == before
    assert sorted(saved.parent.rglob("*")) == files


def test_first_error_leaves_no_folder(saved):
    class Cancelled(Exception):
        pass

    def cancel(share):
        if share > 0.5:
            raise Cancelled

    obj = add_head()
    with pytest.raises(Cancelled):
        bake(obj, talking(300), progress=cancel)
    assert list(saved.parent.iterdir()) == [saved]
    shares = []
    bake(obj, talking(300), progress=shares.append)
    assert shares == sorted(shares)
    assert shares[-1] == 1


def test_library_overrides_keep_their_takes(tmp_path):
    add_head("Günther")
    library = save(tmp_path / "köpfe.blend")
    bpy.ops.wm.read_homefile(use_empty=True, use_factory_startup=True)
    shot = save(tmp_path / "shot.blend")
    with bpy.data.libraries.load(str(library), link=True) as (_, wanted):
        wanted.objects = ["Günther"]
    (linked,) = wanted.objects
    with pytest.raises(BakeError, match="make a library override"):
        bake(linked, talking())
    override = linked.override_create(remap_local_usages=False)
    bpy.context.scene.collection.objects.link(override)
    bake(override, talking(), start_frame=5)
    bpy.ops.wm.save_mainfile()
    bpy.ops.wm.open_mainfile(filepath=str(shot))
    (override,) = [obj for obj in bpy.data.objects if obj.override_library]
    (take,) = vertex_takes(override)
    assert (take.name, take.start_frame, take.frames, take.is_shown) == ("hello", 5, 20, True)
    assert apart(seen(override, 8), expected(talking(), 3)) < TINY
