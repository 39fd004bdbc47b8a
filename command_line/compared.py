# SPDX-License-Identifier: GPL-3.0-or-later
"""What sheets of several performances of one sound have in common.

Letters: F frames.
"""

from collections.abc import Mapping
from itertools import pairwise
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ..core.head import load_head
from ..core.motion import FaceMotion
from .contact_sheet import MILLIMETRES, Mark

FEWEST_MARKS: Final = 6

Motions = Mapping[str, FaceMotion]
"""Performances of one sound at the same frames, by what they are called."""


def enough_marks(marks: dict[int, Mark], motion: FaceMotion) -> list[Mark]:
    """Marks by their frames, with as many more, in the widest gaps, as a sheet needs, in order of time."""
    last = len(motion) - 1
    for _ in range(min(FEWEST_MARKS, last - 1) - len(marks)):
        edges = sorted({0, *marks, last})
        before, after = max(pairwise(edges), key=lambda gap: gap[1] - gap[0])
        frame = (before + after) // 2
        marks[frame] = Mark(frame, frame / motion.fps, f"{frame / motion.fps:.2f} s")
    return sorted(marks.values(), key=lambda mark: mark.second)


def brow_height(motion: FaceMotion) -> NDArray[np.float64]:
    """(F,) mm by which the brows stand above their rest, the mean of ten places."""
    head = load_head()
    brows = np.concatenate([head.landmarks[f"mediapipe_brow_{side}"] for side in ("left", "right")])
    slopes = head.expression_basis_at(brows)[:, :, 1].mean(axis=1)
    return motion.expression.astype(np.float64) @ slopes * MILLIMETRES
