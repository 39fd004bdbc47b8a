# SPDX-License-Identifier: GPL-3.0-or-later
"""Where eyes and lids of a mesh are, and so where those of the template belong.

Lids are found by what the eyeball sees; heads of animals and cartoons have eyes where no person has them.

Letters: H vertices of the template's skin, N of them that belong to known places.
"""

from dataclasses import dataclass
from functools import cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ..eye_opening import EyeOpening, eye_opening
from ..face_marks import Eye, find_eyes
from ..surface import Surface
from .template_face import Template, template_face

Doubles = NDArray[np.float64]
Indices = NDArray[np.int64]

SIDES: Final = ("left", "right")
_ELSEWHERE: Final = 0.006
"""Metres by which eyes must be away from those of a person for brows to follow them."""
_NEAR: Final = 0.02
"""Metres within which an eye that is seen may be taken for that of a person."""
_ON_RIM: Final = 0.075
"""Radii of the eyeball from the rim of a lid to the template's vertices that make it."""
_SIZES: Final = (0.4, 2.5)
"""How many times wider than a person's an opening may be."""


@dataclass(frozen=True, eq=False)
class EyeSocket:
    """Where an eyeball is or would be.

    Attributes:
        centre: (3,).
        radius: of the ball.
        opening: what is between the lids; None where the mesh shows none.
        seen: the ball or hole in the mesh; None where it is guessed from a person's.
    """

    centre: Doubles
    radius: float
    opening: EyeOpening | None
    seen: Eye | None


def eye_goals(
    template: Template, placed: Surface, others: Surface, person: Doubles
) -> tuple[Indices, Doubles]:
    """Vertices (N,) of the template's skin around the eyes, and where (N, 3) they belong.

    Args:
        template: the head.
        placed: the face, in head axes.
        others: whatever else the mesh has, in head axes.
        person: (H, 3) the template's skin as a person would have it.
    """
    numbers: list[Indices] = [np.zeros(0, np.int64)]
    goals: list[Doubles] = [np.zeros((0, 3))]
    for side, socket in eye_sockets(template, placed, others, person).items():
        ring, seen = template.eyes[side], socket.seen
        middle = person[ring].mean(axis=0)
        is_elsewhere = seen is not None and np.linalg.norm((middle - seen.centre)[:2]) > _ELSEWHERE
        if socket.opening is not None:
            rows, wanted = _rim_goals(template, side, socket, person)
        elif is_elsewhere and seen is not None:
            rows = ring
            wanted = _beside(template, ring, ring, placed, seen.centre, float(2 * seen.half[0]))
        else:
            continue
        numbers.append(rows)
        goals.append(wanted)
        if is_elsewhere:
            brows = template.brows[side]
            width = float(np.ptp(wanted[:, 0]))
            numbers.append(brows)
            goals.append(_beside(template, rows, brows, placed, wanted.mean(axis=0), width))
    return np.concatenate(numbers), np.concatenate(goals)


def eye_sockets(
    template: Template, placed: Surface, others: Surface, person: Doubles
) -> dict[str, EyeSocket]:
    """Side -> where its eye is; arguments as of `eye_goals`."""
    pair = find_eyes(placed, others)
    if pair is not None and min(eye.centre[1] for eye in pair) < person[template.nose, 1].mean():
        pair = None  # teeth
    usual = _template_sockets()
    found = {}
    for side in SIDES:
        ring = template.eyes[side]
        mine = usual[side]
        middle = template.points[ring].mean(axis=0)
        size = np.ptp(person[ring, 0]) / np.ptp(template.points[ring, 0])
        guess = person[ring].mean(axis=0) + size * (mine.centre - middle)
        seen = None if pair is None else pair[SIDES.index(side)]
        tried = [(guess, size * mine.radius, seen)]
        if seen is not None:
            # A ball has its centre in its middle; behind a hole it is guessed.
            is_ball = len(seen.rim) == 0
            radius = float(seen.half.max()) * (1.0 if is_ball else mine.radius / _half_width(template, side))
            centre = seen.centre if is_ball else seen.centre + radius / mine.radius * (mine.centre - middle)
            tried.insert(0, (centre, radius, seen))
            if np.linalg.norm((guess - centre)[:2]) > _NEAR:
                tried.pop()
        for centre, radius, eye in tried:
            opening = eye_opening(placed, centre, radius)
            if opening is not None and not _is_usual(opening, mine):
                opening = None
            found[side] = EyeSocket(centre, radius, opening, eye)
            if opening is not None:
                break
    return found


def _half_width(template: Template, side: str) -> float:
    return float(np.ptp(template.points[template.eyes[side], 0])) / 2


def _is_usual(opening: EyeOpening, usual: EyeSocket) -> bool:
    """Whether an opening is about as wide, seen from the eyeball, as lids leave it."""
    assert usual.opening is not None
    wide, mine = (np.ptp(each.corners[:, 0]) for each in (opening, usual.opening))
    return bool(_SIZES[0] * mine < wide < _SIZES[1] * mine)


@cache
def _template_sockets() -> dict[str, EyeSocket]:
    template = template_face()
    skin = Surface(template.points, template.triangles, template.vertices)
    sockets = {}
    for side in SIDES:
        ball = template.head.template[template.head.spans[f"eye_{side}"]].astype(np.float64)
        low, high = ball.min(axis=0), ball.max(axis=0)
        centre, radius = (low + high) / 2, float((high - low)[:2].max()) / 2
        opening = eye_opening(skin, centre, radius)
        assert opening is not None  # the template's eyes are open
        sockets[side] = EyeSocket(centre, radius, opening, None)
    return sockets


def _rim_goals(template: Template, side: str, socket: EyeSocket, person: Doubles) -> tuple[Indices, Doubles]:
    """The template's rims of both lids, and where they belong on the mesh's.

    They are told by how the person's eye opens, because lids of some people hide a corner; where eyes are
    elsewhere, by the template's.
    """
    from scipy.spatial import KDTree

    assert socket.opening is not None
    points, centre, radius = person, socket.centre, socket.radius
    opening = eye_opening(Surface(person, template.triangles, template.vertices), centre, radius)
    if opening is None or not _is_usual(opening, _template_sockets()[side]):
        usual = _template_sockets()[side]
        points, opening, centre, radius = template.points, usual.opening, usual.centre, usual.radius
        assert opening is not None
    size = socket.radius / radius
    rims = (opening.upper, opening.lower)
    away = np.stack([KDTree(rim).query(points)[0] for rim in rims])
    numbers, goals = [], []
    for number, (mine, theirs) in enumerate(
        zip(rims, (socket.opening.upper, socket.opening.lower), strict=True)
    ):
        rows = np.flatnonzero((away[number] < _ON_RIM * radius) & (away.argmin(axis=0) == number))
        places = opening.places_of(points[rows], centre)
        numbers.append(rows)
        goals.append(_at(places, theirs) + size * (points[rows] - _at(places, mine)))
    return np.concatenate(numbers), np.concatenate(goals)


def _at(places: Doubles, rim: Doubles) -> Doubles:
    """Points (N, 3) of a rim at some places (N,)."""
    from ..eye_opening import PLACES

    return np.stack([np.interp(places, PLACES, rim[:, axis]) for axis in range(3)], axis=1)


def _beside(
    template: Template, eye: Indices, rows: Indices, placed: Surface, middle: Doubles, width: float
) -> Doubles:
    """Where vertices beside an eye belong on the skin, when the eye has that middle and width."""
    mine = template.points[eye]
    size = width / np.ptp(mine[:, 0])
    wanted = middle + size * (template.points[rows] - mine.mean(axis=0))
    return placed.nearest_points(wanted).positions
