# SPDX-License-Identifier: GPL-3.0-or-later
"""Orthonormal bases of the 3DMM: expression from the shapes, identity from sampled people.

Letters: V vertices, K = 64 expression and 80 identity coefficients.
"""

from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ...retarget.arkit import ARKIT_INDEX, ARKIT_NAMES

EXPRESSION_COUNT: Final = 64
_SAMPLES: Final = 20_000


class ExpressionBasis(NamedTuple):
    """U_exp = mixing @ shapes."""

    mixing: NDArray[np.float64]
    """(64, 64)."""
    arkit_to_expression: NDArray[np.float64]
    """(64, 52): beta = M w."""
    spread: NDArray[np.float64]
    """(64,) standard deviation of each coefficient, falling."""


def residual_shapes(arkit: NDArray[np.float64], units: NDArray[np.float64]) -> NDArray[np.float64]:
    """(12, V, 3): largest components of the expression `units` (34, V, 3) outside the ARKit shapes' span.

    Each is scaled to its root-mean-square size over the units.
    """
    flat, other = arkit.reshape(len(arkit), -1), units.reshape(len(units), -1)
    solution = np.linalg.lstsq(flat.T, other.T, rcond=None)[0]
    residual = other - solution.T @ flat
    _, size, rows = np.linalg.svd(residual, full_matrices=False)
    count = EXPRESSION_COUNT - len(arkit)
    # The sign of a singular vector is arbitrary: make its largest entry positive.
    rows = rows[:count] * np.sign(rows[np.arange(count), np.abs(rows[:count]).argmax(axis=1)])[:, None]
    return (rows * size[:count, None] / np.sqrt(len(units))).reshape(count, -1, 3)


def sample_weights(seed: int = 0) -> NDArray[np.float64]:
    """(20000, 52): plausible ARKit weights, mostly small, sides alike, mouthClose at most jawOpen."""
    random = np.random.default_rng(seed)
    active = random.random((_SAMPLES, len(ARKIT_NAMES))) < 0.35
    weights = np.where(active, random.beta(1.2, 2.5, active.shape), 0.0)
    for name, index in ARKIT_INDEX.items():
        if name.endswith("Left") and name not in ("jawLeft", "mouthLeft"):
            other = ARKIT_INDEX[name.removesuffix("Left") + "Right"]
            same = random.random(_SAMPLES) < 0.85
            weights[same, other] = weights[same, index]
    jaw, close = ARKIT_INDEX["jawOpen"], ARKIT_INDEX["mouthClose"]
    weights[:, jaw] = random.beta(1.0, 3.0, _SAMPLES)
    weights[:, close] = weights[:, jaw] * np.where(random.random(_SAMPLES) < 0.3, random.random(_SAMPLES), 0)
    return weights


def expression_basis(shapes: NDArray[np.float64]) -> ExpressionBasis:
    """Basis over `shapes` (64, V, 3), the 52 ARKit shapes first, ordered by variance."""
    flat = shapes.reshape(len(shapes), -1)
    gram = flat @ flat.T
    lower = np.linalg.cholesky(gram)
    covariance = np.zeros((EXPRESSION_COUNT, EXPRESSION_COUNT))
    count = len(ARKIT_NAMES)
    covariance[:count, :count] = np.cov(sample_weights(), rowvar=False)
    rest = np.arange(count, EXPRESSION_COUNT)
    # The residual shapes are scaled to one standard deviation over the units; speech uses them little.
    covariance[rest, rest] = 0.1**2
    values, vectors = np.linalg.eigh(lower.T @ covariance @ lower)
    order = np.argsort(values)[::-1]
    rotation = vectors[:, order].T
    rotation *= np.sign(rotation[np.arange(len(rotation)), np.abs(rotation).argmax(axis=1)])[:, None]
    mixing = (rotation @ np.linalg.inv(lower)).astype(np.float64)
    arkit_to_expression = (rotation @ lower.T[:, :count]).astype(np.float64)
    return ExpressionBasis(mixing, arkit_to_expression, np.sqrt(np.maximum(values[order], 0)))


def identity_components(
    samples: NDArray[np.float64], template: NDArray[np.float64], count: int
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Principal components (count, V, 3) and spreads (count,) of sampled heads (N, V, 3) around the template.

    Raises ValueError when there are fewer samples than components.
    """
    if len(samples) <= count:
        raise ValueError(f"{len(samples)} sampled heads for {count} components: sample more.")
    flat = (samples - template).reshape(len(samples), -1)
    flat = flat - flat.mean(axis=0)
    gram = flat @ flat.T
    values, vectors = np.linalg.eigh(gram)
    order = np.argsort(values)[::-1][:count]
    rows = vectors[:, order].T @ flat
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    rows *= np.sign(rows[np.arange(count), np.abs(rows).argmax(axis=1)])[:, None]
    return rows.reshape(count, -1, 3), np.sqrt(values[order] / (len(samples) - 1))
