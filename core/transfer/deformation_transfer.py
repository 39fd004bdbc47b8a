# SPDX-License-Identifier: GPL-3.0-or-later
"""Deformation transfer: a mesh is deformed as another one is (Sumner & Popovic, ACM TOG 23(3), 2004).

Each triangle of the source says how it is deformed, and the target's triangles do the same as well as they
can while they hang together. The fourth vertices of the paper's section 3 are eliminated: what remains of its
least squares, each triangle counting by its area, is a Poisson equation with the target's cotangent Laplacian
(Botsch, Sumner, Pauly & Gross, VMV 2006, section 3), which is factorised once for all shapes.

Letters: V vertices and T triangles of the target, F of its vertices that may move, R triangles of the source,
C conditions, K shapes.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..head.surface import Surface

Doubles = NDArray[np.float64]
Booleans = NDArray[np.bool_]
Sparse = Any


def deformation_gradients(rest: Doubles, moved: Doubles) -> Doubles:
    """How triangles are deformed: (R, 3, 3) from their edges and normals at rest to the moved ones.

    Section 3.1, equations 2 to 4: a fourth corner stands on each triangle, as high as the root of its
    normal's length.

    Args:
        rest: (R, 3, 3) corners of each triangle.
        moved: the same, moved.
    """
    return _frames(moved) @ np.linalg.inv(_frames(rest))


def _frames(corners: Doubles) -> Doubles:
    """(R, 3, 3) two edges and the way to the fourth corner, in columns."""
    a, b = corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]
    normal = np.cross(a, b)
    length = np.sqrt(np.maximum(np.linalg.norm(normal, axis=1, keepdims=True), 1e-24))
    return np.stack([a, b, normal / length], axis=2)


class DeformationTransfer:
    """A target mesh, ready to be deformed.

    Args:
        surface: the target at rest.
        free: (V,) which vertices may move.
        held: (V,) how strongly each is held at a place of its own, in units of the Laplacian.
        conditions: (C, V) sparse: sums of displacements that are asked for.
        strength: (C,) how strongly.
    """

    def __init__(
        self, surface: Surface, free: Booleans, held: Doubles, conditions: Sparse, strength: Doubles
    ) -> None:
        from scipy.sparse import coo_matrix, diags
        from scipy.sparse.linalg import splu

        self.free = np.flatnonzero(free)
        self._held = held[self.free]
        self.triangles = np.flatnonzero(free[surface.triangles].any(axis=1))
        corners = surface.triangles[self.triangles]
        places = surface.vertices[corners]
        normal = np.cross(places[:, 1] - places[:, 0], places[:, 2] - places[:, 0])
        double_area = np.linalg.norm(normal, axis=1)
        # Needles would outweigh everything else.
        longest = np.linalg.norm(places - np.roll(places, 1, axis=1), axis=2).max(axis=1)
        flat = double_area < 1e-4 * longest**2
        safe = np.where(flat, 1, double_area)
        opposite = np.roll(places, -2, axis=1) - np.roll(places, -1, axis=1)
        # Gradient of the function that is 1 at a corner and 0 at the others.
        gradient = np.cross((normal / safe[:, None])[:, None], opposite) / safe[:, None, None]
        gradient[flat] = 0
        weighted = gradient * (safe / 2)[:, None, None]
        count = len(surface.vertices)
        rows = np.repeat(corners, 3, axis=1).ravel()
        columns = np.tile(corners, (1, 3)).ravel()
        entries = np.einsum("tix,tjx->tij", weighted, gradient).ravel()
        stiffness = coo_matrix((entries, (rows, columns)), shape=(count, count)).tocsr()
        each = np.arange(len(corners))
        # (V, 3 T): from gradients that are asked for, triangle by triangle, to the right side.
        self._divergence = coo_matrix(
            (
                weighted.ravel(),
                (
                    np.repeat(corners.ravel(), 3),
                    (3 * each[:, None, None] + np.arange(3)).repeat(3, 1).ravel(),
                ),
            ),
            shape=(count, 3 * len(corners)),
        ).tocsr()[self.free]
        self._conditions = conditions.tocsr()[:, self.free]
        self._strength = strength
        # Vertices of needles alone hang on nothing.
        matrix = stiffness[self.free][:, self.free] + diags(self._held + 1e-9)
        self._factors = splu(matrix.tocsc(), permc_spec="MMD_AT_PLUS_A", options={"SymmetricMode": True})
        self._bound = self._factors
        if len(strength):
            matrix = matrix + self._conditions.T @ diags(strength) @ self._conditions
            self._bound = splu(matrix.tocsc(), permc_spec="MMD_AT_PLUS_A", options={"SymmetricMode": True})
        self._count = count

    def freely(self, gradients: Doubles, places: Doubles) -> Doubles:
        """Displacements (V, 3) of the target for one shape, without conditions.

        Args:
            gradients: (T', 3, 3) for each of `triangles`: the deformation gradient less the identity.
            places: (V, 3) displacements that vertices are held at.
        """
        return self._whole(self._factors.solve(self._wanted(gradients, places)))

    def bound(self, gradients: Doubles, places: Doubles, asked: Doubles) -> Doubles:
        """The same with what the conditions ask for (C, 3)."""
        right = self._wanted(gradients, places)
        right = right + self._conditions.T @ (self._strength[:, None] * asked)
        return self._whole(self._bound.solve(right))

    def _wanted(self, gradients: Doubles, places: Doubles) -> Doubles:
        # Of a gradient J each corner's part is J @ weighted gradient: rows of J are the coordinates.
        flat = gradients.transpose(0, 2, 1).reshape(-1, 3)
        return self._divergence @ flat + self._held[:, None] * places[self.free]

    def _whole(self, moved: Doubles) -> Doubles:
        result = np.zeros((self._count, 3))
        result[self.free] = moved
        return result
