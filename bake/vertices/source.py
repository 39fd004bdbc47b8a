# SPDX-License-Identifier: GPL-3.0-or-later
"""The vertices that a motion asks for on one object, in the object's own space.

V is the number of vertices.
"""

from dataclasses import dataclass

import bpy
import numpy as np
from numpy.typing import NDArray

from ...core.head import Head, load_head
from ...core.head.head_fit import HeadFit, fit_head
from ...core.head.vertex_motion import VertexMotion, vertex_motion
from ...core.motion import FaceMotion
from ..errors import BakeError
from ..meshes import mesh_of
from ..placement import LAST_FRAME, TO_REST_SECONDS


@dataclass(frozen=True)
class PlacedVertices:
    """The vertices of one object, from a scene frame on.

    Attributes:
        vertices: in the object's space, one row for each scene frame.
        start: scene frame of the first row, at which the face is at rest.
        first: scene frame of the motion's first row.
        count: frames of the motion, without those in which the face comes from rest and goes back.
    """

    vertices: VertexMotion
    start: int
    first: int
    count: int

    @property
    def end(self) -> int:
        """Scene frame of the last row."""
        return self.start + len(self.vertices) - 1


def place_vertices(obj: bpy.types.Object, motion: FaceMotion, rows: slice, first: int) -> PlacedVertices:
    """The vertices of frames `rows` of a motion on an object, the first of them at scene frame `first`.

    The object's own shape at rest is kept. Before the first frame the face comes from rest, after the last
    it goes back, in the time that shape keys take for it.

    Raises:
        BakeError: the mesh is not of the built-in head's topology.
        InputError: the motion holds what is no number, or vertices of another mesh.
    """
    rest = rest_of(obj)
    return place_on(rest, fit_to(obj, load_head(), rest), motion, rows, first)


def place_on(
    rest: NDArray[np.float32], fit: HeadFit, motion: FaceMotion, rows: slice, first: int
) -> PlacedVertices:
    """As `place_vertices`, for a mesh that lies still as `rest` (V, 3). Touches no Blender data.

    Raises:
        InputError: the motion holds what is no number, or vertices of another mesh.
    """
    head = load_head()
    count = rows.stop - rows.start
    lead = tail = 0
    if motion.vertices is None:
        ramp = max(1, round(TO_REST_SECONDS * motion.fps))
        lead = min(ramp, first + LAST_FRAME)
        tail = min(ramp, LAST_FRAME - (first + count - 1))
    return PlacedVertices(
        vertex_motion(head, motion, rest, fit, rows, lead, tail), first - lead, first, count
    )


def rest_of(obj: bpy.types.Object) -> NDArray[np.float32]:
    """The shape at rest (V, 3) in the object's space: the reference key's, else the mesh's."""
    mesh = mesh_of(obj)
    points = mesh.vertices if mesh.shape_keys is None else mesh.shape_keys.reference_key.points
    rest = np.empty(len(points) * 3, np.float32)
    points.foreach_get("co", rest)
    return rest.reshape(-1, 3)


def fit_to(obj: bpy.types.Object, head: Head, rest: NDArray[np.float32]) -> HeadFit:
    """How the built-in head lies in an object's mesh, whose vertices at rest are (V, 3).

    Raises:
        BakeError: another number of vertices, or another order.
    """
    check_count(obj, len(rest), head)
    fit = fit_head(head.template, rest)
    if not fit.same_shape:
        raise BakeError(
            f"'{obj.name}' has as many vertices as the built-in head, but in another order or shape: animate "
            "its shape keys instead, or a head from Add > Mesh > Soliloquy Head."
        )
    return fit


def check_count(obj: bpy.types.Object, count: int, head: Head) -> None:
    """Raises `BakeError` when an object has another number of vertices than the built-in head."""
    if count != head.vertex_count:
        raise BakeError(
            f"'{obj.name}' has {count} vertices, expected the {head.vertex_count} of the built-in head: "
            "animate its shape keys instead, or a head from Add > Mesh > Soliloquy Head."
        )
