# SPDX-License-Identifier: GPL-3.0-or-later
"""What a measured key does, in words that a user knows: the ARKit shapes that it comes near to.

Shape letters: K keys, S samples of the face (`face_features`).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from .arkit import ARKIT_NAMES, GAZE_NAMES
from .face_features import face_features
from .measured_shapes import MeasuredShapes

_WORTH_NAMING: Final = 0.1
"""Weight below which an ARKit shape is not named, beside the strongest of a key. Our own choice."""
_LARGEST: Final = 1.5
"""Weight above which a shape says no more what a key does: small ones would be blown up. Our own choice."""


@dataclass(frozen=True)
class ShapeMeaning:
    """What a key does.

    Attributes:
        weights: ARKit name -> weight, the strongest first; empty where no ARKit shape comes near.
        likeness: how much of the key's movement they are, 0..1: one less its unexplained share of squares.
        movement: how far the key moves the face at most, metres of a head of the built-in one's size.
    """

    weights: Mapping[str, float]
    likeness: float
    movement: float


def shape_meanings(shapes: MeasuredShapes) -> dict[str, ShapeMeaning]:
    """What each measured key does, by the key: bounded least squares over the ARKit shapes but the gaze's."""
    arkit = face_features().arkit.reshape(len(ARKIT_NAMES), -1)
    # Eyeballs have no samples; what little else the gaze moves is no word for anything.
    moving = np.array([row for row, name in enumerate(ARKIT_NAMES) if name not in GAZE_NAMES])
    # Of equal distances with 52 rows instead of three for each sample: nnls takes a fraction of the time.
    basis, triangle = np.linalg.qr(arkit[moving].T)
    found = {}
    for key, displacements in zip(shapes.keys, shapes.displacements, strict=True):
        movement = float(np.linalg.norm(displacements, axis=1).max())
        flat = displacements.ravel()
        total = float(flat @ flat)
        if total == 0:
            found[key] = ShapeMeaning({}, 0.0, movement)
            continue
        weights = _fitted(triangle, basis.T @ flat)
        left = flat - weights @ arkit[moving]
        named = [
            (ARKIT_NAMES[moving[row]], float(weights[row]))
            for row in np.argsort(-weights)
            if weights[row] > _WORTH_NAMING * weights.max() > 0
        ]
        found[key] = ShapeMeaning(dict(named), float(1 - left @ left / total), movement)
    return found


def _fitted(columns: NDArray[np.float64], wanted: NDArray[np.float64]) -> NDArray[np.float64]:
    from scipy.optimize import lsq_linear, nnls

    weights, _ = nnls(columns, wanted)
    if weights.max() > _LARGEST:
        # Ten times as slow, and seldom needed.
        weights = lsq_linear(columns, wanted, (0, _LARGEST), method="bvls").x
    return weights
