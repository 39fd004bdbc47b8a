# SPDX-License-Identifier: GPL-3.0-or-later
"""What each key of a rig does to the face, measured on its mesh.

Shape letters: V vertices of the mesh, T triangles, K keys, S samples (`face_features`), P pairs of lips.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..errors import InputError


class NotAFace(InputError):
    """A mesh that cannot be measured, with the reason."""


@dataclass(frozen=True, eq=False)
class FaceSurface:
    """A mesh with a face, at rest.

    Attributes:
        vertices: (V, 3) in any unit.
        triangles: (T, 3) vertex numbers, anticlockwise seen from outside.
        axes: (3, 3) that turns vertices into head axes (x = the subject's left, y = up, z = out of the face)
            as far as the caller knows; None when nobody knows.
    """

    vertices: NDArray[np.floating]
    triangles: NDArray[np.integer]
    axes: NDArray[np.floating] | None = None


@dataclass(frozen=True, eq=False)
class MeasuredShapes:
    """What keys do to a face, as if it had the size of the built-in head.

    Attributes:
        keys: (K,) names of the keys that move the face.
        displacements: (K, S, 3) metres in head axes, of the samples.
        rest_gaps: (P,) metres between the pairs of inner lips at rest; negative where they overlap.
        residual: root mean square distance of the registered template from the mesh, metres.
    """

    keys: tuple[str, ...]
    displacements: NDArray[np.float64]
    rest_gaps: NDArray[np.float64]
    residual: float
