# SPDX-License-Identifier: GPL-3.0-or-later
"""What several performances of one sound have in common and in what they differ, drawn and in words.

Letters: F frames.
"""

from collections.abc import Iterator, Mapping
from itertools import pairwise
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ..core.evaluation.pose_metrics import mean_speed, spread_over_time
from ..core.evaluation.vertex_metrics import agreement, lip_opening
from ..core.generate.lids import blink_rate, find_blinks
from ..core.head import load_head
from ..core.motion import FaceMotion
from ..core.retarget.arkit import ARKIT_INDEX
from .contact_sheet import ANGLES, MILLIMETRES, Curve, Mark, Panel, head_panel, mouth_marks

MOUTHS: Final = {"closed": 1, "lip on teeth": 1, "open": 1, "round": 1}
BLINKS: Final = 1
"""Marks of each seed."""
FEWEST_MARKS: Final = 6
APART: Final = 0.4
"""Seconds between two marks of heads that turn."""

Motions = Mapping[str, FaceMotion]
"""Performances of one sound at the same frames, by what they are called."""


def lid_closure(motion: FaceMotion) -> NDArray[np.float32]:
    """(F,) mean of both eyes."""
    return motion.weights[:, [ARKIT_INDEX["eyeBlinkLeft"], ARKIT_INDEX["eyeBlinkRight"]]].mean(axis=1)


def brow_height(motion: FaceMotion) -> NDArray[np.float64]:
    """(F,) mm by which the brows stand above their rest, the mean of ten places."""
    head = load_head()
    brows = np.concatenate([head.landmarks[f"mediapipe_brow_{side}"] for side in ("left", "right")])
    slopes = head.expression_basis_at(brows)[:, :, 1].mean(axis=1)
    return motion.expression.astype(np.float64) @ slopes * MILLIMETRES


def seed_marks(motions: Motions) -> list[Mark]:
    """Frames that show the mouth in each of its ways, and one in which each seed blinks; in order of time."""
    motion = next(iter(motions.values()))
    marks = {mark.frame: mark for mark in mouth_marks(motion.phones, motion, MOUTHS)}
    for name, each in motions.items():
        blinks = find_blinks(lid_closure(each), each.fps)
        for blink in sorted(blinks, key=lambda blink: -blink.depth)[:BLINKS]:
            second = blink.peak / each.fps
            marks.setdefault(blink.peak, Mark(blink.peak, second, f"{second:.2f} s   {name} blinks"))
    return _enough(marks, motion)


def _enough(marks: dict[int, Mark], motion: FaceMotion) -> list[Mark]:
    """Marks by their frames, with as many more, in the widest gaps, as a sheet needs, in order of time."""
    last = len(motion) - 1
    for _ in range(min(FEWEST_MARKS, last - 1) - len(marks)):
        edges = sorted({0, *marks, last})
        before, after = max(pairwise(edges), key=lambda gap: gap[1] - gap[0])
        frame = (before + after) // 2
        marks[frame] = Mark(frame, frame / motion.fps, f"{frame / motion.fps:.2f} s")
    return sorted(marks.values(), key=lambda mark: mark.second)


def seed_panels(motions: Motions) -> tuple[Panel, ...]:
    """Lips and brows of all seeds over one another, lids of each by themselves."""
    colours = {name: f"C{number}" for number, name in enumerate(motions)}
    head = load_head()
    gaps = {name: lip_opening(motion.expression, head) for name, motion in motions.items()}
    lids = (
        Panel(f"{name}\nlids", (Curve(lid_closure(motion), colours[name]),), height=0.6)
        for name, motion in motions.items()
    )
    return (
        Panel("lip gap, mm", tuple(Curve(gap, colours[name], name) for name, gap in gaps.items())),
        Panel(
            "brows, mm",
            tuple(Curve(brow_height(each), colours[name], name) for name, each in motions.items()),
        ),
        *lids,
    )


def seed_lines(motions: Motions) -> Iterator[str]:
    """What the seeds have in common, in words."""
    head = load_head()
    if len(motions) > 1:
        gaps = agreement([lip_opening(motion.expression, head) for motion in motions.values()])
        yield f"lip gaps of two seeds correlate {gaps.mean:.3f} on average, {gaps.least:.3f} at least"
    for name, motion in motions.items():
        rate = blink_rate(lid_closure(motion), motion.fps)
        yield f"{name}: {rate:.0f} blinks a minute, brows move {brow_height(motion).std():.2f} mm"


def head_angles(motion: FaceMotion) -> NDArray[np.float64]:
    """(F, 3) yaw, pitch, roll in degrees."""
    return np.degrees(motion.head_rotation.astype(np.float64))


def head_marks(motions: Motions) -> list[Mark]:
    """A frame for each head in which it is turned farthest from its mean, in order of time."""
    motion = next(iter(motions.values()))
    marks: dict[int, Mark] = {}
    for name, each in motions.items():
        angles = head_angles(each)
        away = np.linalg.norm(angles - angles.mean(axis=0), axis=1)
        for mark in marks.values():
            away[np.abs(each.times - mark.second) < APART] = 0
        frame = int(away.argmax())
        told = ", ".join(f"{angle} {angles[frame, number]:+.0f}" for number, angle in enumerate(ANGLES))
        marks[frame] = Mark(frame, frame / each.fps, f"{frame / each.fps:.2f} s   {name}: {told}")
    return _enough(marks, motion)


def head_panels(motions: Motions) -> tuple[Panel, ...]:
    """How each head turns, in degrees, all in one measure."""
    reach = max((float(np.abs(head_angles(motion)).max()) for motion in motions.values()), default=1.0)
    return tuple(
        head_panel(f"{name}, deg", motion, 1.1 * reach, is_named=number == 0)
        for number, (name, motion) in enumerate(motions.items())
    )


def head_lines(motions: Motions) -> Iterator[str]:
    """How far and fast each head turns, in words."""
    for name, motion in motions.items():
        clip = [motion.head_rotation]
        yield (
            f"{name}: the head's angles spread {spread_over_time(clip):.2f} degrees, it turns at "
            f"{mean_speed(clip, motion.fps):.1f} degrees a second"
        )
