# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether the evaluated head and eyes turn as asked: what the animator will see."""

from collections.abc import Iterable

from .curves import JointCurves
from .timing import Timing
from .turns import Turn


def check_turns(done: list[tuple[Turn, Timing]], curves: Iterable[JointCurves], warnings: list[str]) -> None:
    """Compare what is seen with what was asked at the frame of the widest turn."""
