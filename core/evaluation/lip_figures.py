# SPDX-License-Identifier: GPL-3.0-or-later
"""How near animations of whole clips come to the captured ones, through the head's geometry.

Shape letters: F frames.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..head import load_head
from .vertex_metrics import (
    face_dynamics_deviation,
    lip_errors,
    lip_opening,
    lip_score,
    mouth_opening_deviation,
)


@dataclass(frozen=True)
class LipFigures:
    """Means over the frames of all clips.

    Attributes:
        error: mm, mean over frames of the largest error of a lip vertex.
        lve: mm^2, mean over frames of the largest squared error.
        gap: correlation of the lip gap, each clip from its own mean.
        mod: mm, mean difference of the mouth's opening.
        fdd, fdd_size: mm^2, mean over clips of the upper face's dynamics deviation and of its size; not a
            number where no upper face was captured.
    """

    error: float
    lve: float
    gap: float
    mod: float
    fdd: float
    fdd_size: float


def lip_figures(
    made: Sequence[NDArray[np.float32]], truths: Sequence[NDArray[np.float32]], has_upper: Sequence[bool]
) -> LipFigures:
    """How near animations come to captured clips.

    Args:
        made, truths: beta (F, 64) of each clip.
        has_upper: whether lids and brows of the clip were captured.
    """
    head = load_head()
    pairs = list(zip(made, truths, strict=True))
    errors = np.concatenate([lip_errors(*pair, head) for pair in pairs])
    gaps = [(lip_opening(own, head), lip_opening(true, head)) for own, true in pairs]
    own, true = (np.concatenate([curve - curve.mean() for curve in side]) for side in zip(*gaps, strict=True))
    size = np.sqrt((own @ own) * (true @ true))
    deviations = [
        face_dynamics_deviation(*pair, head) for pair, seen in zip(pairs, has_upper, strict=True) if seen
    ]
    score = lip_score(errors)
    return LipFigures(
        error=score.error,
        lve=score.lve,
        gap=float(own @ true / size) if size > 0 else 0.0,
        mod=float(
            np.average(
                [mouth_opening_deviation(*pair, head) for pair in pairs],
                weights=[len(each) for each in made],
            )
        ),
        fdd=float(np.mean(deviations)) if deviations else float("nan"),
        fdd_size=float(np.mean(np.abs(deviations))) if deviations else float("nan"),
    )
