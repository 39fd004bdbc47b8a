# SPDX-License-Identifier: GPL-3.0-or-later
"""Own geometry: round eyeballs with sclera, iris and pupil that turn for the eyeLook shapes.

hm08's eyes have 72 vertices and no iris. Each is replaced by a sphere fitted to it. The iris is a shallow
cone behind the limbus with the pupil as a disc in its middle.
"""

from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

SEGMENTS: Final = 24

IRIS_RADIUS: Final = 0.0060
"""Metres, the visible iris of an adult (half of about 12 mm)."""

PUPIL_RADIUS: Final = 0.0021

_SCLERA_ANGLES: Final = (28, 36, 46, 58, 72, 88, 106, 128, 152)
"""Degrees from the line of sight, behind the limbus."""

LOOK_DEGREES: Final = {"Up": 15.0, "Down": 18.0, "In": 27.0, "Out": 27.0}
"""Turn of the eyeball at weight 1."""

PARTS: Final = ("eye_sclera", "eye_iris", "eye_pupil")


class Eye(NamedTuple):
    """An eyeball around the origin with radius 1, looking along +z."""

    vertices: NDArray[np.float64]
    """(N, 3)."""
    faces: NDArray[np.int64]
    """(F, 4)."""
    face_part: NDArray[np.int64]
    """(F,) index into `PARTS`."""
    uvs: NDArray[np.float64]
    """(N, 2): polar map, the line of sight in the middle."""


def fit_sphere(points: NDArray[np.float64]) -> tuple[NDArray[np.float64], float]:
    """Centre (3,) and radius of the sphere nearest to (N, 3) points in the least-squares sense."""
    design = np.c_[2 * points, np.ones(len(points))]
    solution = np.linalg.lstsq(design, (points**2).sum(axis=1), rcond=None)[0]
    centre = solution[:3]
    return centre, float(np.sqrt(solution[3] + centre @ centre))


def build_eye(radius: float) -> Eye:
    """Unit eyeball whose iris has its true size once the eye is scaled to `radius` metres."""
    limbus = np.arcsin(IRIS_RADIUS / radius)
    profile = [
        (1.0 * np.sin(limbus) * share, np.cos(limbus) - depth)
        for share, depth in ((PUPIL_RADIUS / IRIS_RADIUS, 0.045), (0.62, 0.032), (0.94, 0.012))
    ]
    profile.append((np.sin(limbus), np.cos(limbus)))
    first = np.degrees(limbus)
    angles = [first + (_SCLERA_ANGLES[0] - first) * 0.5, *_SCLERA_ANGLES]
    profile += [(np.sin(np.radians(a)), np.cos(np.radians(a))) for a in angles]
    turn = np.arange(SEGMENTS) * 2 * np.pi / SEGMENTS
    vertices = [np.array([[0, 0, profile[0][1]]])]
    uvs = [np.array([[0.5, 0.5]])]
    for ring_radius, depth in profile:
        vertices.append(
            np.c_[ring_radius * np.cos(turn), ring_radius * np.sin(turn), np.full(SEGMENTS, depth)]
        )
        polar = np.arctan2(ring_radius, depth) / np.pi * 0.5
        uvs.append(0.5 + polar * np.c_[np.cos(turn), np.sin(turn)])
    vertices.append(np.array([[0, 0, -1.0]]))
    uvs.append(np.array([[0.5, 0.0]]))
    faces, parts = [], []
    last = 1 + len(profile) * SEGMENTS
    for start in range(0, SEGMENTS, 2):
        near, middle, far = start, start + 1, (start + 2) % SEGMENTS
        faces.append([0, 1 + near, 1 + middle, 1 + far])
        parts.append(2)
        ring = 1 + (len(profile) - 1) * SEGMENTS
        faces.append([last, ring + far, ring + middle, ring + near])
        parts.append(0)
    for row in range(len(profile) - 1):
        ring = 1 + row * SEGMENTS
        for start in range(SEGMENTS):
            following = (start + 1) % SEGMENTS
            faces.append(
                [ring + start, ring + SEGMENTS + start, ring + SEGMENTS + following, ring + following]
            )
            parts.append(1 if row < 3 else 0)
    return Eye(np.concatenate(vertices), np.array(faces), np.array(parts), np.concatenate(uvs))


def look_displacement(vertices: NDArray[np.float64], centre: NDArray[np.float64], name: str) -> NDArray:
    """(N, 3) metres: what a shape such as `eyeLookInLeft` adds to the eyeball `vertices` (N, 3)."""
    direction = next(key for key in LOOK_DEGREES if key in name)
    angle = np.radians(LOOK_DEGREES[direction])
    if direction in ("Up", "Down"):
        angle *= -1 if direction == "Up" else 1
        turn = np.array([[1, 0, 0], [0, np.cos(angle), -np.sin(angle)], [0, np.sin(angle), np.cos(angle)]])
    else:
        # The subject's left eye looks out towards +x, the right one towards -x.
        angle *= 1 if (direction == "Out") == name.endswith("Left") else -1
        turn = np.array([[np.cos(angle), 0, np.sin(angle)], [0, 1, 0], [-np.sin(angle), 0, np.cos(angle)]])
    relative = vertices - centre
    return relative @ turn.T - relative
