# SPDX-License-Identifier: GPL-3.0-or-later
"""How near the faces that a generator makes come to captured ones, with intervals for differences.

Shape letters: F frames, U pieces of three seconds.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ..head import load_head
from ..retarget.solve import WeightSolver
from ..training.captures import Capture
from ..training.scores import measure_mouth, score
from .captured_people import centred
from .fast_motion import fast_share
from .generators_motion import FAST_FPS, Contestant, Made, lip_coordinates, truth_of
from .vertex_metrics import face_dynamics_deviation, lip_errors, lip_score

CORRELATIONS: Final = ("lip gap", "mouth width", "pucker", "funnel")
"""Of `training.scores.MOUTH_MEASURES`."""
FAST_HZ: Final = 12.0
"""Faster motion than this is jitter."""
QUICK_HZ: Final = 8.0
"""Where faces that were captured at 25 frames a second, 12.5 Hz, can still be compared."""

_PIECE_SECONDS: Final = 3.0
_RESAMPLES: Final = 2000
_LEAST_FAST_RATE: Final = 28.0
"""Frames a second of a capture in which motion above `FAST_HZ` is seen."""


@dataclass(frozen=True)
class Pieces:
    """Sums over pieces of three seconds, of which any draw gives figures again.

    Attributes:
        gaps: (U, 3) sums of truth * truth, made * made and truth * made of the lip gap, from clips' means.
        errors: (U, 2) sum of the lips' errors in mm, and frames.
    """

    gaps: NDArray[np.float64]
    errors: NDArray[np.float64]


@dataclass(frozen=True)
class Result:
    """One column of a table.

    Attributes:
        figures: by the name of the line.
        pieces: to draw from; None for the captured face itself.
    """

    figures: dict[str, float]
    pieces: Pieces | None = None


@dataclass(frozen=True)
class Difference:
    """By how much one is better than another, with the interval of 95 % of the draws.

    Attributes:
        value: the difference itself.
        low, high: the interval.
    """

    value: float
    low: float
    high: float


def measure(contestant: Contestant, captures: Sequence[Capture]) -> Result:
    """Figures of a contestant on captured clips, over the frames that were captured.

    Lines: correlations of `CORRELATIONS`, each clip from its own mean, and "amount", the made gap's spread
    beside the truth's; "lips mm" and "LVE mm2", the mean over frames of the largest error of a lip vertex,
    and of its square; "moved mm", the first of them after each clip's mean face is taken away; "FDD" and
    "|FDD|", mm^2, the mean over clips; "fast", the share of the lips' motion above 12 Hz at 80 frames a
    second; "fast seen" and "quick seen", above 12 and 8 Hz at the capture's frames.
    """
    head = load_head()
    solver = WeightSolver(head.arkit_to_expression)
    truths = [truth_of(capture) for capture in captures]
    made = [contestant.make(capture) for capture in captures]
    pairs = [
        (own.beta[clip.valid], truth.beta[clip.valid])
        for own, truth, clip in zip(made, truths, captures, strict=True)
    ]
    real = [measure_mouth(capture.weights, capture) for capture in captures]
    shown = [measure_mouth(_solved(solver, own.beta)) for own in made]
    figures: dict[str, float] = {}
    curves: dict[str, tuple[NDArray[np.float64], NDArray[np.float64]]] = {}
    for name in CORRELATIONS:
        truth, own = (centred([curve[name] for curve in side], captures) for side in (real, shown))
        curves[name] = truth, own
        # Of a still face nothing but rounding errors would be correlated.
        moves = truth.std() > 1e-6 and own.std() > 1e-3 * truth.std()
        figures[name] = score(truth, own).correlation if moves else float("nan")
    truth, own = curves["lip gap"]
    figures["amount"] = float(own.std() / truth.std()) if truth.std() > 0 else float("nan")
    errors = [lip_errors(*pair, head) for pair in pairs]
    score_of_lips = lip_score(np.concatenate(errors))
    figures["lips mm"], figures["LVE mm2"] = score_of_lips.error, score_of_lips.lve
    moved = [lip_errors(a - a.mean(axis=0), b - b.mean(axis=0), head) for a, b in pairs]
    figures["moved mm"] = float(np.concatenate(moved).mean())
    deviations = [
        face_dynamics_deviation(*pair, head)
        for pair, truth in zip(pairs, truths, strict=True)
        if truth.has_upper
    ]
    figures["FDD"] = float(np.mean(deviations)) if deviations else float("nan")
    figures["|FDD|"] = float(np.mean(np.abs(deviations))) if deviations else float("nan")
    figures |= fast_figures(made, captures)
    return Result(figures, _pieces(curves["lip gap"], errors, captures))


def _solved(solver: WeightSolver, beta: NDArray[np.float32]) -> NDArray[np.float32]:
    """Weights (F, 52); of a face that stands still they are found once."""
    return solver.solve(beta) if beta.std(axis=0).any() else solver.solve(beta[:1]).repeat(len(beta), axis=0)


def fast_figures(made: Sequence[Made], captures: Sequence[Capture]) -> dict[str, float]:
    """The lines of `measure` about fast motion, which a captured face has too."""
    fps = captures[0].fps
    fast = [lip_coordinates(each.fast) for each in made if each.fast is not None]
    # A gap within a clip would look like a jump: the stretch before it is taken.
    seen = [
        lip_coordinates(each.beta[: _captured_stretch(clip)])
        for each, clip in zip(made, captures, strict=True)
    ]
    return {
        "fast": fast_share(fast, FAST_FPS, FAST_HZ),
        "fast seen": fast_share(seen, fps, FAST_HZ) if fps > _LEAST_FAST_RATE else float("nan"),
        "quick seen": fast_share(seen, fps, QUICK_HZ),
    }


def _captured_stretch(capture: Capture) -> int:
    return len(capture) if capture.valid.all() else int(np.argmin(capture.valid))


def _pieces(
    gap: tuple[NDArray[np.float64], NDArray[np.float64]],
    errors: Sequence[NDArray[np.float64]],
    captures: Sequence[Capture],
) -> Pieces:
    truth, own = gap
    products = np.stack([truth * truth, own * own, truth * own], axis=1)
    gaps, sums, start = [], [], 0
    for rows, capture in zip(errors, captures, strict=True):
        length = round(_PIECE_SECONDS * capture.fps)
        # A rest of less than half a piece belongs to the one before.
        cuts = np.arange(1, max(1, round(len(rows) / length))) * length
        gaps += [part.sum(axis=0) for part in np.split(products[start : start + len(rows)], cuts)]
        sums += [(part.sum(), len(part)) for part in np.split(rows, cuts)]
        start += len(rows)
    return Pieces(np.array(gaps), np.array(sums, np.float64))


def gap_difference(one: Pieces, other: Pieces) -> Difference:
    """By how much the lip gap of one is correlated more."""
    return _difference(one.gaps, other.gaps, _correlations)


def error_difference(one: Pieces, other: Pieces) -> Difference:
    """By how many mm the lips of one are farther away."""
    return _difference(one.errors, other.errors, lambda sums: sums[..., 0] / sums[..., 1])


def _correlations(sums: NDArray[np.float64]) -> NDArray[np.float64]:
    sizes = np.sqrt(sums[..., 0] * sums[..., 1])
    return np.divide(sums[..., 2], sizes, out=np.zeros_like(sizes), where=sizes > 0)


def _difference(
    one: NDArray[np.float64],
    other: NDArray[np.float64],
    figure: Callable[[NDArray[np.float64]], NDArray[np.float64]],
) -> Difference:
    """Bootstrap (Efron 1979): both are drawn from the same pieces, with replacement."""
    drawn = np.random.default_rng(0).integers(0, len(one), (_RESAMPLES, len(one)))
    differences = figure(one[drawn].sum(axis=1)) - figure(other[drawn].sum(axis=1))
    value = float(figure(one.sum(axis=0)) - figure(other.sum(axis=0)))
    low, high = np.percentile(differences, [2.5, 97.5])
    return Difference(value, float(low), float(high))
