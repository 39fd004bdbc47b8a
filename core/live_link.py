# SPDX-License-Identifier: GPL-3.0-or-later
"""Recordings of Live Link Face: tables (.csv) of 52 ARKit weights and the turns of head and eyes.

A row is a frame. Phones lose frames, write some twice, and lose the face. Timecodes (HH:MM:SS:FF.fff, FF
frames of the second; with ";" before the frames where numbers are dropped, SMPTE ST 12-1) say when each row
was seen, so rows are put where they belong, and what is missing is filled in between its neighbours.

Letter: R rows.
"""

import csv
import math
import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from .errors import InputError
from .frame_times import NTSC_RATES, parse_fps
from .motion import FaceMotion
from .retarget.arkit import ARKIT_NAMES

ROTATION_COLUMNS: Final = (
    "HeadYaw",
    "HeadPitch",
    "HeadRoll",
    "LeftEyeYaw",
    "LeftEyePitch",
    "LeftEyeRoll",
    "RightEyeYaw",
    "RightEyePitch",
    "RightEyeRoll",
)
CSV_COLUMNS: Final = tuple(name[0].upper() + name[1:] for name in ARKIT_NAMES) + ROTATION_COLUMNS
"""The 61 channels of a Live Link Face recording, in the app's order."""

_TIMECODE: Final = "Timecode"
_OPTIONAL: Final = {"TongueOut", *ROTATION_COLUMNS}
"""Channels that older phones and other apps do not write."""
_CLOCK: Final = re.compile(r"\s*(\d{1,3})[:;.](\d{1,2})[:;.](\d{1,2})(?:([:;.])(\d{1,3}(?:\.\d*)?))?\s*")
_TIMEBASES: Final = (24, 25, 30, 48, 50, 60, 100, 120, 240)
"""Frames that timecodes count in a second."""
_LAST_LOST: Final = 3
"""Frames that may be lost at the end of all seconds of a recording."""
_DAY: Final = 86400.0
_LIKELY: Final = 0.01
"""Part by which rows may be more or fewer than at a usual rate: what was not counted rightly."""
_IN_TIME: Final = 0.3
"""How well rows keep time with their rate at least; 1 is exactly, rows of another rate come near 0."""
_LONGEST_GAP: Final = 10.0
"""Seconds; longer ones are no lost frames: somebody joined two recordings."""
_LARGEST_TURN: Final = 3.2
"""No head turns by so many radians: these are degrees."""


def read_csv(path: Path, *, fps: float | None = None) -> FaceMotion:
    """Read a Live Link Face recording: 52 ARKit weights and the head's and eyes' rotations.

    Args:
        path: the .csv file; columns may stand in any order.
        fps: frames per second of rows without a gap; by default told by the timecodes.

    Raises:
        InputError: the file cannot be read, is not such a recording, or is too short to tell its rate.
    """
    header, rows = _table(Path(path))
    missing = [name for name in CSV_COLUMNS if name not in _OPTIONAL and name.lower() not in header]
    if missing:
        raise InputError(f"'{path}' is not a Live Link Face recording: the column {missing[0]} is missing.")
    values = np.stack([_column(name, header, rows, path) for name in CSV_COLUMNS], axis=1)
    if not np.isfinite(values[:, : len(ARKIT_NAMES)]).any():
        raise InputError(f"'{path}' holds no frames with a face: record it again.")
    notes: tuple[str, ...] = ()
    if fps is None:
        if _TIMECODE.lower() not in header:
            raise InputError(f"'{path}' has no timecodes to tell its frame rate from: give the rate.")
        place = header[_TIMECODE.lower()]
        fps, at = _places([_cell(row, place) for row in rows], path)
        values, notes = _placed(values, at, path)
    values = _filled(values).astype(np.float32)
    weights, rotations = values[:, : len(ARKIT_NAMES)], values[:, len(ARKIT_NAMES) :]
    if np.abs(rotations).max(initial=0) > _LARGEST_TURN:
        rotations = np.radians(rotations)
    return replace(
        FaceMotion.still(len(values), fps),
        weights=np.clip(weights, 0, 1),
        head_rotation=rotations[:, :3],
        gaze=(rotations[:, 3:5] + rotations[:, 6:8]) / 2,
        notes=notes,
    )


def _table(path: Path) -> tuple[dict[str, int], list[list[str]]]:
    """Columns by their names in small letters, and the rows that hold anything."""
    try:
        data = path.read_bytes()
        text = data.decode("utf-16" if data[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig")
        first = text.lstrip().split("\n", 1)[0]
        # Spreadsheets of countries with decimal commas.
        delimiter = max(",;\t", key=first.count)
        rows = list(csv.reader(text.splitlines(), delimiter=delimiter))
    except FileNotFoundError as error:
        raise InputError(f"There is no file '{path}': check the path.") from error
    except OSError as error:
        raise InputError(f"Cannot read '{path}': {error.strerror or error}.") from error
    except (UnicodeError, csv.Error) as error:
        raise InputError(f"'{path}' is not a Live Link Face recording: expected a .csv table.") from error
    rows = [row for row in rows if any(cell.strip() for cell in row)]
    if delimiter != ",":
        rows = [[cell.replace(",", ".") for cell in row] for row in rows]
    header = {name.strip().lower(): place for place, name in enumerate(rows[0])} if rows else {}
    if header and len(rows) < 2:
        raise InputError(f"'{path}' holds no frames with a face: record it again.")
    return header, rows[1:]


def _cell(row: Sequence[str], place: int) -> str:
    return row[place].strip() if place < len(row) else ""


def _column(name: str, header: dict[str, int], rows: list[list[str]], path: Path) -> NDArray[np.float64]:
    """Values (R,) of a channel; not numbers where the table has none."""
    place = header.get(name.lower())
    if place is None:
        return np.zeros(len(rows))
    try:
        values = np.array([float(_cell(row, place) or math.nan) for row in rows])
    except ValueError as error:
        raise InputError(
            f"'{path}' is not a Live Link Face recording: expected numbers in the column {name}."
        ) from error
    if np.isinf(values).any():
        raise InputError(f"'{path}' has numbers in the column {name} that are not finite: record it again.")
    return values


def _filled(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """The same with numbers where there are none: straight lines in time, zeros where a channel has none."""
    known = np.isfinite(values)
    rows = np.arange(len(values))
    for column in np.flatnonzero(~known.all(axis=0)):
        there = known[:, column]
        values[:, column] = np.interp(rows, rows[there], values[there, column]) if there.any() else 0.0
    return values


def _placed(
    values: NDArray[np.float64], at: NDArray[np.int64], path: Path
) -> tuple[NDArray[np.float64], tuple[str, ...]]:
    """Rows (R, C) at their frames, those between not numbers, and what there is to say of it."""
    count = int(at[-1]) + 1
    result = np.full((count, values.shape[1]), np.nan)
    # Of rows of one frame the latest that holds anything.
    holds = np.isfinite(values).any(axis=1)
    result[at[holds]] = values[holds]
    lost = count - len(np.unique(at[holds]))
    if lost == 0:
        return result, ()
    return result, (f"{lost} of {count} frames are missing in '{path.name}' and were filled in.",)


def _places(codes: Sequence[str], path: Path) -> tuple[float, NDArray[np.int64]]:
    """Frames per second, and the frame (R,) of each row, from 0 on, never falling."""
    found = [_CLOCK.fullmatch(code) for code in codes]
    known = np.array([match is not None for match in found])
    clocks = [match for match in found if match is not None]
    if codes and not known.any():
        raise InputError(
            f"'{path}' has the timecode '{codes[0]}': expected hours:minutes:seconds:frames. Give the frame "
            "rate."
        )
    whole = np.array([[int(match[part]) for part in (1, 2, 3)] for match in clocks], np.float64)
    seconds = whole @ (3600.0, 60.0, 1.0)
    turns = np.flatnonzero(np.diff(seconds) != 0) + 1
    too_short = InputError(f"'{path}' is too short to tell its frame rate from the timecodes: give the rate.")
    if len(turns) == 0:
        raise too_short
    if all(match[5] for match in clocks):
        frames = np.array([float(match[5]) for match in clocks])
        times = _seconds(whole, frames, _timebase(frames), drops=clocks[0][4] == ";")
        times = _spread(times)
    else:
        # Rows of one second are spread over it.
        if len(turns) < 2:
            raise too_short
        times = np.interp(np.arange(len(seconds)), turns, seconds[turns])
        rate = np.diff(turns[[0, -1]]) / np.diff(seconds[turns[[0, -1]]])
        times[: turns[0]] = seconds[turns[0]] - np.arange(turns[0], 0, -1) / rate
        times[turns[-1] :] = seconds[turns[-1]] + np.arange(len(seconds) - turns[-1]) / rate
    steps = np.diff(times)
    steps[steps < -_DAY / 2] += _DAY
    usual = float(np.median(steps[steps > 0])) if (steps > 0).any() else 0.0
    if not usual > 0:
        raise too_short
    # Joined recordings go on.
    joined = (steps < 0) | (steps > _LONGEST_GAP)
    steps[joined] = usual
    # What was lost counts, what was written twice does not.
    rows = np.flatnonzero(known)
    elapsed = np.concatenate([[0.0], np.cumsum(steps)])
    counted = np.concatenate([[0], np.cumsum(np.round(steps / usual))])
    rate = _usual_rate(float(counted[-1] / elapsed[-1]), elapsed)
    # Rows without a timecode lie between those that have one.
    everywhere = np.interp(np.arange(len(codes)), rows, elapsed * rate)
    before, after = np.arange(rows[0], 0, -1), np.arange(1, len(codes) - rows[-1])
    everywhere[: rows[0]] = -before
    everywhere[rows[-1] + 1 :] = elapsed[-1] * rate + after
    return rate, _in_order(everywhere - everywhere[0])


def _timebase(frames: NDArray[np.float64]) -> int:
    """How many frames timecodes count in a second, by the highest numbers that they have."""
    highest = int(frames.max())
    # The last ones of a second may be lost.
    return next((each for each in _TIMEBASES if highest < each <= highest + _LAST_LOST), highest + 1)


def _spread(times: NDArray[np.float64]) -> NDArray[np.float64]:
    """Times (R,) of which several rows in turn have the same, because timecodes count fewer frames."""
    begins = np.flatnonzero(np.concatenate([[True], np.diff(times) != 0]))
    lengths = np.diff([*begins, len(times)])
    rows_each = int(np.median(lengths))
    if rows_each < 2 or len(begins) < 2:
        return times
    usual = float(np.median(np.abs(np.diff(times[begins]))))
    within = np.minimum(np.arange(len(times)) - np.repeat(begins, lengths), rows_each - 1)
    return times + within / rows_each * usual


def _in_order(places: NDArray[np.float64]) -> NDArray[np.int64]:
    """Whole frames (R,) nearest to where rows lie; the first at 0."""
    # By the middle of what rounding leaves, so that a first row that came late moves none of the others.
    rest = np.angle(np.exp(2j * np.pi * places).sum()) / (2 * np.pi)
    whole = np.maximum.accumulate(np.round(places - rest).astype(np.int64))
    return whole - whole[0]


def _seconds(
    whole: NDArray[np.float64], frames: NDArray[np.float64], base: int, *, drops: bool
) -> NDArray[np.float64]:
    """Seconds (R,) of hours, minutes and seconds (R, 3) and frames (R,) of timecodes."""
    seconds = whole @ (3600.0, 60.0, 1.0)
    if not drops or base not in (30, 60):
        return seconds + frames / base
    # Two numbers of 30, four of 60 are left out in each minute but every tenth.
    minutes = np.floor(seconds / 60)
    left_out = base / 15 * (minutes - np.floor(minutes / 10))
    return (seconds * base + frames - left_out) * 1.001 / base


def _usual_rate(rate: float, elapsed: NDArray[np.float64]) -> float:
    """What people would call the rate of rows that came at some seconds (R,), about so many in each."""
    rate = parse_fps(str(round(min(max(rate, 1.0), 1000.0), 3)))
    likely = [each for each in (*map(float, _TIMEBASES), *NTSC_RATES) if abs(rate - each) < _LIKELY * each]
    if not likely:
        return rate
    # How well rows keep time with a rate: clocks that shake keep it on the average.
    kept = [abs(np.exp(2j * np.pi * each * elapsed).mean()) for each in likely]
    if max(kept) > _IN_TIME:
        return likely[int(np.argmax(np.round(kept, 6)))]
    return min(likely, key=lambda each: abs(rate - each)) if rate not in NTSC_RATES else rate
