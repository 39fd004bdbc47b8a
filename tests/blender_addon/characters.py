# SPDX-License-Identifier: GPL-3.0-or-later
"""A character whose head and eyes are bones, and what is read of it."""

import bpy
import numpy as np
from soliloquy.bake.action import assigned_curves
from soliloquy.bake.pose.joints import find_object

from ..bake.heads import make_head

BONES = {
    "hips": (None, (0, 0, 1.0), (0, 0, 1.2)),
    "spine": ("hips", (0, 0, 1.2), (0, 0, 1.5)),
    "neck": ("spine", (0, 0, 1.5), (0, 0, 1.6)),
    "head": ("neck", (0, 0, 1.6), (0, 0, 1.85)),
    "eye.L": ("head", (0.03, -0.08, 1.7), (0.03, -0.1, 1.7)),
    "eye.R": ("head", (-0.03, -0.08, 1.7), (-0.03, -0.1, 1.7)),
    "shoulder.L": ("spine", (0.02, 0, 1.48), (0.15, 0, 1.48)),
    "shoulder.R": ("spine", (-0.02, 0, 1.48), (-0.15, 0, 1.48)),
}
"""By name: parent, head and tail in metres."""


def make_character(name="Anna", **face):
    """A mesh with ARKit shape keys on an armature that faces -Y; (mesh, armature)."""
    rig = bpy.data.objects.new(f"{name} Rig", bpy.data.armatures.new(f"{name} Rig"))
    bpy.context.scene.collection.objects.link(rig)
    bpy.context.view_layer.objects.active = rig
    bpy.ops.object.mode_set(mode="EDIT")
    for bone, (parent, head, tail) in BONES.items():
        edited = rig.data.edit_bones.new(bone)
        edited.head, edited.tail = head, tail
        edited.parent = rig.data.edit_bones[parent] if parent else None
    bpy.ops.object.mode_set(mode="OBJECT")
    face = make_head(name=name, **face)
    face.scale = (0.1, 0.1, 0.1)
    face.location = (0, -0.1, 1.7)
    face.parent = rig
    face.modifiers.new("Armature", "ARMATURE").object = rig
    group = face.vertex_groups.new(name="head")
    group.add(range(len(face.data.vertices)), 1.0, "REPLACE")
    bpy.context.view_layer.update()
    return face, rig


def keyed(owner):
    """Every key of a datablock: by path, place and group, its frames and values."""
    animation = owner.animation_data
    if animation is None or animation.action is None:
        return {}
    found = {}
    action = animation.action
    bags = [action] if hasattr(action, "fcurves") and not hasattr(action, "layers") else None
    if bags is None:
        handle = animation.action_slot_handle
        every = [bag for layer in action.layers for strip in layer.strips for bag in strip.channelbags]
        bags = [bag for bag in every if bag.slot_handle == handle]
    for bag in bags:
        for curve in bag.fcurves:
            group = curve.group.name if curve.group else None
            found[curve.data_path, curve.array_index, group] = [
                tuple(key.co) for key in curve.keyframe_points
            ]
    return found


def groups(owner):
    """Names of the groups with keys."""
    return {curve.group.name for curve in assigned_curves(owner).values() if curve.group}


def turned(rig, bone, frames):
    """Rotations of a bone in the armature's space (N, 3, 3) at frames of the scene."""
    scene = bpy.context.scene
    before, found = scene.frame_current, []
    for frame in frames:
        scene.frame_set(frame)
        evaluated = find_object(rig.name).evaluated_get(bpy.context.evaluated_depsgraph_get())
        found.append(np.array(evaluated.pose.bones[bone].matrix.to_3x3().normalized()))
    scene.frame_set(before)
    return np.array(found)
