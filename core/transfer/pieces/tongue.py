# SPDX-License-Identifier: GPL-3.0-or-later
"""How a tongue moves: with the jaw, and as the built-in head's does besides.

Letters: K shapes, V vertices of the built-in head, N points.
"""

import numpy as np
from numpy.typing import NDArray

from ...head.registration.template_face import template_face
from .affine_field import AffineField, fit_affine
from .jaw import carried_vectors
from .local_similarity import LocalSimilarity
from .template_pieces import in_box_of, span_surface

Doubles = NDArray[np.float64]


def tongue_moves(
    points: Doubles, places: Doubles, jaw: AffineField, similarity: LocalSimilarity, source: Doubles
) -> Doubles:
    """(K, N, 3) displacements of a tongue.

    It goes with the mesh's jaw as the lower teeth do. What the built-in head's tongue does beside its jaw
    comes from the same place of it: both lie in boxes of one size.

    Args:
        points: (N, 3) of the tongue.
        places: (N, 3) the same on the template.
        jaw: of the mesh.
        similarity: from the template's mouth to the mesh's; its scale is how much further things move.
        source: (K, V, 3) of the built-in head.
    """
    head = template_face().head
    span, teeth = head.spans["tongue"], head.spans["teeth_lower"]
    own = head.template[span].astype(np.float64)
    of_jaw = fit_affine(head.template[teeth].astype(np.float64), source[:, teeth])
    beside = source[:, span] - of_jaw.at(own)
    found = span_surface("tongue").nearest_points(in_box_of(places, own))
    return jaw.at(points) + carried_vectors(similarity, found.carry(beside))
