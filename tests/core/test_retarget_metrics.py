# SPDX-License-Identifier: GPL-3.0-or-later
"""How curves of lips are compared."""

from dataclasses import replace

import numpy as np
import pytest

pytest.importorskip("scipy")
pytest.importorskip("torch")

from soliloquy.core.evaluation import made_heads as heads
from soliloquy.core.evaluation.retarget_metrics import FaceCurves, face_curves, score
from soliloquy.core.evaluation.retarget_rigs import full_rig
from soliloquy.core.motion import Phone
from soliloquy.core.retarget.arkit import ARKIT_INDEX, ARKIT_NAMES

FPS = 50
PHONES = (Phone("M", 0.5, 0.6), Phone("AA", 0.6, 0.9), Phone("B", 0.9, 1.0), Phone("IY", 1.0, 1.2))


def curves() -> FaceCurves:
    """Two seconds: two closures, a pause with a blink at the end."""
    times = np.arange(100) / FPS
    weights = np.zeros((100, len(ARKIT_NAMES)))
    weights[:, ARKIT_INDEX["jawOpen"]] = 0.4 * np.exp(-(((times - 0.75) / 0.08) ** 2))
    weights[:, ARKIT_INDEX["jawOpen"]] += 0.2 * np.exp(-(((times - 1.15) / 0.06) ** 2))
    weights[:, ARKIT_INDEX["mouthSmileLeft"]] = 0.3 * np.exp(-(((times - 1.15) / 0.06) ** 2))
    for side in ("Left", "Right"):
        weights[70:76, ARKIT_INDEX[f"eyeBlink{side}"]] = 1
    rig = full_rig(heads.built_in())
    return face_curves(rig.marks_at(weights), rig.marks_at(np.zeros((1, 52)))[0])


@pytest.fixture(scope="module")
def full() -> FaceCurves:
    return curves()


def compared(made: FaceCurves, full: FaceCurves):
    return score([made], [full], [full], [PHONES], FPS)


def test_the_same_face_is_whole(full):
    found = compared(full, full)
    assert found.gap == pytest.approx(1)
    assert found.width == pytest.approx(1)
    assert (found.size, found.jitter) == (1, 1)
    assert (found.off, found.shut) == (0, 0)
    assert found.seals == found.silence == found.blinks == 1


def test_half_a_face_is_half_as_large(full):
    made = replace(full, gap=full.gap[0] + 0.5 * (full.gap - full.gap[0]))
    found = compared(made, full)
    assert found.gap == pytest.approx(1)
    assert found.size == pytest.approx(0.5)
    assert found.jitter == pytest.approx(1)


def test_size_is_in_proportion_to_the_mouth(full):
    made = replace(full, gap=0.7 * full.gap, rest_width=0.7 * full.rest_width)
    assert compared(made, full).size == pytest.approx(1)


def test_lips_that_never_meet_seal_nothing(full):
    found = compared(replace(full, gap=full.gap + 0.002), full)
    assert found.seals == found.silence == 0
    assert found.gap == pytest.approx(1)
    one = full.gap.copy()
    one[int(0.8 * FPS) : int(1.1 * FPS)] += 0.002
    assert compared(replace(full, gap=one), full).seals == 0.5


def test_a_mouth_that_never_opens_is_shut(full):
    found = compared(replace(full, gap=np.zeros_like(full.gap)), full)
    assert found.shut == 1
    assert found.gap == found.size == found.jitter == 0
    assert found.seals == 1


def test_lids_that_stay_open_blink_never(full):
    found = compared(replace(full, lids=np.full_like(full.lids, 0.6 * full.open_lids)), full)
    assert found.blinks == 0


def test_lips_are_off_by_millimetres(full):
    moved = full.lips + np.array([0.0, 0.0, 0.001])
    assert compared(replace(full, lips=moved), full).off == pytest.approx(1)


def test_noise_is_jitter(full):
    random = np.random.default_rng(0)
    made = replace(full, gap=full.gap + random.normal(0, 0.001, len(full.gap)))
    assert compared(made, full).jitter > 2
