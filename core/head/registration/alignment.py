# SPDX-License-Identifier: GPL-3.0-or-later
"""Iterative closest points for many starts at once.

Letters: B starts, N points of the template, M points of the mesh.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from .samples import Samples, template_samples

Doubles = NDArray[np.float64]
Indices = NDArray[np.int64]

_ZOOM: Final = 2.0
"""How many times larger or smaller than at its start a template may become."""
_FACE_LOW: Final = np.array([-0.085, -0.1, 0.02])
_FACE_HIGH: Final = np.array([0.085, 0.14, 0.16])
"""Metres: where nothing but the face ought to be."""
_HEAD_LOW: Final = np.array([-0.11, -0.16, -0.12])
_HEAD_HIGH: Final = np.array([0.11, 0.18, 0.16])
_BESIDE: Final = 0.3
"""Weight of the rest of the head beside the face."""
_OFF: Final = 0.015
"""Metres that are half wrong."""


@dataclass(frozen=True, eq=False)
class Poses:
    """Similarities x -> scale * turn @ x + offset from a mesh to the template.

    Attributes:
        turn: (B, 3, 3).
        scale: (B,) metres a unit.
        offset: (B, 3) metres.
        axes: (B, 3, 3) turns from which `turn` may be some degrees away only.
        first: (B,) scale at the start.
    """

    turn: Doubles
    scale: Doubles
    offset: Doubles
    axes: Doubles
    first: Doubles

    @classmethod
    def starts(cls, turn: Doubles, scale: Doubles, source: Doubles, goal: Doubles) -> "Poses":
        """Those that bring points (B, 3) of the mesh to points (B, 3) of the template."""
        offset = goal - scale[:, None] * np.einsum("bxy,by->bx", turn, source)
        return cls(turn, scale, offset, turn, scale)

    def take(self, chosen: Indices) -> "Poses":
        """Some of them."""
        return Poses(*(values[chosen] for values in self._arrays()))

    @staticmethod
    def joined(parts: list["Poses"]) -> "Poses":
        """All of several."""
        return Poses(*(np.concatenate(each) for each in zip(*(p._arrays() for p in parts), strict=True)))

    def _arrays(self) -> tuple[Doubles, ...]:
        return self.turn, self.scale, self.offset, self.axes, self.first

    def to_template(self, points: Doubles) -> Doubles:
        """Points (M, 3) or (B, M, 3) of the mesh: (B, M, 3)."""
        turned = np.einsum("bxy,...my->bmx" if points.ndim == 2 else "bxy,bmy->bmx", self.turn, points)
        return self.scale[:, None, None] * turned + self.offset[:, None]

    def to_mesh(self, points: Doubles) -> Doubles:
        """Points (N, 3) of the template: (B, N, 3)."""
        moved = points - self.offset[:, None]
        return np.einsum("bxy,bnx->bny", self.turn, moved) / self.scale[:, None, None]


def aligned(
    region: Samples, starts: Poses, *, rounds: int, count: int, askew: float
) -> tuple[Poses, Doubles]:
    """Poses after some rounds, and how wrong each is (B,), between 0 and 1.

    Args:
        region: what is around the head; its unit is about that of the poses.
        starts: where to begin.
        rounds: of finding nearest points and the similarity between them.
        count: points that are looked at, of the template and of the mesh each.
        askew: radians by which poses may turn away from their axes.
    """
    poses = starts
    for _ in range(rounds):
        source, goal, error, weight = _pairs(region, poses, count)
        median = np.median(error, axis=1, keepdims=True)
        poses = _umeyama(poses, source, goal, weight / (1 + (error / np.maximum(median, 1e-6)) ** 2), askew)
    _, _, error, weight = _pairs(region, poses, count)
    wrong = _wrong(error)
    forth, back, weight = wrong[:, :-count], wrong[:, -count:], weight[:, -count:]
    total = np.maximum(weight.sum(axis=1), 1)
    found = (back * weight).sum(axis=1) / total
    uneven = (_wrong(_unevenness(region, poses, count)) * weight).sum(axis=1) / total
    return poses, 0.5 * forth.mean(axis=1) + 0.25 * found + 0.25 * uneven


def _wrong(error: Doubles) -> Doubles:
    return error**2 / (error**2 + _OFF**2)


def _unevenness(region: Samples, poses: Poses, count: int) -> Doubles:
    """How far (B, M) points of the mesh are from its mirror image, were its left and right the template's."""
    across = poses.turn[:, 0]
    some = _some(region, count)
    points, normals = region.points[some], region.normals[some]
    off = (points @ across.T).T + (poses.offset[:, 0] / poses.scale)[:, None]
    there = points - 2 * off[:, :, None] * across[:, None]
    looks = normals - 2 * (normals @ across.T).T[:, :, None] * across[:, None]
    mirrored = region.features(there, looks)
    away = region.tree.query(mirrored)[0]
    return away * poses.scale[:, None]


def _some(region: Samples, count: int) -> Indices:
    return np.arange(count) * len(region.points) // count


def _pairs(region: Samples, poses: Poses, count: int) -> tuple[Doubles, Doubles, Doubles, Doubles]:
    """Points of the mesh, points of the template, how far they are from each other, and their weight."""
    template = template_samples()
    points, normals = template.face.points[:count], template.face.normals[:count]
    here = region.features(poses.to_mesh(points), np.einsum("bxy,nx->bny", poses.turn, normals))
    number = region.tree.query(here)[1]
    source, looks = region.points[number], region.normals[number]
    goal = np.broadcast_to(points, source.shape)
    forth = _apart(poses, source, looks, goal, np.broadcast_to(normals, goal.shape))
    some = _some(region, count)
    placed = poses.to_template(region.points[some])
    turned = np.einsum("bxy,my->bmx", poses.turn, region.normals[some])
    near = template.whole.tree.query(template.whole.features(placed, turned))[1]
    there = template.whole.points[near]
    alike = template.whole.features(there, template.whole.normals[near])
    back = np.linalg.norm(template.whole.features(placed, turned) - alike, axis=2)
    inside = ((placed > _HEAD_LOW) & (placed < _HEAD_HIGH)).all(axis=2)
    in_face = ((placed > _FACE_LOW) & (placed < _FACE_HIGH)).all(axis=2)
    weight = np.where(in_face, 1.0, np.where(inside, _BESIDE, 0.0))
    return (
        np.concatenate([source, np.broadcast_to(region.points[some], placed.shape)], axis=1),
        np.concatenate([goal, there], axis=1),
        np.concatenate([forth, back], axis=1),
        np.concatenate([np.ones(forth.shape), weight], axis=1),
    )


def _apart(poses: Poses, source: Doubles, looks: Doubles, goal: Doubles, normals: Doubles) -> Doubles:
    """Distances (B, N) between points of the mesh and of the template, in place and normal."""
    whole = template_samples().whole
    turned = np.einsum("bxy,bny->bnx", poses.turn, looks)
    return np.linalg.norm(
        whole.features(poses.to_template(source), turned) - whole.features(goal, normals), axis=2
    )


def _umeyama(poses: Poses, source: Doubles, goal: Doubles, weight: Doubles, askew: float) -> Poses:
    """Similarities between weighted points (Umeyama, IEEE TPAMI 13(4), 1991), not too far from the start."""
    total = weight.sum(axis=1)[:, None]
    middle = np.einsum("bn,bnx->bx", weight, source) / total
    aim = np.einsum("bn,bnx->bx", weight, goal) / total
    a, b = source - middle[:, None], goal - aim[:, None]
    left, strengths, right = np.linalg.svd(np.einsum("bn,bnx,bny->bxy", weight, b, a))
    signs = np.ones_like(strengths)
    signs[:, 2] = np.sign(np.linalg.det(left @ right))
    turn = (left * signs[:, None]) @ right
    turn = limited(turn @ poses.axes.transpose(0, 2, 1), askew) @ poses.axes
    spread = np.maximum(np.einsum("bn,bnx->b", weight, a**2), 1e-30)
    scale = (strengths * signs).sum(axis=1) / spread
    scale = np.clip(scale, poses.first / _ZOOM, poses.first * _ZOOM)
    offset = aim - scale[:, None] * np.einsum("bxy,by->bx", turn, middle)
    return Poses(turn, scale, offset, poses.axes, poses.first)


def similarity_between(source: Doubles, goal: Doubles) -> tuple[Doubles, float, Doubles]:
    """Turn (3, 3), scale and offset (3,) that bring points (N, 3) nearest to others; the size of the spread
    of both gives the scale."""
    a, b = source - source.mean(axis=0), goal - goal.mean(axis=0)
    scale = float(np.sqrt((b**2).sum() / max(float((a**2).sum()), 1e-30)))
    left, _, right = np.linalg.svd(b.T @ a)
    turn = (left * np.array([1.0, 1.0, np.sign(np.linalg.det(left @ right))])) @ right
    return turn, scale, goal.mean(axis=0) - scale * turn @ source.mean(axis=0)


def limited(turn: Doubles, most: float) -> Doubles:
    """Rotations (B, 3, 3) by no more than an angle (Rodrigues' formula)."""
    angle = np.arccos(np.clip((np.trace(turn, axis1=1, axis2=2) - 1) / 2, -1, 1))
    skew = (turn - turn.transpose(0, 2, 1)) / 2
    sine = np.linalg.norm(skew, axis=(1, 2)) / np.sqrt(2)
    axis = skew / np.where(sine > 1e-9, sine, 1)[:, None, None]
    less = np.eye(3) + np.sin(most) * axis + (1 - np.cos(most)) * axis @ axis
    return np.where((angle > most)[:, None, None], less, turn)
