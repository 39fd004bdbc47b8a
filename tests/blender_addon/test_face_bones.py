# SPDX-License-Identifier: GPL-3.0-or-later
"""Faces that bones move, from the panel: found, animated, measured, refused."""

import bpy
import pytest
from soliloquy.blender_addon import panels
from soliloquy.blender_addon.command_line import main
from soliloquy.blender_addon.face_bones import armature_of, pose_names, source_of
from soliloquy.blender_addon.job import compute, notes, plan, why_not, write
from soliloquy.blender_addon.kept_takes import kept_takes
from soliloquy.blender_addon.mapping import in_use
from soliloquy.blender_addon.measurement import measurement_of

from ..bake.pose.bone_faces import make_face, pose_of, poses_as_actions, poses_on_markers
from .characters import keyed
from .conftest import select
from .test_mapping import drawn

ANIMATE = bpy.ops.soliloquy.animate_from_audio
SHOWN = ("jawOpen", "mouthClose", "mouthPucker", "mouthFunnel", "eyeBlinkLeft", "eyeBlinkRight")
PANEL = panels.mapping.VIEW3D_PT_soliloquy_mapping


@pytest.fixture
def face(file_source, lively):
    """An armature with a face of bones and an action with its poses, and its mesh; (armature, mesh)."""
    armature, mesh = make_face()
    poses_on_markers(armature, {name: pose_of(armature, {name: 1}) for name in SHOWN})
    mesh.soliloquy_moves_by = "BONES"
    for each in (armature, mesh):
        each.soliloquy_method = "names"
    select(mesh)
    return armature, mesh


def moved_bones(armature):
    """Bone -> groups of its keys."""
    found = {}
    for path, _, group in keyed(armature):
        found.setdefault(path.split('"')[1], set()).add(group)
    return found


def test_poses_are_found(face):
    armature, mesh = face
    assert armature_of(mesh) == armature
    assert source_of(mesh).kind == "MARKERS"
    assert pose_names(mesh) == SHOWN
    assert "ARKit" in in_use(mesh)
    assert why_not(bpy.context) is None
    assert "Pose Markers: Poses" in drawn(PANEL, mesh)
    assert {"soliloquy_moves_by", "soliloquy_face_rig", "soliloquy_poses"} <= set(drawn(PANEL, mesh))
    assert "ARKit" in " ".join(drawn(panels.target.VIEW3D_PT_soliloquy_target, mesh))


@pytest.mark.parametrize("head", ["mesh", "armature"])
def test_bones_are_animated(face, head):
    armature, mesh = face
    select(mesh if head == "mesh" else armature)
    assert ANIMATE() == {"FINISHED"}
    found = moved_bones(armature)
    assert found["jaw"] == {"Mouth"}
    assert found["lid.L"] == {"Blink"}
    assert mesh.data.shape_keys is None
    # Its head turns too, in the same action.
    assert found["head"] == {"Head"}


def test_one_undo_step(face):
    bpy.ops.ed.undo_push(message="before")
    ANIMATE()
    bpy.ops.ed.undo_push(message="Animate from Audio")
    bpy.ops.ed.undo()
    assert not keyed(bpy.data.objects["Rig"])


def test_the_list_is_of_poses(face):
    armature, mesh = face
    assert bpy.ops.soliloquy.find_keys() == {"FINISHED"}
    assert [each.name for each in mesh.soliloquy_keys] == list(SHOWN)
    for name in ("eyeBlinkLeft", "eyeBlinkRight"):
        mesh.soliloquy_keys[name].use = False
    assert "4 of 6 keys" in in_use(mesh)
    ANIMATE()
    found = moved_bones(armature)
    assert "Blink" not in found.get("lid.L", ())
    assert found["jaw"] == {"Mouth"}


def test_poses_as_actions_and_assets(file_source, lively):
    for assets, kind in ((False, "ACTIONS"), (True, "ASSETS")):
        bpy.ops.wm.read_homefile(use_empty=True, use_factory_startup=True)
        armature, _mesh = make_face()
        poses = {name: pose_of(armature, {name: 1}) for name in ("jawOpen", "mouthPucker", "mouthClose")}
        poses_as_actions(armature, poses, assets=assets)
        select(armature)
        assert source_of(armature).kind == kind
        assert set(pose_names(armature)) == set(poses)


def test_the_action_can_be_chosen(face):
    armature, mesh = face
    other = poses_on_markers(armature, {"jawOpen": pose_of(armature, {"jawOpen": 1})}, name="Other")
    assert len(pose_names(mesh)) == 6
    mesh.soliloquy_poses, mesh.soliloquy_pose_action = "MARKERS", other
    assert pose_names(mesh) == ("jawOpen",)
    assert "soliloquy_pose_action" in drawn(PANEL, mesh)
    other.pose_markers[0].name = "Open"
    assert pose_names(mesh) == ("Open",)
    mesh.soliloquy_poses = "ASSETS"
    assert pose_names(mesh) == ()
    assert "No poses of a face were found for 'Rig'" in why_not(bpy.context)


def test_without_an_armature(face):
    armature, _ = face
    bpy.data.objects.remove(armature)
    assert "has no armature" in why_not(bpy.context)
    with pytest.raises(RuntimeError, match="has no armature"):
        bpy.ops.soliloquy.measure_face()


def test_poses_without_names_are_measured(file_source, lively):
    armature, mesh = make_face()
    shown = ("jawOpen", "mouthPucker", "mouthSmileLeft", "mouthSmileRight", "eyeBlinkLeft")
    named = {f"Pose {place}": pose_of(armature, {name: 1}) for place, name in enumerate(shown)}
    poses_on_markers(armature, named)
    mesh.soliloquy_moves_by = "BONES"
    select(mesh)
    before = keyed(armature)
    assert bpy.ops.soliloquy.measure_face() == {"FINISHED"}
    assert keyed(armature) == before
    does = measurement_of(mesh).does
    assert "jawOpen" in does["Pose 0"]
    assert "eyeBlinkLeft" in does["Pose 4"]
    job = plan(bpy.context)
    assert job.bones.reading is not None
    made = compute(job, lambda fraction: None, lambda: False)
    assert made.shapes is not None
    said = notes(job, made, write(job, made))
    assert any("close the lips while the jaw is open" in line for line in said)
    assert moved_bones(armature)["jaw"] == {"Mouth"}


def test_an_armature_deleted_meanwhile(face):
    from soliloquy.core.errors import Cancelled

    armature, _ = face
    bpy.context.scene.soliloquy.head.use = False
    job = plan(bpy.context)
    made = compute(job, lambda fraction: None, lambda: False)
    bpy.data.objects.remove(armature)
    with pytest.raises(Cancelled, match="deleted meanwhile"):
        write(job, made)


@pytest.mark.parametrize("head", ["mesh", "armature"])
def test_takes_of_a_face_of_bones(face, head):
    armature, mesh = face
    obj = mesh if head == "mesh" else armature
    select(obj)
    ANIMATE()
    first = keyed(armature)
    assert bpy.ops.soliloquy.new_take() == {"FINISHED"}
    assert bpy.context.scene.soliloquy.performance.seed == 1
    second = keyed(armature)
    assert second != first
    takes = kept_takes(obj)
    assert [take.facts[-1].seed for take in takes] == [0, 1]
    assert [take.is_shown for take in takes] == [False, True]
    bpy.ops.soliloquy.show_take(kind="SHAPE_KEYS", take=takes[0].name)
    assert keyed(armature) == first
    bpy.ops.soliloquy.show_take(kind="SHAPE_KEYS", take=takes[1].name)
    assert keyed(armature) == second
    bpy.ops.soliloquy.remove_take(kind="SHAPE_KEYS", take=takes[0].name)
    assert [take.name for take in kept_takes(obj)] == [takes[1].name]
    bpy.context.scene.soliloquy.performance.seed = 0


def test_takes_without_the_head(face):
    armature, mesh = face
    bpy.context.scene.soliloquy.head.use = bpy.context.scene.soliloquy.eyes.use_gaze = False
    ANIMATE()
    first = keyed(armature)
    bpy.ops.soliloquy.new_take()
    bpy.ops.soliloquy.show_take(kind="SHAPE_KEYS", take=kept_takes(mesh)[0].name)
    assert keyed(armature) == first
    assert all(set(groups) <= {"Mouth", "Blink"} for groups in moved_bones(armature).values())
    bpy.context.scene.soliloquy.performance.seed = 0


def test_a_failure_takes_bones_and_head_back(face, monkeypatch):
    armature, _ = face
    ANIMATE()
    before = keyed(armature)
    scene = bpy.context.scene
    scene.soliloquy.performance.seed = 3

    def fail(*args, **others):
        raise ZeroDivisionError

    monkeypatch.setattr("soliloquy.bake.pose.face_bones.check_face", fail)
    with pytest.raises(RuntimeError, match="ZeroDivisionError"):
        ANIMATE()
    scene.soliloquy.performance.seed = 0
    assert keyed(armature) == before


@pytest.mark.parametrize("name", ["Rig", "Rig Face"])
def test_without_a_window(face, tmp_path, noise, name):
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "face.blend"))
    out = tmp_path / "out.blend"
    assert main(["animate", "--audio", str(noise[0]), "--object", name, "--save", str(out)]) == 0
    bpy.ops.wm.open_mainfile(filepath=str(out))
    assert moved_bones(bpy.data.objects["Rig"])["jaw"] == {"Mouth"}
