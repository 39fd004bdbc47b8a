# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether the evaluated vertices move: what the animator will see, with all modifiers."""

from typing import Final

import bpy
import numpy as np

from ..errors import BakeError
from ..movement import SEEN_SHARE, evaluated_positions, scene_of_its_own
from .source import PlacedVertices

_AT_REST: Final = 1e-4
"""Of the mesh's size: less than this is no reason to expect that anything is seen to move."""


def check_vertices(obj: bpy.types.Object, placed: PlacedVertices) -> float | None:
    """How far the evaluated vertices go where they should go furthest, in the object's space.

    None when nothing is meant to move, or nobody can tell because the object is hidden.

    Raises:
        BakeError: they do not move.
    """
    vertices = placed.vertices
    if vertices.positions is not None:
        return None
    # Rows of U_exp are orthonormal: the longest beta moves the mesh furthest.
    row = int(np.linalg.norm(vertices.expression, axis=1).argmax())
    expected = float(np.abs(vertices.at(slice(row, row + 1))[0] - vertices.rest).max())
    if expected <= _AT_REST * np.ptp(vertices.rest, axis=0).max():
        return None
    with scene_of_its_own(obj) as scene:
        moved = evaluated_positions(obj, scene, placed.start + row)
        rest = evaluated_positions(obj, scene, placed.end)
    if moved is None or rest is None:
        return None
    if moved.shape != rest.shape:
        return expected  # the shape changes the topology (remesh, boolean): something moved
    measured = float(np.abs(moved - rest).max(initial=0.0))
    if measured <= SEEN_SHARE * expected:
        raise BakeError(
            f"The vertices of '{obj.name}' do not move at frame {placed.start + row}: a modifier, a vertex "
            "group or the active mode hides the movement. Nothing was baked."
        )
    return measured
