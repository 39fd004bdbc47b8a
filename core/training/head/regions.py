# SPDX-License-Identifier: GPL-3.0-or-later
"""Soft regions of the face, one weight from 0 to 1 a vertex."""

import numpy as np
from numpy.typing import NDArray

from .rings import LID_FRONT, MOUTH_BORDER, MOUTH_CONTACT, Rings


def _near(vertices: NDArray, seeds: NDArray, inside: float, outside: float) -> NDArray[np.float64]:
    """1 within `inside` metres of the seed vertices, 0 beyond `outside`, smooth between."""
    distance = np.full(len(vertices), np.inf)
    for seed in np.unique(seeds):
        distance = np.minimum(distance, np.linalg.norm(vertices - vertices[seed], axis=1))
    t = np.clip((outside - distance) / (outside - inside), 0, 1)
    return t * t * (3 - 2 * t)


def _ramp(values: NDArray, low: float, high: float) -> NDArray[np.float64]:
    t = np.clip((values - low) / (high - low), 0, 1)
    return t * t * (3 - 2 * t)


def find_regions(
    vertices: NDArray[np.float64], rings: Rings, landmarks: dict[str, NDArray[np.int64]], jaw_open: NDArray
) -> dict[str, NDArray[np.float32]]:
    """Masks (V,) `lips`, `mouth`, `eyelids`, `upper_face`, `jaw` over `vertices` (V, 3) metres."""
    lips = _near(vertices, rings.mouth[MOUTH_BORDER : MOUTH_CONTACT + 2], 0.001, 0.006)
    mouth = _near(vertices, rings.mouth[MOUTH_BORDER : MOUTH_CONTACT + 1], 0.012, 0.035)
    lids = np.concatenate([rings.left_eye[2 : LID_FRONT + 3], rings.right_eye[2 : LID_FRONT + 3]])
    eyelids = _near(vertices, lids, 0.001, 0.007)
    nose = vertices[landmarks["face68"][33], 1]
    bridge = vertices[landmarks["face68"][27], 1]
    chin_depth = vertices[landmarks["face68"][8], 2]
    facing = _ramp(vertices[:, 2], chin_depth - 0.10, chin_depth - 0.05)
    upper_face = _ramp(vertices[:, 1], nose, bridge) * facing
    moved = np.linalg.norm(jaw_open, axis=1)
    jaw = _ramp(moved, 0.0, 0.5 * float(np.quantile(moved[moved > 0.001], 0.95)))
    masks = {"lips": lips, "mouth": mouth, "eyelids": eyelids, "upper_face": upper_face, "jaw": jaw}
    return {name: mask.astype(np.float32) for name, mask in masks.items()}
