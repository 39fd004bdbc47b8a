# SPDX-License-Identifier: GPL-3.0-or-later
"""The built-in head as a Blender object: mesh, 52 shape keys, UVs, materials, and an empty that turns it.

Head axes (x = the subject's left, y = up, z = out of the face) become Blender's: z up, facing -y.
V is the number of vertices.
"""

from typing import Final

import bpy
import numpy as np
from numpy.typing import NDArray

from ..core.head import Head, load_head
from ..core.retarget.arkit import ARKIT_NAMES
from .head_materials import part_material

PIVOT_ROTATION_MODE: Final = "YXZ"
"""Euler order of the empty. Blender turns about Y first: with roll about -Y, pitch about -X and yaw about Z
this is R = Ry(yaw) Rx(-pitch) Rz(roll) of `FaceMotion.head_rotation` in Blender's axes."""

_PIVOT_SIZE: Final = 0.16
"""Metres: a little larger than the head, so that the empty can be seen and picked."""


def to_blender_axes(positions: NDArray[np.floating]) -> NDArray[np.float32]:
    """Positions or directions (..., 3) in head axes, turned to Blender's (z up, facing -y)."""
    x, y, z = np.moveaxis(np.asarray(positions, np.float32), -1, 0)
    return np.stack([x, -z, y], axis=-1)


def create_head(
    collection: bpy.types.Collection,
    name: str = "Soliloquy Head",
    *,
    location: tuple[float, float, float] = (0.0, 0.0, 0.0),
    head: Head | None = None,
) -> bpy.types.Object:
    """Add the built-in head to a collection, life-size in metres.

    The mesh is parented to an empty (`obj.parent`) at the pivot between the ears; turning the empty
    turns the head. Selection and the active object are left to the caller.

    Args:
        collection: where both objects go.
        name: name of the mesh object; Blender adds a number when it is taken.
        location: of the empty.
        head: another head than the one that ships.

    Raises:
        ModelError: the head's file is missing or damaged; nothing was added.
    """
    head = head or load_head()
    deltas = to_blender_axes(head.arkit_deltas)
    mesh = _mesh(name, head)
    obj = bpy.data.objects.new(name, mesh)
    _add_shape_keys(obj, to_blender_axes(head.template), deltas)

    pivot = bpy.data.objects.new(f"{name} Pivot", None)
    pivot.empty_display_type = "SPHERE"
    pivot.empty_display_size = _PIVOT_SIZE
    pivot.rotation_mode = PIVOT_ROTATION_MODE
    pivot.location = location
    obj.parent = pivot
    collection.objects.link(pivot)
    collection.objects.link(obj)
    return obj


def _mesh(name: str, head: Head) -> bpy.types.Mesh:
    mesh = bpy.data.meshes.new(name)
    mesh.from_pydata(to_blender_axes(head.template), [], head.faces)
    for part in head.parts:
        mesh.materials.append(part_material(part))
    mesh.polygons.foreach_set("material_index", head.face_part.astype(np.int32))
    mesh.polygons.foreach_set("use_smooth", np.ones(len(head.faces), bool))
    layer = mesh.uv_layers.new(name="UVMap")
    layer.data.foreach_set("uv", head.uvs[head.face_uvs].astype(np.float32).ravel())
    mesh.update()
    return mesh


def _add_shape_keys(
    obj: bpy.types.Object, template: NDArray[np.float32], deltas: NDArray[np.float32]
) -> None:
    """A Basis key and the 52 ARKit keys from template (V, 3) and displacements (52, V, 3)."""
    obj.shape_key_add(name="Basis", from_mix=False)
    for name, delta in zip(ARKIT_NAMES, deltas, strict=True):
        key = obj.shape_key_add(name=name, from_mix=False)
        key.value = 0.0  # new keys are fully on from Blender 5.0
        key.points.foreach_set("co", (template + delta).ravel())
