# SPDX-License-Identifier: GPL-3.0-or-later
"""How carriers turn without what was written here: by hand, or as they stood before.

N is the number of frames.
"""

from collections.abc import Sequence
from contextlib import ExitStack

import bpy
import numpy as np
from numpy.typing import NDArray

from ..action import assigned_channels, assigned_take, take_action
from ..curve_keys import CurveKeys
from .joints import Joint
from .stored import ChannelStore, adopt_renamed, read_store


def is_turned_below(joint: Joint) -> bool:
    """Whether a carrier has keys of its own below what was written here."""
    return any(len(keys) for keys, _ in _channels(joint))


def rotations_below(joint: Joint, frames: Sequence[int]) -> NDArray[np.float64]:
    """Rotations (N, 3, 3) of a carrier at some frames as if nothing had been written here.

    They are those of its own keys, else what it held before it was first animated here. NLA strips are not
    looked at.
    """
    columns = np.empty((len(frames), 0))
    # An object that nobody sees has a curve on which any keys can be evaluated.
    with ExitStack() as rollback:
        probe = bpy.data.objects.new("soliloquy", None)
        rollback.callback(bpy.data.objects.remove, probe)
        curve = take_action(probe, "soliloquy", rollback).new_curve("location")
        for keys, rest in _channels(joint):
            values = np.full(len(frames), rest)
            if len(keys):
                keys.write(curve)
                values = np.array([curve.evaluate(frame) for frame in frames])
            columns = np.column_stack([columns, values])
    return joint.matrices(columns)


def _channels(joint: Joint) -> list[tuple[CurveKeys, float]]:
    """Own keys, and the value without any, of each channel of the rotation."""
    name = joint.rotation_property
    curves, take = assigned_channels(joint.obj), assigned_take(joint.obj)
    stored: dict[tuple[str, int], ChannelStore] = {}
    if take is not None:
        joints = read_store(take.action, take.layer_key)
        adopt_renamed(joints, joint, curves)
        own = joints.get("" if joint.bone is None else joint.bone.name)
        stored = {} if own is None else own.channels
    found = []
    for index, value in enumerate(joint.values(name).tolist()):
        channel = joint.path(name), index
        keys = CurveKeys.read(curves[channel]) if channel in curves else CurveKeys.none()
        if channel in stored:
            keys, value = stored[channel].all_base(keys), stored[channel].rest
        found.append((keys, value))
    return found
