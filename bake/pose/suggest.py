# SPDX-License-Identifier: GPL-3.0-or-later
"""What probably carries the head and the eyes of the object that is selected."""

from collections.abc import Iterator
from typing import Any, Final

import bpy

from ...core.retarget.bones import HeadBones, find_head_bones
from .rig import Carrier, HeadRig

_VRM_PARTS: Final = {"head": "head", "neck": "neck", "left_eye": "leftEye", "right_eye": "rightEye"}
"""Names of humanoid bones as the VRM add-on's properties for VRM 1.0 and its list for VRM 0 have them."""


def suggest_rig(obj: bpy.types.Object | None) -> HeadRig:
    """Head, neck and eyes for a mesh, an armature or an empty; all None where nothing is found.

    The armatures that deform the mesh or that it hangs on are searched by names (`core.retarget.bones`) and
    by what the VRM add-on says of them; the one that knows most wins.
    Without one it is the empty that the mesh hangs on, as in the built-in head.
    Nothing is made or changed.
    """
    if obj is None:
        return HeadRig()
    best, best_confidence = HeadRig(), 0.0
    for armature in _armatures(obj):
        found = _vrm_bones(armature.data) or find_head_bones(tuple(armature.data.bones.keys()))
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


def _vrm_bones(data: Any) -> HeadBones | None:
    """Bones that the VRM Add-on for Blender has on its list of humanoid bones, whatever their names.

    Its properties: `editor/vrm1/property_group.py` and `editor/vrm0/property_group.py` of
    github.com/saturday06/VRM-Addon-for-Blender, 3.0 and later.
    """
    extension = getattr(data, "vrm_addon_extension", None)
    if extension is None:
        return None
    one = getattr(getattr(getattr(extension, "vrm1", None), "humanoid", None), "human_bones", None)
    names = {part: getattr(getattr(one, part, None), "node", None) for part in _VRM_PARTS}
    zero = getattr(getattr(getattr(extension, "vrm0", None), "humanoid", None), "human_bones", ())
    listed = {str(each.bone): each.node for each in zero}
    found = {}
    for part, name in _VRM_PARTS.items():
        candidates = (getattr(node, "bone_name", "") for node in (names[part], listed.get(name)))
        found[part] = next((each for each in candidates if each and each in data.bones), None)
    return HeadBones("VRM", **found, confidence=1.0) if found["head"] else None


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
