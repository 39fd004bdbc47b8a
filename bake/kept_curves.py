# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether the F-curves of a take are still as they were baked, kept with its action.

Layers (`bake.layers`) say what was baked, not what somebody did to the keys afterwards. Of each curve a
digest is kept of its keys, with the frame of the first: curves that were all moved in time together are known
again.
"""

import hashlib
from collections.abc import Iterable, Mapping
from typing import Any, Final

import bpy
import numpy as np

from .blocked import value_path

PROPERTY: Final = "soliloquy_curves"
"""Custom property of an action: by slot and shape key, first frame and digest of its curve."""


def note_curves(
    action: bpy.types.Action, layer_key: str, curves: "Mapping[str, bpy.types.FCurve]", keys: Iterable[str]
) -> None:
    """Remember how the curves of some shape keys are now, in place of what was remembered.

    Args:
        action: that holds them.
        layer_key: of the datablock (`TakeAction.layer_key`).
        curves: by data path.
        keys: names of shape keys.
    """
    stored = action[PROPERTY].to_dict() if PROPERTY in action else {}
    noted = {key: curves[value_path(key)] for key in keys if value_path(key) in curves}
    stored[layer_key] = {key: _facts_of(curve) for key, curve in noted.items()}
    action[PROPERTY] = stored


def moved_by(
    action: bpy.types.Action, layer_key: str, curves: "Mapping[str, bpy.types.FCurve]"
) -> dict[str, float]:
    """Shape keys whose curves are as they were noted, and by how many frames each was moved in time since."""
    stored: Any = action.get(PROPERTY, {})
    noted = stored.get(layer_key, stored.get("0", {}))
    moved = {}
    for key, facts in noted.items():
        curve = curves.get(value_path(key))
        if curve is None:
            continue
        first, digest = _facts_of(curve)
        if str(facts[1]) == digest:
            moved[key] = float(first) - float(facts[0])
    return moved


def _facts_of(curve: bpy.types.FCurve) -> list[str]:
    """First frame of a curve, and a digest of its keys from there on."""
    points = curve.keyframe_points
    if len(points) == 0:
        return ["0", ""]
    places = np.empty(2 * len(points), np.float32)
    kinds = np.empty(len(points), np.int32)
    points.foreach_get("co", places)
    points.foreach_get("interpolation", kinds)
    first = float(places[0])
    # Frames in steps in which adding and taking away again is exact.
    steps = np.round((places[::2].astype(np.float64) - first) * 256).astype("<i8")
    digest = hashlib.blake2b(digest_size=12)
    digest.update(steps.tobytes() + places[1::2].astype("<f4").tobytes() + kinds.astype("<i4").tobytes())
    digest.update(repr((curve.extrapolation, len(curve.modifiers))).encode())
    return [repr(first), digest.hexdigest()]
