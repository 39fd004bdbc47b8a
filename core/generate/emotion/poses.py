# SPDX-License-Identifier: GPL-3.0-or-later
"""What each emotion does to a face: action units, and ARKit's shapes for them.

Which action units show an emotion is that of the prototypes of FACS (Ekman, Friesen and Hager, Facial Action
Coding System: Investigator's Guide, 2002, table 10-2, and the emotion dictionary EMFACS; described in Ekman
and Friesen, Unmasking the Face, 1975). Contempt is on one side (Ekman and Friesen, "A new pan-cultural facial
expression of emotion", Motivation and Emotion 10, 1986). How far each unit goes is our own choice, made by
looking at the built-in head: at 1 an actor's full expression, at a half one that is plain but not played.

Which shape shows a unit follows from what both say that they do: Apple's description of each
`ARFaceAnchor.BlendShapeLocation`, and the appearance changes that FACS describes for the unit. There is none
for some: 23 and 24 (lips tightened, lips pressed) share mouthPress and mouthRoll, 16 and 25 mouthLowerDown.
Units of lips that part by the jaw (26) are kept low: a face that speaks opens its mouth by itself.

Letter: E = 7 emotions.
"""

from functools import cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ...retarget.arkit import ARKIT_INDEX, ARKIT_NAMES
from .directions import EMOTIONS

SIDES: Final = ("Left", "Right")

UNIT_SHAPES: Final[dict[int, dict[str, float]]] = {
    1: {"browInnerUp": 1.0},
    2: {"browOuterUp": 1.0},
    4: {"browDown": 1.0},
    5: {"eyeWide": 1.0},
    6: {"cheekSquint": 1.0, "eyeSquint": 0.35},
    7: {"eyeSquint": 1.0},
    9: {"noseSneer": 1.0, "mouthUpperUp": 0.15},
    10: {"mouthUpperUp": 1.0},
    12: {"mouthSmile": 1.0},
    14: {"mouthDimple": 1.0, "mouthPress": 0.3},
    15: {"mouthFrown": 1.0},
    16: {"mouthLowerDown": 1.0},
    17: {"mouthShrugLower": 1.0, "mouthShrugUpper": 0.3},
    20: {"mouthStretch": 1.0},
    23: {"mouthPress": 0.4, "mouthRollLower": 0.6, "mouthRollUpper": 0.6},
    24: {"mouthPress": 1.0},
    25: {"mouthLowerDown": 0.6, "mouthUpperUp": 0.4},
    26: {"jawOpen": 1.0},
    41: {"eyeBlink": 1.0},
}
"""Action unit to shapes, without side, and their weights when it is fully there: 1 and 2 inner and outer brow
raiser, 4 brow lowerer, 5 upper lid raiser, 6 cheek raiser, 7 lid tightener, 9 nose wrinkler, 10 upper lip
raiser, 12 lip corner puller, 14 dimpler, 15 lip corner depressor, 16 lower lip depressor, 17 chin raiser, 20
lip stretcher, 23 lip tightener, 24 lip pressor, 25 lips part, 26 jaw drop, 41 lid droop."""

EMOTION_UNITS: Final[dict[str, dict[int, float]]] = {
    "happiness": {6: 0.75, 12: 0.8, 25: 0.3},
    "sadness": {1: 0.95, 4: 0.3, 15: 0.6, 17: 0.3, 41: 0.2},
    "anger": {4: 1.0, 5: 0.35, 7: 0.6, 17: 0.35, 23: 0.65, 24: 0.35},
    "fear": {1: 0.8, 2: 0.45, 4: 0.25, 5: 0.9, 20: 0.6, 25: 0.3, 26: 0.1},
    "disgust": {4: 0.35, 7: 0.35, 9: 0.9, 10: 0.35, 15: 0.35, 17: 0.35},
    "surprise": {1: 0.9, 2: 0.85, 5: 0.7, 26: 0.35},
    "contempt": {12: 0.4, 14: 0.75},
}
"""Emotion to action units, each 0..1 of its shapes at an intensity of 1."""

ONE_SIDED: Final = ("contempt",)
"""Shown on the subject's left here; `mirrored` shows it on the right."""
_OTHER_SIDE: Final = 0.1
"""Part of it that the other side does."""

_CENTRED: Final = {name for name in ARKIT_NAMES if not name.endswith(SIDES)}
_MIRROR: Final = [
    ARKIT_INDEX[
        name.removesuffix(own) + other
        if (own := next((side for side in SIDES if name.endswith(side)), ""))
        and (other := SIDES[1 - SIDES.index(own)])
        else name
    ]
    for name in ARKIT_NAMES
]


@cache
def emotion_poses() -> NDArray[np.float32]:
    """(E, 52) in 0..1: ARKit weights of each of `EMOTIONS` at an intensity of 1."""
    poses = np.zeros((len(EMOTIONS), len(ARKIT_NAMES)), np.float32)
    for pose, emotion in zip(poses, EMOTIONS, strict=True):
        for unit, strength in EMOTION_UNITS[emotion].items():
            for shape, weight in UNIT_SHAPES[unit].items():
                for column, share in _columns(shape, emotion in ONE_SIDED):
                    # Units that move the same shape together move it less than their sum.
                    pose[column] += strength * weight * share * (1 - pose[column])
    poses.flags.writeable = False
    return poses


def mirrored(poses: NDArray[np.floating]) -> NDArray[np.floating]:
    """Poses (..., 52) with left and right exchanged."""
    return poses[..., _MIRROR]


def _columns(shape: str, one_sided: bool) -> list[tuple[int, float]]:
    """Columns of a shape's sides, and how much of it each does."""
    if shape in _CENTRED:
        return [(ARKIT_INDEX[shape], 1.0)]
    left, right = (ARKIT_INDEX[shape + side] for side in SIDES)
    return [(left, 1.0), (right, _OTHER_SIDE if one_sided else 1.0)]
