# SPDX-License-Identifier: GPL-3.0-or-later
"""Names as rigs of each convention carry them, in the spelling of files that were seen."""

from soliloquy.core.retarget.arkit import ARKIT_NAMES


def words(text: str) -> list[str]:
    return text.split()


OCULUS = words("sil PP FF TH DD kk CH SS nn RR aa E I O U")


def both(*names: str, ends: tuple[str, str] = ("L", "R")) -> list[str]:
    return [name.format(word) for name in names for word in ends]


CC_VISEMES = [
    *("V_Open", "V_Explosive", "V_Dental_Lip", "V_Tight_O", "V_Tight", "V_Wide", "V_Affricate", "V_Lip_Open")
]

CC4_FACE = [
    *both("Brow_Raise_Inner_{}", "Brow_Raise_Outer_{}", "Brow_Drop_{}"),
    *both("Eye_Blink_{}", "Eye_Squint_{}", "Eye_Wide_{}"),
    *("Eye_L_Look_L", "Eye_R_Look_L", "Eye_L_Look_R", "Eye_R_Look_R"),
    *both("Eye_{}_Look_Up", "Eye_{}_Look_Down", "Nose_Sneer_{}", "Cheek_Raise_{}", "Cheek_Puff_{}"),
    *both("Mouth_Smile_{}", "Mouth_Frown_{}", "Mouth_Stretch_{}", "Mouth_Dimple_{}", "Mouth_Press_{}"),
    *both("Mouth_Pucker_Up_{}", "Mouth_Pucker_Down_{}", "Mouth_Funnel_Up_{}", "Mouth_Funnel_Down_{}"),
    *both("Mouth_Roll_In_Upper_{}", "Mouth_Roll_In_Lower_{}", "Mouth_Up_Upper_{}", "Mouth_Down_Lower_{}"),
    *("Mouth_L", "Mouth_R", "Mouth_Shrug_Upper", "Mouth_Shrug_Lower", "Mouth_Close", "Jaw_Open"),
    *("Jaw_Forward", "Jaw_L", "Jaw_R"),
]

CC4_ELSE = [
    *both(
        "Brow_Compress_{}", "Ear_Up_{}", "Nose_Tip_{}", "Cheek_Suck_{}", "Mouth_Tighten_{}", "Mouth_Blow_{}"
    ),
    *("Mouth_Drop_Lower", "Mouth_Chin_Up", "Mouth_Contract", "Jaw_Up", "Neck_Swallow_Up", "Head_Turn_L"),
]

CC3_FACE = [
    *both("Brow_Raise_Inner_{}", "Brow_Raise_Outer_{}", "Brow_Drop_{}"),
    *("Eye_Blink_L", "Eye_Blink_R", "Eye_Wide_L", "Eye_Wide_R", "Eye_Squint_L", "Eye_Squint_R"),
    *both("Nose_Flank_Raise_{}", "Cheek_Raise_{}", "Cheek_Blow_{}", "Mouth_Smile_{}", "Mouth_Frown_{}"),
    *("Mouth_Pucker", "Mouth_Pucker_Open", "Mouth_Widen", "Mouth_Widen_Sides", "Mouth_Dimple_L"),
    *("Mouth_Dimple_R", "Mouth_Plosive", "Mouth_Lips_Tight", "Mouth_Lips_Tuck", "Mouth_Lips_Open"),
    *("Mouth_Lips_Part", "Mouth_Bottom_Lip_Down", "Mouth_Top_Lip_Up", "Mouth_Top_Lip_Under"),
    *("Mouth_Bottom_Lip_Under", "Mouth_Bottom_Lip_Bite", "Mouth_L", "Mouth_R", "Mouth_Open"),
]
CC3_VISEMES = words("Open Explosive Dental_Lip Tight-O Tight Wide Affricate Lip_Open")

METAHUMAN = [
    *both("browDown{}", "browRaiseIn{}", "browRaiseOuter{}", "eyeBlink{}", "eyeWiden{}", "eyeSquintInner{}"),
    *both("eyeCheekRaise{}", "eyeLookUp{}", "eyeLookDown{}", "eyeLookLeft{}", "eyeLookRight{}"),
    *both("noseWrinkle{}", "mouthCheekBlow{}", "mouthUpperLipRaise{}", "mouthLowerLipDepress{}"),
    *both("mouthCornerPull{}", "mouthStretch{}", "mouthDimple{}", "mouthCornerDepress{}"),
    *both("mouthLipsPurseU{}", "mouthLipsPurseD{}", "mouthFunnelU{}", "mouthFunnelD{}"),
    *both("mouthLipsTogetherU{}", "mouthLipsTogetherD{}", "mouthUpperLipRollIn{}", "mouthLowerLipRollIn{}"),
    *both("mouthLipsPress{}", "jawChinRaiseU{}", "jawChinRaiseD{}"),
    *("mouthLeft", "mouthRight", "jawOpen", "jawFwd", "jawLeft", "jawRight", "tongueOut"),
]
METAHUMAN_ELSE = [
    *both("browLateral{}", "mouthCornerSharpenU{}", "mouthLipsStickyLPh{}", "noseNostrilDilate{}"),
    *("neckSwallowPh1", "teethUpD", "tongueRoll", "jawOpenExtreme"),
]

GENESIS_8 = [
    *("eCTRLMouthOpen", "eCTRLMouthFrown", "eCTRLLipsPucker", "eCTRLLipsPuckerWide", "eCTRLLipsPart"),
    *both("eCTRLMouthSmileSimple{}", "eCTRLMouthCornerBack{}", "eCTRLLipTopUp-Down{}", "eCTRLCheekFlex{}"),
    *both("eCTRLEyesClosed{}", "eCTRLEyesSquint{}", "eCTRLBrowInnerUp-Down{}", "eCTRLBrowOuterUp-Down{}"),
    *("eCTRLJawOut-In", "eCTRLCheeksBalloon", "eCTRLNoseWrinkle"),
]
DAZ_VISEMES = words("AA EE EH ER F IH IY K L M OW S SH T TH UW W")

GENESIS_9 = [
    *("facs_bs_JawOpen", "facs_bs_JawForward", "facs_bs_JawLeft", "facs_bs_JawRight", "facs_bs_MouthLeft"),
    *("facs_bs_MouthRight", "facs_bs_TongueOut"),
    *both(
        *(f"facs_bs_Mouth{name}{lip}{{}}" for name in ("Close", "Purse", "Funnel", "Press", "Roll", "Shrug")
          for lip in ("Upper", "Lower")),
        *(f"facs_bs_{name}{{}}" for name in (
            "MouthSmile", "MouthFrown", "MouthDimple", "MouthStretch", "MouthUpperUp", "MouthLowerDown",
            "BrowDown", "BrowInnerUp", "BrowOuterUp", "EyeBlink", "EyeSquint", "EyeLookUp", "EyeLookDown",
            "EyeLookIn", "EyeLookOut", "CheekPuff", "CheekSquint", "NoseSneer",
        )),
        ends=("Left", "Right"),
    ),
]  # fmt: skip

MB_LAB = [
    f"Expressions_{name}_max"
    for name in (
        *("mouthOpen", "mouthOpenHalf", "mouthOpenO", "mouthOpenTeethClosed", "mouthClosed", "mouthBite"),
        *(
            "mouthSmileL",
            "mouthSmileR",
            "mouthInflated",
            "mouthLowerOut",
            "jawOut",
            "tongueOut",
            "eyeClosedL",
        ),
        *("eyeClosedR", "eyeSquintL", "eyeSquintR", "browOutVertL", "browOutVertR", "browSqueezeL"),
        *("browSqueezeR", "browsMidVert", "cheekSneerL", "cheekSneerR"),
    )
]

MICROSOFT = words(
    "aa_02 aa_ah_ax_01 ao_03 aw_09 ay_11 d_t_n_19 er_05 ey_eh_uh_04 f_v_18 h_12 k_g_ng_20 l_14 ow_08 oy_10 "
    "p_b_m_21 r_13 sh_ch_jh_zh_16 s_z_15 th_dh_17 w_uw_07 y_iy_ih_ix_06"
)

MAKEHUMAN = words(
    "mouth-compression mouth-corner-puller mouth-depression mouth-elevation mouth-open mouth-parling "
    "mouth-eversion mouth-protusion mouth-pursing mouth-retraction mouth-upward-retraction eye-left-closure "
    "eye-right-closure eye-left-opened-up eye-right-opened-up eye-left-slit eye-right-slit "
    "eyebrows-left-down eyebrows-right-down eyebrows-left-extern-up eyebrows-right-extern-up "
    "eyebrows-left-inner-up eyebrows-right-inner-up nose-left-elevation nose-right-elevation"
)

MAKEHUMAN_POSES = words(
    "LeftBrowDown RightBrowDown LeftOuterBrowUp RightOuterBrowUp LeftInnerBrowUp RightInnerBrowUp "
    "NoseWrinkler LeftUpperLidOpen RightUpperLidOpen LeftUpperLidClosed RightUpperLidClosed LeftLowerLidUp "
    "RightLowerLidUp LeftEyeDown RightEyeDown LeftEyeUp RightEyeUp LeftEyeturnRight RightEyeturnRight "
    "LeftEyeturnLeft RightEyeturnLeft LeftCheekUp RightCheekUp CheeksPump ChinLeft ChinRight ChinForward "
    "lowerLipUp lowerLipDown lowerLipBackward UpperLipUp UpperLipBackward JawDrop LipsKiss MouthMoveLeft "
    "MouthMoveRight MouthLeftPullUp MouthRightPullUp MouthLeftPullSide MouthRightPullSide "
    "MouthLeftPullDown MouthRightPullDown TongueOut"
)

UNIFIED = [
    *both("EyeClosed{}", "EyeWide{}", "EyeSquint{}", "EyeLookUp{}", "EyeLookDown{}", "EyeLookIn{}",
          "EyeLookOut{}", "BrowLowerer{}", "BrowInnerUp{}", "BrowOuterUp{}", "NoseSneer{}", "CheekSquint{}",
          "CheekPuff{}", "LipSuckUpper{}", "LipSuckLower{}", "LipFunnelUpper{}", "LipFunnelLower{}",
          "LipPuckerUpper{}", "LipPuckerLower{}", "MouthUpperUp{}", "MouthLowerDown{}", "MouthCornerPull{}",
          "MouthFrown{}", "MouthStretch{}", "MouthDimple{}", "MouthPress{}", ends=("Left", "Right")),
    *("JawOpen", "JawLeft", "JawRight", "JawForward", "MouthClosed", "MouthRaiserUpper", "MouthRaiserLower"),
    "TongueOut",
]  # fmt: skip

MIXAMO = [
    *both("Blink_{}", "EyesWide_{}", "Squint_{}", "BrowsDown_{}", "BrowsUp_{}", "CheekPuff_{}",
          "NoseScrunch_{}", "Smile_{}", "Frown_{}", "UpperLipUp_{}", "LowerLipDown_{}", "MouthNarrow_{}",
          "Midmouth_{}", "Jaw_{}", ends=("Left", "Right")),
    *("MouthOpen", "UpperLipIn", "LowerLipIn", "LowerLipOut", "JawForeward"),
]  # fmt: skip

VROID = [
    *(f"Fcl_MTH_{vowel}" for vowel in "AIUEO"),
    *("Fcl_MTH_Close", "Fcl_MTH_Small", "Fcl_MTH_Large", "Fcl_EYE_Close_L", "Fcl_EYE_Close_R"),
    *("Fcl_EYE_Spread", "Fcl_BRW_Surprised"),
]
VROID_ELSE = [
    *("Fcl_ALL_Neutral", "Fcl_ALL_Angry", "Fcl_ALL_Fun", "Fcl_ALL_Joy", "Fcl_ALL_Sorrow", "Fcl_BRW_Angry"),
    *("Fcl_EYE_Natural", "Fcl_EYE_Close", "Fcl_EYE_Joy", "Fcl_EYE_Iris_Hide", "Fcl_MTH_Up", "Fcl_MTH_Joy"),
    *("Fcl_MTH_SkinFung", "Fcl_HA_Fung1", "Fcl_HA_Fung1_Up", "Fcl_HA_Hide"),
]

MMD = words("あ い う え お ん ウィンク２ ｳｨﾝｸ２右 口角上げ 口角下げ 口横広げ びっくり 上 下")
MMD_ELSE = words(
    "まばたき 笑い ウィンク ウィンク右 なごみ はぅ じと目 ｷﾘｯ はちゅ目 星目 瞳小 光下 恐ろしい子！ ▲ ∧ □ "
    "ワ ω にやり にっこり ぺろっ てへぺろ 歯無し上 真面目 困る にこり 怒り 涙 照れ"
)

RIGS: dict[str, tuple[list[str], list[str], list[str]]] = {
    "ARKit": (list(ARKIT_NAMES), [], ["ARKit"]),
    "Maya": ([f"blendShape1.{name}" for name in ARKIT_NAMES], [], ["ARKit"]),
    "VRoid with perfect sync": ([f"Face.M_F00_000_00_{name}" for name in ARKIT_NAMES], [], ["ARKit"]),
    "Faceit": (
        [name.replace("Left", "_L").replace("Right", "_R") for name in ARKIT_NAMES if "jaw" not in name],
        [],
        ["ARKit"],
    ),
    "Oculus": ([f"viseme_{name}" for name in OCULUS[1:]], ["viseme_sil"], ["Oculus visemes"]),
    "VRChat": (
        [f"vrc.v_{name}" for name in words("pp ff th dd kk ch ss nn rr aa e ih oh ou")],
        ["vrc.v_sil"],
        ["Oculus visemes"],
    ),
    "bare Oculus": (OCULUS[1:], ["sil"], ["Oculus visemes"]),
    "VRM 0": (
        words("A I U E O Blink_L Blink_R LookUp LookDown LookLeft LookRight"),
        words("Neutral Joy Angry Sorrow Fun Blink"),
        ["VRM"],
    ),
    "VRM 1": (
        words("aa ih ou ee oh blinkLeft blinkRight lookUp lookDown lookLeft lookRight"),
        words("happy angry sad relaxed surprised neutral blink"),
        ["VRM 1"],
    ),
    "VRoid": (VROID, VROID_ELSE, ["VRoid Studio"]),
    "VRoid, older": (
        [f"Face.M_F00_000_00_{name}" for name in VROID],
        [f"Face.M_F00_000_00_{name}" for name in VROID_ELSE],
        ["VRoid Studio"],
    ),
    "MMD": (MMD, MMD_ELSE, ["MikuMikuDance"]),
    "Ready Player Me": (
        list(ARKIT_NAMES),
        [
            *("mouthOpen", "mouthSmile", "eyesClosed", "eyesLookUp", "eyesLookDown"),
            *(f"viseme_{name}" for name in OCULUS),
        ],
        ["ARKit", "Oculus visemes", "Ready Player Me"],
    ),
    "Ready Player Me without ARKit": (
        ["mouthSmile", *(f"viseme_{name}" for name in OCULUS[1:])],
        ["mouthOpen", "viseme_sil"],
        ["Oculus visemes"],
    ),
    "CC4": (CC4_FACE, [*CC_VISEMES, *CC4_ELSE], ["Character Creator 4", "Character Creator visemes"]),
    "CC3": (CC3_FACE, CC3_VISEMES, ["Character Creator 3", "Character Creator visemes"]),
    "CC3, visemes alone": (CC3_VISEMES, [], ["Character Creator visemes"]),
    "CC 1:1": (
        words("EE Er IH Ah Oh W_OO S_Z Ch_J F_V TH T_L_D_N B_M_P K_G_H_NG AE R"),
        [],
        ["Character Creator visemes 1:1"],
    ),
    "ExPlus": (
        [f"A{number:02}_{name[0].upper()}{name[1:]}" for number, name in enumerate(ARKIT_NAMES, 1)],
        [],
        ["ARKit"],
    ),
    "CC5": (
        [name[0].upper() + name[1:].replace("Lips", "_Lips_").replace("__", "_") for name in METAHUMAN],
        [],
        ["MetaHuman"],
    ),
    "MetaHuman": (
        [f"CTRL_expressions_{name}" for name in METAHUMAN],
        [f"CTRL_expressions_{name}" for name in METAHUMAN_ELSE],
        ["MetaHuman"],
    ),
    "MetaHuman mesh": (
        [f"head_lod0_mesh__{name}" for name in METAHUMAN],
        ["head_lod0_mesh__Mfunnel_MupperLipRaise_MlowerLipDepress__funnelWide_UL"],
        ["MetaHuman"],
    ),
    "Genesis 8, visemes": (
        [f"Genesis8Female__eCTRLv{name}" for name in DAZ_VISEMES],
        [],
        ["DAZ visemes"],
    ),
    "Genesis 8": (GENESIS_8, ["eCTRLSmile", "eCTRLTongue Curl"], ["DAZ Genesis 3 and 8"]),
    "Genesis 8.1": (
        [
            f"facs_bs_{name[0].upper()}{name[1:]}_div2"
            if name.startswith("mouth")
            else f"facs_jnt_{name[0].upper()}{name[1:]}"
            for name in ARKIT_NAMES
        ],
        [],
        ["ARKit"],
    ),
    "Genesis 9": (
        [f"Genesis9__{name}" for name in GENESIS_9],
        ["Genesis9__facs_ctrl_SmileFullFace", "Genesis9__facs_bs_JawClenchLeft"],
        ["DAZ Genesis 9", "ARKit"],
    ),
    "Genesis 9, visemes": ([f"facs_ctrl_v{name}" for name in DAZ_VISEMES], [], ["DAZ visemes"]),
    "MPFB visemes01": (MICROSOFT, ["sil_00"], ["Microsoft visemes"]),
    "Azure": ([f"viseme_{number}" for number in range(1, 22)], ["viseme_0"], ["Microsoft visemes"]),
    "FACS": (
        [
            *words("AU01 AU02 AU04 AU05 AU06 AU09 AU10 AU12_L AU12_R AU14L AU14R AU15 AU16 AU17 AU18 AU20"),
            *words("AU22 AU23 AU24 AU25 AU26 AU28 au_29 AU45"),
        ],
        [],
        ["FACS action units"],
    ),
    "FACS by names": (
        words("InnerBrowRaiser UpperLipRaiser LipCornerPuller LipCornerDepressor LipPucker LipsPart JawDrop"),
        [],
        ["FACS action units"],
    ),
    "MakeHuman": (MAKEHUMAN, ["neck-platysma"], ["MakeHuman expressions"]),
    "MakeHuman poses": (MAKEHUMAN_POSES, ["Rest", "CheeksSuck"], ["MakeHuman face poses"]),
    "MB-Lab": (MB_LAB, ["Expressions_eyesHoriz_max", "Expressions_mouthChew_min"], ["MB-Lab"]),
    "Unified Expressions": (UNIFIED, ["JawClench", "CheekSuckLeft"], ["Unified Expressions"]),
    "Mixamo": (MIXAMO, ["TongueUp", "JawRotateZ_Left"], ["Mixamo Fuse"]),
    "Rhubarb": (list("ABCDEFGH"), ["X"], ["Preston Blair (Rhubarb)"]),
    "Rhubarb with a word": ([f"Mouth_{letter}" for letter in "ABCDEF"], [], ["Preston Blair (Rhubarb)"]),
    "Papagayo": (words("AI E O U etc L WQ MBP FV"), ["rest"], ["Papagayo"]),
    "Character Animator": (words("Aa D Ee F L M Oh R S Uh W-Oo"), ["Neutral"], ["Character Animator"]),
    "phones": (words("AA AE AO B D EH ER F IY K L M OW S SH T TH UW W"), [], ["Phones (ARPAbet)"]),
    "sounds": (words("AAH EE OO OH MBP FV TH L SH"), ["rest"], ["Visemes by sound"]),
    "sounds with a word": (
        [f"Vis_{name}" for name in words("AA EE OH MBP FV")],
        [],
        ["Visemes by sound"],
    ),
    "plain words": (
        [
            *("Mouth Open", "Smile", "Pucker", "Wide", "Frown", "lips closed", "blink left", "blink right"),
            *("Eyebrows_Up", "cheeks puffed", "tongue-out", "Jaw_Down"),
        ],
        [],
        ["Plain words"],
    ),
    "plain words in German": (
        ["Mund auf", "Mund zu", "Lächeln", "Kuss", "Augenbrauen hoch", "Auge links zu", "Auge rechts zu"],
        [],
        ["Plain words"],
    ),
}
"""Rig -> (keys that are driven, keys that are not, conventions that are found)."""
