# SPDX-License-Identifier: GPL-3.0-or-later
"""Put a motion on every vertex of a mesh: as a cache, or as absolute shape keys."""

from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

import bpy

from ...core.errors import InputError
from ...core.motion import FaceMotion
from ..checks import check_take_name, rows_to_bake
from .absolute_keys import write_absolute_keys
from .prepared_cache import attach_cache, prepare_cache, write_cache
from .report import VertexBakeReport, VertexMethod
from .source import place_vertices
from .vertex_check import check_vertices
from .vertex_target import check_vertex_target


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
    progress: Callable[[float], None] | None = None,
) -> VertexBakeReport:
    """Move the vertices of a mesh of the built-in head's topology; row i goes to frame `start_frame` + i.

    The mesh keeps its own shape at rest, whoever it was sculpted to, in whatever units. Before the first
    frame it is at rest, after the last it comes to rest. On any error the scene is as it was, and no file
    is left; a cache that was written is never overwritten, and undo does not delete it.

    Args:
        obj: a mesh object with the vertices of the built-in head.
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
        progress: receives the share that is done, 0..1; what it raises ends the bake.

    Raises:
        InputError: an argument or a motion that cannot be used.
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
        prepared = prepare_cache(obj, folder)
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
    placed = place_vertices(obj, motion, rows, start_frame + rows.start)
    with ExitStack() as rollback:
        target = write_absolute_keys(obj, placed, take, frame_step, copy, rollback, progress)
        movement = check_vertices(target, placed)
        keys = len(target.data.shape_keys.key_blocks)
        report = VertexBakeReport(
            object_name=target.name,
            take=take,
            method=method,
            first_frame=placed.first,
            last_frame=placed.first + placed.count - 1,
            file=None,
            size=keys * placed.vertices.rest.nbytes,
            key_count=keys,
            movement=movement,
        )
        rollback.pop_all()
    return report
