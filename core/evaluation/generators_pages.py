# SPDX-License-Identifier: GPL-3.0-or-later
"""The tables of `soliloquy evaluate generators`."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

import numpy as np

from ..audio import SAMPLE_RATE
from ..training.captures import Capture
from .captured_people import Group
from .closures import closure_figures
from .generators_closures import ALONE, CAPTURED, CONSTRAINED, LOUDNESS, Counts
from .generators_figures import CORRELATIONS, Result, error_difference, gap_difference
from .generators_speed import Speed, model_files, parameter_count
from .generators_tables import NOTHING, Table, number, percent
from .generators_tests import Kind

BASELINES: Final = ("mean face", "loudness")
CAPTURED_COLUMN: Final = "captured"

Results = Mapping[str, Result]
"""By column."""

_PLACES: Final = {
    **dict.fromkeys((*CORRELATIONS, "amount", "FDD", "|FDD|"), 3),
    **dict.fromkeys(("lips mm", "LVE mm2", "moved mm"), 2),
}
_NONE: Final = float("nan")
_SHARES: Final = ("fast", "fast seen", "quick seen")
_OVERVIEW: Final = {
    Kind.SEEN: (*CORRELATIONS, "lips mm", "LVE mm2", "moved mm", "|FDD|", *_SHARES),
    Kind.VOICES: (*CORRELATIONS, "lips mm", "LVE mm2"),
    Kind.OTHERS: (*CORRELATIONS, "lips mm", "LVE mm2", "moved mm", "|FDD|"),
    Kind.CROSSED: (*CORRELATIONS, "lips mm", "LVE mm2", "moved mm"),
}
_SHOWN_CLOSURES: Final = {
    "sealed": "m, b, p sealed",
    "f/v": "f, v",
    "vowels": "vowels closed",
    "round": "rounding, AUC",
}


def people_table(group: Group, models: Mapping[str, str], results: Results) -> Table:
    """A group of clips: a line a figure, a column a contestant."""
    columns = [*BASELINES, *models, CAPTURED_COLUMN]
    rows = [
        (_title(name), [_cell(name, _figure(results.get(column), name)) for column in columns])
        for name in (*_PLACES, *_SHARES)
    ]
    missing = [name for name in models if name not in results]
    notes = [f"No network of this training: {', '.join(missing)}."] if missing else []
    return Table(f"{group.title}: {_amount(group.captures)}", columns, rows, notes)


def _title(name: str) -> str:
    return f"{name} %" if name in _SHARES else name


def _cell(name: str, value: float) -> str:
    return percent(value, 2) if name in _SHARES else number(value, _PLACES[name])


def _figure(result: Result | None, name: str) -> float:
    return _NONE if result is None else result.figures.get(name, _NONE)


def _amount(captures: Sequence[Capture]) -> str:
    seconds = sum(len(clip.samples) for clip in captures) / SAMPLE_RATE
    return f"{len(captures)} {'clip' if len(captures) == 1 else 'clips'}, {seconds:.0f} s"


def difference_tables(
    models: Mapping[str, str], tests: Sequence[tuple[Kind, str, Results]]
) -> Iterator[Table]:
    """Where nobody is known: by how much each model is better than the first, with intervals."""
    first, *others = models
    if not others:
        return
    for title, difference, places in (
        (f"Lip gap, correlation above that of {first}", gap_difference, 3),
        (f"Lips, mm farther away than {first}", error_difference, 2),
    ):
        rows = []
        for kind, group, results in tests:
            if kind is Kind.SEEN:
                continue
            cells = []
            for name in others:
                pair = [results[each].pieces if each in results else None for each in (name, first)]
                if pair[0] is None or pair[1] is None:
                    cells.append(NOTHING)
                    continue
                found = difference(pair[0], pair[1])
                low, high = (number(each, places, signed=True) for each in (found.low, found.high))
                cells.append(f"{number(found.value, places, signed=True)} ({low} to {high})")
            rows.append((group, cells))
        yield Table(
            title,
            others,
            rows,
            ["In brackets 95 % of the differences of 2000 draws of pieces of 3 s."],
        )


def closure_table(title: str, models: Mapping[str, str], counts: Counts) -> Table:
    """A line a contestant and mode, a column a figure."""
    figures = {key: closure_figures(count) for key, count in counts.items()}
    keys = [key for key in figures if key[0] == CAPTURED]
    keys += [key for key in figures if key[0] not in (CAPTURED, *models)]
    keys += [(name, mode) for mode in (ALONE, CONSTRAINED) for name in models]
    lines = next(iter(figures.values()))
    rows = [
        (
            f"{name}, {mode}" if name in models else name,
            [number(figures[name, mode][line]) for line in lines],
        )
        for name, mode in keys
    ]
    sounds = len(next(iter(counts.values())).sealed)
    return Table(f"{title}: {sounds} m, b, p", list(lines), rows)


def speed_table(models: Mapping[str, str], speeds: Mapping[str, Speed]) -> Table:
    """A line a model."""
    rows = []
    for name, model in models.items():
        speed = speeds[name]
        factors = (
            f"{speed.own:.0f}x",
            f"{speed.ratio:.2f}",
            f"{speed.whole:.0f}x",
            f"{speed.whole_ratio:.2f}",
        )
        rows.append((name, [*factors, *_sizes(model)]))
    first = next(iter(models))
    columns = ["alone", f"/ {first}", "with encoder", f"/ {first}", "MB", "M numbers"]
    return Table("Speed on one thread, times realtime, and size", columns, rows)


def _sizes(model: str) -> list[str]:
    files = model_files(model)
    return [
        number(sum(path.stat().st_size for path in files) / 1e6, 2),
        number(parameter_count(files) / 1e6, 2),
    ]


def overview(
    models: Mapping[str, str],
    tests: Sequence[tuple[Kind, str, Results]],
    unheard: Sequence[Mapping[tuple[str, str], Mapping[str, float]]],
    speeds: Mapping[str, Speed],
) -> Table:
    """The figures of all tables, means over groups of a kind, a column a contestant."""
    columns = [*BASELINES, *models, CAPTURED_COLUMN]
    rows: list[tuple[str, list[str]]] = []

    def head(title: str) -> None:
        rows.append((f"{title}:", [""] * len(columns)))

    for kind, names in _OVERVIEW.items():
        groups = [results for each, _, results in tests if each is kind]
        if not groups:
            continue
        head(kind.value)
        for name in names:
            figures = [[_figure(group.get(column), name) for column in columns] for group in groups]
            rows.append((_title(name), [_cell(name, value) for value in _means(figures)]))
    for mode in (ALONE, CONSTRAINED) if unheard else ():
        head("people never heard, " + ("network alone" if mode == ALONE else "with constraints"))
        keys = [(LOUDNESS if column == "loudness" else column, mode) for column in columns]
        for line, title in _SHOWN_CLOSURES.items():
            figures = [[group[key][line] if key in group else _NONE for key in keys] for group in unheard]
            rows.append((title, [number(value) for value in _means(figures)]))
    head("speed and size")
    for title, part in (("x realtime, alone", "own"), ("x realtime, with encoder", "whole")):
        rows.append((title, [number(getattr(speeds.get(column), part, None), 0) for column in columns]))
    sizes = {name: _sizes(model) for name, model in models.items()}
    for place, title in enumerate(("MB", "M numbers")):
        rows.append((title, [sizes[column][place] if column in sizes else NOTHING for column in columns]))
    return Table("Overview: means over the groups of each kind", columns, rows)


def _means(figures: Sequence[Sequence[float]]) -> list[float]:
    """Of each column over groups: those groups in which anybody has this figure."""
    known = [group for group in figures if not np.isnan(group).all()]
    return np.mean(known, axis=0).tolist() if known else [_NONE] * len(figures[0])
