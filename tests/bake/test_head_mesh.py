# SPDX-License-Identifier: GPL-3.0-or-later
"""The built-in head in Blender equals the head of the core."""

import bpy
import numpy as np
import pytest
from soliloquy.bake import bake_motion, create_head, find_target
from soliloquy.bake.head_mesh import to_blender_axes
from soliloquy.core.errors import ModelError
from soliloquy.core.head import PART_COLOURS, load_head
from soliloquy.core.retarget.arkit import ARKIT_INDEX, ARKIT_NAMES

from .heads import make_motion


@pytest.fixture
def built_in():
    return create_head(bpy.context.scene.collection)


def evaluated_vertices(obj):
    bpy.context.view_layer.update()
    mesh = obj.evaluated_get(bpy.context.evaluated_depsgraph_get()).data
    positions = np.empty(len(mesh.vertices) * 3, np.float32)
    mesh.vertices.foreach_get("co", positions)
    return positions.reshape(-1, 3)


def test_all_shapes_and_nothing_missing(built_in):
    keys = built_in.data.shape_keys.key_blocks
    assert [key.name for key in keys] == ["Basis", *ARKIT_NAMES]
    assert all(key.value == 0 for key in keys[1:])
    target = find_target(built_in)
    assert target.missing == ()
    assert target.blocked == ()


def test_mesh_equals_the_head(built_in):
    head = load_head()
    assert evaluated_vertices(built_in) == pytest.approx(to_blender_axes(head.template), abs=1e-6)
    weights = np.zeros(52, np.float32)
    for name, value in {"jawOpen": 0.8, "mouthPucker": 0.3, "eyeBlinkLeft": 1.0}.items():
        weights[ARKIT_INDEX[name]] = value
        built_in.data.shape_keys.key_blocks[name].value = value
    expected = head.template + head.displacement(weights)
    assert evaluated_vertices(built_in) == pytest.approx(to_blender_axes(expected), abs=1e-6)


def test_head_stands_upright_and_faces_the_front_view(built_in):
    positions = evaluated_vertices(built_in)
    marks = positions[load_head().landmarks["face68"]]
    nose, chin, brow = marks[30], marks[8], marks[19]
    assert nose[1] == marks[:, 1].min()  # the nose is foremost: Blender's front is -y
    assert chin[2] < nose[2] < brow[2]
    assert marks[36][0] < 0 < marks[45][0]  # the subject's right eye is at -x


def test_faces_point_outwards(built_in):
    mesh = built_in.data
    skin = [face for face in mesh.polygons if mesh.materials[face.material_index].name.endswith("skin")]
    outward = [face.normal.dot(face.center) > 0 for face in skin]
    assert np.mean(outward) > 0.8


def test_mesh_is_valid_and_smooth(built_in):
    assert not built_in.data.validate()
    assert all(face.use_smooth for face in built_in.data.polygons)


def test_parts_have_their_materials_and_colours(built_in):
    head = load_head()
    materials = built_in.data.materials
    assert [material.name for material in materials] == [
        f"Soliloquy {part.replace('_', ' ')}" for part in head.parts
    ]
    indices = [face.material_index for face in built_in.data.polygons]
    assert indices == head.face_part.tolist()
    for part, material in zip(head.parts, materials, strict=True):
        shader = next(node for node in material.node_tree.nodes if node.type == "BSDF_PRINCIPLED")
        for colour in (material.diffuse_color, shader.inputs["Base Color"].default_value):
            assert colour[:] == pytest.approx((*PART_COLOURS[part], 1))


def test_uvs(built_in):
    head = load_head()
    layer = built_in.data.uv_layers.active
    uvs = np.array([loop.uv[:] for loop in layer.data])
    assert uvs == pytest.approx(head.uvs[head.face_uvs].reshape(-1, 2), abs=1e-6)


def test_turning_the_empty_turns_the_head(built_in):
    """R = Ry(yaw) Rx(-pitch) Rz(roll) in head axes, as FaceMotion.head_rotation is defined."""
    yaw, pitch, roll = 0.4, 0.2, -0.3
    pivot = built_in.parent
    assert pivot.type == "EMPTY"
    pivot.rotation_euler = (-pitch, -roll, yaw)
    bpy.context.view_layer.update()

    def rotation(axis, angle):
        one, two = [index for index in range(3) if index != axis]
        matrix = np.eye(3)
        matrix[one, one] = matrix[two, two] = np.cos(angle)
        sign = -1 if axis != 1 else 1
        matrix[one, two], matrix[two, one] = sign * np.sin(angle), -sign * np.sin(angle)
        return matrix

    head_axes = rotation(1, yaw) @ rotation(0, -pitch) @ rotation(2, roll)
    points = np.random.default_rng(0).normal(size=(5, 3))
    expected = to_blender_axes(points @ head_axes.T)
    world = np.array(built_in.matrix_world)[:3, :3]
    assert to_blender_axes(points) @ world.T == pytest.approx(expected, abs=1e-6)


def test_yaw_turns_to_the_subjects_left(built_in):
    built_in.parent.rotation_euler.z = 0.5
    bpy.context.view_layer.update()
    nose = built_in.data.vertices[load_head().landmarks["face68"][30]].co
    assert (built_in.matrix_world @ nose).x > 0.02


def test_two_heads(built_in):
    other = create_head(bpy.context.scene.collection, location=(1, 0, 0))
    assert other.name != built_in.name
    assert other.data != built_in.data
    bpy.context.view_layer.update()
    assert other.matrix_world.translation[:] == (1, 0, 0)


def test_head_speaks(built_in):
    motion = make_motion()
    report = bake_motion(built_in, motion, start_frame=1, take="hello")
    assert report.warnings == ()
    assert report.movement > 0.005  # metres
    frame = 17
    bpy.context.scene.frame_set(frame)
    weights = motion.weights[frame - 1].copy()
    driven = [*report.keyed, *report.resting]
    weights[[index for name, index in ARKIT_INDEX.items() if name not in driven]] = 0
    head = load_head()
    expected = to_blender_axes(head.template + head.displacement(weights))
    assert evaluated_vertices(built_in) == pytest.approx(expected, abs=1e-5)


def test_missing_head_file_adds_nothing(monkeypatch, tmp_path):
    monkeypatch.setattr("soliloquy.bake.head_mesh.load_head", lambda: load_head(tmp_path / "none.npz"))
    with pytest.raises(ModelError, match=r"none\.npz"):
        create_head(bpy.context.scene.collection)
    assert len(bpy.data.objects) == 0
    assert len(bpy.data.meshes) == 0
