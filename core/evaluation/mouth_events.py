# SPDX-License-Identifier: GPL-3.0-or-later
"""What a motion shows of the sounds that were spoken, through the head's geometry.

Shape letters: F frames.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ..generate.articulation import ANTICIPATION, SETTLING, SHORTEST_PAUSE
from ..head import lip_gap_model, load_head
from ..motion import Phone
from ..phones import BILABIALS, LABIODENTALS, ROUNDED_VOWELS, SPREAD_VOWELS, VOWELS
from ..retarget.arkit import ARKIT_INDEX

TOLERANCE: Final = 0.04
"""Seconds beside a sound in which its shape counts."""
_BITE_GAP: Final = 0.08
"""Lips are near enough for f and v below this part of the mouth's width, and the lower one is pulled in by at
least `_BITE_DEPTH` metres beyond what the jaw does."""
_BITE_DEPTH: Final = 0.001


@dataclass
class MouthCounts:
    """Sums over clips.

    Attributes:
        sealed: for each m, b, p whether the lips were closed within 40 ms of it.
        sealed_middle: whether they were in the frame nearest to its middle.
        seals_right: for each stretch of closed lips whether it touched m, b, p or silence.
        bites: for each f, v whether the lower lip came to the teeth.
        vowels_closed: for each vowel whether its middle showed closed lips.
        rounded, spread: mouth width, in metres, amid rounded and amid spread vowels.
        unrest: deviation of the lip gap, in metres, in each pause.
    """

    sealed: list[bool] = field(default_factory=list)
    sealed_middle: list[bool] = field(default_factory=list)
    seals_right: list[bool] = field(default_factory=list)
    bites: list[bool] = field(default_factory=list)
    vowels_closed: list[bool] = field(default_factory=list)
    rounded: list[float] = field(default_factory=list)
    spread: list[float] = field(default_factory=list)
    unrest: list[float] = field(default_factory=list)

    def add(self, weights: NDArray[np.floating], phones: Sequence[Phone], fps: float) -> None:
        """Count a motion (F, 52) at `fps` of a clip with timed phones."""
        times = np.arange(len(weights)) / fps
        model = lip_gap_model()
        gap = model.heights(weights)
        closed = gap < model.closed
        width = mouth_widths(weights)
        bitten = (gap < _BITE_GAP * model.closed / 0.02) & (lip_depths(weights) > _BITE_DEPTH)
        for phone in phones:
            if phone.start < TOLERANCE or phone.end > times[-1] - TOLERANCE:
                continue
            middle = int(np.abs(times - (phone.start + phone.end) / 2).argmin())
            near = (times >= phone.start - TOLERANCE) & (times <= phone.end + TOLERANCE)
            if phone.name in BILABIALS:
                self.sealed.append(bool(closed[near].any()))
                self.sealed_middle.append(bool(closed[middle]))
            elif phone.name in LABIODENTALS:
                self.bites.append(bool(bitten[near].any()))
            elif phone.name in VOWELS:
                self.vowels_closed.append(bool(closed[middle]))
                if phone.name in ROUNDED_VOWELS:
                    self.rounded.append(float(width[middle]))
                elif phone.name in SPREAD_VOWELS:
                    self.spread.append(float(width[middle]))
        self._add_seals(closed, phones, times)
        for start, end in pauses(phones, float(times[-1]), SHORTEST_PAUSE):
            still = (times >= start + SETTLING) & (times <= end - ANTICIPATION)
            if still.sum() > 1:
                self.unrest.append(float(gap[still].std()))

    def _add_seals(
        self, closed: NDArray[np.bool_], phones: Sequence[Phone], times: NDArray[np.floating]
    ) -> None:
        allowed = np.zeros(len(times), bool)
        quiet = pauses(phones, float(times[-1]), 0.1)
        lips = [(phone.start, phone.end) for phone in phones if phone.name in BILABIALS]
        for start, end in [*quiet, *lips]:
            allowed |= (times >= start - TOLERANCE) & (times <= end + TOLERANCE)
        edges = np.flatnonzero(np.diff(np.concatenate([[False], closed, [False]]).astype(np.int8)))
        self.seals_right += [
            bool(allowed[first:last].any())
            for first, last in zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True)
        ]

    @property
    def rounding_auc(self) -> float:
        """How surely a rounded vowel's mouth is narrower than a spread one's: 0.5 is chance, 1 always."""
        if not self.rounded or not self.spread:
            return float("nan")
        narrow, wide = np.array(self.rounded), np.sort(self.spread)
        above = len(wide) - np.searchsorted(wide, narrow, side="right")
        equal = np.searchsorted(wide, narrow, side="right") - np.searchsorted(wide, narrow, side="left")
        return float((above + 0.5 * equal).sum() / (len(narrow) * len(wide)))


def pauses(phones: Sequence[Phone], duration: float, shortest: float) -> list[tuple[float, float]]:
    """Stretches (start, end) of at least `shortest` seconds without phones."""
    result, end = [], 0.0
    for start, stop in [*((phone.start, phone.end) for phone in phones), (duration, duration)]:
        if start - end >= shortest:
            result.append((end, start))
        end = max(end, stop)
    return result


def mouth_widths(weights: NDArray[np.floating]) -> NDArray[np.float64]:
    """Metres between the corners of the built-in head's mouth (F,) at ARKit weights (F, 52)."""
    rest, slopes = _corner_distance()
    return rest + np.asarray(weights, np.float64) @ slopes


def lip_depths(weights: NDArray[np.floating]) -> NDArray[np.float64]:
    """Metres (F,) by which the lower lip is pulled in behind the upper one, beyond what the jaw does."""
    return np.asarray(weights, np.float64) @ _depth_slopes()


@cache
def _corner_distance() -> tuple[float, NDArray[np.float64]]:
    head = load_head()
    right, left = head.landmarks["mouth_corners"]
    deltas = head.arkit_deltas.astype(np.float64)
    return float(head.template[left, 0] - head.template[right, 0]), deltas[:, left, 0] - deltas[:, right, 0]


@cache
def _depth_slopes() -> NDArray[np.float64]:
    head = load_head()
    upper, lower = (head.landmarks[name] for name in ("inner_lip_upper", "inner_lip_lower"))
    deltas = head.arkit_deltas.astype(np.float64)
    slopes = deltas[:, upper[len(upper) // 2], 2] - deltas[:, lower[len(lower) // 2], 2]
    # The jaw takes the lower lip back as it opens, and mouthClose brings it forward again: neither bites.
    slopes[[ARKIT_INDEX["jawOpen"], ARKIT_INDEX["mouthClose"]]] = 0
    return slopes
