# SPDX-License-Identifier: GPL-3.0-or-later
"""Own corrections at the lips: they meet in the neutral face and wherever a shape means them to.

hm08's lips stand 1-3 mm apart and the ARKit targets were modelled on another face, so the template's
lips are brought together, and each shape of a closed mouth (`CLOSED_SHAPES`), as well as jawOpen with
mouthClose, is changed just enough that the lips neither gap nor pass through each other.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from .rings import MOUTH_CONTACT, MOUTH_CORNER, Rings

_COLUMNS: Final = 38
_RIGHT_CORNER: Final = _COLUMNS - MOUTH_CORNER

UPPER_COLUMNS: Final = (*range(_RIGHT_CORNER, _COLUMNS), *range(MOUTH_CORNER + 1))
"""Upper lip from the right corner to the left corner."""

LOWER_COLUMNS: Final = tuple(range(_RIGHT_CORNER, MOUTH_CORNER - 1, -1))
"""Lower lip from the right corner to the left corner."""

_FALLOFF_CONTACT: Final = (0, 0, 0, 0, 0, 0.12, 0.35, 0.7, 1, 0.85, 0.55, 0.2, 0, 0)
"""How far a correction at the contact line moves each mouth ring: the lip's inner rim only."""

_FALLOFF_LIP: Final = (0.1, 0.3, 0.6, 0.75, 0.9, 1, 1, 1, 1, 1, 1, 0.8, 0.5, 0.2)
"""The same for a correction that moves the whole lip."""

OVERLAP: Final = 0.0004
"""Metres by which closed lips overlap, so that no light shows between their edges."""

_JAW_UPPER_SHARE: Final = 0.3
"""Share of the upper lip in corrections of jawOpen and mouthClose."""

CLOSED_SHAPES: Final = (
    "jawForward",
    "jawRight",
    "jawLeft",
    "mouthPucker",
    "mouthRight",
    "mouthLeft",
    "mouthSmileLeft",
    "mouthSmileRight",
    "mouthFrownLeft",
    "mouthFrownRight",
    "mouthDimpleLeft",
    "mouthDimpleRight",
    "mouthStretchLeft",
    "mouthStretchRight",
    "mouthRollLower",
    "mouthRollUpper",
    "mouthShrugLower",
    "mouthShrugUpper",
    "mouthPressLeft",
    "mouthPressRight",
    "cheekPuff",
)
"""Shapes in which, alone on a closed mouth, the lips stay together."""


def contact_gap(
    neutral: NDArray[np.float64], moved: NDArray[np.float64], rings: Rings
) -> NDArray[np.float64]:
    """(38, 3) metres: upper minus lower lip at each column of the contact ring, in the moved face.

    Partners are points at the same share of the neutral mouth's width; both arrays are (V, 3).
    """
    ring = rings.mouth[MOUTH_CONTACT]
    gap = np.zeros((_COLUMNS, 3))
    upper, lower = ring[list(UPPER_COLUMNS)], ring[list(LOWER_COLUMNS)]
    for columns, own, other, sign in (
        (UPPER_COLUMNS, upper, lower, 1.0),
        (LOWER_COLUMNS, lower, upper, -1.0),
    ):
        for axis in range(3):
            partner = np.interp(neutral[own, 0], neutral[other, 0], moved[other, axis])
            gap[list(columns), axis] = sign * (moved[own, axis] - partner)
    gap[[MOUTH_CORNER, _RIGHT_CORNER]] = 0
    return gap


def _excess(
    neutral: NDArray[np.float64], displacement: NDArray[np.float64], rings: Rings
) -> NDArray[np.float64]:
    """(38, 3) metres: what a shape adds to the contact gap."""
    return contact_gap(neutral, neutral + displacement, rings) - contact_gap(neutral, neutral, rings)


def _width_share(neutral: NDArray[np.float64], rings: Rings) -> NDArray[np.float64]:
    """(38,): distance of each column from the middle, 1 at the corners."""
    x = np.abs(neutral[rings.mouth[MOUTH_CONTACT], 0])
    return np.clip(x / x[MOUTH_CORNER], 0, 1)


def _spread(
    gap: NDArray[np.float64], rings: Rings, falloff: tuple[float, ...], upper_share: float, count: int
) -> NDArray[np.float64]:
    """(count, 3): displacement that takes `gap` (38, 3) away, faded out over the mouth rings."""
    move = np.zeros((_COLUMNS, 3))
    uppers, lowers = list(UPPER_COLUMNS), list(LOWER_COLUMNS)
    move[uppers] -= upper_share * gap[uppers]
    move[lowers] += (1 - upper_share) * gap[lowers]
    # The corners belong to both lips and have no gap of their own.
    move[[MOUTH_CORNER, _RIGHT_CORNER]] = 0
    displacement = np.zeros((count, 3))
    for ring, share in zip(rings.mouth, falloff, strict=True):
        displacement[ring] = share * move
    return displacement


def close_neutral(vertices: NDArray[np.float64], rings: Rings) -> NDArray[np.float64]:
    """(V, 3) metres: displacement of the template that brings the lips together at the contact line."""
    gap = contact_gap(vertices, vertices, rings)
    gap[:, 1] += OVERLAP * np.clip(4 * (1 - _width_share(vertices, rings)), 0, 1)
    return _spread(gap, rings, _FALLOFF_CONTACT, 0.5, len(vertices))


def keep_closed(
    neutral: NDArray[np.float64], displacement: NDArray[np.float64], rings: Rings
) -> NDArray[np.float64]:
    """(V, 3) metres: addition to `displacement` that keeps the lips of a closed-mouth shape together.

    Only the vertical gap is closed: lips may slide along each other (jaw to the side) and stand behind each
    other (lip rolled in).
    """
    gap = _excess(neutral, displacement, rings)
    gap[:, [0, 2]] = 0
    return _spread(gap, rings, _FALLOFF_LIP, 0.5, len(neutral))


def part_crossed(
    neutral: NDArray[np.float64], displacement: NDArray[np.float64], rings: Rings
) -> NDArray[np.float64]:
    """(V, 3) metres: addition to a shape that opens the lips, where it would make them cross."""
    gap = _excess(neutral, displacement, rings)
    gap[:, [0, 2]] = 0
    return _spread(np.minimum(gap, 0), rings, _FALLOFF_LIP, 0.5, len(neutral))


def mend_mouth_close(
    neutral: NDArray[np.float64],
    jaw_open: NDArray[np.float64],
    mouth_close: NDArray[np.float64],
    rings: Rings,
) -> NDArray[np.float64]:
    """(V, 3) metres: addition to mouthClose so that with jawOpen = mouthClose = 1 the lips just meet."""
    gap = _excess(neutral, jaw_open + mouth_close, rings)
    return _spread(gap, rings, _FALLOFF_LIP, _JAW_UPPER_SHARE, len(neutral))


def round_opening(
    neutral: NDArray[np.float64],
    displacement: NDArray[np.float64],
    rings: Rings,
    height: float,
    amount: float,
    power: float = 0.5,
    upper_share: float = _JAW_UPPER_SHARE,
) -> NDArray[np.float64]:
    """(V, 3) metres: addition to an opening shape that makes the gap an ellipse instead of a lozenge.

    `height` is the wanted gap in the middle over the shape's own, `amount` 0..1 how far to go. `power` 0.5
    makes an ellipse as wide as the mouth, 1 a parabola that narrows towards the corners.
    """
    gap = _excess(neutral, displacement, rings)
    share = _width_share(neutral, rings)
    wanted = height * gap[0, 1] * (1 - share**2) ** power
    change = np.zeros_like(gap)
    change[:, 1] = amount * (gap[:, 1] - wanted)
    return _spread(change, rings, _FALLOFF_LIP, upper_share, len(neutral))
