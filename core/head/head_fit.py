# SPDX-License-Identifier: GPL-3.0-or-later
"""From the head's own axes and metres into a mesh of its topology: turned, in centimetres, sculpted.

V is the number of vertices.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

Doubles = NDArray[np.float64]

_EXACT: Final = 1e-4
"""Residual, relative to the mesh's size, below which the mesh is the template itself, only transformed."""

_SAME_SHAPE: Final = 0.5
"""Residual above which a mesh is no head of this topology: people stay below 0.09, and vertices in
another order come close to 1."""

_UNITS: Final = (1.0, 10.0, 100.0, 1000.0, 0.1, 0.01, 0.001, 1 / 0.0254, 1 / 0.3048)
"""Lengths of a metre in units that meshes are made in."""

_UNIT_TOLERANCE: Final = 0.12
"""Of 300 sampled people, fits are 0.90 to 1.07 in size; this close to a unit is a person, not a scale."""

_TURN_TOLERANCE: Final = np.radians(8.0)
"""They turn by up to 4.6 degrees."""


@dataclass(frozen=True)
class HeadFit:
    """How the head lies in a mesh: position p in head axes is about `linear @ p + offset` there.

    Attributes:
        linear: (3, 3) what displacements are multiplied with.
        offset: (3,) the place of the head's origin.
        residual: what the fit leaves, relative to the mesh's size; 0 for the template itself.
    """

    linear: Doubles
    offset: Doubles
    residual: float

    @property
    def same_shape(self) -> bool:
        """Whether the mesh is a head with its vertices in this order."""
        return self.residual < _SAME_SHAPE


def fit_head(template: NDArray[np.floating], rest: NDArray[np.floating]) -> HeadFit:
    """Find how the template (V, 3) lies in a mesh at rest (V, 3), whoever it was sculpted to.

    A mesh that is the template transformed, non-uniformly too, is found exactly. For any other the nearest
    similarity (Umeyama, IEEE TPAMI 13(4), 1991; mirror images allowed) is taken, set to whole quarter turns
    and common units where it is near to them: what is left of it there is the person's own shape.
    """
    source, goal = np.asarray(template, np.float64), np.asarray(rest, np.float64)
    source_middle, goal_middle = source.mean(axis=0), goal.mean(axis=0)
    centred, goal_centred = source - source_middle, goal - goal_middle
    size = float(np.linalg.norm(goal_centred))
    if not 0 < size < np.inf:
        return HeadFit(np.zeros((3, 3)), goal_middle, np.inf)

    def fit(linear: Doubles) -> HeadFit:
        residual = np.linalg.norm(centred @ linear.T - goal_centred) / size
        return HeadFit(linear, goal_middle - linear @ source_middle, float(residual))

    affine = fit(np.linalg.lstsq(centred, goal_centred, rcond=None)[0].T)
    if affine.residual < _EXACT:
        return affine
    left, strengths, right = np.linalg.svd(goal_centred.T @ centred)
    turn = left @ right
    scale = strengths.sum() / (centred**2).sum()
    similar = fit(scale * turn)
    if not similar.same_shape:
        return similar
    return fit(_nearest_unit(scale) * _nearest_quarter_turn(turn))


def _nearest_unit(scale: float) -> float:
    nearest = min(_UNITS, key=lambda unit: abs(np.log(scale / unit)))
    return nearest if abs(scale / nearest - 1) < _UNIT_TOLERANCE else scale


def _nearest_quarter_turn(turn: Doubles) -> Doubles:
    axes = np.abs(turn).argmax(axis=1)
    if len(set(axes.tolist())) < 3:
        return turn
    whole = np.zeros((3, 3))
    whole[range(3), axes] = np.sign(turn[range(3), axes])
    angle = np.arccos(np.clip((np.trace(turn @ whole.T) - 1) / 2, -1, 1))
    return whole if angle < _TURN_TOLERANCE else turn
