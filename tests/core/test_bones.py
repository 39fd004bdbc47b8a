# SPDX-License-Identifier: GPL-3.0-or-later
"""Heads, necks and eyes are found among the bones of known rigs and of others."""

import pytest
from soliloquy.core.retarget.bones import (
    RIGS,
    HeadBones,
    find_head_bones,
    leg_bones,
    side_pairs,
    torso_bone,
    words_of,
)

KNOWN = {
    "Rigify": (
        "torso ORG-spine DEF-head ORG-eye.L MCH-eye.L head neck tweak_neck eyes eye.L eye.R "
        "master_eye.L master_eye.R lid.T.L ORG-eye.R",
        ("head", "neck", "eye.L", "eye.R"),
    ),
    "Rigify metarig": (
        "spine spine.001 spine.003 spine.004 spine.005 spine.006 face eye.L eye.R pelvis.L lid.T.L",
        ("spine.006", "spine.004", "eye.L", "eye.R"),
    ),
    "Auto-Rig Pro": (
        "c_traj c_root_master.x head.x neck.x c_head.x c_neck.x c_eye.l c_eye.r c_eye_target.l "
        "c_eye_target.r c_eye_target.x c_skull_01.x",
        ("c_head.x", "c_neck.x", "c_eye.l", "c_eye.r"),
    ),
    "Mixamo": (
        "mixamorig:Hips mixamorig:Spine mixamorig:Neck mixamorig:Head mixamorig:HeadTop_End "
        "mixamorig:LeftEye mixamorig:RightEye mixamorig:LeftForeArm mixamorig:LeftToeBase",
        ("mixamorig:Head", "mixamorig:Neck", "mixamorig:LeftEye", "mixamorig:RightEye"),
    ),
    "MPFB / MakeHuman": (
        "root spine05 neck01 neck02 neck03 head jaw special01 eye.L eye.R levator02.L orbicularis03.L",
        ("head", "neck01", "eye.L", "eye.R"),
    ),
    "MPFB game engine": (
        "Root pelvis spine_01 spine_03 neck_01 head breast_l breast_r clavicle_l",
        ("head", "neck_01", None, None),
    ),
    "VRoid (VRM)": (
        "Root J_Bip_C_Hips J_Bip_C_Neck J_Bip_C_Head J_Adj_L_FaceEye J_Adj_R_FaceEye J_Sec_Hair1_01",
        ("J_Bip_C_Head", "J_Bip_C_Neck", "J_Adj_L_FaceEye", "J_Adj_R_FaceEye"),
    ),
    "VRM": (
        "hips spine chest upperChest neck head leftEye rightEye leftUpperArm",
        ("head", "neck", "leftEye", "rightEye"),
    ),
    "Character Creator": (
        "CC_Base_BoneRoot CC_Base_Hip CC_Base_NeckTwist01 CC_Base_NeckTwist02 CC_Base_Head "
        "CC_Base_L_Eye CC_Base_R_Eye CC_Base_FacialBone",
        ("CC_Base_Head", "CC_Base_NeckTwist01", "CC_Base_L_Eye", "CC_Base_R_Eye"),
    ),
    "DAZ Genesis 3 / 8": (
        "hip abdomenLower neckLower neckUpper head lEye rEye lPectoral lShldrBend",
        ("head", "neckLower", "lEye", "rEye"),
    ),
    "DAZ Genesis 9": (
        "hip spine1 neck1 neck2 head l_eye r_eye l_upperarm",
        ("head", "neck1", "l_eye", "r_eye"),
    ),
    "MetaHuman": (
        "pelvis spine_01 neck_01 neck_02 head FACIAL_C_FacialRoot FACIAL_L_Eye FACIAL_R_Eye "
        "FACIAL_L_EyelidUpperA upperarm_l",
        ("head", "neck_01", "FACIAL_L_Eye", "FACIAL_R_Eye"),
    ),
    "Unreal mannequin": (
        "root pelvis spine_01 neck_01 head upperarm_l upperarm_r",
        ("head", "neck_01", None, None),
    ),
}
"""Bones of each family, and which of them carry head, neck and eyes."""


def bones(found: HeadBones):
    return found.head, found.neck, found.left_eye, found.right_eye


def test_every_family_is_tried():
    assert {rig.name for rig in RIGS} == set(KNOWN)
    assert len({rig.name for rig in RIGS}) == len(RIGS)


@pytest.mark.parametrize("label", KNOWN)
def test_known_rigs(label):
    listed, expected = KNOWN[label]
    names = listed.split()
    found = find_head_bones(names)
    assert bones(found) == expected
    assert found.rig == label
    assert found.confidence > 0.7
    assert bones(find_head_bones(tuple(reversed(names)))) == expected


@pytest.mark.parametrize("label", KNOWN)
@pytest.mark.parametrize("change", [str.upper, lambda name: f"Hero_{name}", lambda name: f"hero:{name}"])
def test_case_and_prefixes_do_not_matter(label, change):
    listed, expected = KNOWN[label]
    names = (*listed.split(), "thumb", "finger", "toe")
    found = find_head_bones([change(name) for name in names])
    assert bones(found) == tuple(None if name is None else change(name) for name in expected)


def test_namespaces_without_a_colon_and_numbers():
    names = ("mixamorigHips", "mixamorigHead", "mixamorigNeck", "mixamorigSpine", "mixamorigLeftEye")
    assert bones(find_head_bones(names)) == ("mixamorigHead", "mixamorigNeck", "mixamorigLeftEye", None)
    names = ("mixamorig1:Hips", "mixamorig1:Head.001", "mixamorig1:Neck")
    assert bones(find_head_bones(names)) == ("mixamorig1:Head.001", "mixamorig1:Neck", None, None)


def test_rigs_of_no_known_family():
    found = find_head_bones(
        ("Bip01", "Bip01 Head", "Bip01 HeadNub", "Bip01 Neck", "Bip01 L Eye", "Bip01 LEyelid")
    )
    assert bones(found) == ("Bip01 Head", "Bip01 Neck", "Bip01 L Eye", None)
    found = find_head_bones(
        ("CTRL_Kopf_head", "CTRL_Hals_neck", "head_end", "eyeball_L", "eyelid_L", "eye_lid_R")
    )
    assert bones(found) == ("CTRL_Kopf_head", "CTRL_Hals_neck", "eyeball_L", None)
    assert 0 < found.confidence < 0.5
    assert find_head_bones(("Kopf", "Hals", "arrowhead", "forehead", "goatee")) == HeadBones()
    assert find_head_bones(()) == HeadBones()


def test_words_of_names():
    assert words_of("J_Adj_L_FaceEye") == ["j", "adj", "l", "face", "eye"]
    assert words_of("mixamorig:LeftUpLeg.001") == ["left", "up", "leg"]
    assert words_of("lEye") == ["l", "eye"]


def test_pairs_of_sides():
    names = ("brow.T.L.001", "brow.T.L.002", "brow.T.R.002", "brow.T.R.001", "hips", "LeftArm", "RightArm")
    pairs = side_pairs((*names, "L_only", "lEye", "rEye", "leg_l_to_r"))
    assert set(pairs) == {
        ("brow.T.L.001", "brow.T.R.001"),
        ("brow.T.L.002", "brow.T.R.002"),
        ("LeftArm", "RightArm"),
        ("lEye", "rEye"),
    }


def test_what_the_body_grows_from():
    assert torso_bone(("root", "spine", "ORG-hips", "pelvis.L", "Hips")) == "Hips"
    assert torso_bone(("CC_Base_BoneRoot", "CC_Base_Hip")) == "CC_Base_Hip"
    assert torso_bone(("a", "b")) is None


def test_thighs_and_feet():
    for thigh, foot in (
        ("thigh.{}", "foot.{}"),
        ("mixamorig:{}UpLeg", "mixamorig:{}Foot"),
        ("{}UpperLeg", "{}Foot"),
        ("CC_Base_{}_Thigh", "CC_Base_{}_Foot"),
        ("J_Bip_{}_UpperLeg", "J_Bip_{}_Foot"),
    ):
        sides = ("Left", "Right") if "{}U" in thigh else ("L", "R")
        thighs, feet = ([name.format(side) for side in sides] for name in (thigh, foot))
        assert leg_bones((*thighs, "hips", *feet, "foot_roll.L", "foot_roll.R")) == (
            tuple(thighs),
            tuple(feet),
        )
    assert leg_bones(("thigh.L", "head")) == ((), ())
