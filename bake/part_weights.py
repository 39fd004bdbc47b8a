# SPDX-License-Identifier: GPL-3.0-or-later
"""What each part of a motion adds to the channels of a face.

F is the number of frames.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from ..core.head import load_head
from ..core.motion import FaceMotion
from ..core.retarget.arkit import ARKIT_INDEX, ARKIT_NAMES, EMOTION, PARTS, arkit_indices
from .channels import REST
from .layers import Layer, Span
from .written import sum_of


@dataclass(frozen=True)
class PartWeights:
    """A motion, taken apart into what is added up again when it is keyed.

    Attributes:
        plain: (F, 52) ARKit weights in 0..1 without emotion; each channel belongs to one part.
        emotion: (F, 52) in -1..1, what emotion and idle motion add to any of them.
    """

    plain: NDArray[np.float32]
    emotion: NDArray[np.float32]

    @classmethod
    def of(cls, motion: FaceMotion, rows: slice) -> "PartWeights":
        """Those of some rows of a motion."""
        weights = np.clip(np.asarray(motion.weights[rows], np.float32), 0, 1)
        if motion.emotion is None:
            return cls(weights, np.zeros_like(weights))
        emotion = np.clip(np.asarray(motion.emotion[rows], np.float32), -1, 1)
        return cls(np.clip(weights - emotion, 0, 1), emotion)

    def __len__(self) -> int:
        return len(self.plain)

    def layer(self, part: str, first_frame: int, span: Span) -> Layer:
        """The layer of one part of a take, from a scene frame on."""
        if part == EMOTION:
            return Layer(first_frame, ARKIT_NAMES, self.emotion, (span,))
        names = PARTS[part]
        return Layer(first_frame, names, self.plain[:, arkit_indices(names)], (span,))

    def then(self, shares: NDArray[np.float32]) -> "PartWeights":
        """The same with more frames at the end, that hold shares (T,) of the last one."""
        plain, emotion = (
            np.concatenate([each, each[-1] * shares[:, None]]) for each in (self.plain, self.emotion)
        )
        return PartWeights(plain, emotion)


def without_emotion(motion: FaceMotion) -> FaceMotion:
    """A motion without what emotion and idle motion changed of it, expression coefficients included."""
    if motion.emotion is None:
        return motion
    expression = motion.expression - motion.emotion @ load_head().arkit_to_expression.T
    weights = np.clip(motion.weights - motion.emotion, 0, 1)
    return replace(motion, weights=weights, expression=expression.astype(np.float32), emotion=None)


def reached_parts(
    parts: tuple[str, ...], layers: Mapping[str, Layer], emotion: NDArray[np.float32]
) -> tuple[str, ...]:
    """The parts of `PARTS` whose channels change when some parts are baked.

    Args:
        parts: of `FACE_PARTS`, those that are baked.
        layers: what was baked before, by part.
        emotion: (F, 52) of the motion that is baked.
    """
    moved: set[str] = set()
    if EMOTION in parts:
        before = layers.get(EMOTION)
        kept = () if before is None else zip(before.channels, before.weights.any(axis=0), strict=True)
        moved = {name for name, moves in kept if moves}
        moved |= {name for name, index in ARKIT_INDEX.items() if emotion[:, index].any()}
    return tuple(part for part, names in PARTS.items() if part in parts or moved.intersection(names))


def freed_parts(parts: tuple[str, ...], reached: tuple[str, ...]) -> tuple[str, ...]:
    """The parts whose shape keys a bake asks for itself, so that it may be refused or clear what blocks them.

    Emotion that comes along with other parts takes the rest of the face as it is.

    Args:
        parts: of `FACE_PARTS`, those that are baked.
        reached: those whose channels change (`reached_parts`).
    """
    return reached if parts == (EMOTION,) else parts


def moved_by_emotion(
    before: Mapping[str, Layer],
    after: Mapping[str, Layer],
    ranges: Iterable[tuple[int, int]],
    values_of: Callable[[NDArray[np.float32]], NDArray[np.floating]],
) -> NDArray[np.bool_]:
    """Which keys emotion moves, or moved before, within some frames.

    Args:
        before: layers by part, as they were before a bake.
        after: as they are now.
        ranges: first and last of the frames.
        values_of: values (F, K) of the keys for weights (F, 52).

    Returns:
        (K,) bool.
    """
    moved = np.zeros(values_of(np.zeros((1, len(ARKIT_NAMES)), np.float32)).shape[1], bool)
    for low, high in ranges:
        for each in (before, after):
            plain = {part: layer for part, layer in each.items() if part != EMOTION}
            felt, spoken = (sum_of(one, low, high + 1 - low) for one in (each, plain))
            rows = (felt != spoken).any(axis=1)
            if rows.any():
                moved |= np.abs(values_of(felt[rows]) - values_of(spoken[rows])).max(axis=0) > REST
    return moved
