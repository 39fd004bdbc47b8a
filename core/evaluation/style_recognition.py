# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether styles can be told apart by what is to be seen, without the networks that make them.

Each output is described by statistics of its motion alone: of every ARKit weight of mouth and brows, and of
the lips' gap, the mouth's width and the lower lip's depth, the mean, the standard deviation and the mean
speed.
A nearest-centroid classifier, which has seen all sentences but one in all styles, names the style of each
output of that one.

Shape letters: F frames, K sentences, N styles, D numbers.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ..head import lip_gap_model, load_head
from ..retarget.arkit import BROW_NAMES, MOUTH_NAMES, arkit_indices
from .generators_motion import lip_coordinates
from .mouth_events import lip_depths, mouth_widths

Weights = NDArray[np.floating]

_SHOWN: Final = [*arkit_indices(MOUTH_NAMES), *arkit_indices(BROW_NAMES)]
_LEAST_SPREAD: Final = 1e-4
"""Of a statistic that says something: a weight that never moves says nothing."""


@dataclass(frozen=True)
class Recognition:
    """What a classifier made of outputs.

    Attributes:
        confusion: (N, N) outputs of each style (row) that were named as each style (column).
    """

    confusion: NDArray[np.int64]

    @property
    def share(self) -> float:
        """Of the outputs that were named rightly; 1 / N is chance."""
        return float(np.trace(self.confusion) / self.confusion.sum())


def statistics(weights: Weights, fps: float) -> NDArray[np.float64]:
    """Mean, standard deviation and mean speed (D,) of each curve of an output (F, 52)."""
    lips = [
        1000 * lip_gap_model().heights(weights),
        1000 * mouth_widths(weights),
        1000 * lip_depths(weights),
    ]
    curves = np.concatenate([np.asarray(weights, np.float64)[:, _SHOWN], np.stack(lips, axis=1)], axis=1)
    speed = np.abs(np.diff(curves, axis=0)).mean(axis=0) * fps
    return np.concatenate([curves.mean(axis=0), curves.std(axis=0), speed])


def recognise(described: NDArray[np.float64]) -> Recognition:
    """Name the style of each output, leaving its sentence out.

    Args:
        described: (K, N, D) statistics of each sentence in each style, two sentences or more.
    """
    sentences, styles, _ = described.shape
    confusion = np.zeros((styles, styles), np.int64)
    for left_out in range(sentences):
        known = np.delete(described, left_out, axis=0)
        mean, spread = (getattr(known, what)(axis=(0, 1)) for what in ("mean", "std"))
        kept = spread > _LEAST_SPREAD
        centroids = ((known - mean) / np.maximum(spread, _LEAST_SPREAD))[..., kept].mean(axis=0)
        shown = ((described[left_out] - mean) / np.maximum(spread, _LEAST_SPREAD))[:, kept]
        distances = ((shown[:, None] - centroids[None]) ** 2).sum(axis=-1)
        for style, named in enumerate(distances.argmin(axis=1)):
            confusion[style, named] += 1
    return Recognition(confusion)


def equal_displacement(outputs: Sequence[Weights]) -> list[NDArray[np.float64]]:
    """Outputs (F, 52) scaled about the neutral face until the lips of all are equally far from it.

    The distance is the root of the mean square over frames and lip vertices; that of the mean of all becomes
    everybody's.
    """
    sizes = [_size(each) for each in outputs]
    return [
        _scaled(each, np.zeros(each.shape[1]), size, sizes) for each, size in zip(outputs, sizes, strict=True)
    ]


def equal_motion(outputs: Sequence[Weights], *, keep_posture: bool) -> list[NDArray[np.float64]]:
    """Outputs (F, 52) whose lips move equally far about their own mean, likewise.

    Args:
        outputs: weights.
        keep_posture: whether the mean face of each stays; else it is taken away, and only how the face moves
            is left.
    """
    means = [np.asarray(each, np.float64).mean(axis=0) for each in outputs]
    sizes = [_size(each - mean) for each, mean in zip(outputs, means, strict=True)]
    scaled = [
        _scaled(each, mean, size, sizes) for each, mean, size in zip(outputs, means, sizes, strict=True)
    ]
    if keep_posture:
        return scaled
    return [each - mean for each, mean in zip(scaled, means, strict=True)]


def _size(weights: Weights) -> float:
    moved = lip_coordinates(weights @ load_head().arkit_to_expression.T)
    return float(np.sqrt((moved**2).sum(axis=1).mean()))


def _scaled(
    weights: Weights, centre: NDArray[np.float64], size: float, sizes: Sequence[float]
) -> NDArray[np.float64]:
    factor = float(np.mean(sizes)) / size if size > 0 else 1.0
    return np.asarray(centre + factor * (weights - centre), np.float64)
