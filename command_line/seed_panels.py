# SPDX-License-Identifier: GPL-3.0-or-later
"""What performances of one sound by several seeds have in common and in what they differ, drawn and in words.

Letters: F frames.
"""

from collections.abc import Iterator
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ..core.evaluation.vertex_metrics import agreement, lip_opening
from ..core.generate.lids import blink_rate, find_blinks
from ..core.head import load_head
from ..core.motion import FaceMotion
from ..core.retarget.arkit import ARKIT_INDEX
from .compared import Motions, brow_height, enough_marks
from .contact_sheet import Curve, Mark, Panel, mouth_marks

MOUTHS: Final = {"closed": 1, "lip on teeth": 1, "open": 1, "round": 1}
BLINKS: Final = 1
"""Marks of each seed."""


def lid_closure(motion: FaceMotion) -> NDArray[np.float32]:
    """(F,) mean of both eyes."""
    return motion.weights[:, [ARKIT_INDEX["eyeBlinkLeft"], ARKIT_INDEX["eyeBlinkRight"]]].mean(axis=1)


def marks(motions: Motions) -> list[Mark]:
    """Frames that show the mouth in each of its ways, and one in which each seed blinks; in order of time."""
    motion = next(iter(motions.values()))
    found = {mark.frame: mark for mark in mouth_marks(motion.phones, motion, MOUTHS)}
    for name, each in motions.items():
        blinks = find_blinks(lid_closure(each), each.fps)
        for blink in sorted(blinks, key=lambda blink: -blink.depth)[:BLINKS]:
            second = blink.peak / each.fps
            found.setdefault(blink.peak, Mark(blink.peak, second, f"{second:.2f} s   {name} blinks"))
    return enough_marks(found, motion)


def panels(motions: Motions) -> tuple[Panel, ...]:
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


def lines(motions: Motions) -> Iterator[str]:
    """What the seeds have in common, in words."""
    head = load_head()
    if len(motions) > 1:
        gaps = agreement([lip_opening(motion.expression, head) for motion in motions.values()])
        yield f"lip gaps of two seeds correlate {gaps.mean:.3f} on average, {gaps.least:.3f} at least"
    for name, motion in motions.items():
        rate = blink_rate(lid_closure(motion), motion.fps)
        yield f"{name}: {rate:.0f} blinks a minute, brows move {brow_height(motion).std():.2f} mm"
