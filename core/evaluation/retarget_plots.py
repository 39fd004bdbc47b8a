# SPDX-License-Identifier: GPL-3.0-or-later
"""Curves of lips on other rigs beside those of the full one."""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np

from ..errors import InputError
from .retarget import Outcome, Spoken

_COLOURS: Final = {"names": "tab:orange", "shapes": "tab:blue", "exact": "tab:green"}
_SIZE: Final = (12.0, 5.0)


def draw_gaps(
    title: str,
    outcomes: Mapping[str, Sequence[Outcome]],
    speech: Sequence[Spoken],
    folder: Path,
) -> Path:
    """Draw lip gap and mouth width of the first clip on the first sculptor's rig; returns the picture's path.

    One of the ways has moved that rig.

    Args:
        title: of the rig.
        outcomes: way -> outcomes.
        speech: the clips.
        folder: where to; made when it is not there.

    Raises:
        InputError: Matplotlib is not installed.
    """
    try:
        from matplotlib.figure import Figure
    except ImportError as error:
        raise InputError("Plots need the library 'matplotlib': run 'pip install matplotlib'.") from error
    folder.mkdir(parents=True, exist_ok=True)
    figure = Figure(figsize=_SIZE, layout="constrained")
    axes: Any = figure.subplots(2, 1, sharex=True)
    clip = speech[0]
    times = np.arange(len(clip.motion)) / clip.motion.fps
    drawn = {way: each[0] for way, each in outcomes.items() if each and each[0].score is not None}
    full = next(iter(drawn.values())).full[0]
    figures = {"full rig": full, **{way: outcome.curves[0] for way, outcome in drawn.items()}}
    for name, curves in figures.items():
        style = {"color": _COLOURS.get(name, "black"), "linewidth": 1.6 if name == "full rig" else 1.0}
        axes[0].plot(times, 1000 * curves.gap, label=name, **style)
        axes[1].plot(times, 1000 * curves.width, **style)
    axes[0].axhline(1000 * full.closed, color="grey", linewidth=0.5, linestyle=":")
    for phone in clip.phones:
        if phone.name in {"M", "B", "P"}:
            axes[0].axvspan(phone.start, phone.end, color="0.88", zorder=0)
    axes[0].set(title=title, ylabel="lip gap, mm")
    axes[1].set(ylabel="mouth width, mm", xlabel="seconds")
    axes[0].legend(loc="upper right", ncols=4, fontsize=8)
    path = folder / f"{re.sub(r'[^a-z0-9]+', '_', title.lower()).strip('_')}.png"
    figure.savefig(path, dpi=80)
    return path
