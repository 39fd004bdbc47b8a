# SPDX-License-Identifier: GPL-3.0-or-later
"""Controls of Epic's MetaHuman faces, which Character Creator 5 and MetaHuman meshes have as keys.

Source: Epic Games, MetaHuman face control board, curves `CTRL_expressions_*` of the Face_Archetype skeleton,
and its pose asset mh_arkit_mapping_pose, which says how ARKit's shapes are made of them. Character Creator
5 writes `Mouth_Lips_Purse_UL`, the meshes of a MetaHuman `head_lod0_mesh__mouth_lipsPurse_UL`. Lips come in
pieces: U and D are the upper and the lower lip.
"""

from typing import Final

from .convention import Convention, shape, sides

_FIXED: Final = (
    *(
        "browLateral{}",
        "earUp{}",
        "eyeFaceScrunch{}",
        "eyeLidPress{}",
        "eyeLowerLidDown{}",
        "eyeLowerLidUp{}",
    ),
    *("eyePupilNarrow{}", "eyePupilWide{}", "eyeRelax{}", "eyeUpperLidUp{}", "eyelashesDownIN{}"),
    *("eyelashesDownOUT{}", "eyelashesUpIN{}", "eyelashesUpOUT{}", "jawChinCompress{}", "jawClench{}"),
    *("mouthCheekSuck{}", "mouthCornerDown{}", "mouthCornerNarrow{}", "mouthCornerRounderD{}"),
    *("mouthCornerRounderU{}", "mouthCornerSharpenD{}", "mouthCornerSharpenU{}", "mouthCornerUp{}"),
    *("mouthCornerWide{}", "mouthLipsBlow{}", "mouthLipsPullD{}", "mouthLipsPullU{}", "mouthLipsPushD{}"),
    *("mouthLipsPushU{}", "mouthLipsSticky{}Ph1", "mouthLipsSticky{}Ph2", "mouthLipsSticky{}Ph3"),
    *("mouthLipsThickD{}", "mouthLipsThickInwardD{}", "mouthLipsThickInwardU{}", "mouthLipsThickU{}"),
    *("mouthLipsThinD{}", "mouthLipsThinInwardD{}", "mouthLipsThinInwardU{}", "mouthLipsThinU{}"),
    *("mouthLipsTightenD{}", "mouthLipsTightenU{}", "mouthLipsTowardsD{}", "mouthLipsTowardsU{}"),
    *("mouthLowerLipBite{}", "mouthLowerLipRollOut{}", "mouthLowerLipTowardsTeeth{}", "mouthPressD{}"),
    *("mouthPressU{}", "mouthSharpCornerPull{}", "mouthStickyDIN{}", "mouthStickyDOUT{}", "mouthStickyUIN{}"),
    *("mouthStickyUOUT{}", "mouthStretchLipsClose{}", "mouthUpperLipBite{}", "mouthUpperLipRollOut{}"),
    *("mouthUpperLipTowardsTeeth{}", "neckMastoidContract{}", "neckStretch{}", "noseNasolabialDeepen{}"),
    *("noseNostrilCompress{}", "noseNostrilDepress{}", "noseNostrilDilate{}", "noseWrinkleUpper{}"),
    *("eyeParallelLookDirection", "jawBack", "jawOpenExtreme", "mouthDown", "mouthLowerLipShiftLeft"),
    *("mouthLowerLipShiftRight", "mouthStickyDC", "mouthStickyUC", "mouthUp", "mouthUpperLipShiftLeft"),
    *("mouthUpperLipShiftRight", "neckDigastricDown", "neckDigastricUp", "neckSwallowPh1", "neckSwallowPh2"),
    *("neckSwallowPh3", "neckSwallowPh4", "neckThroatDown", "neckThroatExhale", "neckThroatInhale"),
    *("neckThroatUp", "teethBackD", "teethBackU", "teethDownD", "teethDownU", "teethFwdD", "teethFwdU"),
    *("teethLeftD", "teethLeftU", "teethRightD", "teethRightU", "teethUpD", "teethUpU", "tongueBendDown"),
    *("tongueBendUp", "tongueDown", "tongueIn", "tongueLeft", "tongueNarrow", "tonguePress", "tongueRight"),
    *("tongueRoll", "tongueThick", "tongueThin", "tongueTipDown", "tongueTipLeft", "tongueTipRight"),
    *("tongueTipUp", "tongueTwistLeft", "tongueTwistRight", "tongueUp", "tongueWide"),
)
"""What ARKit has no word for."""

_SHAPES: Final = (
    *sides("browDown{}", browDown=1.0),
    *sides("browRaiseIn{}", browInnerUp=1.0),
    *sides("browRaiseOuter{}", browOuterUp=1.0),
    *sides("eyeBlink{}", eyeBlink=1.0),
    *sides("eyeWiden{}", eyeWide=1.0),
    *sides("eyeSquintInner{}", eyeSquint=1.0),
    *sides("eyeCheekRaise{}", cheekSquint=1.0),
    *sides("eyeLookUp{}", eyeLookUp=1.0),
    *sides("eyeLookDown{}", eyeLookDown=1.0),
    shape("eyeLookLeftL", eyeLookOutLeft=1.0),
    shape("eyeLookLeftR", eyeLookInRight=1.0),
    shape("eyeLookRightL", eyeLookInLeft=1.0),
    shape("eyeLookRightR", eyeLookOutRight=1.0),
    *sides("noseWrinkle{}", noseSneer=1.0),
    *sides("mouthCheekBlow{}", cheekPuff=1.0),
    shape("mouthLeft", mouthLeft=1.0),
    shape("mouthRight", mouthRight=1.0),
    *sides("mouthUpperLipRaise{}", mouthUpperUp=1.0),
    *sides("mouthLowerLipDepress{}", mouthLowerDown=1.0),
    *sides("mouthCornerPull{}", mouthSmile=1.0),
    *sides("mouthCornerDepress{}", mouthFrown=1.0),
    *sides("mouthStretch{}", mouthStretch=1.0),
    *sides("mouthDimple{}", mouthDimple=1.0),
    *sides("mouthLipsPress{}", mouthPress=1.0),
    *(
        each
        for lip in "UD"
        for each in (
            *sides(f"mouthLipsPurse{lip}{{}}", mouthPucker=1.0),
            *sides(f"mouthFunnel{lip}{{}}", mouthFunnel=1.0),
            *sides(f"mouthLipsTogether{lip}{{}}", mouthClose=1.0),
        )
    ),
    *sides("mouthUpperLipRollIn{}", mouthRollUpper=1.0),
    *sides("mouthLowerLipRollIn{}", mouthRollLower=1.0),
    *sides("jawChinRaiseU{}", mouthShrugUpper=1.0),
    *sides("jawChinRaiseD{}", mouthShrugLower=1.0),
    shape("jawOpen", jawOpen=1.0),
    shape("jawFwd", jawForward=1.0),
    shape("jawLeft", jawLeft=1.0),
    shape("jawRight", jawRight=1.0),
    shape("tongueOut", tongueOut=1.0),
)

METAHUMAN: Final = Convention(
    name="MetaHuman",
    label="MetaHuman",
    shapes=_SHAPES,
    fixed=frozenset(name.format(side) for name in _FIXED for side in "LR"),
)
