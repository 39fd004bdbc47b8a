# SPDX-License-Identifier: GPL-3.0-or-later
"""What of a face is looked at when one rig is made to do what another does.

Some vertices of the template are its samples: their displacements, and measures of them (lip gap, mouth
width, protrusion, jaw, lids, brows), are what the values of keys are solved for.

Shape letters: S samples, N shapes or frames, M rows.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ..head.head_model import Head, load_head
from .arkit import ARKIT_INDEX

Doubles = NDArray[np.float64]

LIP_PAIRS: Final = 7
"""Pairs of inner lips, from the subject's right to left; the middle one is what "lip gap" means alone."""

_SPREAD: Final = 220
"""Samples beside the landmarks, spread over the skin of the face."""

_TOUCHING: Final = 1e-3
"""Metres up to which lips count as closed at rest."""
_ELSEWHERE: Final = 0.25
"""Weight of a sample outside a part's own region: what a key does there by the way is unwanted."""

_MEASURES: Final[dict[str, dict[str, float]]] = {
    "Mouth": {
        **{f"lip gap {pair}": 1.2 for pair in range(LIP_PAIRS)},
        "mouth width": 2.5,
        "upper lip protrusion": 1.5,
        "lower lip protrusion": 1.5,
        "upper lip height": 1.0,
        "lower lip height": 1.0,
        "mouth sideways": 1.0,
        "corner height left": 1.0,
        "corner height right": 1.0,
        "jaw": 1.0,
    },
    "Blink": {"left lid gap": 8.0, "right lid gap": 8.0},
    "Brows": {
        "left brow": 2.0,
        "right brow": 2.0,
        "left inner brow": 2.0,
        "right inner brow": 2.0,
    },
    "Gaze": {},
}
"""Weight of each measure beside the root mean square of the part's samples. Our own choice: the speech shall
be read from the lips before anything else."""


@dataclass(frozen=True, eq=False)
class FaceFeatures:
    """The samples and measures of the template.

    Attributes:
        samples: (S,) vertices of the template.
        positions: (S, 3) metres, where they are at rest.
        arkit: (52, S, 3) metres, displacements of the ARKit shapes.
        measures: name -> (S, 3): a measure of displacements is the sum of the product.
        weights: part -> (S,) weight of each sample.
    """

    samples: NDArray[np.int64]
    positions: Doubles
    arkit: Doubles
    measures: dict[str, Doubles]
    weights: dict[str, Doubles]

    def measure(self, name: str, displacements: NDArray[np.floating]) -> Doubles:
        """A measure (N,) in metres of displacements (N, S, 3); by how much it grows."""
        return np.tensordot(np.asarray(displacements, np.float64), self.measures[name], 2)

    def rows(self, part: str, displacements: NDArray[np.floating]) -> Doubles:
        """What counts for a part (M, N), in metres, of displacements (N, S, 3)."""
        displacements = np.asarray(displacements, np.float64)
        weights = self.weights[part] / np.sqrt((self.weights[part] ** 2).sum())
        points = (displacements * weights[:, None]).reshape(len(displacements), -1)
        measures = [weight * self.measure(name, displacements) for name, weight in _MEASURES[part].items()]
        return np.concatenate([points.T, *(each[None] for each in measures)])

    def rest_row(self, part: str, rest_gaps: NDArray[np.floating] | None) -> Doubles:
        """What counts for a part (M,) of the difference between the template's lips at rest and a rig's.

        Args:
            part: only the mouth has lips.
            rest_gaps: (LIP_PAIRS,) metres of the rig's; None for the template's own.
        """
        row = np.zeros(3 * len(self.samples) + len(_MEASURES[part]))
        if part == "Mouth" and rest_gaps is not None:
            for place, (name, weight) in enumerate(_MEASURES[part].items()):
                if name.startswith("lip gap "):
                    mine = np.tensordot(self.positions, self.measures[name], 2)
                    apart = float(rest_gaps[int(name.removeprefix("lip gap "))]) - mine
                    row[3 * len(self.samples) + place] = -weight * max(apart - _TOUCHING, 0.0)
        return row

    @cached_property
    def rest_gap(self) -> float:
        """Lip gap of the template at rest, metres; negative where the lips overlap."""
        return float(np.tensordot(self.positions, self.measures[f"lip gap {LIP_PAIRS // 2}"], 2))

    @cached_property
    def mouth_width(self) -> float:
        """Distance of the mouth's corners at rest, metres."""
        return float(np.tensordot(self.positions, self.measures["mouth width"], 2))


@cache
def face_features() -> FaceFeatures:
    """The samples of the built-in head; chosen once.

    Raises:
        ModelError: the head's file is missing or broken.
    """
    head = load_head()
    marks = head.landmarks
    named = (
        "mediapipe_lips_outer",
        "inner_lip_upper",
        "inner_lip_lower",
        "mouth_corners",
        "mediapipe_eye_left",
        "mediapipe_eye_right",
        "eyelid_upper_left",
        "eyelid_lower_left",
        "eyelid_upper_right",
        "eyelid_lower_right",
        "mediapipe_brow_left",
        "mediapipe_brow_right",
        "mediapipe_nose",
        "mediapipe_chin",
        "face68",
    )
    chosen = np.unique(np.concatenate([marks[name] for name in named]))
    samples = np.concatenate([chosen, _spread_over(head, chosen)])
    template = head.template.astype(np.float64)
    return FaceFeatures(
        samples=samples,
        positions=template[samples],
        arkit=head.arkit_deltas[:, samples].astype(np.float64),
        measures=_measures(head, samples),
        weights=_weights(head, samples),
    )


def _spread_over(head: Head, chosen: NDArray[np.int64]) -> NDArray[np.int64]:
    """Vertices of the outer skin that are far from each other and from those that are chosen."""
    visible = {head.parts.index("skin"), head.parts.index("lips")}
    outer = np.unique(head.faces[np.isin(head.face_part, list(visible))])
    face = np.maximum(np.maximum(head.regions["mouth"], head.regions["eyelids"]), head.regions["upper_face"])
    moved = np.linalg.norm(head.arkit_deltas[:, outer], axis=2).max(axis=0)
    outer = outer[(face[outer] > 0.1) & (moved > 5e-4) & (head.template[outer, 2] > 0)]
    points = head.template[outer].astype(np.float64)
    distance = np.full(len(outer), np.inf)
    for each in chosen:
        distance = np.minimum(distance, ((points - head.template[each]) ** 2).sum(axis=1))
    spread = []
    for _ in range(_SPREAD):
        furthest = int(distance.argmax())
        spread.append(outer[furthest])
        distance = np.minimum(distance, ((points - points[furthest]) ** 2).sum(axis=1))
    return np.array(spread, np.int64)


def _measures(head: Head, samples: NDArray[np.int64]) -> dict[str, Doubles]:
    place = {int(vertex): row for row, vertex in enumerate(samples)}
    marks = head.landmarks

    def mean(vertices: NDArray[np.int64] | list[int], axis: int) -> Doubles:
        functional = np.zeros((len(samples), 3))
        for vertex in np.atleast_1d(vertices):
            functional[place[int(vertex)], axis] += 1 / len(np.atleast_1d(vertices))
        return functional

    upper, lower = marks["inner_lip_upper"], marks["inner_lip_lower"]
    right_corner, left_corner = marks["mouth_corners"]
    outer = marks["mediapipe_lips_outer"]
    # MediaPipe's order: from the right corner along the lower lip to the left one, back along the upper.
    outer_lower, outer_upper = outer[3:8], outer[13:18]
    chin = marks["mediapipe_chin"][2:]
    middle = LIP_PAIRS // 2
    measures = {f"lip gap {pair}": mean(upper[pair], 1) - mean(lower[pair], 1) for pair in range(LIP_PAIRS)}
    measures |= {
        "mouth width": mean(left_corner, 0) - mean(right_corner, 0),
        "upper lip protrusion": mean(outer_upper, 2),
        "lower lip protrusion": mean(outer_lower, 2),
        "upper lip height": mean(upper[middle], 1),
        "lower lip height": mean(lower[middle], 1),
        "mouth sideways": mean(np.array([right_corner, left_corner]), 0),
        "corner height left": mean(left_corner, 1),
        "corner height right": mean(right_corner, 1),
        "jaw": mean(chin, 1),
    }
    for side in ("left", "right"):
        lid = mean(marks[f"eyelid_upper_{side}"], 1) - mean(marks[f"eyelid_lower_{side}"], 1)
        brow = marks[f"mediapipe_brow_{side}"]
        innermost = brow[np.abs(head.template[brow, 0]).argmin()]
        measures |= {
            f"{side} lid gap": lid,
            f"{side} brow": mean(brow, 1),
            f"{side} inner brow": mean(innermost, 1),
        }
    return measures


def _weights(head: Head, samples: NDArray[np.int64]) -> dict[str, Doubles]:
    def region(*names: str) -> Doubles:
        return np.max([head.regions[name][samples] for name in names], axis=0).astype(np.float64)

    mouth = np.maximum(0.5 * region("mouth", "jaw"), region("lips"))
    lids = region("eyelids")
    # The forehead is no part of the mouth's region, nor of the lids'.
    brows = np.where(lids > 0.5, _ELSEWHERE, region("upper_face"))
    return {
        "Mouth": np.maximum(mouth, _ELSEWHERE),
        "Blink": np.maximum(lids, _ELSEWHERE),
        "Brows": np.maximum(brows, _ELSEWHERE),
        "Gaze": np.full(len(samples), _ELSEWHERE),
    }


def arkit_displacements(meaning: Mapping[str, float]) -> Doubles:
    """(S, 3) metres that a face shows for some ARKit weights."""
    features = face_features()
    total = np.zeros(features.positions.shape)
    for name, weight in meaning.items():
        total += weight * features.arkit[ARKIT_INDEX[name]]
    return total
