# SPDX-License-Identifier: GPL-3.0-or-later
"""Landmark vertices: the 68-point scheme, MediaPipe's regions, and matched pairs of lips and lids.

The points on the lips and lids are taken from the rings, at the share of the mouth's or eye's width where
the tracker puts them on a mean face; the others are the vertices nearest to a described place.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from .lids import LOWER_LID, UPPER_LID
from .lips import LOWER_COLUMNS, UPPER_COLUMNS
from .rings import LID_FRONT, MOUTH_BORDER, MOUTH_CONTACT, Rings

_OUTER_LOWER: Final = (1.0, 0.895, 0.76, 0.555, 0.295, 0.0)
_OUTER_UPPER: Final = (1.0, 0.885, 0.745, 0.552, 0.285, 0.0)
_INNER: Final = (1.0, 0.835, 0.685, 0.49, 0.258, 0.0)
"""Distance from the middle of MediaPipe's lip points, as shares of half the mouth's width."""

_EYE_LOWER: Final = (0.0, 0.088, 0.174, 0.293, 0.47, 0.65, 0.82, 0.943, 1.0)
_EYE_UPPER: Final = (0.934, 0.789, 0.593, 0.41, 0.233, 0.123, 0.057)
"""Share of the way from the outer to the inner corner: points 33 ... 133, then 173 ... 246."""

_EYE68_UPPER: Final = (0.30, 0.68)
_EYE68_LOWER: Final = (0.68, 0.30)

_BROW: Final = ((0.70, 0.143), (0.595, 0.212), (0.485, 0.25), (0.34, 0.243), (0.17, 0.222))
"""Brow points from outside inwards: (sideways, up from the bridge) over the distance of the outer eye
corners."""

_BRIDGE: Final = (0.0, 0.153, 0.296, 0.426, 0.563)
_TIP_BASE: Final = (0.73, 0.859, 1.0)
"""Nose points 168 6 197 195 5 and 4 1 2: share of the way down from the bridge to under the nose."""

_CHIN: Final = (0.40, 0.655, 0.86, 1.0)
"""Points 200 199 175 152: share of the way down from the lower lip's border to the chin."""


_EAR_DEPTH: Final = 0.015
_EAR_SIDE: Final = 0.070
_JAW_DEPTH: Final = 0.04
"""Metres from the head's pivot: the jaw line is looked for in front of the ears and inside of them."""


def _along(path: NDArray[np.int64], vertices: NDArray[np.float64], x: list[float]) -> list[int]:
    """Vertex of `path` nearest to each sideways position."""
    return [int(path[np.abs(vertices[path, 0] - value).argmin()]) for value in x]


def _lip_points(vertices: NDArray, ring: NDArray, lower: tuple, upper: tuple) -> NDArray[np.int64]:
    """(20,): right corner, along the lower lip to the left corner, back along the upper lip."""
    low, high = ring[list(LOWER_COLUMNS)], ring[list(UPPER_COLUMNS)]
    half = vertices[ring, 0].max()
    along_lower = [-half * share for share in lower] + [half * share for share in lower[-2::-1]]
    along_upper = [half * share for share in upper[1:]] + [-half * share for share in upper[-2:0:-1]]
    return np.array(_along(low, vertices, along_lower) + _along(high, vertices, along_upper))


def _eye_points(vertices: NDArray, ring: NDArray, shares: tuple, lid: tuple) -> list[int]:
    path = ring[list(lid)]
    inner, outer = vertices[path[0], 0], vertices[path[-1], 0]
    return _along(path, vertices, [outer + share * (inner - outer) for share in shares])


def _nearest(vertices: NDArray, candidates: NDArray, point: tuple[float, float]) -> int:
    """Front-most surface vertex near a place in the frontal plane."""
    offset = vertices[candidates, :2] - np.array(point)
    return int(candidates[(offset**2).sum(axis=1).argmin()])


def find_landmarks(
    vertices: NDArray[np.float64],
    front: NDArray[np.int64],
    mirror: NDArray[np.int64],
    rings: Rings,
) -> dict[str, NDArray[np.int64]]:
    """Named vertex arrays. `vertices` (V, 3) metres, `front` the candidates on the face's outer skin."""
    marks: dict[str, NDArray[np.int64]] = {}
    marks["mediapipe_lips_outer"] = _lip_points(
        vertices, rings.mouth[MOUTH_BORDER], _OUTER_LOWER, _OUTER_UPPER
    )
    marks["mediapipe_lips_inner"] = _lip_points(vertices, rings.mouth[MOUTH_CONTACT], _INNER, _INNER)
    for side, eye in (("right", rings.right_eye), ("left", rings.left_eye)):
        ring = eye[LID_FRONT]
        lower = _eye_points(vertices, ring, _EYE_LOWER, LOWER_LID)
        upper = _eye_points(vertices, ring, _EYE_UPPER, UPPER_LID)
        marks[f"mediapipe_eye_{side}"] = np.array(lower + upper)
        # Mid-lid pairs at the shares of 160, 159, 158 with the lower vertices under them.
        upper_mid = _eye_points(vertices, ring, (0.25, 0.5, 0.72), UPPER_LID)
        path = ring[list(LOWER_LID)]
        lower_mid = _along(path, vertices, [float(vertices[index, 0]) for index in upper_mid])
        marks[f"eyelid_upper_{side}"] = np.array(upper_mid)
        marks[f"eyelid_lower_{side}"] = np.array(lower_mid)

    right_corner = vertices[marks["mediapipe_eye_right"][0]]
    left_corner = vertices[marks["mediapipe_eye_left"][0]]
    unit = left_corner[0] - right_corner[0]
    bridge_height = right_corner[1] + 0.035 * unit
    brow = [_nearest(vertices, front, (-x * unit, bridge_height + y * unit)) for x, y in _BROW]
    marks["mediapipe_brow_right"] = np.array(brow)
    marks["mediapipe_brow_left"] = mirror[brow]

    middle = front[np.abs(vertices[front, 0]) < 1e-6]
    under_nose = _under_nose(vertices, middle)
    bridge, base = bridge_height, vertices[under_nose, 1]

    def on_middle(height: float) -> int:
        return int(middle[np.abs(vertices[middle, 1] - height).argmin()])

    marks["mediapipe_nose_bridge"] = np.array([on_middle(bridge + t * (base - bridge)) for t in _BRIDGE])
    wing = _nearest(vertices, front, (-0.19 * unit, base + 0.01 * unit))
    tip = [on_middle(bridge + t * (base - bridge)) for t in _TIP_BASE[:2]]
    marks["mediapipe_nose_tip_base"] = np.array([*tip, under_nose, wing, mirror[wing]])
    marks["mediapipe_nose"] = np.concatenate(
        [marks["mediapipe_nose_bridge"], marks["mediapipe_nose_tip_base"]]
    )

    lip_bottom = marks["mediapipe_lips_outer"][5]
    chin = _chin_bottom(vertices, middle, int(lip_bottom))
    top, bottom = vertices[lip_bottom, 1], vertices[chin, 1]
    marks["mediapipe_chin"] = np.array([*(on_middle(top + t * (bottom - top)) for t in _CHIN[:3]), chin])
    marks["face68"] = _face68(vertices, front, mirror, rings, marks, chin, bridge_height)

    inner = marks["mediapipe_lips_inner"]
    # 82 13 312 over 87 14 317, and the pairs beside them: right to left.
    marks["inner_lip_upper"] = inner[[18, 17, 16, 15, 14, 13, 12]]
    marks["inner_lip_lower"] = inner[[2, 3, 4, 5, 6, 7, 8]]
    marks["mouth_corners"] = marks["mediapipe_lips_outer"][[0, 10]]
    return marks


def _under_nose(vertices: NDArray, middle: NDArray) -> int:
    """Where the septum meets the upper lip: the top of the hollow between nose tip and lip."""
    tip = middle[vertices[middle, 2].argmax()]
    below = middle[
        (vertices[middle, 1] < vertices[tip, 1]) & (vertices[middle, 1] > vertices[tip, 1] - 0.025)
    ]
    deep = below[vertices[below, 2] < vertices[below, 2].min() + 0.0013]
    return int(deep[vertices[deep, 1].argmax()])


def _chin_bottom(vertices: NDArray, middle: NDArray, lip_bottom: int) -> int:
    """Lowest forward point of the chin (menton): furthest along down-and-forward."""
    direction = np.array([0.0, -0.8, 0.6])
    lip = vertices[lip_bottom, 1]
    near = middle[(vertices[middle, 1] < lip) & (vertices[middle, 1] > lip - 0.05)]
    return int(near[(vertices[near] @ direction).argmax()])


def _face68(
    vertices: NDArray[np.float64],
    front: NDArray[np.int64],
    mirror: NDArray[np.int64],
    rings: Rings,
    marks: dict[str, NDArray[np.int64]],
    chin: int,
    bridge_height: float,
) -> NDArray[np.int64]:
    centre = np.array([0.0, bridge_height])
    jaw: list[int] = []
    position = vertices[front]
    # Widest vertex of the outer face in each direction from the bridge of the nose, ear to chin.
    for step in range(8):
        angle = np.radians(188 + step * (270 - 188) / 8)
        along = np.array([np.cos(angle), np.sin(angle)])
        across = np.array([-along[1], along[0]])
        relative = position[:, :2] - centre
        score = relative @ along - 4 * np.abs(relative @ across)
        score[(position[:, 2] < _EAR_DEPTH) | (np.abs(position[:, 0]) > _EAR_SIDE)] = -1
        score[position[:, 1] < vertices[chin, 1] - 0.002] = -1
        # Below the mouth the neck is no part of the jaw line.
        below_mouth = position[:, 1] < vertices[rings.mouth[MOUTH_CONTACT, 0], 1]
        score[below_mouth & (position[:, 2] < _JAW_DEPTH)] = -1
        jaw.append(int(front[score.argmax()]))
    jaw_line = [*jaw, chin, *mirror[jaw[::-1]].tolist()]
    brow_right = marks["mediapipe_brow_right"].tolist()
    brow_left = marks["mediapipe_brow_left"][::-1].tolist()
    bridge, base = marks["mediapipe_nose_bridge"], marks["mediapipe_nose_tip_base"]
    wing = int(base[3])
    under = int(base[2])
    between = _nearest(
        vertices, front, (float(vertices[wing, 0]) * 0.5, float((vertices[wing, 1] + vertices[under, 1]) / 2))
    )
    nose = [*bridge[[0, 2, 4]].tolist(), int(base[0]), wing, between, under, int(mirror[between])]
    nose.append(int(mirror[wing]))
    ring = rings.right_eye[LID_FRONT]
    corners = marks["mediapipe_eye_right"][[0, 8]].tolist()
    upper = _eye_points(vertices, ring, _EYE68_UPPER, UPPER_LID)
    lower = _eye_points(vertices, ring, _EYE68_LOWER, LOWER_LID)
    right_eye = [corners[0], *upper, corners[1], *lower]
    partner = mirror[right_eye].tolist()
    left_eye = [partner[3], partner[2], partner[1], partner[0], partner[5], partner[4]]
    outer, inner = marks["mediapipe_lips_outer"], marks["mediapipe_lips_inner"]
    outer_lip = outer[[0, 18, 16, 15, 14, 12, 10, 7, 6, 5, 4, 3]].tolist()
    inner_lip = inner[[0, 17, 15, 13, 10, 7, 5, 3]].tolist()
    points = [*jaw_line, *brow_right, *brow_left, *nose, *right_eye, *left_eye, *outer_lip, *inner_lip]
    return np.array(points)
