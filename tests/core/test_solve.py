# SPDX-License-Identifier: GPL-3.0-or-later
import numpy as np
import pytest
from soliloquy.core.head import load_head
from soliloquy.core.retarget.arkit import ARKIT_INDEX, OPPOSED_PAIRS
from soliloquy.core.retarget.solve import WeightSolver


@pytest.fixture(scope="module")
def matrix() -> np.ndarray:
    return load_head().arkit_to_expression


@pytest.fixture(scope="module")
def solver(matrix: np.ndarray) -> WeightSolver:
    return WeightSolver(matrix)


def possible_weights(count: int, seed: int) -> np.ndarray:
    """Random weights that no rule forbids."""
    random = np.random.default_rng(seed)
    weights = random.random((count, 52)) ** 2 * (random.random((count, 52)) < 0.4)
    for first, second in OPPOSED_PAIRS:
        a, b = ARKIT_INDEX[first], ARKIT_INDEX[second]
        weaker = np.where(weights[:, a] < weights[:, b], a, b)
        weights[np.arange(count), weaker] = 0
    close, jaw = ARKIT_INDEX["mouthClose"], ARKIT_INDEX["jawOpen"]
    weights[:, close] = np.minimum(weights[:, close], weights[:, jaw])
    return weights


def assert_allowed(weights: np.ndarray) -> None:
    assert weights.min() >= 0
    assert weights.max() <= 1
    assert (weights[:, ARKIT_INDEX["mouthClose"]] <= weights[:, ARKIT_INDEX["jawOpen"]]).all()
    for first, second in OPPOSED_PAIRS:
        both = np.minimum(weights[:, ARKIT_INDEX[first]], weights[:, ARKIT_INDEX[second]])
        assert both.max() == 0, (first, second)


def test_possible_weights_come_back(matrix: np.ndarray, solver: WeightSolver) -> None:
    weights = possible_weights(3000, seed=0)
    solved = solver.solve(weights @ matrix.T)
    assert_allowed(solved)
    assert np.abs(solved - weights).max() < 0.02
    assert np.abs(solved - weights).mean() < 2e-4


def test_impossible_coefficients_give_allowed_weights(matrix: np.ndarray, solver: WeightSolver) -> None:
    random = np.random.default_rng(1)
    assert_allowed(solver.solve(random.normal(0, 0.3, (2000, 64))))
    wild = random.normal(0, 1, (500, 52)) @ matrix.T
    assert_allowed(solver.solve(wild))


def test_as_good_as_scipy_where_no_pair_is_in_play(matrix: np.ndarray, solver: WeightSolver) -> None:
    optimize = pytest.importorskip("scipy.optimize")
    random = np.random.default_rng(2)
    weights = possible_weights(12, seed=3)
    beta = weights @ matrix.T + random.normal(0, 0.002, (12, 64))
    solved = solver.solve(beta)
    for frame in range(12):
        # The same bounds and pairs; the corrective limit as a change of variable would be another problem.
        bounds = np.ones(52)
        for first, second in OPPOSED_PAIRS:
            a, b = ARKIT_INDEX[first], ARKIT_INDEX[second]
            bounds[a if solved[frame, a] < solved[frame, b] else b] = 1e-9
        best = optimize.lsq_linear(matrix, beta[frame], bounds=(0, bounds)).cost
        ours = 0.5 * np.sum((matrix @ solved[frame] - beta[frame]) ** 2)
        limited = solved[frame, ARKIT_INDEX["mouthClose"]] == solved[frame, ARKIT_INDEX["jawOpen"]] > 0
        assert ours <= best * 1.05 + 1e-9 or limited


def test_blocks_do_not_matter(matrix: np.ndarray, solver: WeightSolver) -> None:
    beta = possible_weights(5000, seed=4) @ matrix.T
    whole = solver.solve(beta)
    assert np.abs(whole[4000:4100] - solver.solve(beta[4000:4100])).max() < 1e-5
