# SPDX-License-Identifier: GPL-3.0-or-later
"""A vertex cache in three steps, so that the long one can run beside Blender's window.

`prepare_cache` reads the object and `attach_cache` changes it, both on the main thread; `write_cache` between
them touches no Blender data and may run anywhere.
"""

from collections.abc import Callable
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from uuid import uuid4

import bpy
import numpy as np
from numpy.typing import NDArray

from ...core.errors import OutputError
from ...core.head import load_head
from ...core.head.head_fit import HeadFit
from ...core.motion import FaceMotion
from ..checks import rows_to_bake
from ..errors import BakeError
from .cache_files import default_folder, make_folder, new_cache_file
from .pc2 import CacheFacts, write_pc2
from .report import VertexBakeReport
from .source import PlacedVertices, fit_to, place_on, rest_of
from .takes import add_take, forget_vertex_take, named_files, rename_take
from .vertex_check import check_vertices
from .vertex_target import check_vertex_target

_UNFINISHED: Final = ".unfinished-"


@dataclass(frozen=True, eq=False)
class PreparedCache:
    """What writing a cache for an object needs to know of it.

    Attributes:
        rest: (V, 3) the mesh at rest, in the object's space.
        fit: how the built-in head lies in it.
        folder: of the caches; it need not exist.
    """

    rest: NDArray[np.float32]
    fit: HeadFit
    folder: Path


@dataclass(frozen=True, eq=False)
class WrittenCache:
    """A cache that no object shows yet.

    Attributes:
        path: the file, under a name for the time being.
        folder: where it will stay.
        size: bytes.
        placed: what is in it.
    """

    path: Path
    folder: Path
    size: int
    placed: PlacedVertices

    def discard(self) -> None:
        """Delete the file. Nothing happens where it is attached or gone."""
        with suppress(OSError):
            self.path.unlink(missing_ok=True)
        _remove_if_empty(self.folder)


def prepare_cache(obj: bpy.types.Object | None, folder: Path | None = None) -> PreparedCache:
    """Read what a cache for an object needs. Nothing is made or changed.

    Args:
        obj: a mesh object with the vertices of the built-in head.
        folder: of the caches; by default one beside the .blend file.

    Raises:
        BakeError: an object that cannot be animated so, or a .blend file that was never saved.
    """
    obj = check_vertex_target(obj, "cache", folder=folder)
    rest = rest_of(obj)
    return PreparedCache(rest, fit_to(obj, load_head(), rest), folder or default_folder())


def write_cache(
    prepared: PreparedCache,
    motion: FaceMotion,
    *,
    start_frame: int,
    frame_range: tuple[int, int] | None = None,
    facts: str = "",
    progress: Callable[[float], None] | None = None,
) -> WrittenCache:
    """Write the file, frame block by frame block. Touches no Blender data.

    Args:
        prepared: what to write for.
        motion: at the scene's true rate.
        start_frame: scene frame of the motion's first row.
        frame_range: first and last scene frame, both included; None writes all of the motion.
        facts: kept with the take for the caller, see `VertexTake`.
        progress: receives the share that is done, 0..1; what it raises ends the writing.

    Raises:
        BakeError: the motion has no frame there.
        InputError: a motion that cannot be used.
        OutputError: the file cannot be written. In all cases no file is left.
    """
    rows = rows_to_bake(len(motion), start_frame, frame_range)
    placed = place_on(prepared.rest, prepared.fit, motion, rows, start_frame + rows.start)
    inside = CacheFacts(placed.first - placed.start, placed.count, float(motion.fps), facts)
    path = prepared.folder / f"{_UNFINISHED}{uuid4().hex}.pc2"
    with ExitStack() as rollback:
        make_folder(prepared.folder, rollback)
        size = write_pc2(path, placed.vertices, placed.start, inside, progress)
        rollback.pop_all()
    return WrittenCache(path, prepared.folder, size, placed)


def attach_cache(
    obj: bpy.types.Object, written: WrittenCache, take: str, replaces: str | None = None
) -> VertexBakeReport:
    """Show a written cache on its object as a take. On any error the object is as it was, without a file.

    Args:
        obj: the object that the cache was prepared for.
        written: the file.
        take: what the take is called; a number is added where the object has one of this name.
        replaces: name of a take that this one takes the place of: that one's file is no longer used.

    Raises:
        BakeError: the object has changed meanwhile, or its vertices do not move.
        OutputError: the file cannot be given its name.
    """
    placed = written.placed
    try:
        check_vertex_target(obj, "cache", folder=written.folder)
        if not np.array_equal(rest_of(obj), placed.vertices.rest):
            raise BakeError(f"The vertices of '{obj.name}' were changed meanwhile: animate it again.")
        with ExitStack() as rollback:
            path = new_cache_file(obj, take, written.folder, named_files(), rollback)
            try:
                written.path.rename(path)
            except OSError as error:
                raise OutputError(
                    f"Cannot write '{path}': {error.strerror or error}. Choose a folder that exists, can be "
                    "written to and has space."
                ) from error
            rollback.callback(path.unlink, missing_ok=True)
            name = add_take(obj, take, path, placed.start, rollback)
            movement = check_vertices(obj, placed)
            rollback.pop_all()
    except BaseException:
        written.discard()
        raise
    if replaces is not None:
        forget_vertex_take(obj, replaces)
        name = rename_take(obj, name, take)
    return VertexBakeReport(
        object_name=obj.name,
        take=name,
        method="cache",
        first_frame=placed.first,
        last_frame=placed.first + placed.count - 1,
        file=path,
        size=written.size,
        key_count=0,
        movement=movement,
    )


def _remove_if_empty(folder: Path) -> None:
    for each in (folder, folder.parent):
        with suppress(OSError):
            each.rmdir()
