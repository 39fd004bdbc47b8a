# SPDX-License-Identifier: GPL-3.0-or-later
"""Praat TextGrid files: tiers of labelled intervals of time.

Read in the long and the short text form, written in the long one. Praat reads any text file as the numbers,
quoted texts and <flags> that stand free in it, in order, and so does this.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from .errors import InputError
from .motion_files import whole_file

_VALUE: Final = re.compile(
    r'"((?:[^"]|"")*)"|(?<!\S)(<[a-z]+>)|(?<!\S)([-+]?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?)(?!\S)'
)
_INTERVALS: Final = "IntervalTier"
_POINTS: Final = "TextTier"


@dataclass(frozen=True)
class Interval:
    """A label from `start` to `end`, in seconds."""

    start: float
    end: float
    text: str


@dataclass(frozen=True)
class Tier:
    """Intervals one after the other, under a name."""

    name: str
    intervals: tuple[Interval, ...]


def parse_textgrid(text: str, name: str) -> list[Tier]:
    """The interval tiers of a TextGrid; point tiers are left out.

    Args:
        text: the file's content.
        name: what to call it in errors.

    Raises:
        InputError: not a TextGrid, or cut short.
    """
    values = _values(text)
    try:
        kind, what = next(values), next(values)
        if kind != "ooTextFile" or what != "TextGrid":
            raise InputError(f"{name} is not a Praat TextGrid: save it as a text file with Praat.")
        _skip_times(values)
        if next(values) != "<exists>":
            return []
        tiers = []
        for _ in range(int(_number(values))):
            sort, title = next(values), str(next(values))
            _skip_times(values)
            count = int(_number(values))
            if sort == _POINTS:
                for _ in range(count):
                    _number(values)
                    next(values)
            elif sort == _INTERVALS:
                intervals = tuple(
                    Interval(_number(values), _number(values), str(next(values))) for _ in range(count)
                )
                tiers.append(Tier(title, intervals))
            else:
                raise ValueError(sort)
    except (StopIteration, RuntimeError, ValueError) as error:
        raise InputError(f"{name} is a damaged TextGrid: save it again with Praat.") from error
    return tiers


def _values(text: str) -> Iterator[str | float]:
    for quoted, flag, number in _VALUE.findall(text):
        if number:
            yield float(number)
        else:
            yield flag or quoted.replace('""', '"')


def _number(values: Iterator[str | float]) -> float:
    value = next(values)
    if not isinstance(value, float):
        raise ValueError(value)
    return value


def _skip_times(values: Iterator[str | float]) -> None:
    """Start and end of a file or tier, which its intervals tell too."""
    _number(values)
    _number(values)


def write_textgrid(path: Path, tiers: list[Tier], duration: float) -> None:
    """Write tiers in the long form; what no interval covers becomes an empty one.

    Raises:
        OutputError: the file cannot be written.
    """
    with whole_file(path, "w") as stream:
        stream.write('File type = "ooTextFile"\nObject class = "TextGrid"\n\n')
        stream.write(f"xmin = 0\nxmax = {duration:.6f}\ntiers? <exists>\nsize = {len(tiers)}\nitem []:\n")
        for number, tier in enumerate(tiers, start=1):
            intervals = _without_gaps(tier.intervals, duration)
            title = tier.name.replace('"', '""')
            stream.write(
                f'    item [{number}]:\n        class = "{_INTERVALS}"\n        name = "{title}"\n'
                f"        xmin = 0\n        xmax = {duration:.6f}\n"
                f"        intervals: size = {len(intervals)}\n"
            )
            for place, interval in enumerate(intervals, start=1):
                text = interval.text.replace('"', '""')
                stream.write(
                    f"        intervals [{place}]:\n            xmin = {interval.start:.6f}\n"
                    f'            xmax = {interval.end:.6f}\n            text = "{text}"\n'
                )


def _without_gaps(intervals: tuple[Interval, ...], duration: float) -> list[Interval]:
    """Praat wants intervals to touch."""
    touching: list[Interval] = []
    now = 0.0
    for interval in intervals:
        if interval.start > now + 1e-6:
            touching.append(Interval(now, interval.start, ""))
        start = max(now, interval.start) if touching else interval.start
        touching.append(Interval(start, interval.end, interval.text))
        now = interval.end
    if not touching or now < duration - 1e-6:
        touching.append(Interval(now, duration, ""))
    return touching
