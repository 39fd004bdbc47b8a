# SPDX-License-Identifier: GPL-3.0-or-later
"""A face made of bones does what its poses say, beside head and eyes, and everything else stays as it was."""

from dataclasses import replace

import bpy
import numpy as np
import pytest
from mathutils import Matrix
from soliloquy.bake import Carrier, HeadRig, bake_pose
from soliloquy.bake.action import assigned_channels, channels_in
from soliloquy.bake.pose import read_poses
from soliloquy.core.head_rotation import degrees_between
from soliloquy.core.motion import FaceMotion
from soliloquy.core.retarget.arkit import ARKIT_INDEX
from soliloquy.core.retarget.mapping import MappedKey, RigMapping

from .bone_faces import MODES, all_poses, key_pose, lips, make_face, poses_as_actions, poses_on_markers
from .rigs import make_pose
from .small_faces import (
    POSES,
    bake,
    basis,
    groups_of,
    held,
    keys_of,
    small_face,
    speaking,
    whole_state,
)


@pytest.mark.parametrize("mode", [*MODES, "YZX"])
def test_one_pose_alone_is_that_pose(mode):
    obj, _ = make_face(mode)
    poses = all_poses(obj)
    poses_on_markers(obj, poses)
    library = read_poses(obj)
    for name in ("jawOpen", "mouthSmileLeft", "mouthFunnel", "eyeBlinkLeft"):
        obj.animation_data.action = None
        for bone in obj.pose.bones:
            bone.matrix_basis = Matrix.Identity(4)
        report = bake(obj, held(10, **{name: 1.0}), poses=library, parts=("Mouth", "Blink"))
        assert report.poses == (name,)
        assert report.warnings == ()
        assert {bone.rotation_mode for bone in obj.pose.bones} == {mode}
        for bone in library.bones:
            asked = np.array(poses[name].get(bone, Matrix.Identity(4)))
            seen = basis(obj, bone, 5)
            np.testing.assert_allclose(seen[:3, 3], asked[:3, 3], atol=1e-5)
            assert degrees_between(seen[:3, :3], asked[:3, :3]) < np.degrees(1e-5)


def test_scales_and_a_face_that_rests_elsewhere():
    obj = small_face(
        "XYZ",
        {
            "rest": {"jaw": Matrix.Rotation(0.1, 4, "X")},
            "jawOpen": {"jaw": Matrix.Rotation(0.5, 4, "X") @ Matrix.Diagonal((1, 1.5, 1, 1))},
            "mouthPucker": {"lip": Matrix.Diagonal((0.5, 1, 1, 1))},
            "mouthClose": {"lip": Matrix.Diagonal((0.9, 1, 1, 1))},
        },
    )
    bake(obj, held(10, jawOpen=1.0, mouthPucker=0.5), parts=("Mouth",))
    asked = np.array(Matrix.Rotation(0.5, 4, "X") @ Matrix.Diagonal((1, 1.5, 1, 1)))
    np.testing.assert_allclose(basis(obj, "jaw", 5), asked, atol=1e-5)
    np.testing.assert_allclose(basis(obj, "lip", 5), np.diag((0.5**0.5, 1, 1, 1)), atol=1e-5)
    places = {(path.rpartition(".")[2], index) for path, index in assigned_channels(obj)}
    # Only what poses use has keys.
    assert places == {("rotation_euler", 0), ("scale", 1), ("scale", 0)}


def test_groups_are_parts_and_nothing_else_is_keyed():
    obj = small_face()
    report = bake(obj, speaking())
    assert groups_of(obj) == {"Mouth": {"jaw", "lip"}, "Brows": {"brow"}}
    assert report.bones == ("jaw", "lip", "brow")
    assert report.action == "line Rig"
    assert obj.animation_data.action.name == report.action
    assert report.key_count == sum(len(keys) for keys in keys_of(obj).values())
    assert report.movement > 0.03
    assert (report.first_frame, report.last_frame) == (1, 50)


def test_a_bone_of_two_parts_holds_both_whichever_is_baked_last():
    motion = speaking()
    together, apart = small_face(), small_face()
    bake(together, motion)
    bake(apart, motion, parts=("Mouth",))
    bake(apart, motion, parts=("Brows",))
    other = speaking(names=("browInnerUp", "jawOpen", "mouthPucker"))
    for frame in (5, 20, 44):
        np.testing.assert_allclose(basis(apart, "lip", frame), basis(together, "lip", frame), atol=1e-5)
    # The mouth anew takes the brows along as they are.
    bake(apart, other, parts=("Mouth",))
    expected = small_face()
    mixed = FaceMotion.still(50, 25.0)
    mixed.weights[:] = other.weights
    mixed.weights[:, ARKIT_INDEX["browInnerUp"]] = motion.weights[:, ARKIT_INDEX["browInnerUp"]]
    bake(expected, mixed)
    for frame in (5, 20, 44):
        np.testing.assert_allclose(basis(apart, "lip", frame), basis(expected, "lip", frame), atol=1e-5)
        np.testing.assert_allclose(basis(apart, "brow", frame), basis(expected, "brow", frame), atol=1e-5)


def test_poses_that_key_every_bone_by_next_to_nothing():
    still = Matrix.Translation((1e-5, 0, 0)) @ Matrix.Rotation(1e-4, 4, "Y")
    poses = {
        name: {bone: pose.get(bone, still) for bone in ("jaw", "lip", "brow")}
        for name, pose in {**POSES, "browInnerUp": {"brow": Matrix.Translation((0, 0.01, 0))}}.items()
    }
    obj = small_face(poses=poses)
    assert bake(obj, speaking(), parts=("Brows",)).bones == ("brow",)
    bake(obj, speaking())
    assert groups_of(obj) == {"Mouth": {"jaw", "lip"}, "Brows": {"brow"}}


def test_the_same_again_is_the_same():
    obj = small_face()
    bake(obj, speaking())
    before = keys_of(obj)
    bake(obj, speaking())
    assert keys_of(obj) == before


def test_a_shorter_motion_gives_the_rest_back():
    obj, once = small_face(), small_face()
    bake(obj, speaking(80))
    bake(obj, speaking(30))
    bake(once, speaking(30))
    assert keys_of(obj) == keys_of(once)


def test_a_range_replaces_only_its_frames():
    obj = small_face("XYZ")
    bake(obj, speaking())
    before = keys_of(obj)
    bake(obj, held(50, jawOpen=0.5), frame_range=(20, 30))
    for name, keys in keys_of(obj).items():
        same = [key for key in before[name] if not 20 <= key[0] <= 30]
        assert [key[:2] for key in keys if not 20 <= key[0] <= 30] == [key[:2] for key in same]
    np.testing.assert_allclose(basis(obj, "jaw", 25), np.array(Matrix.Rotation(0.2, 4, "X")), atol=1e-5)
    np.testing.assert_allclose(basis(obj, "lip", 25), np.eye(4), atol=1e-5)


def test_hand_made_keys_give_way_and_come_back():
    obj = small_face("XYZ")
    action = bpy.data.actions.new("By hand")
    obj.animation_data.action = action
    jaw, hand = obj.pose.bones["jaw"], obj.pose.bones["hand"]
    for frame, angle in ((-20, 0.3), (20, 0.1), (100, 0.2)):
        jaw.rotation_euler = (angle, 0, 0)
        jaw.keyframe_insert("rotation_euler", frame=frame)
        hand.rotation_euler = (0, angle, 0)
        hand.keyframe_insert("rotation_euler", frame=frame)
    before = keys_of(obj)
    far = basis(obj, "jaw", -10), basis(obj, "jaw", 80)
    bake(obj, speaking())
    assert obj.animation_data.action == action
    angle = float(0.4 * speaking().weights[16, ARKIT_INDEX["jawOpen"]])
    np.testing.assert_allclose(basis(obj, "jaw", 17), np.array(Matrix.Rotation(angle, 4, "X")), atol=1e-5)
    for frame, seen in zip((-10, 80), far, strict=True):
        np.testing.assert_allclose(basis(obj, "jaw", frame), seen, atol=1e-4)
    after = keys_of(obj)
    assert all(after[name] == keys for name, keys in before.items() if '"hand"' in name[0])
    # A motion that leaves the jaw alone gives it back to the last handle.
    bake(obj, speaking(names=("mouthPucker",)))
    assert {name: keys for name, keys in keys_of(obj).items() if "lip" not in name[0]} == before


def test_the_face_comes_to_rest_after_the_motion():
    obj = small_face()
    bake(obj, held(25, jawOpen=1.0))
    angles = [
        float(degrees_between(np.eye(3), basis(obj, "jaw", frame)[:3, :3])) for frame in (25, 27, 29, 40)
    ]
    assert angles[0] == pytest.approx(np.degrees(0.4), abs=1e-3)
    assert angles[0] > angles[1] > angles[2] == pytest.approx(0, abs=1e-3) == angles[3]


def test_a_bone_that_was_posed_and_left_so_comes_to_rest():
    obj = small_face()
    for name in ("lip", "hand"):
        obj.pose.bones[name].location = (0.02, 0.01, 0)
    report = bake(obj, held(25, jawOpen=1.0))
    assert report.bones == ("jaw", "lip")
    np.testing.assert_allclose(basis(obj, "lip", 10), np.eye(4), atol=1e-6)
    np.testing.assert_allclose(basis(obj, "hand", 10)[:3, 3], (0.02, 0.01, 0), atol=1e-6)
    assert len(keys_of(obj)['pose.bones["lip"].location', 0]) == 2


def test_another_rotation_mode_since_the_last_time():
    obj = small_face("QUATERNION")
    bake(obj, speaking())
    obj.pose.bones["jaw"].rotation_mode = "XYZ"
    bake(obj, held(10, jawOpen=1.0))
    np.testing.assert_allclose(basis(obj, "jaw", 5), np.array(POSES["jawOpen"]["jaw"]), atol=1e-5)
    assert {path for path, _ in assigned_channels(obj) if "jaw" in path} == {
        'pose.bones["jaw"].rotation_euler'
    }


def test_eyes_that_poses_turn():
    looks = {
        f"eyeLook{way}{side}": {"brow" if side == "Left" else "hand": Matrix.Rotation(angle, 4, axis)}
        for side in ("Left", "Right")
        for way, angle, axis in (("Up", 0.3, "X"), ("Down", -0.3, "X"), ("In", 0.4, "Z"), ("Out", -0.4, "Z"))
    }
    obj = small_face("XYZ", {"jawOpen": POSES["jawOpen"], "mouthClose": POSES["mouthClose"]} | looks)
    bake(obj, held(30, eyeLookUpLeft=0.5, jawOpen=1.0), parts=("Gaze",))
    assert groups_of(obj) == {"Gaze": {"brow"}}
    np.testing.assert_allclose(basis(obj, "brow", 10), np.array(Matrix.Rotation(0.15, 4, "X")), atol=1e-5)
    bake(obj, held(30, eyeLookInLeft=1.0), parts=("Gaze",))
    np.testing.assert_allclose(basis(obj, "brow", 10), np.array(Matrix.Rotation(0.4, 4, "Z")), atol=1e-5)
    # The same eyes as carriers of the gaze: whoever is baked last has them.
    rig = HeadRig(left_eye=Carrier(obj.name, "brow"), facing="-Y")
    bake_pose(rig, make_pose(30), start_frame=1, take="line", parts=("Gaze",))
    bake(obj, held(30, eyeLookInLeft=1.0), parts=("Gaze",))
    np.testing.assert_allclose(basis(obj, "brow", 10), np.array(Matrix.Rotation(0.4, 4, "Z")), atol=1e-5)


def test_two_sounds_in_one_action():
    obj = small_face()
    bake(obj, speaking(), take="one")
    first = {frame: basis(obj, "jaw", frame) for frame in (3, 20, 50)}
    bake(obj, held(20, jawOpen=1.0), take="two", start_frame=200)
    for frame, seen in first.items():
        np.testing.assert_allclose(basis(obj, "jaw", frame), seen, atol=1e-6)
    assert degrees_between(np.eye(3), basis(obj, "jaw", 210)[:3, :3]) == pytest.approx(
        np.degrees(0.4), abs=1e-3
    )


@pytest.mark.parametrize("error", [0.01, 0.05])
def test_fewer_keys_stay_within_the_error(error):
    dense, reduced = small_face(), small_face()
    motion = speaking(120)
    every = bake(dense, motion).key_count
    assert bake(reduced, motion, key_reduction=error).key_count < 0.7 * every
    for frame in range(1, 121, 4):
        turn = degrees_between(basis(dense, "jaw", frame)[:3, :3], basis(reduced, "jaw", frame)[:3, :3])
        assert turn <= np.degrees(0.4) * error + 1e-3
        apart = np.abs(basis(dense, "lip", frame) - basis(reduced, "lip", frame))
        assert apart.max() <= 0.03 * error + 1e-6


def test_head_and_face_share_an_action():
    obj = small_face()
    rig = HeadRig(Carrier(obj.name, "head"), facing="-Y")
    motion = replace(speaking(), head_rotation=make_pose().head_rotation)
    reports = []
    bake_pose(
        rig,
        motion,
        start_frame=1,
        take="line",
        parts=("Head",),
        then=lambda: reports.append(bake(obj, motion)),
    )
    alone = small_face()
    bake(alone, motion)
    for frame in (4, 30):
        np.testing.assert_allclose(basis(obj, "jaw", frame), basis(alone, "jaw", frame), atol=1e-6)
    assert reports[0].action == "line Rig"
    assert set(groups_of(obj)) == {"Head", "Mouth", "Brows"}
    both = keys_of(obj)
    # Each again leaves the other alone.
    bake_pose(rig, motion, start_frame=1, take="line", parts=("Head",))
    assert keys_of(obj) == both
    bake(obj, motion)
    assert keys_of(obj) == both


def test_bones_that_carry_the_head_are_left_to_it():
    poses = POSES | {
        "mouthLeft": {"head": Matrix.Rotation(0.1, 4, "Y"), "lip": Matrix.Translation((0.01, 0, 0))}
    }
    obj = small_face(poses=poses)
    motion = replace(speaking(), head_rotation=make_pose().head_rotation)
    bake_pose(
        HeadRig(Carrier(obj.name, "head"), facing="-Y"), motion, start_frame=1, take="line", parts=("Head",)
    )
    before = {name: keys for name, keys in keys_of(obj).items() if '"head"' in name[0]}
    report = bake(obj, motion)
    assert any("left to them: 'head'" in line for line in report.warnings)
    assert {name: keys for name, keys in keys_of(obj).items() if '"head"' in name[0]} == before


def test_everything_is_taken_back_on_an_error():
    obj = small_face()
    bake(obj, speaking())
    obj.pose.bones["lip"].location = (0.1, 0.2, 0.3)
    before = whole_state(obj)

    def fail():
        raise RuntimeError("told to")

    with pytest.raises(RuntimeError):
        bake(obj, held(70, jawOpen=1.0, browInnerUp=1.0), then=fail)
    assert whole_state(obj) == before
    fresh = small_face()
    before = whole_state(fresh)
    with pytest.raises(RuntimeError):
        bake(fresh, speaking(), then=fail)
    assert whole_state(fresh) == before


def test_a_mapping_has_its_way():
    obj = small_face("XYZ")
    mapping = RigMapping(
        (
            MappedKey("jawOpen", "mouthFunnel", gain=1.5),
            MappedKey("mouthPucker", "mouthPucker", use=False),
            MappedKey("of another rig", "jawOpen"),
        )
    )
    report = bake(obj, held(10, mouthFunnel=1.0, mouthPucker=1.0), mapping=mapping, parts=("Mouth",))
    assert report.bones == ("jaw",)
    np.testing.assert_allclose(basis(obj, "jaw", 5), np.array(Matrix.Rotation(0.6, 4, "X")), atol=1e-5)


def test_a_renamed_bone_keeps_what_was_put_aside():
    obj = small_face("XYZ")
    bake(obj, speaking(80))
    obj.data.bones["jaw"].name = "Jaw Control"
    assert '"jaw"' not in str(list(assigned_channels(obj)))
    # Blender renames bones in the action that is played; a rigger does it in the library.
    for curve in channels_in(bpy.data.actions["Poses"], obj).values():
        curve.data_path = curve.data_path.replace('"jaw"', '"Jaw Control"')
    bake(obj, speaking(30))
    frames = [key[0] for name, keys in keys_of(obj).items() if "Jaw Control" in name[0] for key in keys]
    assert frames
    assert max(frames) < 40


@pytest.mark.parametrize("kind", ["markers", "unknown names", "timeline", "asset"])
@pytest.mark.parametrize("with_head", [False, True])
def test_a_library_that_is_still_assigned_is_put_aside(kind, with_head):
    """As riggers leave it: nothing is written into it, and what it posed comes to rest."""
    obj = small_face()
    names = {name: name if kind != "unknown names" else f"Pose {i}" for i, name in enumerate(POSES)}
    bpy.data.actions.remove(bpy.data.actions["Poses"])
    library = poses_on_markers(obj, {names[name]: pose for name, pose in POSES.items()})
    if kind == "timeline":
        for marker in list(library.pose_markers):
            bpy.context.scene.timeline_markers.new(marker.name, frame=marker.frame)
            library.pose_markers.remove(marker)
    elif kind == "asset":
        poses_as_actions(obj, POSES, assets=True)
        library = bpy.data.actions["jawOpen"]
    obj.animation_data.action = library
    before = keys_of(obj)
    bpy.context.scene.frame_set(33)  # the brow's pose
    poses = read_poses(obj)
    mapping = RigMapping(tuple(MappedKey(names[name], name) for name in POSES), "names")
    motion = replace(held(40, jawOpen=1.0), head_rotation=make_pose(40).head_rotation)
    state = whole_state(obj)

    def face(**options):
        return bake(obj, motion, poses=poses, mapping=mapping, parts=("Mouth",), **options)

    def fail():
        raise RuntimeError("told to")

    with pytest.raises(RuntimeError):
        face(then=fail)
    assert whole_state(obj) == state
    if with_head:
        rig = HeadRig(Carrier(obj.name, "head"), facing="-Y")
        report = bake_pose(rig, motion, start_frame=1, take="line", parts=("Head",), then=face)
    else:
        report = face()
    assert any("holds poses: it was kept, and a new one was made" in line for line in report.warnings)
    assert obj.animation_data.action.name == "line Rig"
    assert library.use_fake_user
    np.testing.assert_allclose(basis(obj, "jaw", 33), np.array(POSES["jawOpen"]["jaw"]), atol=1e-5)
    np.testing.assert_allclose(basis(obj, "brow", 33), np.eye(4), atol=1e-6)
    take = obj.animation_data.action
    obj.animation_data.action = library
    assert keys_of(obj) == before
    obj.animation_data.action = take
    # It is found the next time too.
    assert set(read_poses(obj).names) == set(poses.names)
    # The take is no library, and is written into again.
    assert face().action == "line Rig"


def test_keys_of_no_bone_go_on_when_a_library_is_put_aside():
    obj = small_face()
    library = bpy.data.actions["Poses"]
    obj.animation_data.action = library
    obj["mood"] = 0.0
    for frame, value in ((1, 0.0), (20, 1.0)):
        obj["mood"] = value
        obj.keyframe_insert('["mood"]', frame=frame)
    before = keys_of(obj)
    poses = read_poses(obj)

    def fail():
        raise RuntimeError("told to")

    with pytest.raises(RuntimeError):
        bake(obj, speaking(), poses=poses, then=fail)
    assert (obj.animation_data.action, len(bpy.data.actions)) == (library, 1)
    for _ in range(2):
        bake(obj, speaking(), poses=poses)
        assert obj.animation_data.action.name == "RigAction"
        assert not obj.animation_data.action.pose_markers
        assert keys_of(obj)['["mood"]', 0] == before['["mood"]', 0]
        assert {path.split('"')[1] for path, _ in keys_of(obj)} == {"mood", "jaw", "lip", "brow"}
    assert set(read_poses(obj).names) == set(poses.names)
    obj.animation_data.action = library
    assert keys_of(obj) == before


def test_an_animation_with_pose_markers_is_no_library():
    obj = small_face()
    action = bpy.data.actions.new("Walk")
    obj.animation_data.action = action
    for frame in (1, 10, 20, 30):
        obj.pose.bones["hand"].location = (frame / 100, 0, 0)
        obj.pose.bones["hand"].keyframe_insert("location", frame=frame)
    for name, frame in (("contact", 1), ("up", 20)):
        action.pose_markers.new(name).frame = frame
    assert bake(obj, speaking()).action == "Walk"


def test_extra_pose_after_baking_is_read_from_the_library_only():
    obj = small_face()
    bake(obj, speaking())
    key_pose(obj, bpy.data.actions["Poses"], 60, {"lip": Matrix.Translation((0, 0.01, 0))})
    marker = bpy.data.actions["Poses"].pose_markers.new("mouthFunnel")
    marker.frame = 60
    assert read_poses(obj).names == (*POSES, "mouthFunnel")


def test_lips_of_positions_are_measured():
    _, face = make_face()
    positions = np.array([vertex.co for vertex in face.data.vertices])
    gap, width = lips(positions)
    assert abs(gap) < 1e-3
    assert 0.045 < width < 0.06
