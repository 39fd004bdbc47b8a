# SPDX-License-Identifier: GPL-3.0-or-later
"""Shapes of all that is not skin: eyes, teeth, a tongue, lashes."""

from .piece_shapes import PieceShapes, piece_shapes

__all__ = ["PieceShapes", "piece_shapes"]
