# SPDX-License-Identifier: GPL-3.0-or-later
"""How loud a sound is, and the mouth that follows loudness alone: what everything else has to beat.

Shape letters: F frames.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from ..audio import SAMPLE_RATE
from ..retarget.arkit import ARKIT_INDEX, ARKIT_NAMES

_WINDOW: Final = 0.08
"""Seconds of sound in one value of the loudness curve."""
_QUIET, _LOUD = 10, 95
"""Percentiles of a clip's loudness at which the mouth is shut and fully open."""
_LEAST_RANGE: Final = 6.0
"""Decibels between them, at least, so that steady noise does not open and shut the mouth."""
_WIDE_OPEN: Final = 0.6
"""jawOpen at the loudest."""


def loudness(samples: NDArray[np.floating], times: NDArray[np.floating]) -> NDArray[np.float64]:
    """Loudness (F,) in decibels of the 80 ms around each time.

    Args:
        samples: mono at 16 kHz.
        times: seconds (F,).
    """
    half = int(_WINDOW / 2 * SAMPLE_RATE)
    squares = np.concatenate([[0.0], np.cumsum(samples.astype(np.float64) ** 2)])
    centre = np.round(times * SAMPLE_RATE).astype(np.int64)
    first = np.clip(centre - half, 0, len(samples))
    last = np.clip(centre + half, 0, len(samples))
    power = (squares[last] - squares[first]) / np.maximum(last - first, 1)
    return np.asarray(10 * np.log10(power + 1e-10), np.float64)


def loudness_weights(samples: NDArray[np.floating], times: NDArray[np.floating]) -> NDArray[np.float32]:
    """ARKit weights (F, 52) of a mouth whose jaw follows the loudness, the usual way without a network.

    The jaw is shut at the clip's 10th percentile and below, fully open at the 95th, with a straight line in
    decibels between them. Arguments as of `loudness`.
    """
    weights = np.zeros((len(times), len(ARKIT_NAMES)), np.float32)
    if len(times):
        level = loudness(samples, times)
        quiet, loud = np.percentile(level, [_QUIET, _LOUD])
        share = np.clip((level - quiet) / max(loud - quiet, _LEAST_RANGE), 0, 1)
        weights[:, ARKIT_INDEX["jawOpen"]] = _WIDE_OPEN * share
    return weights
