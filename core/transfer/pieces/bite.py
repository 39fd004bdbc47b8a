# SPDX-License-Identifier: GPL-3.0-or-later
"""Where upper and lower teeth meet.

Letters: P vertices of all pieces, N places.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ...head.registration import Registration
from ...head.registration.template_face import template_face
from .local_similarity import LocalSimilarity

Doubles = NDArray[np.float64]
Booleans = NDArray[np.bool_]

_DEPTH: Final = 0.08
"""Metres on the template: how far out the bite's height is meant."""
_SPREAD: Final = 0.006
"""Metres on the template by which its height varies with people."""
_TILTS: Final = (-0.4, -0.32, -0.24, -0.16, -0.08, 0.0, 0.08)
"""Slopes of the bite that are tried, upwards going out of the face."""
_TILT_SPREAD: Final = 0.3
"""By how much the slope varies."""
_PRIOR: Final = 0.25
"""What a deviation by one spread costs, as a share of the teeth's area that is cut."""
_CUT: Final = 0.2
"""Share of a piece from which more of it that is cut costs nothing."""
_APART: Final = 0.12
"""Part of their width by which the middles of an upper and a lower arch are apart in height; those of teeth
and their gum are half as much."""


@dataclass(frozen=True)
class Bite:
    """The plane in which teeth meet, on the template: y = height + tilt * (z - 0.08 m)."""

    height: float
    tilt: float

    def above(self, places: Doubles) -> Doubles:
        """(N,) metres that places (N, 3) lie above it."""
        return places[:, 1] - self.height - self.tilt * (places[:, 2] - _DEPTH)


_OWN: Final = Bite(-0.0305, -0.08)
"""That of the built-in head."""


def usual_bite(fit: Registration, similarity: LocalSimilarity) -> Bite:
    """The built-in head's bite, as far from its lips' seam as there.

    Args:
        fit: of the mesh.
        similarity: from the template's mouth to the mesh's.
    """
    template = template_face()
    seam = np.concatenate([template.inner_upper, template.inner_lower])
    moved = similarity.inverse(fit.fitted[seam]) - template.points[seam]
    return Bite(_OWN.height + float(moved[:, 1].mean()), _OWN.tilt)


def find_bite(
    usual: Bite,
    places: Doubles,
    areas: Doubles,
    teeth: Sequence[Booleans],
    arches: Sequence[Booleans],
    width: float,
) -> Bite:
    """The plane that cuts the least of pieces of teeth, near where it is usual.

    Args:
        usual: where it is usual for lips like these.
        places: (P, 3) on the template.
        areas: (P,) of what is no tongue.
        teeth: (P,) vertices of each piece of teeth.
        arches: those of them that are arches; where two lie above each other the bite is between them.
        width: of the arches, metres on the template.
    """
    expected = usual.height + _between(usual.above(places), arches, width)
    best, lowest = Bite(expected, usual.tilt), np.inf
    if not teeth:
        return best
    levels = expected + np.linspace(-2.5, 2.5, 51) * _SPREAD
    total = sum(areas[mine].sum() for mine in teeth)
    for tilt in _TILTS:
        cut = np.zeros(len(levels))
        for mine in teeth:
            heights = Bite(0.0, tilt).above(places[mine])
            order = np.argsort(heights)
            below = np.concatenate([[0.0], np.cumsum(areas[mine][order])])
            below = below[np.searchsorted(heights[order], levels)]
            whole = areas[mine].sum()
            # A piece that is cut in its midst holds both arches, wherever exactly they meet.
            cut += np.minimum(np.minimum(below, whole - below), _CUT * whole)
        unlikely = ((levels - expected) / _SPREAD) ** 2 + ((tilt - usual.tilt) / _TILT_SPREAD) ** 2
        cost = cut / max(total, 1e-12) + _PRIOR * unlikely
        if cost.min() < lowest:
            best, lowest = Bite(float(levels[cost.argmin()]), tilt), float(cost.min())
    return best


def _between(height: Doubles, arches: Sequence[Booleans], width: float) -> float:
    """How far above the usual bite the middle between an upper and a lower arch is; 0 without such a pair.

    Args:
        height: (P,) metres above the usual bite.
        arches: (P,) vertices of each.
        width: of the arches.
    """
    middles = np.sort([(height[mine].min() + height[mine].max()) / 2 for mine in arches])
    gaps = np.diff(middles)
    if len(gaps) == 0 or gaps.max() < _APART * width:
        return 0.0
    widest = int(gaps.argmax())
    return float(middles[widest : widest + 2].mean())
