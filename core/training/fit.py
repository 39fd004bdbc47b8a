# SPDX-License-Identifier: GPL-3.0-or-later
"""Captured faces to ARKit weights of our head: tracked landmarks first, tracker scores as a prior.

A tracker's scores are weak where lips meet, funnel or press, while its landmarks are good there. So the
weights are found that move our head's landmarks as the captured ones moved from their own neutral: one
bounded least-squares problem a frame, solved by the same solver as at run time.

Shape letters: F frames, P landmarks, R rows of the least-squares problem, W = 52 weights.
"""

from dataclasses import dataclass, replace
from functools import cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ..head import lip_gap_model, load_head
from ..retarget.arkit import ARKIT_INDEX, ARKIT_NAMES, GAZE_NAMES
from ..retarget.solve import WeightSolver
from .captures import Capture, Tracked

MEDIAPIPE_REGIONS: Final[dict[str, tuple[int, ...]]] = {
    "lips_outer": (
        *(61, 146, 91, 181, 84, 17, 314, 405, 321, 375),
        *(291, 409, 270, 269, 267, 0, 37, 39, 40, 185),
    ),
    "lips_inner": (
        *(78, 95, 88, 178, 87, 14, 317, 402, 318, 324),
        *(308, 415, 310, 311, 312, 13, 82, 81, 80, 191),
    ),
    "eye_right": (33, 7, 163, 144, 145, 153, 154, 155, 133, 173, 157, 158, 159, 160, 161, 246),
    "eye_left": (263, 249, 390, 373, 374, 380, 381, 382, 362, 398, 384, 385, 386, 387, 388, 466),
    "brow_right": (70, 63, 105, 66, 107),
    "brow_left": (300, 293, 334, 296, 336),
    "chin": (200, 199, 175, 152),
}
"""MediaPipe's indices of the landmarks that the head stores as `mediapipe_<region>`, in the same order."""

OUTER_EYE_CORNERS: Final = (33, 263)
"""Their distance, the inter-ocular distance, is the unit of all landmarks here."""
RIGID_POINTS: Final = (33, 263, 133, 362, 168, 6, 197, 195, 5, 127, 356, 234, 454, 10)
"""Landmarks that do not move with speech: eye corners, nose bridge, upper face oval."""
LIP_CENTRES: Final = (13, 14)
MOUTH_CORNERS: Final = (61, 291)
INNER_LIP_PAIRS: Final = (LIP_CENTRES, (82, 87), (312, 317), (81, 178), (311, 402), (80, 88), (310, 318))
"""(upper, lower) landmarks of the inner lips, the middle first."""

CLOSED_GAP: Final = 0.01
"""Inter-ocular distances: captured lips nearer than this are closed."""
OPEN_LIDS: Final = 0.3
"""Tracker's blink score below which the lids count as open."""
CLOSING_PRESS: Final = 0.1
"""Weight of a pressing or rolling shape from which another rig's lips are fully closed."""

_DEPTH_STRENGTH: Final = 0.25
"""Depth comes from the tracker's model of a face, not from the image."""
_GAP_STRENGTH: Final = 3.0
_WIDTH_STRENGTH: Final = 6.0
_PRIOR_STRENGTH: Final = {"jawOpen": 0.03, "mouthPucker": 0.02, "mouthFunnel": 0.004}
"""Pull towards the tracker's score, in inter-ocular distances for a weight of 1."""
_DEFAULT_STRENGTH: Final = 0.03
"""Pull of every other channel towards zero, so that few shapes act."""
_RELUCTANT_STRENGTH: Final = {
    **dict.fromkeys(("noseSneer", "cheekSquint"), 0.3),
    **dict.fromkeys(("mouthShrugLower", "mouthShrugUpper"), 0.5),
    "mouthUpperUp": 0.2,
    **dict.fromkeys(("mouthRollLower", "mouthRollUpper"), 0.15),
    "mouthFrown": 0.08,
    **dict.fromkeys(("mouthLeft", "mouthRight"), 0.1),
}
"""Shapes, by the beginning of their name, that a tracker's small errors would otherwise call on: without
this mouthShrugUpper stood at 1 in one frame of twenty of a man who only spoke."""
_UNSEEN_STRENGTH: Final = 3.0
"""Keeps channels at zero that these landmarks do not show."""
_UNSEEN: Final = (*GAZE_NAMES, "tongueOut", "cheekPuff", "jawForward")


@dataclass(frozen=True)
class LandmarkModel:
    """Our head's landmarks as a linear function of ARKit weights, in inter-ocular distances.

    Attributes:
        index: (P,) MediaPipe index of each landmark.
        neutral: (P, 3) positions at rest.
        displacement: (W, P, 3) movement by each shape at weight 1.
        vertices: (P,) vertex of the head.
        unit: metres of an inter-ocular distance.
    """

    index: tuple[int, ...]
    neutral: NDArray[np.float64]
    displacement: NDArray[np.float64]
    vertices: NDArray[np.int64]
    unit: float

    def row(self, point: int) -> int:
        """Row of a MediaPipe index."""
        return self.index.index(point)


@cache
def landmark_model() -> LandmarkModel:
    """The built-in head's landmarks that carry MediaPipe indices."""
    head = load_head()
    index = tuple(point for points in MEDIAPIPE_REGIONS.values() for point in points)
    vertices = np.concatenate([head.landmarks[f"mediapipe_{region}"] for region in MEDIAPIPE_REGIONS])
    template = np.asarray(head.template, np.float64)
    right, left = (template[vertices[index.index(point)], :2] for point in OUTER_EYE_CORNERS)
    unit = float(np.linalg.norm(left - right))
    return LandmarkModel(
        index=index,
        neutral=template[vertices] / unit,
        displacement=np.asarray(head.arkit_deltas[:, vertices], np.float64) / unit,
        vertices=vertices,
        unit=unit,
    )


def lip_gap(weights: NDArray[np.floating]) -> NDArray[np.float64]:
    """Height of the gap between our head's inner lip centres (F,), in inter-ocular distances.

    Never negative, as a tracker's distance; 0 where the lips meet or overlap.
    """
    return np.maximum(lip_gap_model().heights(weights) / landmark_model().unit, 0)


def mouth_width(weights: NDArray[np.floating]) -> NDArray[np.float64]:
    """Distance of our head's mouth corners in the frontal plane (F,), in inter-ocular distances."""
    model = landmark_model()
    right, left = (model.row(point) for point in MOUTH_CORNERS)
    rest = model.neutral[left] - model.neutral[right]
    moved = rest + weights @ (model.displacement[:, left] - model.displacement[:, right])
    return np.linalg.norm(moved[:, :2], axis=1)


def frontal_points(tracked: Tracked) -> NDArray[np.float64]:
    """Landmarks without head motion: (F, P, 3) in inter-ocular distances, origin amid the rigid points."""
    points = np.einsum("fji,fpj->fpi", _rotation_matrices(tracked.head_rotation), tracked.points)
    row = {point: number for number, point in enumerate(tracked.mediapipe_index)}
    right, left = (points[:, row[point]] for point in OUTER_EYE_CORNERS)
    origin = points[:, [row[point] for point in RIGID_POINTS]].mean(axis=1, keepdims=True)
    return (points - origin) / np.linalg.norm(left - right, axis=1)[:, None, None]


def fit_weights(capture: Capture) -> Capture:
    """The same clip with ARKit weights that make our head's face do what the captured face did.

    With landmarks: weights that move our head's landmarks as the captured ones moved from their neutral,
    the median of the clip's frames with closed lips and open lids, so that lips closed in the capture are
    closed on the head. Without landmarks: the captured weights, with mouthClose raised to jawOpen where
    another rig closes its lips by pressing or rolling them over a jaw that stays a little open.
    """
    if capture.tracked is None:
        return replace(capture, weights=_closed_where_pressed(capture.weights))
    tracked, model = capture.tracked, landmark_model()
    points = frontal_points(tracked)[:, [tracked.mediapipe_index.index(point) for point in model.index]]
    blink = capture.weights[:, [ARKIT_INDEX["eyeBlinkLeft"], ARKIT_INDEX["eyeBlinkRight"]]].max(axis=1)
    rest = capture.valid & (tracked.lip_gap < CLOSED_GAP) & (blink < OPEN_LIDS)
    if rest.sum() < 3:
        rest = capture.valid
    moved = points - np.median(points[rest], axis=0)

    gaps, widths = _gap_and_width_movement(moved)
    # The tracker's own distances are better than those of its landmarks turned to the front, whose depth
    # is a guess.
    gaps[:, 0] = tracked.lip_gap - np.median(tracked.lip_gap[rest])
    widths[:, 0] = tracked.mouth_width - np.median(tracked.mouth_width[rest])
    # Nearer than at rest is pressing, which a distance does not measure.
    gaps = np.maximum(gaps, 0)
    problem = _problem()
    observed = np.concatenate(
        [
            (moved * _POINT_STRENGTH).reshape(len(moved), -1),
            gaps * _GAP_STRENGTH,
            widths * _WIDTH_STRENGTH,
            capture.weights * problem.prior_target,
        ],
        axis=1,
    )
    return replace(capture, weights=problem.solver.solve(observed))


_POINT_STRENGTH: Final = np.array([1.0, 1.0, _DEPTH_STRENGTH])


@dataclass(frozen=True)
class _Problem:
    solver: WeightSolver
    prior_target: NDArray[np.float64]
    """(W,): the rows that pull towards the tracker's score are this times the score."""


@cache
def _problem() -> _Problem:
    model = landmark_model()
    gaps, widths = _gap_and_width_movement(model.displacement)
    strength = np.full(len(ARKIT_NAMES), _DEFAULT_STRENGTH)
    for start, value in _RELUCTANT_STRENGTH.items():
        strength[[column for name, column in ARKIT_INDEX.items() if name.startswith(start)]] = value
    strength[[ARKIT_INDEX[name] for name in _UNSEEN]] = _UNSEEN_STRENGTH
    target = np.zeros(len(ARKIT_NAMES))
    for name, value in _PRIOR_STRENGTH.items():
        strength[ARKIT_INDEX[name]] = target[ARKIT_INDEX[name]] = value
    matrix = np.concatenate(
        [
            (model.displacement * _POINT_STRENGTH).reshape(len(ARKIT_NAMES), -1).T,
            gaps.T * _GAP_STRENGTH,
            widths.T * _WIDTH_STRENGTH,
            np.diag(strength),
        ]
    )
    return _Problem(WeightSolver(matrix), target)


def _gap_and_width_movement(moved: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """(N, P, 3) movements to (N, pairs) changes of the lip gaps and (N, 1) of the mouth's width."""
    row = landmark_model().row
    upper, lower = ([row(pair[side]) for pair in INNER_LIP_PAIRS] for side in (0, 1))
    right, left = (row(point) for point in MOUTH_CORNERS)
    return moved[:, upper, 1] - moved[:, lower, 1], (moved[:, left, 0] - moved[:, right, 0])[:, None]


def _closed_where_pressed(weights: NDArray[np.float32]) -> NDArray[np.float32]:
    names = ("mouthPressLeft", "mouthPressRight", "mouthRollLower", "mouthRollUpper")
    pressing = np.max([weights[:, ARKIT_INDEX[name]] for name in names], axis=0)
    closing = np.clip(pressing / CLOSING_PRESS, 0, 1) * weights[:, ARKIT_INDEX["jawOpen"]]
    result = weights.copy()
    close = result[:, ARKIT_INDEX["mouthClose"]]
    np.maximum(close, closing, out=close)
    return result


def _rotation_matrices(rotation_vectors: NDArray[np.floating]) -> NDArray[np.float64]:
    """(F, 3) rotation vectors in radians to (F, 3, 3) matrices."""
    from scipy.spatial.transform import Rotation

    return Rotation.from_rotvec(np.asarray(rotation_vectors, np.float64)).as_matrix()
