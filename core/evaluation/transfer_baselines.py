# SPDX-License-Identifier: GPL-3.0-or-later
"""Nearest-point copying, which any transfer must beat: each vertex takes what the nearest point does.

Head axes and metres of the template's size. Letters: P points, V vertices of the built-in head.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from ..head import load_head
from ..head.registration import Registration, template_skin
from ..head.surface import Surface
from .made_heads import Doubles, triangulated

_NEIGHBOURS: Final = 12
"""Vertices of the skin that the inside of the head (eyes, teeth) follows."""


def copied(points: Doubles, template: Doubles) -> Doubles:
    """(52, P, 3) displacements of the nearest points of the built-in head, its vertices at (V, 3)."""
    model = load_head()
    surface = Surface(template, triangulated(model.faces), np.arange(model.vertex_count))
    return surface.nearest_points(points).carry(model.arkit_deltas)


def after_pose(fit: Registration, vertices: NDArray[np.floating]) -> Doubles:
    """Copied once the pose and size are found, displacements (52, P, 3) in the mesh's own units and axes.

    Args:
        fit: what was found.
        vertices: (P, 3) of the meshes.
    """
    return _copied_back(fit, vertices, load_head().template.astype(np.float64))


def after_registration(fit: Registration, vertices: NDArray[np.floating]) -> Doubles:
    """Copied from the template as it was laid on the face; its inside goes along with its skin."""
    from scipy.spatial import KDTree

    template = load_head().template.astype(np.float64)
    skin = template_skin()
    away, near = KDTree(template[skin]).query(template, k=_NEIGHBOURS)
    share = 1 / np.maximum(away, 1e-6) ** 2
    share /= share.sum(axis=1, keepdims=True)
    laid = template + (share[:, :, None] * (fit.fitted - template[skin])[near]).sum(axis=1)
    laid[skin] = fit.fitted
    return _copied_back(fit, vertices, laid)


def _copied_back(fit: Registration, vertices: NDArray[np.floating], template: Doubles) -> Doubles:
    points = np.asarray(vertices, np.float64) @ fit.linear.T + fit.offset
    return copied(points, template) @ np.linalg.inv(fit.linear).T
