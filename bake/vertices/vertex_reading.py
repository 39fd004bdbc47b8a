# SPDX-License-Identifier: GPL-3.0-or-later
"""The ARKit weights of a vertex take, from the positions in its cache.

Letters: F frames, V vertices, C those that are looked at.
"""

from collections.abc import Iterator
from typing import Final

import bpy
import numpy as np
from numpy.typing import NDArray

from ...core.head import load_head
from ...core.head.head_fit import fit_head
from ...core.head.vertex_motion import BLOCK_FRAMES
from ...core.retarget.solve import WeightSolver
from ..errors import BakeError
from ..mesh_reading import rest_of
from .pc2 import read_samples
from .takes import VertexTake

_EACH: Final = 7
"""Of so many vertices one is looked at: far more than the coefficients that are to be found."""


def read_vertex_weights(obj: bpy.types.Object, take: VertexTake, frames: NDArray[np.floating]) -> NDArray:
    """Weights (F, 52) that a vertex take of a head shows at scene frames (F,), which need not be whole.

    Raises:
        BakeError: the cache is missing, or of another mesh; or the mesh is not the built-in head's.
    """
    head = load_head()
    rest = rest_of(obj)
    fit = fit_head(head.template, rest) if len(rest) == head.vertex_count else None
    if fit is None or not fit.same_shape:
        raise BakeError(
            f"The vertices of '{obj.name}' are not those of the built-in head: what they say cannot be read. "
            "Choose a take of shape keys, or a recording in a file."
        )
    positions = read_samples(take.path)
    if positions is None or positions.shape[1:] != rest.shape:
        raise BakeError(
            f"The cache of take '{take.name}' is missing: no file '{take.path}'. Put it back there, or "
            "animate again."
        )
    chosen = np.arange(0, len(rest), _EACH)
    basis = head.expression_basis.reshape(len(head.expression_basis), -1, 3)[:, chosen] @ fit.linear.T
    to_beta = np.linalg.pinv(basis.reshape(len(basis), -1))
    begin = take.start_frame - take.lead
    beta = np.concatenate(
        [(block[:, chosen] - rest[chosen]).reshape(len(block), -1) @ to_beta for block in _blocks(positions)]
    )
    samples = np.arange(len(beta))
    # Blender goes straight from one sample to the next.
    at = [np.interp(np.asarray(frames) - begin, samples, column) for column in beta.T]
    return WeightSolver(head.arkit_to_expression).solve(np.stack(at, axis=1))


def _blocks(positions: NDArray[np.float32]) -> Iterator[NDArray[np.float32]]:
    for first in range(0, len(positions), BLOCK_FRAMES):
        yield np.asarray(positions[first : first + BLOCK_FRAMES])
