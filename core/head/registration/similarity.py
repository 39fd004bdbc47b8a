# SPDX-License-Identifier: GPL-3.0-or-later
"""Pose and size of a face: iterative closest points between it and the template, from many starts."""

from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from ..surface import Surface
from ..symmetry import mirror_plane
from .template_face import Template

Doubles = NDArray[np.float64]
Indices = NDArray[np.int64]


BLENDER_AXES: Final = np.array([[1.0, 0, 0], [0, 0, 1], [0, -1, 0]])
"""From Z up and a face that looks to -Y, as Blender's characters do, to head axes."""
_FIRST_ROUNDS: Final = 4
_ASKEW: Final = np.radians(30)
"""How far a head may be turned from the axes that it is made in."""
_FEW: Final = 20
_AROUND: Final = 0.02
_UNEVEN: Final = 0.0015
"""Metres around the template's face within which a mesh is looked at, and by which left and right differ."""
_COARSE_ROUNDS: Final = 10
_FOLLOWED: Final = 4
"""Starts that are followed after the first rounds."""
_FINE_ROUNDS: Final = 30


@dataclass(frozen=True, eq=False)
class Pose:
    """x -> scale * turn @ x + offset, which axes it started from, and how far off it is."""

    turn: Doubles
    scale: float
    offset: Doubles
    axes: Doubles
    cost: float = np.inf

    def apply(self, points: Doubles) -> Doubles:
        """Points (N, 3) in this pose."""
        return self.scale * points @ self.turn.T + self.offset


def usual_turns() -> list[Doubles]:
    """Axes that characters are made in: Z up or Y up, looking to any side."""
    turns = []
    for up in (BLENDER_AXES, np.eye(3)):
        for quarter in range(4):
            angle = quarter * np.pi / 2
            turn = np.array(
                [[np.cos(angle), 0, np.sin(angle)], [0, 1, 0], [-np.sin(angle), 0, np.cos(angle)]]
            )
            turns.append(np.round(turn) @ up)
    return turns


def similarity(template: Template, face: Surface, motion: Doubles, axes: Doubles) -> Pose:
    """The best of some coarse starts: what moves lies where the template's face or mouth moves."""
    turned = face.vertices @ axes.T
    weights = face.areas * motion
    ranked = np.argsort(-weights)
    moving = ranked[: max(int((weights > 0.05 * weights.max()).sum()), 30)]
    middle = np.average(turned, axis=0, weights=weights)
    spread = np.sqrt(np.average((turned - middle) ** 2, axis=0, weights=weights))
    random = np.random.default_rng(0)
    some = random.choice(moving, min(150, len(moving)), replace=False)
    front = random.choice(np.flatnonzero(template.front), 150, replace=False)
    trees = _trees(template, face)
    poses = []
    for field in (template.motion, template.mouth_motion):
        aim = np.average(template.points, axis=0, weights=field)
        wide = np.sqrt(np.average((template.points - aim) ** 2, axis=0, weights=field))
        scale = float(wide[:2].sum() / max(spread[:2].sum(), 1e-12))
        for factor in (0.7, 1.0, 1.4):
            for pitch in (-0.25, 0.0, 0.25):
                turn = _pitched(pitch) @ axes
                offset = aim - scale * factor * turn @ axes.T @ middle
                start = Pose(turn, scale * factor, offset, axes)
                poses.append(_closest(trees, template, face, start, front, some, _FIRST_ROUNDS))
    followed = sorted(poses, key=lambda pose: pose.cost)[:_FOLLOWED]
    return min(
        (_closest(trees, template, face, pose, front, some, _COARSE_ROUNDS) for pose in followed),
        key=lambda pose: pose.cost,
    )


def _pitched(angle: float) -> Doubles:
    cos, sin = np.cos(angle), np.sin(angle)
    return np.array([[1, 0, 0], [0, cos, -sin], [0, sin, cos]])


def refined(template: Template, face: Surface, motion: Doubles, start: Pose) -> Pose:
    """The same with more points and rounds."""
    random = np.random.default_rng(1)
    weights = face.areas * motion
    moving = np.flatnonzero(weights > 0.02 * weights.max())
    some = random.choice(moving, min(600, len(moving)), replace=False)
    numbers = np.flatnonzero(template.front)
    front = random.choice(numbers, min(600, len(numbers)), replace=False)
    return _closest(_trees(template, face), template, face, start, front, some, _FINE_ROUNDS)


def _trees(template: Template, face: Surface) -> tuple[Any, Any]:
    from scipy.spatial import KDTree

    return KDTree(template.points), KDTree(face.vertices)


def _closest(
    trees: tuple[Any, Any],
    template: Template,
    face: Surface,
    pose: Pose,
    front: Indices,
    some: Indices,
    rounds: int,
) -> Pose:
    """Iterative closest points both ways, trimmed, for a similarity (Umeyama, IEEE TPAMI 13(4), 1991)."""
    on_template, on_face = trees
    source = goal = np.zeros((0, 3))
    for _ in range(rounds):
        placed = pose.apply(face.vertices[some])
        there = template.points[on_template.query(placed)[1]]
        back = (template.points[front] - pose.offset) @ pose.turn / pose.scale
        here = face.vertices[on_face.query(back)[1]]
        source = np.concatenate([face.vertices[some], here])
        goal = np.concatenate([there, template.points[front]])
        error = np.linalg.norm(pose.apply(source) - goal, axis=1)
        weight = 1 / (1 + (error / max(np.median(error), 1e-6)) ** 2)
        pose = _umeyama(source, goal, weight, pose)
    forth = np.linalg.norm(pose.apply(source) - goal, axis=1)
    first, second = forth[: len(some)], forth[len(some) :]
    # What the mesh moves must lie on the face, and most of the face must be there.
    cost = float(
        np.sqrt((first**2).mean()) + np.sqrt((np.sort(second)[: int(0.9 * len(second))] ** 2).mean())
    )
    return replace(pose, cost=cost)


def upright(template: Template, face: Surface, pose: Pose) -> tuple[Pose, bool]:
    """The pose in which a face that is its own mirror image looks straight ahead; whether it is one."""
    points = pose.apply(face.vertices)
    low, high = template.points[template.front].min(axis=0), template.points[template.front].max(axis=0)
    inside = ((points > low - _AROUND) & (points < high + _AROUND)).all(axis=1)
    if inside.sum() < _FEW:
        return pose, False
    plane = mirror_plane(points[inside])
    if plane.residual > _UNEVEN or plane.normal[0] < np.cos(_ASKEW):
        return pose, False
    axis = np.cross(plane.normal, (1.0, 0.0, 0.0))
    sine = float(np.linalg.norm(axis))
    turn = np.eye(3)
    if sine > 1e-9:
        x, y, z = axis / sine
        skew = np.array([[0, -z, y], [z, 0, -x], [-y, x, 0]])
        turn = np.eye(3) + sine * skew + (1 - plane.normal[0]) * skew @ skew
    # About the middle of the template's face, so that nothing else moves.
    middle = (low + high) / 2
    offset = turn @ (pose.offset - middle) + middle
    across = float((turn @ (plane.normal * plane.offset - middle) + middle)[0])
    moved = replace(pose, turn=turn @ pose.turn, offset=offset - np.array([across, 0, 0]))
    return moved, True


def agreement_of(template: Template, pose: Pose, face: Surface) -> float:
    """Cosine between normals of the template and the face, on average: about -1 for a mesh inside out."""
    from scipy.spatial import KDTree

    near = KDTree(pose.apply(face.vertices)).query(template.points[template.front])[1]
    normals = face.normals[near] @ pose.turn.T
    return float((normals * template.normals[template.front]).sum(axis=1).mean())


def _umeyama(source: Doubles, goal: Doubles, weight: Doubles, before: Pose) -> Pose:
    total = weight.sum()
    source_middle, goal_middle = weight @ source / total, weight @ goal / total
    a, b = source - source_middle, goal - goal_middle
    left, strengths, right = np.linalg.svd((b * weight[:, None]).T @ a)
    signs = np.array([1.0, 1.0, np.sign(np.linalg.det(left @ right)) * 1.0])
    turn = _limited((left * signs) @ right @ before.axes.T) @ before.axes
    scale = float((strengths * signs).sum() / max((weight[:, None] * a**2).sum(), 1e-12))
    if not 0.3 * before.scale < scale < 3 * before.scale:
        scale = before.scale
    return replace(before, turn=turn, scale=scale, offset=goal_middle - scale * turn @ source_middle)


def _limited(turn: Doubles) -> Doubles:
    """A rotation (3, 3) that is not larger than a head may be askew (Rodrigues' formula)."""
    angle = np.arccos(np.clip((np.trace(turn) - 1) / 2, -1, 1))
    if angle <= _ASKEW:
        return turn
    skew = (turn - turn.T) / 2
    sine = np.linalg.norm(skew) / np.sqrt(2)
    if sine < 1e-9:
        return np.eye(3)
    axis = skew / sine
    return np.eye(3) + np.sin(_ASKEW) * axis + (1 - np.cos(_ASKEW)) * axis @ axis
