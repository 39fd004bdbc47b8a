# SPDX-License-Identifier: GPL-3.0-or-later
"""The eyeballs of a head: balls, half balls or caps near its eye sockets; else where they would be.

Letters: I islands, N vertices of one island, H vertices of the template's outer skin.
"""

from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ...head.registration import Registration
from ...head.registration.template_face import Template, template_face
from ...head.surface import Surface
from .local_similarity import LocalSimilarity, local_similarity
from .template_pieces import span_surface

Doubles = NDArray[np.float64]
Indices = NDArray[np.int64]

SIDES: Final = ("left", "right")

_AHEAD: Final = np.array([0.0, 0.0, 1.0])
_FLIP: Final = np.array([-1.0, 1.0, 1.0])

_AROUND: Final = 0.015
"""Metres from the middle of an eye's opening within which the template's skin says where the ball is."""
_FEWEST: Final = 12
"""Vertices of a ball: those of an icosahedron."""
_ROUNDS: Final = 8
"""Of fitting a sphere and leaving out what is not on it: corneas bulge, irises are hollow."""
_ON_BALL: Final = 0.08
"""Part of its radius that a vertex may be off the ball."""
_MOSTLY: Final = 0.6
"""Share of an island's area that must be on the ball."""
_SIZES: Final = (0.4, 4.0)
"""Radius of a ball as a part of that which the template's has there."""
_BESIDE: Final = 1.2
"""How far from where it is expected its middle may be, as a part of the larger of the two radii."""
_COVERED: Final = 0.15
"""Share of the whole ball that an island must cover: a strip of lashes or tears covers less."""
_HEAD: Final = (np.array([0.0, 0.02, 0.08]), 0.1)
"""The middle of the face, and metres around it where eyes are looked for as a pair."""
_SURELY: Final = 0.9
_HALF: Final = 0.3
"""Shares as `_MOSTLY` and `_COVERED`, for balls of which only their evenness tells that they are eyes."""
_EVEN: Final = 0.1
"""By how much two eyes may miss being mirror images, as a part of their distance or radius."""
_FORWARD: Final = 0.6
"""Cosine of the largest angle to straight ahead that an eye is believed to look at rest."""
_UNEVEN: Final = 0.2
"""How far two eyes' fronts may miss being mirror images (radians), or else both look ahead."""
_CONE: Final = 0.92
"""Mean cosine to their middle of the directions in which a cornea or iris lies; what is wider is none."""
_BULGE: Final = 0.02
_DENT: Final = 0.5
"""Parts of the radius by which a cornea or iris lies off the ball, at least and at most."""


@dataclass(frozen=True, eq=False)
class Eyeball:
    """One eye of a mesh, in head axes and metres of the template's size.

    Attributes:
        centre: (3,) what it turns about.
        radius: of the sphere that fits it best.
        front: (3,) of unit length: where it looks at rest.
        seen: whether the mesh has it; else it is where the template's would be.
        islands: numbers of `fit.others.islands` that are the ball, the fullest one first; none when not seen.
    """

    centre: Doubles
    radius: float
    front: Doubles
    seen: bool
    islands: tuple[int, ...]


@dataclass(frozen=True, eq=False)
class Ball:
    """A sphere fitted to an island.

    Attributes:
        centre: (3,).
        radius: of the sphere.
        on: (N,) whether a vertex lies on it.
        covered: share of the whole sphere that the island covers.
        true: share of the island's area that lies on it.
    """

    centre: Doubles
    radius: float
    on: NDArray[np.bool_]
    covered: float
    true: float


def eyeballs(fit: Registration) -> dict[str, Eyeball]:
    """Side ("left", "right": the subject's) -> eyeball.

    Where only one eye is seen the other is its mirror image, and is not `seen`.
    """
    template = template_face()
    expected = {side: _expected(template, fit, side) for side in SIDES}
    found = {side: _found(fit.others, expected[side]) for side in SIDES}
    if not any(eye.seen for eye in found.values()):
        found = _pair(fit.others) or found
    left, right = (found[side].front for side in SIDES)
    if np.linalg.norm(left * _FLIP - right) > _UNEVEN:
        found = {side: replace(found[side], front=_AHEAD) for side in SIDES}
    for side, other in (SIDES, SIDES[::-1]):
        if not found[side].seen and found[other].seen:
            found[side] = _mirrored(found[other], expected[side], expected[other])
    return found


def eye_similarity(template: Template, fitted: Doubles, side: str) -> LocalSimilarity:
    """From the template's eye to the mesh's, as the skin (H, 3) around its opening tells."""
    middle = template.points[template.eyes[side]].mean(axis=0)
    away = np.linalg.norm(template.points - middle, axis=1)
    return local_similarity(template.points, fitted, np.exp(-0.5 * (away / _AROUND) ** 2))


def template_ball(template: Template, side: str) -> tuple[Doubles, float]:
    """Centre (3,) and radius of the built-in head's eyeball."""
    own = span_surface(f"eye_{side}")
    ball = fit_ball(own.vertices, own.areas)
    assert ball is not None  # the built-in head's eyes are balls
    return ball.centre, ball.radius


def _expected(template: Template, fit: Registration, side: str) -> Eyeball:
    carried = eye_similarity(template, fit.fitted, side)
    centre, radius = template_ball(template, side)
    return Eyeball(carried.apply(centre[None])[0], radius * carried.scale, _AHEAD, False, ())


def _found(others: Surface, expected: Eyeball) -> Eyeball:
    balls: dict[int, Ball] = {}
    for island, vertices in near_islands(others, expected.centre, 2 * _SIZES[1] * expected.radius).items():
        ball = fit_ball(others.vertices[vertices], others.areas[vertices])
        if ball is not None and _is_eye(ball, expected):
            balls[island] = ball
    if not balls:
        return expected
    order = sorted(balls, key=lambda island: -min(balls[island].covered, 1.0))
    best = balls[order[0]]
    # A cornea around the whole ball, or a second layer of it.
    same = tuple(
        island
        for island in order
        if np.linalg.norm(balls[island].centre - best.centre) < 0.3 * best.radius
        and 0.7 < balls[island].radius / best.radius < 1.3
    )
    vertices = np.flatnonzero(others.islands == order[0])
    front = _front(others.vertices[vertices], others.areas[vertices], best)
    return Eyeball(best.centre, best.radius, front, True, same)


def _pair(others: Surface) -> dict[str, Eyeball] | None:
    """Two balls that are each other's mirror image tell of eyes where the skin around them does not."""
    balls = {}
    for island, vertices in near_islands(others, *_HEAD).items():
        ball = fit_ball(others.vertices[vertices], others.areas[vertices])
        if ball is not None and ball.true > _SURELY and ball.covered > _HALF:
            balls[island] = ball
    pairs = []
    for one, left in balls.items():
        for other, right in balls.items():
            apart = left.centre[0] - right.centre[0]
            off = np.linalg.norm(left.centre * _FLIP - right.centre)
            if (
                0.02 < apart < 0.12
                and off < _EVEN * apart
                and abs(left.radius - right.radius) < _EVEN * left.radius
                and 0.2 * apart < 2 * left.radius < 2 * apart
            ):
                pairs.append((left.radius, one, other))
    if not pairs:
        return None
    _, one, other = max(pairs)
    return {
        side: Eyeball(balls[island].centre, balls[island].radius, _AHEAD, True, (island,))
        for side, island in zip(SIDES, (one, other), strict=True)
    }


def near_islands(others: Surface, place: Doubles, reach: float) -> dict[int, Indices]:
    """Number of each island that lies wholly within some metres of a place (3,) -> its vertices."""
    if len(others.vertices) == 0:
        return {}
    far = np.zeros(int(others.islands.max()) + 1)
    np.maximum.at(far, others.islands, np.linalg.norm(others.vertices - place, axis=1))
    near = np.flatnonzero(far < reach)
    return {int(island): np.flatnonzero(others.islands == island) for island in near}


def fit_ball(points: Doubles, areas: Doubles) -> Ball | None:
    """The sphere that fits points (N, 3) with areas (N,) best, without those that are off it; None if none.

    Least squares of |p|^2 = 2 c p + (r^2 - |c|^2), which is linear in c and the bracket.
    """
    if len(points) < _FEWEST or not areas.sum() > 0:
        return None
    on = np.ones(len(points), bool)
    middle = points.mean(axis=0)
    centre, radius = middle, 0.0
    for _ in range(_ROUNDS):
        weight = np.sqrt(areas[on])[:, None]
        flat = points[on] - middle
        rows = np.column_stack([2 * flat, np.ones(len(flat))]) * weight
        found, _, rank, _ = np.linalg.lstsq(rows, (flat**2).sum(axis=1) * weight[:, 0], rcond=1e-6)
        square = found[3] + found[:3] @ found[:3]
        if rank < 4 or not square > 0:
            return None
        centre, radius = found[:3] + middle, float(np.sqrt(square))
        off = np.abs(np.linalg.norm(points - centre, axis=1) - radius)
        before, on = on, off < max(_ON_BALL * radius, float(np.quantile(off, 0.5)))
        if on.sum() < _FEWEST or (before == on).all():
            break
    on = np.abs(np.linalg.norm(points - centre, axis=1) - radius) < _ON_BALL * radius
    true = float(areas[on].sum() / areas.sum())
    return Ball(centre, radius, on, float(areas[on].sum() / (4 * np.pi * radius**2)), true)


def _is_eye(ball: Ball, expected: Eyeball) -> bool:
    size = ball.radius / expected.radius
    away = np.linalg.norm(ball.centre - expected.centre)
    return bool(
        ball.true > _MOSTLY
        and _SIZES[0] < size < _SIZES[1]
        and away < _BESIDE * max(ball.radius, expected.radius)
        and ball.covered > _COVERED
    )


def _front(points: Doubles, areas: Doubles, ball: Ball) -> Doubles:
    """Where an eyeball looks: towards its cornea or iris, which is not on the ball; else ahead."""
    rays = points - ball.centre
    away = np.linalg.norm(rays, axis=1)
    rays = rays / np.maximum(away, 1e-12)[:, None]
    off = np.abs(away / ball.radius - 1)
    mark = (off > _BULGE) & (off < _DENT) & (rays[:, 2] > 0)
    total = (areas[mark, None] * rays[mark]).sum(axis=0)
    length = float(np.linalg.norm(total))
    if length > _CONE * areas[mark].sum() > 0 and total[2] > _FORWARD * length:
        return total / length
    return _AHEAD


def _mirrored(seen: Eyeball, mine: Eyeball, other: Eyeball) -> Eyeball:
    """The partner of an eye that is seen: off from where it is expected as that one is."""
    size = mine.radius / other.radius
    centre = mine.centre + size * _FLIP * (seen.centre - other.centre)
    return Eyeball(centre, seen.radius * size, seen.front * _FLIP, False, ())
