# SPDX-License-Identifier: GPL-3.0-or-later
"""The axes of a character's head in the space of what carries it.

Axes are (3, 3) matrices whose columns are the head's x (the subject's left), y (up) and z (out of the face).
"""

from typing import Any, Final

import bpy
import numpy as np
from numpy.typing import NDArray

from ...core.retarget.bones import find_head_bones, leg_bones, side_pairs, torso_bone
from .joints import Joint
from .rig import Carrier

Floats = NDArray[np.float64]

_FRONT_AND_UP: Final = {
    "-Y": ((0, -1, 0), (0, 0, 1)),
    "Y": ((0, 1, 0), (0, 0, 1)),
    "X": ((1, 0, 0), (0, 0, 1)),
    "-X": ((-1, 0, 0), (0, 0, 1)),
    "Z": ((0, 0, 1), (0, 1, 0)),
    "-Z": ((0, 0, -1), (0, 1, 0)),
}

_NEARLY_STRAIGHT: Final = np.cos(np.radians(30.0))
"""A rest pose whose axes lie within 30 degrees of the armature's is one that is built along them."""


def named_axes(facing: str) -> Floats:
    """Head axes for one of `rig.FACINGS` but AUTO."""
    front, up = (np.array(each, np.float64) for each in _FRONT_AND_UP[facing])
    return np.stack([np.cross(up, front), up, front], axis=1)


def head_axes(joint: Joint, facing: str, head: Carrier | None = None) -> Floats:
    """Head axes in the armature's space for a bone, in the object's own for an object.

    Args:
        joint: the carrier.
        facing: one of `rig.FACINGS`.
        head: carrier of the head that an eye belongs to.
    """
    if facing != "AUTO":
        return named_axes(facing)
    if joint.bone is None:
        return named_axes(_upright_facing(joint.obj))
    bones = joint.obj.data.bones
    name = head.bone if head is not None and head.object_name == joint.obj.name else ""
    top = bones.get(name) or bones.get(find_head_bones(tuple(bones.keys())).head or "")
    return _armature_axes(joint.obj, top or joint.bone.bone)


def _upright_facing(obj: bpy.types.Object) -> str:
    """Blender's convention, or glTF's where an object's Y is what stands upright in the world."""
    upright = np.array(obj.matrix_world.to_3x3().normalized(), np.float64)[2]
    return "Z" if upright[1] > max(upright[2], 0.5) else "-Y"


def _armature_axes(obj: bpy.types.Object, head: bpy.types.Bone) -> Floats:
    """Left from pairs of bones, up from the legs or the torso, else as objects."""
    bones = obj.data.bones
    left = np.zeros(3)
    for name, other in side_pairs(tuple(bones.keys())):
        left += np.array(bones[name].head_local) - np.array(bones[other].head_local)
    up = _upwards(head, bones)
    if up is None:
        up = named_axes(_upright_facing(obj))[:, 1]
    up = _snapped(up)
    left = _snapped(left - left @ up * up) if np.linalg.norm(left) > 0 else None
    if left is None or np.linalg.norm(left) == 0 or abs(left @ up) > 0.5:
        facing = "Z" if up[1] > 0.9 else "-Y"
        return named_axes(facing)
    left = left - left @ up * up
    left /= np.linalg.norm(left)
    return np.stack([left, up, np.cross(left, up)], axis=1)


def _upwards(head: bpy.types.Bone, bones: Any) -> Floats | None:
    """Up the legs; without legs from the hips, or whatever the head grows from, to the head.

    An animal's head is in front of its hips, but its legs stand too. None where all is in one place.
    """
    thighs, feet = leg_bones(tuple(bones.keys()))
    if thighs:
        above = np.mean([bones[name].head_local for name in thighs], axis=0)
        below = [bones[name].head_local for name in feet] or [bones[name].tail_local for name in thighs]
        way = above - np.mean(below, axis=0)
        if np.linalg.norm(way) > 1e-6:
            return way
    top = np.array(head.head_local)
    torso = torso_bone(tuple(bones.keys()))
    roots = [bones[torso]] if torso is not None else []
    roots += reversed(head.parent_recursive)
    for bone in roots:
        way = top - np.array(bone.head_local)
        if bone != head and np.linalg.norm(way) > 1e-6:
            return way
    way = np.array(head.tail_local) - top
    return way if np.linalg.norm(way) > 1e-6 else None


def _snapped(direction: Floats) -> Floats:
    """A direction with length 1, the armature's own axis where it is near to one; zero stays zero."""
    length = np.linalg.norm(direction)
    if length == 0:
        return direction
    direction = direction / length
    nearest = int(np.abs(direction).argmax())
    if abs(direction[nearest]) < _NEARLY_STRAIGHT:
        return direction
    return np.sign(direction[nearest]) * np.eye(3)[nearest]
