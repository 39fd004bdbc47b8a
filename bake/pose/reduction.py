# SPDX-License-Identifier: GPL-3.0-or-later
"""Fewer keys for a rotation, so that what Blender makes of them between the keys stays within an angle.

N is the number of frames, C of channels.
"""

import numpy as np
from numpy.typing import NDArray

from ...core.head_rotation import degrees_between
from ..key_reduction import largest_of_runs, reduce_keys
from .joints import Joint

Floats = NDArray[np.float64]


def rows_within(
    joint: Joint,
    values: Floats,
    rotations: Floats,
    error: float | None,
    kept: NDArray[np.bool_] | None = None,
) -> NDArray[np.intp]:
    """Rows that get keys; all channels of a rotation have their keys on the same frames.

    Args:
        joint: the carrier, for its rotation mode.
        values: (N, C) of the rotation property.
        rotations: (N, 3, 3) that they mean.
        error: degrees; None for every row.
        kept: (N,) rows that get keys whatever the error.
    """
    if error is None:
        return np.arange(len(values))
    # A guess from each channel alone; what it leaves beyond the error is mended by looking at rotations.
    keep = np.zeros(len(values), bool) if kept is None else kept.copy()
    for column in _in_radians(joint, values).T:
        keep |= reduce_keys(column, np.radians(error), kept)
    frames = np.arange(len(values))
    while True:
        rows = np.flatnonzero(keep)
        lines = np.stack([np.interp(frames, rows, column[rows]) for column in values.T], axis=1)
        off = degrees_between(joint.matrices(lines), rotations)
        over = (off > error) & ~keep
        if not over.any():
            return rows
        keep |= largest_of_runs(over, off)


def _in_radians(joint: Joint, values: Floats) -> Floats:
    """What values (N, C) turn by, in radians about some axes (N, 3 or 4)."""
    if joint.rotation_mode == "QUATERNION":
        return 2 * values
    if joint.rotation_mode == "AXIS_ANGLE":
        # An axis matters as far as is turned about it.
        return values[:, :1] * values[:, 1:]
    return values


def rows_near(values: Floats, error: float | None, kept: NDArray[np.bool_] | None = None) -> NDArray[np.intp]:
    """Rows of values (N, C) that get keys so that every channel stays within the error; see `rows_within`."""
    if error is None:
        return np.arange(len(values))
    keep = np.zeros(len(values), bool) if kept is None else kept.copy()
    for column in values.T:
        keep |= reduce_keys(column, max(error, 1e-9), kept)
    return np.flatnonzero(keep)
