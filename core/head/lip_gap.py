# SPDX-License-Identifier: GPL-3.0-or-later
"""How far the built-in head's lips are apart, which is linear in its ARKit weights."""

from dataclasses import dataclass
from functools import cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from .head_model import load_head

CLOSED_GAP: Final = 0.02
"""Lips nearer than this part of the mouth's width are closed."""


@dataclass(frozen=True)
class LipGap:
    """The height between the middles of the inner lips.

    Attributes:
        rest: metres at rest; negative where the lips overlap.
        slopes: (52,) metres for each ARKit weight.
        closed: metres below which the lips are closed.
    """

    rest: float
    slopes: NDArray[np.float64]
    closed: float

    def heights(self, weights: NDArray[np.floating]) -> NDArray[np.float64]:
        """Metres (F,) at ARKit weights (F, 52); negative where the lips overlap."""
        return self.rest + np.asarray(weights, np.float64) @ self.slopes


@cache
def lip_gap_model() -> LipGap:
    """The lip gap of the built-in head; read once.

    Raises:
        ModelError: the head's file is missing or broken.
    """
    head = load_head()
    upper, lower = head.landmarks["inner_lip_upper"], head.landmarks["inner_lip_lower"]
    top, bottom = upper[len(upper) // 2], lower[len(lower) // 2]
    template, deltas = head.template.astype(np.float64), head.arkit_deltas.astype(np.float64)
    right, left = template[head.landmarks["mouth_corners"]]
    return LipGap(
        rest=float(template[top, 1] - template[bottom, 1]),
        slopes=deltas[:, top, 1] - deltas[:, bottom, 1],
        closed=CLOSED_GAP * float(np.linalg.norm(left - right)),
    )
