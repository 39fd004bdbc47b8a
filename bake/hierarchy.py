# SPDX-License-Identifier: GPL-3.0-or-later
"""What objects hang on, and where they lie in the world."""

from collections.abc import Iterator
from dataclasses import dataclass

import bpy
import numpy as np
from numpy.typing import NDArray

Doubles = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Box:
    """An upright box in the world, from its lowest corner (3,) to its highest."""

    low: Doubles
    high: Doubles

    @property
    def size(self) -> Doubles:
        """(3,) its extents."""
        return self.high - self.low

    @property
    def middle(self) -> Doubles:
        """(3,) its centre."""
        return (self.low + self.high) / 2

    def holds(self, point: Doubles, margin: float = 0.0) -> bool:
        """Whether a point (3,) lies in it, or not further outside of it."""
        return bool(((point >= self.low - margin) & (point <= self.high + margin)).all())

    def meets(self, other: "Box") -> bool:
        """Whether two boxes have a point in common."""
        return bool(((self.low <= other.high) & (other.low <= self.high)).all())


def box_of(obj: bpy.types.Object) -> Box:
    """The box around an object as it was last evaluated."""
    matrix = np.array(obj.matrix_world)
    corners = np.array([corner[:] for corner in obj.bound_box]) @ matrix[:3, :3].T + matrix[:3, 3]
    return Box(corners.min(axis=0), corners.max(axis=0))


def ancestors_of(obj: bpy.types.Object) -> Iterator[bpy.types.Object]:
    """What an object hangs on, the nearest first."""
    parent = obj.parent
    while parent is not None:
        yield parent
        parent = parent.parent


def armatures_of(obj: bpy.types.Object) -> Iterator[bpy.types.Object]:
    """The armatures that deform an object or that it hangs on."""
    for each in (obj, *ancestors_of(obj)):
        if each.type == "ARMATURE":
            yield each
        for modifier in each.modifiers:
            if modifier.type == "ARMATURE" and modifier.object is not None:
                yield modifier.object
