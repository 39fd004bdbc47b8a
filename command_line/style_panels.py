# SPDX-License-Identifier: GPL-3.0-or-later
"""What styles do to the mouth and brows of one sound, drawn and in words.

Letters: F frames.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ..core.evaluation.mouth_events import MouthCounts
from ..core.evaluation.vertex_metrics import lip_opening
from ..core.head import lip_gap_model, load_head
from ..core.motion import FaceMotion
from .compared import Motions, brow_height, enough_marks
from .contact_sheet import MILLIMETRES, Curve, Mark, Panel, mouth_marks

MOUTHS: Final = {"closed": 2, "open": 1, "round": 1, "spread": 1, "rest": 1}
_PALE: Final = "#b0b0b0"
"""Of what a style is compared with."""


@dataclass(frozen=True)
class StyleFigures:
    """What one performance does, as its film shows it.

    Attributes:
        opening: mm between the lips, mean over time.
        width: mm between the corners of the mouth, likewise.
        brows: mm by which the brows stand above their rest, likewise.
        speed: mm a second by which the opening changes, likewise.
        seals: how many of m, b, p close the lips within 40 ms.
        asked: how many there are.
        unrest: mm by which the opening varies in pauses; not a number where there are none.
    """

    opening: float
    width: float
    brows: float
    speed: float
    seals: int
    asked: int
    unrest: float


def mouth_width(motion: FaceMotion) -> NDArray[np.float64]:
    """(F,) mm between the corners of the built-in head's mouth, from left to right."""
    head = load_head()
    corners = head.landmarks["mouth_corners"]
    slopes = head.expression_basis_at(corners)[:, :, 0].astype(np.float64)
    right, left = head.template[corners, 0].astype(np.float64)
    widths = left - right + motion.expression.astype(np.float64) @ (slopes[:, 1] - slopes[:, 0])
    return widths * MILLIMETRES


def figures(motion: FaceMotion) -> StyleFigures:
    """Of one performance, with its phones."""
    opening = lip_opening(motion.expression, load_head())
    counts = MouthCounts()
    counts.add(motion.weights, [phone for phone in motion.phones if phone.name != "SIL"], motion.fps)
    return StyleFigures(
        opening=float(opening.mean()),
        width=float(mouth_width(motion).mean()),
        brows=float(brow_height(motion).mean()),
        speed=float(np.abs(np.diff(opening)).mean() * motion.fps) if len(opening) > 1 else 0.0,
        seals=sum(counts.sealed),
        asked=len(counts.sealed),
        unrest=float(np.mean(counts.unrest)) * MILLIMETRES if counts.unrest else float("nan"),
    )


def marks(motions: Motions) -> list[Mark]:
    """Frames that show the mouth in each of its ways, in order of time."""
    motion = next(iter(motions.values()))
    return enough_marks({mark.frame: mark for mark in mouth_marks(motion.phones, motion, MOUTHS)}, motion)


def panels(motions: Motions) -> tuple[Panel, ...]:
    """The lips of each style, those of the first and the height at which they are closed behind them, all in
    one measure; widths of the mouth and brows of all over one another."""
    colours = {name: f"C{number}" for number, name in enumerate(motions)}
    head = load_head()
    gaps = {name: lip_opening(motion.expression, head) for name, motion in motions.items()}
    first, *_ = motions
    lowest, highest = (float(edge) for edge in np.quantile(np.concatenate([*gaps.values()]), [0, 1]))
    span = (lowest - 1, highest + 1)
    closed = np.full(len(gaps[first]), lip_gap_model().closed * MILLIMETRES)
    lips = (
        Panel(
            f"{name}\nlips, mm",
            (Curve(closed, _PALE), Curve(gaps[first], _PALE), Curve(gap, colours[name])),
            height=0.8,
            span=span,
        )
        for name, gap in gaps.items()
    )
    widths = (Curve(mouth_width(each), colours[name], name) for name, each in motions.items())
    brows = (Curve(brow_height(each), colours[name], name) for name, each in motions.items())
    return (*lips, Panel("width, mm", tuple(widths)), Panel("brows, mm", tuple(brows)))


def lines(motions: Motions) -> Iterator[str]:
    """What each style does, in words."""
    for name, motion in motions.items():
        found = figures(motion)
        yield (
            f"{name}: lips {found.opening:.1f} mm open, mouth {found.width:.1f} mm wide, brows "
            f"{found.brows:+.1f} mm, lips move {found.speed:.0f} mm a second and {found.unrest:.2f} mm in "
            f"pauses, {found.seals} of {found.asked} m, b, p seal"
        )
