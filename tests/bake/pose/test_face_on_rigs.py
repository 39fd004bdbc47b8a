# SPDX-License-Identifier: GPL-3.0-or-later
"""Faces made of bones in rigs as they are: above NLA strips, behind control rigs, from a library."""

from dataclasses import replace

import bpy
import numpy as np
import pytest
from mathutils import Matrix
from soliloquy.bake import BakeError, Carrier, HeadRig, bake_pose
from soliloquy.bake.pose import bake_face_bones, face_mesh_of, pose_sources, read_poses
from soliloquy.core.head import lip_gap_model
from soliloquy.core.retarget.detection import detect

from .bone_faces import all_poses, lips, make_face, poses_on_markers
from .rigs import make_armature, make_pose
from .small_faces import BONES, POSES, bake, basis, held, small_face, speaking


def push_body(obj):
    """A body animation in an NLA strip: the jaw and the hand turn."""
    action = bpy.data.actions.new("Body")
    obj.animation_data.action = action
    for name in ("jaw", "hand"):
        bone = obj.pose.bones[name]
        for frame, angle in ((-50, 0.1), (150, 0.3)):
            bone.rotation_quaternion = Matrix.Rotation(angle, 3, "Z").to_quaternion()
            bone.keyframe_insert("rotation_quaternion", frame=frame)
    track = obj.animation_data.nla_tracks.new()
    track.strips.new("Body", -50, action)
    obj.animation_data.action = None
    return obj


def test_above_strips_the_face_takes_their_place_while_it_speaks():
    obj = push_body(small_face())
    before = {name: basis(obj, name, 120) for name in ("jaw", "hand")}
    hand = basis(obj, "hand", 20)
    report = bake(obj, held(40, jawOpen=1.0))
    assert report.warnings == ()
    np.testing.assert_allclose(basis(obj, "jaw", 20), np.array(POSES["jawOpen"]["jaw"]), atol=1e-5)
    np.testing.assert_allclose(basis(obj, "hand", 20), hand, atol=1e-6)
    for name, seen in before.items():
        np.testing.assert_allclose(basis(obj, name, 120), seen, atol=1e-6)


def test_a_face_beside_a_head_that_is_added_to_strips():
    obj = push_body(small_face())
    strips = basis(obj, "jaw", 20)
    motion = replace(held(40, jawOpen=1.0), head_rotation=make_pose(40).head_rotation)
    rig = HeadRig(Carrier(obj.name, "head"), facing="-Y")
    bake_pose(
        rig, motion, start_frame=1, take="line", parts=("Head",), mode="add", then=lambda: bake(obj, motion)
    )
    assert obj.animation_data.action_blend_type == "COMBINE"
    # What the strips do to the jaw goes on beneath, as was asked of the head.
    np.testing.assert_allclose(basis(obj, "jaw", 20), strips @ np.array(POSES["jawOpen"]["jaw"]), atol=1e-5)


def test_a_control_rig_whose_deforming_armature_is_another():
    control = make_armature(BONES, "Control")
    deform = make_armature(BONES, "Deform")
    for name, *_ in BONES:
        copy = deform.pose.bones[name].constraints.new("COPY_TRANSFORMS")
        copy.target, copy.subtarget = control, name
    mesh = bpy.data.meshes.new("Face")
    mesh.from_pydata([(0, -0.1, 0), (0.01, -0.1, 0), (0, -0.1, 0.01)], [], [(0, 1, 2)])
    face = bpy.data.objects.new("Face", mesh)
    bpy.context.scene.collection.objects.link(face)
    face.vertex_groups.new(name="jaw").add([0, 1, 2], 1.0, "REPLACE")
    face.modifiers.new("Armature", "ARMATURE").object = deform
    poses_on_markers(control, POSES)
    assert face_mesh_of(control, read_poses(control)) == face
    assert bake(control, speaking()).movement > 0.01
    # The deforming bones themselves show nothing of their own.
    library = read_poses(deform)
    with pytest.raises(
        BakeError, match=r"No bone of the face of 'Deform' can be animated: 'jaw' \(its constraint"
    ):
        bake(deform, speaking(), poses=library, parts=("Mouth",))


def test_an_armature_from_a_library(tmp_path):
    obj = small_face()
    face = bpy.data.objects["Face"]
    library = read_poses(obj)
    path = str(tmp_path / "rig.blend")
    bpy.data.libraries.write(path, {obj, face, bpy.data.actions["Poses"]}, fake_user=True)
    bpy.ops.wm.read_homefile(use_empty=True, use_factory_startup=True)
    with bpy.data.libraries.load(path, link=True) as (_, into):
        into.objects, into.actions = ["Rig", "Face"], ["Poses"]
    linked, face = into.objects
    for each in (linked, face):
        bpy.context.scene.collection.objects.link(each)
    with pytest.raises(BakeError, match="is linked from another file"):
        bake(linked, speaking(), poses=library)
    override = linked.override_create(remap_local_usages=True)
    face.override_create(remap_local_usages=True)
    assert [source.kind for source in pose_sources(override)] == ["MARKERS"]
    report = bake(override, held(10, jawOpen=1.0))
    assert bpy.data.actions[report.action].library is None
    np.testing.assert_allclose(basis(override, "jaw", 5), np.array(POSES["jawOpen"]["jaw"]), atol=1e-5)


def test_two_armatures_of_one_library_of_poses():
    one, other = small_face(), small_face()
    for obj in (one, other):
        bake(obj, held(10, jawOpen=1.0), poses=read_poses(one))
    assert one.animation_data.action != other.animation_data.action
    for obj in (one, other):
        np.testing.assert_allclose(basis(obj, "jaw", 5), np.array(POSES["jawOpen"]["jaw"]), atol=1e-5)


def test_reduced_keys_keep_closed_lips_closed():
    """On the mesh, with an error that would part the lips."""
    obj, face = make_face("QUATERNION")
    poses_on_markers(obj, all_poses(obj))
    library = read_poses(obj)
    frames = np.arange(100)
    motion = held(100)
    opening = np.clip(np.sin(frames * 0.35), 0, 1) * 0.6
    motion.weights[:, 17] = opening
    mapping = replace(detect(library.names).mapping, method="names")
    gaps = {}
    for error in (None, 0.1):
        bake_face_bones(
            obj,
            motion,
            poses=library,
            mapping=mapping,
            start_frame=1,
            take="line",
            parts=("Mouth",),
            key_reduction=error,
        )
        seen = []
        for frame in frames.tolist():
            bpy.context.scene.frame_set(frame + 1)
            mesh = face.evaluated_get(bpy.context.evaluated_depsgraph_get()).data
            positions = np.empty(len(mesh.vertices) * 3, np.float32)
            mesh.vertices.foreach_get("co", positions)
            seen.append(lips(positions.reshape(-1, 3))[0])
        gaps[error] = np.array(seen)
    closed = lip_gap_model().heights(motion.weights) < lip_gap_model().closed
    assert 20 < closed.sum() < 80
    assert gaps[None][closed].max() < lip_gap_model().closed + 2e-4
    assert gaps[0.1][closed].max() < lip_gap_model().closed + 2e-4
    assert np.abs(gaps[0.1] - gaps[None]).max() > 1e-4
