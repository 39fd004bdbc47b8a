# SPDX-License-Identifier: GPL-3.0-or-later
"""Poses are read as riggers leave them: on pose markers, as assets, as actions, on frames with markers."""

import bpy
import numpy as np
import pytest
from mathutils import Matrix
from soliloquy.bake import BakeError
from soliloquy.bake.pose import PoseSource, pose_sources, read_poses
from soliloquy.core.head_rotation import degrees_between, matrices_from_quaternions

from .bone_faces import MODES, VISEMES, all_poses, key_pose, make_face, poses_as_actions, poses_on_markers
from .rigs import make_armature

JAW = Matrix.Rotation(0.4, 4, "X")
LIP = Matrix.Translation((0.01, 0.02, -0.03))


def two_bones(mode="QUATERNION"):
    obj = make_armature([("jaw", (0, 0, 0), (0, -0.1, 0), ""), ("lip", (0, -0.1, 0), (0, -0.12, 0), "jaw")])
    for bone in obj.pose.bones:
        bone.rotation_mode = mode
    return obj


def state(obj):
    """What reading must leave alone."""
    bones = {bone.name: np.array(bone.matrix_basis).tolist() for bone in obj.pose.bones}
    playing = obj.animation_data.action if obj.animation_data else None
    return bones, playing, bpy.context.scene.frame_current, [each.name for each in bpy.data.actions]


def check_is(library, name, bone, matrix):
    """A pose does to a bone what a matrix at rest says, to 1e-5."""
    row, column = library.names.index(name), library.bones.index(bone)
    np.testing.assert_allclose(library.poses.locations[row, column], matrix.to_translation(), atol=1e-5)
    turn = np.array(matrix.to_quaternion().to_matrix())
    seen = matrices_from_quaternions(library.poses.rotations[row, column])
    assert degrees_between(seen, turn) < np.degrees(1e-5)
    np.testing.assert_allclose(library.poses.scales[row, column], matrix.to_scale(), atol=1e-5)


@pytest.mark.parametrize("kind", ["MARKERS", "ASSETS", "ACTIONS", "TIMELINE"])
@pytest.mark.parametrize("mode", [*MODES, "ZYX"])
def test_every_pose_of_a_face_is_read_as_it_was_made(mode, kind):
    obj, _ = make_face(mode)
    poses = all_poses(obj)
    if kind == "MARKERS":
        poses_on_markers(obj, poses)
    elif kind == "TIMELINE":
        action = poses_on_markers(obj, poses)
        for marker in action.pose_markers:
            bpy.context.scene.timeline_markers.new(marker.name, frame=marker.frame)
        action.pose_markers.clear() if hasattr(action.pose_markers, "clear") else [
            action.pose_markers.remove(each) for each in list(action.pose_markers)
        ]
        obj.animation_data.action = action
    else:
        poses_as_actions(obj, poses, assets=kind == "ASSETS")
    before = state(obj)
    source = pose_sources(obj)[0]
    assert source.kind == kind
    library = read_poses(obj)
    assert state(obj) == before
    assert set(library.names) == set(VISEMES)
    assert library.notes == ()
    for name, pose in poses.items():
        for bone in library.bones:
            check_is(library, name, bone, pose.get(bone, Matrix.Identity(4)))


def test_what_a_pose_does_not_key_is_at_rest():
    obj = two_bones()
    poses_on_markers(
        obj, {"jawOpen": {"jaw": JAW}, "mouthPucker": {"lip": LIP}, "mouthLeft": {"jaw": JAW @ LIP}}
    )
    library = read_poses(obj)
    check_is(library, "mouthPucker", "jaw", Matrix.Identity(4))
    check_is(library, "jawOpen", "lip", Matrix.Identity(4))
    check_is(library, "mouthLeft", "jaw", Matrix.Translation(JAW @ LIP.to_translation()) @ JAW)


@pytest.mark.parametrize("name", ["rest", "Basis", "Rest Pose", "viseme_sil", "neutral", "Hero neutral face"])
def test_a_pose_of_a_face_at_rest_is_the_zero(name):
    obj = two_bones("XYZ")
    zero = Matrix.Rotation(0.1, 4, "X")
    poses_on_markers(
        obj,
        {"jawOpen": {"jaw": zero @ JAW}, name: {"jaw": zero, "lip": LIP}, "mouthPucker": {"lip": LIP @ LIP}},
    )
    library = read_poses(obj)
    assert library.names == ("jawOpen", "mouthPucker")
    check_is(library, "jawOpen", "jaw", JAW)
    check_is(library, "mouthPucker", "lip", LIP)
    # What the pose of the jaw does not key is as in the zero.
    check_is(library, "jawOpen", "lip", Matrix.Identity(4))
    np.testing.assert_allclose(
        library.zero.locations[library.bones.index("lip")], LIP.to_translation(), atol=1e-6
    )
    shown = library.blend([[1.0, 0.0]])
    turn = matrices_from_quaternions(shown.rotations[0, library.bones.index("jaw")])
    assert degrees_between(turn, np.array((zero @ JAW).to_3x3())) < 1e-3


def test_x_is_at_rest_among_the_mouths_of_preston_blair_only():
    obj = two_bones()
    mouths = {
        letter: {"jaw": Matrix.Rotation(0.1 * index + 0.05, 4, "X")} for index, letter in enumerate("ABCDEF")
    }
    poses_on_markers(obj, mouths | {"X": {"jaw": Matrix.Rotation(0.02, 4, "X")}})
    assert read_poses(obj).names == tuple("ABCDEF")
    bpy.data.actions.remove(bpy.data.actions["Poses"])
    poses_on_markers(obj, {"jawOpen": {"jaw": JAW}, "X": {"lip": LIP}})
    assert read_poses(obj).names == ("jawOpen", "X")


def test_a_bone_that_all_poses_hold_alike_is_no_part_of_the_face():
    obj = two_bones()
    poses_on_markers(
        obj,
        {
            name: {"lip": LIP, "jaw": Matrix.Rotation(angle, 4, "X")}
            for name, angle in {"jawOpen": 0.4, "mouthFunnel": 0.2, "mouthPucker": 0.1}.items()
        },
    )
    assert read_poses(obj).bones == ("jaw",)


def test_of_an_action_of_several_frames_the_farthest_is_the_pose():
    obj = two_bones()
    for name in ("jawOpen", "mouthPucker"):
        action = bpy.data.actions.new(name)
        for frame, share in ((1, 0.0), (5, 1.0), (9, 0.3)):
            key_pose(obj, action, frame, {"jaw": Matrix.Rotation(0.4 * share + 1e-3, 4, "X")})
    check_is(read_poses(obj), "jawOpen", "jaw", Matrix.Rotation(0.401, 4, "X"))


def test_poses_made_in_another_rotation_mode_are_meant_in_it():
    obj = two_bones("XYZ")
    poses_on_markers(obj, {"jawOpen": {"jaw": JAW}, "mouthPucker": {"lip": LIP}})
    obj.pose.bones["jaw"].rotation_mode = "QUATERNION"
    check_is(read_poses(obj), "jawOpen", "jaw", JAW)


def test_poses_of_another_armature_with_the_same_bones():
    maker, obj = two_bones(), two_bones()
    poses_on_markers(maker, {"jawOpen": {"jaw": JAW}, "mouthPucker": {"lip": LIP}})
    bpy.data.objects.remove(maker)
    check_is(read_poses(obj), "jawOpen", "jaw", JAW)


def test_bones_that_are_not_there_and_other_properties_are_told():
    obj = two_bones()
    action = poses_on_markers(obj, {"jawOpen": {"jaw": JAW}, "mouthPucker": {"lip": LIP}})
    obj.pose.bones["jaw"]["open"] = 0.0
    obj.animation_data.action = action
    obj.pose.bones["jaw"].keyframe_insert('["open"]', frame=3)
    obj.data.bones["lip"].name = "Lip"
    poses_as_actions(obj, {"mouthFunnel": {"Lip": LIP}}, assets=False)
    source = PoseSource("MARKERS", ("Poses",))
    # Blender renames the bone in the keys too, so one that is gone is made by removing it.
    bpy.context.view_layer.objects.active = obj
    bpy.ops.object.mode_set(mode="EDIT")
    obj.data.edit_bones.remove(obj.data.edit_bones["Lip"])
    bpy.ops.object.mode_set(mode="OBJECT")
    library = read_poses(obj, source)
    assert library.names == ("jawOpen",)
    missing, others, idle = library.notes
    assert "'Rig'" in missing
    assert "Lip" in missing
    assert 'jaw: ["open"]' in others or "open" in others
    assert "mouthPucker" in idle


def test_the_source_that_knows_most_names_comes_first():
    obj = two_bones()
    poses_on_markers(obj, {"shot 1": {"jaw": JAW}, "shot 2": {"lip": LIP}}, "Walk")
    poses_on_markers(obj, {"jawOpen": {"jaw": JAW}, "mouthPucker": {"lip": LIP}}, "Face")
    assert pose_sources(obj)[0] == PoseSource("MARKERS", ("Face",))
    assert str(PoseSource("MARKERS", ("Face",))) == "markers Face"


def test_markers_of_speech_over_an_animation_are_no_poses():
    obj = two_bones()
    walk = bpy.data.actions.new("Walk")
    for frame in range(0, 60, 2):
        key_pose(obj, walk, frame, {"jaw": Matrix.Rotation(0.01 * frame, 4, "X")})
    obj.animation_data.action = walk
    for frame, name in ((4, "AA"), (10, "M"), (20, "jawOpen"), (30, "mouthPucker")):
        bpy.context.scene.timeline_markers.new(name, frame=frame)
    assert pose_sources(obj) == ()
    # Whoever means it may still say so.
    assert len(read_poses(obj, PoseSource("TIMELINE", ("Walk",))).names) == 4
    poses_on_markers(obj, {"jawOpen": {"jaw": JAW}, "mouthPucker": {"lip": LIP}})
    assert pose_sources(obj) == (PoseSource("MARKERS", ("Poses",)),)


def test_no_poses():
    with pytest.raises(BakeError, match="No poses of a face were found for 'Rig': make an action"):
        read_poses(two_bones())


def test_poses_that_move_nothing():
    obj = two_bones()
    action = poses_on_markers(obj, {"jawOpen": {"jaw": JAW}, "mouthPucker": {"lip": LIP}})
    for marker in action.pose_markers:
        marker.frame += 4
    with pytest.raises(
        BakeError, match=r"None of the 2 poses of 'Rig' \(jawOpen, mouthPucker\) moves a bone"
    ):
        read_poses(obj)


def test_poses_of_other_bones():
    maker, obj = two_bones(), make_armature([("hips", (0, 0, 0), (0, 0, 1), "")])
    poses_on_markers(maker, {"jawOpen": {"jaw": JAW}, "mouthPucker": {"lip": LIP}})
    with pytest.raises(BakeError, match=r"None of the bones of the poses \(jaw, lip\) is in 'Rig.001'"):
        read_poses(obj, PoseSource("MARKERS", ("Poses",)))
    assert pose_sources(obj) == ()


def test_an_action_that_is_gone_and_an_object_without_bones():
    obj = two_bones()
    with pytest.raises(BakeError, match="There is no action 'Poses' to read poses from"):
        read_poses(obj, PoseSource("MARKERS", ("Poses",)))
    with pytest.raises(BakeError, match="of type empty, not an armature"):
        read_poses(bpy.data.objects.new("Nobody", None))
