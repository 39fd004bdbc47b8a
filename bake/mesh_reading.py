# SPDX-License-Identifier: GPL-3.0-or-later
"""Coordinates and triangles of meshes as arrays, and what cannot be read.

Letters: V vertices, T triangles.
"""

from typing import Any, Final

import bpy
import numpy as np
from numpy.typing import NDArray

from .errors import BakeError
from .meshes import mesh_of

Floats = NDArray[np.float32]

_HALF: Final = 1e-3
"""Part of the mesh's size by which half a head may reach over the plane that it is mirrored at."""


def coordinates_of(points: Any) -> Floats:
    """(V, 3) mesh coordinates of a mesh's vertices, or of a shape key's points."""
    coordinates = np.empty(len(points) * 3, np.float32)
    points.foreach_get("co", coordinates)
    return coordinates.reshape(-1, 3)


def rest_of(obj: bpy.types.Object) -> Floats:
    """The shape at rest (V, 3) in the object's space: the reference key's, else the mesh's."""
    mesh = mesh_of(obj)
    return coordinates_of(mesh.vertices if mesh.shape_keys is None else mesh.shape_keys.reference_key.points)


def triangles_of(mesh: bpy.types.Mesh) -> NDArray[np.int32]:
    """(T, 3) vertex indices of the mesh's faces, cut into triangles."""
    mesh.calc_loop_triangles()
    triangles = np.empty(len(mesh.loop_triangles) * 3, np.int32)
    mesh.loop_triangles.foreach_get("vertices", triangles)
    return triangles.reshape(-1, 3)


def read_rest(obj: bpy.types.Object) -> Floats:
    """As `rest_of`, of a mesh that has vertices, all of them numbers.

    Raises:
        BakeError: it has not.
    """
    rest = rest_of(obj)
    if len(rest) == 0:
        raise BakeError(f"The mesh of '{obj.name}' is empty: choose the mesh of the face.")
    if not np.isfinite(rest).all():
        raise BakeError(f"The mesh of '{obj.name}' holds coordinates that are not numbers: mend it first.")
    return rest


def mirror_of_half(obj: bpy.types.Object, rest: Floats) -> str | None:
    """Name of the modifier that makes a whole of the half that an object's vertices (V, 3) are; else None."""
    size = float(np.ptp(rest, axis=0).max())
    for modifier in obj.modifiers:
        if modifier.type != "MIRROR":
            continue
        mirror: Any = modifier
        points, reach = rest, size
        if mirror.mirror_object is not None:
            to_mirror = np.array(mirror.mirror_object.matrix_world.inverted_safe() @ obj.matrix_world)
            points = rest @ to_mirror[:3, :3].T + to_mirror[:3, 3]
            reach = float(np.ptp(points, axis=0).max())
        for axis in np.flatnonzero(mirror.use_axis):
            if points[:, axis].min() >= -_HALF * reach or points[:, axis].max() <= _HALF * reach:
                return modifier.name
    return None
