# SPDX-License-Identifier: GPL-3.0-or-later
"""NumPy motion in, Blender animation out. Needs bpy; knows nothing of panels and operators."""

from .errors import BakeError
from .head_mesh import create_head
from .phone_markers import write_phone_markers
from .shape_keys import BakeReport, bake_motion
from .target import ShapeKeyTarget, find_target

__all__ = [
    "BakeError",
    "BakeReport",
    "ShapeKeyTarget",
    "bake_motion",
    "create_head",
    "find_target",
    "write_phone_markers",
]
