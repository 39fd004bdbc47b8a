# SPDX-License-Identifier: GPL-3.0-or-later
"""Vertex animation on meshes of the built-in head's topology: caches, absolute shape keys, exports."""

from .export import export_vertices
from .takes import VertexTake, forget_vertex_take, hide_vertex_takes, show_vertex_take, vertex_takes
from .unused import UnusedCache, remove_caches, unused_caches
from .vertex_bake import VertexBakeReport, bake_vertices

__all__ = [
    "UnusedCache",
    "VertexBakeReport",
    "VertexTake",
    "bake_vertices",
    "export_vertices",
    "forget_vertex_take",
    "hide_vertex_takes",
    "remove_caches",
    "show_vertex_take",
    "unused_caches",
    "vertex_takes",
]
