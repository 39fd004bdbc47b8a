# SPDX-License-Identifier: GPL-3.0-or-later
"""3DMM expression coefficients to ARKit weights: bounded least squares over whole clips.

Shape letters: F frames, W weights (52), B coefficients (64), C constraints (W bounds + corrective limits).
"""

from dataclasses import dataclass
from functools import cached_property
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ..errors import InputError
from .arkit import ARKIT_INDEX, ARKIT_NAMES, OPPOSED_PAIRS

CORRECTIVE_LIMITS: Final[tuple[tuple[str, str], ...]] = (("mouthClose", "jawOpen"),)
"""(corrective, base): the corrective stays at or below its base. Above jawOpen, mouthClose pushes the
lips through each other."""

_ITERATIONS = 60
_RELAXATION = 1.6
_STEP = 0.05
"""ADMM penalty relative to columns of unit length; chosen by the worst residual over random motions."""
_DAMPING = 1e-6
_FRAMES_PER_BLOCK = 64
"""So few that OpenBLAS does not share a product out to its threads, as it does from 262144 terms on:
they wait for each other in each iteration, on a busy machine for ten times as long as the work takes."""
_CONFLICT = 1e-4
"""Weight up to which the weaker of an opposed pair is rounding and is simply dropped."""


@dataclass(frozen=True)
class WeightSolver:
    """Minimises |M w - beta|^2 with 0 <= w <= 1, corrective limits, and at most one of a pair above zero.

    The alternating direction method of multipliers in the form of OSQP (Stellato et al., Mathematical
    Programming Computation 12, 2020, algorithm 1): one factorisation serves every frame, so a clip costs a
    few matrix products. Opposed pairs make the problem non-convex; they are settled by a first solve, in
    which the stronger of the two (by the size of its displacement) wins, and a second with the other at 0.

    Attributes:
        matrix: (B, W) float, beta = matrix @ w; column k is the displacement of ARKit shape k.
    """

    matrix: NDArray[np.floating]

    def __post_init__(self) -> None:
        if self.matrix.ndim != 2 or self.matrix.shape[1] != len(ARKIT_NAMES):
            raise InputError(
                f"The expression matrix has shape {self.matrix.shape}, expected (coefficients, "
                f"{len(ARKIT_NAMES)})."
            )

    def solve(self, expression: NDArray[np.floating]) -> NDArray[np.float32]:
        """Weights (F, W) float32 for coefficients (F, B)."""
        expression = np.asarray(expression, dtype=np.float32)
        if expression.ndim != 2 or expression.shape[1] != len(self.matrix):
            raise InputError(
                f"Expression coefficients have shape {expression.shape}, "
                f"expected (frames, {len(self.matrix)})."
            )
        result = np.empty((len(expression), len(ARKIT_NAMES)), np.float32)
        for first in range(0, len(expression), _FRAMES_PER_BLOCK):
            block = slice(first, first + _FRAMES_PER_BLOCK)
            result[block] = self._solve_block(expression[block] @ self._system.columns)
        return result

    @cached_property
    def _system(self) -> "_System":
        """The factorisation, shared by all frames."""
        # Columns are scaled to unit length so that small lip shapes converge as fast as the jaw.
        length = np.linalg.norm(self.matrix.astype(np.float64), axis=0)
        length = np.where(length > 0, length, 1.0)
        columns = self.matrix / length
        limits = np.zeros((len(CORRECTIVE_LIMITS), len(ARKIT_NAMES)))
        for row, (corrective, base) in enumerate(CORRECTIVE_LIMITS):
            limits[row, ARKIT_INDEX[base]] = 1 / length[ARKIT_INDEX[base]]
            limits[row, ARKIT_INDEX[corrective]] = -1 / length[ARKIT_INDEX[corrective]]
        limits /= np.linalg.norm(limits, axis=1, keepdims=True)
        constraints = np.concatenate([np.eye(len(ARKIT_NAMES)), limits])
        inverse = np.linalg.inv(
            columns.T @ columns + _DAMPING * np.eye(len(ARKIT_NAMES)) + _STEP * constraints.T @ constraints
        )
        upper = np.concatenate([length, np.full(len(limits), np.inf)])
        return _System(
            *(array.astype(np.float32) for array in (length, columns, constraints, inverse, upper))
        )

    def _solve_block(self, linear: NDArray[np.float32]) -> NDArray[np.float32]:
        """Weights (F, W) from the linear terms M^T beta (F, W) of scaled columns."""
        system = self._system
        upper = np.repeat(system.upper[None], len(linear), axis=0)
        values = np.zeros_like(upper)
        duals = np.zeros_like(upper)
        values, duals = system.iterate(linear, upper, values, duals)
        conflict = np.zeros(len(linear), bool)
        for first, second in OPPOSED_PAIRS:
            a, b = ARKIT_INDEX[first], ARKIT_INDEX[second]
            first_wins = values[:, a] >= values[:, b]
            loser = np.where(first_wins, b, a)
            rows = np.arange(len(linear))
            conflict |= values[rows, loser] > _CONFLICT * system.length[loser]
            upper[rows, loser] = 0
        values = np.minimum(values, upper)
        if conflict.any():
            values[conflict], _ = system.iterate(
                linear[conflict], upper[conflict], values[conflict], duals[conflict]
            )
        weights = np.clip(values[:, : len(ARKIT_NAMES)] / system.length, 0, 1)
        for corrective, base in CORRECTIVE_LIMITS:
            c, b = ARKIT_INDEX[corrective], ARKIT_INDEX[base]
            weights[:, c] = np.minimum(weights[:, c], weights[:, b])
        return weights


@dataclass(frozen=True)
class _System:
    """Arrays of the splitting, float32: column lengths (W,), scaled columns (B, W), constraints (C, W),
    inverse (W, W) of the regularised normal matrix, upper bounds (C,)."""

    length: NDArray[np.float32]
    columns: NDArray[np.float32]
    constraints: NDArray[np.float32]
    inverse: NDArray[np.float32]
    upper: NDArray[np.float32]

    def iterate(
        self,
        linear: NDArray[np.float32],
        upper: NDArray[np.float32],
        values: NDArray[np.float32],
        duals: NDArray[np.float32],
    ) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Run the splitting from constrained values and scaled duals, both (F, C); lower bounds are 0."""
        # Two constant maps instead of four products an iteration.
        from_linear = linear @ self.inverse @ self.constraints.T
        from_state = _STEP * self.constraints @ self.inverse @ self.constraints.T
        for _ in range(_ITERATIONS):
            solution = from_linear + (values - duals) @ from_state
            relaxed = _RELAXATION * solution + (1 - _RELAXATION) * values + duals
            values = np.clip(relaxed, 0, upper)
            duals = relaxed - values
        return values, duals
