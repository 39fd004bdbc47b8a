# SPDX-License-Identifier: GPL-3.0-or-later
"""Positions of every vertex of a head at every frame, made a block of frames at a time.

Letters: F frames, V vertices. Minutes of a whole head are gigabytes; a block is a few megabytes.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ..errors import InputError
from ..motion import FaceMotion
from .head_fit import HeadFit
from .head_model import Head

Floats = NDArray[np.float32]

BLOCK_FRAMES: Final = 64


@dataclass(frozen=True, eq=False)
class VertexMotion:
    """The vertices of one mesh of the head's topology over time, in the mesh's own space.

    Either `expression` and `basis` say how vertices leave `rest`, or `positions` holds them.

    Attributes:
        rest: (V, 3) the mesh at rest, whoever it was sculpted to.
        expression: (F, 64) beta of each frame.
        basis: (64, 3 V) displacement of each beta in the mesh's space.
        positions: (F, V, 3) in head axes, or None.
        fit: the head's axes and metres in the mesh's space.
    """

    rest: Floats
    expression: Floats
    basis: Floats
    positions: Floats | None
    fit: HeadFit

    def __len__(self) -> int:
        return len(self.expression)

    def at(self, rows: slice) -> Floats:
        """Positions (frames, V, 3) of some frames.

        Raises:
            InputError: they are not numbers.
        """
        if self.positions is not None:
            linear, offset = self.fit.linear.astype(np.float32), self.fit.offset.astype(np.float32)
            moved = np.asarray(self.positions[rows], np.float32) @ linear.T + offset
        else:
            moved = (self.expression[rows] @ self.basis).reshape(-1, *self.rest.shape)
            moved += self.rest
        if not np.isfinite(moved).all():
            raise InputError("The motion holds positions that are not numbers: generate it again.")
        return moved

    def blocks(self, step: int = 1) -> Iterator[Floats]:
        """All frames in order, every `step`th, in blocks (frames, V, 3)."""
        for first in range(0, len(self), BLOCK_FRAMES * step):
            yield self.at(slice(first, first + BLOCK_FRAMES * step, step))


def vertex_motion(
    head: Head, motion: FaceMotion, rest: Floats, fit: HeadFit, rows: slice, lead: int = 0, tail: int = 0
) -> VertexMotion:
    """The vertices that frames `rows` of a motion ask for on a mesh that lies still as `rest` (V, 3).

    A motion without expression coefficients, such as one from a Live Link Face recording, is taken by its
    ARKit weights.

    Args:
        head: whose bases the motion is in.
        motion: if it holds vertices, these are taken as they are, and there is neither lead nor tail,
            because nobody knows how the face that they are of rests.
        rest: positions in the mesh's space.
        fit: of `head.template` to `rest`.
        rows: frames of the motion.
        lead: frames in front in which the face comes from rest.
        tail: frames behind in which it goes back.

    Raises:
        InputError: vertices of another mesh, or coefficients that are not numbers.
    """
    if motion.vertices is not None:
        if motion.vertices.shape[1:] != head.template.shape:
            raise InputError(
                f"The motion holds {motion.vertices.shape[1]} vertices a frame, expected the "
                f"{head.vertex_count} of the built-in head: generate it again."
            )
        positions = motion.vertices[rows]
        return VertexMotion(rest, motion.expression[rows], np.zeros((0, 0), np.float32), positions, fit)
    beta = np.asarray(motion.expression[rows], np.float32)
    if not motion.expression.any() and motion.weights.any():
        beta = motion.weights[rows] @ head.arkit_to_expression.T
    if not np.isfinite(beta).all():
        raise InputError("The motion holds positions that are not numbers: generate it again.")
    rise = np.arange(lead, dtype=np.float32) / max(lead, 1)
    fall = 1 - np.arange(1, tail + 1, dtype=np.float32) / max(tail, 1)
    extended = np.concatenate([rise[:, None] * beta[:1], beta, fall[:, None] * beta[-1:]])
    steps = head.expression_basis.reshape(-1, 3) @ fit.linear.T.astype(np.float32)
    basis = steps.reshape(len(head.expression_basis), -1)
    return VertexMotion(np.asarray(rest, np.float32), extended, basis, None, fit)
