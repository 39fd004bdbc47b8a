# SPDX-License-Identifier: GPL-3.0-or-later
"""The mesh and the shape keys of an object, or one clear line why it has none."""

import bpy

from .errors import BakeError


def mesh_of(obj: bpy.types.Object) -> bpy.types.Mesh:
    """The mesh of an object.

    Raises:
        BakeError: the object is something else.
    """
    if not isinstance(obj.data, bpy.types.Mesh):
        kind = obj.type.replace("_", " ").lower()
        raise BakeError(f"'{obj.name}' is of type {kind}, not a mesh: select the mesh of the head.")
    return obj.data


def shape_keys_of(obj: bpy.types.Object) -> bpy.types.Key:
    """The shape keys of a mesh object.

    Raises:
        BakeError: there are none besides a reference key.
    """
    shape_keys = mesh_of(obj).shape_keys
    if shape_keys is None or len(shape_keys.key_blocks) < 2:
        raise BakeError(
            f"'{obj.name}' has no shape keys: let Make Shape Keys make them, or select a head that has some "
            "(jawOpen, mouthClose ...)."
        )
    return shape_keys


def ranges_of(shape_keys: bpy.types.Key) -> dict[str, tuple[float, float]]:
    """Slider ranges by shape key."""
    return {block.name: (block.slider_min, block.slider_max) for block in shape_keys.key_blocks}


def found_again(name: str) -> bpy.types.Object:
    """An object that was read by its name.

    Raises:
        BakeError: there is none of this name any more.
    """
    obj = bpy.data.objects.get(name)
    if obj is None:
        raise BakeError(f"'{name}' was removed or renamed meanwhile: try again.")
    return obj
