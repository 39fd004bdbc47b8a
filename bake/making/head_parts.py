# SPDX-License-Identifier: GPL-3.0-or-later
"""Other meshes of a character that lie in or on its head: eyes, teeth, tongue, lashes, with keys or not."""

from dataclasses import dataclass
from typing import Any, Final

import bpy
import numpy as np
from mathutils import Vector

from ..hierarchy import Box, armatures_of, box_of
from ..pose.suggest import suggest_rig

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


@dataclass(frozen=True)
class _Head:
    """Where an object's head is.

    Attributes:
        low: lowest corner of what may belong to it.
        high: highest corner.
        height: of the head itself.
        armatures: what the object hangs on.
    """

    low: tuple[float, ...]
    high: tuple[float, ...]
    height: float
    armatures: frozenset[bpy.types.Object]

    @classmethod
    def of(cls, obj: bpy.types.Object) -> "_Head":
        box = _head_box(obj)
        height = float(box.size[2])
        margin = _MARGIN * height
        low, high = (box.low - margin).tolist(), (box.high + margin).tolist()
        return cls(tuple(low), tuple(high), height, frozenset(armatures_of(obj)))

    def holds(self, x: float, y: float, z: float) -> bool:
        low, high = self.low, self.high
        return low[0] <= x <= high[0] and low[1] <= y <= high[1] and low[2] <= z <= high[2]

    def has(self, other: bpy.types.Object) -> bool:
        """Whether another object may be a part of it."""
        # One corner first: scenes have thousands of objects.
        corner: Any = other.matrix_world @ Vector(other.bound_box[0])
        if not self.holds(*corner):
            return False
        box = box_of(other)
        if not (self.holds(*box.low.tolist()) and self.holds(*box.high.tolist())):
            return False
        if not 0 < box.size.max() <= _NO_PART * self.height or other.display_type not in _DRAWN:
            return False
        keys = other.data.shape_keys  # type: ignore[union-attr]
        if keys is not None and not keys.use_relative:
            # Frames of an animation, such as the copy of a part that was baked.
            return False
        own = set(armatures_of(other))
        return not own or not self.armatures or not own.isdisjoint(self.armatures)


def find_head_parts(obj: bpy.types.Object) -> tuple[bpy.types.Object, ...]:
    """Other visible meshes that lie in or on an object's head, by name. Panels draw with it.

    What hangs on an armature of its own is somebody else's. A part need not hang on anything.
    """
    head, seen = _Head.of(obj), obj.visible_get()
    found = {
        each
        for scene in obj.users_scene
        for each in scene.objects
        if each.type == "MESH"
        and each != obj
        and head.has(each)
        and (each.visible_get() or not (seen or each.hide_viewport))
    }
    return tuple(sorted(found, key=lambda each: each.name))


def lies_in_head(other: bpy.types.Object, obj: bpy.types.Object) -> bool:
    """Whether an object may be a part of another's head, by where it lies and what it hangs on."""
    return _Head.of(obj).has(other)


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
