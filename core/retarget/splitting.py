# SPDX-License-Identifier: GPL-3.0-or-later
"""Many bounded least-squares problems with one matrix: all frames of a clip at once.

Shape letters: F frames, K unknowns, C constraints.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

FRAMES_PER_BLOCK: Final = 64
"""So few that OpenBLAS does not share a product out to its threads, as it does from 262144 terms on:
they wait for each other in each iteration, on a busy machine for ten times as long as the work takes."""

_RELAXATION: Final = 1.6
_STEP: Final = 0.05
"""ADMM penalty relative to columns of unit length; chosen by the worst residual over random motions."""
_DAMPING: Final = 1e-6

Floats = NDArray[np.floating]


@dataclass(frozen=True)
class Splitting:
    """Minimises x^T G x / 2 - b^T x with lower <= A x <= upper, for many b.

    The alternating direction method of multipliers in the form of OSQP (Stellato et al., Mathematical
    Programming Computation 12, 2020, algorithm 1): one factorisation serves every frame, so a clip costs a
    few matrix products. G should have a diagonal of about 1: scale the unknowns.

    Attributes:
        constraints: (C, K) the matrix A; its first K rows are the identity.
        inverse: (K, K) of the regularised G.
    """

    constraints: Floats
    inverse: Floats

    @classmethod
    def of(cls, gram: NDArray[np.floating], rows: NDArray[np.floating] | None = None) -> "Splitting":
        """Factorise.

        Args:
            gram: (K, K) the matrix G, symmetric and positive semidefinite.
            rows: (C - K, K) constraints beside the bounds of each unknown.
        """
        count = len(gram)
        identity = np.eye(count)
        constraints = identity if rows is None else np.concatenate([identity, rows])
        inverse = np.linalg.inv(gram + _DAMPING * identity + _STEP * constraints.T @ constraints)
        return cls(constraints.astype(np.float32), inverse.astype(np.float32))

    def iterate(
        self,
        linear: Floats,
        lower: Floats,
        upper: Floats,
        values: Floats,
        duals: Floats,
        iterations: int,
    ) -> tuple[Floats, Floats]:
        """Constrained values and scaled duals, both (F, C), after more iterations.

        Args:
            linear: (F, K) the vectors b.
            lower: (F, C) or (C,) bounds.
            upper: the same.
            values: (F, C) where to start.
            duals: (F, C) the same.
            iterations: how many.
        """
        # Two constant maps instead of four products an iteration.
        from_linear = linear @ self.inverse @ self.constraints.T
        from_state = _STEP * self.constraints @ self.inverse @ self.constraints.T
        for _ in range(iterations):
            solution = from_linear + (values - duals) @ from_state
            relaxed = _RELAXATION * solution + (1 - _RELAXATION) * values + duals
            values = np.clip(relaxed, lower, upper)
            duals = relaxed - values
        return values, duals
