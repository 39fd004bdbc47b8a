# SPDX-License-Identifier: GPL-3.0-or-later
"""Eyes that look at another bone: which bone looks at which, by a constraint that tracks."""

import bpy

TRACKS = ("DAMPED_TRACK", "TRACK_TO", "LOCKED_TRACK")
"""Constraints that turn a bone to a target."""


def tracking_bone(obj: bpy.types.Object, target: bpy.types.PoseBone) -> bpy.types.PoseBone | None:
    """The bone of the same armature that looks at a bone; None where none does."""
    for bone in obj.pose.bones:
        for constraint in bone.constraints:
            tracks = constraint.type in TRACKS and constraint.enabled and constraint.influence > 0
            if tracks and constraint.target == obj and constraint.subtarget == target.name:
                return bone
    return None
