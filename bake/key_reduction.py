# SPDX-License-Identifier: GPL-3.0-or-later
"""Leave out the keys that straight lines between their neighbours already say. NumPy only."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

DEFAULT_ERROR: Final = 0.01
"""Largest difference in weight between the reduced and the dense curve."""


def closed_ends(closed: NDArray[np.bool_], gaps: NDArray[np.floating]) -> NDArray[np.bool_]:
    """The first and the last frame and the narrowest one of each run of closed lips.

    Args:
        closed: (F,) frames with closed lips.
        gaps: (F,) how far the lips are apart.

    Returns:
        (F,) bool.
    """
    chosen = largest_of_runs(closed, -np.asarray(gaps, np.float64))
    chosen |= closed & ~np.concatenate([[False], closed[:-1]])
    chosen |= closed & ~np.concatenate([closed[1:], [False]])
    return chosen


def keep_closed(
    values: NDArray[np.floating],
    slopes: NDArray[np.floating],
    gaps: NDArray[np.floating],
    limit: float,
    error: float = DEFAULT_ERROR,
) -> NDArray[np.bool_]:
    """Frames whose keys must stay so that lips that are closed stay closed between the reduced keys.

    A curve may leave its dense values by the error everywhere between its keys, and the errors of several
    curves add up to a visible gap. Keys are added where that happens until it happens nowhere.

    Args:
        values: (F, N) dense curves that move the lips.
        slopes: (N,) how much the gap grows with each.
        gaps: (F,) gap of the dense curves.
        limit: lips nearer than this are closed.
        error: largest error in value of the reduced curves.

    Returns:
        (F,) bool, to be protected in `reduce_keys` of each curve.
    """
    values, slopes = np.asarray(values, np.float64), np.asarray(slopes, np.float64)
    frames = np.arange(len(values))
    closed = np.asarray(gaps) < limit
    protected = closed_ends(closed, gaps)
    while True:
        reduced = np.array(gaps, np.float64)
        for curve, slope in zip(values.T, slopes, strict=True):
            if slope != 0:
                knots = np.flatnonzero(reduce_keys(curve, error, protected))
                reduced += slope * (np.interp(frames, knots, curve[knots]) - curve)
        opened = closed & (reduced >= limit) & ~protected
        if not opened.any():
            return protected
        protected |= largest_of_runs(opened, reduced)


def largest_of_runs(chosen: NDArray[np.bool_], values: NDArray[np.floating]) -> NDArray[np.bool_]:
    """The frame of the largest value in each run of chosen frames, (F,) bool."""
    result = np.zeros(len(chosen), bool)
    frames = np.flatnonzero(chosen)
    if len(frames) == 0:
        return result
    starts = np.flatnonzero(np.diff(frames, prepend=-2) != 1)
    largest = np.repeat(np.maximum.reduceat(values[frames], starts), np.diff(starts, append=len(frames)))
    at_largest = np.flatnonzero(values[frames] == largest)
    run = np.searchsorted(starts, at_largest, side="right")
    result[frames[at_largest[np.diff(run, prepend=-1) != 0]]] = True
    return result


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
