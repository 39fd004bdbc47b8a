# SPDX-License-Identifier: GPL-3.0-or-later
"""Making the shape keys that a head lacks, in the three steps that threads ask for.

`plan_making` reads the objects and `write_made` changes them, both on the main thread; `make` between them
touches no Blender data and may run anywhere.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import bpy

from ..core.errors import Cancelled, SoliloquyError
from ..core.retarget.arkit import ARKIT_NAMES
from .face_bones import moved_by_bones
from .last_error import line_for
from .shape_settings import marks_of, parts_of

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from ..bake import HeadReading, ShapesReport
    from ..core.transfer import MadeShapes


@dataclass(frozen=True)
class Making:
    """What making shape keys needs, without references that Blender could take away.

    Attributes:
        object_name: name of the face's object, for messages.
        reading: the meshes.
    """

    object_name: str
    reading: HeadReading


def plan_making(
    obj: bpy.types.Object,
    *,
    parts: Sequence[bpy.types.Object] | None = None,
    marks: Mapping[str, ArrayLike] | None = None,
) -> Making:
    """Read a head.

    Args:
        obj: the mesh with the face.
        parts: other meshes that get shape keys; by default those in or on its head that are switched on.
        marks: where the face is, on its mesh at rest; by default where the user marked it.

    Raises:
        SoliloquyError: shape keys cannot be made on it.
    """
    from ..bake import check_head, read_head

    check_head(obj)
    parts = parts_of(obj) if parts is None else parts
    return Making(obj.name, read_head(obj, parts, marks_of(obj) if marks is None else marks))


def make(making: Making, progress: Callable[[float], None], cancelled: Callable[[], bool]) -> MadeShapes:
    """Make the shapes. Touches no Blender data.

    Raises:
        SoliloquyError: it is no head, and why; or the work was cancelled.
    """

    def look(fraction: float) -> None:
        if cancelled():
            raise Cancelled("Cancelled: nothing was changed.")
        progress(fraction)

    return making.reading.make("arkit", progress=look)


def write_made(making: Making, made: MadeShapes, *, replace: bool = False) -> ShapesReport:
    """Make shape keys of the shapes.

    Args:
        making: the meshes.
        made: their shapes.
        replace: make those keys anew too that were changed after they had been made here.

    Raises:
        SoliloquyError: an object is gone or was changed meanwhile; all are as they were.
    """
    from ..bake import write_shapes

    return write_shapes(making.reading, made, replace=replace)


def summary(making: Making, report: ShapesReport) -> str:
    """What was made, in one line."""
    if not report.objects:
        return f"'{making.object_name}' has all ARKit shapes: no shape key was made"
    names = ", ".join(f"'{name}'" for name in report.objects)
    return f"Made {len({*report.made, *report.replaced})} shape keys on {names}"


def make_at_once(
    obj: bpy.types.Object,
    *,
    parts: Sequence[bpy.types.Object] | None = None,
    marks: Mapping[str, ArrayLike] | None = None,
    replace: bool = False,
    progress: Callable[[float], None] = lambda fraction: None,
) -> tuple[str, tuple[str, ...]]:
    """The three steps in one, where nobody waits at a window.

    Returns:
        What was made, in one line, and notes for the user, a line each.
    """
    making = plan_making(obj, parts=parts, marks=marks)
    report = write_made(making, make(making, progress, lambda: False), replace=replace)
    return summary(making, report), report.notes


def why_not_made(obj: bpy.types.Object | None) -> str | None:
    """Why no shape keys can be made on an object, in one line; None where they can. Panels ask."""
    from ..bake import check_head

    try:
        check_head(obj)
    except Exception as error:
        return line_for(error)
    return None


def missing_shapes(obj: bpy.types.Object | None) -> tuple[str, ...]:
    """ARKit names that no shape key of a mesh has; none of what is no mesh, or moved by bones. Panels ask."""
    from ..bake import find_target

    if obj is None or obj.type != "MESH" or moved_by_bones(obj):
        return ()
    if lacks_keys(obj):
        return ARKIT_NAMES
    try:
        return find_target(obj).missing
    except SoliloquyError:
        # Another panel says why.
        return ()


def can_be_made(obj: bpy.types.Object | None) -> bool:
    """Whether a mesh lacks ARKit shapes, or has some that Soliloquy made. Panels ask."""
    from ..bake.making.made_keys import keys_made

    if missing_shapes(obj):
        return True
    shape_keys = getattr(getattr(obj, "data", None), "shape_keys", None)
    return shape_keys is not None and bool(keys_made(shape_keys))


def lacks_keys(obj: bpy.types.Object | None) -> bool:
    """Whether a mesh could have shape keys, and has none."""
    if obj is None or obj.type != "MESH" or moved_by_bones(obj):
        return False
    shape_keys = obj.data.shape_keys  # type: ignore[union-attr]
    return shape_keys is None or len(shape_keys.key_blocks) < 2
