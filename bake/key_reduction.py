# SPDX-License-Identifier: GPL-3.0-or-later
"""Leave out the keys that straight lines between their neighbours already say. NumPy only."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from ..core.retarget.arkit import ARKIT_INDEX

DEFAULT_ERROR: Final = 0.01
"""Largest difference in weight between the reduced and the dense curve."""

CLOSED_OPENING: Final = 0.06
"""Weight: an effective jaw opening below this counts as closed lips."""

_LOWERING: Final = ("mouthLowerDownLeft", "mouthLowerDownRight")
_RAISING: Final = ("mouthUpperUpLeft", "mouthUpperUpRight")


def effective_opening(weights: NDArray[np.floating]) -> NDArray[np.float64]:
    """How far the lips are apart, in units of jaw weight, shape (F,), from weights (F, 52).

    mouthClose brings the lips together over an open jaw; the lower and upper lip shapes part them.
    """

    def mean(names: tuple[str, ...]) -> NDArray[np.float64]:
        return np.asarray(weights, np.float64)[:, [ARKIT_INDEX[name] for name in names]].mean(axis=1)

    return mean(("jawOpen",)) - mean(("mouthClose",)) + 0.5 * (mean(_LOWERING) + mean(_RAISING))


def closed_lips(weights: NDArray[np.floating], threshold: float = CLOSED_OPENING) -> NDArray[np.bool_]:
    """Frames (F,) where lips that moved are closed: minima of the opening below the threshold.

    Both ends of a flat minimum count, so a held closure keeps its first and last frame.
    """
    opening = effective_opening(weights)
    before = np.concatenate([[np.inf], opening[:-1]])
    after = np.concatenate([opening[1:], [np.inf]])
    minimum = (opening <= before) & (opening <= after) & ((opening < before) | (opening < after))
    return minimum & (opening < threshold)


def reduce_keys(
    values: NDArray[np.floating],
    error: float = DEFAULT_ERROR,
    protected: NDArray[np.bool_] | None = None,
) -> NDArray[np.bool_]:
    """Which keys of evenly spaced values to keep so that lines between them stay within the error.

    Ramer-Douglas-Peucker (Comput. Graph. Image Process. 1(3), 1972; Cartographica 10(2), 1973) with the
    vertical distance, all segments of one depth split at once.

    Args:
        values: (F,) one value per frame.
        error: largest allowed difference, same unit as the values.
        protected: (F,) keys that are kept whatever the error.

    Returns:
        (F,) bool; the first and the last frame are always kept.
    """
    values = np.asarray(values, np.float64)
    count = len(values)
    keep = np.zeros(count, bool) if protected is None else np.array(protected, bool)
    if count == 0:
        return keep
    keep[[0, -1]] = True
    unsettled = np.arange(count)
    while True:
        knots = np.flatnonzero(keep)
        distance = np.abs(values[unsettled] - np.interp(unsettled, knots, values[knots]))
        segment = np.searchsorted(knots, unsettled, side="right")
        starts = np.flatnonzero(np.diff(segment, prepend=-1))
        lengths = np.diff(starts, append=len(segment))
        worst = np.maximum.reduceat(distance, starts)
        # A segment within the error stays so: only the others are looked at again.
        broken = worst > error
        if not broken.any():
            return keep
        in_broken = np.repeat(broken, lengths)
        at_worst = np.flatnonzero(in_broken & (distance == np.repeat(worst, lengths)))
        first_in_segment = np.diff(segment[at_worst], prepend=-1) != 0
        keep[unsettled[at_worst[first_in_segment]]] = True
        unsettled = unsettled[in_broken]
