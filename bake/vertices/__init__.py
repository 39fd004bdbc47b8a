# SPDX-License-Identifier: GPL-3.0-or-later
"""Vertex animation on any head: caches, absolute shape keys, exports."""

from .export import export_vertices
from .prepared_cache import PreparedCache, WrittenCache, attach_cache, prepare_cache, write_cache
from .report import VertexBakeReport
from .source import VertexSource, read_vertices
from .takes import VertexTake, forget_vertex_take, hide_vertex_takes, show_vertex_take, vertex_takes
from .unused import UnusedCache, remove_caches, unused_caches
from .vertex_bake import bake_vertices
from .vertex_target import check_vertex_target

__all__ = [
    "PreparedCache",
    "UnusedCache",
    "VertexBakeReport",
    "VertexSource",
    "VertexTake",
    "WrittenCache",
    "attach_cache",
    "bake_vertices",
    "check_vertex_target",
    "export_vertices",
    "forget_vertex_take",
    "hide_vertex_takes",
    "prepare_cache",
    "read_vertices",
    "remove_caches",
    "show_vertex_take",
    "unused_caches",
    "vertex_takes",
    "write_cache",
]
