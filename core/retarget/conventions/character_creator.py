# SPDX-License-Identifier: GPL-3.0-or-later
"""Reallusion's Character Creator 3 and 4 (iClone, ActorCore).

Sources: Reallusion, Character Creator manual, "Facial Expression Profiles" (Traditional, ExPlus,
Extended) and "Lip shapes: 1:1 and 8 + 7"; the name tables of the plug-ins CC/iC Blender Tools and CC/iC
Unity Tools. ExPlus names (`A25_Jaw_Open`) are ARKit's behind a number. Of the Extended profile what ARKit
has no word for is recognised and left alone. In CC3 teeth and tongue follow a bone, not keys.
"""

from typing import Final

from . import postures
from .convention import Convention, posture, shape, sides

_EYES: Final = (
    *sides("Brow_Raise_Inner_{}", browInnerUp=1.0),
    *sides("Brow_Raise_Outer_{}", browOuterUp=1.0),
    *sides("Brow_Drop_{}", browDown=1.0),
    *sides("Eye_Blink_{}", eyeBlink=1.0),
    *sides("Eye_Squint_{}", eyeSquint=1.0),
    *sides("Eye_Wide_{}", eyeWide=1.0),
    *sides("Cheek_Raise_{}", cheekSquint=1.0),
)
"""What both have."""

_MOUTH: Final = (
    *sides("Mouth_Smile_{}", mouthSmile=1.0),
    *sides("Mouth_Frown_{}", mouthFrown=1.0),
    *sides("Mouth_Dimple_{}", mouthDimple=1.0),
    shape("Mouth_L", mouthLeft=1.0),
    shape("Mouth_R", mouthRight=1.0),
)

CHARACTER_CREATOR_3: Final = Convention(
    name="Character Creator 3",
    label="CC3",
    shapes=(
        *_EYES,
        shape("Eye_Blink", "Eyes_Blink", eyeBlink=1.0),
        *sides("Nose_Flank_Raise_{}", noseSneer=1.0),
        shape("Nose_Flanks_Raise", noseSneer=1.0),
        *sides("Cheek_Blow_{}", cheekPuff=1.0),
        *_MOUTH,
        shape("Mouth_Open", jawOpen=0.7, mouthLowerDown=0.1),
        shape("Mouth_Smile", mouthSmile=1.0),
        shape("Mouth_Frown", mouthFrown=1.0),
        shape("Mouth_Pucker", mouthPucker=1.0),
        shape("Mouth_Pucker_Open", mouthFunnel=1.0),
        shape("Mouth_Widen", mouthStretch=0.6, mouthSmile=0.2),
        shape("Mouth_Widen_Sides", mouthStretch=1.0),
        posture("Mouth_Plosive", postures.PRESSED),
        shape("Mouth_Lips_Tight", mouthPress=1.0),
        shape("Mouth_Lips_Tuck", mouthRollLower=0.8, mouthRollUpper=0.8),
        shape("Mouth_Lips_Open", mouthLowerDown=0.7, mouthUpperUp=0.6),
        shape("Mouth_Lips_Part", mouthLowerDown=0.3, mouthUpperUp=0.2),
        shape("Mouth_Bottom_Lip_Down", mouthLowerDown=1.0),
        shape("Mouth_Top_Lip_Up", mouthUpperUp=1.0),
        shape("Mouth_Top_Lip_Under", mouthRollUpper=1.0),
        shape("Mouth_Bottom_Lip_Under", mouthRollLower=1.0),
        posture("Mouth_Bottom_Lip_Bite", postures.BITTEN),
        shape("Mouth_Blow", cheekPuff=0.4, mouthPucker=0.6, drive=False),
        *sides("Mouth_Snarl_Upper_{}", mouthUpperUp=0.8, noseSneer=0.5, drive=False),
        *sides("Mouth_Snarl_Lower_{}", mouthLowerDown=0.8, drive=False),
        *sides("Brow_Raise_{}", browOuterUp=0.8, browInnerUp=0.6, drive=False),
    ),
    fixed=frozenset(
        (
            *("Nose_Scrunch", "Nose_Nostrils_Flare", "Cheeks_Suck", "Mouth_Up", "Mouth_Down"),
            *("Mouth_Lips_Jaw_Adjust", "Mouth_Bottom_Lip_Trans", "Mouth_Skewer"),
        )
    ),
)

_PIECES: Final = (
    *(
        each
        for lip in ("Up", "Down")
        for each in (
            *sides(f"Mouth_Pucker_{lip}_{{}}", mouthPucker=1.0),
            *sides(f"Mouth_Funnel_{lip}_{{}}", mouthFunnel=1.0),
        )
    ),
    *sides("Mouth_Roll_In_Upper_{}", mouthRollUpper=1.0),
    *sides("Mouth_Roll_In_Lower_{}", mouthRollLower=1.0),
    *sides("Cheek_Puff_{}", cheekPuff=1.0),
)

CHARACTER_CREATOR_4: Final = Convention(
    name="Character Creator 4",
    label="CC4",
    shapes=(
        *_EYES,
        *_MOUTH,
        *_PIECES,
        *sides("Eye_{}_Look_Up", eyeLookUp=1.0),
        *sides("Eye_{}_Look_Down", eyeLookDown=1.0),
        shape("Eye_L_Look_L", eyeLookOutLeft=1.0),
        shape("Eye_L_Look_R", eyeLookInLeft=1.0),
        shape("Eye_R_Look_L", eyeLookInRight=1.0),
        shape("Eye_R_Look_R", eyeLookOutRight=1.0),
        *sides("Nose_Sneer_{}", noseSneer=1.0),
        *sides("Mouth_Stretch_{}", mouthStretch=1.0),
        *sides("Mouth_Press_{}", mouthPress=1.0),
        *sides("Mouth_Up_Upper_{}", mouthUpperUp=1.0),
        *sides("Mouth_Down_Lower_{}", mouthLowerDown=1.0),
        shape("Mouth_Shrug_Upper", mouthShrugUpper=1.0),
        shape("Mouth_Shrug_Lower", mouthShrugLower=1.0),
        shape("Mouth_Close", mouthClose=1.0),
        shape("Jaw_Open", jawOpen=1.0),
        shape("Jaw_Forward", jawForward=1.0),
        shape("Jaw_L", jawLeft=1.0),
        shape("Jaw_R", jawRight=1.0),
        shape("Tongue_Out", tongueOut=1.0),
    ),
    fixed=frozenset(
        (
            *(
                f"{name}_{side}"
                for side in "LR"
                for name in (
                    *("Brow_Compress", "Eyelash_Upper_Up", "Eyelash_Upper_Down", "Eyelash_Lower_Up"),
                    *("Eyelash_Lower_Down", "Ear_Up", "Ear_Down", "Ear_Out", "Nose_Nostril_Raise"),
                    *("Nose_Nostril_Dilate", "Nose_Crease", "Nose_Nostril_Down", "Nose_Nostril_In"),
                    *("Nose_Tip", "Cheek_Suck", "Mouth_Smile_Sharp", "Mouth_Tighten", "Mouth_Blow"),
                    *("Mouth_Roll_Out_Upper", "Mouth_Roll_Out_Lower", "Mouth_Push_Upper", "Mouth_Push_Lower"),
                    *("Mouth_Pull_Upper", "Mouth_Pull_Lower", "Mouth_Upper", "Mouth_Lower", "Tongue_Bulge"),
                    *("Neck_Tighten", "Head_Turn", "Head_Tilt", "Head", "Eyelid_Outer_Down"),
                    *("Eyelid_Inner_Down", "Tongue", "Tongue_Tip", "Tongue_Twist"),
                )
            ),
            *("Nose_Tip_Up", "Nose_Tip_Down", "Mouth_Up", "Mouth_Down", "Mouth_Drop_Upper"),
            *("Mouth_Drop_Lower", "Mouth_Chin_Up", "Mouth_Contract", "Jaw_Backward", "Jaw_Up", "Jaw_Down"),
            *("Neck_Swallow_Up", "Neck_Swallow_Down", "Head_Turn_Up", "Head_Turn_Down", "Head_Forward"),
            *("Head_Backward", "Tongue_In", "Tongue_Up", "Tongue_Down", "Tongue_Mid_Up", "Tongue_Tip_Up"),
            *("Tongue_Tip_Down", "Tongue_Narrow", "Tongue_Wide", "Tongue_Roll", "Tongue_Extend"),
            "Tongue_Enlarge",
        )
    ),
)

_TONGUE: Final = ("up", "Raise", "Narrow", "Lower", "Curl_U", "Curl_D")

CHARACTER_CREATOR_VISEMES: Final = Convention(
    name="Character Creator visemes",
    label="CC viseme",
    shapes=(
        shape("V_Open", "Open", jawOpen=0.6, mouthLowerDown=0.15),
        posture("V_Explosive", postures.PRESSED, "Explosive"),
        posture("V_Dental_Lip", postures.BITTEN, "Dental_Lip"),
        shape("V_Tight_O", "Tight-O", jawOpen=0.08, mouthPucker=0.8, mouthFunnel=0.4),
        shape("V_Tight", "Tight", mouthPucker=0.7),
        shape("V_Wide", "Wide", mouthStretch=0.6, mouthSmile=0.2),
        shape("V_Affricate", "Affricate", mouthFunnel=0.5, mouthLowerDown=0.3, mouthUpperUp=0.2),
        shape("V_Lip_Open", "Lip_Open", mouthLowerDown=0.6, mouthUpperUp=0.4),
        shape("V_Tongue_Out", tongueOut=0.6),
    ),
    weak=frozenset(("Open", "Explosive", "Dental_Lip", "Tight-O", "Tight", "Wide", "Affricate", "Lip_Open")),
    enough=4,
    needed=frozenset(("Explosive", "Dental_Lip", "Affricate", "Tight-O", "Lip_Open")),
    fixed=frozenset(
        ("V_None", *(f"V_Tongue_{way}" for way in _TONGUE), *(f"Tongue_{way}" for way in _TONGUE))
    ),
)

CHARACTER_CREATOR_DIRECT: Final = Convention(
    name="Character Creator visemes 1:1",
    label="CC viseme",
    shapes=(
        posture("EE", postures.CLOSE_FRONT),
        posture("Er", postures.MIDDLE_ROUNDED),
        posture("IH", postures.NEAR_CLOSE_FRONT),
        posture("Ah", postures.OPEN),
        posture("Oh", postures.OPEN_ROUNDED),
        posture("W_OO", postures.CLOSE_ROUNDED),
        posture("S_Z", postures.SIBILANT),
        posture("Ch_J", postures.POSTALVEOLAR),
        posture("F_V", postures.BITTEN),
        posture("TH", postures.DENTAL),
        posture("T_L_D_N", postures.ALVEOLAR),
        posture("B_M_P", postures.PRESSED),
        posture("K_G_H_NG", postures.VELAR),
        posture("AE", postures.OPEN_FRONT),
        posture("R", postures.RHOTIC),
    ),
    weak=frozenset(("EE", "Er", "IH", "Ah", "Oh", "TH", "AE", "R", "S_Z", "F_V", "Ch_J", "W_OO")),
    enough=6,
    needed=frozenset(("W_OO", "S_Z", "Ch_J", "F_V")),
)
