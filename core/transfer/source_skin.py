# SPDX-License-Identifier: GPL-3.0-or-later
"""The built-in head's whole skin, the inside of its mouth too, and where it lies on another head.

Letters: H vertices of the outer skin, S of the whole skin.
"""

from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..head.registration.registration import Registration
from ..head.registration.template_face import Template, template_face
from ..head.surface import Surface
from .pieces.eyeballs import template_ball

Doubles = NDArray[np.float64]
Indices = NDArray[np.int64]
Booleans = NDArray[np.bool_]

_ROUNDS = 30
"""How often sizes are averaged with the vertices around: over some centimetres."""


@dataclass(frozen=True, eq=False)
class SourceSkin:
    """The skin that shapes come from.

    Attributes:
        template: its outer part, and what is known of it.
        vertices: (S,) numbers of its vertices in the head.
        surface: it, at rest.
        outer: (H,) its vertices that are the outer skin's.
        is_upper: (S,) whether they are nearer to the nose than to the chin, along the skin.
        about_mouth: (S,) whether lips may be near, so that it matters.
        laplacian: (S, S) sparse, of its edges.
        balls: side -> centre (3,) and radius of its eyeball.
    """

    template: Template
    vertices: Indices
    surface: Surface
    outer: Indices
    is_upper: Booleans
    about_mouth: Booleans
    laplacian: Any
    balls: dict[str, tuple[Doubles, float]]

    def placed(self, fit: Registration) -> Surface:
        """The skin on another head: the inside of the mouth is drawn along smoothly."""
        from scipy.sparse.linalg import splu

        inner = np.setdiff1d(np.arange(len(self.vertices)), self.outer)
        shift = np.zeros((len(self.vertices), 3))
        shift[self.outer] = fit.fitted - self.template.points
        known = -self.laplacian[inner][:, self.outer] @ shift[self.outer]
        shift[inner] = splu(self.laplacian[inner][:, inner].tocsc()).solve(known)
        return self.surface.moved_to(self.surface.vertices + shift)

    def sizes(self, placed: Surface) -> Doubles:
        """(S,) how many times larger than the built-in head another one is about each vertex."""
        a, b = self.surface.edges.T
        lengths = [
            np.linalg.norm(each.vertices[a] - each.vertices[b], axis=1) for each in (self.surface, placed)
        ]
        total = np.zeros((2, len(self.vertices)))
        for row, length in enumerate(lengths):
            np.add.at(total[row], a, length)
            np.add.at(total[row], b, length)
        degree = self.laplacian.diagonal()
        for _ in range(_ROUNDS):
            total = total - 0.5 * (self.laplacian @ total.T).T / degree
        return total[1] / total[0]


@cache
def source_skin() -> SourceSkin:
    """The built-in head's skin; prepared once.

    Raises:
        ModelError: the head's file is missing or broken.
    """
    from scipy.sparse import coo_matrix, diags

    template = template_face()
    head = template.head
    span = head.spans["skin"]
    quads = head.faces[((head.faces >= span.start) & (head.faces < span.stop)).all(axis=1)]
    vertices = np.unique(quads)
    number = np.full(head.vertex_count, -1, np.int64)
    number[vertices] = np.arange(len(vertices))
    quads = number[quads]
    triangles = np.concatenate([quads[:, [0, 1, 2]], quads[:, [0, 2, 3]]])
    surface = Surface(head.template[vertices].astype(np.float64), triangles, vertices)
    count = len(vertices)
    a, b = surface.edges.T
    neighbours = coo_matrix((np.ones(len(a)), (a, b)), shape=(count, count))
    neighbours = (neighbours + neighbours.T).tocsr()
    laplacian = (diags(np.asarray(neighbours.sum(axis=1)).ravel()) - neighbours).tocsr()
    from_nose, from_chin = (
        surface.distances_from(number[template.vertices[rows]]) for rows in (template.nose, template.chin)
    )
    towards_chin = from_nose - from_chin
    outer = number[template.vertices]
    # Balanced as the outer skin is: 0 between the lips.
    towards_chin += np.median(template.towards_chin - towards_chin[outer])
    middle = template.points[template.mouth].mean(axis=0)
    about = np.linalg.norm(surface.vertices - middle, axis=1) < template.mouth_width
    balls = {side: template_ball(template, side) for side in ("left", "right")}
    return SourceSkin(template, vertices, surface, outer, towards_chin < 0, about, laplacian, balls)
