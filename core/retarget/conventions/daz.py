# SPDX-License-Identifier: GPL-3.0-or-later
"""DAZ figures: Genesis 3 and 8 (`eCTRLMouthOpen`, `eCTRLvAA`), 8.1 and 9 (`facs_bs_*`, `facs_ctrl_*`).

Sources: the morph names in DAZ Studio's content (data/DAZ 3D/Genesis 8/Female/Morphs/DAZ 3D/Base Pose,
Genesis 9/.../FACS), as the importers Diffeomorphic and DazToBlender carry them over. Genesis 8.1's
`facs_bs_MouthFunnel_div2` and `facs_jnt_JawOpen` are ARKit's names with something around them. Genesis 9 has
lips in pieces. A control named "Up-Down" goes up at 1. Which way "Side-Side" and "In-Out" go at 1 is not
in their names, so they are left alone.
"""

from typing import Final

from . import postures
from .convention import PAIRED, Convention, Shape, feeling, meaning, posture, shape, sides, sides_of

_FEELINGS_8: Final = (
    *feeling(("eCTRLSmile",), mouthSmile=0.7, cheekSquint=0.4),
    *feeling(("eCTRLFrown",), mouthFrown=0.7, browDown=0.4),
    *feeling(("eCTRLAngry",), browDown=0.8, mouthFrown=0.4),
    *feeling(("eCTRLSurprised",), eyeWide=0.7, browInnerUp=0.7, browOuterUp=0.7, jawOpen=0.3),
    *feeling(("eCTRLFlirting",), mouthSmile=0.4, eyeSquint=0.4),
)


def _both_and_sides(name: str, drive: bool = True, **weights: float) -> tuple[Shape, ...]:
    piece = list(weights.values()) == [1.0] and PAIRED.isdisjoint(weights)
    return (
        Shape(name, meaning(**weights), drive=drive),
        *sides_of(name + "{}", weights, words=("L", "R"), drive=drive, piece=piece),
    )


DAZ_GENESIS_8: Final = Convention(
    name="DAZ Genesis 3 and 8",
    label="DAZ",
    shapes=(
        shape("eCTRLMouthOpen", jawOpen=0.7, mouthLowerDown=0.1),
        shape("eCTRLMouthOpenWide", jawOpen=1.0, mouthStretch=0.2, drive=False),
        posture("eCTRLMouthClosed", postures.PRESSED),
        *_both_and_sides("eCTRLMouthSmileSimple", mouthSmile=1.0),
        *feeling(("eCTRLMouthSmile",), mouthSmile=0.9, cheekSquint=0.3),
        *feeling(("eCTRLMouthSmileOpen",), mouthSmile=0.9, jawOpen=0.2, cheekSquint=0.3),
        shape("eCTRLMouthFrown", mouthFrown=1.0),
        *_both_and_sides("eCTRLMouthCornerUp-Down", drive=False, mouthSmile=0.6),
        *_both_and_sides("eCTRLMouthCornerBack", mouthStretch=1.0),
        *_both_and_sides("eCTRLMouthNarrow", drive=False, mouthPucker=0.6),
        shape("eCTRLMouthWide-Narrow", mouthStretch=0.7, drive=False),
        *_both_and_sides("eCTRLLipTopUp-Down", mouthUpperUp=1.0),
        *_both_and_sides("eCTRLLipBottomUp-Down", mouthShrugLower=0.6, drive=False),
        shape("eCTRLLipsPart", mouthLowerDown=0.5, mouthUpperUp=0.3),
        shape("eCTRLLipsPartCenter", mouthLowerDown=0.3, mouthUpperUp=0.2, drive=False),
        shape("eCTRLLipsPucker", "eCTRLLipsPucker-Pressed", mouthPucker=1.0),
        shape("eCTRLLipsPuckerWide", mouthPucker=0.5, mouthFunnel=0.5),
        shape("eCTRLJawOut-In", jawForward=1.0),
        shape("eCTRLCheeksBalloon", cheekPuff=1.0),
        *_both_and_sides("eCTRLCheekFlex", cheekSquint=1.0),
        shape("eCTRLNoseWrinkle", noseSneer=1.0),
        *_both_and_sides("eCTRLEyesClosed", eyeBlink=1.0),
        *_both_and_sides("eCTRLEyesSquint", eyeSquint=1.0),
        *_both_and_sides("eCTRLEyelidsUpperUp-Down", eyeWide=1.0),
        *_both_and_sides("eCTRLBrowInnerUp-Down", browInnerUp=1.0),
        *_both_and_sides("eCTRLBrowOuterUp-Down", browOuterUp=1.0),
        *_both_and_sides("eCTRLBrowUp-Down", drive=False, browInnerUp=0.8, browOuterUp=0.8),
        *_both_and_sides("eCTRLBrowSqueeze", browDown=0.7),
        *_FEELINGS_8,
    ),
    fixed=frozenset(
        (
            *(
                "eCTRLTongueUp-Down",
                "eCTRLTongueSide-Side",
                "eCTRLTongueRaise-Lower",
                "eCTRLTongueNarrow-Wide",
            ),
            *("eCTRLTongueIn-Out", "eCTRLTongueBendTip", "eCTRLTongue Curl", "eCTRLNostrilsFlare"),
            *("eCTRLNoseScrunch", "eCTRLMouthSide-Side", "eCTRLMouthSide-SideL", "eCTRLMouthSide-SideR"),
            *("eCTRLLipTopIn-Out", "eCTRLLipTopIn-OutL", "eCTRLLipTopIn-OutR", "eCTRLLipBottomIn-Out"),
            *("eCTRLLipBottomIn-OutL", "eCTRLLipBottomIn-OutR", "eCTRLJawSide-Side", "eCTRLEyesUpDown"),
            *("eCTRLEyesSideSide", "eCTRLEyesCrossed", "eCTRLEyelidsUpperDownUp", "eCTRLEyelidsUpperDownUpL"),
            *("eCTRLEyelidsUpperDownUpR", "eCTRLEyelidsLowerUpDown", "eCTRLEyelidsLowerUpDownL"),
            *("eCTRLEyelidsLowerUpDownR", "eCTRLCheeksBalloonPucker", "eCTRLCheekEyeFlex"),
            *("eCTRLCheekEyeFlexL", "eCTRLCheekEyeFlexR", "eCTRLCheekCrease", "ePHMCheekCreaseL"),
            "ePHMCheekCreaseR",
        )
    ),
)

_VISEMES: Final = {
    "AA": postures.OPEN,
    "EE": postures.CLOSE_FRONT,
    "EH": postures.MIDDLE_FRONT,
    "ER": postures.MIDDLE_ROUNDED,
    "F": postures.BITTEN,
    "IH": postures.NEAR_CLOSE_FRONT,
    "IY": postures.CLOSE_FRONT,
    "K": postures.VELAR,
    "L": postures.LATERAL,
    "M": postures.PRESSED,
    "OW": postures.ROUNDED,
    "S": postures.SIBILANT,
    "SH": postures.POSTALVEOLAR,
    "T": postures.ALVEOLAR,
    "TH": postures.DENTAL,
    "UW": postures.CLOSE_ROUNDED,
    "W": postures.CLOSE_ROUNDED,
}

DAZ_VISEMES: Final = Convention(
    name="DAZ visemes",
    label="DAZ viseme",
    shapes=tuple(
        Shape(f"v{name}", weights, (f"eCTRLv{name}", f"facs_ctrl_v{name}"))
        for name, weights in _VISEMES.items()
    ),
    weak=frozenset(f"v{name}" for name in _VISEMES),
    enough=8,
)

_QUARTERS: Final = {
    "MouthClose": "mouthClose",
    "MouthFunnel": "mouthFunnel",
    "MouthPurse": "mouthPucker",
    "MouthPress": "mouthPress",
}
_LIPS: Final = {
    "MouthRollUpper": "mouthRollUpper",
    "MouthRollLower": "mouthRollLower",
    "MouthShrugUpper": "mouthShrugUpper",
    "MouthShrugLower": "mouthShrugLower",
}

DAZ_GENESIS_9: Final = Convention(
    name="DAZ Genesis 9",
    label="DAZ 9",
    shapes=(
        *(
            each
            for name, arkit in _QUARTERS.items()
            for lip in ("Upper", "Lower")
            for each in sides_of(f"facs_bs_{name}{lip}{{}}", {arkit: 1.0})
        ),
        *(each for name, arkit in _LIPS.items() for each in sides_of(f"facs_bs_{name}{{}}", {arkit: 1.0})),
        *(
            each
            for lid in ("Upper", "Lower")
            for each in sides_of(f"facs_bs_EyelidOpen{lid}{{}}", {"eyeWide": 1.0})
        ),
        *sides("facs_jnt_EyesWide{}", words=("Left", "Right"), eyeWide=1.0),
        *feeling(("facs_ctrl_SmileFullFace",), mouthSmile=0.8, cheekSquint=0.5),
        *feeling(("facs_ctrl_SmileOpenFullFace",), mouthSmile=0.8, jawOpen=0.2, cheekSquint=0.5),
        *feeling(("facs_ctrl_Afraid",), browInnerUp=0.8, eyeWide=0.6, mouthStretch=0.4),
        *feeling(("facs_ctrl_Angry",), browDown=0.8, mouthFrown=0.4),
        *feeling(("facs_ctrl_Flirting",), mouthSmile=0.4, eyeSquint=0.4),
        *feeling(("facs_ctrl_Frown",), mouthFrown=0.7, browDown=0.4),
        *feeling(("facs_ctrl_Shock",), eyeWide=0.8, browInnerUp=0.6, jawOpen=0.5),
        *feeling(("facs_ctrl_Surprised",), eyeWide=0.7, browInnerUp=0.7, browOuterUp=0.7, jawOpen=0.3),
    ),
    fixed=frozenset(
        (
            *(
                "facs_bs_JawOpenWide",
                "facs_bs_JawRecess",
                "facs_bs_MouthUp-Down",
                "facs_bs_MouthLipsPartCenter",
            ),
            *("facs_bs_MouthLipsSide-SideLower", "facs_bs_MouthLipsSide-SideUpper"),
            *(
                f"facs_bs_{name}{side}"
                for side in ("Left", "Right")
                for name in (
                    *("JawClench", "MouthSmileWiden", "MouthForwardLower", "MouthForwardUpper"),
                    *("MouthCompressLower", "MouthCompressUpper", "MouthLipsPart", "MouthWiden"),
                    *("MouthLipsWarble", "BrowSqueeze", "CheekInflate", "CheekHollow", "NoseSneerUpper"),
                    "NasalFlare",
                )
            ),
        )
    ),
)
