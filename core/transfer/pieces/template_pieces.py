# SPDX-License-Identifier: GPL-3.0-or-later
"""The built-in head's own pieces as surfaces."""

from functools import cache

import numpy as np
from numpy.typing import NDArray

from ...head import load_head
from ...head.surface import Surface

Doubles = NDArray[np.float64]


@cache
def span_surface(*names: str) -> Surface:
    """Some of `Head.spans`, in the order of the head's vertices; `origin` has their numbers in the head."""
    head = load_head()
    chosen = np.zeros(head.vertex_count, bool)
    for name in names:
        chosen[head.spans[name]] = True
    return _surface(head.faces[chosen[head.faces].all(axis=1)]).part(chosen)


@cache
def lining_surface() -> Surface:
    """The inside of the mouth up to the lips."""
    head = load_head()
    inside = [head.parts.index(name) for name in ("mouth_cavity", "lips")]
    quads = head.faces[np.isin(head.face_part, inside)]
    used = np.zeros(head.vertex_count, bool)
    used[quads] = True
    return _surface(quads).part(used)


def _surface(quads: NDArray[np.int64]) -> Surface:
    head = load_head()
    triangles = np.concatenate([quads[:, [0, 1, 2]], quads[:, [0, 2, 3]]])
    return Surface(head.template.astype(np.float64), triangles, np.arange(head.vertex_count))


def in_box_of(points: Doubles, others: Doubles) -> Doubles:
    """Points (N, 3) moved and scaled along the axes so that their box is that of others (M, 3)."""
    low, high = points.min(axis=0), points.max(axis=0)
    goal_low, goal_high = others.min(axis=0), others.max(axis=0)
    size = high - low
    scale = np.where(size > 1e-6, (goal_high - goal_low) / np.maximum(size, 1e-6), 1)
    return (points - (low + high) / 2) * scale + (goal_low + goal_high) / 2
