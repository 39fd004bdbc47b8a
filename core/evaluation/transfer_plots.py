# SPDX-License-Identifier: GPL-3.0-or-later
"""A picture of `evaluate transfer`: the error of each character in each way."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np

from ..errors import InputError
from .transfer_outcomes import WAYS, Outcome

_LABELS: Final = {
    "made": "Soliloquy",
    "marked": "Soliloquy with marks",
    "pose": "nearest points after pose",
    "laid": "nearest points after registration",
}
_COLOURS: Final = {"made": "tab:blue", "marked": "tab:cyan", "pose": "0.7", "laid": "tab:orange"}
_MARKERS: Final = {"made": "o", "marked": "x", "pose": "o", "laid": "o"}
_WANTED: Final = 10.0
"""Per cent of each shape's largest displacement that the mean error should stay below."""


def draw(outcomes: Mapping[str, Sequence[Outcome]], folder: Path) -> Path:
    """Draw `transfer.png` into a folder, which is made when it is not there.

    Raises:
        InputError: Matplotlib is not installed.
    """
    try:
        from matplotlib.figure import Figure
    except ImportError as error:
        raise InputError("Plots need the library 'matplotlib': run 'pip install matplotlib'.") from error
    figure = Figure(figsize=(9.0, 1.2 + 0.2 * len(outcomes)), layout="constrained")
    axes: Any = figure.subplots()
    rows = np.arange(len(outcomes))
    for way in WAYS:
        errors = [
            next((100 * each.score.mean for each in found if each.way == way and each.score), np.nan)
            for found in outcomes.values()
        ]
        if np.isfinite(errors).any():
            axes.plot(errors, rows, _MARKERS[way], color=_COLOURS[way], label=_LABELS[way], markersize=5)
    axes.axvline(_WANTED, color="0.5", linewidth=0.8, linestyle=":")
    axes.set_yticks(rows, list(outcomes))
    axes.invert_yaxis()
    axes.set_xlim(left=0)
    axes.set_xlabel("mean error over moving vertices, % of each shape's largest displacement")
    axes.grid(axis="y", color="0.92")
    figure.legend(loc="outside upper center", ncols=len(WAYS), fontsize=8)
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "transfer.png"
    figure.savefig(path, dpi=110)
    return path
