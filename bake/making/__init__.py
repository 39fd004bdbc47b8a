# SPDX-License-Identifier: GPL-3.0-or-later
"""Shape keys for heads that have none: their meshes are read, and what was made for them is written."""

from .head_parts import find_head_parts
from .head_reading import HeadReading, read_head
from .shape_writing import ShapesReport, check_head, write_shapes

__all__ = ["HeadReading", "ShapesReport", "check_head", "find_head_parts", "read_head", "write_shapes"]
