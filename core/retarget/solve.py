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
from .splitting import FRAMES_PER_BLOCK, Splitting

CORRECTIVE_LIMITS: Final[tuple[tuple[str, str], ...]] = (("mouthClose", "jawOpen"),)
"""(corrective, base): the corrective stays at or below its base. Above jawOpen, mouthClose pushes the
lips through each other."""

_ITERATIONS = 60
_CONFLICT = 1e-4
"""Weight up to which the weaker of an opposed pair is rounding and is simply dropped."""


@dataclass(frozen=True)
class WeightSolver:
    """Minimises |M w - beta|^2 with 0 <= w <= 1, corrective limits, and at most one of a pair above zero.

    Opposed pairs make the problem non-convex; they are settled by a first solve (`splitting`), in which the
    stronger of the two (by the size of its displacement) wins, and a second with the other at 0.

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
        for first in range(0, len(expression), FRAMES_PER_BLOCK):
            block = slice(first, first + FRAMES_PER_BLOCK)
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
        upper = np.concatenate([length, np.full(len(limits), np.inf)])
        return _System(
            length.astype(np.float32),
            columns.astype(np.float32),
            upper.astype(np.float32),
            Splitting.of(columns.T @ columns, limits),
        )

    def _solve_block(self, linear: NDArray[np.floating]) -> NDArray[np.floating]:
        """Weights (F, W) from the linear terms M^T beta (F, W) of scaled columns."""
        system = self._system
        upper = np.repeat(system.upper[None], len(linear), axis=0)
        values = np.zeros_like(upper)
        duals = np.zeros_like(upper)
        lower = np.zeros(upper.shape[1], np.float32)
        values, duals = system.splitting.iterate(linear, lower, upper, values, duals, _ITERATIONS)
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
            values[conflict], _ = system.splitting.iterate(
                linear[conflict], lower, upper[conflict], values[conflict], duals[conflict], _ITERATIONS
            )
        weights = np.clip(values[:, : len(ARKIT_NAMES)] / system.length, 0, 1)
        for corrective, base in CORRECTIVE_LIMITS:
            c, b = ARKIT_INDEX[corrective], ARKIT_INDEX[base]
            weights[:, c] = np.minimum(weights[:, c], weights[:, b])
        return weights


@dataclass(frozen=True)
class _System:
    """Column lengths (W,), scaled columns (B, W), upper bounds (C,), and their factorisation."""

    length: NDArray[np.float32]
    columns: NDArray[np.float32]
    upper: NDArray[np.float32]
    splitting: Splitting
