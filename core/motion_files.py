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

import numpy as np
from numpy.typing import NDArray

from .errors import InputError, OutputError
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
        text = {} if "b" in mode else {"encoding": "utf-8", "newline": ""}
        with open(handle, mode, **text) as stream:
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
        stream.write(",".join(("Timecode", "BlendshapeCount") + CSV_COLUMNS) + "\n")
        for first in range(0, len(motion), _ROWS_PER_BLOCK):
            block = slice(first, first + _ROWS_PER_BLOCK)
            rows = np.concatenate([motion.weights[block], rotations[block]], axis=1).tolist()
            stream.writelines(
                row_format % (timecode(first + offset, motion.fps), *row) for offset, row in enumerate(rows)
            )


def write_npz(path: Path, motion: FaceMotion) -> None:
    """Write every field of the motion to a compressed .npz file."""
    with whole_file(path) as stream:
        np.savez_compressed(stream, **motion.to_arrays())


def read_npz(path: Path) -> FaceMotion:
    """Read a motion written by `write_npz`."""
    with np.load(path, allow_pickle=False) as arrays:
        return FaceMotion.from_arrays(dict(arrays))


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
