# SPDX-License-Identifier: GPL-3.0-or-later
"""Which of the built-in head's pieces one piece of a mouth is, by its form.

Letters: N vertices of the piece, M of the built-in head's.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from .template_pieces import in_box_of, span_surface

Doubles = NDArray[np.float64]

_SETS: Final = (("tongue",), ("tongue", "teeth_lower"), ("tongue", "teeth_lower", "teeth_upper"))
"""What may be one piece."""
_BOTH: Final = ("teeth_lower", "teeth_upper")
_ROUNDS: Final = 8
_STEP: Final = 0.05
"""By how much a round may scale."""
_WIDTH: Final = 1.5
"""What a width that is e times that of the built-in head's pieces costs, as a share of the distance."""


@dataclass(frozen=True, eq=False)
class MouthMatch:
    """What a piece is most like.

    Attributes:
        names: of `Head.spans`.
        places: (N, 3) its vertices, moved and scaled along the axes onto those.
    """

    names: tuple[str, ...]
    places: Doubles


def mouth_match(points: Doubles, areas: Doubles) -> MouthMatch:
    """What a piece with a tongue is: a tongue alone, or one with teeth.

    Args:
        points: (N, 3) on the template.
        areas: (N,) around them.
    """
    best, lowest = MouthMatch(_SETS[0], points), np.inf
    for names in _SETS:
        places = _moved_onto(points, *names)
        cost = _apart(places, areas, *names)
        own = span_surface(*names).vertices
        cost *= 1 + _WIDTH * abs(float(np.log(max(np.ptp(points[:, 0]), 1e-6) / np.ptp(own[:, 0]))))
        if cost < lowest:
            best, lowest = MouthMatch(names, places), cost
    return best


def from_tongue(match: MouthMatch) -> Doubles:
    """(N,) distance of each place from the tongue, as a share of those from teeth and tongue: 0 on it."""
    teeth = [name for name in match.names if name != "tongue"]
    if not teeth:
        return np.zeros(len(match.places))
    away = [
        np.linalg.norm(span_surface(*names).nearest_points(match.places).positions - match.places, axis=1)
        for names in (["tongue"], teeth)
    ]
    return away[0] / np.maximum(away[0] + away[1], 1e-9)


def above_below(points: Doubles, areas: Doubles) -> Doubles | None:
    """(N,) metres by which each vertex is nearer to the upper than to the lower teeth; None of a single arch.

    Args:
        points: (N, 3) on the template, of teeth without a tongue.
        areas: (N,) around them.
    """
    costs = []
    for names in (("teeth_upper",), ("teeth_lower",), _BOTH):
        own = span_surface(*names).vertices
        shape, like = (np.maximum(np.ptp(each, axis=0), 1e-6) for each in (points, own))
        unlike = abs(float(np.log(shape[1] / shape[0]) - np.log(like[1] / like[0])))
        costs.append(_apart(_moved_onto(points, *names), areas, *names) * (1 + unlike))
    if costs[2] > min(costs):
        return None
    places = _moved_onto(points, *_BOTH)
    lower, upper = (
        np.linalg.norm(span_surface(name).nearest_points(places).positions - places, axis=1) for name in _BOTH
    )
    return lower - upper


def _moved_onto(points: Doubles, *names: str) -> Doubles:
    """Iterative closest points with a scale and a shift along each axis, from boxes of one size on."""
    surface = span_surface(*names)
    places = in_box_of(points, surface.vertices)
    for _ in range(_ROUNDS):
        found = surface.nearest_points(places).positions
        mine, theirs = places - places.mean(axis=0), found - found.mean(axis=0)
        scale = (mine * theirs).sum(axis=0) / np.maximum((mine * mine).sum(axis=0), 1e-18)
        places = mine * np.clip(scale, 1 - _STEP, 1 + _STEP) + found.mean(axis=0)
    return places


def _apart(places: Doubles, areas: Doubles, *names: str) -> float:
    """Metres between a piece and some of the built-in head's, from each of them to the other."""
    from scipy.spatial import KDTree

    surface = span_surface(*names)
    there = np.linalg.norm(surface.nearest_points(places).positions - places, axis=1)
    back = KDTree(places).query(surface.vertices)[0]
    return float((areas @ there) / max(areas.sum(), 1e-12) + (surface.areas @ back) / surface.areas.sum())
