# SPDX-License-Identifier: GPL-3.0-or-later
"""Locks and limits of a rig hold a face made of bones; what cannot be seen to move is told or refused."""

import bpy
import numpy as np
import pytest
from mathutils import Euler, Matrix
from soliloquy.bake import BakeError
from soliloquy.bake.action import assigned_channels
from soliloquy.bake.pose import read_poses
from soliloquy.core.errors import InputError
from soliloquy.core.retarget.mapping import MappedKey, RigMapping

from .bone_faces import MODES, poses_on_markers
from .small_faces import (
    POSES,
    bake,
    basis,
    held,
    small_face,
    speaking,
    whole_state,
)


def test_locked_channels_are_left_alone():
    poses = POSES | {"jawLeft": {"jaw": Euler((0, 0.2, 0.1)).to_matrix().to_4x4()}}
    obj = small_face("XYZ", poses)
    obj.pose.bones["jaw"].lock_rotation = (False, True, True)
    obj.pose.bones["lip"].lock_location = (True, False, False)
    report = bake(obj, held(10, jawOpen=1.0, jawLeft=1.0, mouthPucker=1.0), parts=("Mouth",))
    assert any("locked channels, which were not keyed, of 'jaw', 'lip'" in line for line in report.warnings)
    keyed = {(path.split('"')[1], path.rpartition(".")[2], index) for path, index in assigned_channels(obj)}
    assert keyed == {("jaw", "rotation_euler", 0), ("lip", "location", 1), ("lip", "location", 2)}


def test_bones_whose_channels_are_all_locked():
    obj = small_face()
    obj.pose.bones["lip"].lock_location = (True, True, True)
    assert any(
        "'lip' (the channels that its poses use are locked)" in line
        for line in bake(obj, speaking()).warnings
    )
    obj.pose.bones["jaw"].lock_rotation = (True, True, True)
    with pytest.raises(BakeError, match="No bone of the face of 'Rig' can be animated: 'jaw'"):
        bake(obj, speaking(), parts=("Mouth",))


@pytest.mark.parametrize("mode", MODES)
def test_limits_hold_the_bones(mode):
    obj = small_face(mode)
    limit = obj.pose.bones["jaw"].constraints.new("LIMIT_ROTATION")
    limit.owner_space = "LOCAL"
    limit.use_limit_x, limit.min_x, limit.max_x = True, -0.1, 0.25
    place = obj.pose.bones["lip"].constraints.new("LIMIT_LOCATION")
    place.owner_space = "LOCAL"
    place.use_min_z, place.min_z = True, -0.02
    report = bake(obj, held(10, jawOpen=1.0, mouthPucker=1.0), parts=("Mouth",))
    (line,) = report.warnings
    assert "go beyond the limits of bones and were held there: 'jawOpen' (jaw), 'mouthPucker' (lip)" in line
    np.testing.assert_allclose(basis(obj, "jaw", 5), np.array(Matrix.Rotation(0.25, 4, "X")), atol=1e-5)
    np.testing.assert_allclose(basis(obj, "lip", 5)[:3, 3], (0.01, 0.02, -0.02), atol=1e-6)


def test_limits_within_which_poses_stay_change_nothing():
    obj, free = small_face(), small_face()
    for name in ("LIMIT_ROTATION", "LIMIT_SCALE", "LIMIT_LOCATION"):
        limit = obj.pose.bones["jaw"].constraints.new(name)
        limit.owner_space = "LOCAL"
        if name == "LIMIT_ROTATION":
            limit.use_limit_x, limit.min_x, limit.max_x = True, -0.5, 0.5
    assert bake(obj, speaking()).warnings == ()
    bake(free, speaking())
    for frame in (7, 20):
        np.testing.assert_allclose(basis(obj, "jaw", frame), basis(free, "jaw", frame), atol=1e-6)


def test_a_limit_in_another_space_is_told_when_it_holds_a_bone():
    obj = small_face()
    limit = obj.pose.bones["lip"].constraints.new("LIMIT_LOCATION")
    limit.owner_space = "WORLD"
    for axis, place in zip("xyz", (0, -0.1, 0.02), strict=True):
        setattr(limit, f"use_max_{axis}", True)
        setattr(limit, f"max_{axis}", place + 0.001)
    report = bake(obj, held(10, mouthPucker=1.0), parts=("Mouth",))
    assert any("seen otherwise than their keys say: 'lip'" in line for line in report.warnings)


def test_driven_and_constrained_bones_are_left_out():
    obj = small_face()
    obj.pose.bones["lip"].driver_add("location", 0)
    copy = obj.pose.bones["brow"].constraints.new("COPY_TRANSFORMS")
    copy.target, copy.subtarget = obj, "hand"
    poses = POSES | {"browDownLeft": {"brow": Matrix.Rotation(0.1, 4, "X")}}
    poses_on_markers(obj, poses, "Face")
    report = bake(obj, speaking())
    line = next(line for line in report.warnings if "left out" in line)
    assert "'lip' (it has a driver)" in line
    assert report.bones == ("jaw",) or "brow" in line


def test_a_face_that_constraints_keep_still():
    obj = small_face()
    for name in ("jaw", "lip"):
        limit = obj.pose.bones[name].constraints.new("LIMIT_ROTATION")
        limit.owner_space = "POSE"
        for axis in "xyz":
            setattr(limit, f"use_limit_{axis}", True)
        limit = obj.pose.bones[name].constraints.new("LIMIT_LOCATION")
        limit.owner_space = "POSE"
        for axis in "xyz":
            for end in ("min", "max"):
                setattr(limit, f"use_{end}_{axis}", True)
    before = whole_state(obj)
    with pytest.raises(BakeError, match="The face of 'Rig' does not move at frame"):
        bake(obj, speaking(), parts=("Mouth",))
    assert whole_state(obj) == before


def test_a_mesh_that_hangs_on_other_bones():
    obj = small_face()
    face = bpy.data.objects["Face"]
    for name in ("jaw", "lip"):
        face.vertex_groups.remove(face.vertex_groups[name])
    with pytest.raises(BakeError, match=r"Bones of 'Rig' move at frame \d+, but no mesh does \(Face\)"):
        bake(obj, speaking(), parts=("Mouth",))
    bpy.data.objects.remove(face)
    assert any("No mesh that 'Rig' moves is visible" in line for line in bake(obj, speaking()).warnings)


def test_bones_that_drive_shape_keys_are_seen():
    obj = small_face()
    face = bpy.data.objects["Face"]
    face.modifiers.clear()
    face.shape_key_add(name="Basis")
    key = face.shape_key_add(name="open")
    key.value = 0.0
    for point in key.points:
        point.co.z -= 0.1
    driver = key.driver_add("value").driver
    variable = driver.variables.new()
    variable.type = "TRANSFORMS"
    variable.targets[0].id, variable.targets[0].bone_target = obj, "jaw"
    variable.targets[0].transform_type, variable.targets[0].transform_space = "ROT_X", "LOCAL_SPACE"
    driver.expression = variable.name
    assert bake(obj, held(10, jawOpen=1.0), parts=("Mouth",)).movement == pytest.approx(0.04, abs=2e-3)


def test_refusals():
    obj = small_face()
    library = read_poses(obj)
    with pytest.raises(BakeError, match="belongs to the parts Blink"):
        bake(obj, speaking(), parts=("Blink",))
    with pytest.raises(InputError, match="Unknown parts"):
        bake(obj, speaking(), parts=("Head",))
    with pytest.raises(InputError, match="Key reduction error"):
        bake(obj, speaking(), key_reduction=2.0)
    with pytest.raises(InputError, match="no name"):
        bake(obj, speaking(), take=" ")
    broken = speaking()
    broken.weights[3, 4] = np.nan
    with pytest.raises(BakeError, match="weights that are not numbers"):
        bake(obj, broken)
    nameless = tuple(MappedKey(name) for name in library.names)
    with pytest.raises(BakeError, match=r"None of the 4 poses of 'Rig' .* is known by its name"):
        bake(obj, speaking(), mapping=RigMapping(nameless, "names"))
    # Triangles are no face, whichever way it is asked.
    with pytest.raises(BakeError, match=r"(?i)is known by its name or moves a face.*expected a face"):
        bake(obj, speaking(), mapping=RigMapping(nameless))
    with pytest.raises(BakeError, match=r"(?i)expected a face"):
        bake(obj, speaking(), mapping=RigMapping(nameless, "shapes"))
    report = bake(obj, speaking(), mapping=None)
    assert any("'Rig' is animated by the names of its poses" in line for line in report.warnings)
    obj.animation_data.action = None
    bpy.data.actions.remove(bpy.data.actions[report.action])
    obj.data.pose_position = "REST"
    with pytest.raises(BakeError, match="shows its rest position"):
        bake(obj, speaking(), poses=library)
    obj.data.pose_position = "POSE"
    track = obj.animation_data.nla_tracks.new()
    track.is_solo = True
    with pytest.raises(BakeError, match="'Rig' would not show its animation: NLA track"):
        bake(obj, speaking(), poses=library)
    assert bpy.data.actions.keys() == ["Poses"]


def test_edit_mode_and_bones_that_are_gone():
    obj = small_face()
    library = read_poses(obj)
    bpy.context.view_layer.objects.active = obj
    bpy.ops.object.mode_set(mode="EDIT")
    with pytest.raises(BakeError, match="Edit Mode"):
        bake(obj, speaking(), poses=library)
    obj.data.edit_bones.remove(obj.data.edit_bones["lip"])
    bpy.ops.object.mode_set(mode="OBJECT")
    report = bake(obj, speaking(), poses=library)
    assert any("'lip' (it is not in the armature)" in line for line in report.warnings)
