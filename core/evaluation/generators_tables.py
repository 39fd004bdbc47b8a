# SPDX-License-Identifier: GPL-3.0-or-later
"""Tables as text for a terminal and as Markdown for a page."""

from collections.abc import Sequence
from dataclasses import dataclass, field

NOTHING = "-"


@dataclass(frozen=True)
class Table:
    """A table under a title.

    Attributes:
        title: what it is of.
        columns: heads of all columns but the first.
        rows: name and cells of each line.
        notes: lines below it.
    """

    title: str
    columns: Sequence[str]
    rows: Sequence[tuple[str, Sequence[str]]]
    notes: Sequence[str] = field(default=())

    def text(self) -> str:
        """For a terminal."""
        first = max(map(len, ["", *(name for name, _ in self.rows)]))
        widths = [
            max([len(head), *(len(cells[number]) for _, cells in self.rows)]) + 2
            for number, head in enumerate(self.columns)
        ]

        def line(name: str, cells: Sequence[str]) -> str:
            return f"{name:{first}}" + "".join(
                f"{cell:>{width}}" for cell, width in zip(cells, widths, strict=True)
            )

        lines = [line(*row) for row in [("", self.columns), *self.rows] if self.columns]
        return "\n".join(["", self.title, *lines, *self.notes])

    def markdown(self) -> str:
        """For a page."""

        def line(cells: Sequence[str]) -> str:
            return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"

        lines = [
            line(["", *self.columns]),
            "|---" * (1 + len(self.columns)) + "|",
            *(line([name, *cells]) for name, cells in self.rows),
        ]
        notes = [] if not self.notes else ["", *(f"{note}  " for note in self.notes)]
        return "\n".join([f"### {self.title}", "", *lines, *notes, ""])


def number(value: float | None, places: int = 3, *, signed: bool = False) -> str:
    """A cell: a number with so many places, or a dash where there is none."""
    if value is None or value != value:
        return NOTHING
    return f"{value:+.{places}f}" if signed else f"{value:.{places}f}"


def percent(value: float | None, places: int = 1) -> str:
    """A cell: a share in percent."""
    return number(None if value is None else 100 * value, places)
