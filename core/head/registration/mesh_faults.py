# SPDX-License-Identifier: GPL-3.0-or-later
"""Meshes in which no face can be looked for, each with the reason.

Letters: V vertices, T triangles.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from ..surface import Surface
from .not_a_face import NotAFace

Doubles = NDArray[np.float64]
Indices = NDArray[np.int64]

_FEWEST: Final = 150
"""Vertices with which lips and lids can be told."""
_EMPTY: Final = 0.5
"""Share of the faces that may be without area."""
_THIN: Final = 1e-12
"""Area of a triangle, as a part of the square of the mesh's size, that is none."""
_FLAT: Final = 0.02
"""Thickness of a sheet, as a part of its size."""
_BRANCHING: Final = 0.05
"""Share of the edges that may have more than two faces."""
_RELATED: Final = 0.3
"""Median cosine between the normals of two triangles at an edge; 0.95 and more on heads."""
_LARGEST: Final = 0.2
"""Share of the triangles that hang together in the largest piece at least, of a mesh in small pieces."""
_SMALL: Final = 4.0
"""Triangles a piece, on average, of which a soup has fewer."""


def checked_vertices(vertices: NDArray[np.floating], triangles: NDArray[np.integer]) -> Indices:
    """The triangles (N, 3) that have an area; refuses what is no surface at all."""
    if not np.isfinite(vertices).all():
        raise NotAFace("The mesh has vertices that are not numbers: expected finite coordinates. Repair it.")
    if len(vertices) < _FEWEST or len(triangles) == 0:
        raise NotAFace(
            f"The mesh has {len(vertices)} vertices and {len(triangles)} faces: expected a head, with "
            f"{_FEWEST} vertices at least. Choose the mesh of the face, or subdivide it."
        )
    points = np.asarray(vertices, np.float64)
    corners = np.asarray(triangles, np.int64)
    a, b, c = (points[corners[:, each]] for each in range(3))
    areas = np.linalg.norm(np.cross(b - a, c - a), axis=1) / 2
    size = float(np.ptp(points, axis=0).max())
    filled = areas > _THIN * size**2
    if filled.mean() < 1 - _EMPTY:
        raise NotAFace(
            f"Faces without area: {int((~filled).sum())} of {len(filled)}. Expected a surface: remove "
            "them (Mesh > Clean Up > Degenerate Dissolve)."
        )
    used = points[np.unique(corners[filled])]
    spread = np.linalg.svd(used - used.mean(axis=0), compute_uv=False) / np.sqrt(len(used))
    if spread[2] < _FLAT * spread[1]:
        raise NotAFace("The mesh is flat: expected a head. Choose the mesh of the face.")
    return corners[filled]


def refuse_soup(whole: Surface) -> None:
    """A mesh whose triangles do not hang together, or meet at edges in more than twos."""
    corners = whole.triangles
    pairs = np.sort(np.concatenate([corners[:, [0, 1]], corners[:, [1, 2]], corners[:, [2, 0]]]), axis=1)
    uses = np.unique(pairs, axis=0, return_counts=True)[1]
    branching = float((uses > 2).mean())
    if branching > _BRANCHING:
        raise NotAFace(
            f"Edges with more than two faces: {branching:.0%}. Expected a surface: remove what is double or "
            "inside (Select > All by Trait > Non Manifold shows it)."
        )
    if _relatedness(whole) < _RELATED:
        raise NotAFace(
            "No face was found: the mesh's faces lie every which way, expected the surface of a head. Choose "
            "the mesh of the face."
        )
    piece = whole.islands[corners[:, 0]]
    sizes = np.bincount(piece)
    sizes = sizes[sizes > 0]
    if len(corners) < _SMALL * len(sizes) and sizes.max() < _LARGEST * len(corners):
        raise NotAFace(
            f"The mesh is {len(sizes)} loose pieces of {len(corners)} triangles: expected a surface that "
            "hangs together. Merge its vertices by distance."
        )


def _relatedness(whole: Surface) -> float:
    """Median cosine between the normals of two triangles at an edge."""
    corners = whole.triangles
    a, b, c = (whole.vertices[corners[:, each]] for each in range(3))
    normals = np.cross(b - a, c - a)
    normals /= np.maximum(np.linalg.norm(normals, axis=1, keepdims=True), 1e-300)
    pairs = np.sort(np.concatenate([corners[:, [0, 1]], corners[:, [1, 2]], corners[:, [2, 0]]]), axis=1)
    triangle = np.tile(np.arange(len(corners)), 3)
    order = np.lexsort((pairs[:, 1], pairs[:, 0]))
    beside = (pairs[order][1:] == pairs[order][:-1]).all(axis=1)
    if not beside.any():
        return 1.0
    first, second = triangle[order][:-1][beside], triangle[order][1:][beside]
    return float(np.median((normals[first] * normals[second]).sum(axis=1)))
