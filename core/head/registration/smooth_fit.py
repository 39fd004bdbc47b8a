# SPDX-License-Identifier: GPL-3.0-or-later
"""The last step: the template follows the mesh, smoothly along its skin."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from ..surface import Surface
from .lip_line import lip_line
from .lips import Lips
from .template_face import Template

Doubles = NDArray[np.float64]
Indices = NDArray[np.int64]


_SMOOTHNESS: Final = (3.0, 1.0, 0.3, 0.1, 0.04)
_EYE_ANCHOR: Final = 3.0
_STAY: Final = 0.003
"""Weight of a vertex's own place while the mouth comes to its."""
_MOUTH: Final = 0.8
"""Widths of the mouth around its middle within which upper and lower lip are told apart."""
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
    eyes: tuple[Indices, Doubles],
    anchors: tuple[Indices, Doubles] | None = None,
    *,
    is_even: bool,
) -> Doubles:
    """The template's skin (H, 3) on the mesh: a displacement of the person that is smooth along the skin.

    Args:
        template: the head.
        placed: the face, in head axes.
        person: (H, 3) the template's skin as a person would have it.
        towards_chin: (V,) below 0 on the upper lip and above.
        lips: where the lips are, if they are told apart.
        eyes: vertices (N,) of the template's skin around the eyes, and where (N, 3) they belong.
        anchors: the same for what the user has marked.
        is_even: whether left and right are alike.
    """
    from scipy.sparse import coo_matrix, diags
    from scipy.sparse.linalg import splu

    skin = Surface(template.points, template.triangles, template.vertices)
    count = len(skin.vertices)
    a, b = skin.edges.T
    ones = np.ones(len(a))
    neighbours = coo_matrix((ones, (a, b)), shape=(count, count))
    neighbours = neighbours + neighbours.T
    laplacian = diags(np.asarray(neighbours.sum(axis=1)).ravel()) - neighbours
    # Where lips touch the nearest one may be the wrong one; elsewhere who is nearer to the chin is no matter.
    middle = template.points[template.mouth].mean(axis=0)
    about_mouth = np.linalg.norm(template.points - middle, axis=1) < _MOUTH * template.mouth_width
    upper = template.towards_chin < 0
    everywhere = np.ones(len(placed.triangles), bool)
    sides = [
        (about_mouth & upper, (towards_chin < 0)[placed.triangles].any(axis=1)),
        (about_mouth & ~upper, (towards_chin >= 0)[placed.triangles].any(axis=1)),
        (~about_mouth, everywhere),
    ]
    marked = anchors or (np.zeros(0, np.int64), np.zeros((0, 3)))
    mouth = _lip_goals(template, skin.moved_to(person), placed, lips)
    shift = np.zeros_like(person)
    normals = placed.normals
    for smoothness in (None, *_SMOOTHNESS):
        now = person + shift
        weight, goal = np.zeros(count), person.copy()
        if smoothness is None:
            # First mouth and eyes come to their places, and take along what is around them.
            weight[:] = _STAY
        for side, allowed in sides:
            chosen = np.flatnonzero(side & template.front)
            if smoothness is None or not allowed.any() or len(chosen) == 0:
                continue
            found = placed.nearest_points(now[chosen], np.asarray(allowed))
            facing = found.carry(normals)
            away = np.linalg.norm(found.positions - now[chosen], axis=1)
            agrees = (facing * template.normals[chosen]).sum(axis=1) > 0.3
            weight[chosen] = agrees / (1 + (away / _REACH) ** 2)
            goal[chosen] = found.positions
        for (rows, places), strength in ((mouth, _ANCHOR), (eyes, _EYE_ANCHOR), (marked, _ANCHOR)):
            weight[rows], goal[rows] = strength, places
        system = splu((diags(weight + 1e-6) + (smoothness or _SMOOTHNESS[0]) * laplacian).tocsc())
        shift = system.solve(weight[:, None] * (goal - person))
        if is_even:
            shift = template.evened(person + shift) - person
    return person + shift


def _lip_goals(
    template: Template, person: Surface, placed: Surface, lips: Lips | None
) -> tuple[Indices, Doubles]:
    """Vertices of the template's inner lips, and where they belong on a mesh."""
    if lips is None:
        return np.zeros(0, np.int64), np.zeros((0, 3))
    if not lips.is_slit:
        rows = np.concatenate([template.lips.upper, template.lips.lower])
        return rows, placed.vertices[np.concatenate([lips.upper, lips.lower])]
    mine, theirs = lip_line(person, template.lips), lip_line(placed, lips)
    size = np.ptp(theirs.upper[:, 0]) / np.ptp(mine.upper[:, 0])
    rows = template.rim
    places = mine.places_of(person.vertices[rows])
    is_upper = (template.towards_chin[rows] < 0)[:, None]
    here, there = (np.where(is_upper, *line.at(places)) for line in (mine, theirs))
    return rows, there + size * (person.vertices[rows] - here)
