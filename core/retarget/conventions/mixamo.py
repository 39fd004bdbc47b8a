# SPDX-License-Identifier: GPL-3.0-or-later
"""Faces of Mixamo's Fuse characters (Face Plus): `Blink_Left`, `MouthOpen`, `MouthNarrow_Right`.

Source: Mixamo, Face Plus, list of channels; the blend shapes of Fuse CC characters.
"""

from typing import Final

from .convention import Convention, shape, sides

_WORDS: Final = ("Left", "Right")

MIXAMO: Final = Convention(
    name="Mixamo Fuse",
    label="Mixamo",
    shapes=(
        *sides("Blink_{}", words=_WORDS, eyeBlink=1.0),
        *sides("EyesWide_{}", words=_WORDS, eyeWide=1.0),
        *sides("Squint_{}", words=_WORDS, eyeSquint=1.0),
        *sides("BrowsDown_{}", words=_WORDS, browDown=1.0),
        *sides("BrowsUp_{}", words=_WORDS, browOuterUp=0.9, browInnerUp=0.6),
        *sides("CheekPuff_{}", words=_WORDS, cheekPuff=1.0),
        *sides("NoseScrunch_{}", words=_WORDS, noseSneer=1.0),
        *sides("Smile_{}", words=_WORDS, mouthSmile=1.0),
        *sides("Frown_{}", words=_WORDS, mouthFrown=1.0),
        *sides("UpperLipUp_{}", words=_WORDS, mouthUpperUp=1.0),
        *sides("LowerLipDown_{}", words=_WORDS, mouthLowerDown=1.0),
        *sides("MouthNarrow_{}", words=_WORDS, mouthPucker=1.0),
        *sides("MouthWhistle_NarrowAdjust_{}", words=_WORDS, mouthFunnel=0.6, drive=False),
        shape("Midmouth_Left", mouthLeft=1.0),
        shape("Midmouth_Right", mouthRight=1.0),
        shape("MouthOpen", jawOpen=0.7, mouthLowerDown=0.1),
        shape("UpperLipIn", mouthRollUpper=1.0),
        shape("LowerLipIn", mouthRollLower=1.0),
        shape("UpperLipOut", mouthShrugUpper=0.6, drive=False),
        shape("LowerLipOut", mouthShrugLower=0.8),
        shape("JawForeward", "JawOut", jawForward=1.0),
        shape("Jaw_Left", "JawLeft", jawLeft=1.0),
        shape("Jaw_Right", "JawRight", jawRight=1.0),
    ),
    fixed=frozenset(
        (
            *("BrowsIn_Left", "BrowsIn_Right", "BrowsOuterLower_Left", "BrowsOuterLower_Right", "Jaw_Up"),
            *("Jaw_Down", "JawBackward", "JawRotateY_Left", "JawRotateY_Right", "JawRotateZ_Left"),
            *("JawRotateZ_Right", "MouthUp", "MouthDown", "TongueUp"),
        )
    ),
)
