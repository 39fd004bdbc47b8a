# SPDX-License-Identifier: GPL-3.0-or-later
"""How near generated lips come to captured ones, while a network is trained.

Shape letters: F frames, B = 64 coefficients.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from ..head import load_head
from .losses import MILLIMETRES, lip_measures


def lip_agreement(
    pairs: Sequence[tuple[NDArray[np.floating], NDArray[np.floating]]],
) -> dict[str, float]:
    """Figures over some clips.

    Args:
        pairs: made and captured beta of each clip, both (F, 64).

    Returns:
        Correlation of the lip gap ("gap") and the mouth's width ("width"), each clip from its own mean, and
        the mean over frames of the largest error of a lip vertex in mm ("lips mm").
    """
    matrix = lip_measures()[0][:, [0, -1]]
    head = load_head()
    lips = np.flatnonzero(head.regions["lips"][head.spans["skin"]] > 0.5)
    basis = head.expression_basis_at(lips) * MILLIMETRES
    sides, errors = [], []
    for made, captured in pairs:
        curves = np.stack([made @ matrix, captured @ matrix])
        sides.append(curves - curves.mean(axis=1, keepdims=True))
        distance = np.einsum("fb,bvc->fvc", made - captured, basis)
        errors.append(np.sqrt((distance**2).sum(axis=-1).max(axis=-1)))
    own, true = np.concatenate(sides, axis=1)
    size = np.sqrt((own**2).sum(axis=0) * (true**2).sum(axis=0))
    gap, width = (own * true).sum(axis=0) / np.maximum(size, 1e-12)
    return {"gap": float(gap), "width": float(width), "lips mm": float(np.concatenate(errors).mean())}
