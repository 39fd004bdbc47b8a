# SPDX-License-Identifier: GPL-3.0-or-later
"""The table at the end of the proofs: for people's eyes, and as Markdown for the pages."""

from dataclasses import dataclass
from typing import Literal

Mark = Literal["passed", "FAILED", "not run"]


@dataclass(frozen=True)
class Cell:
    """What became of one proof in one Blender, and one line about it."""

    mark: Mark
    detail: str = ""


Cells = dict[str, dict[str, Cell]]


def markdown(
    cells: Cells, figures: dict[str, dict[str, float]], zips: dict[str, float], columns: list[str]
) -> str:
    """Blender x proof with the figures behind, then what is not in the table, then the zips' sizes in MB."""
    heads = ["Blender", *columns, "start-up", "click to keys, cold / warm"]
    rows = [heads, ["---"] * len(heads)]
    for label, row in cells.items():
        if not set(columns[1:]) & row.keys():
            continue
        marks = [row[column].mark if column in row else "not run" for column in columns]
        rows.append([label, *marks, *_times(figures.get(label, {}))])
    lines = [f"| {' | '.join(row)} |" for row in rows]
    lines.append("")
    reasons: dict[str, list[str]] = {}
    for label, row in cells.items():
        for column, cell in row.items():
            if cell.mark != "passed":
                first_line = cell.detail.strip().splitlines()[-1:] or [""]
                reasons.setdefault(f"{cell.mark}: {first_line[0]}", []).append(f"{label}: {column}")
            elif column not in columns or not set(columns[1:]) & row.keys():
                lines.append(f"- {label}, {column}: {cell.mark}{f' ({cell.detail})' if cell.detail else ''}")
    lines += [f"- {reason} ({'; '.join(where)})" for reason, where in reasons.items()]
    for label, row in figures.items():
        window = {key: value for key, value in row.items() if key.startswith("window")}
        lines += [f"- {label}, {key}: {value:.3g}" for key, value in window.items()]
    lines += [f"- {name}: {size:.1f} MB" for name, size in zips.items()]
    return "\n".join(lines) + "\n"


def _times(figures: dict[str, float]) -> list[str]:
    start, keys = "", ""
    if "start-up ms" in figures:
        computed = figures["start-up processor ms"]
        start = f"{figures['start-up ms']:.0f} ms ({computed:.0f} ms of the processor)"
    cold, warm = (figures.get(f"window: click to keys, {name}") for name in ("cold", "warm"))
    if cold is not None and warm is not None:
        keys = f"{cold:.2f} s / {warm:.2f} s"
    elif "cold s" in figures:
        # Without a window: from calling the operator to its end.
        keys = f"{figures['cold s']:.2f} s / {figures['warm s']:.2f} s (called)"
    return [start, keys]


def summary(cells: Cells, seconds: float) -> int:
    """Print pytest's kind of last line; the exit status."""
    marks = [cell.mark for row in cells.values() for cell in row.values()]
    passed, failed, skipped = (marks.count(mark) for mark in ("passed", "FAILED", "not run"))
    print(f"==== {passed} passed, {failed} failed, {skipped} skipped in {seconds:.2f}s ====")
    return 1 if failed or not passed else 0
