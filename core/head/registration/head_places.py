# SPDX-License-Identifier: GPL-3.0-or-later
"""Where a head may be in a mesh: at an end of a figure, or behind two equal balls.

Letters: B starts, N points of the mesh.
"""

from collections.abc import Iterator, Sequence
from itertools import combinations
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ..surface import Surface
from .alignment import Poses
from .samples import Samples, template_samples
from .template_face import template_face

Doubles = NDArray[np.float64]

SHARES: Final = (1.6, 1.0, 0.72, 0.52, 0.37, 0.27, 0.2, 0.155, 0.12)
"""Height of the head with its neck as a part of the figure: of a mask, alone, of a bust, a cartoon, an
adult."""
_FEWEST: Final = 60
"""Points in which a head may be."""
_BALL: Final = 0.3
"""Smallest spread of a ball, as a part of its largest."""
_ALIKE: Final = 0.06
"""Part of their size by which two eyes may differ."""
_APART: Final = (1.1, 8.0)
"""Distance of two eyes, as a part of their size."""
_MOST_PAIRS: Final = 12
_AROUND: Final = 4.0
"""Eye distances around the eyes in which the head is."""
_STEPS: Final = 12
"""Turns about the line through the eyes that are tried."""


def at_ends(
    samples: Samples,
    frame: Doubles,
    usual: Sequence[Doubles] | None = None,
    height: float | None = None,
) -> Iterator[tuple[Samples, Poses]]:
    """What of a mesh may be the head, and how it may lie in it.

    Args:
        samples: the mesh.
        frame: (3, 3) to the axes that ends are looked for along.
        usual: turns (3, 3) to head axes; others are left out. All 24 of the frame by default.
        height: of the head with its neck, where it is known; else `SHARES` of the mesh.
    """
    whole = template_samples().whole.points
    low, high = whole.min(axis=0), whole.max(axis=0)
    placed = samples.points @ frame.T
    for share in SHARES if height is None else (None,):
        for axis in range(3):
            for sign in (-1.0, 1.0):
                end = np.zeros(3)
                end[axis] = sign
                along = placed @ end
                tall = share * float(np.ptp(along)) if share is not None else float(height or 0)
                inside = along > along.max() - tall
                if inside.sum() < _FEWEST or tall <= 0:
                    continue
                middle = np.median(placed[inside], axis=0)
                is_mask = share is not None and share > 1
                if not is_mask:
                    middle = middle - (middle @ end) * end + along.max() * end
                turns, goals, scales = [], [], []
                for side in _beside(axis):
                    # The head's top is there and its face looks to a side ...
                    turns.append(np.stack([np.cross(end, side), end, side]))
                    goals.append([0.0, 0.02, 0.09] if is_mask else [0.0, high[1], 0.01])
                    scales.append((high[1] - low[1]) / tall)
                    if share is None or share < 1:
                        # ... or its face looks there, as an animal's does.
                        turns.append(np.stack([np.cross(side, end), side, end]))
                        goals.append([0.0, 0.02, high[2]])
                        scales.append(0.9 * (high[2] - low[2]) / tall)
                turned = np.array(turns) @ frame
                wanted = _among(turned, usual)
                if wanted.any():
                    scale = np.array(scales)[wanted]
                    source = np.broadcast_to(frame.T @ middle, (len(scale), 3))
                    starts = Poses.starts(turned[wanted], scale, source, np.array(goals)[wanted])
                    yield samples.some(inside, 1 / float(scale[0])), starts


def _among(turns: Doubles, usual: Sequence[Doubles] | None) -> NDArray[np.bool_]:
    """Which turns (B, 3, 3) are some of the usual ones."""
    if usual is None:
        return np.ones(len(turns), bool)
    return np.array([any(np.allclose(turn, each, atol=1e-6) for each in usual) for turn in turns])


def _beside(axis: int) -> Iterator[Doubles]:
    for other in range(3):
        for sign in (-1.0, 1.0):
            if other != axis:
                side = np.zeros(3)
                side[other] = sign
                yield side


def behind_eyes(samples: Samples, whole: Surface) -> Iterator[tuple[Samples, Poses]]:
    """The same for each two islands that may be eyes."""
    template = template_face()
    spans = template.head.spans
    eyes = [template.head.template[spans[f"eye_{side}"]].mean(axis=0) for side in ("left", "right")]
    apart = float(np.linalg.norm(eyes[0] - eyes[1]))
    goal = (eyes[0] + eyes[1]) / 2
    for left, right in _balls(whole):
        middle, across = (left + right) / 2, left - right
        distance = float(np.linalg.norm(across))
        across = across / distance
        inside = np.linalg.norm(samples.points - middle, axis=1) < _AROUND * distance
        if inside.sum() < _FEWEST:
            continue
        other = np.eye(3)[np.abs(across).argmin()]
        first = np.cross(across, other)
        first /= np.linalg.norm(first)
        second = np.cross(across, first)
        turns = []
        for step in range(_STEPS):
            angle = 2 * np.pi * step / _STEPS
            front = np.cos(angle) * first + np.sin(angle) * second
            turns += [np.stack([side, np.cross(front, side), front]) for side in (across, -across)]
        count = len(turns)
        scale = np.full(count, apart / distance)
        starts = Poses.starts(
            np.array(turns), scale, np.broadcast_to(middle, (count, 3)), np.broadcast_to(goal, (count, 3))
        )
        yield samples.some(inside, distance / apart), starts


def _balls(whole: Surface) -> Iterator[tuple[Doubles, Doubles]]:
    """Middles of two islands each that are about as long as wide, equally large and near to each other."""
    count = np.bincount(whole.islands)
    total = np.maximum(np.bincount(whole.islands, whole.areas), 1e-300)
    weights = whole.areas / total[whole.islands]
    middles = np.stack(
        [np.bincount(whole.islands, weights * whole.vertices[:, axis]) for axis in range(3)], 1
    )
    away = whole.vertices - middles[whole.islands]
    spread = np.zeros((len(count), 3, 3))
    for row in range(3):
        for column in range(3):
            spread[:, row, column] = np.bincount(whole.islands, weights * away[:, row] * away[:, column])
    sizes = np.sqrt(np.maximum(np.linalg.eigvalsh(spread), 0))
    large = 2 * np.sqrt(3) * sizes[:, 2]
    round_ones = np.flatnonzero((count >= 12) & (sizes[:, 0] > _BALL * sizes[:, 2]) & (total > 1e-300))
    round_ones = round_ones[np.argsort(-large[round_ones], kind="stable")][:60]
    pairs = []
    for a, b in combinations(round_ones.tolist(), 2):
        distance = np.linalg.norm(middles[a] - middles[b])
        unlike = float(np.abs(sizes[a] - sizes[b]).max() / sizes[[a, b]].max())
        if unlike < _ALIKE and _APART[0] * large[a] < 2 * distance < 2 * _APART[1] * large[a]:
            pairs.append((unlike - 0.1 * float(sizes[a, 0] / sizes[a, 2]), a, b))
    for _, a, b in sorted(pairs)[:_MOST_PAIRS]:
        yield middles[a].astype(np.float64), middles[b].astype(np.float64)
