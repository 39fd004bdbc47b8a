# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether m, b and p still seal in every style, and at the same time.

Shape letters: F frames.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ..head import lip_gap_model
from ..motion import Phone
from ..phones import BILABIALS
from .mouth_events import TOLERANCE, MouthCounts

_REACH: Final = 0.12
"""Seconds on either side of a sound's middle in which its seal is looked for: another sound's is farther."""


@dataclass
class StyleSeals:
    """Seals of a style over sentences.

    Attributes:
        counts: as of any motion.
        middles: seconds of the middle of each m, b, p's seal; not a number where there is none.
    """

    counts: MouthCounts = field(default_factory=MouthCounts)
    middles: list[float] = field(default_factory=list)

    def add(self, weights: NDArray[np.floating], phones: Sequence[Phone], fps: float) -> None:
        """Count a motion (F, 52) of a sentence with timed phones."""
        self.counts.add(weights, phones, fps)
        self.middles += seal_middles(weights, phones, fps)

    @property
    def sealed(self) -> float:
        """Share of m, b and p within 40 ms of which the lips were closed."""
        return float(np.mean(self.counts.sealed))


def seal_middles(weights: NDArray[np.floating], phones: Sequence[Phone], fps: float) -> list[float]:
    """For each m, b, p: the middle in seconds of the frames around it in which the lips are closed."""
    model = lip_gap_model()
    times = np.arange(len(weights)) / fps
    closed = model.heights(weights) < model.closed
    middles = []
    for phone in phones:
        if phone.name not in BILABIALS or phone.start < TOLERANCE or phone.end > times[-1] - TOLERANCE:
            continue
        near = np.abs(times - (phone.start + phone.end) / 2) <= _REACH
        shut = times[near & closed]
        middles.append(float(shut.mean()) if len(shut) else float("nan"))
    return middles


def shift(style: StyleSeals, neutral: StyleSeals) -> tuple[float, float]:
    """By how many seconds a style's seals come late (> 0): the median, and the median size.

    Of the sounds that seal in both.
    """
    late = np.array(style.middles) - np.array(neutral.middles)
    late = late[np.isfinite(late)]
    if not len(late):
        return float("nan"), float("nan")
    return float(np.median(late)), float(np.median(np.abs(late)))
