# SPDX-License-Identifier: GPL-3.0-or-later
"""Brows on heads that have none, for pictures: without them most of what a face feels is hard to see.

Shape letters: P points of a ribbon, V vertices of a face.
"""

from collections.abc import Mapping
from typing import Any, Final

import bpy
import numpy as np
from numpy.typing import NDArray

from ..bake.mesh_reading import coordinates_of, triangles_of
from ..core.head.surface import Surface

Doubles = NDArray[np.float64]

BROW_MARKS: Final = ("mediapipe_brow_left", "mediapipe_brow_right")
"""Landmarks of the built-in head along each brow, from the temple to the nose."""
_ALONG: Final = 25
_ACROSS: Final = np.array([-1.0, -0.4, 0.4, 1.0])
_WIDTH: Final = 0.085
"""Half of a brow's width at its inner end, in parts of its length; so is how far it stands off the skin."""
_THICKNESS: Final = 0.02
_HAIR: Final = (0.13, 0.085, 0.06, 1.0)


def draw_brows(face: bpy.types.Object, along: Mapping[str, Doubles]) -> list[bpy.types.Object]:
    """Put a ribbon on the face's skin for each brow; its keys are the face's own, as far as they move it.

    Args:
        face: with shape keys.
        along: of each of `BROW_MARKS` points (5, 3) in the mesh's own coordinates.

    Returns:
        The ribbons, parented to what the face is parented to.
    """
    mesh = face.data
    assert isinstance(mesh, bpy.types.Mesh)
    assert mesh.shape_keys is not None
    basis, *keys = mesh.shape_keys.key_blocks
    rest = coordinates_of(basis.points).astype(np.float64)
    skin = Surface(rest, triangles_of(mesh).astype(np.int64), np.arange(len(rest)))
    hair: Any = bpy.data.materials.new("Brows")
    hair.diffuse_color = _HAIR
    ribbons = []
    for name in BROW_MARKS:
        points, length = _ribbon(along[name])
        on_skin = skin.nearest_points(points)
        outwards = on_skin.carry(skin.normals)
        outwards /= np.linalg.norm(outwards, axis=1, keepdims=True)
        lifted = on_skin.positions + _THICKNESS * length * outwards
        ribbon = bpy.data.meshes.new(name)
        ribbon.from_pydata(lifted.tolist(), [], _quads())
        ribbon.materials.append(hair)
        ribbon.polygons.foreach_set("use_smooth", np.ones(len(ribbon.polygons), bool))
        obj = bpy.data.objects.new(name, ribbon)
        face.users_collection[0].objects.link(obj)
        obj.parent, obj.matrix_world = face.parent, face.matrix_world
        obj.shape_key_add(name="Basis", from_mix=False)
        for key in keys:
            moved = on_skin.carry(coordinates_of(key.points) - rest)
            if np.abs(moved).max() > 0:
                copy = obj.shape_key_add(name=key.name, from_mix=False)
                copy.value = 0.0
                copy.points.foreach_set("co", (lifted + moved).astype(np.float32).ravel())
        ribbons.append(obj)
    return ribbons


def _ribbon(along: Doubles) -> tuple[Doubles, float]:
    """Points (P, 3) of a brow that is thin at the temple, in rows across it, and its length."""
    steps = np.concatenate([[0], np.cumsum(np.linalg.norm(np.diff(along, axis=0), axis=1))])
    length = float(steps[-1])
    inwards = np.linspace(0, 1, _ALONG)
    # An arch: the landmarks themselves make a line with corners.
    curves = [np.poly1d(np.polyfit(steps / length, column, 2)) for column in along.T]
    points = np.stack([curve(inwards) for curve in curves], axis=1)
    tangents = np.stack([curve.deriv()(inwards) for curve in curves], axis=1)
    up = np.array([0.0, 0.0, 1.0])
    across = up - (tangents @ up)[:, None] * tangents / (tangents**2).sum(axis=1, keepdims=True)
    across /= np.linalg.norm(across, axis=1, keepdims=True)
    round_ends = np.minimum(1, 6 * np.minimum(inwards + 0.02, 1.05 - inwards))
    width = _WIDTH * length * (0.35 + 0.65 * inwards) * round_ends
    points = points[:, None] + (width[:, None] * _ACROSS)[:, :, None] * across[:, None]
    return points.reshape(-1, 3), length


def _quads() -> list[tuple[int, int, int, int]]:
    """Faces of a ribbon."""
    rows = len(_ACROSS)
    return [
        (start, start + 1, start + rows + 1, start + rows)
        for along in range(_ALONG - 1)
        for start in range(along * rows, along * rows + rows - 1)
    ]
