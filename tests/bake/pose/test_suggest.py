# SPDX-License-Identifier: GPL-3.0-or-later
"""What carries a head is suggested from what is selected."""

import bpy
import pytest
from soliloquy.bake import Carrier, HeadRig, bake_pose, create_head, suggest_rig

from ...core.test_bones import KNOWN
from ..heads import make_head
from .rigs import make_armature, make_pose, named_armature


@pytest.mark.parametrize("label", KNOWN)
def test_every_known_rig(label):
    names, expected = KNOWN[label]
    obj = named_armature(names.split())
    head, neck, left, right = (None if name is None else Carrier("Rig", name) for name in expected)
    assert suggest_rig(obj) == HeadRig(head, neck, left_eye=left, right_eye=right)
    report = bake_pose(suggest_rig(obj), make_pose(), start_frame=1, take="line")
    assert report.key_count > 0
    assert report.warnings == ()


def test_the_mesh_of_an_armature():
    rig, mesh = make_armature(), make_head()
    assert suggest_rig(mesh) == HeadRig()
    mesh.modifiers.new("Armature", "ARMATURE").object = rig
    assert suggest_rig(mesh).head == Carrier("Rig", "head")
    mesh.modifiers.clear()
    mesh.parent = rig
    assert suggest_rig(mesh).neck == Carrier("Rig", "neck")
    # Hair that hangs on the mesh.
    hair = bpy.data.objects.new("Hair", bpy.data.meshes.new("Hair"))
    hair.parent = mesh
    assert suggest_rig(hair).left_eye == Carrier("Rig", "eye.L")


def test_the_armature_that_knows_more():
    deform = make_armature(
        [("spine", (0, 0, 0), (0, 0, 1), ""), ("head", (0, 0, 1), (0, 0, 2), "")], "Deform"
    )
    face = make_armature(name="Control")
    mesh = make_head()
    for each in (deform, face):
        mesh.modifiers.new(each.name, "ARMATURE").object = each
    assert suggest_rig(mesh).head == Carrier("Control", "head")


class VrmNode(bpy.types.PropertyGroup):
    bone_name: bpy.props.StringProperty()


class VrmBone(bpy.types.PropertyGroup):
    node: bpy.props.PointerProperty(type=VrmNode)
    bone: bpy.props.StringProperty()


class VrmBones(bpy.types.PropertyGroup):
    head: bpy.props.PointerProperty(type=VrmBone)
    left_eye: bpy.props.PointerProperty(type=VrmBone)


class VrmHumanoid1(bpy.types.PropertyGroup):
    human_bones: bpy.props.PointerProperty(type=VrmBones)


class VrmHumanoid0(bpy.types.PropertyGroup):
    human_bones: bpy.props.CollectionProperty(type=VrmBone)


class Vrm1(bpy.types.PropertyGroup):
    humanoid: bpy.props.PointerProperty(type=VrmHumanoid1)


class Vrm0(bpy.types.PropertyGroup):
    humanoid: bpy.props.PointerProperty(type=VrmHumanoid0)


class VrmExtension(bpy.types.PropertyGroup):
    vrm1: bpy.props.PointerProperty(type=Vrm1)
    vrm0: bpy.props.PointerProperty(type=Vrm0)


@pytest.fixture
def vrm_addon():
    """Properties like those of the VRM add-on."""
    classes = (VrmNode, VrmBone, VrmBones, VrmHumanoid1, VrmHumanoid0, Vrm1, Vrm0, VrmExtension)
    for each in classes:
        bpy.utils.register_class(each)
    bpy.types.Armature.vrm_addon_extension = bpy.props.PointerProperty(type=VrmExtension)
    yield
    del bpy.types.Armature.vrm_addon_extension
    for each in reversed(classes):
        bpy.utils.unregister_class(each)


def test_what_the_vrm_addon_knows(vrm_addon):
    obj = named_armature(("頭", "首", "左目", "右目", "head"))
    assert suggest_rig(obj).head == Carrier("Rig", "head")
    one, zero = (
        getattr(obj.data.vrm_addon_extension, each).humanoid.human_bones for each in ("vrm1", "vrm0")
    )
    one.head.node.bone_name, one.left_eye.node.bone_name = "頭", "gone"
    assert suggest_rig(obj) == HeadRig(Carrier("Rig", "頭"))
    for part, name in (("leftEye", "左目"), ("rightEye", "右目"), ("neck", "首")):
        entry = zero.add()
        entry.bone, entry.node.bone_name = part, name
    head, neck, left, right = (Carrier("Rig", name) for name in ("頭", "首", "左目", "右目"))
    assert suggest_rig(obj) == HeadRig(head, neck, left_eye=left, right_eye=right)


def test_the_built_in_head_and_empties():
    head = create_head(bpy.context.scene.collection)
    assert suggest_rig(head) == suggest_rig(head.parent) == HeadRig(Carrier("Soliloquy Head Pivot"))
    assert suggest_rig(None) == HeadRig()
    # An empty that holds a whole character is not its head.
    rig = make_armature([("arm", (0, 0, 0), (0, 0, 1), "")])
    root = bpy.data.objects.new("Root", None)
    for each in (rig, mesh := make_head()):
        each.parent = root
    assert suggest_rig(mesh) == HeadRig()


def test_nothing_is_changed():
    mesh, rig = make_head(), make_armature()
    mesh.parent = rig
    suggest_rig(mesh)
    assert rig.animation_data is None
    assert list(bpy.data.actions) == []
