# SPDX-License-Identifier: GPL-3.0-or-later
"""Other meshes of a character that lie in or on its head: eyes, teeth, tongue, lashes, with keys or not."""

from typing import Final

import bpy
import numpy as np

from .hierarchy import Box, armatures_of, box_of
from .pose.suggest import suggest_rig

_MARGIN: Final = 0.1
"""Of the head's height: so far lashes and brows may stand out."""

_NO_PART: Final = 0.8
"""Of the head's height: what is larger goes with no face: hair, a hood, another head in the same place."""

_BODY: Final = 2.5
"""Times its depth: what is higher is no head alone. A bust is about twice as high as it is deep."""

_HEAD_OF_BODY: Final = 0.35
"""Of a body's height, from the top: where no bone says where the head begins. Children and drawn characters
have heads of a third; what else lies there is found to be still when shapes are made."""

_BELOW_BONE: Final = 0.5
"""Of the height from the bone's joint to the top: the joint lies at the ears, or where the neck begins."""

_DRAWN: Final = ("SOLID", "TEXTURED")
"""How objects that are there to be seen are displayed; others are cages and helpers."""


def find_head_parts(obj: bpy.types.Object) -> tuple[bpy.types.Object, ...]:
    """Other visible meshes that lie in or on an object's head, by name. Panels draw with it.

    What hangs on an armature of its own is somebody else's. A part need not hang on anything.
    """
    head, armatures = _head_box(obj), set(armatures_of(obj))
    seen = obj.visible_get()
    found = {
        each
        for scene in obj.users_scene
        for each in scene.objects
        if each.type == "MESH"
        and each != obj
        and _is_part(each, head, armatures)
        and (each.visible_get() or not (seen or each.hide_viewport))
    }
    return tuple(sorted(found, key=lambda each: each.name))


def lies_in_head(other: bpy.types.Object, obj: bpy.types.Object) -> bool:
    """Whether an object may be a part of another's head, by where it lies and what it hangs on."""
    return _is_part(other, _head_box(obj), set(armatures_of(obj)))


def _is_part(other: bpy.types.Object, head: Box, armatures: set[bpy.types.Object]) -> bool:
    height = float(head.size[2])
    box = box_of(other)
    if not head.holds(np.stack([box.low, box.high]), _MARGIN * height):
        return False
    if not 0 < box.size.max() <= _NO_PART * height or other.display_type not in _DRAWN:
        return False
    own = set(armatures_of(other))
    return not own or not armatures or not own.isdisjoint(armatures)


def _head_box(obj: bpy.types.Object) -> Box:
    """Where an object's head is: of a body what lies above the head's bone, or its upper part."""
    whole = box_of(obj)
    height = whole.size[2]
    if height <= _BODY * whole.size.min():
        return whole
    floor = whole.high[2] - _HEAD_OF_BODY * height
    carrier = suggest_rig(obj).head
    if carrier is not None and carrier.bone:
        armature = bpy.data.objects[carrier.object_name]
        bone = (armature.matrix_world @ armature.pose.bones[carrier.bone].head)[2]
        if whole.low[2] < bone < whole.high[2]:
            floor = bone - _BELOW_BONE * (whole.high[2] - bone)
    return Box(np.array([*whole.low[:2], floor]), whole.high)
