# SPDX-License-Identifier: GPL-3.0-or-later
"""Own corrections at the lids: eyeBlink closes them on the template and keeps them in front of the eyeball.

The CC0 target was modelled on a face with wider eyes; on the template the upper lid would end 4 mm below
the lower one. Its excess is taken back column by column, lashes included.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from .rings import INNER_CORNER, LID_FRONT, OUTER_CORNER

_COLUMNS: Final = 28

UPPER_LID: Final = (*range(INNER_CORNER, _COLUMNS), *range(OUTER_CORNER + 1))
"""Columns of an eye ring along the upper lid from the inner to the outer corner."""

LOWER_LID: Final = tuple(range(INNER_CORNER, OUTER_CORNER - 1, -1))
"""Columns along the lower lid from the inner to the outer corner."""

_FALLOFF: Final = (0, 0.02, 0.2, 0.67, 0.9, 0.95, 1, 1, 1, 1, 0.95, 0.85, 0.7, 0.4)
"""How far a correction of the margin moves each eye ring: as the CC0 blink itself fades out."""

LID_CLEARANCE: Final = 0.0006
"""Metres that the outer lid stays in front of the eyeball."""


_LASH_LENGTH: Final = {"upper": 0.5, "lower": 0.3}
"""Shares of hm08's lash strips that are kept: whole they look like thick paint without a texture."""


class LashTrimmer:
    """Shortens the lash strips towards the lid margin; linear, so it serves faces and displacements alike."""

    def __init__(
        self, neutral: NDArray[np.float64], rings: NDArray[np.int64], lashes: NDArray[np.int64]
    ) -> None:
        margin = rings[LID_FRONT]
        distance = np.linalg.norm(neutral[lashes][:, None] - neutral[margin][None], axis=2)
        nearest = np.argsort(distance, axis=1, kind="stable")[:, :2]
        closeness = 1 / (np.take_along_axis(distance, nearest, axis=1) + 1e-6)
        self._lashes, self._roots = lashes, margin[nearest]
        self._shares = (closeness / closeness.sum(axis=1, keepdims=True))[:, :, None]
        upper = np.isin(nearest[:, 0], UPPER_LID)
        self._kept = np.where(upper, _LASH_LENGTH["upper"], _LASH_LENGTH["lower"])[:, None]

    def trim(self, values: NDArray[np.float64]) -> None:
        """Changes the lash rows of an hm08 array (19158, 3) in place."""
        root = (values[self._roots] * self._shares).sum(axis=1)
        values[self._lashes] = root + self._kept * (values[self._lashes] - root)


def lid_gap(neutral: NDArray[np.float64], moved: NDArray[np.float64], rings: NDArray[np.int64]) -> NDArray:
    """(28, 3) metres: upper minus lower lid margin at the columns of the upper lid (others 0)."""
    ring = rings[LID_FRONT]
    upper, lower = ring[list(UPPER_LID)], ring[list(LOWER_LID)]
    side = np.sign(neutral[ring, 0].mean())
    gap = np.zeros((_COLUMNS, 3))
    for axis in range(3):
        partner = np.interp(side * neutral[upper, 0], side * neutral[lower, 0], moved[lower, axis])
        gap[list(UPPER_LID), axis] = moved[upper, axis] - partner
    gap[[INNER_CORNER, OUTER_CORNER]] = 0
    return gap


def mend_blink(
    neutral: NDArray[np.float64],
    blink: NDArray[np.float64],
    rings: NDArray[np.int64],
    lashes: NDArray[np.int64],
    centre: NDArray[np.float64],
    radius: float,
) -> NDArray[np.float64]:
    """(V, 3) metres: eyeBlink so changed that the margins meet and the lid slides over the eyeball.

    `rings` (14, 28) of one eye, `lashes` its lash vertices, `centre` (3,) and `radius` of its eyeball.
    """
    mended = blink.copy()
    gap = lid_gap(neutral, neutral + blink, rings)
    for ring, share in zip(rings, _FALLOFF, strict=True):
        mended[ring] -= share * gap
    outer = rings[3 : LID_FRONT + 2].ravel()
    for weight in (1.0, 0.75, 0.5):
        from_centre = neutral[outer] + weight * mended[outer] - centre
        distance = np.linalg.norm(from_centre, axis=1, keepdims=True)
        missing = np.maximum(radius + LID_CLEARANCE - distance, 0)
        mended[outer] += missing * from_centre / distance / weight
    # A lash follows the margin vertex at its root; its own turning comes from the CC0 target.
    margin = rings[LID_FRONT]
    change = mended - blink
    nearest = np.linalg.norm(neutral[lashes][:, None] - neutral[margin][None], axis=2).argmin(axis=1)
    mended[lashes] += change[margin[nearest]]
    return mended
