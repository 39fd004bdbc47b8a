# SPDX-License-Identifier: GPL-3.0-or-later
"""Keys that are one channel together each take its value, known by name alone."""

import numpy as np
from soliloquy.core.retarget.arkit import ARKIT_INDEX
from soliloquy.core.retarget.detection import detect
from soliloquy.core.retarget.retargeter import make_retargeter

from .rig_names import METAHUMAN, OCULUS


def values(names, **weights):
    """Key -> value at ARKit weights."""
    frame = np.zeros((1, 52), np.float32)
    for name, weight in weights.items():
        frame[0, ARKIT_INDEX[name]] = weight
    retargeter = make_retargeter(detect(names).mapping, {})
    return dict(zip(retargeter.keys, retargeter.values(frame)[0].tolist(), strict=True))


def test_pieces_of_a_whole_mouth():
    found = values(METAHUMAN, mouthPucker=0.6, jawOpen=0.3, mouthClose=0.2)
    for lip in "UD":
        for side in "LR":
            assert np.isclose(found[f"mouthLipsPurse{lip}{side}"], 0.6)
            assert np.isclose(found[f"mouthLipsTogether{lip}{side}"], 0.2)


def test_pieces_of_a_mouth_that_is_solved_for():
    whole = ["MouthOpen", "Smile_Left", "Smile_Right", "MouthPucker", "UpperLipIn", "LowerLipIn"]
    halves = [*whole[:3], "MouthNarrow_Left", "MouthNarrow_Right", *whole[4:]]
    one, two = values(whole, mouthPucker=0.8), values(halves, mouthPucker=0.8)
    assert one["MouthPucker"] > 0.7
    assert np.isclose(two["MouthNarrow_Left"], two["MouthNarrow_Right"])
    assert abs(two["MouthNarrow_Left"] - one["MouthPucker"]) < 0.03


def test_visemes_that_are_split_in_two():
    visemes = OCULUS[1:]
    whole = values([f"viseme_{name}" for name in visemes], jawOpen=0.4)
    halves = values([f"viseme_{name}_{side}" for name in visemes for side in "LR"], jawOpen=0.4)
    assert max(whole, key=whole.__getitem__) == "viseme_aa"
    for name in visemes:
        assert abs(halves[f"viseme_{name}_L"] - whole[f"viseme_{name}"]) < 0.15
        assert np.isclose(halves[f"viseme_{name}_L"], halves[f"viseme_{name}_R"], atol=0.01)
