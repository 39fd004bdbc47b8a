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
