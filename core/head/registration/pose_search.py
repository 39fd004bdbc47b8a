# SPDX-License-Identifier: GPL-3.0-or-later
"""Of many places and turns in which a head may lie in a mesh, those that its shape agrees with.

Letters: B poses.
"""

from collections.abc import Iterable
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ...progress import Progress, untold, within
from .alignment import Poses, aligned
from .samples import Samples

Doubles = NDArray[np.float64]
Indices = NDArray[np.int64]

_STAGES: Final = ((32, 6, 100), (12, 10, 250), (6, 12, 600))
"""How many poses are followed for how many rounds, with how many points."""
_ASKEW: Final = np.radians(40)
_ALIKE_TURN: Final = np.radians(25)
_ALIKE_PLACE: Final = 0.05
"""Poses as near as this (metres) come to the same."""
_AROUND: Final = 0.25
"""Metres from the middle of the head that are looked at."""
_CANDIDATES: Final = 60
"""As many as there mostly are."""
_FIRST: Final = 0.3
"""Share of the time that goes by with them, before the stages, which take about equally long."""


def best_poses(
    samples: Samples, candidates: Iterable[tuple[Samples, Poses]], tell: Progress = untold
) -> tuple[Poses, Doubles]:
    """The best poses (B,) of all, best first, no two of which come to the same; how wrong each is (B,).

    Args:
        samples: the mesh.
        candidates: what of it may be the head, and how it may lie there.
        tell: receives the share that is done.
    """
    found = []
    for number, (region, starts) in enumerate(candidates):
        tell(_FIRST * min(number / _CANDIDATES, 1))
        found.append(aligned(region, starts, rounds=3, count=48, askew=_ASKEW))
    poses, cost = Poses.joined([each[0] for each in found]), np.concatenate([each[1] for each in found])
    for stage, (keep, rounds, count) in enumerate(_STAGES):
        order = _unlike(poses, cost, keep)
        start, end = (_FIRST + (1 - _FIRST) * each / len(_STAGES) for each in (stage, stage + 1))
        tell_stage = within(tell, start, end)
        results = []
        for number, row in enumerate(order):
            tell_stage(number / len(order))
            results.append(_again(samples, poses.take(row[None]), rounds, count))
        poses = Poses.joined([each[0] for each in results])
        cost = np.concatenate([each[1] for each in results])
    order = _unlike(poses, cost, len(cost))
    return poses.take(order), cost[order]


def _again(samples: Samples, pose: Poses, rounds: int, count: int) -> tuple[Poses, Doubles]:
    """Follow one pose with the points of the mesh around it."""
    placed = pose.to_template(samples.points)[0]
    near = np.linalg.norm(placed - (0, 0.02, 0.03), axis=1) < _AROUND
    if near.sum() < 60:
        return pose, np.ones(1)
    region = samples.some(near, 1 / float(pose.scale[0]))
    return aligned(region, pose, rounds=rounds, count=count, askew=_ASKEW)


def _unlike(poses: Poses, cost: Doubles, count: int) -> Indices:
    """The best `count` that differ from each better one."""
    middle = poses.to_mesh(np.array([[0.0, 0.02, 0.06]]))[:, 0]
    chosen: list[int] = []
    for row in np.argsort(cost, kind="stable"):
        if len(chosen) == count:
            break
        if chosen:
            turns = poses.turn[chosen] @ poses.turn[row].T
            angle = np.arccos(np.clip((np.trace(turns, axis1=1, axis2=2) - 1) / 2, -1, 1))
            away = np.linalg.norm(middle[chosen] - middle[row], axis=1) * poses.scale[row]
            grown = np.abs(np.log(poses.scale[chosen] / poses.scale[row]))
            if ((angle < _ALIKE_TURN) & (away < _ALIKE_PLACE) & (grown < 0.15)).any():
                continue
        chosen.append(int(row))
    return np.array(chosen, np.int64)
