# SPDX-License-Identifier: GPL-3.0-or-later
"""A small generated head with ARKit shapes, a motion for it, and a picture of the animation in a file."""

from collections.abc import Sequence

import bpy
import numpy as np
from soliloquy.bake.action import LAYERED, assigned_curves
from soliloquy.core.motion import FaceMotion
from soliloquy.core.retarget.arkit import ARKIT_INDEX, ARKIT_NAMES

GRID = 6


def make_head(names: Sequence[str] = ARKIT_NAMES, name: str = "Head") -> bpy.types.Object:
    """A mesh object in the scene with a Basis key and one key per name, each moving another vertex."""
    x, z = np.meshgrid(np.linspace(-1, 1, GRID), np.linspace(-1, 1, GRID))
    vertices = np.stack([x, np.zeros_like(x), z], axis=-1).reshape(-1, 3)
    corners = np.arange(GRID * GRID).reshape(GRID, GRID)
    faces = np.stack([corners[:-1, :-1], corners[:-1, 1:], corners[1:, 1:], corners[1:, :-1]], axis=-1)
    mesh = bpy.data.meshes.new(name)
    mesh.from_pydata(vertices.tolist(), [], faces.reshape(-1, 4).tolist())
    obj = bpy.data.objects.new(name, mesh)
    bpy.context.scene.collection.objects.link(obj)
    obj.shape_key_add(name="Basis", from_mix=False)
    for index, key_name in enumerate(names):
        key = obj.shape_key_add(name=key_name, from_mix=False)
        key.value = 0.0  # 1 by default from Blender 5.0
        moved = vertices.copy()
        moved[index % len(moved)] += (0.0, -0.1, -0.3)
        key.points.foreach_set("co", moved.astype(np.float32).ravel())
    return obj


def make_motion(count: int = 50, fps: float = 25.0, moving: Sequence[str] | None = None) -> FaceMotion:
    """A motion with a curve of its own on each moving channel (by default all but tongueOut)."""
    if moving is None:
        moving = [name for name in ARKIT_NAMES if name != "tongueOut"]
    motion = FaceMotion.still(count, fps)
    frames = np.arange(count)
    for name in moving:
        index = ARKIT_INDEX[name]
        motion.weights[:, index] = 0.5 - 0.5 * np.cos(frames * (0.2 + 0.01 * index))
    return motion


def curves_of(obj: bpy.types.Object) -> dict[str, bpy.types.FCurve]:
    """F-curves of an object's shape keys by shape key name."""
    paths = {f'key_blocks["{bpy.utils.escape_identifier(key.name)}"].value': key.name for key in keys_of(obj)}
    return {paths[path]: curve for path, curve in assigned_curves(obj.data.shape_keys).items()}


def keys_of(obj: bpy.types.Object) -> list[bpy.types.ShapeKey]:
    return list(obj.data.shape_keys.key_blocks)


def snapshot() -> dict:
    """Every action, its curves and stored layers, and every shape key's state, to compare with ==."""
    result = {}
    for action in bpy.data.actions:
        bags = (
            [action]
            if not LAYERED
            else [bag for la in action.layers for st in la.strips for bag in st.channelbags]
        )
        curves = {}
        for bag in bags:
            for curve in bag.fcurves:
                points = np.empty(len(curve.keyframe_points) * 2, np.float32)
                curve.keyframe_points.foreach_get("co", points)
                group = curve.group.name if curve.group else None
                name = curve.data_path.split('"')[1] if '"' in curve.data_path else curve.data_path
                kinds = [(key.interpolation, key.handle_left_type) for key in curve.keyframe_points]
                curves[name] = (points.tolist(), group, curve.mute, curve.lock, kinds)
        layers = action.get("soliloquy_layers")
        result[action.name] = {
            "curves": curves,
            "layers": None if layers is None else layers.to_dict(),
            "slots": [slot.identifier for slot in action.slots] if LAYERED else None,
        }
    for obj in bpy.data.objects:
        if obj.type == "MESH" and obj.data.shape_keys:
            animation = obj.data.shape_keys.animation_data
            state = {"pinned": obj.show_only_shape_key, "relative": obj.data.shape_keys.use_relative}
            if animation is not None:
                state["action"] = animation.action.name if animation.action else None
                state["influence"] = animation.action_influence
                state["drivers"] = [(driver.data_path, driver.mute) for driver in animation.drivers]
                if LAYERED:
                    slot = animation.action_slot
                    state["slot"] = slot.identifier if slot else None
            state["keys"] = [(key.name, key.value, key.mute, key.lock_shape) for key in keys_of(obj)]
            result[f"keys of {obj.name_full}"] = state
    result["scenes"] = [scene.name for scene in bpy.data.scenes]
    return result
