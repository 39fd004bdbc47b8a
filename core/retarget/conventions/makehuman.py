# SPDX-License-Identifier: GPL-3.0-or-later
"""MakeHuman and MPFB: the targets of facial expressions, and the unit poses of the face.

Sources: MakeHuman 1.3, data/targets/expression/units/caucasian (`mouth-open`, `eye-left-closure`), the same
in MPFB 2; MakeHuman, data/poseunits/face-poseunits.json (`LeftBrowDown`, `JawDrop`), poses of bones. MPFB's
packs faceunits01, visemes01 and visemes02 bear the names of ARKit, Microsoft and Oculus. Meanings of the
mouth's targets were measured on MakeHuman's own mesh: their names say less.
"""

from typing import Final

from . import postures
from .convention import Convention, posture, shape, sides

_WORDS: Final = ("left", "right")

MAKEHUMAN: Final = Convention(
    name="MakeHuman expressions",
    label="MakeHuman",
    shapes=(
        shape("mouth-open", jawOpen=1.0),
        shape("mouth-corner-puller", mouthSmile=1.0),
        shape("mouth-depression", mouthFrown=1.0),
        shape(
            "mouth-depression-retraction", mouthFrown=0.4, mouthStretch=0.5, mouthLowerDown=0.3, drive=False
        ),
        shape("mouth-retraction", mouthStretch=0.5, mouthDimple=0.5),
        shape("mouth-pursing", mouthPucker=1.0),
        shape("mouth-protusion", jawOpen=0.28, mouthFunnel=1.0),
        posture("mouth-compression", postures.PRESSED),
        shape("mouth-elevation", mouthUpperUp=0.75),
        shape("mouth-upward-retraction", mouthUpperUp=0.5, mouthLowerDown=0.5, mouthStretch=0.4),
        shape("mouth-parling", mouthLowerDown=0.5, mouthUpperUp=0.4),
        shape("mouth-part-later", mouthLowerDown=0.4, mouthStretch=0.2, drive=False),
        shape("mouth-eversion", mouthShrugLower=0.8),
        *sides("eye-{}-closure", words=_WORDS, eyeBlink=1.0),
        *sides("eye-{}-opened-up", words=_WORDS, eyeWide=1.0),
        *sides("eye-{}-slit", words=_WORDS, eyeSquint=1.0),
        *sides("eyebrows-{}-down", words=_WORDS, browDown=1.0),
        *sides("eyebrows-{}-extern-up", words=_WORDS, browOuterUp=1.0),
        *sides("eyebrows-{}-inner-up", words=_WORDS, browInnerUp=1.0),
        *sides("eyebrows-{}-up", words=_WORDS, browInnerUp=0.5, browOuterUp=0.8, drive=False),
        *sides("nose-{}-elevation", words=_WORDS, noseSneer=1.0),
    ),
    fixed=frozenset(
        (
            "nose-compression",
            "nose-depression",
            "nose-left-dilatation",
            "nose-right-dilatation",
            "neck-platysma",
        )
    ),
)

_POSES: Final = ("Left", "Right")

MAKEHUMAN_POSES: Final = Convention(
    name="MakeHuman face poses",
    label="MakeHuman pose",
    shapes=(
        *sides("{}BrowDown", words=_POSES, browDown=1.0),
        *sides("{}OuterBrowUp", words=_POSES, browOuterUp=1.0),
        *sides("{}InnerBrowUp", words=_POSES, browInnerUp=1.0),
        *sides("{}UpperLidOpen", words=_POSES, eyeWide=1.0),
        *sides("{}UpperLidClosed", words=_POSES, eyeBlink=1.0),
        *sides("{}LowerLidUp", words=_POSES, eyeSquint=1.0),
        *sides("{}EyeDown", words=_POSES, eyeLookDown=1.0),
        *sides("{}EyeUp", words=_POSES, eyeLookUp=1.0),
        shape("LeftEyeturnLeft", eyeLookOutLeft=1.0),
        shape("LeftEyeturnRight", eyeLookInLeft=1.0),
        shape("RightEyeturnLeft", eyeLookInRight=1.0),
        shape("RightEyeturnRight", eyeLookOutRight=1.0),
        *sides("{}CheekUp", words=_POSES, cheekSquint=1.0),
        shape("NoseWrinkler", noseSneer=1.0),
        shape("CheeksPump", cheekPuff=1.0),
        shape("ChinLeft", jawLeft=1.0),
        shape("ChinRight", jawRight=1.0),
        shape("ChinForward", jawForward=1.0),
        shape("JawDrop", jawOpen=0.8),
        shape("JawDropStretched", jawOpen=0.8, mouthStretch=0.5, drive=False),
        shape("LipsKiss", mouthPucker=1.0),
        shape("lowerLipDown", mouthLowerDown=1.0),
        shape("lowerLipUp", mouthShrugLower=0.6),
        shape("lowerLipBackward", mouthRollLower=0.7),
        shape("UpperLipUp", mouthUpperUp=1.0),
        shape("UpperLipBackward", mouthRollUpper=0.7),
        shape("MouthMoveLeft", mouthLeft=1.0),
        shape("MouthMoveRight", mouthRight=1.0),
        *sides("Mouth{}PullUp", words=_POSES, mouthSmile=1.0),
        *sides("Mouth{}PullSide", words=_POSES, mouthStretch=1.0),
        *sides("Mouth{}PullDown", words=_POSES, mouthFrown=1.0),
        shape("TongueOut", tongueOut=1.0),
        shape("Rest", drive=False),
    ),
    weak=frozenset(("Rest", "UpperLipUp", "lowerLipDown", "lowerLipUp")),
    enough=6,
    fixed=frozenset(
        (
            *("CheeksSuck", "NasolabialDeepener", "ChinDown", "lowerLipForward", "UpperLipForward"),
            *("UpperLipStretched", "MouthLeftPlatysma", "MouthRightPlatysma", "TongueUshape", "TongueUp"),
            *("TongueDown", "TongueLeft", "TongueRight", "TonguePointUp", "TonguePointDown"),
        )
    ),
)
