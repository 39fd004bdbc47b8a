# SPDX-License-Identifier: GPL-3.0-or-later
"""The 3D head: a mesh, its 52 ARKit shapes, identity and expression bases, landmarks and regions."""

from .head_model import HEAD_FILE, PART_COLOURS, Head, load_head
from .lip_gap import LipGap, lip_gap_model

__all__ = ["HEAD_FILE", "PART_COLOURS", "Head", "LipGap", "lip_gap_model", "load_head"]
