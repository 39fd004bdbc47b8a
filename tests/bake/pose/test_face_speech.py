# SPDX-License-Identifier: GPL-3.0-or-later
"""Real speech on bones: the mouth does what the full set of shape keys does, whatever poses are called."""

from functools import cache

import bpy
import numpy as np
import pytest
from mathutils import Matrix
from soliloquy import samples
from soliloquy.bake import BakeError, bake_motion, create_head
from soliloquy.bake.pose import bake_face_bones, face_mesh_of, measure_poses, read_poses
from soliloquy.core.generate import animate
from soliloquy.core.motion import FaceMotion
from soliloquy.core.retarget.detection import detect
from soliloquy.core.retarget.mapping import RigMapping

from .bone_faces import MODES, all_poses, lips, make_face, pose_of, poses_as_actions, poses_on_markers

FPS = 25.0

OCULUS = {
    "viseme_sil": {},
    "viseme_PP": {
        "mouthPressLeft": 0.5,
        "mouthPressRight": 0.5,
        "mouthRollLower": 0.3,
        "mouthRollUpper": 0.3,
    },
    "viseme_FF": {"mouthRollLower": 0.6, "jawOpen": 0.1, "mouthUpperUpLeft": 0.3, "mouthUpperUpRight": 0.3},
    "viseme_TH": {"jawOpen": 0.2, "mouthLowerDownLeft": 0.2, "mouthLowerDownRight": 0.2},
    "viseme_DD": {"jawOpen": 0.15, "mouthLowerDownLeft": 0.3, "mouthLowerDownRight": 0.3},
    "viseme_kk": {"jawOpen": 0.2, "mouthUpperUpLeft": 0.2, "mouthUpperUpRight": 0.2},
    "viseme_CH": {"mouthFunnel": 0.6, "jawOpen": 0.1},
    "viseme_SS": {"mouthStretchLeft": 0.4, "mouthStretchRight": 0.4, "jawOpen": 0.05},
    "viseme_nn": {"jawOpen": 0.15, "mouthUpperUpLeft": 0.1, "mouthUpperUpRight": 0.1},
    "viseme_RR": {"mouthFunnel": 0.4, "jawOpen": 0.15},
    "viseme_aa": {"jawOpen": 0.6},
    "viseme_E": {"jawOpen": 0.3, "mouthStretchLeft": 0.3, "mouthStretchRight": 0.3},
    "viseme_I": {"jawOpen": 0.2, "mouthSmileLeft": 0.4, "mouthSmileRight": 0.4},
    "viseme_O": {"jawOpen": 0.4, "mouthFunnel": 0.6},
    "viseme_U": {"mouthPucker": 0.8, "jawOpen": 0.1},
}
"""Faces as riggers make them for Oculus' visemes."""


@cache
def speech() -> FaceMotion:
    pytest.importorskip("onnxruntime")
    return animate(samples.SOUND, fps=FPS)


def mouth_of(obj: bpy.types.Object) -> np.ndarray:
    """Lip gap and mouth width (F, 2) that Blender shows in the frames of the speech."""
    rows = []
    for frame in range(1, len(speech()) + 1):
        bpy.context.scene.frame_set(frame)
        mesh = obj.evaluated_get(bpy.context.evaluated_depsgraph_get()).data
        positions = np.empty(len(mesh.vertices) * 3, np.float32)
        mesh.vertices.foreach_get("co", positions)
        rows.append(lips(positions.reshape(-1, 3)))
    return np.array(rows)


@cache
def full_rig() -> np.ndarray:
    """The same of the built-in head with its 52 shape keys."""
    head = create_head(bpy.context.scene.collection, "Full")
    bake_motion(head, speech(), start_frame=1, take="full")
    return mouth_of(head)


def closed_frames() -> np.ndarray:
    """Frames in the middle of m, b and p."""
    middles = [(phone.start + phone.end) / 2 for phone in speech().phones if phone.name in ("M", "B", "P")]
    frames = np.round(np.array(middles) * FPS).astype(int)
    return frames[full_rig()[frames, 0] < 0.001]


def open_frames() -> np.ndarray:
    middles = [
        (phone.start + phone.end) / 2 for phone in speech().phones if phone.name in ("AA", "AE", "AY", "AW")
    ]
    return np.round(np.array(middles) * FPS).astype(int)


def alike(seen: np.ndarray) -> tuple[float, float]:
    """Correlation of lip gap and of mouth width with the full rig."""
    full = full_rig()
    return tuple(float(np.corrcoef(seen[:, column], full[:, column])[0, 1]) for column in range(2))


def check_speaks(seen, gap=0.98, width=0.95):
    """Opens on vowels, closes on m, b and p, and moves as the full rig does."""
    assert len(closed_frames()) > 3
    assert seen[open_frames(), 0].mean() > 0.004
    assert seen[closed_frames(), 0].max() < 0.001
    got = alike(seen)
    assert got[0] > gap
    assert got[1] > width


@pytest.mark.parametrize(("mode", "kind"), list(zip(MODES, ("markers", "assets", "actions"), strict=True)))
def test_poses_named_as_arkit_shapes(mode, kind):
    full_rig()
    obj, face = make_face(mode)
    if kind == "markers":
        poses_on_markers(obj, all_poses(obj))
    else:
        poses_as_actions(obj, all_poses(obj), assets=kind == "assets")
    report = bake_face_bones(obj, speech(), poses=read_poses(obj), start_frame=1, take="line")
    assert {"jaw", "lid.L", "lip.upper", "corner.R"} <= set(report.bones)
    check_speaks(mouth_of(face))


@pytest.mark.parametrize("measured", [False, True])
def test_fifteen_visemes(measured):
    full_rig()
    obj, face = make_face("XYZ")
    poses_on_markers(obj, {name: pose_of(obj, weights) for name, weights in OCULUS.items()})
    library = read_poses(obj)
    assert len(library.names) == 14  # one is the face at rest
    assert sum(bool(row.channel) for row in detect(library.names).keys) == 14
    mapping = RigMapping(detect(library.names).keys, "auto" if measured else "names")
    bake_face_bones(
        obj, speech(), poses=library, mapping=mapping, start_frame=1, take="line", parts=("Mouth",)
    )
    check_speaks(mouth_of(face))


def test_poses_without_meaningful_names_are_measured():
    full_rig()
    obj, face = make_face("QUATERNION")
    poses = {f"Pose {index:02}": pose for index, pose in enumerate(all_poses(obj).values())}
    poses_on_markers(obj, poses)
    library = read_poses(obj)
    assert face_mesh_of(obj, library) == face
    report = bake_face_bones(obj, speech(), poses=library, start_frame=1, take="line")
    assert "lid.L" in report.bones
    check_speaks(mouth_of(face))


def test_measuring_leaves_everything_as_it_was():
    obj, face = make_face("XYZ")
    poses_on_markers(obj, all_poses(obj))
    library = read_poses(obj)
    motion = FaceMotion.still(20, FPS)
    motion.weights[:, 17] = 0.7
    bake_face_bones(obj, motion, poses=library, start_frame=1, take="line")
    obj.pose.bones["lip.upper"].location = (0.1, 0, 0)
    obj.pose.bones["head"].rotation_euler = (0.3, 0.2, 0.1)
    before = (
        [np.array(bone.matrix_basis).tolist() for bone in obj.pose.bones],
        obj.animation_data.action,
        getattr(obj.animation_data, "action_slot", None),
        obj.animation_data.use_nla,
        [scene.name for scene in bpy.data.scenes],
    )
    shapes = measure_poses(obj, face, library)
    after = (
        [np.array(bone.matrix_basis).tolist() for bone in obj.pose.bones],
        obj.animation_data.action,
        getattr(obj.animation_data, "action_slot", None),
        obj.animation_data.use_nla,
        [scene.name for scene in bpy.data.scenes],
    )
    assert after == before
    # Neither the animation nor how the head is turned gets into what poses do.
    fresh, fresh_face = make_face("XYZ", "Fresh")
    again = measure_poses(fresh, fresh_face, library)
    assert shapes.keys == again.keys
    np.testing.assert_allclose(shapes.displacements, again.displacements, atol=1e-5)


def test_poses_that_move_no_mouth():
    """A nod of the whole head and a wink are measured well, and do not speak."""
    obj, _ = make_face()
    nod = {"head": Matrix.Rotation(0.2, 4, "X")}
    wink = pose_of(obj, {"eyeBlinkLeft": 1.0})
    poses_on_markers(obj, {"One": nod, "Two": {"head": Matrix.Translation((0, 0.01, 0))}, "Three": wink})
    library = read_poses(obj)
    options = {"poses": library, "start_frame": 1, "take": "line", "parts": ("Mouth",)}
    with pytest.raises(BakeError, match="The poses of 'Rig' move no mouth"):
        bake_face_bones(obj, speech(), **options)
