# SPDX-License-Identifier: GPL-3.0-or-later
"""NumPy motion in, Blender animation out. Needs bpy; knows nothing of panels and operators."""

from .companion_bake import CompanionReport
from .companions import find_companions
from .errors import BakeError
from .face_reading import FaceReading, read_face
from .head_mesh import create_head
from .making import HeadReading, ShapesReport, check_head, find_head_parts, read_head, write_shapes
from .performance_reading import performances_of, read_performance
from .phone_markers import write_phone_markers
from .pose import (
    FACINGS,
    POSE_PARTS,
    Carrier,
    HeadRig,
    Limits,
    PoseReport,
    bake_pose,
    check_rig,
    suggest_rig,
)
from .recording import place_recording
from .shape_keys import BakeReport, bake_motion
from .target import ShapeKeyTarget, find_target
from .vertices import (
    PreparedCache,
    UnusedCache,
    VertexBakeReport,
    VertexSource,
    VertexTake,
    WrittenCache,
    attach_cache,
    bake_vertices,
    check_vertex_target,
    export_vertices,
    forget_vertex_take,
    hide_vertex_takes,
    prepare_cache,
    read_vertices,
    remove_caches,
    show_vertex_take,
    unused_caches,
    vertex_takes,
    write_cache,
)

__all__ = [
    "FACINGS",
    "POSE_PARTS",
    "BakeError",
    "BakeReport",
    "Carrier",
    "CompanionReport",
    "FaceReading",
    "HeadReading",
    "HeadRig",
    "Limits",
    "PoseReport",
    "PreparedCache",
    "ShapeKeyTarget",
    "ShapesReport",
    "UnusedCache",
    "VertexBakeReport",
    "VertexSource",
    "VertexTake",
    "WrittenCache",
    "attach_cache",
    "bake_motion",
    "bake_pose",
    "bake_vertices",
    "check_head",
    "check_rig",
    "check_vertex_target",
    "create_head",
    "export_vertices",
    "find_companions",
    "find_head_parts",
    "find_target",
    "forget_vertex_take",
    "hide_vertex_takes",
    "performances_of",
    "place_recording",
    "prepare_cache",
    "read_face",
    "read_head",
    "read_performance",
    "read_vertices",
    "remove_caches",
    "show_vertex_take",
    "suggest_rig",
    "unused_caches",
    "vertex_takes",
    "write_cache",
    "write_phone_markers",
    "write_shapes",
]
