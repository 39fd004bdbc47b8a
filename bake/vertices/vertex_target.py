# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether an object's vertices can be animated; cheap enough for every drawing of a panel."""

from pathlib import Path

import bpy

from ...core.head import load_head
from ..checks import check_local, check_mode
from ..making.head_reading import check_readable
from ..meshes import mesh_of
from .absolute_keys import check_free
from .cache_files import default_folder
from .report import VertexMethod


def check_vertex_target(
    obj: bpy.types.Object | None, method: VertexMethod, *, copy: bool = False, folder: Path | None = None
) -> bpy.types.Object:
    """Refuse an object whose vertices cannot be animated; else return it. Whether it is a head is not asked.

    Args:
        obj: the object.
        method: as for `bake_vertices`.
        copy: as for `bake_vertices`.
        folder: as for `bake_vertices`.

    Raises:
        BakeError: why not, in one line.
    """
    if obj is None or len(mesh_of(obj).vertices) != load_head().vertex_count:
        obj = check_readable(obj)
    check_local(obj)
    check_mode(obj)
    if method == "cache" and folder is None:
        default_folder()
    if method == "shape_keys" and not copy:
        check_free(obj)
    return obj
