# SPDX-License-Identifier: GPL-3.0-or-later
"""PC2 files: every vertex at every frame, as Blender's Mesh Cache modifier reads them."""

import struct
from collections.abc import Callable
from pathlib import Path
from typing import Final

import numpy as np

from ...core.head.vertex_motion import VertexMotion
from ...core.motion_files import whole_file

MAGIC: Final = b"POINTCACHE2\0"

_HEADER: Final = "<12siiffi"
"""Magic, version, vertices, first frame, frames from one sample to the next, samples."""


def write_pc2(
    path: Path, vertices: VertexMotion, start: int, progress: Callable[[float], None] | None = None
) -> int:
    """Write all frames to a file, a block at a time, and return its size in bytes.

    The file is written beside its place and renamed; what `progress` raises, ends and removes it.

    Args:
        path: of a new file; its folder exists.
        vertices: the frames.
        start: scene frame of the first of them.
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
    return path.stat().st_size


def is_pc2(path: Path) -> bool:
    """Whether a file begins as a PC2 file does."""
    try:
        with path.open("rb") as stream:
            return stream.read(len(MAGIC)) == MAGIC
    except OSError:
        return False
