# SPDX-License-Identifier: GPL-3.0-or-later
"""The last step: the template follows the mesh, smoothly along its skin."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from ..face_marks import Eye
from ..surface import Surface
from .eyes import eye_goals
from .lips import Lips
from .template_face import Template

Doubles = NDArray[np.float64]


_SMOOTHNESS: Final = (3.0, 1.0, 0.3, 0.1, 0.04)
_EYE_ANCHOR: Final = 3.0
_STAY: Final = 0.003
"""Weight of a vertex's own place while the mouth comes to its."""
_REACH: Final = 0.008
"""Metres from which nearest points are believed half as much."""
_ANCHOR: Final = 20.0
"""Weight of the inner lips beside other points."""


def smooth_fit(
    template: Template,
    placed: Surface,
    person: Doubles,
    towards_chin: Doubles,
    lips: Lips | None,
    eyes: dict[str, Eye] | None,
    *,
    is_even: bool,
) -> Doubles:
    """The template's skin (H, 3) on the mesh: a displacement of the person that is smooth along the skin."""
    from scipy.sparse import coo_matrix, diags
    from scipy.sparse.linalg import splu

    skin = Surface(template.points, template.triangles, template.vertices)
    count = len(skin.vertices)
    a, b = skin.edges.T
    ones = np.ones(len(a))
    neighbours = coo_matrix((ones, (a, b)), shape=(count, count))
    neighbours = neighbours + neighbours.T
    laplacian = diags(np.asarray(neighbours.sum(axis=1)).ravel()) - neighbours
    upper = template.towards_chin < 0
    sides = [
        (towards_chin < 0)[placed.triangles].any(axis=1),
        (towards_chin >= 0)[placed.triangles].any(axis=1),
    ]
    front = np.flatnonzero(template.front)
    shift = np.zeros_like(person)
    normals = placed.normals
    for smoothness in (None, *_SMOOTHNESS):
        now = person + shift
        weight, goal = np.zeros(count), person.copy()
        if smoothness is None:
            # First mouth and eyes come to their places, and take along what is around them.
            weight[:] = _STAY
        for side, allowed in zip((upper, ~upper), sides, strict=True):
            chosen = front[side[front]]
            if smoothness is None or not allowed.any() or len(chosen) == 0:
                continue
            found = placed.nearest_points(now[chosen], np.asarray(allowed))
            facing = found.carry(normals)
            away = np.linalg.norm(found.positions - now[chosen], axis=1)
            agrees = (facing * template.normals[chosen]).sum(axis=1) > 0.3
            weight[chosen] = agrees / (1 + (away / _REACH) ** 2)
            goal[chosen] = found.positions
        if lips is not None:
            for mine, theirs in ((template.lips.upper, lips.upper), (template.lips.lower, lips.lower)):
                weight[mine] = _ANCHOR
                goal[mine] = placed.vertices[theirs]
        if eyes is not None:
            mine, theirs = eye_goals(template, placed, eyes)
            weight[mine], goal[mine] = _EYE_ANCHOR, theirs
        system = splu((diags(weight + 1e-6) + (smoothness or _SMOOTHNESS[0]) * laplacian).tocsc())
        shift = system.solve(weight[:, None] * (goal - person))
        if is_even:
            shift = template.evened(person + shift) - person
    return person + shift
