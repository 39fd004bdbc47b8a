# SPDX-License-Identifier: GPL-3.0-or-later
"""Times of words as tables (CSV) and as the JSON that recognisers of speech write."""

import csv
import io
import json
from collections.abc import Iterator
from typing import Any, Final

from ..errors import InputError
from .directions import without_directions
from .text import WORD_SLACK, Segment, Transcript

_WORD: Final = ("word", "text", "token", "label", "name", "punctuated_word")
_START: Final = ("start", "start_s", "begin", "from", "start_time", "xmin", "tmin", "time")
_END: Final = ("end", "end_s", "stop", "to", "end_time", "xmax", "tmax")
_DURATION: Final = ("duration", "dur", "length")
_LISTS: Final = ("words", "segments", "word_segments", "fragments", "results", "alternatives")
_LONGEST_WORD: Final = 3
"""Words of a row at most; more of them are a sentence."""


def parse_csv(text: str, name: str) -> Transcript:
    """Rows of word, start and end in seconds, with a header that names them, or in this order.

    Raises:
        InputError: no such rows.
    """
    first = text.partition("\n")[0]
    delimiter = max(",;\t", key=first.count)
    rows = [row for row in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter) if any(row)]
    header = [cell.strip().lower() for cell in rows[0]] if rows else []
    places = [_place(header, names) for names in (_WORD, _START, _END)]
    numbers = range(1, len(rows) + 1)
    if places[0] is None or places[1] is None:
        if len(header) < 3 or _is_number(header[0]) or not _is_number(header[1]):
            raise InputError(f"{name} has no columns 'word', 'start' and 'end': name them in its first line.")
        places = [0, 1, 2]
    else:
        rows, numbers = rows[1:], numbers[1:]
    lengths = _place(header, _DURATION)
    segments = []
    for number, row in zip(numbers, rows, strict=True):

        def cell(place: int | None, row: list[str] = row) -> str | None:
            return row[place].strip() if place is not None and place < len(row) else None

        duration = cell(lengths) if places[2] is None else None
        segments.append(
            _segment(cell(places[0]), cell(places[1]), cell(places[2]), duration, f"Row {number} of {name}")
        )
    return _timed(segments)


def parse_json(text: str, name: str) -> Transcript:
    """A list of words with start and end, alone or under 'words' or 'segments', as recognisers write them and
    as Soliloquy writes phone tracks.

    Raises:
        InputError: not JSON, or no such list.
    """
    try:
        content = json.loads(text)
    except json.JSONDecodeError as error:
        raise InputError(
            f"{name} is not JSON ({error.msg} in line {error.lineno}): save it again."
        ) from error
    segments = list(_found(content, name))
    if not segments:
        raise InputError(f'{name} has no words: expected [["hello", 0.2, 0.6], ...].')
    return _timed(segments)


def _found(content: Any, name: str) -> Iterator[Segment]:
    """Words, or where there are none sentences, in any depth."""
    if isinstance(content, list):
        for number, item in enumerate(content, start=1):
            where = f"Entry {number} of {name}"
            if isinstance(item, list | tuple) and len(item) >= 3 and isinstance(item[0], str):
                yield _segment(item[0], item[1], item[2], None, where)
            elif isinstance(item, dict | list):
                yield from _found(item, name)
            else:
                raise InputError(f"{where} is neither an object nor [word, start, end].")
    elif isinstance(content, dict):
        below = next((content[key] for key in _LISTS if isinstance(content.get(key), list)), None)
        if below:
            yield from _found(below, name)
            return
        lower = {str(key).lower(): value for key, value in content.items()}
        word = _first(lower, _WORD)
        if isinstance(word, str) and word.strip():
            start, end, duration = (_first(lower, names) for names in (_START, _END, _DURATION))
            yield _segment(word, start, end, duration, f"The word '{word.strip()}' of {name}")


def _first(content: dict[str, Any], names: tuple[str, ...]) -> Any:
    return next((content[key] for key in names if content.get(key) is not None), None)


def _segment(word: Any, start: Any, end: Any, duration: Any, where: str) -> Segment:
    try:
        first = None if start in (None, "") else float(start)
        last = None if end in (None, "") else float(end)
        if last is None and first is not None and duration not in (None, ""):
            last = first + float(duration)
    except (TypeError, ValueError):
        raise InputError(f"{where} has times that are no numbers: give seconds, such as 1.25.") from None
    if first is not None and last is not None and last < first:
        raise InputError(f"{where} ends at {last:g} s, before it starts at {first:g} s.")
    return Segment(str(word or "").strip(), first, last)


def _timed(segments: list[Segment]) -> Transcript:
    if all(segment.start is not None for segment in segments):
        segments.sort(key=lambda segment: segment.start or 0.0)
    of_words = all(len(without_directions(segment.text).split()) <= _LONGEST_WORD for segment in segments)
    return Transcript(tuple(segments), WORD_SLACK) if of_words else Transcript(tuple(segments))


def _place(header: list[str], names: tuple[str, ...]) -> int | None:
    return next((header.index(name) for name in names if name in header), None)


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True
