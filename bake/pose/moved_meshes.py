# SPDX-License-Identifier: GPL-3.0-or-later
"""Which meshes an armature moves, and where their vertices are seen. V is the number of vertices."""

from collections.abc import Iterator
from typing import Any

import bpy
import numpy as np
from numpy.typing import NDArray

from ..meshes import mesh_of

Floats = NDArray[np.float64]


def meshes_on(obj: bpy.types.Object) -> list[bpy.types.Object]:
    """Meshes that an armature moves: by modifiers, as children, by drivers, also through other armatures."""
    moving = {obj}
    everything = list(bpy.data.objects)
    while True:
        more = {each for each in everything if each not in moving and not moving.isdisjoint(_follows(each))}
        if not more:
            return [each for each in everything if each in moving and each.type == "MESH"]
        moving |= more


def _follows(obj: bpy.types.Object) -> Iterator[bpy.types.Object]:
    """What an object follows, as far as rigs go."""
    if obj.parent is not None:
        yield obj.parent
    for modifier in obj.modifiers:
        target = getattr(modifier, "object", None)
        if target is not None:
            yield target
    holders: list[Any] = [obj, *(obj.pose.bones if obj.pose is not None else ())]
    for holder in holders:
        for constraint in holder.constraints:
            target = getattr(constraint, "target", None)
            if target is not None:
                yield target
    shape_keys = obj.data.shape_keys if isinstance(obj.data, bpy.types.Mesh) else None
    for owner in (obj, shape_keys):
        animation = owner.animation_data if owner is not None else None
        for driver in animation.drivers if animation is not None else ():
            for variable in driver.driver.variables:
                yield from (each.id for each in variable.targets if isinstance(each.id, bpy.types.Object))


def positions_in_world(meshes: list[bpy.types.Object], scene: bpy.types.Scene) -> dict[str, Floats]:
    """Positions (V, 3) of meshes in the world as the scene has just been evaluated, hidden ones left out."""
    graph: Any = scene.view_layers[0].depsgraph
    found = {}
    for obj in meshes:
        evaluated = obj.evaluated_get(graph)
        if evaluated.is_evaluated:
            vertices = mesh_of(evaluated).vertices
            positions = np.empty(len(vertices) * 3, np.float32)
            vertices.foreach_get("co", positions)
            matrix = np.array(evaluated.matrix_world, np.float64)
            found[obj.name_full] = positions.reshape(-1, 3) @ matrix[:3, :3].T + matrix[:3, 3]
    return found
