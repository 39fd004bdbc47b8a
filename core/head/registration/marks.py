# SPDX-License-Identifier: GPL-3.0-or-later
"""Places on a face that a user marks.

Letters: N marks.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .not_a_face import NotAFace

Doubles = NDArray[np.float64]
Indices = NDArray[np.int64]

MARKS: Final = (
    "eye_outer_right",
    "eye_inner_right",
    "eye_inner_left",
    "eye_outer_left",
    "nose_tip",
    "mouth_right",
    "mouth_left",
    "lip_upper",
    "lip_lower",
    "chin",
)
"""What a user can mark; right and left are the subject's. The lips are marked in their middle, where they
meet or are nearest to each other."""


@dataclass(frozen=True, eq=False)
class Marks:
    """Marks of a mesh.

    Attributes:
        names: of the marks.
        places: (N, 3) where they are.
    """

    names: tuple[str, ...]
    places: Doubles

    @classmethod
    def checked(cls, marks: Mapping[str, ArrayLike]) -> "Marks":
        """Those of a mapping from names to (3,)."""
        places = []
        for name, place in marks.items():
            point = np.asarray(place, np.float64)
            if name not in MARKS or point.shape != (3,) or not np.isfinite(point).all():
                raise NotAFace(
                    f"The mark '{name}' cannot be used: expected three coordinates for one of "
                    f"{', '.join(MARKS)}."
                )
            places.append(point)
        return cls(tuple(marks), np.array(places).reshape(-1, 3))
