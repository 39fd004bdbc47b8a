# SPDX-License-Identifier: GPL-3.0-or-later
"""Positions of every vertex of a head at every frame, made a block of frames at a time.

Letters: F frames, V vertices. Minutes of a whole head are gigabytes; a block is a few megabytes.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ..errors import InputError
from ..motion import FaceMotion
from .head_fit import HeadFit
from .head_model import Head

Floats = NDArray[np.float32]

BLOCK_FRAMES: Final = 64

_NOT_NUMBERS: Final = "The motion holds positions that are not numbers: generate it again."


@dataclass(frozen=True, eq=False)
class VertexMotion:
    """The vertices of one mesh over time, in the mesh's own space.

    Either `expression` and `basis` say how vertices leave `rest`, or `positions` holds them; then the mesh is
    of the head's topology.

    Attributes:
        rest: (V, 3) the mesh at rest, whoever it was sculpted to.
        expression: (F, 64) beta of each frame.
        basis: (64, 3 V) displacement of each beta in the mesh's space.
        positions: (F, V, 3) in head axes, or None.
        fit: the head's axes and metres in the space of a mesh of its topology; None for others.
    """

    rest: Floats
    expression: Floats
    basis: Floats
    positions: Floats | None
    fit: HeadFit | None

    def __len__(self) -> int:
        return len(self.expression)

    def at(self, rows: slice) -> Floats:
        """Positions (frames, V, 3) of some frames.

        Raises:
            InputError: they are not numbers.
        """
        if self.positions is not None and self.fit is not None:
            linear, offset = self.fit.linear.astype(np.float32), self.fit.offset.astype(np.float32)
            moved = np.asarray(self.positions[rows], np.float32) @ linear.T + offset
        else:
            moved = (self.expression[rows] @ self.basis).reshape(-1, *self.rest.shape)
            moved += self.rest
        if not np.isfinite(moved).all():
            raise InputError(_NOT_NUMBERS)
        return moved

    def blocks(self, step: int = 1) -> Iterator[Floats]:
        """All frames in order, every `step`th, in blocks (frames, V, 3)."""
        for first in range(0, len(self), BLOCK_FRAMES * step):
            yield self.at(slice(first, first + BLOCK_FRAMES * step, step))


@dataclass(frozen=True, eq=False)
class ExpressionTrack:
    """What a motion says of the face, for any mesh.

    Attributes:
        beta: (F, 64) expression coefficients of each frame.
        left_out: share, 0..1, of the movement that they cannot say, root mean square; 0 for a motion that is
            made of coefficients.
    """

    beta: Floats
    left_out: float


def expression_track(head: Head, motion: FaceMotion, rows: slice) -> ExpressionTrack:
    """The coefficients of frames `rows` of a motion.

    A motion that holds vertices is projected on the expression basis; who they are of, is found from all of
    its frames. One without coefficients, such as a Live Link Face recording, is taken by its ARKit weights.

    Raises:
        InputError: vertices of another mesh, or coefficients that are not numbers.
    """
    if motion.vertices is not None:
        _check_vertices(head, motion.vertices)
        return _projected(head, motion.vertices, rows)
    beta = np.asarray(motion.expression[rows], np.float32)
    if not motion.expression.any() and motion.weights.any():
        beta = motion.weights[rows] @ head.arkit_to_expression.T
    if not np.isfinite(beta).all():
        raise InputError(_NOT_NUMBERS)
    return ExpressionTrack(beta, 0.0)


def _projected(head: Head, positions: Floats, rows: slice) -> ExpressionTrack:
    """The coefficients nearest to positions (F, V, 3) of the head's vertices, whoever they are of.

    Bases of identity and expression are not orthogonal to each other: both explain the mean frame together,
    and what is identity in it is taken from all frames.
    """
    mean = np.zeros(head.template.size)
    for first in range(0, len(positions), BLOCK_FRAMES):
        block = np.asarray(positions[first : first + BLOCK_FRAMES], np.float64)
        mean += block.reshape(len(block), -1).sum(axis=0)
    mean = mean / len(positions) - head.template.ravel()
    if not np.isfinite(mean).all():
        raise InputError(_NOT_NUMBERS)
    both = np.concatenate([head.identity_basis, head.expression_basis]).astype(np.float64)
    alpha = np.linalg.lstsq(both @ both.T, both @ mean, rcond=None)[0][: len(head.identity_basis)]
    rest = head.template.ravel() + alpha @ head.identity_basis
    chosen = range(*rows.indices(len(positions)))
    beta = np.empty((len(chosen), len(head.expression_basis)), np.float32)
    moved = said = 0.0
    for row, frame in enumerate(chosen):
        away = np.asarray(positions[frame], np.float64).ravel() - rest
        beta[row] = head.expression_basis @ away
        moved += float(away @ away)
        said += float(beta[row].astype(np.float64) @ beta[row])
    left_out = np.sqrt(max(0.0, 1 - said / moved)) if moved > 0 else 0.0
    return ExpressionTrack(beta, float(left_out))


def vertex_motion(
    head: Head, motion: FaceMotion, rest: Floats, fit: HeadFit, rows: slice, lead: int = 0, tail: int = 0
) -> VertexMotion:
    """The vertices that frames `rows` of a motion ask for on a mesh of the head's topology.

    Args:
        head: whose bases the motion is in.
        motion: if it holds vertices, these are taken as they are, and there is neither lead nor tail,
            because nobody knows how the face that they are of rests. Else as for `expression_track`.
        rest: (V, 3) positions in the mesh's space.
        fit: of `head.template` to `rest`.
        rows: frames of the motion.
        lead: frames in front in which the face comes from rest.
        tail: frames behind in which it goes back.

    Raises:
        InputError: vertices of another mesh, or coefficients that are not numbers.
    """
    if motion.vertices is not None:
        _check_vertices(head, motion.vertices)
        positions = motion.vertices[rows]
        return VertexMotion(rest, motion.expression[rows], np.zeros((0, 0), np.float32), positions, fit)
    steps = head.expression_basis.reshape(-1, 3) @ fit.linear.T.astype(np.float32)
    basis = steps.reshape(len(head.expression_basis), -1)
    track = expression_track(head, motion, rows)
    return replace(carried_motion(rest, basis, track, lead, tail), fit=fit)


def carried_motion(
    rest: Floats, basis: Floats, track: ExpressionTrack, lead: int = 0, tail: int = 0
) -> VertexMotion:
    """The vertices of any mesh, for which a basis was made: rest + beta @ basis.

    Args:
        rest: (W, 3) positions in the mesh's space.
        basis: (64, 3 W) displacement of each beta there.
        track: beta of each frame.
        lead: frames in front in which the face comes from rest.
        tail: frames behind in which it goes back.
    """
    beta = track.beta
    rise = np.arange(lead, dtype=np.float32) / max(lead, 1)
    fall = 1 - np.arange(1, tail + 1, dtype=np.float32) / max(tail, 1)
    extended = np.concatenate([rise[:, None] * beta[:1], beta, fall[:, None] * beta[-1:]])
    return VertexMotion(np.asarray(rest, np.float32), extended, basis, None, None)


def _check_vertices(head: Head, positions: Floats) -> None:
    if positions.shape[1:] != head.template.shape:
        raise InputError(
            f"The motion holds {positions.shape[1]} vertices a frame, expected the {head.vertex_count} of "
            "the built-in head: generate it again."
        )
