# SPDX-License-Identifier: GPL-3.0-or-later
"""Pictures of the disentangled audio model: latents by t-SNE, the bound, mouths under noise."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from ..errors import InputError
from ..motion_files import whole_file
from ..training.visemes import VISEMES
from .disentangled_latents import CORNER_NAMES, KNOWN, RECORDED, ProbedSegments
from .disentangled_noise import CHANGES, CLEAN, OWN, TRUE, Agreement
from .mouth_readers import CONTENT, READ, SHIPPED

TSNE: Final = "disentangled_tsne.png"
BOUND: Final = "disentangled_bound.png"
NOISE: Final = "disentangled_noise.png"

_POINTS: Final = 1800
_AROUND: Final = 8
_COLOURS: Final = ("#4c78a8", "#59a14f", "#b5482a", "#e0a030")
"""Of the corners: calm ones cold, aroused ones warm."""
_READ_COLOURS: Final = (
    "#b5482a",
    "#e09a70",
    "#1f6f8b",
    "#7fb2c5",
    "#59a14f",
    "#aaaaaa",
    "#333333",
    "#8c6bb1",
)


def read_bound(path: Path) -> list[dict[str, dict[str, float]]]:
    """Rows of what training noted, `training` and `held_out`; none where there is no such file."""
    if not path.is_file():
        return []
    return json.loads(path.read_text(encoding="utf-8"))


def draw_tsne(found: ProbedSegments, folder: Path, *, seed: int = 0) -> Path:
    """z_c by viseme, z_e by the corner of arousal and valence, of single segments and of clips.

    van der Maaten and Hinton, "Visualizing data using t-SNE", JMLR 9, 2008.

    Args:
        found: segments of all versions.
        folder: where `TSNE` is written.
        seed: of the points that are shown, and of t-SNE.
    """
    figure = _figure((15, 5.8))
    first, second, third = figure.subplots(1, 3)
    random = np.random.default_rng(seed)

    def some(rows: NDArray[np.bool_]) -> NDArray[np.intp]:
        places = np.flatnonzero(rows)
        return random.permutation(places)[:_POINTS]

    rows = some(np.isin(found.version, [RECORDED, KNOWN]))
    numbers = found.viseme[rows]
    names = [f"{place} {name}" for place, name in enumerate(VISEMES)]
    colours = [
        f"C{place}" if place < 10 else ("#000000", "#000080")[place - 10] for place in range(len(names))
    ]
    colours[0] = "#bbbbbb"
    _scatter(first, _placed(found.values["z_c"][rows], seed), numbers, names, colours)
    first.set_title("z_c of segments, by viseme (0: silence)")
    rows = some(found.version == KNOWN)
    _scatter(second, _placed(found.values["z_e"][rows], seed), found.corner[rows], CORNER_NAMES, _COLOURS)
    second.set_title("z_e of segments, by what the edit asked for")
    rows = np.flatnonzero(found.version == KNOWN)
    keys = np.char.add(found.clip[rows], found.corner[rows].astype(str))
    _, start, place = np.unique(keys, return_index=True, return_inverse=True)
    sums = np.zeros((len(start), found.values["z_e"].shape[1]))
    np.add.at(sums, place, found.values["z_e"][rows])
    means = sums / np.bincount(place)[:, None]
    _scatter(third, _placed(means, seed), found.corner[rows][start], CORNER_NAMES, _COLOURS)
    third.set_title("z_e of clips (mean), by what the edit asked for")
    return _written(figure, folder / TSNE)


def _placed(values: NDArray[np.floating], seed: int) -> NDArray[np.float64]:
    """(N, 2) places of latents (N, D)."""
    from sklearn.manifold import TSNE as Placing

    perplexity = min(30, max(2, (len(values) - 1) // 3))
    return Placing(perplexity=perplexity, init="pca", random_state=seed).fit_transform(values)


def _scatter(
    axes: Any,
    places: NDArray[np.floating],
    numbers: NDArray[np.int64],
    names: Sequence[str],
    colours: Sequence[str],
) -> None:
    for number, name in enumerate(names):
        own = numbers == number
        axes.scatter(*places[own].T, s=8, color=colours[number], label=name, linewidths=0)
        if len(names) > len(CORNER_NAMES) and own.any():
            axes.text(
                *thickest(places[own]), str(number), fontsize=11, weight="bold", ha="center", va="center",
                bbox={"boxstyle": "round,pad=0.15", "facecolor": "white", "alpha": 0.75, "linewidth": 0},
            )  # fmt: skip
    axes.set_xticks([])
    axes.set_yticks([])
    columns = 3 if len(names) > len(CORNER_NAMES) else 2
    axes.legend(fontsize=8, markerscale=2, loc="upper center", bbox_to_anchor=(0.5, -0.02), ncols=columns)


def thickest(places: NDArray[np.floating]) -> NDArray[np.floating]:
    """Of places (N, 2) the one (2,) that has `_AROUND` others nearest to it: those of a class may lie in
    several heaps, between which its middle is nobody's."""
    distances = np.sort(np.linalg.norm(places[:, None] - places[None], axis=2), axis=1)
    return places[distances[:, min(_AROUND, len(places) - 1)].argmin()]


def draw_bound(rows: Sequence[Mapping[str, Mapping[str, float]]], folder: Path) -> Path:
    """The bound and its terms over the training.

    Args:
        rows: what training noted, from first to last.
        folder: where `BOUND` is written.
    """
    figure = _figure((12, 7.0))
    (left, middle), (right, weighted) = figure.subplots(2, 2)
    numbers = range(1, len(rows) + 1)

    def line(axes: Any, part: str, name: str, **options: Any) -> None:
        if all(name in row.get(part, {}) for row in rows):
            axes.plot(numbers, [row[part][name] for row in rows], marker=".", **options)

    line(left, "held_out", "bound", label="bound", color="C3")
    line(left, "held_out", "likelihood", label="log p(x | z)", color="C0")
    for number, name in enumerate(("kl_c", "kl_e", "kl_s")):
        line(middle, "held_out", name, label=f"{name}, held-out people", color=f"C{number}")
        line(middle, "training", name, label=f"{name}, training", color=f"C{number}", linestyle=":")
    for number, name in enumerate(("visemes", "arousal", "valence")):
        title = "visemes right" if name == "visemes" else f"{name}, correlation"
        line(right, "held_out", name, label=title, color=f"C{number}")
    right.set_ylim(0, 1)
    for number, name in enumerate(("x", "i_c", "i_e", "i_s", "mu")):
        line(weighted, "training", name, label=name, color=f"C{number}")
    titles = (
        "held-out people: the bound, nats a segment",
        "divergences, nats a segment",
        "held-out people: what is found",
        "training: the other terms of the loss, as they are weighted",
    )
    for axes, title in zip((left, middle, right, weighted), titles, strict=True):
        axes.set_title(title)
        axes.set_xlabel("validations")
        axes.xaxis.get_major_locator().set_params(integer=True)
        axes.grid(alpha=0.3)
        if axes.lines:
            axes.legend(fontsize=8)
    return _written(figure, folder / BOUND)


def draw_noise(groups: Mapping[str, Agreement], folder: Path) -> Path:
    """Bars of how far mouths keep to their clean result, and to the captured face.

    Args:
        groups: agreement of each group of people, by its title.
        folder: where `NOISE` is written.
    """
    shown = [
        (title, kind)
        for title, each in groups.items()
        for kind in (OWN, TRUE)
        if each.has(kind, CLEAN, CONTENT)
    ]
    figure = _figure((12, 2.6 * len(shown)))
    plots = np.atleast_1d(figure.subplots(len(shown), 1))
    names = [*READ, *SHIPPED]
    for axes, (title, kind) in zip(plots, shown, strict=True):
        changes = [change for change in CHANGES if kind == TRUE or change != CLEAN]
        for number, (name, colour) in enumerate(zip(names, _READ_COLOURS, strict=True)):
            found = [groups[title].correlation(kind, change, name) for change in changes]
            values = np.array([each.value for each in found])
            reach = np.abs(np.array([(each.low, each.high) for each in found]).T - values)
            places = np.arange(len(changes)) + (number - (len(names) - 1) / 2) * 0.11
            axes.bar(places, values, 0.1, color=colour, label=name, yerr=reach, error_kw={"elinewidth": 0.8})
        axes.set_xticks(range(len(changes)), changes)
        axes.set_ylim(0, 1)
        axes.grid(axis="y", alpha=0.3)
        axes.set_title(f"{title}: correlation with the {kind}", fontsize=10)
    figure.legend(
        *plots[0].get_legend_handles_labels(), fontsize=8, ncols=len(names), loc="outside upper center"
    )
    return _written(figure, folder / NOISE)


def _figure(size: tuple[float, float]) -> Any:
    try:
        import matplotlib
        from matplotlib.figure import Figure
    except ImportError as error:
        raise InputError("Plots need the library 'matplotlib': run 'pip install matplotlib'.") from error
    matplotlib.use("Agg")
    return Figure(figsize=size, dpi=80, facecolor="white", layout="constrained")


def _written(figure: Any, path: Path) -> Path:
    """Write a figure as PNG."""
    with whole_file(path) as stream:
        figure.savefig(stream, format="png")
    return path
