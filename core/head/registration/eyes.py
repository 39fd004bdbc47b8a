# SPDX-License-Identifier: GPL-3.0-or-later
"""Eyes that are where no person has them: heads of animals and cartoons have holes for them, or balls."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from ..face_marks import Eye, find_eyes
from ..surface import Surface
from .template_face import Template

Doubles = NDArray[np.float64]
Indices = NDArray[np.int64]


_EYES_ELSEWHERE: Final = 0.006
"""Metres by which eyes must be away from those of a person, or else the surface says it better."""


def eyes_elsewhere(
    template: Template, placed: Surface, others: Surface, person: Doubles
) -> dict[str, Eye] | None:
    """Side -> eye, where the mesh shows eyes that are not where a person has them.

    Args:
        template: the head.
        placed: the face, in head axes.
        others: whatever else the mesh has, in head axes.
        person: (H, 3) the template's skin as a person would have it.
    """
    pair = find_eyes(placed, others)
    if pair is None:
        return None
    eyes: dict[str, Eye] = dict(zip(("left", "right"), pair, strict=True))
    off = [
        np.linalg.norm((person[template.eyes[side]].mean(axis=0) - eye.centre)[:2])
        for side, eye in eyes.items()
    ]
    return eyes if max(off) > _EYES_ELSEWHERE else None


def eye_goals(template: Template, placed: Surface, eyes: dict[str, Eye]) -> tuple[Indices, Doubles]:
    """Vertices (N,) of the template's skin around the eyes, lids and brows, and where (N, 3) they belong."""
    numbers, goals = [], []
    for side, eye in eyes.items():
        middle, width = eye.centre, 2 * eye.half[0]
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
