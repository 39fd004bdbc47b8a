# SPDX-License-Identifier: GPL-3.0-or-later
"""The frames that a part is written to: those of the motion, and how it comes and goes.

N is the number of frames with what leads in and out.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ..layers import Span, cut
from ..placement import LAST_FRAME, TO_REST_SECONDS
from .rig import GAZE, HEAD

EASE_SECONDS: Final = {HEAD: 0.6, GAZE: 0.1}
"""Seconds that a part takes from what was there before to its motion, and to go back; of bones of a face
`TO_REST_SECONDS`. Our own choice: a head that settles, eyes that jump back."""


@dataclass(frozen=True)
class Timing:
    """Frames of a part.

    Attributes:
        first: first frame of the motion.
        last: its last frame.
        lead: frames before it in which it grows.
        tail: frames after it in which it fades.
    """

    first: int
    last: int
    lead: int
    tail: int

    @property
    def low(self) -> int:
        """First frame that is written."""
        return self.first - self.lead

    @property
    def high(self) -> int:
        """Last frame that is written."""
        return self.last + self.tail

    @property
    def frames(self) -> NDArray[np.intp]:
        """All frames that are written, (N,)."""
        return np.arange(self.low, self.high + 1)

    @property
    def rows(self) -> NDArray[np.intp]:
        """Row (N,) of the motion that each frame shows."""
        return np.clip(self.frames - self.first, 0, self.last - self.first)

    @property
    def strength(self) -> NDArray[np.float64]:
        """How much of the motion each frame has, (N,) in 0..1: 1 during the motion, 0 at the ends."""
        frames = self.frames
        before = np.clip((frames - self.low) / max(self.lead, 1), 0, 1) if self.lead else 1.0
        after = np.clip((self.high - frames) / max(self.tail, 1), 0, 1) if self.tail else 1.0
        step = np.minimum(before, after) * np.ones(len(frames))
        # Smooth in speed and acceleration.
        return step**3 * (10 - 15 * step + 6 * step**2)


def timing_of(part: str, spans: Iterable[Span], first: int, last: int, fps: float, led: bool) -> Timing:
    """Frames of a part whose motion has frames from first to last.

    Args:
        part: of the take.
        spans: frames of all other motions on the same carriers.
        first: of the motion.
        last: of the motion.
        fps: frames a second.
        led: something is there before the motion, from which it comes.
    """
    ease = max(1, round(EASE_SECONDS.get(part, TO_REST_SECONDS) * fps))
    # Of what has frames of this motion, only what is left beside it counts.
    others = [piece for span in spans for piece in cut(span, first, last)]
    before = max((high for _, _, high in others if high < first), default=-LAST_FRAME - 1)
    after = min((low for _, low, _ in others if low > last), default=LAST_FRAME + 1)
    # Where one motion goes on in another there is no room, and no break.
    lead = min(ease, first - 1 - before) if led else 0
    return Timing(first, last, lead, min(ease, after - 1 - last))
