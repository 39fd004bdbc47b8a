# SPDX-License-Identifier: GPL-3.0-or-later
"""The 52 ARKit blendshapes: names, order, pairs and regions.

Names: Apple, `ARFaceAnchor.BlendShapeLocation`. Order: the columns of a Live Link Face recording, which
is also the order of `FaceMotion.weights`. "Left" and "right" are the subject's.
"""

from typing import Final

ARKIT_NAMES: Final[tuple[str, ...]] = (
    "eyeBlinkLeft",
    "eyeLookDownLeft",
    "eyeLookInLeft",
    "eyeLookOutLeft",
    "eyeLookUpLeft",
    "eyeSquintLeft",
    "eyeWideLeft",
    "eyeBlinkRight",
    "eyeLookDownRight",
    "eyeLookInRight",
    "eyeLookOutRight",
    "eyeLookUpRight",
    "eyeSquintRight",
    "eyeWideRight",
    "jawForward",
    "jawRight",
    "jawLeft",
    "jawOpen",
    "mouthClose",
    "mouthFunnel",
    "mouthPucker",
    "mouthRight",
    "mouthLeft",
    "mouthSmileLeft",
    "mouthSmileRight",
    "mouthFrownLeft",
    "mouthFrownRight",
    "mouthDimpleLeft",
    "mouthDimpleRight",
    "mouthStretchLeft",
    "mouthStretchRight",
    "mouthRollLower",
    "mouthRollUpper",
    "mouthShrugLower",
    "mouthShrugUpper",
    "mouthPressLeft",
    "mouthPressRight",
    "mouthLowerDownLeft",
    "mouthLowerDownRight",
    "mouthUpperUpLeft",
    "mouthUpperUpRight",
    "browDownLeft",
    "browDownRight",
    "browInnerUp",
    "browOuterUpLeft",
    "browOuterUpRight",
    "cheekPuff",
    "cheekSquintLeft",
    "cheekSquintRight",
    "noseSneerLeft",
    "noseSneerRight",
    "tongueOut",
)
"""Count: 52."""

ARKIT_INDEX: Final[dict[str, int]] = {name: index for index, name in enumerate(ARKIT_NAMES)}

OPPOSED_PAIRS: Final[tuple[tuple[str, str], ...]] = (
    ("eyeBlinkLeft", "eyeWideLeft"),
    ("eyeBlinkRight", "eyeWideRight"),
    ("mouthSmileLeft", "mouthFrownLeft"),
    ("mouthSmileRight", "mouthFrownRight"),
    ("jawLeft", "jawRight"),
    ("mouthLeft", "mouthRight"),
    ("eyeLookUpLeft", "eyeLookDownLeft"),
    ("eyeLookUpRight", "eyeLookDownRight"),
    ("eyeLookInLeft", "eyeLookOutLeft"),
    ("eyeLookInRight", "eyeLookOutRight"),
)
"""Shapes that undo each other: at most one of a pair may be above zero in a frame."""

BLINK_NAMES: Final[tuple[str, ...]] = (
    "eyeBlinkLeft",
    "eyeBlinkRight",
    "eyeSquintLeft",
    "eyeSquintRight",
    "eyeWideLeft",
    "eyeWideRight",
)
"""The lids, owned by exactly one source (the blink generator unless a generator says otherwise)."""

GAZE_NAMES: Final[tuple[str, ...]] = tuple(name for name in ARKIT_NAMES if name.startswith("eyeLook"))

BROW_NAMES: Final[tuple[str, ...]] = tuple(name for name in ARKIT_NAMES if name.startswith("brow"))

MOUTH_NAMES: Final[tuple[str, ...]] = tuple(
    name for name in ARKIT_NAMES if name not in BLINK_NAMES + GAZE_NAMES + BROW_NAMES
)
"""Jaw, lips, cheeks, nose and tongue: everything that speech moves."""

PARTS: Final[dict[str, tuple[str, ...]]] = {
    "Mouth": MOUTH_NAMES,
    "Blink": BLINK_NAMES,
    "Gaze": GAZE_NAMES,
    "Brows": BROW_NAMES,
}
"""Channels of each part of a take that has channels of its own (head motion has no shape keys)."""

EMOTION: Final = "Emotion"
"""The part that has no channels of its own: what emotion and idle motion add to those of the others, or take
away from them. Its keys stay with the parts that their channels belong to."""

FELT_PARTS: Final = ("Mouth", "Blink", "Brows")
"""Parts on whose channels emotion lies as a rule: where it is made, nobody knows yet what it will move."""

FACE_PARTS: Final = (*PARTS, EMOTION)
"""Every part of a take that moves the face, and has a layer."""


def arkit_indices(names: tuple[str, ...]) -> list[int]:
    """Columns of `FaceMotion.weights` for the given ARKit names."""
    return [ARKIT_INDEX[name] for name in names]
