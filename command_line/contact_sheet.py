# SPDX-License-Identifier: GPL-3.0-or-later
"""Contact sheets: frames at marked moments above the sound and curves of what the face does.

Letter: F frames.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any, Final

import matplotlib
import matplotlib.image
import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray

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
WANTED: Final = {"closed": 4, "lip on teeth": 2, "open": 2, "round": 2, "spread": 1, "rest": 1}
"""How many marks of each kind; two rows."""

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
_CURVE_HEIGHT: Final = 1.3


@dataclass(frozen=True)
class Mark:
    """A frame to look at: its index from 0, its second and what is to be seen there."""

    frame: int
    second: float
    text: str


ANGLES: Final = {"yaw": "#1f6f8b", "pitch": "#b5482a", "roll": "#8a8a8a"}
"""Of heads and eyes, and their colours."""


@dataclass(frozen=True)
class Curve:
    """Values (F,) over time; a name for the legend where a panel has several."""

    values: NDArray[np.floating]
    colour: str
    name: str = ""


@dataclass(frozen=True)
class Panel:
    """Curves over one another below the pictures; `height` in inches, `reach` shows values from -reach to
    reach, `span` from its first to its second, and without them as much as there is."""

    label: str
    curves: tuple[Curve, ...]
    height: float = _CURVE_HEIGHT
    reach: float = 0.0
    span: tuple[float, float] | None = None


def mouth_marks(
    phones: Sequence[Phone], motion: FaceMotion, wanted: Mapping[str, int] = WANTED
) -> list[Mark]:
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
        for phone in rounds[: wanted.get(kind, 0)]:
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
    for pause in sorted(pauses, key=lambda p: p.start - p.end)[: wanted.get("rest", 0)]:
        chosen.append(pause)
        kinds[pause] = "rest"
    marks = []
    for phone in chosen:
        frame = min(round((phone.start + phone.end) / 2 * motion.fps), len(motion) - 1)
        second = frame / motion.fps
        marks.append(Mark(frame, second, f"{phone.name}   {second:.2f} s   wanted: {kinds[phone]}"))
    return sorted(marks, key=lambda mark: mark.second)


def head_panel(label: str, motion: FaceMotion, reach: float = 0.0, *, is_named: bool = True) -> Panel:
    """How a head turns; `reach` in degrees as in `Panel`."""
    degrees = np.degrees(motion.head_rotation.astype(np.float64))
    curves = tuple(
        Curve(column, colour, angle if is_named else "")
        for column, (angle, colour) in zip(degrees.T, ANGLES.items(), strict=True)
    )
    return Panel(label, curves, height=1.0, reach=reach)


def face_panels(motion: FaceMotion) -> tuple[Panel, ...]:
    """Jaw, lips, lids, eyes and head of one motion."""
    gaze = np.degrees(motion.gaze.astype(np.float64))
    eyes = tuple(
        Curve(column, ANGLES[angle], angle) for column, angle in zip(gaze.T, ("yaw", "pitch"), strict=True)
    )
    blink = motion.weights[:, [ARKIT_INDEX["eyeBlinkLeft"], ARKIT_INDEX["eyeBlinkRight"]]].mean(axis=1)
    gap = lip_gap_model().heights(motion.weights) * MILLIMETRES
    return (
        Panel("jaw open", (Curve(motion.weights[:, ARKIT_INDEX["jawOpen"]], "#b5482a"),)),
        Panel("lip gap, mm", (Curve(gap, "#1f6f8b"),)),
        Panel("blink", (Curve(blink, "#5a4a8a"),), height=0.8),
        Panel("gaze, deg", eyes, height=0.8),
        head_panel("head, degrees", motion),
    )


def draw(
    path: Path,
    sound: Path,
    times: NDArray[np.floating],
    phones: Sequence[Phone],
    marks: Sequence[Mark],
    pictures: Sequence[Path],
    panels: Sequence[Panel],
    columns: int = COLUMNS,
) -> None:
    """Draw a sheet as a PNG.

    Args:
        path: of the sheet.
        sound: what is said.
        times: (F,) seconds of the curves' values.
        phones: what is said when.
        marks: frames to show.
        pictures: of the marks.
        panels: below the sound.
        columns: pictures in a row.
    """
    matplotlib.use("Agg")
    images = [matplotlib.image.imread(picture) for picture in pictures]
    image_width = (_WIDTH - _LEFT - _RIGHT - (columns - 1) * _IMAGE_GAP) / columns
    image_height = image_width * images[0].shape[0] / images[0].shape[1] if images else 0.0
    rows = -(-len(marks) // columns)
    heights = (_CURVE_HEIGHT, *(panel.height for panel in panels))
    height = rows * (image_height + _TITLE) + len(heights) * _GAP + sum(heights) + _BOTTOM
    figure = Figure(figsize=(_WIDTH, height), dpi=100, facecolor="white")

    def axes_at(left: float, top: float, width: float, tall: float, **options: Any) -> Any:
        """Axes placed in inches from the sheet's upper left corner."""
        place = (left / _WIDTH, 1 - (top + tall) / height, width / _WIDTH, tall / height)
        return figure.add_axes(place, **options)

    for number, (mark, image) in enumerate(zip(marks, images, strict=True)):
        row, column = divmod(number, columns)
        left = _LEFT + column * (image_width + _IMAGE_GAP)
        axes = axes_at(left, row * (image_height + _TITLE) + _TITLE, image_width, image_height)
        axes.imshow(image, interpolation="lanczos", aspect="auto")
        axes.set_axis_off()
        axes.set_title(f"{number + 1}   {mark.text}", fontsize=11, loc="left", pad=3)
    top = rows * (image_height + _TITLE) + _GAP
    drawn = []
    for tall in heights:
        drawn.append(axes_at(_LEFT, top, _WIDTH - _LEFT - _RIGHT, tall))
        top += tall + _GAP
    samples = load(sound)
    _draw_sound(drawn[0], samples, phones)
    for axes, panel in zip(drawn[1:], panels, strict=True):
        for curve in panel.curves:
            axes.plot(times, curve.values, color=curve.colour, linewidth=1.2, label=curve.name)
        if any(curve.name for curve in panel.curves):
            axes.legend(loc="upper right", fontsize=7, ncols=len(panel.curves), framealpha=0.7)
        axes.set_ylabel(panel.label, fontsize=10 if panel.height > 0.7 else 8)
        axes.grid(axis="y", alpha=0.3)
        axes.margins(y=0.12)
        if panel.reach > 0:
            axes.set_ylim(-panel.reach, panel.reach)
        elif panel.span is not None:
            axes.set_ylim(*panel.span)
    for axes in drawn:
        for number, mark in enumerate(marks):
            axes.axvline(mark.second, color="#c09000", linewidth=0.8, alpha=0.8)
            if axes is not drawn[0]:
                axes.annotate(
                    str(number + 1), (mark.second, 0.88), xycoords=("data", "axes fraction"), fontsize=7
                )
        axes.set_xlim(0, len(samples) / SAMPLE_RATE)
        axes.tick_params(labelbottom=axes is drawn[-1])
    drawn[-1].set_xlabel("seconds")
    with whole_file(path) as stream:
        figure.savefig(stream, format="png")


def _draw_sound(axes: Any, samples: NDArray[np.float32], phones: Sequence[Phone]) -> None:
    """The sound with its phones."""
    step = SAMPLE_RATE // 400
    envelope = np.abs(samples[: len(samples) // step * step]).reshape(-1, step).max(axis=1)
    seconds = (np.arange(len(envelope)) + 0.5) * step / SAMPLE_RATE
    axes.fill_between(seconds, -envelope, envelope, color="#555555", linewidth=0)
    loudest = float(envelope.max()) or 1.0
    for phone in phones:
        if phone.name != "SIL":
            middle = (phone.start + phone.end) / 2
            axes.text(middle, 1.12 * loudest, phone.name, fontsize=6, ha="center", va="bottom")
    axes.set_ylim(-1.1 * loudest, 1.5 * loudest)
    axes.set_ylabel("sound")
    axes.set_yticks([])
