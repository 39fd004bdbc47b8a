# SPDX-License-Identifier: GPL-3.0-or-later
"""One carrier as Blender has it: its datablock, its channels and its axes at rest.

F is the number of frames.
"""

import re
from dataclasses import dataclass
from typing import Any, Final

import bpy
import numpy as np
from numpy.typing import ArrayLike, NDArray

from ...core.head_rotation import (
    axis_angle_from_matrices,
    euler_from_matrices,
    matrices_from_axis_angle,
    matrices_from_euler,
    matrices_from_quaternions,
    quaternions_from_matrices,
)
from ..errors import BakeError
from .rig import Carrier

Floats = NDArray[np.float64]

_PROPERTIES: Final = {"QUATERNION": "rotation_quaternion", "AXIS_ANGLE": "rotation_axis_angle"}
_BONE: Final = re.compile(r'pose\.bones\["((?:[^"\\]|\\.)*)"\](.+)')

UNPOSED: Final = {
    "rotation_quaternion": (1.0, 0.0, 0.0, 0.0),
    "rotation_axis_angle": (0.0, 0.0, 1.0, 0.0),
    "rotation_euler": (0.0, 0.0, 0.0),
    "location": (0.0, 0.0, 0.0),
    "scale": (1.0, 1.0, 1.0),
}
"""What properties hold that turn, move and scale nothing."""


@dataclass(frozen=True, eq=False)
class Joint:
    """A carrier that was found.

    Attributes:
        part: of the take that turns it.
        carrier: how the user named it.
        obj: the object, or the armature's object.
        bone: the pose bone, None when the object itself is turned.
    """

    part: str
    carrier: Carrier
    obj: bpy.types.Object
    bone: bpy.types.PoseBone | None

    @property
    def key(self) -> str:
        """Which carrier this is: its datablock and its bone."""
        return f"{self.obj.name_full}/{self.bone.name if self.bone is not None else ''}"

    @property
    def holder(self) -> Any:
        """What has the rotation and location properties."""
        return self.bone if self.bone is not None else self.obj

    @property
    def rotation_mode(self) -> str:
        """QUATERNION, AXIS_ANGLE or an Euler order; never changed here."""
        return str(self.holder.rotation_mode)

    @property
    def rotation_property(self) -> str:
        """The property that this mode animates."""
        return rotation_property_of(self.rotation_mode)

    def path(self, name: str) -> str:
        """Data path of a property from the object."""
        if self.bone is None:
            return name
        return f'pose.bones["{bpy.utils.escape_identifier(self.bone.name)}"].{name}'

    def values(self, name: str) -> Floats:
        """What a property holds now."""
        return np.array(getattr(self.holder, name), np.float64)

    def unposed(self, name: str) -> Floats:
        """What a property of a bone holds in the rest pose; an object has none and rests where it is."""
        return self.values(name) if self.bone is None else self.no_turn(name)

    def no_turn(self, name: str) -> Floats:
        """What a property holds that turns, moves or scales nothing."""
        return np.array(UNPOSED[name])

    def matrices(self, values: ArrayLike) -> Floats:
        """Rotations (F, 3, 3) that values (F, 3 or 4) of the rotation property mean."""
        return matrices_of(self.rotation_mode, values)

    def rotation_values(self, matrices: Floats, before: ArrayLike) -> Floats:
        """Values (F, 3 or 4) of the rotation property, continuous from `before` (3 or 4,) on."""
        if self.rotation_mode == "QUATERNION":
            return quaternions_from_matrices(matrices, before)
        if self.rotation_mode == "AXIS_ANGLE":
            return axis_angle_from_matrices(matrices, before)
        return euler_from_matrices(matrices, self.rotation_mode, before)

    def rest_axes(self) -> Floats:
        """Axes (3, 3) of the bone at rest in the armature's, as columns; an object's own axes are its own."""
        return np.eye(3) if self.bone is None else bone_axes(self.bone.bone)


def rotation_property_of(mode: str) -> str:
    """The property that a rotation mode animates."""
    return _PROPERTIES.get(mode, "rotation_euler")


def matrices_of(mode: str, values: ArrayLike) -> Floats:
    """Rotations (F, 3, 3) that values (F, 3 or 4) of the property of a rotation mode mean."""
    if mode == "QUATERNION":
        return matrices_from_quaternions(values)
    if mode == "AXIS_ANGLE":
        return matrices_from_axis_angle(values)
    return matrices_from_euler(values, mode)


def bone_axes(bone: bpy.types.Bone) -> Floats:
    """Axes (3, 3) of a bone at rest in the armature's, as columns."""
    return np.array(bone.matrix_local.to_3x3().normalized(), np.float64)


def bone_of(path: str) -> tuple[str, str] | None:
    """Name of the bone and property that a data path of an armature's F-curve names."""
    found = _BONE.match(path)
    if found is None:
        return None
    return bpy.utils.unescape_identifier(found[1]), found[2].removeprefix(".")


def find_object(name: str) -> bpy.types.Object | None:
    """The object of that name: this file's own, else one that is linked."""
    objects: Any = bpy.data.objects  # Any: type stubs do not know that names may have a library
    return objects.get((name, None)) or objects.get(name)


def find_joint(part: str, carrier: Carrier) -> Joint:
    """The object or bone that a carrier names.

    Raises:
        BakeError: there is none.
    """
    obj = find_object(carrier.object_name)
    if obj is None:
        raise BakeError(f"There is no object '{carrier.object_name}' to turn: choose head and eyes again.")
    if not carrier.bone:
        return Joint(part, carrier, obj, None)
    bone = obj.pose.bones.get(carrier.bone) if obj.pose is not None else None
    if bone is None:
        raise BakeError(f"'{obj.name}' has no bone '{carrier.bone}': choose head and eyes again.")
    return Joint(part, carrier, obj, bone)
