# SPDX-License-Identifier: GPL-3.0-or-later
"""From the keys that a rig has back to the 52 ARKit weights: what `retargeter` does, the other way round.

A key that is an ARKit shape by its name gives its weight as it is. What other keys mean together is the sum
of what each means, where that is a face that ARKit's shapes can make; where it is not, and for keys that
were measured, the bounded least-squares solution on the built-in head, part by part.

Shape letters: F frames, K keys, S samples, M rows of what counts for a part (`face_features`).
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .arkit import ARKIT_INDEX, ARKIT_NAMES, PARTS, arkit_indices
from .beliefs import is_direct, part_of
from .channels import CHANNELS
from .face_features import face_features
from .mapping import MappedKey
from .measured_shapes import MeasuredShapes
from .solve import WeightSolver

_BEYOND = 1e-6
"""Weight beyond 0..1 that is rounding."""


@dataclass(frozen=True)
class ReadWeights:
    """What keys say.

    Attributes:
        weights: (F, 52) float32 in 0..1.
        exact: ARKit names that a key stands for by itself, or two keys for its sides, in parts where no other
            key does anything.
        parts: the parts of `PARTS` of which some key says something.
    """

    weights: NDArray[np.float32]
    exact: frozenset[str]
    parts: tuple[str, ...]


def weights_of_keys(
    rows: Sequence[MappedKey], values: NDArray[np.floating], shapes: MeasuredShapes | None = None
) -> ReadWeights:
    """The weights that values of keys stand for.

    Args:
        rows: (K,) what each key is; those without a channel are measured or say nothing.
        values: (F, K) of the keys, with gain, offset and inversion of their rows.
        shapes: what the keys do, where it was measured; keys that are ARKit shapes by their names need none.
    """
    measured = {} if shapes is None else dict(zip(shapes.keys, shapes.displacements, strict=True))
    plain = _plain(rows, values)
    pieces = Counter(row.channel for row in rows)
    linear = np.zeros((values.shape[0], len(ARKIT_NAMES)))
    solved: dict[str, list[int]] = {}
    direct: dict[str, set[str]] = {}
    indirect: set[str] = set()
    for column, row in enumerate(rows):
        turned = () if shapes is None or row.channel else shapes.gaze.get(row.key, ())
        meaning = CHANNELS[row.channel].meaning if row.channel in CHANNELS else dict.fromkeys(turned, 1.0)
        named = bool(meaning) and is_direct(meaning)
        if row.key in measured and not named:
            part = CHANNELS[row.channel].part if row.channel in CHANNELS else part_of(measured[row.key])
            if part is not None and part != "Gaze":
                solved.setdefault(part, []).append(column)
                indirect.add(part)
                continue
        if not meaning:
            continue
        part = "Gaze" if turned else CHANNELS[row.channel].part
        share = 1 / pieces[row.channel] if row.channel else 1.0
        for name, weight in meaning.items():
            linear[:, ARKIT_INDEX[name]] += share * weight * plain[:, column]
        direct.setdefault(part, set())
        if named or part == "Gaze":
            direct[part].update(meaning)
        else:
            indirect.add(part)
    weights = np.clip(linear, 0, 1)
    for part in PARTS:
        columns = solved.get(part, [])
        if part in indirect and part != "Gaze":
            moves = np.array([measured[rows[column].key] for column in columns])
            _solve(weights, linear, part, plain[:, columns], moves)
    spoken = tuple(part for part in PARTS if part in direct or part in solved)
    exact = {name for part, names in direct.items() if part not in indirect for name in names}
    return ReadWeights(weights.astype(np.float32), frozenset(exact), spoken)


def _plain(rows: Sequence[MappedKey], values: NDArray[np.floating]) -> NDArray[np.float64]:
    """How much of each key is shown (F, K), 0 at rest: what `MappedKey` says, the other way round."""
    gains = np.array([row.gain for row in rows], np.float64)
    offsets = np.array([row.offset for row in rows], np.float64)
    inverted = np.array([row.invert for row in rows], bool)
    shown = (np.asarray(values, np.float64) - offsets) / np.where(gains == 0, np.inf, gains)
    return np.where(inverted & (gains != 0), 1 - shown, shown)


def _solve(
    weights: NDArray[np.float64],
    linear: NDArray[np.float64],
    part: str,
    plain: NDArray[np.float64],
    moves: NDArray[np.float64],
) -> None:
    """Put bounded least-squares weights of a part's own shapes in, where the sum of meanings is none.

    Args:
        weights: (F, 52), changed in place.
        linear: (F, 52) sum of what keys mean by their names.
        part: of `PARTS`.
        plain: (F, N) how much is shown of keys that were measured.
        moves: (N, S, 3) displacements of these.
    """
    own = np.array(arkit_indices(PARTS[part]))
    beyond = (linear[:, own] < -_BEYOND) | (linear[:, own] > 1 + _BEYOND)
    frames = np.flatnonzero(beyond.any(axis=1) | (np.abs(plain).max(axis=1, initial=0) > _BEYOND))
    if len(frames) == 0:
        return
    features = face_features()
    # Of equal distances with a row for each shape instead of hundreds.
    basis, triangle = np.linalg.qr(features.rows(part, features.arkit[own]))
    matrix = np.zeros((len(own), len(ARKIT_NAMES)))
    matrix[:, own] = triangle
    wanted = linear[np.ix_(frames, own)] @ triangle.T
    if len(moves):
        wanted += plain[frames] @ (basis.T @ features.rows(part, moves)).T
    weights[np.ix_(frames, own)] = WeightSolver(matrix).solve(wanted)[:, own]
