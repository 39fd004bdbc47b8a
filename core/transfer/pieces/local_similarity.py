# SPDX-License-Identifier: GPL-3.0-or-later
"""Where a place inside the built-in head is inside another one, as the skin around it tells.

Letters: H vertices of the template's outer skin, N points.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Doubles = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class LocalSimilarity:
    """From the template to a mesh, near one place: point -> scale * turn @ (point - here) + there.

    Attributes:
        scale: how many times larger the mesh is there.
        turn: (3, 3) rotation.
        here: (3,) the middle of the skin that was looked at, on the template.
        there: (3,) the same on the mesh.
    """

    scale: float
    turn: Doubles
    here: Doubles
    there: Doubles

    def apply(self, points: Doubles) -> Doubles:
        """Points (N, 3) of the template on the mesh."""
        return self.scale * (points - self.here) @ self.turn.T + self.there

    def inverse(self, points: Doubles) -> Doubles:
        """Points (N, 3) of the mesh on the template."""
        return (points - self.there) @ self.turn / self.scale + self.here


def local_similarity(source: Doubles, target: Doubles, weights: Doubles) -> LocalSimilarity:
    """The rotation, scale and shift that bring points (N, 3) nearly to others (N, 3).

    The scale is the ratio of their sizes: the least squares of one direction would shrink what does not fit.

    Args:
        source: on the template.
        target: the same points on the mesh.
        weights: (N,) how much each counts; not all of them 0.

    Source: Horn, "Closed-form solution of absolute orientation using unit quaternions", JOSA A 1987, section
    2.D (the symmetrical scale); the rotation by singular values, as Umeyama, IEEE PAMI 1991.
    """
    share = weights / weights.sum()
    here, there = share @ source, share @ target
    a, b = source - here, target - there
    left, _, right = np.linalg.svd((share[:, None] * b).T @ a)
    sign = np.array([1.0, 1.0, np.sign(np.linalg.det(left @ right))])
    sizes = [float((share * (each * each).sum(axis=1)).sum()) for each in (a, b)]
    scale = float(np.sqrt(sizes[1] / max(sizes[0], 1e-18)))
    return LocalSimilarity(scale, (left * sign) @ right, here, there)
