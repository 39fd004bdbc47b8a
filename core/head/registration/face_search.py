# SPDX-License-Identifier: GPL-3.0-or-later
"""Where the face of a mesh is that has no shape keys: from its geometry alone, or with marks of the user.

Letters: V vertices, T triangles.
"""

from collections.abc import Callable, Mapping
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .register import Registration

MARKS: Final = (
    "eye_outer_right",
    "eye_inner_right",
    "eye_inner_left",
    "eye_outer_left",
    "nose_tip",
    "mouth_right",
    "mouth_left",
    "lip_upper",
    "lip_lower",
    "chin",
)
"""What a user can mark; right and left are the subject's. The lips are marked in their middle, where they
meet or are nearest to each other."""


def find_face(
    vertices: NDArray[np.floating],
    triangles: NDArray[np.integer],
    *,
    chosen: NDArray[np.bool_] | None = None,
    axes: NDArray[np.floating] | None = None,
    marks: Mapping[str, ArrayLike] | None = None,
    progress: Callable[[float], None] | None = None,
) -> Registration:
    """Find the template on a mesh without shape keys.

    Args:
        vertices: (V, 3) in any unit; of all meshes of the character, one after the other.
        triangles: (T, 3) anticlockwise seen from outside.
        chosen: (V,) vertices of the mesh that the user chose: the skin is among them. All by default.
        axes: (3, 3) from the mesh's coordinates to head axes, where they are known.
        marks: where some of `MARKS` are, (3,) each.
        progress: receives the share that is done, 0..1; what it raises ends the search.

    Raises:
        NotAFace: not a head, several heads, half a head, a plane, faces without area or that do not hang
            together.
    """
    raise NotImplementedError
