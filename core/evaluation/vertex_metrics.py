# SPDX-License-Identifier: GPL-3.0-or-later
"""How near a moving mesh comes to a captured one, region by region.

An animation is given as expression coefficients beta (F, 64) of the built-in head or as positions (F, V, 3)
in metres in head axes (an array of a mapped file will do), the two of a comparison each in either form. From
beta only what is measured is computed: the region's vertices, or nothing but the 64 x 64 products of its
basis. Positions are those of a face whose rest is `neutral`, `head.template` by default; beta says how a face
leaves its rest, whatever that is. All measures are exact; hours of frames are taken block by block.

Results are in millimetres and square millimetres. What is a mean over frames comes as one value a frame, so
that clips can be pooled; FDD, a deviation over time, is of one clip.

Letters: F frames, V vertices, N vertices of a region, S animations.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import combinations
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ..head import Head

Animation = NDArray[np.floating]
Floats = NDArray[np.float64]

REGIONS: Final = ("lips", "lids", "brows", "upper_face")
"""Of the skin alone: teeth, tongue, lashes, eyeballs and the mouth's inside belong to none."""

_MILLIMETRES: Final = 1000.0
_BROW_REACH: Final = 0.015
"""Metres from a landmark of the brows: half the brow's height above and below, no gap between landmarks."""
_BLOCK: Final = 256
"""Frames at once: some megabytes of the lips, some tens of the upper face."""


@dataclass(frozen=True)
class LipScore:
    """How far the lips are off. Never mix the two: the second is squared before the mean is taken.

    Attributes:
        error: mm; the mean over frames of the largest distance of a lip vertex from its place.
        lve: mm^2; the mean over frames of the largest squared distance (CodeTalker's lip vertex error).
    """

    error: float
    lve: float


@dataclass(frozen=True)
class Agreement:
    """Correlation of each pair of S curves: the mean over pairs, and of the pair that agrees least."""

    mean: float
    least: float


@lru_cache(maxsize=16)
def region_weights(head: Head, name: str) -> NDArray[np.float32]:
    """(V,) soft weights 0..1 of one of `REGIONS`, 0 outside the skin that is seen.

    Lips and upper face are the head's regions, lids its `eyelids`; brows are the skin within 15 mm of their
    landmarks that is not lid.
    """
    seen = np.zeros(head.vertex_count, bool)
    outside = [head.parts.index(part) for part in ("skin", "lips")]
    seen[head.faces[np.isin(head.face_part, outside)]] = True
    if name == "brows":
        marks = [head.template[head.landmarks[f"mediapipe_brow_{side}"]] for side in ("left", "right")]
        far = np.linalg.norm(head.template[:, None] - np.concatenate(marks)[None], axis=-1).min(axis=1)
        weights = ((far <= _BROW_REACH) & (head.regions["eyelids"] < 0.5)).astype(np.float32)
    elif name in REGIONS:
        weights = head.regions["eyelids" if name == "lids" else name]
    else:
        raise ValueError(f"There is no region '{name}': expected one of {', '.join(REGIONS)}.")
    return np.where(seen, weights, np.float32(0))


def region_vertices(head: Head, name: str) -> NDArray[np.int64]:
    """The vertices (N,) of which at least half belongs to a region.

    Of the built-in head 307 of the lips, 638 of the lids, 106 of the brows, 1639 of the upper face.
    """
    return np.flatnonzero(region_weights(head, name) >= 0.5)


def lip_errors(
    prediction: Animation, truth: Animation, head: Head, *, neutral: NDArray[np.floating] | None = None
) -> Floats:
    """(F,) mm: how far the lip vertex that is farthest from its place is off in each frame."""
    vertices = region_vertices(head, "lips")
    result = np.empty(_frames(prediction, truth))
    both = zip(
        _displacements(prediction, vertices, head, neutral),
        _displacements(truth, vertices, head, neutral),
        strict=True,
    )
    done = 0
    for made, captured in both:
        result[done : done + len(made)] = np.sqrt(((made - captured) ** 2).sum(axis=-1).max(axis=-1))
        done += len(made)
    return result


def lip_score(errors: NDArray[np.floating]) -> LipScore:
    """The score of `lip_errors` of one clip, or of those of many one after the other."""
    return LipScore(error=float(np.mean(errors)), lve=float(np.mean(np.square(errors))))


def upper_face_dynamics(
    animation: Animation, head: Head, *, neutral: NDArray[np.floating] | None = None
) -> float:
    """mm^2: how much the upper face moves, the mean over its vertices of std over time of |x - neutral|^2.

    The two halves of FDD (CodeTalker): that of the truth minus that of the prediction, positive where the
    prediction moves too little. 0 for a face that stays as it is.
    """
    count, mean, spread = 0, np.zeros(()), np.zeros(())
    for moved in _displacements(animation, region_vertices(head, "upper_face"), head, neutral):
        squares = (moved**2).sum(axis=-1)
        # Chan, Golub and LeVeque 1979: deviations of blocks joined without loss.
        total, block_mean = count + len(squares), squares.mean(axis=0)
        spread = spread + squares.var(axis=0) * len(squares)
        spread = spread + (block_mean - mean) ** 2 * (count * len(squares) / total)
        mean = mean + (block_mean - mean) * (len(squares) / total)
        count = total
    return float(np.sqrt(spread / count).mean()) if count else float("nan")


def face_dynamics_deviation(
    prediction: Animation, truth: Animation, head: Head, *, neutral: NDArray[np.floating] | None = None
) -> float:
    """FDD of a clip in mm^2, signed; give the absolute value too (over clips the mean of these)."""
    captured, made = (upper_face_dynamics(each, head, neutral=neutral) for each in (truth, prediction))
    return captured - made


def lip_opening(animation: Animation, head: Head, *, neutral: NDArray[np.floating] | None = None) -> Floats:
    """(F,) mm: height between the middles of the inner lips, as `core.head.lip_gap`; below 0 they overlap."""
    upper, lower = head.landmarks["inner_lip_upper"], head.landmarks["inner_lip_lower"]
    middle = len(upper) // 2
    return _opening(animation, upper[middle : middle + 1], lower[middle : middle + 1], head, neutral)


def lid_opening(animation: Animation, head: Head, *, neutral: NDArray[np.floating] | None = None) -> Floats:
    """(F,) mm: height between the lids' rims, the mean of three places of each eye."""
    upper, lower = (
        np.concatenate([head.landmarks[f"eyelid_{rim}_{side}"] for side in ("left", "right")])
        for rim in ("upper", "lower")
    )
    return _opening(animation, upper, lower, head, neutral)


def mouth_opening_deviation(
    prediction: Animation, truth: Animation, head: Head, *, neutral: NDArray[np.floating] | None = None
) -> float:
    """MOD in mm: the mean over frames of how much the lips' opening is off."""
    _frames(prediction, truth)
    made, captured = (lip_opening(each, head, neutral=neutral) for each in (prediction, truth))
    return float(np.abs(made - captured).mean())


def region_change(
    one: Animation,
    other: Animation,
    weights: NDArray[np.floating],
    head: Head,
    *,
    neutral: NDArray[np.floating] | None = None,
) -> Floats:
    """(F,) mm: how differently a region is placed in two animations, root-mean-square over its vertices.

    Divide by `region_deviation` of captured motion for a change in units of what the region does in life.

    Args:
        one, other: animations of equally many frames.
        weights: (V,) of the region.
        head: whose bases beta is in.
        neutral: of positions.
    """
    result = np.empty(_frames(one, other))
    if one.ndim == other.ndim == 2:
        # |B d|^2 = d' (B' B) d: the region's 64 x 64 products stand for all its vertices.
        difference = np.asarray(one, np.float64) - other
        squares = np.einsum(
            "fi,ij,fj->f", difference, region_products(head, weights), difference, optimize=True
        )
        return np.sqrt(np.maximum(squares, 0))
    vertices, share = _region(weights)
    done = 0
    both = zip(
        _displacements(one, vertices, head, neutral),
        _displacements(other, vertices, head, neutral),
        strict=True,
    )
    for left, right in both:
        squares = ((left - right) ** 2).sum(axis=-1) @ share
        result[done : done + len(left)] = np.sqrt(squares)
        done += len(left)
    return result


def region_deviation(
    animations: Sequence[Animation],
    weights: NDArray[np.floating],
    head: Head,
    *,
    neutral: NDArray[np.floating] | None = None,
) -> float:
    """mm: standard deviation of a region's place over all frames of some clips, RMS over its vertices.

    Args:
        animations: clips of captured motion.
        weights: (V,) of the region.
        head: whose bases beta is in.
        neutral: of positions.
    """
    if all(each.ndim == 2 for each in animations):
        frames = np.concatenate([np.asarray(each, np.float64) for each in animations])
        covariance = np.cov(frames.T, bias=True)
        return float(np.sqrt(max(0.0, float((covariance * region_products(head, weights)).sum()))))
    vertices, share = _region(weights)
    count, mean, spread = 0, np.zeros((len(vertices), 3)), np.zeros((len(vertices), 3))
    for animation in animations:
        for moved in _displacements(animation, vertices, head, neutral):
            total, block_mean = count + len(moved), moved.mean(axis=0)
            spread += moved.var(axis=0) * len(moved)
            spread += (block_mean - mean) ** 2 * (count * len(moved) / total)
            mean += (block_mean - mean) * (len(moved) / total)
            count = total
    return float(np.sqrt((spread / count).sum(axis=-1) @ share))


def explained_variance(prediction: NDArray[np.floating], truth: NDArray[np.floating]) -> float:
    """R^2 of a curve (F,): the share of the truth's variance that the prediction explains.

    1 = equal, 0 = no better than the truth's mean, below 0 = worse; not a number where the truth never moves.
    """
    made, captured = np.asarray(prediction, np.float64), np.asarray(truth, np.float64)
    _frames(made, captured)
    variance = np.mean((captured - captured.mean()) ** 2)
    return float(1 - np.mean((made - captured) ** 2) / variance) if variance > 0 else float("nan")


def agreement(curves: Sequence[NDArray[np.floating]]) -> Agreement:
    """How much the same curve (F,) of several animations agrees, such as the lips' opening of five seeds.

    A pair of which one never moves counts as not correlated.
    """
    if len(curves) < 2:
        raise ValueError(f"{len(curves)} curve to compare: expected two or more.")
    pairs = [_correlation(one, other) for one, other in combinations(curves, 2)]
    return Agreement(mean=float(np.mean(pairs)), least=float(np.min(pairs)))


def _correlation(one: NDArray[np.floating], other: NDArray[np.floating]) -> float:
    _frames(one, other)
    left, right = (np.asarray(each, np.float64) - np.mean(each) for each in (one, other))
    size = np.sqrt((left @ left) * (right @ right))
    return float(left @ right / size) if size > 0 else 0.0


def _frames(one: Animation, other: Animation) -> int:
    """Number of frames that both animations have."""
    if len(one) != len(other):
        raise ValueError(f"One animation has {len(one)} frames, the other {len(other)}: expected as many.")
    if not len(one):
        raise ValueError("An animation without frames cannot be measured.")
    return len(one)


def _displacements(
    animation: Animation, vertices: NDArray[np.int64], head: Head, neutral: NDArray[np.floating] | None
) -> Iterator[Floats]:
    """Blocks (f, N, 3) of some vertices' way from neutral, mm."""
    if animation.ndim == 2:
        basis = _MILLIMETRES * head.expression_basis_at(vertices).astype(np.float64)
        _check(animation.shape[1:], basis.shape[:1])
        for first in range(0, len(animation), _BLOCK):
            beta = np.asarray(animation[first : first + _BLOCK], np.float64)
            yield (beta @ basis.reshape(len(basis), -1)).reshape(len(beta), -1, 3)
        return
    _check(animation.shape[1:], head.template.shape)
    rest = (head.template if neutral is None else neutral)[vertices].astype(np.float64)
    for first in range(0, len(animation), _BLOCK):
        positions = animation[first : first + _BLOCK, vertices]
        yield _MILLIMETRES * (positions.astype(np.float64) - rest)


def _check(shape: tuple[int, ...], expected: tuple[int, ...]) -> None:
    if shape != expected:
        raise ValueError(f"An animation with {shape} numbers a frame, expected (64,) or (V, 3) of the head.")


def _opening(
    animation: Animation,
    upper: NDArray[np.int64],
    lower: NDArray[np.int64],
    head: Head,
    neutral: NDArray[np.floating] | None,
) -> Floats:
    """(F,) mm between the means of two rows of vertices, along y."""
    vertices = np.concatenate([upper, lower])
    rest = (head.template if neutral is None else neutral)[vertices, 1].astype(np.float64)
    heights = [moved[..., 1] for moved in _displacements(animation, vertices, head, neutral)]
    rows = np.concatenate([np.zeros((0, len(vertices))), *heights]) + _MILLIMETRES * rest
    return rows[:, : len(upper)].mean(axis=1) - rows[:, len(upper) :].mean(axis=1)


def _region(weights: NDArray[np.floating]) -> tuple[NDArray[np.int64], Floats]:
    """A region's vertices (N,) and their shares (N,) of it."""
    vertices = np.flatnonzero(weights)
    share = np.asarray(weights, np.float64)[vertices]
    return vertices, share / share.sum()


def region_products(head: Head, weights: NDArray[np.floating]) -> Floats:
    """(64, 64) weighted products of the basis's rows at a region, mm^2."""
    vertices, share = _region(weights)
    basis = _MILLIMETRES * head.expression_basis_at(vertices).astype(np.float64)
    rows = (basis * np.sqrt(share)[:, None]).reshape(len(basis), -1)
    return rows @ rows.T
