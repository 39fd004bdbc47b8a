# SPDX-License-Identifier: GPL-3.0-or-later
"""Pictures of `evaluate retarget`: curves of lips beside those of the full rig, and the faces themselves."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from ..errors import InputError
from ..head import PART_COLOURS, load_head
from ..phones import BILABIALS
from .made_heads import MadeHead, built_in
from .retarget import Outcome, Rig, Spoken, retarget_rigs

Doubles = NDArray[np.float64]

MOMENTS: Final[Mapping[str, float]] = {
    "rest": 0.1,
    "p": 4.94,
    "o (pop)": 5.07,
    "oo (boo)": 5.5,
    "m": 5.64,
    "f": 5.77,
    "ee": 5.91,
}
"""Seconds of the sample at which faces are drawn."""

_COLOURS: Final = {"names": "tab:orange", "shapes": "tab:blue", "exact": "tab:green"}
_SIZE: Final = (12.0, 5.0)
_FACE: Final = 1.15
"""Inches of a face."""
_LIGHT: Final = np.array([0.3, 0.4, 0.866])
_AROUND: Final = 1.4
"""Triangles nearer than this to the mouth's middle, in parts of its width, are drawn."""


class Pictures:
    """What is drawn of rigs while they are evaluated.

    Args:
        folder: where to; made when it is not there.
        clip: the first clip, which is the sample.

    Raises:
        InputError: Matplotlib is not installed.
    """

    def __init__(self, folder: Path, clip: Spoken) -> None:
        try:
            from matplotlib.figure import Figure
        except ImportError as error:
            raise InputError("Plots need the library 'matplotlib': run 'pip install matplotlib'.") from error
        self._figure = Figure
        self._folder, self._clip = folder, clip
        self._paths: list[Path] = []
        self._rows: list[tuple[str, MadeHead, Doubles]] = []
        self._frames = [
            min(len(clip.motion) - 1, round(second * clip.motion.fps)) for second in MOMENTS.values()
        ]
        full = retarget_rigs.full_rig(built_in())
        self._rows.append(("full rig", full.head, full.vertices_at(clip.motion.weights[self._frames])))

    def add(self, title: str, rig: Rig, outcomes: Mapping[str, Outcome]) -> None:
        """Draw curves of a rig, and keep its faces: measured where that worked, else by names."""
        done = {way: outcome for way, outcome in outcomes.items() if outcome.score is not None}
        if not done:
            return
        self._folder.mkdir(parents=True, exist_ok=True)
        self._paths.append(self._draw_curves(title, done))
        best = done.get("shapes") or next(iter(done.values()))
        self._rows.append((title, rig.head, rig.vertices_at(best.values[self._frames])))

    def write(self) -> list[Path]:
        """Write the picture of all faces; paths of all pictures."""
        count = len(self._rows)
        size = (_FACE * (len(MOMENTS) + 1.6), _FACE * 0.85 * count)
        figure = self._figure(figsize=size)
        axes: Any = figure.subplots(count, len(MOMENTS), squeeze=False)
        for row, (title, head, faces) in zip(axes, self._rows, strict=True):
            for column, face in zip(row, faces, strict=True):
                _draw_face(column, head, face)
            row[0].annotate(
                title.replace(": ", ":\n"),
                (-0.05, 0.5),
                xycoords="axes fraction",
                ha="right",
                va="center",
                fontsize=6.5,
            )
        for column, name in zip(axes[0], MOMENTS, strict=True):
            column.set_title(name, fontsize=8)
        figure.subplots_adjust(left=0.19, right=0.995, bottom=0.005, top=1 - 0.25 / size[1], wspace=0.03)
        self._folder.mkdir(parents=True, exist_ok=True)
        path = self._folder / "faces.png"
        figure.savefig(path, dpi=110)
        return [*self._paths, path]

    def _draw_curves(self, title: str, done: Mapping[str, Outcome]) -> Path:
        figure = self._figure(figsize=_SIZE, layout="constrained")
        axes: Any = figure.subplots(2, 1, sharex=True)
        times = np.arange(len(self._clip.motion)) / self._clip.motion.fps
        full = next(iter(done.values())).full[0]
        for name, curves in {
            "full rig": full,
            **{way: each.curves[0] for way, each in done.items()},
        }.items():
            style = {
                "color": _COLOURS.get(name, "black"),
                "linewidth": 1.6 if name == "full rig" else 1.0,
            }
            axes[0].plot(times, 1000 * curves.gap, label=name, **style)
            axes[1].plot(times, 1000 * curves.width, **style)
        axes[0].axhline(1000 * full.closed, color="grey", linewidth=0.5, linestyle=":")
        for phone in self._clip.phones:
            if phone.name in BILABIALS:
                axes[0].axvspan(phone.start, phone.end, color="0.88", zorder=0)
        axes[0].set(title=title, ylabel="lip gap, mm")
        axes[1].set(ylabel="mouth width, mm", xlabel="seconds")
        axes[0].legend(loc="upper right", ncols=4, fontsize=8)
        name = re.sub(r"[^a-z0-9]+", "_", title.lower()).strip("_")
        path = self._folder / f"{name}.png"
        figure.savefig(path, dpi=80)
        return path


def _draw_face(axes: Any, head: MadeHead, positions: Doubles) -> None:
    """Draw the mouth of a face (W, 3) from the front, the farthest triangles first."""
    from matplotlib.collections import PolyCollection

    rest = head.to_head_axes(head.vertices)[head.mark_rows]
    right, left = rest[14], rest[15]
    middle, width = (right + left) / 2, left[0] - right[0]
    corners = positions[head.triangles]
    centres = corners.mean(axis=1)
    near = (np.abs(centres - middle) < _AROUND * width).all(axis=1)
    normals = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    normals /= np.maximum(np.linalg.norm(normals, axis=1, keepdims=True), 1e-12)
    near &= normals[:, 2] > 0
    order = np.flatnonzero(near)
    order = order[np.argsort(centres[order, 2])]
    colours = _colours(head)[head.triangles[order]].mean(axis=1)
    shade = 0.3 + 0.7 * np.clip(normals[order] @ _LIGHT, 0, 1)
    colours = np.clip(shade[:, None] * colours, 0, 1) ** (1 / 2.2)
    axes.add_collection(
        PolyCollection(list(corners[order][:, :, :2]), facecolors=colours, edgecolors=colours, linewidths=0.2)
    )
    axes.set_xlim(middle[0] - 0.95 * width, middle[0] + 0.95 * width)
    axes.set_ylim(middle[1] - 0.9 * width, middle[1] + 0.55 * width)
    axes.set_aspect("equal")
    axes.axis("off")


def _colours(head: MadeHead) -> Doubles:
    """(W, 3) linear colours of the vertices of a mesh."""
    model = load_head()
    plain = np.tile(PART_COLOURS["skin"], (model.vertex_count, 1)).astype(np.float64)
    for number, part in enumerate(model.parts):
        plain[model.faces[model.face_part == number]] = PART_COLOURS[part]
    body = np.tile(PART_COLOURS["skin"], (len(head.body), 1))
    return np.concatenate([head.carry @ plain, body])
