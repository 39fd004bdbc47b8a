# SPDX-License-Identifier: GPL-3.0-or-later
"""PC2 files: every vertex at every frame, as Blender's Mesh Cache modifier reads them.

Behind the last sample, where no reader looks, Soliloquy's files say what is in them: JSON, its length as
four bytes, and a mark.
"""

import json
import struct
from collections.abc import Callable
from dataclasses import asdict, dataclass
from functools import lru_cache
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ...core.head.vertex_motion import VertexMotion
from ...core.motion_files import whole_file

MAGIC: Final = b"POINTCACHE2\0"

_HEADER: Final = "<12siiffi"
"""Magic, version, vertices, first frame, frames from one sample to the next, samples."""

_END: Final = struct.Struct("<I9s")
_MARK: Final = b"SOLILOQUY"


@dataclass(frozen=True)
class CacheFacts:
    """What a cache says of itself.

    Attributes:
        lead: samples before the motion's first frame.
        frames: frames of the motion.
        fps: frames per second that it was made for.
        facts: what the caller noted.
    """

    lead: int
    frames: int
    fps: float
    facts: str


def write_pc2(
    path: Path,
    vertices: VertexMotion,
    start: int,
    facts: CacheFacts,
    progress: Callable[[float], None] | None = None,
) -> int:
    """Write all frames to a file, a block at a time, and return its size in bytes.

    The file is written beside its place and renamed; what `progress` raises, ends and removes it.

    Args:
        path: of a new file; its folder exists.
        vertices: the frames.
        start: scene frame of the first of them.
        facts: to be read by `read_facts`.
        progress: receives the share that is written, 0..1.

    Raises:
        OutputError: a disk that is full or may not be written to; there is no file.
        InputError: positions that are not numbers; there is no file.
    """
    samples = len(vertices)
    done = 0
    with whole_file(path) as stream:
        stream.write(struct.pack(_HEADER, MAGIC, 1, len(vertices.rest), start, 1.0, samples))
        for block in vertices.blocks():
            stream.write(np.ascontiguousarray(block, "<f4").data)
            done += len(block)
            if progress is not None:
                progress(done / samples)
        text = json.dumps(asdict(facts)).encode()
        stream.write(text + _END.pack(len(text), _MARK))
    return path.stat().st_size


def read_facts(path: Path) -> CacheFacts | None:
    """What a cache says of itself; None when it is missing or not of Soliloquy's."""
    try:
        stat = path.stat()
    except OSError:
        return None
    return _read_facts(path, stat.st_size, stat.st_mtime_ns)


@lru_cache(maxsize=512)
def _read_facts(path: Path, size: int, _changed: int) -> CacheFacts | None:
    # Panels ask at every redraw.
    try:
        with path.open("rb") as stream:
            stream.seek(max(0, size - _END.size))
            length, mark = _END.unpack(stream.read(_END.size))
            if mark != _MARK:
                return None
            stream.seek(size - _END.size - length)
            return CacheFacts(**json.loads(stream.read(length)))
    except (OSError, ValueError, TypeError, struct.error):
        return None


def read_samples(path: Path) -> NDArray[np.float32] | None:
    """The positions (F, V, 3) in a cache, in the file until they are looked at; None where there are none."""
    try:
        with path.open("rb") as stream:
            magic, _, vertices, _, _, samples = struct.unpack(_HEADER, stream.read(struct.calcsize(_HEADER)))
        if magic != MAGIC:
            return None
        shape = (samples, vertices, 3)
        return np.memmap(path, "<f4", "r", struct.calcsize(_HEADER), shape)
    except (OSError, ValueError, struct.error):
        return None


def is_pc2(path: Path) -> bool:
    """Whether a file begins as a PC2 file does."""
    try:
        with path.open("rb") as stream:
            return stream.read(len(MAGIC)) == MAGIC
    except OSError:
        return False
