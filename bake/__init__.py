# SPDX-License-Identifier: GPL-3.0-or-later
"""NumPy motion in, Blender animation out. Needs bpy; knows nothing of panels and operators."""

from .errors import BakeError
from .head_mesh import create_head
from .phone_markers import write_phone_markers
from .shape_keys import BakeReport, bake_motion
from .target import ShapeKeyTarget, find_target
from .vertices import (
    PreparedCache,
    UnusedCache,
    VertexBakeReport,
    VertexTake,
    WrittenCache,
    attach_cache,
    bake_vertices,
    check_vertex_target,
    export_vertices,
    forget_vertex_take,
    hide_vertex_takes,
    prepare_cache,
    remove_caches,
    show_vertex_take,
    unused_caches,
    vertex_takes,
    write_cache,
)

__all__ = [
    "BakeError",
    "BakeReport",
    "PreparedCache",
    "ShapeKeyTarget",
    "UnusedCache",
    "VertexBakeReport",
    "VertexTake",
    "WrittenCache",
    "attach_cache",
    "bake_motion",
    "bake_vertices",
    "check_vertex_target",
    "create_head",
    "export_vertices",
    "find_target",
    "forget_vertex_take",
    "hide_vertex_takes",
    "prepare_cache",
    "remove_caches",
    "show_vertex_take",
    "unused_caches",
    "vertex_takes",
    "write_cache",
    "write_phone_markers",
]
