# SPDX-License-Identifier: GPL-3.0-or-later
"""Whose face it is: the identity basis fitted to a mesh.

Letters: H vertices of the template's skin.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from ...retarget.arkit import ARKIT_INDEX
from ..surface import Surface
from .template_face import Template

Doubles = NDArray[np.float64]
Indices = NDArray[np.int64]


_IDENTITY_ROUNDS: Final = 12
_PRIOR: Final = 2e-6
"""Square metres."""
_JAW: Final = ARKIT_INDEX["jawOpen"]
_KNOWN: Final = 400.0
"""Weight of a place that is known beside one that is merely the nearest."""


def fit_person(
    template: Template,
    placed: Surface,
    motion: Doubles,
    anchors: tuple[Indices, Doubles] | None = None,
    *,
    opens: bool = False,
) -> tuple[Doubles, float, float]:
    """Whose face it is: the template's skin (H, 3) with an identity and a small similarity; its root mean
    square distance, and the share of points with the same normal.

    The distance of each point from the plane of its nearest one is minimised, with identities no unlikelier
    than people are.

    Args:
        template: the built-in head.
        placed: the face, in head axes.
        motion: (V,) how much a face would move there.
        anchors: vertices (N,) of the template's skin and where (N, 3) they are, where it is known.
        opens: whether the mouth may rest open.
    """
    from scipy.spatial import KDTree

    front = np.flatnonzero(template.front)
    points = template.points.copy()
    known, known_goals = anchors if anchors is not None else (front[:0], np.zeros((0, 3)))
    tree = KDTree(placed.vertices)
    moving = placed.areas * motion
    some = np.flatnonzero(moving > 0.02 * moving.max())
    if len(some) > 800:
        some = np.random.default_rng(2).choice(some, 800, replace=False)
    basis = template.basis
    if opens:
        basis = np.concatenate([basis, template.head.arkit_deltas[_JAW, template.vertices][None]])
    count = len(basis)
    alpha, similar = np.zeros(count), np.zeros(7)
    for turn in range(_IDENTITY_ROUNDS):
        here = points[front]
        near, number = tree.query(here)
        normals = placed.normals[number]
        same_side = (normals * template.normals[front]).sum(axis=1) > 0.3
        limit = 3 * np.median(near) + 1e-3
        weight = same_side / (1 + (near / limit) ** 2)
        goal = placed.vertices[number]
        far, back = KDTree(here).query(placed.vertices[some])
        # The inside of the mouth moves as well, and has no place on the outer skin.
        outside = (placed.normals[some] * template.normals[front][back]).sum(axis=1) > 0.3
        rows = np.concatenate([front, front[back], known])
        goal = np.concatenate([goal, placed.vertices[some], known_goals])
        # What is known is so in every direction.
        normals = np.concatenate([normals, placed.normals[some], np.zeros_like(known_goals)])
        weight = np.concatenate(
            [weight, 0.5 * outside / (1 + (far / limit) ** 2), np.full(len(known), _KNOWN)]
        )
        origin = template.points[rows]
        shift = goal - origin
        # A small turn, growth and shift of the template, linear in seven numbers.
        columns = np.zeros((len(rows), 3, 7))
        for axis in range(3):
            columns[:, :, axis] = np.cross(np.eye(3)[axis], origin)
        columns[:, :, 3] = origin
        columns[:, :, 4:] = np.eye(3)
        everything = np.concatenate([np.moveaxis(basis[:, rows], 0, 2), columns], axis=2)
        scaled = np.sqrt(weight)[:, None]
        along = np.einsum("nx,nxk->nk", normals, everything) * scaled
        whole = everything.reshape(-1, everything.shape[2]) * np.repeat(0.25 * scaled, 3, axis=0)
        system = np.concatenate([along, whole])
        target = np.concatenate(
            [(normals * shift).sum(axis=1) * scaled[:, 0], (shift * 0.25 * scaled).ravel()]
        )
        # Some millimetres of distance weigh as much as a standard deviation; fewer as the fit gets nearer.
        prior = _PRIOR * max(4.0 - 0.4 * turn, 1.0)
        penalty = np.concatenate([np.full(count, prior), np.full(7, 1e-9)])
        unknown = np.linalg.solve(system.T @ system + np.diag(penalty), system.T @ target)
        alpha, similar = unknown[:count], unknown[count:]
        person = template.points + np.tensordot(alpha, basis, 1)
        points = person + np.cross(similar[:3], template.points) + similar[3] * template.points + similar[4:]
    near, number = tree.query(points[front])
    agreement = (placed.normals[number] * template.normals[front]).sum(axis=1) > 0.5
    back = KDTree(points).query(placed.vertices[some])[0]
    kept, also = (np.sort(each)[: int(0.85 * len(each))] for each in (near, back))
    return points, float(np.sqrt(((kept**2).mean() + (also**2).mean()) / 2)), float(agreement.mean())
