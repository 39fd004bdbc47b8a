# SPDX-License-Identifier: GPL-3.0-or-later
"""Eyes that look at another bone: which bone looks at which, by a constraint that tracks."""

from typing import Any

import bpy
import numpy as np
from numpy.typing import NDArray

from .joints import bone_axes

TRACKS = ("DAMPED_TRACK", "TRACK_TO", "LOCKED_TRACK")
"""Constraints that turn a bone to a target."""


def tracking_bone(obj: bpy.types.Object, target: bpy.types.PoseBone) -> bpy.types.PoseBone | None:
    """The bone of the same armature that looks at a bone; None where none does."""
    return next((bone for bone in obj.pose.bones if _track(bone, target) is not None), None)


def sight_axis(looking: bpy.types.PoseBone, target: bpy.types.PoseBone) -> NDArray[np.float64]:
    """The axis (3,) of a looking bone that points to its target, at rest, in the armature's space."""
    track = _track(looking, target)
    assert track is not None
    column = "XYZ".index(track.track_axis[-1])
    sign = -1.0 if "NEGATIVE" in track.track_axis else 1.0
    return sign * bone_axes(looking.bone)[:, column]


def _track(bone: bpy.types.PoseBone, target: bpy.types.PoseBone) -> Any:
    """The constraint by which a bone looks at another."""
    for constraint in bone.constraints:
        tracks = constraint.type in TRACKS and constraint.enabled and constraint.influence > 0
        if tracks and constraint.target == target.id_data and constraint.subtarget == target.name:
            return constraint
    return None
