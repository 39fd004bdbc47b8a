# SPDX-License-Identifier: GPL-3.0-or-later
"""Own geometry: two arches of fourteen rounded teeth each, with gums.

hm08's teeth are two smooth blocks of 68 vertices; the arches here stand where those blocks stood and take
their motion (see `assemble`). Crown sizes follow textbook means of adult teeth in millimetres.
"""

from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

PARTS: Final = ("teeth", "gums")

_SECTION: Final = 8
"""Vertices of a tooth's cross-section."""

_LEVELS: Final = (
    (-0.18, 0.82, 0.95),
    (0.25, 0.92, 1.0),
    (0.6, 1.0, 0.86),
    (0.9, 0.97, 0.62),
    (1.0, 0.84, 0.4),
)
"""Rows of a tooth from inside the gum to the cutting edge: height share, width share, depth share of an
incisor (chewing teeth keep their depth)."""


class Tooth(NamedTuple):
    """Sizes in millimetres."""

    width: float
    height: float
    depth: float
    chewing: float
    """0 = cutting edge, 1 = flat chewing surface."""
    edge: float
    """Height of the edge relative to the central incisor's; positive shortens the upper tooth."""


_UPPER: Final = (
    Tooth(8.6, 10.3, 6.2, 0.0, 0.0),
    Tooth(6.8, 9.0, 5.8, 0.0, 0.7),
    Tooth(7.6, 9.8, 7.0, 0.15, 0.0),
    Tooth(7.0, 8.4, 8.2, 0.8, 0.8),
    Tooth(6.8, 7.8, 8.2, 0.9, 1.0),
    Tooth(10.0, 7.2, 9.6, 1.0, 1.1),
    Tooth(9.4, 6.8, 9.6, 1.0, 1.2),
)
_LOWER: Final = (
    Tooth(5.6, 8.8, 5.4, 0.0, 0.0),
    Tooth(6.1, 9.0, 5.6, 0.0, 0.1),
    Tooth(7.0, 10.0, 6.6, 0.15, -0.1),
    Tooth(7.0, 8.4, 7.2, 0.8, 1.4),
    Tooth(7.2, 7.8, 7.6, 0.9, 1.5),
    Tooth(10.8, 7.2, 9.4, 1.0, 1.5),
    Tooth(10.2, 6.8, 9.4, 1.0, 1.5),
)

_UPPER_ARCH: Final = ((0, 0), (4.5, 0.4), (9, 1.8), (13, 4.4), (16.7, 8.2), (20, 13.2), (23.2, 20.5),
                      (26.2, 30), (28.5, 40), (30, 50))  # fmt: skip
_LOWER_ARCH: Final = ((0, 2.6), (4, 2.9), (8, 4.3), (11.8, 7.0), (15.4, 11.0), (18.8, 16.4), (22.4, 24),
                      (25.6, 33), (27.9, 42), (29.2, 50.5))  # fmt: skip
"""Outer face of the left half-arch: millimetres to the left and backwards from the upper incisors' face."""

_TILT: Final = 0.1
"""Rise of the chewing plane per millimetre backwards, as in hm08."""


class Arch(NamedTuple):
    """One row of teeth with its gum."""

    vertices: NDArray[np.float64]
    """(N, 3) metres."""
    faces: NDArray[np.int64]
    """(F, 4)."""
    face_part: NDArray[np.int64]
    """(F,) index into `PARTS`."""


def _curve(points: tuple[tuple[float, float], ...]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Arc lengths (M,) and positions (M, 2) = (left, forward) along a whole arch, in millimetres."""
    half = np.array(points, dtype=float)
    half[:, 1] *= -1
    whole = np.concatenate([half[:0:-1] * [-1, 1], half])
    # A cubic through the points in each coordinate, over the chord length.
    chord = np.r_[0, np.cumsum(np.linalg.norm(np.diff(whole, axis=0), axis=1))]
    slope = np.gradient(whole, chord, axis=0)
    fine = np.linspace(0, chord[-1], 801)
    segment = np.clip(np.searchsorted(chord, fine, side="right") - 1, 0, len(chord) - 2)
    span = (chord[segment + 1] - chord[segment])[:, None]
    t = (fine - chord[segment])[:, None] / span
    a, b = whole[segment], whole[segment + 1]
    da, db = slope[segment] * span, slope[segment + 1] * span
    position = (
        (2 * t**3 - 3 * t**2 + 1) * a
        + (t**3 - 2 * t**2 + t) * da
        + (3 * t**2 - 2 * t**3) * b
        + (t**3 - t**2) * db
    )
    length = np.r_[0, np.cumsum(np.linalg.norm(np.diff(position, axis=0), axis=1))]
    return length - length[-1] / 2, position


def _frame(length: NDArray, position: NDArray, at: float) -> tuple[NDArray, NDArray, NDArray]:
    """Point, tangent and outward normal (2,) each at an arc length."""
    point = np.array([np.interp(at, length, position[:, axis]) for axis in range(2)])
    ahead = np.array([np.interp(at + 0.5, length, position[:, axis]) for axis in range(2)])
    behind = np.array([np.interp(at - 0.5, length, position[:, axis]) for axis in range(2)])
    tangent = (ahead - behind) / np.linalg.norm(ahead - behind)
    return point, tangent, np.array([-tangent[1], tangent[0]])


def build_arch(upper: bool, face: NDArray[np.float64]) -> Arch:
    """The upper or lower arch. `face` (3,) metres: front of the upper incisors at their cutting edge."""
    teeth = _UPPER if upper else _LOWER
    length, position = _curve(_UPPER_ARCH if upper else _LOWER_ARCH)
    towards_gum = 1.0 if upper else -1.0
    edge_height = 0.0 if upper else 2.2
    vertices: list[NDArray[np.float64]] = []
    faces: list[list[int]] = []
    parts: list[int] = []
    # The points of a rounded rectangle: (across, outwards).
    corner = 0.62
    section = np.array(
        [(1, -corner), (1, corner), (corner, 1), (-corner, 1), (-1, corner), (-1, -corner), (-corner, -1),
         (corner, -1)]
    )  # fmt: skip
    starts = np.cumsum([0.0, *(tooth.width for tooth in teeth)])
    necks: list[tuple[float, float, float]] = []
    for side in (-1, 1):
        for number, tooth in enumerate(teeth):
            at = side * (starts[number] + tooth.width / 2)
            point, tangent, normal = _frame(length, position, at)
            rise = edge_height - _TILT * point[1] + towards_gum * tooth.edge
            necks.append((at, rise + towards_gum * tooth.height * 0.8, tooth.depth))
            base = sum(len(block) for block in vertices)
            for share, wide, deep in _LEVELS:
                depth = tooth.depth * (deep + (1 - deep) * tooth.chewing * 0.75)
                across = section[:, :1] * tooth.width * 0.5 * 0.97 * wide
                # The outer face bulges a little and the edge leans in; the depth goes inwards.
                lean = -0.35 * max(0.0, share - 0.6) - 0.25 * abs(share - 0.4)
                outwards = section[:, 1:] * depth / 2 - depth / 2 + lean
                flat = point + across * tangent + outwards * normal
                height = rise + towards_gum * tooth.height * (1 - share)
                if share == 1.0 and number == 2:
                    height = height + 0.7 * -towards_gum * (1 - np.abs(section[:, 0]))
                row = np.c_[flat[:, 0], np.broadcast_to(height, (_SECTION,)), flat[:, 1]]
                vertices.append(row)
            for level in range(len(_LEVELS) - 1):
                for k in range(_SECTION):
                    low, high = base + level * _SECTION, base + (level + 1) * _SECTION
                    faces.append([low + k, low + (k + 1) % _SECTION, high + (k + 1) % _SECTION, high + k])
            top = base + (len(_LEVELS) - 1) * _SECTION
            faces += [[top + k for k in quad] for quad in ((0, 1, 2, 7), (2, 3, 6, 7), (3, 4, 5, 6))]
            parts += [0] * ((len(_LEVELS) - 1) * _SECTION + 3)
    necks.sort()
    _add_gum(vertices, faces, parts, np.array(necks), length, position, towards_gum)
    millimetres = np.concatenate(vertices)
    quads = np.array(faces)
    if not upper:
        # The lower rows are built upside down with respect to the upper ones: turn the faces outwards.
        quads = quads[:, ::-1]
    return Arch(face + millimetres * 1e-3, quads, np.array(parts))


def _add_gum(
    vertices: list[NDArray[np.float64]],
    faces: list[list[int]],
    parts: list[int],
    necks: NDArray[np.float64],
    length: NDArray[np.float64],
    position: NDArray[np.float64],
    towards_gum: float,
) -> None:
    """A trough around the necks of the teeth, its rim hidden behind the lips and under the tongue."""
    base = sum(len(block) for block in vertices)
    stations = np.linspace(necks[0, 0] - 5, necks[-1, 0] + 5, 45)
    for at in stations:
        point, _, normal = _frame(length, position, at)
        neck = np.interp(at, necks[:, 0], necks[:, 1])
        depth = np.interp(at, necks[:, 0], necks[:, 2])
        profile = (
            (0.5, 5.0), (0.9, 2.0), (0.7, 0.4), (0.0, -0.5), (-depth, -0.5), (-depth - 0.9, 0.4),
            (-depth - 1.3, 2.0), (-depth - 2.2, 5.0),
        )  # fmt: skip
        block = []
        for outwards, up in profile:
            flat = point + outwards * normal
            block.append([flat[0], neck + towards_gum * up, flat[1]])
        vertices.append(np.array(block))
    size = 8
    for station in range(len(stations) - 1):
        for k in range(size - 1):
            a, b = base + station * size + k, base + (station + 1) * size + k
            faces.append([a, a + 1, b + 1, b])
            parts.append(1)
