# SPDX-License-Identifier: GPL-3.0-or-later
import numpy as np
import pytest

pytest.importorskip("torch")

from soliloquy.core.evaluation.mouth_events import MouthCounts, lip_depths, mouth_widths, pauses
from soliloquy.core.motion import Phone
from soliloquy.core.retarget.arkit import ARKIT_INDEX, ARKIT_NAMES

FPS = 50
PHONES = (Phone("M", 0.5, 0.6), Phone("UW", 0.6, 0.8), Phone("F", 0.8, 0.9), Phone("IY", 0.9, 1.1))


def motion(**shapes):
    """Two seconds with shapes given as (from, to, weight)."""
    weights = np.zeros((100, len(ARKIT_NAMES)))
    weights[:, ARKIT_INDEX["jawOpen"]] = 0.2
    for name, (start, end, weight) in shapes.items():
        weights[int(start * FPS) : int(end * FPS), ARKIT_INDEX[name]] = weight
    return weights


def counted(weights):
    counts = MouthCounts()
    counts.add(weights, PHONES, FPS)
    return counts


def test_a_motion_that_does_everything():
    weights = motion(
        mouthClose=(0.5, 0.62, 0.2), mouthPucker=(0.62, 0.8, 0.5), mouthRollLower=(0.8, 0.9, 0.4)
    )
    weights[40:45, ARKIT_INDEX["jawOpen"]] = 0.08
    counts = counted(weights)
    assert counts.sealed == counts.sealed_middle == counts.seals_right == counts.bites == [True]
    assert counts.vowels_closed == [False, False]
    assert counts.rounding_auc == 1


def test_an_open_mouth_does_nothing():
    counts = counted(motion())
    assert counts.sealed == counts.sealed_middle == counts.bites == [False]
    assert counts.seals_right == []
    assert counts.rounding_auc == 0.5
    assert counts.unrest == pytest.approx([0, 0])


def test_a_seal_in_a_vowel_is_wrong():
    counts = counted(motion(mouthClose=(0.94, 1.04, 0.2)))
    assert counts.seals_right == [False]
    assert counts.vowels_closed == [False, True]


def test_a_late_seal_is_not_at_the_middle():
    counts = counted(motion(mouthClose=(0.6, 0.64, 0.2)))
    assert counts.sealed == [True]
    assert counts.sealed_middle == [False]


def test_movement_in_pauses_shows():
    weights = motion()
    weights[70:90:2, ARKIT_INDEX["jawOpen"]] = 0.5
    assert max(counted(weights).unrest) > 0.002


def test_measures_are_the_heads():
    weights = np.zeros((2, len(ARKIT_NAMES)))
    weights[1, ARKIT_INDEX["mouthPucker"]] = 1
    assert 0.03 < mouth_widths(weights)[1] < mouth_widths(weights)[0] < 0.07
    assert lip_depths(weights)[0] == 0


def test_pauses_lie_between_phones():
    assert pauses(PHONES, 2.0, 0.3) == [(0.0, 0.5), (1.1, 2.0)]
