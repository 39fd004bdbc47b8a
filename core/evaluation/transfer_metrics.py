# SPDX-License-Identifier: GPL-3.0-or-later
"""How far shapes are from the true ones: vertices, sealed lips, closed lids, what must stay still.

Metres in head axes. Letters: W vertices, N some of them, C columns of an eye.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ..head.surface import Surface
from ..retarget.arkit import ARKIT_NAMES
from .made_heads import Doubles
from .transfer_openings import Opening, highest_slit
from .transfer_truth import Eye, Truth

MOVING: Final = 0.02
"""Vertices that truly move by more than this part of a shape's largest displacement are its moving ones."""
_MOVED_PART: Final = 0.0005
"""Metres that a shape must move a part of the head by for the part to be judged by it."""
PARTED: Final = 0.002
"""Part of the mouth's width below which true lips are together."""
JAWS: Final = (0.25, 0.5, 1.0)
"""Weights of jawOpen and mouthClose together."""
BLINKS: Final = (0.25, 0.5, 0.75, 1.0)
"""Weights of eyeBlink at which lids must stay in front of the eyeball."""
_IN_FRONT: Final = 0.4
"""Radii of an eyeball in front of its middle from which skin is a lid's."""
_LINING: Final = 0.0002
"""Metres in an eyeball from which skin is the lining of a lid."""
SEPARATE: Final = ("skin", "eyes", "teeth", "tongue", "lashes", "mouth_cavity")
"""Parts whose errors are told apart."""


@dataclass(frozen=True)
class ShapeError:
    """One shape.

    Attributes:
        name: of `ARKIT_NAMES`.
        mean, high: mean and 95th percentile of the distance from the truth over its moving vertices, as
            shares of its largest displacement.
        parts: part of the head -> mean over the part's moving vertices, as a share of the largest
            displacement there; parts that the shape moves by less than half a millimetre are left out.
        stray: largest displacement of a vertex that truly stays where it is, as a share of the same.
    """

    name: str
    mean: float
    high: float
    parts: Mapping[str, float]
    stray: float


@dataclass(frozen=True)
class Seal:
    """How well lips that truly are together stay together, as shares of the mouth's width.

    Attributes:
        gap: largest height between vertices that truly meet, beyond that at rest; `where` is in what.
        seen: highest slit between the lips seen from the front, beyond those at rest and in truth;
            `seen_where` is in what.
        crossing: largest depth by which they cross beyond that of the truth.
    """

    gap: float
    where: str
    seen: float
    seen_where: str
    crossing: float


@dataclass(frozen=True)
class Score:
    """All shapes of one character that move anything of it.

    Attributes:
        mean, high: of `ShapeError`, over all shapes.
        worst: the largest mean, and `worst_name` whose it is.
        parts: part -> mean over the shapes that move it.
        seal: of lips that truly are together.
        slit: highest slit between closed lids, as a share of the eye's height at rest.
        true_slit: the same of the truth: the built-in head's shapes do not close all other people's eyes.
        pierced: metres by which lids are deeper in an eyeball than at rest and in truth, at a quarter to a
            whole blink; NaN without eyes.
        behind: metres by which anything behind the ears moves, at most.
        shapes: each of them.
    """

    mean: float
    high: float
    worst: float
    worst_name: str
    parts: Mapping[str, float]
    seal: Seal
    slit: float
    true_slit: float
    pierced: float
    behind: float
    shapes: tuple[ShapeError, ...]


def score(truth: Truth, made: Doubles) -> Score:
    """Compare made displacements (52, W, 3) with the true ones."""
    # Without a tongue nothing shows tongueOut.
    moving = np.flatnonzero(np.abs(truth.deltas).max(axis=(1, 2)) > 0)
    shapes = tuple(shape_error(ARKIT_NAMES[row], truth.deltas[row], made[row], truth.parts) for row in moving)
    worst = max(shapes, key=lambda shape: shape.mean)
    judged = {name: [each.parts[name] for each in shapes if name in each.parts] for name in SEPARATE}
    still = np.linalg.norm(made[:, truth.behind], axis=2)
    return Score(
        mean=float(np.mean([each.mean for each in shapes])),
        high=float(np.mean([each.high for each in shapes])),
        worst=worst.mean,
        worst_name=worst.name,
        parts={name: float(np.mean(values)) for name, values in judged.items() if values},
        seal=lip_seal(truth, made),
        slit=max(lid_slit(truth, made, side) for side in truth.eyes),
        true_slit=max(lid_slit(truth, truth.deltas, side) for side in truth.eyes),
        pierced=max(piercing(truth, made, side) for side in truth.eyes),
        behind=float(still.max(initial=0.0)),
        shapes=shapes,
    )


def shape_error(
    name: str, true: NDArray[np.floating], made: NDArray[np.floating], parts: NDArray[np.str_]
) -> ShapeError:
    """Compare made displacements (W, 3) of one shape with the true ones; `parts` (W,) names."""
    size = np.linalg.norm(true, axis=1)
    off = np.linalg.norm(np.asarray(made, np.float64) - true, axis=1)
    largest = float(size.max())
    moving = size > MOVING * largest
    apart = {}
    for part in SEPARATE:
        rows = moving & (parts == part)
        if rows.any() and size[rows].max() > _MOVED_PART:
            apart[part] = float(off[rows].mean() / size[rows].max())
    return ShapeError(
        name,
        float(off[moving].mean()) / largest,
        float(np.percentile(off[moving], 95)) / largest,
        apart,
        float(off[size == 0].max(initial=0.0)) / largest,
    )


def lip_seal(truth: Truth, made: NDArray[np.floating]) -> Seal:
    """Look at jawOpen and mouthClose together, and at each shape that parts no lips."""
    upper, lower = truth.lips

    def gaps(points: Doubles) -> Doubles:
        return (points[upper, 1] - points[lower, 1]) / truth.mouth_width

    def seen(points: Doubles, opening: Opening) -> float:
        return highest_slit(points, opening) / truth.mouth_width

    rest = np.maximum(gaps(truth.rest), 0)
    rest_seen = seen(truth.rest, truth.mouth({}))
    asked = {f"jawOpen + mouthClose {jaw:g}": {"jawOpen": jaw, "mouthClose": jaw} for jaw in JAWS}
    asked |= {name: {name: 1.0} for name in ARKIT_NAMES if name != "mouthClose"}
    widest, where, crossing, highest, seen_where = 0.0, "", 0.0, 0.0, ""
    for name, weights in asked.items():
        true, now = truth.at(truth.deltas, weights), truth.at(made, weights)
        if (gaps(true) - rest).max() > PARTED:
            continue
        gap = float((gaps(now) - rest).max())
        if gap > widest:
            widest, where = gap, name
        crossing = max(crossing, float((np.minimum(gaps(true), 0) - gaps(now)).max()))
        opening = truth.mouth(weights)
        slit = seen(now, opening) - max(rest_seen, seen(true, opening))
        if slit > highest:
            highest, seen_where = slit, name
    return Seal(widest, where, highest, seen_where, crossing)


def lid_slit(truth: Truth, made: NDArray[np.floating], side: str) -> float:
    """Height of the slit that a whole blink leaves, as a share of the eye's height at rest."""
    opening = truth.eyes[side].opening
    closed = truth.at(made, {f"eyeBlink{side.capitalize()}": 1.0})
    return highest_slit(closed, opening) / highest_slit(truth.rest, opening)


def piercing(truth: Truth, made: NDArray[np.floating], side: str) -> float:
    """Metres by which the lids of a blink are deeper in the eyeball than at rest and in truth."""
    eye = truth.eyes[side]
    if len(eye.ball) == 0:
        return float("nan")
    ball = truth.rest[np.unique(eye.ball)]
    middle, radius = (ball.min(axis=0) + ball.max(axis=0)) / 2, np.ptp(ball, axis=0).max() / 2
    # What lies beside, behind or in an eyeball at rest is the socket and the lids' lining: nobody sees it.
    rest = _depths(truth.rest, eye)
    outer = (_probes(truth.rest, eye)[:, 2] > middle[2] + _IN_FRONT * radius) & (rest < _LINING)
    name = f"eyeBlink{side.capitalize()}"
    deepest = 0.0
    for weight in BLINKS:
        true = np.maximum(_depths(truth.at(truth.deltas, {name: weight}), eye), rest)
        now = _depths(truth.at(made, {name: weight}), eye)
        deepest = max(deepest, float((now - true)[outer].max()))
    return deepest


def _probes(points: Doubles, eye: Eye) -> Doubles:
    """(N, 3) corners and middles of the lids: triangles may cut the eye though their corners do not."""
    return np.concatenate([points[np.unique(eye.opening.skin)], points[eye.opening.skin].mean(axis=1)])


def _depths(points: Doubles, eye: Eye) -> Doubles:
    """(N,) metres by which points of the lids are below the eyeball's surface, 0 outside."""
    ball = Surface(points, eye.ball, np.arange(len(points)))
    probes = _probes(points, eye)
    found = ball.nearest_points(probes)
    below = ((found.positions - probes) * found.carry(ball.normals)).sum(axis=1)
    return np.maximum(below, 0)


def landmark_error(truth: Truth, fitted: Doubles) -> float:
    """Mean distance of fitted landmarks (N, 3) from the true ones, as a share of the face's height."""
    return float(np.linalg.norm(fitted - truth.landmarks, axis=1).mean()) / truth.face_height
