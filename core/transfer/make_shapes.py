# SPDX-License-Identifier: GPL-3.0-or-later
"""Shapes for a mesh that has none: find the face, carry the built-in head's shapes over."""

from collections.abc import Callable, Mapping, Sequence
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .made_shapes import MadeShapes, MeshPart


def make_shapes(
    face: MeshPart,
    others: Sequence[MeshPart] = (),
    *,
    axes: NDArray[np.floating] | None = None,
    marks: Mapping[str, ArrayLike] | None = None,
    shapes: Literal["arkit", "expression"] = "arkit",
    progress: Callable[[float], None] | None = None,
) -> MadeShapes:
    """Make the 52 ARKit shapes, or the 64 of the expression basis, for any head.

    Args:
        face: the mesh with the face; it may hold eyes, teeth, a tongue and a body too.
        others: other meshes of the character, in the face's coordinates: eyes, teeth, tongue, lashes.
        axes: (3, 3) from the coordinates to head axes, where they are known.
        marks: where the user says that some of `MARKS` are, (3,) each in the face's coordinates.
        shapes: "arkit" for the 52 of `ARKIT_NAMES`; "expression" for the rows of `Head.expression_basis`,
            which let vertex motion play on this mesh: rest + beta @ deltas.
        progress: receives the share that is done, 0..1; what it raises ends the work.

    Raises:
        NotAFace: no head, several heads, half a head, no surface; with the reason.
    """
    raise NotImplementedError
