# SPDX-License-Identifier: GPL-3.0-or-later
"""Unified Expressions, the shapes of VRChat avatars with face tracking.

Source: VRCFaceTracking, documentation "Unified Expressions: base and blended shapes". Much of it is ARKit's;
lips come in quarters or halves.
"""

from typing import Final

from .convention import Convention, shape, sides, sides_of

_WORDS: Final = ("Left", "Right")

UNIFIED_EXPRESSIONS: Final = Convention(
    name="Unified Expressions",
    label="Unified",
    shapes=(
        *sides("EyeClosed{}", words=_WORDS, eyeBlink=1.0),
        shape("EyeClosed", eyeBlink=1.0),
        *sides("EyeWide{}", words=_WORDS, eyeWide=1.0),
        *sides("EyeSquint{}", words=_WORDS, eyeSquint=1.0),
        *sides("EyeLookUp{}", words=_WORDS, eyeLookUp=1.0),
        *sides("EyeLookDown{}", words=_WORDS, eyeLookDown=1.0),
        *sides("EyeLookIn{}", words=_WORDS, eyeLookIn=1.0),
        *sides("EyeLookOut{}", words=_WORDS, eyeLookOut=1.0),
        *sides("BrowDown{}", words=_WORDS, browDown=1.0),
        *sides("BrowLowerer{}", words=_WORDS, browDown=1.0),
        *sides("BrowInnerUp{}", words=_WORDS, browInnerUp=1.0),
        *sides("BrowOuterUp{}", words=_WORDS, browOuterUp=1.0),
        *sides("BrowUp{}", words=_WORDS, browInnerUp=0.6, browOuterUp=0.8, drive=False),
        *sides("NoseSneer{}", words=_WORDS, noseSneer=1.0),
        *sides("CheekSquint{}", words=_WORDS, cheekSquint=1.0),
        *sides("CheekPuff{}", words=_WORDS, cheekPuff=1.0),
        shape("JawOpen", jawOpen=1.0),
        shape("JawLeft", jawLeft=1.0),
        shape("JawRight", jawRight=1.0),
        shape("JawForward", jawForward=1.0),
        shape("MouthClosed", mouthClose=1.0),
        shape("LipFunnel", mouthFunnel=1.0),
        shape("LipPucker", mouthPucker=1.0),
        shape("LipSuckUpper", mouthRollUpper=1.0),
        shape("LipSuckLower", mouthRollLower=1.0),
        *(
            each
            for lip in ("Upper", "Lower")
            for each in (
                *sides(f"LipFunnel{lip}{{}}", words=_WORDS, mouthFunnel=1.0),
                *sides(f"LipPucker{lip}{{}}", words=_WORDS, mouthPucker=1.0),
                *sides_of(f"LipSuck{lip}{{}}", {f"mouthRoll{lip}": 1.0}),
            )
        ),
        *sides("MouthUpperUp{}", words=_WORDS, mouthUpperUp=1.0),
        *sides("MouthLowerDown{}", words=_WORDS, mouthLowerDown=1.0),
        *sides("MouthSmile{}", words=_WORDS, mouthSmile=1.0),
        *sides("MouthCornerPull{}", words=_WORDS, mouthSmile=1.0),
        *sides("MouthFrown{}", words=_WORDS, mouthFrown=1.0),
        *sides("MouthSad{}", words=_WORDS, mouthFrown=1.0),
        *sides("MouthStretch{}", words=_WORDS, mouthStretch=1.0),
        *sides("MouthDimple{}", words=_WORDS, mouthDimple=1.0),
        *sides("MouthPress{}", words=_WORDS, mouthPress=1.0),
        shape("MouthRaiserUpper", mouthShrugUpper=1.0),
        shape("MouthRaiserLower", mouthShrugLower=1.0),
        shape("TongueOut", tongueOut=1.0),
    ),
    fixed=frozenset(
        (
            *("EyeDilation", "EyeConstrict", "JawBackward", "JawClench", "JawMandibleRaise", "TongueUp"),
            *("TongueDown", "TongueRight", "TongueLeft", "TongueRoll", "TongueBendDown", "TongueCurlUp"),
            *("TongueSquish", "TongueFlat", "TongueTwistRight", "TongueTwistLeft", "NeckFlexRight"),
            "NeckFlexLeft",
            *(
                name + side
                for side in ("Left", "Right")
                for name in (
                    *("EyeDilation", "EyeConstrict", "BrowPinch", "NasalDilation", "NasalConstrict"),
                    *("CheekSuck", "LipSuckCorner", "MouthUpperDeepen", "MouthUpper", "MouthLower"),
                    *("MouthCornerSlant", "MouthTightener"),
                )
            ),
        )
    ),
)
