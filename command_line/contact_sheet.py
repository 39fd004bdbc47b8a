# SPDX-License-Identifier: GPL-3.0-or-later
"""The contact sheet: frames at marked speech sounds above the sound and the curves of jaw, lips and lids.

Letters: F frames, S samples.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any, Final

import matplotlib
import matplotlib.image
import numpy as np
from matplotlib.figure import Figure

from ..core.audio import SAMPLE_RATE, load
from ..core.head import lip_gap_model
from ..core.motion import FaceMotion, Phone
from ..core.motion_files import whole_file
from ..core.retarget.arkit import ARKIT_INDEX

KINDS: Final = {
    "closed": ("M", "B", "P", "M", "B", "P"),
    "lip on teeth": ("F", "V"),
    "open": ("AA", "AE", "AY", "AW", "AH"),
    "round": ("UW", "OW", "W"),
    "spread": ("IY", "EY"),
}
"""How the mouth should be, and the ARPAbet phones that want it so, best first."""

COLUMNS: Final = 6
MARKS: Final = 2 * COLUMNS
WANTED: Final = {"closed": 4, "lip on teeth": 2, "open": 2, "round": 2, "spread": 1}
"""How many marks of each kind; a pause takes the last place."""

SHORTEST_PAUSE: Final = 0.2
"""Seconds without a phone that count as a pause."""

MILLIMETRES: Final = 1000.0

# Measures of the sheet in inches, at 100 pixels an inch.
_WIDTH: Final = 18.0
_LEFT: Final = 0.75
_RIGHT: Final = 0.15
_BOTTOM: Final = 0.6
_TITLE: Final = 0.32
_GAP: Final = 0.16
_IMAGE_GAP: Final = 0.08
_IMAGE_WIDTH: Final = (_WIDTH - _LEFT - _RIGHT - (COLUMNS - 1) * _IMAGE_GAP) / COLUMNS
_CURVE_HEIGHTS: Final = (1.3, 1.3, 1.3, 0.8)


@dataclass(frozen=True)
class Mark:
    """A frame to look at: its index from 0, its second, what is said and how the mouth should be."""

    frame: int
    second: float
    phone: str
    kind: str


def choose_marks(phones: Sequence[Phone], motion: FaceMotion) -> list[Mark]:
    """Frames that show each kind of mouth, in the order of time.

    Of each kind the longest sounds are taken, phone by phone, because they show the mouth's target best.
    """
    chosen: list[Phone] = []
    kinds: dict[Phone, str] = {}
    for kind, names in KINDS.items():
        by_name = {
            name: sorted((p for p in phones if p.name == name), key=lambda p: p.start - p.end)
            for name in names
        }
        rounds = [
            ranked[turn] for turn in range(len(phones)) for ranked in by_name.values() if turn < len(ranked)
        ]
        for phone in rounds[: WANTED[kind]]:
            chosen.append(phone)
            kinds[phone] = kind
    pauses = [
        Phone("pause", left.end, right.start)
        for left, right in pairwise(phones)
        if right.start - left.end >= SHORTEST_PAUSE
    ]
    pauses += [
        Phone("pause", p.start, p.end)
        for p in phones
        if p.name == "SIL" and p.end - p.start >= SHORTEST_PAUSE
    ]
    for pause in sorted(pauses, key=lambda p: p.start - p.end)[: MARKS - len(chosen)][:1]:
        chosen.append(pause)
        kinds[pause] = "rest"
    marks = [_mark(phone, kinds[phone], motion) for phone in chosen]
    return sorted(marks, key=lambda mark: mark.second)


def _mark(phone: Phone, kind: str, motion: FaceMotion) -> Mark:
    middle = (phone.start + phone.end) / 2
    frame = min(round(middle * motion.fps), len(motion) - 1)
    return Mark(frame, frame / motion.fps, phone.name, kind)


def draw(
    path: Path,
    sound: Path,
    motion: FaceMotion,
    phones: Sequence[Phone],
    marks: Sequence[Mark],
    pictures: Sequence[Path],
) -> None:
    """Draw the sheet as a PNG; `pictures` are the frames of `marks`."""
    matplotlib.use("Agg")
    images = [matplotlib.image.imread(picture) for picture in pictures]
    image_height = _IMAGE_WIDTH * images[0].shape[0] / images[0].shape[1]
    rows = -(-len(marks) // COLUMNS)
    curves_height = len(_CURVE_HEIGHTS) * _GAP + sum(_CURVE_HEIGHTS)
    height = rows * (image_height + _TITLE) + curves_height + _BOTTOM
    figure = Figure(figsize=(_WIDTH, height), dpi=100, facecolor="white")

    def axes_at(left: float, top: float, width: float, tall: float, **options: Any) -> Any:
        """Axes placed in inches from the sheet's upper left corner."""
        place = (left / _WIDTH, 1 - (top + tall) / height, width / _WIDTH, tall / height)
        return figure.add_axes(place, **options)

    for number, (mark, image) in enumerate(zip(marks, images, strict=True)):
        row, column = divmod(number, COLUMNS)
        left = _LEFT + column * (_IMAGE_WIDTH + _IMAGE_GAP)
        axes = axes_at(left, row * (image_height + _TITLE) + _TITLE, _IMAGE_WIDTH, image_height)
        axes.imshow(image, interpolation="lanczos", aspect="auto")
        axes.set_axis_off()
        axes.set_title(
            f"{number + 1}   {mark.phone}   {mark.second:.2f} s   wanted: {mark.kind}",
            fontsize=11,
            loc="left",
            pad=3,
        )
    top = rows * (image_height + _TITLE) + _GAP
    panels = []
    for tall in _CURVE_HEIGHTS:
        panels.append(axes_at(_LEFT, top, _WIDTH - _LEFT - _RIGHT, tall))
        top += tall + _GAP
    _draw_curves(panels, sound, motion, phones, marks)
    with whole_file(path) as stream:
        figure.savefig(stream, format="png")


def _draw_curves(
    panels: Sequence[Any],
    sound: Path,
    motion: FaceMotion,
    phones: Sequence[Phone],
    marks: Sequence[Mark],
) -> None:
    """The sound with its phones in the first panel, one curve in each of the others."""
    samples = load(sound)
    blink = motion.weights[:, [ARKIT_INDEX["eyeBlinkLeft"], ARKIT_INDEX["eyeBlinkRight"]]].mean(axis=1)
    curves = {
        "jaw open": (motion.weights[:, ARKIT_INDEX["jawOpen"]], "#b5482a"),
        "lip gap, mm": (lip_gap_model().heights(motion.weights) * MILLIMETRES, "#1f6f8b"),
        "blink": (blink, "#5a4a8a"),
    }
    waveform, *others = panels
    step = SAMPLE_RATE // 400
    envelope = np.abs(samples[: len(samples) // step * step]).reshape(-1, step).max(axis=1)
    seconds = (np.arange(len(envelope)) + 0.5) * step / SAMPLE_RATE
    waveform.fill_between(seconds, -envelope, envelope, color="#555555", linewidth=0)
    loudest = float(envelope.max()) or 1.0
    for phone in phones:
        if phone.name != "SIL":
            middle = (phone.start + phone.end) / 2
            waveform.text(middle, 1.12 * loudest, phone.name, fontsize=6, ha="center", va="bottom")
    waveform.set_ylim(-1.1 * loudest, 1.5 * loudest)
    waveform.set_ylabel("sound")
    waveform.set_yticks([])
    for axes, (label, (values, colour)) in zip(others, curves.items(), strict=True):
        axes.plot(motion.times, values, color=colour, linewidth=1.2)
        axes.set_ylabel(label)
        axes.grid(axis="y", alpha=0.3)
        axes.margins(y=0.12)
    for axes in panels:
        for number, mark in enumerate(marks):
            axes.axvline(mark.second, color="#c09000", linewidth=0.8, alpha=0.8)
            if axes is not waveform:
                axes.annotate(
                    str(number + 1), (mark.second, 0.88), xycoords=("data", "axes fraction"), fontsize=7
                )
        axes.set_xlim(0, max(motion.duration, len(samples) / SAMPLE_RATE))
        axes.tick_params(labelbottom=axes is panels[-1])
    panels[-1].set_xlabel("seconds")
