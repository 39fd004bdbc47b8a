# SPDX-License-Identifier: GPL-3.0-or-later
"""Armatures and objects that carry heads, motions for them, and what is seen of them."""

from collections.abc import Callable, Iterable
from dataclasses import replace

import bpy
import numpy as np
from mathutils import Matrix
from soliloquy.bake.pose import Carrier, HeadRig
from soliloquy.core.head_rotation import degrees_between, matrices_from_angles
from soliloquy.core.motion import FaceMotion

FACING_MINUS_Y = np.array([[1, 0, 0], [0, 0, -1], [0, 1, 0.0]])
"""Head axes as columns in Blender's axes, of a face that looks along -Y."""

Place = tuple[float, float, float]

SKELETON: tuple[tuple[str, Place, Place, str], ...] = (
    ("hips", (0, 0, 1.0), (0, 0.05, 1.2), ""),
    ("chest", (0, 0.05, 1.2), (0, 0, 1.5), "hips"),
    ("shoulder.L", (0.03, 0, 1.45), (0.2, 0, 1.45), "chest"),
    ("shoulder.R", (-0.03, 0, 1.45), (-0.2, 0, 1.45), "chest"),
    ("neck", (0, 0, 1.5), (0, -0.03, 1.6), "chest"),
    ("head", (0, -0.03, 1.6), (0, 0, 1.8), "neck"),
    ("eye.L", (0.03, -0.1, 1.7), (0.04, -0.15, 1.72), "head"),
    ("eye.R", (-0.03, -0.1, 1.7), (-0.04, -0.15, 1.72), "head"),
)
"""Name, head, tail and parent of the bones of a character that faces -Y with Z up."""


def make_armature(
    bones: Iterable[tuple[str, Place, Place, str]] = SKELETON,
    name: str = "Rig",
    *,
    turn: Matrix | None = None,
    seed: int = 0,
) -> bpy.types.Object:
    """An armature with bones of random roll, all of them turned by a matrix about the origin."""
    random = np.random.default_rng(seed)
    data = bpy.data.armatures.new(name)
    obj = bpy.data.objects.new(name, data)
    bpy.context.scene.collection.objects.link(obj)
    bpy.context.view_layer.objects.active = obj
    bpy.ops.object.mode_set(mode="EDIT")
    for bone_name, head, tail, parent in bones:
        bone = data.edit_bones.new(bone_name)
        bone.head, bone.tail = head, tail
        bone.roll = random.uniform(-3, 3)
        if parent:
            bone.parent = data.edit_bones[parent]
    if turn is not None:
        for bone in data.edit_bones:
            bone.transform(turn)
    bpy.ops.object.mode_set(mode="OBJECT")
    return obj


def named_armature(names: Iterable[str], name: str = "Rig") -> bpy.types.Object:
    """An armature whose bones have these names and stand in a row."""
    return make_armature(
        [(each, (0.1 * i, 0, 0), (0.1 * i, 0, 0.1), "") for i, each in enumerate(names)], name
    )


def rig_of(obj: bpy.types.Object, **changes) -> HeadRig:
    """Head, neck and eyes of the skeleton above."""
    head, neck, left, right = (Carrier(obj.name, bone) for bone in ("head", "neck", "eye.L", "eye.R"))
    return replace(HeadRig(head, neck, 0.4, left, right), **changes)


def make_pose(count: int = 50, fps: float = 25.0, size: float = 1.0) -> FaceMotion:
    """A motion that turns head and eyes every way, well within the limits, and moves the head."""
    time = np.arange(count) / fps
    swing = np.sin(time[:, None] * (2.0, 3.1, 4.3) + (0.4, 1.0, 0.2))
    return replace(
        FaceMotion.still(count, fps),
        head_rotation=(size * swing * (0.5, 0.3, 0.2)).astype(np.float32),
        head_translation=(size * swing[:, ::-1] * 0.01).astype(np.float32),
        gaze=(size * swing[:, :2] * (0.3, -0.2)).astype(np.float32),
    )


def asked_head(motion: FaceMotion, row: int) -> np.ndarray:
    return matrices_from_angles(motion.head_rotation[row])


def asked_eye(motion: FaceMotion, row: int) -> np.ndarray:
    return matrices_from_angles((*motion.gaze[row], 0))


def bone_turn(obj: bpy.types.Object, bone: str, frame: int) -> np.ndarray:
    """How Blender shows a bone turned from its rest pose, (3, 3) in the armature's axes."""
    bpy.context.scene.frame_set(frame)
    evaluated = obj.evaluated_get(bpy.context.evaluated_depsgraph_get())
    posed = evaluated.pose.bones[bone].matrix.to_3x3().normalized()
    return np.array(posed) @ np.array(obj.data.bones[bone].matrix_local.to_3x3()).T


def object_axes(obj: bpy.types.Object, frame: int) -> np.ndarray:
    """The axes (3, 3) of an object in the world."""
    bpy.context.scene.frame_set(frame)
    evaluated = obj.evaluated_get(bpy.context.evaluated_depsgraph_get())
    return np.array(evaluated.matrix_world.to_3x3().normalized())


def worst(
    seen: Callable[[int], np.ndarray],
    asked: Callable[[int], np.ndarray],
    axes: np.ndarray = FACING_MINUS_Y,
    rows: Iterable[int] = range(0, 50, 7),
    start: int = 1,
) -> float:
    """Largest difference in degrees, over rows, between what is seen at a frame and asked in head axes."""
    return max(float(degrees_between(seen(start + row), axes @ asked(row) @ axes.T)) for row in rows)
