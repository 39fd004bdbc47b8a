# SPDX-License-Identifier: GPL-3.0-or-later
"""Put a motion on every vertex of a mesh: as a cache, or as absolute shape keys."""

from collections.abc import Callable, Iterable, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Final

import bpy
from numpy.typing import ArrayLike

from ...core.errors import InputError
from ...core.motion import FaceMotion
from ..checks import check_take_name, rows_to_bake
from ..errors import BakeError
from ..meshes import found_again, mesh_of
from .absolute_keys import check_free, write_absolute_keys
from .prepared_cache import attach_cache, prepare_cache, write_cache
from .report import VertexBakeReport, VertexMethod
from .source import read_vertices, share_of
from .vertex_check import check_vertices
from .vertex_target import check_vertex_target

_BYTES: Final = 12
"""Of a vertex in a shape key."""


def bake_vertices(
    obj: bpy.types.Object | None,
    motion: FaceMotion,
    *,
    start_frame: int,
    take: str,
    method: VertexMethod = "cache",
    frame_step: int = 1,
    frame_range: tuple[int, int] | None = None,
    folder: Path | None = None,
    copy: bool = False,
    facts: str = "",
    parts: Iterable[bpy.types.Object] | None = None,
    marks: Mapping[str, ArrayLike] | None = None,
    progress: Callable[[float], None] | None = None,
) -> VertexBakeReport:
    """Move the vertices of a head; row i of a motion goes to frame `start_frame` + i.

    A mesh of the built-in head's topology is moved as the motion says. For any other a basis is made first,
    which may take half a minute (`read_vertices` and `VertexSource.make` do it ahead, in any thread); its
    eyes, teeth, tongue and lashes are moved along where they are objects of their own.

    The mesh keeps its own shape at rest, whoever it was sculpted to, in whatever units. Before the first
    frame it is at rest, after the last it comes to rest. On any error the scene is as it was, and no file
    is left; a cache that was written is never overwritten, and undo does not delete it.

    Args:
        obj: the mesh object with the face.
        motion: at the scene's true rate (`fps / fps_base`). Its expression coefficients say where vertices
            go, its ARKit weights where it has none, its vertices where it has these.
        start_frame: scene frame of the motion's first row; may be negative.
        take: what the take is called; a number is added where the object has one of this name.
        method: "cache" writes a PC2 file and shows it with a Mesh Cache modifier, which replaces what shape
            keys do. "shape_keys" writes absolute shape keys, which are saved within the .blend file.
        frame_step: frames from one absolute shape key to the next.
        frame_range: first and last scene frame to bake, both included; None bakes all of the motion. Outside
            of it the mesh is at rest: a cache is not pieced together from several bakes.
        folder: of the caches; by default one beside the .blend file.
        copy: put absolute shape keys on a copy of the object, which is left as it is.
        facts: kept with the take for the caller, see `VertexTake`.
        parts: as for `read_vertices`.
        marks: as for `read_vertices`.
        progress: receives the share that is done, 0..1; what it raises ends the bake.

    Raises:
        InputError: an argument or a motion that cannot be used; NotAFace for a mesh that is no head.
        BakeError: an object that cannot be animated so, vertices that do not move after baking, or a .blend
            file that was never saved.
        OutputError: the cache cannot be written.
    """
    check_take_name(take)
    if method not in ("cache", "shape_keys"):
        raise InputError(f"Unknown way to bake vertices '{method}': expected cache or shape_keys.")
    if frame_step < 1:
        raise InputError(f"The frame step is {frame_step}: expected a whole number from 1 on.")
    if method == "cache":
        prepared = prepare_cache(obj, folder, parts=parts, marks=marks)
        assert obj is not None  # or it had been refused
        written = write_cache(
            prepared,
            motion,
            start_frame=start_frame,
            frame_range=frame_range,
            facts=facts,
            progress=progress,
        )
        return attach_cache(obj, written, take)
    obj = check_vertex_target(obj, method, copy=copy)
    rows = rows_to_bake(len(motion), start_frame, frame_range)
    read = read_vertices(obj, parts, marks)
    made = read.making_share
    head = read.place(motion, rows, start_frame + rows.start, share_of(progress, 0.0, made))
    placed = head.meshes[0]
    notes = list(head.notes)
    with ExitStack() as rollback:
        targets = []
        for number, each in enumerate(head.meshes):
            source = obj if number == 0 else found_again(each.object_name)
            if number and not copy:
                try:
                    check_free(source)
                except BakeError as error:
                    notes.append(f"'{source.name}' is not moved along: {error}")
                    continue
            # The face takes nearly all of the time.
            told = share_of(progress, made, 1 - made) if number == 0 else None
            targets.append(write_absolute_keys(source, each, take, frame_step, copy, rollback, told))
        target, *along = targets
        movement = check_vertices(target, placed)
        keys = len(target.data.shape_keys.key_blocks)
        report = VertexBakeReport(
            object_name=target.name,
            take=take,
            method=method,
            first_frame=placed.first,
            last_frame=placed.first + placed.count - 1,
            file=None,
            size=keys * sum(len(mesh_of(each).vertices) * _BYTES for each in targets),
            key_count=keys * len(targets),
            movement=movement,
            along=tuple(each.name for each in along),
            notes=tuple(notes),
        )
        rollback.pop_all()
    return report
