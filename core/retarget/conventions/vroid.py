# SPDX-License-Identifier: GPL-3.0-or-later
"""Keys of VRoid Studio's faces: `Face.M_F00_000_00_Fcl_MTH_A`, `Fcl_EYE_Close_L`, `Fcl_BRW_Angry`.

Source: models that VRoid Studio 0.x and 1.x export, 57 keys; MTH is the mouth, BRW the brows, HA the
teeth, ALL an expression of the whole face.
"""

from typing import Final

from . import postures
from .convention import Convention, feeling, posture, shape

VROID: Final = Convention(
    name="VRoid Studio",
    label="VRoid",
    shapes=(
        posture("Fcl_MTH_A", postures.OPEN, "MTH_A"),
        posture("Fcl_MTH_I", postures.CLOSE_FRONT, "MTH_I"),
        posture("Fcl_MTH_U", postures.CLOSE_ROUNDED, "MTH_U"),
        posture("Fcl_MTH_E", postures.MIDDLE_FRONT, "MTH_E"),
        posture("Fcl_MTH_O", postures.OPEN_ROUNDED, "MTH_O"),
        posture("Fcl_MTH_Close", postures.PRESSED),
        shape("Fcl_MTH_Small", mouthPucker=0.6),
        shape("Fcl_MTH_Large", mouthStretch=0.7),
        shape("Fcl_MTH_Up", mouthShrugLower=0.5, mouthShrugUpper=0.5, drive=False),
        shape("Fcl_MTH_Down", mouthFrown=0.3, drive=False),
        shape("Fcl_MTH_Neutral", mouthSmile=0.2, drive=False),
        *feeling(("Fcl_MTH_Angry",), mouthFrown=0.8),
        *feeling(("Fcl_MTH_Fun",), mouthSmile=0.8),
        *feeling(("Fcl_MTH_Joy",), mouthSmile=0.7, jawOpen=0.45),
        *feeling(("Fcl_MTH_Sorrow",), mouthFrown=0.6, jawOpen=0.25),
        *feeling(("Fcl_MTH_Surprised",), jawOpen=0.4, mouthFunnel=0.4),
        shape("Fcl_EYE_Close", eyeBlink=1.0),
        shape("Fcl_EYE_Close_L", eyeBlinkLeft=1.0),
        shape("Fcl_EYE_Close_R", eyeBlinkRight=1.0),
        shape("Fcl_EYE_Spread", eyeWide=1.0),
        *feeling(("Fcl_EYE_Joy",), eyeBlink=1.0, cheekSquint=0.6),
        *feeling(("Fcl_EYE_Joy_L",), eyeBlinkLeft=1.0, cheekSquintLeft=0.6),
        *feeling(("Fcl_EYE_Joy_R",), eyeBlinkRight=1.0, cheekSquintRight=0.6),
        *feeling(("Fcl_EYE_Angry",), eyeSquint=0.4),
        *feeling(("Fcl_EYE_Fun",), eyeSquint=0.5),
        *feeling(("Fcl_EYE_Sorrow",), eyeSquint=0.4),
        *feeling(("Fcl_EYE_Surprised",), eyeWide=0.8),
        shape("Fcl_EYE_Natural", drive=False),
        shape("Fcl_BRW_Surprised", browInnerUp=0.8, browOuterUp=0.8),
        *feeling(("Fcl_BRW_Angry",), browDown=0.9),
        *feeling(("Fcl_BRW_Sorrow",), browInnerUp=0.9),
        *feeling(("Fcl_BRW_Joy",), browInnerUp=0.3, browOuterUp=0.4),
        *feeling(("Fcl_BRW_Fun",), browInnerUp=0.3, browOuterUp=0.4),
        *feeling(("Fcl_ALL_Joy",), mouthSmile=0.7, jawOpen=0.3, eyeBlink=0.9, browOuterUp=0.3),
        *feeling(("Fcl_ALL_Fun",), mouthSmile=0.6, eyeSquint=0.4),
        *feeling(("Fcl_ALL_Angry",), browDown=0.9, mouthFrown=0.6, eyeSquint=0.3),
        *feeling(("Fcl_ALL_Sorrow",), browInnerUp=0.8, mouthFrown=0.5),
        *feeling(("Fcl_ALL_Surprised",), eyeWide=0.8, browInnerUp=0.7, browOuterUp=0.7, jawOpen=0.3),
        shape("Fcl_ALL_Neutral", drive=False),
    ),
    weak=frozenset(("MTH_A", "MTH_I", "MTH_U", "MTH_E", "MTH_O")),
    enough=3,
    fixed=frozenset(
        (
            *("Fcl_EYE_Iris_Hide", "Fcl_EYE_Highlight_Hide", "Fcl_EYE_Extra"),
            *("Fcl_MTH_SkinFung", "Fcl_MTH_SkinFung_L", "Fcl_MTH_SkinFung_R", "Fcl_HA_Hide"),
            *(
                f"Fcl_HA_{kind}{end}"
                for kind in ("Fung1", "Fung2", "Fung3", "Short")
                for end in ("", "_Up", "_Low")
            ),
        )
    ),
)
