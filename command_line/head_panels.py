# SPDX-License-Identifier: GPL-3.0-or-later
"""How heads turn in several performances of one sound, drawn and in words.

Letters: F frames.
"""

from collections.abc import Iterator
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ..core.evaluation.pose_metrics import mean_speed, spread_over_time
from ..core.motion import FaceMotion
from .compared import Motions, enough_marks
from .contact_sheet import ANGLES, Mark, Panel, head_panel

APART: Final = 0.4
"""Seconds between two marks."""


def head_angles(motion: FaceMotion) -> NDArray[np.float64]:
    """(F, 3) yaw, pitch, roll in degrees."""
    return np.degrees(motion.head_rotation.astype(np.float64))


def marks(motions: Motions) -> list[Mark]:
    """A frame for each head in which it is turned farthest from its mean, in order of time."""
    motion = next(iter(motions.values()))
    found: dict[int, Mark] = {}
    for name, each in motions.items():
        angles = head_angles(each)
        away = np.linalg.norm(angles - angles.mean(axis=0), axis=1)
        for mark in found.values():
            away[np.abs(each.times - mark.second) < APART] = 0
        frame = int(away.argmax())
        told = ", ".join(f"{angle} {angles[frame, number]:+.0f}" for number, angle in enumerate(ANGLES))
        found[frame] = Mark(frame, frame / each.fps, f"{frame / each.fps:.2f} s   {name}: {told}")
    return enough_marks(found, motion)


def panels(motions: Motions) -> tuple[Panel, ...]:
    """How each head turns, in degrees, all in one measure."""
    reach = max((float(np.abs(head_angles(motion)).max()) for motion in motions.values()), default=1.0)
    return tuple(
        head_panel(f"{name}, deg", motion, 1.1 * reach, is_named=number == 0)
        for number, (name, motion) in enumerate(motions.items())
    )


def lines(motions: Motions) -> Iterator[str]:
    """How far and fast each head turns, in words."""
    for name, motion in motions.items():
        clip = [motion.head_rotation]
        yield (
            f"{name}: the head's angles spread {spread_over_time(clip):.2f} degrees, it turns at "
            f"{mean_speed(clip, motion.fps):.1f} degrees a second"
        )
