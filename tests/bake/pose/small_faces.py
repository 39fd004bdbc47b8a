# SPDX-License-Identifier: GPL-3.0-or-later
"""A face of a few bones with a triangle on each, poses and motions for it, and what is seen of it."""

from dataclasses import replace

import bpy
import numpy as np
from mathutils import Matrix
from soliloquy.bake.action import assigned_channels
from soliloquy.bake.pose import bake_face_bones, read_poses
from soliloquy.core.motion import FaceMotion
from soliloquy.core.retarget.arkit import ARKIT_INDEX
from soliloquy.core.retarget.detection import detect

from .bone_faces import poses_on_markers
from .rigs import make_armature

POSES = {
    "jawOpen": {"jaw": Matrix.Rotation(0.4, 4, "X")},
    "mouthClose": {"lip": Matrix.Translation((0, 0, 0.01))},
    "mouthPucker": {"lip": Matrix.Translation((0.01, 0.02, -0.03))},
    "browInnerUp": {"brow": Matrix.Translation((0, 0.01, 0)), "lip": Matrix.Translation((0, 0, 0.002))},
}

BONES = (
    ("head", (0, 0, 0), (0, 0, 0.2), ""),
    ("jaw", (0, 0, 0.05), (0, -0.1, 0), "head"),
    ("lip", (0, -0.1, 0.02), (0, -0.12, 0.02), "jaw"),
    ("brow", (0, -0.1, 0.12), (0, -0.12, 0.12), "head"),
    ("hand", (0.4, 0, 0), (0.5, 0, 0), ""),
)


def small_face(mode="QUATERNION", poses=POSES):
    """An armature with a triangle on each bone, and its poses."""
    obj = make_armature(BONES)
    for bone in obj.pose.bones:
        bone.rotation_mode = mode
    mesh = bpy.data.meshes.new("Face")
    corners = [(*head[:2], head[2] + 0.01 * i) for _, head, _, _ in BONES for i in range(3)]
    mesh.from_pydata(corners, [], [(3 * i, 3 * i + 1, 3 * i + 2) for i in range(len(BONES))])
    face = bpy.data.objects.new("Face", mesh)
    bpy.context.scene.collection.objects.link(face)
    for index, (name, *_) in enumerate(BONES):
        face.vertex_groups.new(name=name).add([3 * index, 3 * index + 1, 3 * index + 2], 1.0, "REPLACE")
    face.modifiers.new("Armature", "ARMATURE").object = obj
    poses_on_markers(obj, poses)
    return obj


def speaking(count=50, fps=25.0, names=("jawOpen", "mouthPucker", "browInnerUp")):
    motion = FaceMotion.still(count, fps)
    for index, name in enumerate(names):
        motion.weights[:, ARKIT_INDEX[name]] = 0.5 - 0.5 * np.cos(np.arange(count) * (0.2 + 0.07 * index))
    return motion


def held(count, **weights):
    motion = FaceMotion.still(count, 25.0)
    for name, value in weights.items():
        motion.weights[:, ARKIT_INDEX[name]] = value
    return motion


def bake(obj, motion, **options):
    options = {"start_frame": 1, "take": "line", "parts": ("Mouth", "Brows")} | options
    library = options.pop("poses", None) or read_poses(obj)
    # By what the names say: values are then the motion's own weights.
    options.setdefault("mapping", replace(detect(library.names).mapping, method="names"))
    return bake_face_bones(obj, motion, poses=library, **options)


def basis(obj, bone, frame):
    """What a bone holds at a frame as Blender evaluates it, (4, 4)."""
    bpy.context.scene.frame_set(frame)
    evaluated = obj.evaluated_get(bpy.context.evaluated_depsgraph_get())
    return np.array(evaluated.pose.bones[bone].matrix_basis)


def keys_of(obj):
    return {
        name: [(*key.co, *key.handle_left, key.interpolation) for key in curve.keyframe_points]
        for name, curve in assigned_channels(obj).items()
    }


def groups_of(obj):
    groups = {}
    for (path, _), curve in assigned_channels(obj).items():
        groups.setdefault(curve.group.name, set()).add(path.split('"')[1])
    return groups


def whole_state(obj):
    actions = {
        each.name: (each.users, sorted(map(str, each.keys())), [marker.name for marker in each.pose_markers])
        for each in bpy.data.actions
    }
    bones = {bone.name: (np.array(bone.matrix_basis).tolist(), bone.rotation_mode) for bone in obj.pose.bones}
    playing = None if obj.animation_data is None else obj.animation_data.action
    return actions, bones, playing, keys_of(obj), [scene.name for scene in bpy.data.scenes]
