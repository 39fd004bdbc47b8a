# SPDX-License-Identifier: GPL-3.0-or-later
"""A vertex cache in three steps, so that the long one can run beside Blender's window.

`prepare_cache` reads the object and `attach_cache` changes it, both on the main thread; `write_cache` between
them touches no Blender data and may run anywhere.
"""

from collections.abc import Callable, Iterable, Mapping
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from uuid import uuid4

import bpy
import numpy as np
from numpy.typing import ArrayLike

from ...core.errors import OutputError
from ...core.motion import FaceMotion
from ..checks import rows_to_bake
from ..errors import BakeError
from ..mesh_reading import rest_of
from ..meshes import found_again
from .cache_files import default_folder, make_folder, new_cache_file, part_file
from .pc2 import CacheFacts, write_pc2
from .report import VertexBakeReport
from .source import PlacedVertices, VertexSource, read_vertices, share_of
from .takes import add_take, forget_vertex_take, named_files, rename_take
from .vertex_check import check_vertices
from .vertex_target import check_vertex_target

_UNFINISHED: Final = ".unfinished-"


@dataclass(frozen=True, eq=False)
class PreparedCache:
    """What writing a cache for an object needs to know of it.

    Attributes:
        source: its mesh, and what lies in it.
        folder: of the caches; it need not exist.
    """

    source: VertexSource
    folder: Path


@dataclass(frozen=True, eq=False)
class WrittenFile:
    """The cache of one object.

    Attributes:
        path: the file, under a name for the time being.
        size: bytes.
        placed: what is in it.
    """

    path: Path
    size: int
    placed: PlacedVertices


@dataclass(frozen=True, eq=False)
class WrittenCache:
    """Caches of a head that no object shows yet.

    Attributes:
        files: the face's first, then one for each object that moves along with it.
        folder: where they will stay.
        notes: lines for the user.
    """

    files: tuple[WrittenFile, ...]
    folder: Path
    notes: tuple[str, ...]

    def discard(self) -> None:
        """Delete the files. Nothing happens where they are attached or gone."""
        for file in self.files:
            with suppress(OSError):
                file.path.unlink(missing_ok=True)
        _remove_if_empty(self.folder)


def prepare_cache(
    obj: bpy.types.Object | None,
    folder: Path | None = None,
    *,
    parts: Iterable[bpy.types.Object] | None = None,
    marks: Mapping[str, ArrayLike] | None = None,
) -> PreparedCache:
    """Read what a cache for an object needs. Nothing is made or changed.

    Args:
        obj: the mesh object with the face.
        folder: of the caches; by default one beside the .blend file.
        parts: as for `read_vertices`.
        marks: as for `read_vertices`.

    Raises:
        BakeError: an object that cannot be animated so, or a .blend file that was never saved.
    """
    obj = check_vertex_target(obj, "cache", folder=folder)
    return PreparedCache(read_vertices(obj, parts, marks), folder or default_folder())


def write_cache(
    prepared: PreparedCache,
    motion: FaceMotion,
    *,
    start_frame: int,
    frame_range: tuple[int, int] | None = None,
    facts: str = "",
    progress: Callable[[float], None] | None = None,
) -> WrittenCache:
    """Write the files, frame block by frame block. Touches no Blender data.

    For a mesh of another topology than the built-in head's, the basis that moves it is made first, which
    may take half a minute; the same mesh is thought of once.

    Args:
        prepared: what to write for.
        motion: at the scene's true rate.
        start_frame: scene frame of the motion's first row.
        frame_range: first and last scene frame, both included; None writes all of the motion.
        facts: kept with the take for the caller, see `VertexTake`.
        progress: receives the share that is done, 0..1; what it raises ends the writing.

    Raises:
        NotAFace: the mesh is no head, with the reason.
        BakeError: the motion has no frame there.
        InputError: a motion that cannot be used.
        OutputError: a file cannot be written. In all cases no file is left.
    """
    rows = rows_to_bake(len(motion), start_frame, frame_range)
    made = prepared.source.making_share
    head = prepared.source.place(motion, rows, start_frame + rows.start, share_of(progress, 0.0, made))
    samples = sum(len(placed.vertices) * len(placed.vertices.rest) for placed in head.meshes)
    files, done = [], made
    with ExitStack() as rollback:
        make_folder(prepared.folder, rollback)
        for placed in head.meshes:
            inside = CacheFacts(placed.first - placed.start, placed.count, float(motion.fps), facts)
            path = prepared.folder / f"{_UNFINISHED}{uuid4().hex}.pc2"
            part = (1 - made) * len(placed.vertices) * len(placed.vertices.rest) / samples
            size = write_pc2(path, placed.vertices, placed.start, inside, share_of(progress, done, part))
            rollback.callback(path.unlink, missing_ok=True)
            files.append(WrittenFile(path, size, placed))
            done += part
        rollback.pop_all()
    return WrittenCache(tuple(files), prepared.folder, head.notes)


def attach_cache(
    obj: bpy.types.Object, written: WrittenCache, take: str, replaces: str | None = None
) -> VertexBakeReport:
    """Show written caches on their objects as a take. On any error these are as they were, without a file.

    Args:
        obj: the object that the cache was prepared for.
        written: the files.
        take: what the take is called; a number is added where the object has one of this name.
        replaces: name of a take that this one takes the place of: that one's files are no longer used.

    Raises:
        BakeError: an object has changed meanwhile, or its vertices do not move.
        OutputError: a file cannot be given its name.
    """
    placed = written.files[0].placed
    try:
        check_vertex_target(obj, "cache", folder=written.folder)
        objects = [obj, *(found_again(file.placed.object_name) for file in written.files[1:])]
        for each, file in zip(objects, written.files, strict=True):
            if not np.array_equal(rest_of(each), file.placed.read):
                raise BakeError(f"The vertices of '{each.name}' were changed meanwhile: animate it again.")
        with ExitStack() as rollback:
            path = new_cache_file(obj, take, written.folder, named_files(), rollback)
            _rename(written.files[0].path, path, rollback)
            name = add_take(obj, take, path, placed.start, rollback)
            for number, (part, file) in enumerate(zip(objects[1:], written.files[1:], strict=True), 1):
                beside = part_file(path, number, part)
                _rename(file.path, beside, rollback)
                add_take(part, take, beside, file.placed.start, rollback)
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
        size=sum(file.size for file in written.files),
        key_count=0,
        movement=movement,
        along=tuple(part.name for part in objects[1:]),
        notes=written.notes,
    )


def _rename(path: Path, new: Path, rollback: ExitStack) -> None:
    try:
        path.rename(new)
    except OSError as error:
        raise OutputError(
            f"Cannot write '{new}': {error.strerror or error}. Choose a folder that exists, can be written "
            "to and has space."
        ) from error
    rollback.callback(new.unlink, missing_ok=True)


def _remove_if_empty(folder: Path) -> None:
    for each in (folder, folder.parent):
        with suppress(OSError):
            each.rmdir()
