# SPDX-License-Identifier: GPL-3.0-or-later
"""The rings of hm08 around the mouth and the eyes, and what they are for.

The seeds are vertex numbers of hm08, fixed since 2011. A mouth ring starts at the middle of the upper lip
and runs over the left corner, the lower lip and the right corner; an eye ring starts above the iris and
runs over the outer corner.
"""

from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from .topology import QuadMesh

NECK_SEED: Final = 858
"""On the middle line of the nape; its closed loop is the lower edge of the head."""

MOUTH_SEEDS: Final = (5342, 362, 455, 466, 467, 509, 468, 474, 520, 537, 554, 571, 588, 605)
"""Middle of the upper lip, from outside the lips (5342, 362) over the vermilion border (455) and the line
where the lips meet (520) into the mouth."""

MOUTH_BORDER: Final = 2
MOUTH_CONTACT: Final = 8
"""Rows of the vermilion border and of the contact line in `MOUTH_SEEDS`."""

MOUTH_CORNER: Final = 12
"""Columns of the left corner and of the middle of the lower lip in a mouth ring of 38."""

LEFT_EYE_SEEDS: Final = (
    6953,
    6947,
    6930,
    6874,
    11515,
    6789,
    6787,
    11465,
    6785,
    13352,
    7748,
    7774,
    7800,
    7826,
)
"""Above the left iris, from the fold of the upper lid over the front edge of its margin (6785) into the
socket."""

LID_FRONT: Final = 8
"""Row of the front edge of the lid margin in `LEFT_EYE_SEEDS`: where the lids meet."""

OUTER_CORNER: Final = 7
INNER_CORNER: Final = 22
"""Columns of the corners in an eye ring of 28."""


class Rings(NamedTuple):
    """Corresponding rings as vertex numbers of hm08."""

    mouth: NDArray[np.int64]
    """(14, 38)."""
    left_eye: NDArray[np.int64]
    """(14, 28)."""
    right_eye: NDArray[np.int64]
    """(14, 28), mirrored from the left."""
    neck: NDArray[np.int64]
    """(42,) lower edge of the head."""


def find_rings(mesh: QuadMesh, vertices: NDArray[np.float64], mirror: NDArray[np.int64]) -> Rings:
    """Walks the rings on the body part of hm08; `vertices` (V, 3) only tells left from right."""
    mouth = np.array([mesh.loop_to_left(seed, vertices) for seed in MOUTH_SEEDS])
    left_eye = np.array([mesh.loop_to_left(seed, vertices) for seed in LEFT_EYE_SEEDS])
    neck = np.array(mesh.loop_to_left(NECK_SEED, vertices))
    return Rings(mouth, left_eye, mirror[left_eye], neck)
