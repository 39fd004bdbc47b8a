# SPDX-License-Identifier: GPL-3.0-or-later
"""Displacements that are affine in the place: how shapes move what is rigid or nearly so.

Letters: K shapes, N points.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .local_similarity import LocalSimilarity

Doubles = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class AffineField:
    """A displacement linear @ p + shift for each shape.

    Attributes:
        linear: (K, 3, 3); a rotation R about a centre c has R - 1 here, and -(R - 1) c as its shift.
        shift: (K, 3) metres.
    """

    linear: Doubles
    shift: Doubles

    def at(self, points: Doubles) -> Doubles:
        """(K, N, 3) displacements of points (N, 3)."""
        return np.einsum("kij,nj->kni", self.linear, points) + self.shift[:, None]

    def carried(self, similarity: LocalSimilarity) -> "AffineField":
        """The same in another head: turned, scaled and moved with it."""
        turn = similarity.turn
        linear = turn @ self.linear @ turn.T
        there = similarity.scale * (self.at(similarity.here[None])[:, 0] @ turn.T)
        return AffineField(linear, there - linear @ similarity.there)

    def plus(self, other: "AffineField", share: Doubles) -> "AffineField":
        """This and a share (K,) of another."""
        return AffineField(
            self.linear + share[:, None, None] * other.linear, self.shift + share[:, None] * other.shift
        )


def fit_affine(points: Doubles, displacements: Doubles) -> AffineField:
    """The affine field nearest to displacements (K, N, 3) of points (N, 3); linear in the displacements."""
    middle = points.mean(axis=0)
    rows = np.column_stack([points - middle, np.ones(len(points))])
    found = np.einsum("cn,kni->kci", np.linalg.pinv(rows), displacements)
    linear = found[:, :3].transpose(0, 2, 1)
    return AffineField(linear, found[:, 3] - linear @ middle)


def fit_twist(points: Doubles, displacements: Doubles, stiffness: float) -> AffineField:
    """The small turn and shift nearest to displacements (K, N, 3) of points (N, 3); linear in them.

    Args:
        points: (N, 3).
        displacements: (K, N, 3).
        stiffness: metres; turning costs as much as moving every point by so many times the angle.
    """
    middle = points.mean(axis=0)
    x, y, z = (points - middle).T
    none = np.zeros(len(points))
    # Displacement of a small turn w: w x away.
    cross = np.stack([none, z, -y, -z, none, x, y, -x, none], axis=1).reshape(-1, 3, 3)
    rows = np.concatenate([cross, np.broadcast_to(np.eye(3), cross.shape)], axis=2).reshape(-1, 6)
    square = rows.T @ rows
    square[:3, :3] += stiffness**2 * len(points) * np.eye(3)
    found = displacements.reshape(len(displacements), -1) @ np.linalg.solve(square, rows.T).T
    linear = np.zeros((len(found), 3, 3))
    for axis in range(3):
        row, column = (axis + 2) % 3, (axis + 1) % 3
        linear[:, row, column], linear[:, column, row] = found[:, axis], -found[:, axis]
    return AffineField(linear, found[:, 3:] - linear @ middle)
