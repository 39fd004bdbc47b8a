# SPDX-License-Identifier: GPL-3.0-or-later
"""Points spread evenly over surfaces, and the template as they are compared with it.

Letters: N points.
"""

from dataclasses import dataclass
from functools import cache, cached_property
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from ..surface import Surface
from .template_face import template_face

Doubles = NDArray[np.float64]
Indices = NDArray[np.int64]
Booleans = NDArray[np.bool_]

LOOKS: Final = 0.02
"""Metres of distance that count like normals at right angles, divided by the square root of 2."""


@dataclass(frozen=True, eq=False)
class Samples:
    """Points of a surface.

    Attributes:
        points: (N, 3).
        normals: (N, 3) of unit length.
        unit: units a metre in which distances are meant.
    """

    points: Doubles
    normals: Doubles
    unit: float

    @cached_property
    def tree(self) -> Any:
        """Of six numbers each: place and normal."""
        from scipy.spatial import KDTree

        return KDTree(self.features(self.points, self.normals))

    def features(self, points: Doubles, normals: Doubles) -> Doubles:
        """(..., 6) what is compared of points (..., 3) with normals (..., 3), in the samples' unit."""
        return np.concatenate([points, LOOKS * self.unit * normals], axis=-1)

    def some(self, chosen: Indices | Booleans, unit: float) -> "Samples":
        """Only some of them."""
        return Samples(self.points[chosen], self.normals[chosen], unit)


def sampled(surface: Surface, triangles: Indices, count: int, seed: int) -> Samples:
    """`count` points on some triangles (T,) of a surface, evenly by area."""
    corners = surface.triangles[triangles]
    a, b, c = (surface.vertices[corners[:, each]] for each in range(3))
    areas = np.linalg.norm(np.cross(b - a, c - a), axis=1)
    random = np.random.default_rng(seed)
    # Evenly along the summed areas: fewer gaps and heaps than independent draws have.
    along = (np.arange(count) + random.uniform(size=count)) / count * areas.sum()
    chosen = np.minimum(np.searchsorted(np.cumsum(areas), along), len(corners) - 1)
    one, two = np.sqrt(random.uniform(size=count)), random.uniform(size=count)
    shares = np.stack([1 - one, one * (1 - two), one * two], axis=1)
    points = np.einsum("nc,ncx->nx", shares, surface.vertices[corners[chosen]])
    normals = np.einsum("nc,ncx->nx", shares, surface.normals[corners[chosen]])
    length = np.linalg.norm(normals, axis=1, keepdims=True)
    return Samples(points, normals / np.where(length > 0, length, 1), 1.0)


@dataclass(frozen=True, eq=False)
class TemplateSamples:
    """The built-in head's skin, as points.

    Attributes:
        whole: of all its outer skin.
        front: numbers of vertices of the template's skin in the face, in random order.
        face: of these vertices.
    """

    whole: Samples
    front: Indices
    face: Samples


@cache
def template_samples() -> TemplateSamples:
    """Prepared once."""
    template = template_face()
    surface = Surface(template.points, template.triangles, template.vertices)
    random = np.random.default_rng(0)
    numbers = np.flatnonzero(template.front)
    # Between evenly by area and by vertex: eyes and mouth have more of them.
    share = np.sqrt(surface.areas[numbers])
    front = random.choice(numbers, 1200, replace=False, p=share / share.sum())
    return TemplateSamples(
        Samples(template.points, template.normals, 1.0),
        front,
        Samples(template.points[front], template.normals[front], 1.0),
    )
