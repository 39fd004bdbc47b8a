# SPDX-License-Identifier: GPL-3.0-or-later
"""Other meshes of the same character that move with its face: teeth, tongue, lashes, eyes, beard."""

from collections.abc import Container
from typing import Final

import bpy
import numpy as np

from ..core.errors import InputError
from ..core.retarget.channels import CHANNELS
from ..core.retarget.detection import detect
from ..core.retarget.mapping import RigMapping
from ..core.retarget.retargeter import make_retargeter
from .hierarchy import ancestors_of, armatures_of, box_of
from .key_driver import CompanionDriver, FaceDriver, KeyDriver
from .making.head_parts import lies_in_head
from .meshes import ranges_of
from .target import key_names, named_rows

_SPEAKS: Final = 5
"""Keys of the mouth, by name, from which a mesh speaks by itself: as many as VRM has."""
_AROUND: Final = 0.5
"""Part of the face's size by which what goes with it may lie outside of its bounding box."""


def find_companions(obj: bpy.types.Object) -> tuple[bpy.types.Object, ...]:
    """Meshes with shape keys that go with a face, in the order of their names. Panels draw with it.

    They hang on one of the armatures that the face hangs on, or they have a parent in common and lie about
    the face, or they lie in the head; and they have keys that are named like those that the face is driven
    by, or such that move a face by their names. What speaks by itself and does not touch the face is
    somebody else's face.
    """
    face_keys = _keys_of(obj)
    if face_keys is None:
        return ()
    names = {row.key for row in detect(key_names(face_keys)).keys if row.use}
    armatures, ancestors = set(armatures_of(obj)), {obj, *ancestors_of(obj)}
    taken, found = {face_keys}, []
    for other in _around(obj):
        keys = _keys_of(other)
        if keys is None or keys in taken:
            continue
        related = not ancestors.isdisjoint((other, *ancestors_of(other)))
        together = not armatures.isdisjoint(armatures_of(other)) or (related and _lies_about(other, obj))
        if not together and not lies_in_head(other, obj):
            continue
        own = key_names(keys)
        rows = named_rows(RigMapping(detect(own).keys))
        if names.isdisjoint(own) and not rows:
            continue
        apart = not box_of(other).meets(box_of(obj))
        if apart and sum(CHANNELS[row.channel].part == "Mouth" for row in rows) >= _SPEAKS:
            # Somebody else's face on the same armature.
            continue
        taken.add(keys)
        found.append(other)
    return tuple(found)


def companion_driver(
    obj: bpy.types.Object, face: KeyDriver, face_keys: Container[str], left_out: Container[str] = ()
) -> KeyDriver | None:
    """What drives a companion's keys; None where it has none that are driven.

    Args:
        obj: the companion.
        face: drives the face.
        face_keys: names that the face decides on: what is not driven there is not driven here either.
        left_out: keys of the companion that are not driven.
    """
    shape_keys = _keys_of(obj)
    if shape_keys is None:
        return None
    names = [name for name in key_names(shape_keys) if _moves(shape_keys.key_blocks[name])]
    shared = [name for name in names if name in face.keys and name not in left_out]
    ranges = ranges_of(shape_keys)
    found = detect(key_names(shape_keys)).keys
    other = (
        row for row in found if row.key in names and row.key not in face_keys and row.key not in left_out
    )
    rows = named_rows(RigMapping(tuple(other)))
    own = None
    if rows:
        try:
            own = FaceDriver(make_retargeter(RigMapping(rows, "names"), ranges), rows, ranges, None)
        except InputError:
            own = None  # nothing of it moves a face
    return CompanionDriver(face, shared, own, ranges) if shared or own is not None else None


def _moves(block: bpy.types.ShapeKey) -> bool:
    """Whether a key is not empty; characters of several meshes often have all keys on all of them."""
    coordinates = np.empty(len(block.points) * 3, np.float32)
    reference = np.empty_like(coordinates)
    block.points.foreach_get("co", coordinates)
    block.relative_key.points.foreach_get("co", reference)
    return bool((coordinates != reference).any())


def _keys_of(obj: bpy.types.Object) -> bpy.types.Key | None:
    """The shape keys of a mesh that has any besides the reference key."""
    keys = obj.data.shape_keys if isinstance(obj.data, bpy.types.Mesh) else None
    return keys if keys is not None and len(keys.key_blocks) > 1 else None


def _around(obj: bpy.types.Object) -> list[bpy.types.Object]:
    """The other objects with shape keys of the scenes that an object is in, by name."""
    found = {
        each
        for scene in obj.users_scene
        for each in scene.objects
        if each.type == "MESH" and each != obj and _keys_of(each) is not None
    }
    return sorted(found, key=lambda each: each.name)


def _lies_about(other: bpy.types.Object, obj: bpy.types.Object) -> bool:
    """Whether the middle of an object lies in or near the bounding box of a face."""
    face = box_of(obj)
    return face.holds(box_of(other).middle, _AROUND * float(face.size.max()))
