# SPDX-License-Identifier: GPL-3.0-or-later
"""What each part of a performance adds to a face made of bones, kept with the armature's action.

As with shape keys (`bake.layers`), so that one part can be baked again without the others on bones that
several parts move.
"""

from contextlib import ExitStack

import numpy as np
from numpy.typing import NDArray

from ...core.retarget.arkit import PARTS, arkit_indices
from ..action import TakeAction
from ..kept_property import keep_property
from ..layers import PROPERTY, Layer, read_layers, write_layers


def store_parts(
    action: TakeAction,
    parts: tuple[str, ...],
    weights: NDArray[np.float32],
    take: str,
    first: int,
    *,
    whole: bool,
    rollback: ExitStack,
) -> dict[str, Layer]:
    """Put parts of a motion into the layers of an action, to be as they were when `rollback` unwinds.

    Args:
        action: the armature's.
        parts: that are baked.
        weights: (F, 52) ARKit weights in 0..1.
        take: name of the take.
        first: frame of the first row.
        whole: the take's other frames are forgotten.

    Returns:
        All layers, by part.
    """
    data = action.action
    layers = read_layers(data, action.layer_key)
    span = (take, first, first + len(weights) - 1)
    for part in parts:
        new = Layer(first, PARTS[part], weights[:, arkit_indices(PARTS[part])], (span,))
        if part in layers:
            new = (layers[part].without_take(take) if whole else layers[part]).updated(new)
        layers[part] = new
    keep_property(data, PROPERTY, rollback)
    write_layers(data, action.layer_key, layers)
    return layers
