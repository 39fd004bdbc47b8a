# SPDX-License-Identifier: GPL-3.0-or-later
"""FaceMotion to and from files: Live Link Face CSV and NumPy .npz.

Files are written whole or not at all: into a temporary neighbour that is renamed at the end.
"""

import csv
import math
import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import IO
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray

from .errors import InputError, OutputError
from .frame_times import parse_fps
from .motion import FaceMotion
from .retarget.arkit import ARKIT_NAMES

ROTATION_COLUMNS = (
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
CSV_COLUMNS = tuple(name[0].upper() + name[1:] for name in ARKIT_NAMES) + ROTATION_COLUMNS
"""The 61 channels of a Live Link Face recording, in the app's order."""

_ROWS_PER_BLOCK = 4096


def live_link_rotations(motion: FaceMotion) -> NDArray[np.float32]:
    """Head and eye rotations (F, 9) in the columns and radians of a Live Link Face recording."""
    eyes = np.concatenate([motion.gaze, np.zeros((len(motion), 1), np.float32)], axis=1)
    return np.concatenate([motion.head_rotation, eyes, eyes], axis=1)


def timecode(frame: int, fps: float) -> str:
    """HH:MM:SS:FF.mmm of a frame: FF counts whole frames, mmm thousandths of a frame."""
    seconds, rest = divmod(frame / fps + 1e-9, 1.0)
    minutes, second = divmod(int(seconds), 60)
    hours, minute = divmod(minutes, 60)
    position = min(rest * fps + 1e-6, math.nextafter(math.ceil(fps), 0))
    return f"{hours:02d}:{minute:02d}:{second:02d}:{int(position):02d}.{int(position % 1 * 1000):03d}"


@contextmanager
def whole_file(path: Path, mode: str = "wb") -> Iterator[IO]:
    """Open a temporary neighbour of `path` that takes its place only when everything was written.

    Raises:
        OutputError: the folder is missing or read-only, or the disk is full; `path` is as it was.
    """
    path = Path(path)
    temporary: str | None = None
    try:
        handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name[:64]}.", suffix=".part")
        binary = "b" in mode
        with open(
            handle, mode, encoding=None if binary else "utf-8", newline=None if binary else ""
        ) as stream:
            yield stream
        umask = os.umask(0)
        os.umask(umask)
        os.chmod(temporary, 0o666 & ~umask)
        os.replace(temporary, path)
        temporary = None
    except OSError as error:
        reason = error.strerror or str(error)
        raise OutputError(
            f"Cannot write '{path}': {reason}. Choose a folder that exists, can be written to and has space."
        ) from error
    finally:
        if temporary is not None:
            Path(temporary).unlink(missing_ok=True)


def write_csv(path: Path, motion: FaceMotion) -> None:
    """Write a Live Link Face CSV: one row per frame, 61 channels in the app's order."""
    row_format = ",".join(["%s", str(len(CSV_COLUMNS))] + ["%.6f"] * len(CSV_COLUMNS)) + "\n"
    rotations = live_link_rotations(motion)
    with whole_file(path, "w") as stream:
        stream.write(",".join(("Timecode", "BlendshapeCount", *CSV_COLUMNS)) + "\n")
        for first in range(0, len(motion), _ROWS_PER_BLOCK):
            block = slice(first, first + _ROWS_PER_BLOCK)
            # Rounded beforehand, and without negative zeros, which would be written with their sign.
            rows = np.concatenate([motion.weights[block], rotations[block]], axis=1)
            rows = (np.round(rows.astype(np.float64), 6) + 0.0).tolist()
            stream.writelines(
                row_format % (timecode(first + offset, motion.fps), *row) for offset, row in enumerate(rows)
            )


def write_npz(path: Path, motion: FaceMotion) -> None:
    """Write every field of the motion to a compressed .npz file."""
    with whole_file(path) as stream:
        np.savez_compressed(stream, **motion.to_arrays())


def read_npz(path: Path) -> FaceMotion:
    """Read a motion written by `write_npz`.

    Raises:
        InputError: the file cannot be read, or is something else.
    """
    try:
        with np.load(path, allow_pickle=False) as arrays:
            return FaceMotion.from_arrays(dict(arrays))
    except FileNotFoundError as error:
        raise InputError(f"There is no file '{path}': check the path.") from error
    except (OSError, ValueError, KeyError, TypeError, EOFError, BadZipFile) as error:
        raise InputError(f"'{path}' is not a motion: expected an .npz file that Soliloquy wrote.") from error


def read_csv(path: Path, *, fps: float | None = None) -> FaceMotion:
    """Read a Live Link Face recording: 52 ARKit weights and the head's and eyes' rotations.

    Args:
        path: the .csv file; columns may stand in any order.
        fps: frames per second; by default told by the timecodes.

    Raises:
        InputError: the file cannot be read, is not such a recording, or is too short to tell its rate.
    """
    try:
        with open(path, encoding="utf-8-sig", newline="") as stream:
            rows = list(csv.DictReader(stream))
    except FileNotFoundError as error:
        raise InputError(f"There is no file '{path}': check the path.") from error
    except OSError as error:
        raise InputError(f"Cannot read '{path}': {error.strerror or error}.") from error
    except (UnicodeDecodeError, csv.Error) as error:
        raise InputError(f"'{path}' is not a Live Link Face recording: expected a .csv table.") from error
    wanted = CSV_COLUMNS[: len(ARKIT_NAMES)]
    header = {name.lower(): name for name in (rows[0] if rows else {})}
    missing = [name for name in ("Timecode", *wanted) if name.lower() not in header]
    if missing:
        raise InputError(f"'{path}' is not a Live Link Face recording: the column {missing[0]} is missing.")

    def column(name: str) -> NDArray[np.float32]:
        key = header.get(name.lower())
        try:
            values = np.array([float(row[key] or 0) if key else 0 for row in rows], np.float32)
        except ValueError as error:
            raise InputError(
                f"'{path}' is not a Live Link Face recording: expected numbers in the column {name}."
            ) from error
        if not np.isfinite(values).all():
            raise InputError(
                f"'{path}' has numbers in the column {name} that are not finite: record it again."
            )
        return values

    rotations = np.stack([column(name) for name in ROTATION_COLUMNS], axis=1)
    if fps is None:
        fps = _rate_of_timecodes([row[header["timecode"]] for row in rows], path)
    return replace(
        FaceMotion.still(len(rows), fps),
        weights=np.clip(np.stack([column(name) for name in wanted], axis=1), 0, 1),
        head_rotation=rotations[:, :3],
        gaze=(rotations[:, 3:5] + rotations[:, 6:8]) / 2,
    )


def _rate_of_timecodes(codes: list[str], path: Path) -> float:
    """Frames per second: rows between the first and the last time that the seconds change."""
    turns = [row for row in range(1, len(codes)) if codes[row][:8] != codes[row - 1][:8]]
    if len(turns) < 2:
        raise InputError(f"'{path}' is too short to tell its frame rate from the timecodes: give the rate.")

    def clock(row: int) -> int:
        try:
            hours, minutes, seconds = (int(part) for part in codes[row][:8].split(":"))
        except ValueError:
            raise InputError(
                f"'{path}' has the timecode '{codes[row]}': expected hours:minutes:seconds:frames. Give the "
                "frame rate."
            ) from None
        return hours * 3600 + minutes * 60 + seconds

    rate = (turns[-1] - turns[0]) / ((clock(turns[-1]) - clock(turns[0])) % 86400)
    return parse_fps(str(round(rate, 3)))


WRITERS: dict[str, Callable[[Path, FaceMotion], None]] = {".csv": write_csv, ".npz": write_npz}


def write_motion(path: Path, motion: FaceMotion) -> None:
    """Write a motion in the format that the file's ending names (.csv or .npz)."""
    writer_for(path)(Path(path), motion)


def writer_for(path: Path) -> Callable[[Path, FaceMotion], None]:
    """The writer for a path, so that a wrong ending is refused before any work is done.

    Raises:
        InputError: the ending names no known format.
    """
    suffix = Path(path).suffix.lower()
    if suffix not in WRITERS:
        raise InputError(
            f"Cannot write '{path}': the ending '{suffix}' is not known. "
            "Use .csv (Live Link Face) or .npz (every field)."
        )
    return WRITERS[suffix]
