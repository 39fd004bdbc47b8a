# SPDX-License-Identifier: GPL-3.0-or-later
"""What each part of a performance adds to a face made of bones, kept with the armature's action.

As with shape keys (`bake.layers`), so that one part can be baked again without the others on bones that
several parts move.
"""

from contextlib import ExitStack

from ...core.retarget.arkit import EMOTION
from ..action import TakeAction
from ..kept_property import keep_property
from ..layers import PROPERTY, Layer, read_layers, write_layers
from ..part_weights import PartWeights


def store_parts(
    action: TakeAction,
    parts: tuple[str, ...],
    weights: PartWeights,
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
        weights: what each part adds.
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
        if part == EMOTION and part not in layers and not weights.emotion.any():
            continue
        new = weights.layer(part, first, span)
        if part in layers:
            new = (layers[part].without_take(take) if whole else layers[part]).updated(new)
        layers[part] = new
    keep_property(data, PROPERTY, rollback)
    write_layers(data, action.layer_key, layers)
    return layers
