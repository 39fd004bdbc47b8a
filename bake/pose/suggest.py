# SPDX-License-Identifier: GPL-3.0-or-later
"""What probably carries the head and the eyes of the object that is selected."""

from collections.abc import Iterator

import bpy

from ...core.retarget.bones import find_head_bones
from .rig import Carrier, HeadRig


def suggest_rig(obj: bpy.types.Object | None) -> HeadRig:
    """Head, neck and eyes for a mesh, an armature or an empty; all None where nothing is found.

    The armature that deforms the mesh or that it hangs on is searched by names (`core.retarget.bones`), the
    one that knows most first. Without one it is the empty that the mesh hangs on, as in the built-in head.
    Nothing is made or changed.
    """
    if obj is None:
        return HeadRig()
    best, best_confidence = HeadRig(), 0.0
    for armature in _armatures(obj):
        found = find_head_bones(tuple(armature.data.bones.keys()))
        if found.confidence <= best_confidence:
            continue
        bones = (found.head, found.neck, found.left_eye, found.right_eye)
        head, neck, left, right = (Carrier(armature.name, bone) if bone else None for bone in bones)
        best, best_confidence = HeadRig(head, neck, left_eye=left, right_eye=right), found.confidence
    if best.head is not None:
        return best
    empty = obj if obj.type == "EMPTY" else obj.parent
    if empty is not None and empty.type == "EMPTY" and not _carries_others(empty, obj):
        return HeadRig(Carrier(empty.name))
    return HeadRig()


def _armatures(obj: bpy.types.Object) -> Iterator[bpy.types.Object]:
    """Armatures that may carry an object, the nearest first."""
    if obj.type == "ARMATURE":
        yield obj
    for modifier in obj.modifiers:
        if modifier.type == "ARMATURE" and modifier.object is not None:
            yield modifier.object
    parent = obj.parent
    while parent is not None:
        if parent.type == "ARMATURE":
            yield parent
        yield from (m.object for m in parent.modifiers if m.type == "ARMATURE" and m.object is not None)
        parent = parent.parent


def _carries_others(empty: bpy.types.Object, obj: bpy.types.Object) -> bool:
    """Whether an empty holds a whole character and not just a head: an armature too."""
    return any(child.type == "ARMATURE" for child in empty.children if child != obj)
