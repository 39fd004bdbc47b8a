# SPDX-License-Identifier: GPL-3.0-or-later
"""How sure a figure is: intervals from drawing people or clips again (Efron, Annals of Statistics 7, 1979).

Shape letters: U units that are drawn (people or clips), K sums of each.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

_RESAMPLES: Final = 2000


@dataclass(frozen=True)
class Interval:
    """A figure with the range in which 95 % of the draws lie.

    Attributes:
        value: the figure itself.
        low, high: the range.
    """

    value: float
    low: float
    high: float

    def text(self, places: int = 2, *, signed: bool = False) -> str:
        """For a cell of a table; a dash where there is no figure."""
        if np.isnan(self.value):
            return "-"
        sign = "+" if signed else ""
        value, low, high = (f"{each:{sign}.{places}f}" for each in (self.value, self.low, self.high))
        return f"{value} ({low} to {high})"


def interval(
    sums: NDArray[np.floating], figure: Callable[[NDArray[np.float64]], NDArray[np.float64]]
) -> Interval:
    """A figure of sums over all units, and where it lies when units are drawn with replacement.

    For paired differences the sums of both stand side by side.

    Args:
        sums: (U, K).
        figure: of sums over units (..., K) to (...).

    Returns:
        Not a number where there is no unit.
    """
    sums = np.asarray(sums, np.float64)
    if not len(sums):
        return Interval(float("nan"), float("nan"), float("nan"))
    drawn = np.random.default_rng(0).multinomial(len(sums), np.full(len(sums), 1 / len(sums)), _RESAMPLES)
    with np.errstate(invalid="ignore", divide="ignore"):
        found = figure(drawn @ sums)
        value = float(figure(sums.sum(axis=0)))
    low, high = np.nanpercentile(found, [2.5, 97.5]) if np.isfinite(found).any() else (np.nan, np.nan)
    return Interval(value, float(low), float(high))


def sums_of(values: NDArray[np.floating], units: Sequence[str] | NDArray[np.str_]) -> NDArray[np.float64]:
    """Sums (U, K) of rows (N, K) that belong to units (N,)."""
    _, place = np.unique(np.asarray(units), return_inverse=True)
    sums = np.zeros((place.max(initial=-1) + 1, values.shape[1]))
    np.add.at(sums, place, values)
    return sums


def share_right(right: NDArray[np.bool_], units: Sequence[str] | NDArray[np.str_]) -> Interval:
    """The share of rows (N,) that are right."""
    rows = np.column_stack([right.astype(np.float64), np.ones(len(right))])
    return interval(sums_of(rows, units), lambda sums: sums[..., 0] / sums[..., 1])


def correlation(
    found: NDArray[np.floating], true: NDArray[np.floating], units: Sequence[str] | NDArray[np.str_]
) -> Interval:
    """Pearson's correlation of two columns (N,)."""
    rows = np.column_stack([np.ones(len(found)), found, true, found**2, true**2, found * true])
    return interval(sums_of(rows, units), _pearson)


def _pearson(sums: NDArray[np.float64]) -> NDArray[np.float64]:
    count, x, y, xx, yy, xy = np.moveaxis(sums, -1, 0)
    return (xy - x * y / count) / np.sqrt((xx - x * x / count) * (yy - y * y / count))
