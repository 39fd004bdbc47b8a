# SPDX-License-Identifier: GPL-3.0-or-later
"""Shapes in shape keys: what is added, what stays, what is made anew, and what comes back on errors."""

from dataclasses import replace

import bpy
import numpy as np
import pytest
from mathutils import Euler, Matrix
from soliloquy.bake import (
    bake_motion,
    check_head,
    create_head,
    find_companions,
    find_head_parts,
    find_target,
    read_head,
    write_shapes,
)
from soliloquy.bake.errors import BakeError
from soliloquy.bake.head_mesh import to_blender_axes
from soliloquy.bake.making import shape_writing
from soliloquy.core.head import load_head
from soliloquy.core.motion import FaceMotion
from soliloquy.core.retarget.arkit import ARKIT_INDEX, ARKIT_NAMES

from ..bare_heads import SKIN, TEETH, BareHead, coordinates, make_bare_head, true_closing, true_shapes
from ..heads import make_motion


@pytest.fixture
def bare() -> BareHead:
    return make_bare_head()


def give_shapes(bare: BareHead, **options):
    reading = read_head(bare.face)
    return write_shapes(reading, true_shapes(bare, reading), **options)


def names_of(obj) -> list[str]:
    return [] if obj.data.shape_keys is None else [key.name for key in obj.data.shape_keys.key_blocks]


def state_of(obj) -> dict:
    """All of an object that making shapes must leave alone, and its keys."""
    mesh = obj.data
    keys = mesh.shape_keys
    blocks = [] if keys is None else keys.key_blocks
    return {
        "keys": [
            (k.name, k.value, k.slider_min, k.slider_max, k.mute, k.lock_shape, k.vertex_group)
            for k in blocks
        ],
        "relative": [k.relative_key.name for k in blocks],
        "places": [coordinates(k.points).tobytes() for k in blocks],
        "noted": None if keys is None else dict(keys.items()),
        "vertices": coordinates(mesh.vertices).tobytes(),
        "faces": [tuple(p.vertices) for p in mesh.polygons],
        "uvs": [layer.name for layer in mesh.uv_layers],
        "materials": [m and m.name for m in mesh.materials],
        "groups": [g.name for g in obj.vertex_groups],
        "modifiers": [(m.name, m.type) for m in obj.modifiers],
        "active": obj.active_shape_key_index,
        "pinned": obj.show_only_shape_key,
        "selected": obj.select_get(),
        "parent": obj.parent,
        "matrix": tuple(map(tuple, obj.matrix_world)),
        "mesh": mesh.name,
        "users": mesh.users,
    }


def test_a_bare_head_gets_all_shapes_and_its_parts_those_that_move_them(bare):
    report = give_shapes(bare)
    assert names_of(bare.face) == ["Basis", *ARKIT_NAMES]
    assert report.made == ARKIT_NAMES
    assert (report.replaced, report.kept, report.notes) == ((), (), ())
    assert set(report.objects) == {obj.name for obj in bare.objects}
    assert report.objects[0] == bare.face.name
    head = load_head()
    deltas = to_blender_axes(head.arkit_deltas)
    for obj in bare.objects:
        vertices = bare.vertices[obj.name]
        blocks = obj.data.shape_keys.key_blocks
        for block in blocks[1:]:
            truth = deltas[ARKIT_INDEX[block.name], vertices]
            moved = coordinates(block.points) - coordinates(blocks[0].points)
            np.testing.assert_allclose(moved, truth, atol=1e-6)
            assert (block.value, block.slider_min, block.slider_max) == (0, 0, 1)
            assert block.relative_key == blocks[0]
        if obj != bare.face:
            moving = [n for n in ARKIT_NAMES if np.abs(deltas[ARKIT_INDEX[n], vertices]).max() > 1e-6]
            assert names_of(obj) == ["Basis", *moving]
            assert 0 < len(moving) < 52


def test_what_does_not_move_lies_exactly_on_the_basis(bare):
    """Also where a solver leaves a little noise."""
    reading = read_head(bare.face)
    made = true_shapes(bare, reading)
    noise = np.random.default_rng(1).normal(0, 1e-9, made.deltas[0].shape).astype(np.float32)
    write_shapes(reading, replace(made, deltas=(made.deltas[0] + noise, *made.deltas[1:])))
    blocks = bare.face.data.shape_keys.key_blocks
    still = np.abs(made.deltas[0]).max(axis=2) == 0
    assert still[ARKIT_INDEX["eyeBlinkLeft"]].sum() > 1000
    for name in ARKIT_NAMES:
        rows = still[ARKIT_INDEX[name]]
        np.testing.assert_array_equal(
            coordinates(blocks[name].points)[rows], coordinates(blocks[0].points)[rows]
        )


def test_a_head_of_several_objects_speaks_completely(bare):
    give_shapes(bare)
    target = find_target(bare.face)
    assert target.missing == ()
    assert target.blocked == ()
    companions = find_companions(bare.face)
    assert set(companions) == set(bare.parts)
    motion = FaceMotion.still(3, 25)
    random = np.random.default_rng(3)
    motion.weights[1] = random.uniform(0, 0.7, 52)
    bake_motion(
        bare.face,
        motion,
        start_frame=1,
        take="a",
        parts=("Mouth", "Blink", "Gaze", "Brows"),
        companions=companions,
    )
    truth = load_head().template + load_head().displacement(motion.weights[1])
    for obj in bare.objects:
        bpy.context.scene.frame_set(2)
        seen = coordinates(obj.evaluated_get(bpy.context.evaluated_depsgraph_get()).data.vertices)
        np.testing.assert_allclose(seen, to_blender_axes(truth)[bare.vertices[obj.name]], atol=2e-5)


@pytest.mark.parametrize("scale", [(1, 1, 1), (0.01, 0.01, 0.01), (-1, 1, 1), (1, 2, 0.5)])
def test_parts_that_lie_otherwise_in_their_own_coordinates(bare, scale):
    """Parts with places, turns and scales of their own are seen to move as the face asks."""
    eyes = bpy.data.objects["Eyes"]
    turn = Euler((0.4, -1, 2)).to_matrix().to_4x4()
    for axis in range(3):
        turn[axis][3] = 5 * axis
        for row in range(3):
            turn[row][axis] *= scale[axis]
    eyes.data.transform(turn.inverted())
    eyes.matrix_basis = turn
    bpy.context.view_layer.update()
    give_shapes(bare)
    assert (names_of(eyes)) != []
    block = eyes.data.shape_keys.key_blocks["eyeLookOutLeft"]
    matrix = np.array(eyes.matrix_world)[:3, :3]
    moved = (coordinates(block.points) - coordinates(block.relative_key.points)) @ matrix.T
    truth = to_blender_axes(load_head().arkit_deltas)[ARKIT_INDEX["eyeLookOutLeft"], bare.vertices["Eyes"]]
    np.testing.assert_allclose(moved, truth, atol=1e-5)


def test_the_mesh_stays_as_it_is(bare):
    face = bare.face
    face.data.uv_layers.new(name="Mine")
    face.data.materials.append(bpy.data.materials.new("Skin"))
    face.vertex_groups.new(name="Weights").add([1, 2], 0.5, "REPLACE")
    face.modifiers.new("Smooth", "SUBSURF")
    face.modifiers.new("Rig", "ARMATURE")
    bpy.data.objects["Teeth"].select_set(True)
    bpy.context.view_layer.objects.active = bpy.data.objects["Tongue"]
    before = {obj.name: state_of(obj) for obj in bare.objects}
    give_shapes(bare)
    keyed = ("keys", "relative", "places", "noted")
    for obj in bare.objects:
        after = state_of(obj)
        assert {k: v for k, v in after.items() if k not in keyed} == {
            k: v for k, v in before[obj.name].items() if k not in keyed
        }
    assert bpy.context.view_layer.objects.active == bpy.data.objects["Tongue"]
    evaluated = face.evaluated_get(bpy.context.evaluated_depsgraph_get()).data
    assert len(evaluated.vertices) > len(face.data.vertices)


def test_keys_that_were_there_stay(bare):
    """Under ARKit's name or another spelling, animated, driven, in any state."""
    face = bare.face
    face.shape_key_add(name="Base", from_mix=False)
    for name in ("fat", "Jaw_Open", "eyeBlinkLeft", "corrective"):
        block = face.shape_key_add(name=name, from_mix=False)
        block.value = 0.25
        block.points[5].co.z += 0.1
    blocks = face.data.shape_keys.key_blocks
    blocks["fat"].slider_max, blocks["fat"].mute = 3, True
    blocks["corrective"].relative_key = blocks["fat"]
    face.vertex_groups.new(name="Half")
    blocks["corrective"].vertex_group = "Half"
    blocks["eyeBlinkLeft"].keyframe_insert("value", frame=1)
    blocks["Jaw_Open"].driver_add("value").driver.expression = "0.125"
    face.active_shape_key_index = 2
    bpy.context.view_layer.update()
    before = state_of(face)
    report = give_shapes(bare)
    after = state_of(face)
    assert after["keys"][:5] == before["keys"]
    assert after["places"][:5] == before["places"]
    assert after["relative"][:5] == before["relative"]
    assert after["active"] == 2
    assert report.kept == ("eyeBlinkLeft", "jawOpen")
    missing = [name for name in ARKIT_NAMES if name not in report.kept]
    assert names_of(face)[5:] == missing
    assert report.made == ARKIT_NAMES  # the parts have none of their own
    assert face.data.shape_keys.animation_data.action is not None
    assert len(face.data.shape_keys.animation_data.drivers) == 1
    assert face.data.shape_keys.key_blocks["jawForward"].relative_key.name == "Base"
    # A second time nothing is added.
    assert give_shapes(bare).made == ()


def test_only_what_soliloquy_made_is_made_anew(bare):
    give_shapes(bare)
    face = bare.face
    blocks = face.data.shape_keys.key_blocks
    blocks["mouthFunnel"].points[7].co.x += 0.0001
    sculpted = coordinates(blocks["mouthFunnel"].points)
    blocks["jawOpen"].value = 0.5
    blocks["jawOpen"].keyframe_insert("value", frame=3)
    blocks["cheekPuff"].name = "my puff"
    puff = coordinates(blocks["my puff"].points)
    order = names_of(face)

    def again(**options):
        reading = read_head(face)
        made = true_shapes(bare, reading)
        doubled = replace(made, deltas=tuple(2 * each for each in made.deltas))
        return write_shapes(reading, doubled, **options)

    report = again()
    assert report.made == ("cheekPuff",)
    assert names_of(face) == [*order, "cheekPuff"]
    np.testing.assert_array_equal(coordinates(blocks["my puff"].points), puff)
    np.testing.assert_array_equal(coordinates(blocks["mouthFunnel"].points), sculpted)
    assert report.kept == ("mouthFunnel",)
    assert any("mouthFunnel" in note and "\n" not in note for note in report.notes)
    moved = coordinates(blocks["jawOpen"].points) - coordinates(blocks[0].points)
    truth = 2 * to_blender_axes(load_head().arkit_deltas)[ARKIT_INDEX["jawOpen"], bare.vertices[face.name]]
    np.testing.assert_allclose(moved, truth, atol=1e-6)
    assert blocks["jawOpen"].value == 0.5
    assert face.data.shape_keys.animation_data.action is not None
    assert "jawOpen" in report.replaced
    assert "mouthFunnel" in report.replaced

    report = again(replace=True)
    assert report.kept == ()
    assert "mouthFunnel" in report.replaced
    assert not np.array_equal(coordinates(blocks["mouthFunnel"].points), sculpted)


@pytest.mark.parametrize("away", [0, 2, 100])
def test_a_basis_that_was_sculpted_changes_no_shape(bare, away):
    """Blender moves all keys with the basis: they are still those that were made, far from the origin too."""
    for obj in bare.objects:
        obj.data.transform(Matrix.Translation((0, away, away)))
        obj.location = (0, -away, -away)
    bpy.context.view_layer.update()
    give_shapes(bare)
    assert give_shapes(bare).kept == ()
    face = bare.face
    for block in face.data.shape_keys.key_blocks:
        moved = coordinates(block.points) + np.float32(0.0123)
        block.points.foreach_set("co", moved.ravel())
    face.data.vertices.foreach_set("co", (coordinates(face.data.vertices) + np.float32(0.0123)).ravel())
    report = give_shapes(bare)
    assert report.kept == ()
    assert report.replaced == ARKIT_NAMES


def test_all_is_taken_back_on_errors(bare, monkeypatch):
    face, *_, last = bare.objects
    face.shape_key_add(name="Base", from_mix=False)
    before = {obj.name: state_of(obj) for obj in bare.objects}

    def fail(shape_keys, made):
        if shape_keys == last.data.shape_keys:
            raise RuntimeError("full")
        keep(shape_keys, made)

    keep = shape_writing.note_keys
    monkeypatch.setattr(shape_writing, "note_keys", fail)
    reading = read_head(face, bare.parts)
    with pytest.raises(RuntimeError, match="full"):
        write_shapes(reading, true_shapes(bare, reading))
    assert {obj.name: state_of(obj) for obj in bare.objects} == before
    # Made anew, too.
    monkeypatch.undo()
    give_shapes(bare)
    before = {obj.name: state_of(obj) for obj in bare.objects}
    monkeypatch.setattr(shape_writing, "note_keys", fail)
    made = true_shapes(bare, reading)
    with pytest.raises(RuntimeError, match="full"):
        write_shapes(reading, replace(made, deltas=tuple(2 * each for each in made.deltas)))
    assert {obj.name: state_of(obj) for obj in bare.objects} == before


def open_mouth():
    """A head that was modelled with its mouth open, and what was made for it."""
    bare = make_bare_head(is_open=True)
    reading = read_head(bare.face)
    closed = true_closing(bare, [mesh.object_name for mesh in reading.meshes])
    return bare, reading, replace(true_shapes(bare, reading), closed=closed)


def test_a_mouth_that_was_modelled_open_is_closed_by_a_key_more():
    bare, reading, made = open_mouth()
    report = write_shapes(reading, made)
    assert names_of(bare.face) == ["Basis", *ARKIT_NAMES, "lipsAtRest"]
    assert report.made == (*ARKIT_NAMES, "lipsAtRest")
    assert sum("'Skin' rests open" in note for note in report.notes) == 1
    # Eyes and lashes have nothing to do with it.
    assert [obj.name for obj in bare.objects if "lipsAtRest" in names_of(obj)] == ["Skin", "Teeth", "Tongue"]
    assert bare.face.data.shape_keys.key_blocks["lipsAtRest"].value == 1
    motion = make_motion(3, moving=("jawOpen", "mouthClose", "mouthSmileLeft"))
    companions = find_companions(bare.face)
    bake_motion(bare.face, motion, start_frame=1, take="a", companions=companions)
    bpy.context.scene.frame_set(3)
    truth = to_blender_axes(load_head().template + load_head().displacement(motion.weights[2]))
    for obj in bare.objects:
        seen = coordinates(obj.evaluated_get(bpy.context.evaluated_depsgraph_get()).data.vertices)
        np.testing.assert_allclose(seen, truth[bare.vertices[obj.name]], atol=2e-5)


def test_the_key_that_closes_the_mouth_is_made_anew_and_keeps_its_value():
    bare, reading, made = open_mouth()
    write_shapes(reading, made)
    key = bare.face.data.shape_keys.key_blocks["lipsAtRest"]
    key.value = 0.5
    less = replace(made, closed=tuple(0.5 * each for each in made.closed))
    report = write_shapes(read_head(bare.face), less)
    assert "lipsAtRest" in report.replaced
    assert key.value == 0.5
    moved = coordinates(key.points) - coordinates(key.relative_key.points)
    np.testing.assert_allclose(moved, less.closed[0], atol=1e-6)
    # Lips that are found to meet now need it no more.
    report = write_shapes(read_head(bare.face), replace(made, closed=None))
    np.testing.assert_array_equal(coordinates(key.points), coordinates(key.relative_key.points))
    assert report.notes == ()


def test_a_jaw_of_the_users_own_is_not_added_to_a_closed_mouth():
    bare, reading, made = open_mouth()
    bare.face.shape_key_add(name="Basis")
    bare.face.shape_key_add(name="JawOpen")
    report = write_shapes(reading, made)
    assert not any("lipsAtRest" in names_of(obj) for obj in bare.objects)
    assert report.notes == ()


@pytest.mark.parametrize("share", [0.5, 1.0, -0.3])
def test_lips_are_closed_against_the_jaw_that_there_is(bare, share):
    """A jaw of the user's own that opens half as far is closed by half, teeth and all."""
    face = bare.face
    face.shape_key_add(name="Basis")
    jaw = face.shape_key_add(name="Jaw_Open")
    truth = to_blender_axes(load_head().arkit_deltas)
    opened = truth[ARKIT_INDEX["jawOpen"], bare.vertices[face.name]]
    jaw.points.foreach_set("co", (coordinates(face.data.vertices) + np.float32(share) * opened).ravel())
    give_shapes(bare)
    for obj in bare.objects:
        close = obj.data.shape_keys.key_blocks.get("mouthClose")
        true = max(share, 0) * truth[ARKIT_INDEX["mouthClose"], bare.vertices[obj.name]]
        if close is None:
            assert np.abs(true).max() < 1e-6
        else:
            moved = coordinates(close.points) - coordinates(close.relative_key.points)
            np.testing.assert_allclose(moved, true, atol=2e-6)


@pytest.mark.parametrize("change", ["moved", "deleted", "renamed", "faces", "edit mode", "part"])
def test_meshes_that_changed_meanwhile(bare, change):
    face = bare.face
    reading = read_head(face)
    made = true_shapes(bare, reading)
    match = "changed meanwhile"
    if change == "moved":
        face.data.vertices[3].co.x += 0.1
    elif change == "part":
        bpy.data.objects["Eyes"].data.vertices[3].co.x += 0.1
    elif change == "faces":
        face.data.flip_normals()
        faces = [tuple(p.vertices) for p in face.data.polygons][:-5]
        points = coordinates(face.data.vertices).tolist()
        face.data.clear_geometry()
        face.data.from_pydata(points, [], faces)
    elif change == "edit mode":
        bpy.context.view_layer.objects.active = face
        bpy.ops.object.mode_set(mode="EDIT")
        match = "Edit Mode"
    elif change == "renamed":
        face.name, match = "Somebody", "removed or renamed"
    else:
        bpy.data.objects.remove(face)
        match = "removed or renamed"
    with pytest.raises(BakeError, match=match) as caught:
        write_shapes(reading, made)
    assert "\n" not in str(caught.value)
    if change == "edit mode":
        bpy.ops.object.mode_set(mode="OBJECT")
    assert all(obj.data.shape_keys is None for obj in bpy.data.objects if obj.type == "MESH")


def test_eyes_that_share_a_mesh_get_their_own():
    """Two objects of one mesh, as eyes often are, look in two directions."""
    bare = make_bare_head({"Skin": SKIN, "Eye.L": ("eye_left",), "Eye.R": ("eye_right",)})
    left, right = bpy.data.objects["Eye.L"], bpy.data.objects["Eye.R"]
    right.data = left.data
    right.matrix_basis[0][0] = -1
    bpy.context.view_layer.update()
    reading = read_head(bare.face)
    vertices = {**bare.vertices, "Eye.R": load_head().mirror[bare.vertices["Eye.L"]]}
    made = true_shapes(BareHead(bare.objects, vertices), reading)
    report = write_shapes(reading, made)
    assert left.data != right.data
    assert "eyeLookUpLeft" in names_of(left)
    assert "eyeLookUpLeft" not in names_of(right)
    assert "eyeLookUpRight" in names_of(right)
    assert "eyeLookUpRight" not in names_of(left)
    assert sum("mesh of its own" in note for note in report.notes) == 1


def test_a_shared_mesh_is_shared_again_on_errors(monkeypatch):
    bare = make_bare_head({"Skin": SKIN, "Eye.L": ("eye_left",), "Eye.R": ("eye_right",)})
    left, right = bpy.data.objects["Eye.L"], bpy.data.objects["Eye.R"]
    right.data = left.data
    bpy.context.view_layer.update()

    def state():
        return {obj.name: state_of(obj) for obj in bare.objects}, sorted(
            mesh.name for mesh in bpy.data.meshes
        )

    before = state()
    reading = read_head(bare.face, (right, left))
    vertices = {**bare.vertices, "Eye.R": bare.vertices["Eye.L"]}
    made = true_shapes(BareHead(bare.objects, vertices), reading)

    def fail(*_):
        raise RuntimeError("full")

    monkeypatch.setattr(shape_writing, "note_keys", lambda *_: left.data.users < 2 and fail())
    with pytest.raises(RuntimeError, match="full"):
        write_shapes(reading, made)
    assert state() == before


def refused(obj, match):
    with pytest.raises(BakeError, match=match) as caught:
        check_head(obj)
    assert "\n" not in str(caught.value)


def test_refusals(bare):
    refused(None, "No head is selected")
    refused(bpy.data.objects.new("Light", bpy.data.lights.new("Light", "POINT")), "not a mesh")
    other = bpy.data.objects.new("Other", bare.face.data)
    refused(bare.face, "used by 2 objects")
    bpy.data.objects.remove(other)
    bare.face.data.use_fake_user = True
    assert check_head(bare.face) == bare.face
    bare.face.scale = (1, 0, 1)
    refused(bare.face, "scaled to nothing")
    bare.face.scale = (1, 1, 1)
    bare.face.shape_key_add(name="Basis")
    bare.face.data.shape_keys.use_relative = False
    refused(bare.face, "absolute")
    bpy.context.view_layer.objects.active = bare.face
    bpy.ops.object.mode_set(mode="SCULPT")
    refused(bare.face, "Sculpt Mode")
    bpy.ops.object.mode_set(mode="OBJECT")


def test_linked_meshes_are_refused_and_linked_parts_left_out(bare, tmp_path):
    path = str(tmp_path / "library.blend")
    bpy.data.libraries.write(path, {bare.face, bpy.data.objects["Eyes"]})
    for name in ("Eyes", "Skin"):
        bpy.data.objects.remove(bpy.data.objects[name])
    with bpy.data.libraries.load(path, link=True) as (_, to):
        to.objects = ["Skin", "Eyes"]
    for obj in to.objects:
        bpy.context.scene.collection.objects.link(obj)
    bpy.context.view_layer.update()
    refused(to.objects[0], "linked from another file")
    local = make_bare_head({"Skin": SKIN, "Mouth": (*TEETH, "tongue")})
    reading = read_head(local.face, (to.objects[1], local.parts[0]))
    vertices = {**local.vertices, "Eyes": bare.vertices["Eyes"]}
    report = write_shapes(reading, true_shapes(BareHead(local.objects, vertices), reading))
    assert report.objects == (local.face.name, "Mouth")
    assert any("'Eyes' gets no shapes" in note for note in report.notes)


def test_the_built_in_head_has_nothing_to_be_made():
    obj = create_head(bpy.context.scene.collection)
    bpy.context.view_layer.update()
    reading = read_head(obj)
    assert find_head_parts(obj) == ()
    every = np.arange(load_head().vertex_count)
    before = state_of(obj)
    report = write_shapes(reading, true_shapes(BareHead((obj,), {obj.name: every}), reading))
    assert report.kept == ARKIT_NAMES
    assert report.objects == ()
    assert state_of(obj) == before
