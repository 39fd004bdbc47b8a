# SPDX-License-Identifier: GPL-3.0-or-later
"""How a tongue and the lining of a mouth move: with the jaw, and as the built-in head's do besides.

Letters: K shapes, V vertices of the built-in head, N points.
"""

from functools import cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ..head.registration.template_face import template_face
from ..head.surface import Surface
from .affine_field import AffineField, fit_affine
from .jaw import carried_vectors
from .local_similarity import LocalSimilarity

Doubles = NDArray[np.float64]

_FEW: Final = 4
"""Vertices that tell nothing of a tongue's size."""


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
        similarity: from the template's mouth to the mesh's.
        source: (K, V, 3) of the built-in head.
    """
    head = template_face().head
    span, teeth = head.spans["tongue"], head.spans["teeth_lower"]
    own = head.template[span].astype(np.float64)
    of_jaw = fit_affine(head.template[teeth].astype(np.float64), source[:, teeth])
    beside = source[:, span] - of_jaw.at(own)
    low, high = places.min(axis=0), places.max(axis=0)
    scale = np.ones(3)
    if len(points) > _FEW:
        scale = np.ptp(own, axis=0) / np.maximum(high - low, 1e-6)
    placed = (places - (low + high) / 2) * scale + (own.min(axis=0) + own.max(axis=0)) / 2
    found = _tongue_surface().nearest_points(placed)
    return jaw.at(points) + carried_vectors(similarity, found.carry(beside))


def lining_moves(places: Doubles, similarity: LocalSimilarity, source: Doubles) -> Doubles:
    """(K, N, 3) displacements of a mouth's lining: the built-in head's at the same places (N, 3)."""
    surface = _lining_surface()
    return carried_vectors(similarity, surface.nearest_points(places).carry(source[:, surface.origin]))


@cache
def _tongue_surface() -> Surface:
    head = template_face().head
    span = head.spans["tongue"]
    quads = head.faces[((head.faces >= span.start) & (head.faces < span.stop)).all(axis=1)] - span.start
    return _surface(head.template[span].astype(np.float64), quads)


@cache
def _lining_surface() -> Surface:
    head = template_face().head
    inside = [head.parts.index(name) for name in ("mouth_cavity", "lips")]
    quads = head.faces[np.isin(head.face_part, inside)]
    whole = _surface(head.template.astype(np.float64), quads)
    used = np.zeros(head.vertex_count, bool)
    used[quads] = True
    return whole.part(used)


def _surface(points: Doubles, quads: NDArray[np.int64]) -> Surface:
    triangles = np.concatenate([quads[:, [0, 1, 2]], quads[:, [0, 2, 3]]])
    return Surface(points, triangles, np.arange(len(points)))
