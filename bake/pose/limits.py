# SPDX-License-Identifier: GPL-3.0-or-later
"""How far a rig lets its bones go: locked channels, and Limit Location, Rotation and Scale constraints.

F is the number of frames or poses.
"""

from dataclasses import dataclass
from typing import Any, Final

import bpy
import numpy as np
from numpy.typing import NDArray

from ...core.head_rotation import (
    EULER_ORDERS,
    euler_from_matrices,
    matrices_from_euler,
    matrices_from_quaternions,
    quaternions_from_matrices,
    quaternions_from_vectors,
    vectors_from_quaternions,
)

Floats = NDArray[np.float64]

_OWN_SPACES: Final = ("LOCAL", "LOCAL_WITH_PARENT")
"""Spaces in which a constraint limits the bone's own channels; the second one while its parents rest."""

_WHOLE: Final = 0.999
"""Influence from which on a limit is kept; weaker ones only pull."""


@dataclass(frozen=True, eq=False)
class Range:
    """Smallest and largest value of X, Y and Z.

    Attributes:
        low: (3,) -inf where there is none.
        high: (3,) inf where there is none.
        order: Euler order of a rotation.
    """

    low: Floats
    high: Floats
    order: str = ""

    def clipped(self, values: Floats) -> Floats:
        """Values (F, 3) within the range."""
        return np.clip(values, self.low, self.high)


@dataclass(frozen=True, eq=False)
class BoneLimits:
    """How far a bone may go in its own channels.

    Attributes:
        mode: rotation mode of the bone.
        locked: by property, (3,) bool: axes that are locked, or that Blender does not look at.
        location: one range for each constraint, in the order of the stack.
        rotation: the same.
        scale: the same.
    """

    mode: str
    locked: dict[str, NDArray[np.bool_]]
    location: tuple[Range, ...] = ()
    rotation: tuple[Range, ...] = ()
    scale: tuple[Range, ...] = ()

    def unlocked(self, locations: Floats, rotations: Floats, scales: Floats) -> tuple[Floats, Floats, Floats]:
        """Locations (F, 3), rotations (F, 3, 3) and scales (F, 3) without what is locked."""
        locations = np.where(self.locked["location"], 0.0, locations)
        scales = np.where(self.locked["scale"], 1.0, scales)
        axes = self.locked["rotation"]
        if axes.all():
            rotations = np.broadcast_to(np.eye(3), rotations.shape)
        elif axes.any() and self.mode in EULER_ORDERS:
            angles = np.where(axes, 0.0, euler_from_matrices(rotations, self.mode))
            rotations = matrices_from_euler(angles, self.mode)
        elif axes.any():
            vectors = vectors_from_quaternions(quaternions_from_matrices(rotations))
            rotations = matrices_from_quaternions(quaternions_from_vectors(np.where(axes, 0.0, vectors)))
        return locations, rotations, scales

    def limited(self, locations: Floats, rotations: Floats, scales: Floats) -> tuple[Floats, Floats, Floats]:
        """The same within the limits, as the constraints would show them."""
        for each in self.location:
            locations = each.clipped(locations)
        for each in self.rotation:
            angles = euler_from_matrices(rotations, each.order)
            clipped = each.clipped(angles)
            off = (clipped != angles).any(axis=1)
            if off.any():
                rotations = rotations.copy()
                rotations[off] = matrices_from_euler(clipped[off], each.order)
        for each in self.scale:
            scales = each.clipped(scales)
        return locations, rotations, scales


def limits_of(bone: bpy.types.PoseBone) -> BoneLimits:
    """Locks and limits of a bone.

    Constraints count that are on, at full influence, and act in the bone's local space. In other spaces it
    depends on the bone's parents what they let through: those are left to Blender.
    """
    locked = {
        "location": np.array(bone.lock_location, bool),
        "rotation": np.array(bone.lock_rotation, bool),
        "scale": np.array(bone.lock_scale, bool),
    }
    if bone.bone.use_connect and bone.parent is not None:
        # Blender shows no location of a bone that hangs on its parent's tail.
        locked["location"][:] = True
    ranges: dict[str, list[Range]] = {"LIMIT_LOCATION": [], "LIMIT_ROTATION": [], "LIMIT_SCALE": []}
    for constraint in bone.constraints:
        if constraint.type not in ranges or not constraint.enabled or constraint.influence < _WHOLE:
            continue
        if constraint.owner_space in _OWN_SPACES:
            ranges[constraint.type].append(_range(constraint, bone.rotation_mode))
    return BoneLimits(
        bone.rotation_mode,
        locked,
        tuple(ranges["LIMIT_LOCATION"]),
        tuple(ranges["LIMIT_ROTATION"]),
        tuple(ranges["LIMIT_SCALE"]),
    )


def _range(constraint: Any, mode: str) -> Range:
    rotates = constraint.type == "LIMIT_ROTATION"
    low, high = np.full(3, -np.inf), np.full(3, np.inf)
    for index, axis in enumerate("xyz"):
        used = (f"use_limit_{axis}",) * 2 if rotates else (f"use_min_{axis}", f"use_max_{axis}")
        if getattr(constraint, used[0]):
            low[index] = getattr(constraint, f"min_{axis}")
        if getattr(constraint, used[1]):
            high[index] = getattr(constraint, f"max_{axis}")
    order = getattr(constraint, "euler_order", "AUTO") if rotates else ""
    if order == "AUTO":
        order = mode if mode in EULER_ORDERS else EULER_ORDERS[0]
    return Range(low, np.maximum(low, high), order)
