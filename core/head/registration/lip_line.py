# SPDX-License-Identifier: GPL-3.0-or-later
"""Where the lips of a mesh meet, as a line from corner to corner.

Letters: N places along the lips, M vertices of a rim.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ..surface import Surface
from .lips import LIP_PLACES, Lips, looking

Doubles = NDArray[np.float64]
Indices = NDArray[np.int64]

_LINE: Final = 41
"""Places of a line along the lips."""
_MUTUAL: Final = 1.3
"""How many times farther than the nearest pair another one may be."""
_LINE_REACH: Final = 0.1
_LINE_STEP: Final = 0.04
"""Half widths of the mouth within which pairs are compared, and over which they are averaged."""
_CONTACT: Final = 0.0003
"""Metres by which pairs may be farther apart than the nearest ones about them, and count."""
_FEWEST: Final = len(LIP_PLACES)
"""Pairs that look at each other, or else all count."""


@dataclass(frozen=True, eq=False)
class LipLine:
    """Where the lips meet, or are nearest to each other, from the subject's right corner to the left one.

    Attributes:
        places: (N,) from -1 at the right corner to 1 at the left one, along x.
        upper: (N, 3) points of the upper lip.
        lower: (N, 3) those of the lower lip.
        upper_rim: vertices of the surface that the upper one goes through, the corners not among them.
        lower_rim: those of the lower one.
    """

    places: Doubles
    upper: Doubles
    lower: Doubles
    upper_rim: Indices
    lower_rim: Indices

    def at(self, places: Doubles) -> tuple[Doubles, Doubles]:
        """Points (M, 3) of the upper and (M, 3) of the lower lip at places (M,)."""
        return tuple(  # type: ignore[return-value]
            np.stack([np.interp(places, self.places, curve[:, axis]) for axis in range(3)], axis=1)
            for curve in (self.upper, self.lower)
        )

    def places_of(self, points: Doubles) -> Doubles:
        """(M,) where points (M, 3) are from the right corner to the left one."""
        right, left = self.upper[0, 0], self.upper[-1, 0]
        return 2 * (points[:, 0] - right) / (left - right) - 1


def lip_line(surface: Surface, lips: Lips) -> LipLine:
    """The line of the lips with its corners: where the shortest way from one lip to the other turns.

    The slit's own ends depend on how fine a mesh is; its corners do not.
    """
    points = surface.vertices
    upper, lower = _facing(surface, lips.pairs).T
    away = np.linalg.norm(points[upper] - points[lower], axis=1)
    across = (points[upper, 0] + points[lower, 0]) / 2
    corners, rims = [], []
    for side in (-1, 1):
        # From pairs in the outer part of the slit, of which the nearest to each other is no fold beside it.
        outer = np.flatnonzero(side * across >= np.quantile(side * across, 0.9))
        pair = outer[away[outer].argmin()]
        path = surface.path(int(upper[pair]), int(lower[pair]))
        lengths = np.concatenate([[0.0], np.cumsum(np.linalg.norm(np.diff(points[path], axis=0), axis=1))])
        turn = int(np.abs(lengths - lengths[-1] / 2).argmin())
        corners.append(points[path[turn]])
        rims.append((path[: turn + 1], path[turn:]))
    right, left = corners
    if left[0] - right[0] < 0.5 * np.ptp(across):
        # The slit reaches around to where no corner is seen from: its own ends.
        ends = np.array([across.argmin(), across.argmax()])
        right, left = (points[upper[ends]] + points[lower[ends]]) / 2
        rims = []
    places = np.linspace(-1, 1, _LINE)
    curves, kept = [], []
    for number, mine in enumerate((upper, lower)):
        rim = np.concatenate([mine, *(each[number] for each in rims)]).astype(np.int64)
        far = np.concatenate([away, np.full(len(rim) - len(mine), np.median(away))])
        at = 2 * (points[rim, 0] - right[0]) / (left[0] - right[0]) - 1
        on_line = _nearest_along(at, far)
        kept.append(np.unique(rim[on_line]))
        curves.append(_threaded(places, at[on_line], points[rim[on_line]], (right, left)))
    return LipLine(places, *curves, *kept)


def _facing(surface: Surface, pairs: Indices) -> Indices:
    """The pairs (N, 2) that look at each other, and of one lower vertex the nearest."""
    upper, lower = pairs.T
    away = np.linalg.norm(surface.vertices[lower] - surface.vertices[upper], axis=1)
    nearest = np.full(len(surface.vertices), np.inf)
    np.minimum.at(nearest, lower, away)
    kept = looking(surface, upper, lower) & (away <= _MUTUAL * nearest[lower] + _CONTACT)
    return pairs[kept] if kept.sum() >= _FEWEST else pairs


def _nearest_along(at: Doubles, far: Doubles) -> NDArray[np.bool_]:
    """Which of some vertices at places (M,) are about as near (M,) to the other lip as any beside them."""
    beside = np.abs(at[:, None] - at) < _LINE_REACH
    nearest = np.where(beside, far, np.inf).min(axis=1)
    return (far <= _MUTUAL * nearest + _CONTACT) & (np.abs(at) < 1)


def _threaded(places: Doubles, at: Doubles, points: Doubles, ends: tuple[Doubles, Doubles]) -> Doubles:
    """Points (N, 3) at some places (N,) of a line from end to end through points (M, 3) at places (M,)."""
    bins = np.round(at / _LINE_STEP).astype(int)
    knots = [(-1.0, ends[0])]
    for each in np.unique(bins):
        mine = bins == each
        knots.append((float(at[mine].mean()), points[mine].mean(axis=0)))
    knots.append((1.0, ends[1]))
    where = np.array([place for place, _ in knots])
    values = np.array([value for _, value in knots])
    return np.stack([np.interp(places, where, values[:, axis]) for axis in range(3)], axis=1)
