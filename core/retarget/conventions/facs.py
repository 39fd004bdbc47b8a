# SPDX-License-Identifier: GPL-3.0-or-later
"""Action units of the Facial Action Coding System: "AU01", "AU12_L", "LipCornerPuller".

Source: Ekman and Friesen, Facial Action Coding System (1978; Ekman, Friesen and Hager 2002), numbers and
names of the units. Which way AU30 moves the jaw is in its side.
"""

from typing import Final

from . import postures
from .convention import PAIRED, SIDES, Convention, Meaning, Shape, meaning

_UNITS: Final[tuple[tuple[int, str, Meaning], ...]] = (
    (1, "Inner Brow Raiser", meaning(browInnerUp=1.0)),
    (2, "Outer Brow Raiser", meaning(browOuterUp=1.0)),
    (4, "Brow Lowerer", meaning(browDown=1.0)),
    (5, "Upper Lid Raiser", meaning(eyeWide=1.0)),
    (6, "Cheek Raiser", meaning(cheekSquint=1.0)),
    (7, "Lid Tightener", meaning(eyeSquint=1.0)),
    (9, "Nose Wrinkler", meaning(noseSneer=1.0)),
    (10, "Upper Lip Raiser", meaning(mouthUpperUp=1.0)),
    (12, "Lip Corner Puller", meaning(mouthSmile=1.0)),
    (14, "Dimpler", meaning(mouthDimple=1.0)),
    (15, "Lip Corner Depressor", meaning(mouthFrown=1.0)),
    (16, "Lower Lip Depressor", meaning(mouthLowerDown=1.0)),
    (17, "Chin Raiser", meaning(mouthShrugLower=1.0)),
    (18, "Lip Pucker", meaning(mouthPucker=1.0)),
    (20, "Lip Stretcher", meaning(mouthStretch=1.0)),
    (22, "Lip Funneler", meaning(mouthFunnel=1.0)),
    (23, "Lip Tightener", postures.PRESSED),
    (24, "Lip Pressor", meaning(mouthPress=1.0)),
    (25, "Lips Part", meaning(mouthLowerDown=0.4, mouthUpperUp=0.25)),
    (26, "Jaw Drop", meaning(jawOpen=0.5)),
    (27, "Mouth Stretch", meaning(jawOpen=1.0)),
    (28, "Lip Suck", meaning(mouthRollLower=0.8, mouthRollUpper=0.8)),
    (29, "Jaw Thrust", meaning(jawForward=1.0)),
    (34, "Cheek Puff", meaning(cheekPuff=1.0)),
    (43, "Eyes Closed", meaning(eyeBlink=1.0)),
    (45, "Blink", meaning(eyeBlink=1.0)),
)
_ALONE: Final = frozenset(("Dimpler", "Mouth Stretch", "Cheek Puff", "Eyes Closed", "Blink", "Jaw Drop"))
"""Names that others mean otherwise."""


def _unit(number: int, name: str, weights: Meaning) -> tuple[Shape, ...]:
    codes = dict.fromkeys((f"AU{number:02}", f"AU{number}"))
    spellings = (*list(codes)[1:], *(() if name in _ALONE else (name,)))
    whole = Shape(f"AU{number:02}", weights, spellings)
    halves = []
    for side in SIDES:
        half = {each: weight for each, weight in weights.items() if each.endswith(side)}
        sided = bool(half) and all(each.removesuffix(side) in PAIRED for each in half)
        names = tuple(f"{each} {side}" for each in (*codes, *spellings[len(codes) - 1 :]))
        halves.append(Shape(names[0], half if sided else weights, names[1:], piece=not sided))
    return whole, *halves


FACS: Final = Convention(
    name="FACS action units",
    label="FACS",
    shapes=(
        *(each for unit in _UNITS for each in _unit(*unit)),
        Shape("AU30 Left", {"jawLeft": 1.0}, ("AU30L", "Jaw Sideways Left")),
        Shape("AU30 Right", {"jawRight": 1.0}, ("AU30R", "Jaw Sideways Right")),
        Shape("AU46 Left", {"eyeBlinkLeft": 1.0}, ("AU46L",)),
        Shape("AU46 Right", {"eyeBlinkRight": 1.0}, ("AU46R",)),
    ),
)
