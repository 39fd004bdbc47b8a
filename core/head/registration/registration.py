# SPDX-License-Identifier: GPL-3.0-or-later
"""What is known of a mesh on which the template was found.

Letters: V vertices of the mesh, H vertices of the template's skin, L pairs of lips.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..surface import Surface
from .lips import Lips
from .template_face import template_face

Doubles = NDArray[np.float64]
Booleans = NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Registration:
    """How the template lies on a mesh.

    Attributes:
        surface: the welded island of the face, in head axes and metres of the template's size.
        linear: (3, 3) that turned the mesh's own coordinates into these: head = linear @ p + offset.
        offset: (3,) metres.
        fitted: (H, 3) the template's skin on it.
        upper: (V,) whether a vertex of the surface is nearer to the nose than to the chin, along the surface.
        lips: where the inner lips of the mesh are; None where none were found.
        residual: root mean square distance of the fitted person from the mesh before the last, smooth step,
            metres.
        others: what else the mesh has, welded, in head axes.
    """

    surface: Surface
    linear: Doubles
    offset: Doubles
    fitted: Doubles
    upper: Booleans
    lips: Lips | None
    residual: float
    others: Surface

    def sample_upper(self, vertices: NDArray[np.integer]) -> Booleans:
        """Whether vertices (N,) of the template's skin are nearer to the nose than to the chin."""
        template = template_face()
        return (template.towards_chin < 0)[np.searchsorted(template.vertices, vertices)]

    @property
    def mouth_ratio(self) -> float:
        """How many times wider the template's mouth is."""
        template = template_face()
        return template.mouth_width / max(float(np.ptp(self.fitted[template.mouth, 0])), 1e-4)
