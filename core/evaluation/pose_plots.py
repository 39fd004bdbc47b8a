# SPDX-License-Identifier: GPL-3.0-or-later
"""Pictures of how heads move: their power spectra, and their angles below the sound that they speak.

Letters: F frames.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np

from ..audio import SAMPLE_RATE
from ..errors import InputError
from ..generate.settings import HEAD_STYLES
from ..motion_files import whole_file
from ..output_folders import make_folder
from .pose_metrics import JITTER_HERTZ, spectrum
from .pose_report import FINE_FPS, Heads

SPECTRUM: Final = "head_motion_spectrum.png"
CURVES: Final = "head_motion_curves.png"

_COLOURS: Final = {style: f"C{number}" for number, style in enumerate(HEAD_STYLES)}
_ANGLES: Final = {"yaw": "#1f6f8b", "pitch": "#b5482a", "roll": "#8a8a8a"}
_LEAST_DENSITY: Final = 1e-10


def draw_plots(heads: Sequence[Heads], folder: Path) -> list[Path]:
    """Draw both plots as PNG; returns their paths.

    Args:
        heads: what `evaluate pose` made; of each style the first that has a reference of its own sounds.
        folder: made where it is not there.

    Raises:
        InputError: matplotlib is missing.
        OutputError: the folder cannot be made.
    """
    try:
        import matplotlib
        from matplotlib.figure import Figure
    except ImportError as error:
        raise InputError("Plots need the library 'matplotlib': run 'pip install matplotlib'.") from error
    matplotlib.use("Agg")
    make_folder(folder)
    shown: dict[str, Heads] = {}
    for each in heads:
        if each.is_paired:
            shown.setdefault(each.style, each)
    paths = []
    for name, draw in ((SPECTRUM, _spectrum_figure), (CURVES, _curves_figure)):
        figure = draw(Figure, list(shown.values()))
        with whole_file(folder / name) as stream:
            figure.savefig(stream, format="png")
        paths.append(folder / name)
    return paths


def _spectrum_figure(figure_class: Any, heads: Sequence[Heads]) -> Any:
    figure = figure_class(figsize=(9.6, 6.0), dpi=100, facecolor="white", layout="constrained")
    axes = figure.add_subplot()

    def line(clips: Any, fps: float, **options: Any) -> None:
        found = spectrum(clips, fps)
        axes.loglog(found.hertz[1:], np.maximum(found.density[1:], _LEAST_DENSITY), **options)

    for each in heads:
        colour = _COLOURS[each.style]
        line(each.fine, FINE_FPS, color=colour, linewidth=1.8, label=each.title)
        if each.raw:
            line(each.raw, each.fps, color="black", linewidth=1, label=f"{each.reference_title}, as tracked")
            line(
                each.reference,
                each.fps,
                color="black",
                linewidth=1.2,
                linestyle="--",
                label=f"{each.reference_title}, without the tracker's jitter",
            )
        else:
            line(
                each.reference,
                each.fps,
                color=colour,
                linewidth=1,
                linestyle=":",
                label=f"{each.title}, {each.reference_title}",
            )
    axes.axvline(JITTER_HERTZ, color="#999999", linewidth=0.8)
    axes.set_xlabel("frequency, Hz")
    axes.set_ylabel("power of head rotation, degrees² / Hz")
    axes.set_title(f"Heads of each style at {FINE_FPS} frames a second, captured ones at 25")
    axes.grid(which="both", alpha=0.2)
    axes.legend(fontsize=8)
    return figure


def _curves_figure(figure_class: Any, heads: Sequence[Heads]) -> Any:
    """One sound each for captured and made styles; those of one sound stand below one another."""
    made = [each for each in heads if not each.raw] or list(heads)
    sound = made[0].sounds[0]
    figure = figure_class(
        figsize=(12, 1.4 * (len(made) + 1)), dpi=100, facecolor="white", layout="constrained"
    )
    axes = figure.subplots(len(made) + 1, 1, sharex=True)
    seconds = np.arange(len(sound.samples)) / SAMPLE_RATE
    axes[0].plot(seconds, sound.samples, color="#555555", linewidth=0.4)
    axes[0].set_yticks([])
    axes[0].set_ylabel("sound")
    axes[0].set_title(
        f"{sound.speaker}: yaw, pitch and roll in degrees; lines: stressed syllables, the surer the darker"
    )
    reach = max(np.abs(np.degrees(each.fine[0])).max() for each in made)
    for own, each in zip(axes[1:], made, strict=True):
        angles = np.degrees(each.fine[0])
        for number, (name, colour) in enumerate(_ANGLES.items()):
            own.plot(np.arange(len(angles)) / FINE_FPS, angles[:, number], color=colour, label=name)
        own.set_ylim(-1.05 * reach, 1.05 * reach)
        own.set_ylabel(each.title)
        own.grid(axis="y", alpha=0.3)
    for own in axes:
        for moment, strength in zip(sound.cues.accents, sound.cues.strengths, strict=True):
            own.axvline(moment, color="#c09000", linewidth=0.9, alpha=float(strength))
    axes[1].legend(ncols=3, fontsize=8, loc="upper right")
    axes[-1].set_xlabel("seconds")
    axes[-1].set_xlim(0, len(made[0].fine[0]) / FINE_FPS)
    return figure
