# SPDX-License-Identifier: GPL-3.0-or-later
"""The motion of head and eyes on whatever carries them: bones, objects, empties."""

from .check import check_rig
from .pose_bake import PoseMode, PoseReport, bake_pose
from .pose_takes import begin_pose_take, record_pose_take, show_pose_of_vertices
from .rig import FACINGS, POSE_PARTS, Carrier, HeadRig, Limits
from .suggest import suggest_rig

__all__ = [
    "FACINGS",
    "POSE_PARTS",
    "Carrier",
    "HeadRig",
    "Limits",
    "PoseMode",
    "PoseReport",
    "bake_pose",
    "begin_pose_take",
    "check_rig",
    "record_pose_take",
    "show_pose_of_vertices",
    "suggest_rig",
]
