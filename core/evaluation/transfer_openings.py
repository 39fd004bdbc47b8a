# SPDX-License-Identifier: GPL-3.0-or-later
"""Slits between lips and between lids, as they are seen from the front.

Metres in head axes. Letters: W vertices of a character, T triangles, C columns of an opening.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np

from .made_heads import Doubles, Indices

COLUMNS: Final = 17
"""Upright lines across an opening, along which a slit is looked for."""


@dataclass(frozen=True, eq=False)
class Opening:
    """Where an opening is.

    Attributes:
        columns: (C,) x.
        low, high: (C,) y between which skin should cover what lies behind.
        behind: (C,) z behind which skin covers nothing.
        skin: (T, 3) triangles around it.
    """

    columns: Doubles
    low: Doubles
    high: Doubles
    behind: Doubles
    skin: Indices

    @classmethod
    def between(
        cls,
        low: Doubles,
        high: Doubles,
        rims: tuple[Doubles, Doubles],
        depth: float,
        skin: Indices,
        inside: tuple[float, float] = (-np.inf, np.inf),
    ) -> "Opening":
        """The opening within two rims.

        Args:
            low, high: (N, 3) lines below and above, between which all should be covered.
            rims: two lines (N, 3) where skin ends; columns lie evenly between the ends of both.
            depth: metres behind the rims at which skin covers nothing any more.
            skin: (T, 3).
            inside: x of the outermost columns, at most.
        """
        first = max(inside[0], *(rim[:, 0].min() for rim in rims))
        last = min(inside[1], *(rim[:, 0].max() for rim in rims))
        columns = np.linspace(first, last, COLUMNS)
        behind = (_along(rims[0], columns, 2) + _along(rims[1], columns, 2)) / 2 - depth
        return cls(columns, _along(low, columns, 1), _along(high, columns, 1), behind, skin)


def _along(line: Doubles, columns: Doubles, axis: int) -> Doubles:
    order = np.argsort(line[:, 0])
    return np.interp(columns, line[order, 0], line[order, axis])


def highest_slit(points: Doubles, opening: Opening) -> float:
    """The highest stretch, metres, that the skin (W, 3) leaves uncovered."""
    corners = points[opening.skin]
    highest = 0.0
    lines = zip(opening.columns, opening.low, opening.high, opening.behind, strict=True)
    for x, low, high, behind in lines:
        covered = _crossed(corners, x, behind)
        covered = covered[np.argsort(covered[:, 0])]
        reached = low
        for start, end in covered.tolist():
            if start > high:
                break
            highest = max(highest, start - reached)
            reached = max(reached, end)
        highest = max(highest, high - reached)
    return highest


def _crossed(corners: Doubles, x: float, behind: float) -> Doubles:
    """(N, 2) what an upright line covers of the triangles (T, 3, 3) before some depth: from low to high."""
    across = corners[:, :, 0] - x
    met = corners[(across.min(axis=1) < 0) & (across.max(axis=1) > 0)]
    start, end = met, np.roll(met, -1, axis=1)
    first, second = start[:, :, 0] - x, end[:, :, 0] - x
    crosses = (first < 0) != (second < 0)
    share = np.where(crosses, first / np.where(crosses, first - second, 1), 0)[:, :, None]
    found = (start + share * (end - start))[crosses].reshape(-1, 2, 3)
    in_front = found[:, :, 2].mean(axis=1) > behind
    return np.sort(found[in_front][:, :, 1], axis=1)
