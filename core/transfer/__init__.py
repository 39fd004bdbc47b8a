# SPDX-License-Identifier: GPL-3.0-or-later
"""Shapes for heads that have none: the built-in head's shapes, and its vertex motion, on any mesh."""

from .made_shapes import MadeShapes, MeshPart, Piece, Role
from .make_shapes import make_shapes

__all__ = ["MadeShapes", "MeshPart", "Piece", "Role", "make_shapes"]
