# SPDX-License-Identifier: GPL-3.0-or-later
"""What the making of shape keys goes by: marks on the face, and which meshes get keys with it.

Both are kept with their objects, as mappings and rigs are. They survive undo, save and load, and can be
edited in library overrides.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import bpy
from bpy.props import BoolProperty, CollectionProperty, FloatVectorProperty

from .package import CONTEXT

_OVERRIDABLE: Any = {"LIBRARY_OVERRIDABLE"}


class MarkSettings(bpy.types.PropertyGroup):
    """A mark. Its `name`, which every group has, is one of `core.head.registration.face_search.MARKS`."""

    place: FloatVectorProperty(
        name="Place",
        translation_context=CONTEXT,
        description="Where it is on the mesh at rest, in the object's own coordinates",
        size=3,
        subtype="XYZ",
        override=_OVERRIDABLE,
    )


PROPERTIES: Final[dict[str, Any]] = {
    "soliloquy_makes_along": BoolProperty(
        name="Make Along",
        translation_context=CONTEXT,
        description="Make shape keys on this object too, and move its vertices, together with the face that "
        "it belongs to",
        default=True,
        override=_OVERRIDABLE,
    ),
}
"""Properties of objects, beside the marks. Each stands for itself, as in `rig.PROPERTIES`."""


def register() -> None:
    """Give objects their marks."""
    for name, prop in PROPERTIES.items():
        setattr(bpy.types.Object, name, prop)
    # With insertion marks can be placed where the object is an override of a linked one.
    marks = CollectionProperty(type=MarkSettings, override={"LIBRARY_OVERRIDABLE", "USE_INSERTION"})
    bpy.types.Object.soliloquy_marks = marks


def unregister() -> None:
    """Take the properties back; what was set stays in the file."""
    for name in (*PROPERTIES, "soliloquy_marks"):
        delattr(bpy.types.Object, name)


def marks_of(obj: bpy.types.Object) -> dict[str, tuple[float, float, float]] | None:
    """Where the user marked a face, by the names of marks, on its mesh at rest; None without any."""
    marked: Any = obj
    return {mark.name: tuple(mark.place) for mark in marked.soliloquy_marks} or None


def keep_marks(obj: bpy.types.Object, marks: Mapping[str, Sequence[float]]) -> None:
    """Make these the marks of an object."""
    marked: Any = obj
    marked.soliloquy_marks.clear()
    for name, place in marks.items():
        mark = marked.soliloquy_marks.add()
        mark.name, mark.place = name, tuple(place)


def parts_of(obj: bpy.types.Object) -> tuple[bpy.types.Object, ...]:
    """The other meshes that get shape keys with a face: those in or on its head that are switched on."""
    from ..bake import find_head_parts

    return tuple(each for each in find_head_parts(obj) if each.soliloquy_makes_along)  # type: ignore[attr-defined]
