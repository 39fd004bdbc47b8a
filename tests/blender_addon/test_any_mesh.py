# SPDX-License-Identifier: GPL-3.0-or-later
"""From a mesh without keys to speech, with nothing in place of anything but the network."""

import bpy
import numpy as np
import pytest
from mathutils import Matrix
from soliloquy.bake import create_head
from soliloquy.blender_addon.job import why_not
from soliloquy.blender_addon.kept_takes import kept_takes
from soliloquy.blender_addon.shape_settings import keep_marks
from soliloquy.core.head import load_head
from soliloquy.core.retarget.arkit import ARKIT_NAMES

from ..bake.heads import curves_of
from .conftest import select

SCALE = 100.0


@pytest.fixture
def stranger():
    """The built-in head as another mesh: fewer triangles, in centimetres, on its side, without keys."""
    head = create_head(bpy.context.scene.collection, "Head")
    while head.data.shape_keys is not None:
        head.shape_key_remove(head.data.shape_keys.key_blocks[-1])
    decimate = head.modifiers.new("Decimate", "DECIMATE")
    decimate.ratio = 0.4
    bpy.context.view_layer.update()
    graph = bpy.context.evaluated_depsgraph_get()
    mesh = bpy.data.meshes.new_from_object(head.evaluated_get(graph))
    obj = bpy.data.objects.new("Stranger", mesh)
    mesh.transform(Matrix(((0, 0, SCALE, 3), (SCALE, 0, 0, 0), (0, SCALE, 0, 0), (0, 0, 0, 1))))
    bpy.context.scene.collection.objects.link(obj)
    bpy.data.objects.remove(head)
    select(obj)
    return obj


def moved(obj, name):
    """(V, 3) what a key does, in metres."""
    keys = obj.data.shape_keys
    places = []
    for key in (keys.key_blocks[name], keys.reference_key):
        flat = np.empty(3 * len(key.points), np.float32)
        key.points.foreach_get("co", flat)
        places.append(flat.reshape(-1, 3))
    return (places[0] - places[1]) / SCALE


def test_keys_are_made_and_speak(stranger, file_source, lively):
    assert "let Make Shape Keys make them" in why_not(bpy.context)
    before = np.array([vertex.co for vertex in stranger.data.vertices])
    assert bpy.ops.soliloquy.make_shape_keys() == {"FINISHED"}
    assert [key.name for key in stranger.data.shape_keys.key_blocks][1:] == list(ARKIT_NAMES)
    np.testing.assert_array_equal([vertex.co for vertex in stranger.data.vertices], before)
    # Of the size and the direction that the built-in head's have.
    head = load_head()
    for name in ("jawOpen", "mouthPucker", "eyeBlinkLeft", "browInnerUp"):
        own, known = moved(stranger, name), head.arkit_deltas[ARKIT_NAMES.index(name)]
        largest = np.linalg.norm(own, axis=1).max()
        assert largest == pytest.approx(np.linalg.norm(known, axis=1).max(), rel=0.25), name
    jaw = moved(stranger, "jawOpen")
    lowest = jaw[np.linalg.norm(jaw, axis=1).argmax()]
    # What was up is the first axis of this mesh.
    assert lowest[0] < -0.5 * np.linalg.norm(lowest)
    assert why_not(bpy.context) is None
    assert bpy.ops.soliloquy.animate_from_audio() == {"FINISHED"}
    assert "jawOpen" in curves_of(stranger)


def test_vertices_move_without_keys(stranger, file_source, lively, tmp_path):
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "shot.blend"))
    bpy.context.scene.soliloquy.output.kind = "cache"
    assert why_not(bpy.context) is None
    assert bpy.ops.soliloquy.animate_from_audio() == {"FINISHED"}
    assert stranger.data.shape_keys is None
    (take,) = kept_takes(stranger)
    assert take.is_shown
    scene = bpy.context.scene
    graph = bpy.context.evaluated_depsgraph_get()
    seen = []
    for frame in (1 - 24, 1 + 25):
        scene.frame_set(frame)
        flat = np.empty(3 * len(stranger.data.vertices), np.float32)
        stranger.evaluated_get(graph).data.vertices.foreach_get("co", flat)
        seen.append(flat.reshape(-1, 3) / SCALE)
    far = np.linalg.norm(seen[1] - seen[0], axis=1)
    assert 0.005 < far.max() < 0.06
    assert np.median(far) < 0.001


SUZANNE = {
    "eye_outer_right": (-0.56, -0.7, 0.35),
    "eye_inner_right": (-0.23, -0.82, 0.24),
    "eye_inner_left": (0.23, -0.82, 0.24),
    "eye_outer_left": (0.56, -0.7, 0.35),
    "nose_tip": (0.0, -0.8, -0.1),
    "mouth_right": (-0.25, -0.39, -0.5),
    "mouth_left": (0.25, -0.39, -0.5),
    "chin": (0.0, -0.69, -0.89),
}


def test_marks_lead_to_a_face_that_is_like_no_humans():
    bpy.ops.mesh.primitive_monkey_add()
    monkey = bpy.context.object
    keep_marks(monkey, SUZANNE)
    assert bpy.ops.soliloquy.make_shape_keys() == {"FINISHED"}
    at = np.array([vertex.co for vertex in monkey.data.vertices])

    def around(mark, key):
        far = np.linalg.norm(moved(monkey, key), axis=1)
        return far[np.linalg.norm(at - SUZANNE[mark], axis=1) < 0.25].max()

    assert around("chin", "jawOpen") > 4 * around("eye_inner_left", "jawOpen")
    for side, other in (("left", "right"), ("right", "left")):
        blink = f"eyeBlink{side.capitalize()}"
        assert around(f"eye_inner_{side}", blink) > 4 * around(f"eye_outer_{other}", blink)
        assert around(f"eye_inner_{side}", blink) > 4 * around("chin", blink)
