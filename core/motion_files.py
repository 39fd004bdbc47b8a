# SPDX-License-Identifier: GPL-3.0-or-later
"""FaceMotion to and from files: Live Link Face CSV and NumPy .npz.

Files are written whole or not at all: into a temporary neighbour that is renamed at the end.
"""

import math
import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray

from .errors import InputError, OutputError
from .live_link import CSV_COLUMNS as CSV_COLUMNS
from .live_link import read_csv as read_csv
from .motion import FaceMotion

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
