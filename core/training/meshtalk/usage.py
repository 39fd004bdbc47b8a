# SPDX-License-Identifier: GPL-3.0-or-later
"""How much of the categorical space is used. Shape letters: F frames, H heads."""

import numpy as np
from numpy.typing import NDArray


def head_perplexity(labels: NDArray[np.integer], classes: int) -> NDArray[np.float64]:
    """(H,) of labels (F, H): how many classes each head really uses; 1 is a dead head."""
    counts = np.stack([np.bincount(column, minlength=classes) for column in labels.T])
    share = counts / counts.sum(axis=1, keepdims=True)
    return np.exp(-(share * np.log(np.maximum(share, 1e-12))).sum(axis=1))
