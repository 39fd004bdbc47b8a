# SPDX-License-Identifier: GPL-3.0-or-later
"""The built-in head in a saved file, motions for its vertices, and where evaluated vertices are."""

from dataclasses import replace

import bpy
import numpy as np
from soliloquy.bake import bake_vertices, create_head
from soliloquy.bake.head_mesh import to_blender_axes
from soliloquy.core.head import load_head
from soliloquy.core.motion import FaceMotion


def add_head(name="Head", **options) -> bpy.types.Object:
    return create_head(bpy.context.scene.collection, name, **options)


def plain_head(name="Plain", linear=None, alpha=None) -> bpy.types.Object:
    """A head without shape keys and parent: another person (alpha), in other axes and units (linear)."""
    head = load_head()
    rest = head.vertices(alpha) if linear is None else head.vertices(alpha) @ np.transpose(linear)
    mesh = bpy.data.meshes.new(name)
    mesh.from_pydata(to_blender_axes(rest) if linear is None else rest, [], head.faces)
    obj = bpy.data.objects.new(name, mesh)
    bpy.context.scene.collection.objects.link(obj)
    return obj


def person(seed=1):
    head = load_head()
    return np.random.default_rng(seed).normal(size=80) * head.identity_spread


def talking(count=20, fps=25.0, seed=0) -> FaceMotion:
    """A motion in which every frame is another face."""
    head = load_head()
    beta = np.random.default_rng(seed).normal(size=(count, 64)) * head.expression_spread
    return replace(FaceMotion.still(count, fps), expression=beta.astype(np.float32))


def expected(motion, row, alpha=None):
    """Positions in Blender's axes that a row of a motion asks for."""
    return to_blender_axes(load_head().vertices(alpha, motion.expression[row]))


def seen(obj, frame, subframe=0.0, world=False):
    """Positions (V, 3) of the evaluated object at a scene frame."""
    bpy.context.scene.frame_set(frame, subframe=subframe)
    evaluated = obj.evaluated_get(bpy.context.evaluated_depsgraph_get())
    found = np.empty(len(evaluated.data.vertices) * 3, np.float32)
    evaluated.data.vertices.foreach_get("co", found)
    found = found.reshape(-1, 3)
    if world:
        matrix = np.array(evaluated.matrix_world)
        found = found @ matrix[:3, :3].T + matrix[:3, 3]
    return found


def apart(one, other):
    """The furthest of any coordinate."""
    return float(np.abs(one - other).max())


def bake(obj, motion, **options):
    return bake_vertices(obj, motion, **{"start_frame": 1, "take": "hello"} | options)


def save(path):
    bpy.ops.wm.save_as_mainfile(filepath=str(path), check_existing=False)
    return path


def state():
    """Everything that a bake of vertices may touch, to compare with ==."""
    return {
        "objects": {
            obj.name: (
                obj.data.name if obj.data else None,
                [(m.name, m.type, m.show_viewport, m.show_render) for m in obj.modifiers],
                [m.filepath for m in obj.modifiers if m.type == "MESH_CACHE"],
                sorted(obj.keys()),
                obj.select_get(),
            )
            for obj in bpy.data.objects
        },
        "meshes": {
            mesh.name: (
                mesh.users,
                None
                if mesh.shape_keys is None
                else (
                    [key.name for key in mesh.shape_keys.key_blocks],
                    mesh.shape_keys.use_relative,
                    mesh.shape_keys.animation_data is None,
                ),
            )
            for mesh in bpy.data.meshes
        },
        "keys": [key.name for key in bpy.data.shape_keys],
        "actions": [action.name for action in bpy.data.actions],
        "scenes": [(scene.name, scene.frame_current) for scene in bpy.data.scenes],
    }
