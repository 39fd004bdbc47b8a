# SPDX-License-Identifier: GPL-3.0-or-later
"""Placing marks on a face: which one is next, and where on the mesh a ray from the mouse meets it."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

import bpy
import numpy as np
from mathutils import Vector
from mathutils.bvhtree import BVHTree

if TYPE_CHECKING:
    from numpy.typing import NDArray

_DEFORMING: Final = frozenset(
    {
        "ARMATURE",
        "CAST",
        "CORRECTIVE_SMOOTH",
        "CURVE",
        "DISPLACE",
        "HOOK",
        "LAPLACIANDEFORM",
        "LAPLACIANSMOOTH",
        "LATTICE",
        "MESH_DEFORM",
        "SHRINKWRAP",
        "SIMPLE_DEFORM",
        "SMOOTH",
        "SURFACE_DEFORM",
        "WARP",
    }
)
"""Modifiers that move vertices and make none. Where others move them too, the mesh at rest is hit."""


@dataclass
class Placing:
    """Which marks are placed, and which is next.

    Attributes:
        names: of all marks, in the order in which they are asked for.
        marks: where they are, on the mesh at rest.
        left_out: marks that are not to be placed.
    """

    names: tuple[str, ...]
    marks: dict[str, Vector] = field(default_factory=dict)
    left_out: set[str] = field(default_factory=set)
    _answered: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Marks that are there can be taken back too."""
        self._answered += [name for name in self.names if name in self.marks]

    @property
    def next(self) -> str | None:
        """The mark that is asked for; None when there is none left."""
        return next(
            (name for name in self.names if name not in self.marks and name not in self.left_out), None
        )

    def place(self, point: Vector) -> None:
        """Put the next mark there."""
        if self.next is not None:
            self._answered.append(self.next)
            self.marks[self._answered[-1]] = point

    def leave_out(self) -> None:
        """Go on without the next mark."""
        if self.next is not None:
            self._answered.append(self.next)
            self.left_out.add(self._answered[-1])

    def take_back(self) -> None:
        """Ask again for the mark that was last placed or left out."""
        if self._answered:
            name = self._answered.pop()
            self.marks.pop(name, None)
            self.left_out.discard(name)


class MarkedSurface:
    """A mesh as it is seen, with its points at rest.

    Modifiers that make other vertices, such as a subdivision, are looked through: their mesh lies close.
    """

    def __init__(self, obj: bpy.types.Object, context: bpy.types.Context) -> None:
        """Read a mesh object. Its modifiers are as before afterwards."""
        mesh: Any = obj.data
        mesh.calc_loop_triangles()
        triangles = np.empty(3 * len(mesh.loop_triangles), np.int32)
        mesh.loop_triangles.foreach_get("vertices", triangles)
        self._triangles = triangles.reshape(-1, 3)
        self._rest = _points_at_rest(mesh)
        self._shown = self._rest
        seen = _evaluated_points(obj, context)
        if len(seen) == len(self._rest):
            self._shown = seen
        corners = self._triangles.tolist()
        self._shown_tree = BVHTree.FromPolygons(self._shown.tolist(), corners, all_triangles=True)
        self._rest_tree = BVHTree.FromPolygons(self._rest.tolist(), corners, all_triangles=True)

    def hit(self, origin: Vector, direction: Vector) -> Vector | None:
        """Where a ray in the object's own space meets what is seen, on the mesh at rest; None beside it."""
        point, _, triangle, _ = self._shown_tree.ray_cast(origin, direction)
        if point is None or triangle is None:
            return None
        return self._carried(point, triangle, self._shown, self._rest)

    def seen(self, point: Vector) -> Vector:
        """Where a point of the mesh at rest is seen, in the object's own space."""
        nearest, _, triangle, _ = self._rest_tree.find_nearest(point)
        if nearest is None or triangle is None:
            return point
        return self._carried(nearest, triangle, self._rest, self._shown)

    def _carried(
        self, point: Vector, triangle: int, before: NDArray[np.float32], after: NDArray[np.float32]
    ) -> Vector:
        """A point of a triangle, with the same shares of its corners after they have moved."""
        corners = self._triangles[triangle]
        a, b, c = before[corners].astype(np.float64)
        edges = np.stack([b - a, c - a], axis=1)
        shares = np.linalg.lstsq(edges, np.array(point) - a, rcond=None)[0]
        weights = np.array([1 - shares.sum(), *shares])
        return Vector((weights @ after[corners].astype(np.float64)).tolist())


def _points_at_rest(mesh: Any) -> NDArray[np.float32]:
    """(V, 3) of a mesh without its shape keys and modifiers."""
    points = np.empty(3 * len(mesh.vertices), np.float32)
    if mesh.shape_keys is not None:
        mesh.shape_keys.reference_key.points.foreach_get("co", points)
    else:
        mesh.vertices.foreach_get("co", points)
    return points.reshape(-1, 3)


def _evaluated_points(obj: bpy.types.Object, context: bpy.types.Context) -> NDArray[np.float32]:
    """(V, 3) of a mesh with the modifiers that only move it."""
    makers = [each for each in obj.modifiers if each.show_viewport and each.type not in _DEFORMING]
    with ExitStack() as before:
        _switch_off(makers, before)
        graph = context.evaluated_depsgraph_get()
        graph.update()
        evaluated: Any = obj.evaluated_get(graph).data
        points = np.empty(3 * len(evaluated.vertices), np.float32)
        evaluated.vertices.foreach_get("co", points)
    return points.reshape(-1, 3)


def _switch_off(modifiers: Iterable[bpy.types.Modifier], before: ExitStack) -> None:
    for each in modifiers:
        before.callback(setattr, each, "show_viewport", True)
        each.show_viewport = False
