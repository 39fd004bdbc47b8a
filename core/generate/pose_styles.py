# SPDX-License-Identifier: GPL-3.0-or-later
"""How the head moves in each style, in figures.

"reading" is learnt from capture: a man who reads sentences in front of a camera and hardly moves. No capture
of conversation is openly licensed with its sound, so the others are made (`core.training.pose.made_motion`)
to figures of our own choice within those of real talking heads: 1 to 5 degrees at 10 to 25 degrees a second.
"""

from dataclasses import dataclass
from typing import Final

from .settings import HEAD_STYLES


@dataclass(frozen=True)
class StyleFigures:
    """Head rotation of a style.

    Attributes:
        spread_degrees: standard deviation over time of yaw, pitch and roll, their mean.
        speed_degrees: mean angular speed, degrees a second.
        seconds: length of the clips that these are measured over.
        is_captured: whether it is learnt from capture; else it is made.
    """

    spread_degrees: float
    speed_degrees: float
    seconds: float = 10.0
    is_captured: bool = False


STYLE_FIGURES: Final[dict[str, StyleFigures]] = {
    "reading": StyleFigures(0.38, 3.3, seconds=3.0, is_captured=True),
    "calm": StyleFigures(1.3, 8.0),
    "conversation": StyleFigures(2.2, 13.0),
    "lively": StyleFigures(3.2, 19.0),
    "emphatic": StyleFigures(2.6, 21.0),
}
"""By style. Reading's are those of GRID s1, all clips, without the tracker's jitter."""

assert tuple(STYLE_FIGURES) == HEAD_STYLES
