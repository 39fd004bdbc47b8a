# SPDX-License-Identifier: GPL-3.0-or-later
"""Eyes that are where no person has them: heads of animals and cartoons have holes for them, or balls."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from ..surface import Surface
from .template_face import Template

Doubles = NDArray[np.float64]
Indices = NDArray[np.int64]


_EYES_ELSEWHERE: Final = 0.006
"""Metres by which eyes must be away from those of a person, or else the surface says it better."""


def find_eyes(
    template: Template, positions: Doubles, whole: Surface, placed: Surface, person: Doubles
) -> dict[str, tuple[Doubles, float]] | None:
    """Side -> middle (3,) and width of eyes that lie elsewhere than a person's: holes in the skin, or balls.

    Args:
        template: the head.
        positions: (W, 3) all of the mesh in head axes.
        whole: all of the mesh, for its islands.
        placed: the face.
        person: (H, 3) the template's skin as a person would have it.
    """
    holes = _loops(placed)
    balls = [np.flatnonzero(whole.islands == island) for island in np.unique(whole.islands)]
    face = whole.islands[np.isin(whole.origin, placed.origin)][0]
    found = [placed.vertices[loop] for loop in holes]
    found += [positions[ball] for ball in balls if len(ball) > 5 and whole.islands[ball[0]] != face]
    mouth = person[template.mouth].mean(axis=0)
    height = float(np.ptp(template.points[template.front, 1]))
    best: tuple[float, Doubles, Doubles, float] | None = None
    for left in found:
        middle, size = (left.min(axis=0) + left.max(axis=0)) / 2, np.ptp(left, axis=0)
        if not (middle[0] > 0.1 * height and middle[1] > mouth[1] + 0.1 * height and middle[2] > 0.02):
            continue
        if not (0.05 * height < size[0] < 0.5 * height and 0.4 < size[1] / size[0] < 2.5):
            continue
        for right in found:
            other, other_size = (right.min(axis=0) + right.max(axis=0)) / 2, np.ptp(right, axis=0)
            is_pair = np.abs(other * (-1, 1, 1) - middle).max() < 0.06 * height
            is_pair = is_pair and np.abs(other_size / size - 1).max() < 0.3
            if is_pair and (best is None or size[0] > best[0]):
                best = (float(size[0]), middle, other, float(size[0]))
    if best is None:
        return None
    _, left_middle, right_middle, width = best
    result = {"left": (left_middle, width), "right": (right_middle, width)}
    rings = {side: person[template.eyes[side]] for side in result}
    off = [np.linalg.norm((rings[side].mean(axis=0) - middle)[:2]) for side, (middle, _) in result.items()]
    return result if max(off) > _EYES_ELSEWHERE else None


def _loops(surface: Surface) -> list[Indices]:
    """Vertices of each connected piece of the surface's edges."""
    from scipy.sparse import coo_matrix
    from scipy.sparse.csgraph import connected_components

    edge = np.unique(surface.boundary)
    if len(edge) == 0:
        return []
    a, b = np.searchsorted(edge, surface.boundary).T
    graph = coo_matrix((np.ones(len(a)), (a, b)), shape=(len(edge), len(edge)))
    pieces = connected_components(graph, directed=False)[1]
    return [edge[pieces == piece] for piece in range(pieces.max() + 1) if (pieces == piece).sum() >= 5]


def eye_goals(
    template: Template, placed: Surface, eyes: dict[str, tuple[Doubles, float]]
) -> tuple[Indices, Doubles]:
    """Vertices (N,) of the template's skin around the eyes, lids and brows, and where (N, 3) they belong."""
    numbers, goals = [], []
    for side, (middle, width) in eyes.items():
        ring = template.points[template.eyes[side]]
        around = np.concatenate([template.eyes[side], template.brows[side]])
        size = width / np.ptp(ring[:, 0])
        wanted = middle + (template.points[around] - ring.mean(axis=0)) * np.array([size, size, 0])
        # As far out as the skin is there.
        near = np.linalg.norm((placed.vertices - middle)[:, :2], axis=1) < width
        if near.any():
            wanted[:, 2] = np.quantile(placed.vertices[near, 2], 0.9)
        numbers.append(around)
        goals.append(placed.nearest_points(wanted).positions)
    return np.concatenate(numbers), np.concatenate(goals)
