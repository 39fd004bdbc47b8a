# SPDX-License-Identifier: GPL-3.0-or-later
"""Mouth measures of a face, and how near one curve comes to another."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ..retarget.arkit import ARKIT_INDEX
from .captures import Capture
from .fit import lip_gap, mouth_width

MOUTH_MEASURES: Final = ("lip gap", "mouth width", "jaw", "pucker", "funnel")
"""Gap and width in inter-ocular distances, through the head's geometry; the others are ARKit weights."""

_LONGEST_LAG: Final = 8
"""Frames to either side in which the best lag is looked for."""


@dataclass(frozen=True)
class Score:
    """Agreement of a curve with the captured one.

    Attributes:
        correlation: Pearson's; not a number when either curve is constant.
        rmse: root of the mean squared difference, in the unit of the curve.
    """

    correlation: float
    rmse: float


def measure_mouth(
    weights: NDArray[np.floating], capture: Capture | None = None
) -> dict[str, NDArray[np.float64]]:
    """Curves (F,) by name of `MOUTH_MEASURES` for ARKit weights (F, 52) on the built-in head.

    With a tracked capture the gap and the width are the tracker's own and so are the jaw and the pucker
    scores: the truth is then nothing that our fit or our head had a hand in.
    """
    curves = {
        "lip gap": lip_gap(weights),
        "mouth width": mouth_width(weights),
        **{name: weights[:, ARKIT_INDEX[shape]].astype(np.float64) for name, shape in _SHAPES.items()},
    }
    if capture is not None and capture.tracked is not None:
        curves["lip gap"] = capture.tracked.lip_gap.astype(np.float64)
        curves["mouth width"] = capture.tracked.mouth_width.astype(np.float64)
        for name, shape in _SHAPES.items():
            curves[name] = capture.scores[:, ARKIT_INDEX[shape]].astype(np.float64)
    return curves


_SHAPES: Final = {"jaw": "jawOpen", "pucker": "mouthPucker", "funnel": "mouthFunnel"}


def score(truth: NDArray[np.floating], made: NDArray[np.floating]) -> Score:
    """Compare two curves (F,)."""
    rmse = float(np.sqrt(np.mean((truth - made) ** 2)))
    if truth.std() < 1e-9 or made.std() < 1e-9:
        return Score(float("nan"), rmse)
    return Score(float(np.corrcoef(truth, made)[0, 1]), rmse)


def lag_seconds(pairs: list[tuple[NDArray[np.floating], NDArray[np.floating]]], fps: float) -> float:
    """Seconds by which the made curves come late (> 0) or early, at the highest mean correlation.

    Args:
        pairs: (truth, made) curves of single clips, each (F,).
        fps: frames per second; the peak is refined below a frame by a parabola.
    """
    lags = np.arange(-_LONGEST_LAG, _LONGEST_LAG + 1)
    values = np.array([np.nanmean([_shifted_correlation(*pair, lag) for pair in pairs]) for lag in lags])
    peak = int(np.nanargmax(values))
    offset = 0.0
    if 0 < peak < len(lags) - 1:
        before, at, after = values[peak - 1 : peak + 2]
        offset = 0.5 * (before - after) / (before - 2 * at + after)
    return float((lags[peak] + offset) / fps)


def _shifted_correlation(truth: NDArray[np.floating], made: NDArray[np.floating], lag: int) -> float:
    """Correlation of truth at t with what was made at t + lag."""
    a, b = (truth[: len(truth) - lag], made[lag:]) if lag >= 0 else (truth[-lag:], made[:lag])
    return score(a, b).correlation
