# SPDX-License-Identifier: GPL-3.0-or-later
"""Which meshes make up a head, what is read of them, and that their shapes can be made in any thread."""

import time
from threading import Event, Thread

import bpy
import numpy as np
import pytest
from mathutils import Euler, Matrix
from soliloquy.bake import bake_motion, check_head, find_companions, find_head_parts, read_head, write_shapes
from soliloquy.bake.errors import BakeError
from soliloquy.bake.head_mesh import to_blender_axes
from soliloquy.core.errors import Cancelled
from soliloquy.core.head import load_head
from soliloquy.core.head.registration import NotAFace
from soliloquy.core.retarget.arkit import ARKIT_INDEX, ARKIT_NAMES

from ..bare_heads import EYES, PARTS, SKIN, TEETH, BareHead, coordinates, know_shapes, make_bare_head
from ..rigs import lips_of, remove_left_half, sealed_share, speech
from ..test_face_reading import add_bones


@pytest.fixture
def bare() -> BareHead:
    return make_bare_head()


def names(objects) -> list[str]:
    return [obj.name for obj in objects]


def add_box(name, middle, size):
    mesh = bpy.data.meshes.new(name)
    corners = np.array([(x, y, z) for x in (-1, 1) for y in (-1, 1) for z in (-1, 1)]) / 2
    faces = [(0, 1, 3, 2), (4, 6, 7, 5), (0, 4, 5, 1), (2, 3, 7, 6), (0, 2, 6, 4), (1, 5, 7, 3)]
    mesh.from_pydata((corners * size + middle).tolist(), [], faces)
    obj = bpy.data.objects.new(name, mesh)
    bpy.context.scene.collection.objects.link(obj)
    return obj


def test_what_lies_in_the_head_is_found_whether_it_hangs_on_something_or_not(bare):
    bpy.data.objects["Eyes"].parent = bare.face
    assert names(find_head_parts(bare.face)) == ["Eyes", "Lashes", "Teeth", "Tongue"]
    before = [obj.matrix_world.copy() for obj in bare.objects]
    for obj in bare.objects:
        obj.matrix_world = Matrix.Translation((3, 4, 5)) @ Matrix.Diagonal((40, 40, 40, 1)) @ obj.matrix_world
    bpy.context.view_layer.update()
    assert names(find_head_parts(bare.face)) == ["Eyes", "Lashes", "Teeth", "Tongue"]
    for obj, matrix in zip(bare.objects, before, strict=True):
        obj.matrix_world = matrix


def test_what_is_no_part_of_the_head(bare):
    head = load_head().template
    size = np.ptp(head, axis=0).max()
    middle = to_blender_axes(head.mean(axis=0))
    add_box("Hat", middle + np.array([0, 0, size / 2]), (size, size, size / 3))
    add_box("Shirt", middle - (0, 0, size), (size * 1.5, size, size))
    add_box("Prop", middle + np.array([size * 2, 0, 0]), (0.02, 0.02, 0.02))
    add_box("Glass dome", middle, (size, size, size))
    cage = add_box("Cage", middle, (0.05, 0.05, 0.05))
    cage.display_type = "WIRE"
    hidden = add_box("Hidden", middle, (0.05, 0.05, 0.05))
    hidden.hide_set(True)
    baked = add_box("Baked eyes", middle, (0.05, 0.05, 0.05))
    for key in ("Basis", "Frame 1"):
        baked.shape_key_add(name=key)
    baked.data.shape_keys.use_relative = False
    light = bpy.data.objects.new("Light", bpy.data.lights.new("Light", "POINT"))
    bpy.context.scene.collection.objects.link(light)
    other = make_bare_head({"Other skin": SKIN, "Other eyes": EYES})
    for obj in other.objects:
        obj.location.x += 1
    bpy.context.view_layer.update()
    assert names(find_head_parts(bare.face)) == ["Eyes", "Lashes", "Teeth", "Tongue"]
    assert names(find_head_parts(other.face)) == ["Other eyes"]


def test_what_hangs_on_another_armature_is_somebody_elses(bare):
    first = add_bones({"head": ((0, 0, 0), "")})
    second = add_bones({"head": ((0, 0, 0), "")})
    bare.face.parent = first
    bpy.data.objects["Eyes"].modifiers.new("Rig", "ARMATURE").object = first
    bpy.data.objects["Teeth"].parent = second
    bpy.context.view_layer.update()
    assert names(find_head_parts(bare.face)) == ["Eyes", "Lashes", "Tongue"]


@pytest.mark.parametrize("bones", [True, False])
def test_the_head_of_a_whole_body(bones):
    """Its box holds shoes, buttons and what lies in its hands."""
    bare = make_bare_head({"Body": SKIN, "Eyes": EYES, "Tongue": ("tongue",)})
    low = to_blender_axes(load_head().template)[:, 2].min()
    body = bare.face.data
    body.vertices.add(4)
    for vertex, place in enumerate([(-0.5, 0, -1.5), (0.5, 0, -1.5), (0.5, 0.1, -0.3), (-0.5, 0.1, -0.3)]):
        body.vertices[len(body.vertices) - 4 + vertex].co = place
    body.update()
    add_box("Shoe", (0.1, 0, -1.45), (0.08, 0.2, 0.08))
    add_box("Ball", (0.4, 0.02, -0.8), (0.05, 0.05, 0.05))
    if bones:
        rig = add_bones({"hips": ((0, 0, -0.7), ""), "head": ((0, 0, low + 0.05), "hips")})
        bare.face.modifiers.new("Rig", "ARMATURE").object = rig
    bpy.context.view_layer.update()
    assert names(find_head_parts(bare.face)) == ["Eyes", "Tongue"]


def test_a_panel_may_ask_at_every_redraw(bare):
    for number in range(1000):
        obj = bpy.data.objects.new(f"Tree {number}", bpy.data.objects["Lashes"].data)
        obj.location = (number, 3, 0)
        bpy.context.scene.collection.objects.link(obj)
    bpy.context.view_layer.update()
    start = time.process_time()
    for _ in range(3):
        check_head(bare.face)
        assert len(find_head_parts(bare.face)) == 4
    assert (time.process_time() - start) / 3 < 0.1  # 0.03 s where nothing else runs


def test_what_is_read_lies_in_the_space_of_the_face(bare):
    """Whatever the objects' own coordinates; a bone's pose and a turned character change nothing of it."""
    rig = add_bones({"hips": ((0, 0, -1), ""), "head": ((0, 0, 0), "hips")})
    eyes, teeth = bpy.data.objects["Eyes"], bpy.data.objects["Teeth"]
    own = Matrix.Translation((1, 2, 3)) @ Euler((1, 2, 0.5)).to_matrix().to_4x4() @ Matrix.Scale(0.1, 4)
    eyes.data.transform(own.inverted())
    eyes.parent, eyes.parent_type, eyes.parent_bone = rig, "BONE", "head"
    rest = rig.data.bones["head"].matrix_local @ Matrix.Translation((0, rig.data.bones["head"].length, 0))
    eyes.matrix_parent_inverse = rest.inverted()
    eyes.matrix_basis = own
    teeth.data.transform(Matrix.Diagonal((-1, 1, 1, 1)))
    teeth.scale.x = -1
    for obj in bare.objects:
        if obj != eyes:
            obj.parent = rig
    bare.face.modifiers.new("Rig", "ARMATURE").object = rig
    rig.pose.bones["head"].rotation_mode = "XYZ"
    rig.pose.bones["head"].rotation_euler = (0.3, 0.2, 0)
    rig.location, rig.scale = (5, 5, 5), (3, 3, 3)
    bpy.context.view_layer.update()
    reading = read_head(bare.face, bare.parts)
    truth = to_blender_axes(load_head().template)
    for mesh in reading.meshes:
        np.testing.assert_allclose(mesh.part.vertices, truth[bare.vertices[mesh.object_name]], atol=1e-5)
    plain = {}
    for mesh in reading.meshes:
        obj = bpy.data.objects[mesh.object_name]
        obj.data.calc_loop_triangles()
        plain[mesh.object_name] = np.array([t.vertices[:] for t in obj.data.loop_triangles])
    turned = [mesh for mesh in reading.meshes if mesh.object_name == "Teeth"]
    np.testing.assert_array_equal(turned[0].part.triangles, plain["Teeth"][:, ::-1])
    np.testing.assert_array_equal(reading.meshes[0].part.triangles, plain["Skin"])


@pytest.mark.parametrize("scale", [(1, 1, 1), (1, 1, 2), (-1, 1, 1), (0.01, 0.01, 0.01)])
def test_a_head_is_read_as_it_is_seen(bare, scale):
    for obj in bare.objects:
        obj.scale = scale
    bpy.context.view_layer.update()
    marks = {"nose_tip": bare.face.data.vertices[17].co[:]}
    reading = read_head(bare.face, bare.parts, marks)
    seen = to_blender_axes(load_head().template) * scale / abs(np.prod(scale)) ** (1 / 3)
    # All meshes alike, up to one rotation.
    vertices = np.concatenate([mesh.part.vertices for mesh in reading.meshes])
    truth = np.concatenate([seen[bare.vertices[mesh.object_name]] for mesh in reading.meshes])
    turn = np.linalg.lstsq(truth, vertices, rcond=None)[0]
    np.testing.assert_allclose(truth @ turn, vertices, atol=1e-6)
    np.testing.assert_allclose(turn @ turn.T, np.eye(3), atol=1e-4)
    np.testing.assert_allclose(reading.marks["nose_tip"], reading.meshes[0].part.vertices[17], atol=1e-6)


def test_the_reference_key_is_what_rests(bare):
    face = bare.face
    face.shape_key_add(name="Base", from_mix=False)
    rest = coordinates(face.data.vertices)
    wide = face.shape_key_add(name="wide", from_mix=False)
    wide.value = 1
    wide.points.foreach_set("co", (rest * 2).ravel())
    face.data.vertices.foreach_set("co", (rest * 3).ravel())
    np.testing.assert_array_equal(read_head(face).meshes[0].rest, rest)


def test_axes_come_from_bones_alone(bare):
    assert read_head(bare.face).axes is None
    empty = bpy.data.objects.new("Anything", None)
    bpy.context.scene.collection.objects.link(empty)
    bare.face.parent = empty
    assert read_head(bare.face).axes is None
    bare.face.parent = add_bones({"hips": ((0, 0, -1), ""), "head": ((0, 0, 0), "hips")})
    np.testing.assert_allclose(read_head(bare.face).axes @ to_blender_axes(np.eye(3)).T, np.eye(3), atol=1e-6)


def refused(obj, match):
    with pytest.raises(BakeError, match=match) as caught:
        read_head(obj)
    assert "\n" not in str(caught.value)


def test_refusals(bare):
    refused(None, "No head is selected")
    refused(bpy.data.objects.new("Light", bpy.data.lights.new("Light", "POINT")), "not a mesh")
    empty = bpy.data.meshes.new("Empty")
    refused(bpy.data.objects.new("Nothing", empty), "is empty")
    empty.vertices.add(3)
    refused(bpy.data.objects.new("Points", empty), "has no faces")
    bare.face.data.vertices[5].co.x = float("nan")
    refused(bare.face, "not numbers")
    bare.face.data.vertices[5].co.x = 0
    bare.face.scale = (1, 0, 1)
    refused(bare.face, "scaled to nothing")
    bare.face.scale = (0, 0, 0)
    refused(bare.face, "scaled to nothing")
    bare.face.scale = (1, 1, 1)
    bpy.context.view_layer.objects.active = bare.face
    bpy.ops.object.mode_set(mode="EDIT")
    refused(bare.face, "Edit Mode")
    bpy.ops.object.mode_set(mode="OBJECT")
    remove_left_half(bare.face)
    bare.face.modifiers.new("Other half", "MIRROR")
    refused(bare.face, "one half, which the modifier 'Other half' mirrors")


def test_parts_that_cannot_be_read_are_told_of(bare):
    eyes = bpy.data.objects["Eyes"]
    eyes.data.vertices[0].co.z = float("nan")
    reading = read_head(bare.face, bare.parts)
    assert "Eyes" not in [mesh.object_name for mesh in reading.meshes]
    assert len(reading.notes) == 1
    assert "'Eyes' gets no shapes" in reading.notes[0]


def test_one_eye_that_a_modifier_mirrors():
    """What one eye does, the other does not."""
    bare = make_bare_head({"Skin": SKIN, "Eye": ("eye_left",), "Teeth": TEETH})
    for obj in bare.parts:
        obj.modifiers.new("Other side", "MIRROR").mirror_object = bare.face
    reading = read_head(bare.face, bare.parts)
    assert [mesh.object_name for mesh in reading.meshes] == ["Skin", "Teeth"]
    assert "'Eye' is one half, which the modifier 'Other side' mirrors" in reading.notes[0]


def test_equal_content_is_made_once(bare, monkeypatch):
    asked = know_shapes(bare, monkeypatch)
    first = read_head(bare.face).make()
    assert read_head(bare.face).make() is first
    assert read_head(bare.face).make("expression") is not first
    assert asked == ["arkit", "expression"]
    assert read_head(bare.face, ()).make() is not first
    assert read_head(bare.face, marks={"chin": (0, 0, 0)}).make() is not first
    bpy.data.objects["Eyes"].location.x += 0.001
    bpy.context.view_layer.update()
    assert read_head(bare.face).make() is not first
    assert len(asked) == 5


def test_what_is_cancelled_is_not_kept(bare, monkeypatch):
    asked = know_shapes(bare, monkeypatch)
    shares = []

    def progress(share):
        shares.append(share)
        if share >= 0.5:
            raise Cancelled("Esc")

    reading = read_head(bare.face)
    with pytest.raises(Cancelled):
        reading.make("arkit", progress)
    assert shares == [0.0, 0.5]
    assert reading.make("arkit", shares.append).names == ARKIT_NAMES
    assert asked == ["arkit", "arkit"]


def test_who_waits_for_another_thread_can_cancel(bare, monkeypatch):
    know_shapes(bare, monkeypatch)
    started, go_on = Event(), Event()

    def slow(share):
        started.set()
        assert go_on.wait(20)

    reading = read_head(bare.face)
    worker = Thread(target=reading.make, args=("arkit", slow))
    worker.start()
    assert started.wait(20)

    def cancel(share):
        raise Cancelled("Esc")

    with pytest.raises(Cancelled):
        reading.make("expression", cancel)
    go_on.set()
    worker.join(20)
    assert not worker.is_alive()


def test_refusals_are_kept(bare, monkeypatch):
    asked = know_shapes(bare, monkeypatch)

    def refuse(*parts, **options):
        asked.append("refused")
        raise NotAFace("No face.")

    monkeypatch.setattr("soliloquy.bake.making.head_reading.make_shapes", refuse)
    reading = read_head(bare.face)
    for _ in range(2):
        with pytest.raises(NotAFace, match="No face"):
            reading.make()
    assert asked == ["refused"]


@pytest.mark.parametrize("is_open", [False, True])
def test_a_head_without_keys_speaks(is_open):
    """From the mesh to speech, with all that really happens between; made in another thread."""
    bare = make_bare_head(is_open=is_open)
    results = []
    reading = read_head(bare.face)
    worker = Thread(target=lambda: results.append(reading.make()))
    worker.start()
    worker.join()
    report = write_shapes(reading, results[0])
    assert report.made == (*ARKIT_NAMES, "lipsAtRest")[: 52 + is_open]
    head = load_head()
    truth = to_blender_axes(head.arkit_deltas)
    for part, name in (("Skin", "jawOpen"), ("Skin", "mouthSmileLeft"), ("Eyes", "eyeLookOutLeft")):
        blocks = bpy.data.objects[part].data.shape_keys.key_blocks
        moved = coordinates(blocks[name].points) - coordinates(blocks[0].points)
        true = truth[ARKIT_INDEX[name], bare.vertices[part]]
        size = np.linalg.norm(true, axis=1)
        off = np.linalg.norm(moved - true, axis=1)[size > 0.05 * size.max()]
        assert off.mean() < 0.1 * size.max()
    assert set(find_companions(bare.face)) == set(bare.parts)
    motion = speech()
    parts = ("Mouth", "Blink", "Gaze", "Brows")
    companions = find_companions(bare.face)
    baked = bake_motion(bare.face, motion, start_frame=1, take="hello", parts=parts, companions=companions)
    assert {each.object_name for each in baked.companions} == set(PARTS) - {"Skin"}
    # The skin's vertices are the built-in head's first ones: its landmarks are there.
    assert np.array_equal(bare.vertices["Skin"], np.arange(len(bare.vertices["Skin"])))
    lips = lips_of(bare.face, len(motion))
    assert sealed_share(motion, lips.gap, lips.closed) >= 0.9
