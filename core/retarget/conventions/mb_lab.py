# SPDX-License-Identifier: GPL-3.0-or-later
"""Expressions of MB-Lab and ManuelbastioniLAB: pairs `Expressions_mouthSmile_min` and `_max`.

Source: the shape keys of characters that MB-Lab 1.7 and 1.8 finalise (data/face_rig, expressions_comb). Of
each pair max is what the name says and min its opposite. Which side the pairs named Horiz go to, and
whether eyesVert looks up at max, is not in the names, so they are left alone.
"""

from typing import Final

from . import postures
from .convention import Convention, Shape, posture, shape, sides

_PREFIX: Final = "Expressions_"


def _pair(*shapes: Shape) -> tuple[Shape, ...]:
    return tuple(Shape(_PREFIX + each.name, each.meaning, each.spellings, each.drive) for each in shapes)


MB_LAB: Final = Convention(
    name="MB-Lab",
    label="MB-Lab",
    shapes=_pair(
        shape("mouthOpen_max", jawOpen=0.55, mouthLowerDown=0.1),
        shape("mouthOpenHalf_max", jawOpen=0.25, mouthLowerDown=0.1),
        shape("mouthOpenLarge_max", jawOpen=0.9, drive=False),
        shape("mouthOpenAggr_max", jawOpen=0.5, mouthLowerDown=0.6, mouthUpperUp=0.6, drive=False),
        posture("mouthOpenO_max", postures.ROUNDED),
        posture("mouthOpenTeethClosed_max", postures.CLENCHED),
        posture("mouthClosed_max", postures.PRESSED),
        posture("mouthBite_max", postures.BITTEN),
        shape("mouthSmile_max", mouthSmile=1.0),
        *sides("mouthSmile{}_max", mouthSmile=1.0),
        shape("mouthSmile_min", mouthFrown=1.0),
        shape("mouthSmileOpen_max", mouthSmile=0.8, jawOpen=0.2, drive=False),
        shape("mouthSmileOpen2_max", mouthSmile=0.8, jawOpen=0.35, drive=False),
        shape("mouthInflated_max", cheekPuff=1.0),
        shape("mouthLowerOut_max", mouthShrugLower=0.8),
        shape("jawOut_max", jawForward=1.0),
        shape("tongueOut_max", tongueOut=1.0),
        *sides("cheekSneer{}_max", noseSneer=0.8, cheekSquint=0.5),
        *sides("eyeClosed{}_max", eyeBlink=1.0),
        *sides("eyeClosed{}_min", eyeWide=1.0),
        *sides("eyeClosedPressure{}_max", eyeBlink=1.0, eyeSquint=0.8, drive=False),
        *sides("eyeSquint{}_max", eyeSquint=1.0),
        *sides("browOutVert{}_max", browOuterUp=1.0),
        *sides("browOutVert{}_min", browDown=0.6, drive=False),
        *sides("browSqueeze{}_max", browDown=1.0),
        shape("browsMidVert_max", browInnerUp=1.0),
        shape("browsMidVert_min", browDown=0.7, drive=False),
    ),
    fixed=frozenset(
        _PREFIX + name
        for name in (
            *(
                name + end
                for end in ("_min", "_max")
                for name in (
                    *("abdomExpansion", "chestExpansion", "deglutition", "eyesHoriz", "eyesVert", "jawHoriz"),
                    *("mouthChew", "mouthHoriz", "nostrilsExpansion", "pupilsDilatation", "tongueHoriz"),
                    "tongueVert",
                )
            ),
            *("browSqueezeL_min", "browSqueezeR_min", "eyeClosedPressureL_min", "eyeClosedPressureR_min"),
            *("eyeSquintL_min", "eyeSquintR_min", "jawOut_min", "mouthBite_min", "mouthClosed_min"),
            *("mouthInflated_min", "mouthLowerOut_min", "mouthOpen_min", "mouthOpenAggr_min"),
            *("mouthOpenLarge_min", "mouthOpenO_min", "mouthOpenTeethClosed_min", "mouthSmileOpen_min"),
            *("mouthSmileOpen2_min", "tongueOut_min", "tongueOutPressure_max", "tongueTipUp_max"),
        )
    ),
)
