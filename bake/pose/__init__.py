# SPDX-License-Identifier: GPL-3.0-or-later
"""The motion of head and eyes on whatever carries them: bones, objects, empties."""

from .check import check_rig
from .face_bones import FaceBonesReport, bake_face_bones
from .face_measure import PoseReading, face_mesh_of, measure_poses, read_pose_shapes
from .pose_bake import PoseMode, PoseReport, bake_pose
from .pose_library import read_poses
from .pose_sources import SOURCE_KINDS, PoseSource, pose_sources
from .pose_takes import begin_pose_take, record_pose_take, show_pose_of_vertices
from .rig import FACINGS, POSE_PARTS, Carrier, HeadRig, Limits
from .suggest import suggest_rig

__all__ = [
    "FACINGS",
    "POSE_PARTS",
    "SOURCE_KINDS",
    "Carrier",
    "FaceBonesReport",
    "HeadRig",
    "Limits",
    "PoseMode",
    "PoseReading",
    "PoseReport",
    "PoseSource",
    "bake_face_bones",
    "bake_pose",
    "begin_pose_take",
    "check_rig",
    "face_mesh_of",
    "measure_poses",
    "pose_sources",
    "read_pose_shapes",
    "read_poses",
    "record_pose_take",
    "show_pose_of_vertices",
    "suggest_rig",
]
