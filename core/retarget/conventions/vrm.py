# SPDX-License-Identifier: GPL-3.0-or-later
"""Blend shapes of VRM 0 and expressions of VRM 1.

Sources: VRM consortium, VRM 0.0 specification, `VRM.blendShapeMaster` (presets A I U E O, Blink, Blink_L,
Blink_R, LookUp ..., Joy, Angry, Sorrow, Fun, Neutral); VRM 1.0 specification, VRMC_vrm, expressions.md (aa
ih ou ee oh, blink, blinkLeft, lookUp ..., happy, angry, sad, relaxed, surprised, neutral).
"""

from typing import Final

from . import postures
from .convention import Convention, Shape, feeling, posture, shape


def _looks(spell: str) -> tuple[Shape, ...]:
    # LookLeft turns both eyes to the subject's left.
    return (
        shape(spell.format("Up"), eyeLookUp=1.0),
        shape(spell.format("Down"), eyeLookDown=1.0),
        shape(spell.format("Left"), eyeLookOutLeft=1.0, eyeLookInRight=1.0),
        shape(spell.format("Right"), eyeLookInLeft=1.0, eyeLookOutRight=1.0),
    )


_JOY: Final = {"mouthSmile": 0.7, "cheekSquint": 0.5, "eyeSquint": 0.6, "browInnerUp": 0.2}
_ANGER: Final = {"browDown": 0.8, "mouthFrown": 0.5, "noseSneer": 0.4, "eyeSquint": 0.3}
_SORROW: Final = {"browInnerUp": 0.7, "mouthFrown": 0.6, "eyeSquint": 0.2}

VRM0: Final = Convention(
    name="VRM",
    label="VRM",
    shapes=(
        posture("A", postures.OPEN),
        posture("I", postures.CLOSE_FRONT),
        posture("U", postures.CLOSE_ROUNDED),
        posture("E", postures.MIDDLE_FRONT),
        posture("O", postures.OPEN_ROUNDED),
        shape("Blink", eyeBlink=1.0),
        shape("Blink_L", eyeBlinkLeft=1.0),
        shape("Blink_R", eyeBlinkRight=1.0),
        *_looks("Look{}"),
        *feeling(("Joy",), **_JOY),
        *feeling(("Angry",), **_ANGER),
        *feeling(("Sorrow",), **_SORROW),
        *feeling(("Fun",), mouthSmile=0.5, eyeSquint=0.4),
        shape("Neutral", drive=False),
    ),
    weak=frozenset(("A", "I", "U", "E", "O")),
    enough=4,
    needed=frozenset(("I", "U", "O")),
)

VRM1: Final = Convention(
    name="VRM 1",
    label="VRM 1",
    shapes=(
        posture("aa", postures.OPEN),
        posture("ih", postures.CLOSE_FRONT),
        posture("ou", postures.CLOSE_ROUNDED),
        posture("ee", postures.MIDDLE_FRONT),
        posture("oh", postures.OPEN_ROUNDED),
        shape("blink", eyeBlink=1.0),
        shape("blinkLeft", eyeBlinkLeft=1.0),
        shape("blinkRight", eyeBlinkRight=1.0),
        *_looks("look{}"),
        *feeling(("happy",), **_JOY),
        *feeling(("angry",), **_ANGER),
        *feeling(("sad",), **_SORROW),
        *feeling(("relaxed",), mouthSmile=0.4, eyeSquint=0.4),
        *feeling(("surprised",), eyeWide=0.7, browInnerUp=0.6, browOuterUp=0.6, jawOpen=0.3),
        shape("neutral", drive=False),
    ),
    weak=frozenset(("aa", "ih", "ou", "ee", "oh")),
    enough=4,
    needed=frozenset(("ih", "ou", "ee", "oh")),
)
