# SPDX-License-Identifier: GPL-3.0-or-later
import numpy as np
import pytest
from soliloquy.core.errors import InputError
from soliloquy.core.generate.articulation import (
    Contact,
    constrain,
    contact_curve,
    demands,
    find_contacts,
    rest_curve,
)
from soliloquy.core.generate.speech import SpeechFeatures
from soliloquy.core.head import lip_gap_model
from soliloquy.core.motion import Phone
from soliloquy.core.phones import articulation, phone_labels
from soliloquy.core.retarget.arkit import ARKIT_INDEX, ARKIT_NAMES

SPOKEN = (
    Phone("AA", 1.0, 1.2),
    Phone("M", 1.2, 1.28),
    Phone("UW", 1.28, 1.5),
    Phone("P", 1.5, 1.53),
    Phone("AE", 1.53, 1.8),
    Phone("F", 1.8, 1.9),
    Phone("AY", 1.9, 2.2),
)
RATES = (12, 23.976, 24, 25, 30, 60)


def heard(phones=SPOKEN, seconds=3.0):
    """An encoder that hears everything rightly."""
    times = np.arange(int(seconds * 80) + 1) / 80
    labels = phone_labels(phones, times)
    return SpeechFeatures(
        np.eye(40, dtype=np.float32)[labels],
        articulation(phones, times),
        (labels != 39).astype(np.float32),
        np.zeros((len(times), 2), np.float32),
    )


def open_mouth(count):
    weights = np.zeros((count, len(ARKIT_NAMES)), np.float32)
    for name in ("jawOpen", "mouthFunnel", "mouthLowerDownLeft", "mouthLowerDownRight", "mouthSmileLeft"):
        weights[:, ARKIT_INDEX[name]] = 0.4
    return weights


def constrained(fps, weights=None, strength=1.0, **options):
    count = int(3 * fps)
    weights = open_mouth(count) if weights is None else weights
    return constrain(weights, demands(heard(), count, fps, **options), strength=strength)


def gap(weights):
    return lip_gap_model().heights(weights)


def near(second, fps):
    return round(second * fps)


@pytest.mark.parametrize("fps", RATES)
def test_every_closure_seals_at_every_rate(fps):
    heights = gap(constrained(fps))
    times = np.arange(len(heights)) / fps
    for start, end in ((1.2, 1.28), (1.5, 1.53)):
        reach = max(0.04, 0.5 / fps + 1e-6)
        inside = (times >= start - reach) & (times <= end + reach)
        assert heights[inside].min() <= 0


@pytest.mark.parametrize("fps", RATES)
def test_vowels_stay_open(fps):
    heights = gap(constrained(fps))
    for middle in (1.1, 1.39, 1.68, 2.05):
        assert heights[near(middle, fps)] > lip_gap_model().closed


def test_lips_are_closed_until_the_release_and_approach_before():
    fps = 100
    heights = gap(constrained(fps))
    assert (heights[120:127] <= 1e-6).all()
    approach = heights[112:120]
    assert (np.diff(approach) <= 1e-9).all()
    assert np.abs(np.diff(heights)).max() < 0.35 * heights.max()


def test_the_mouth_rests_in_pauses_and_opens_ahead_of_speech():
    fps = 60
    result = constrained(fps)
    assert result[near(0.5, fps)].max() == 0
    assert result[near(2.6, fps)].max() == 0
    assert gap(result)[near(0.96, fps)] > 0.002


def test_a_stop_gap_is_no_pause():
    spoken = [(0.0, 1.0), (1.2, 2.0)]
    assert rest_curve(spoken, np.array([0.5, 1.1, 1.5])).max() == 0
    assert rest_curve([(0.0, 1.0), (1.6, 2.0)], np.array([1.3]))[0] == 1


def test_f_bites_and_does_not_seal():
    fps = 60
    result = constrained(fps)
    at = near(1.85, fps)
    assert result[at, ARKIT_INDEX["mouthRollLower"]] > 0.3
    assert result[at, ARKIT_INDEX["jawOpen"]] < 0.1
    assert gap(result)[at] > lip_gap_model().closed


def test_rounded_sounds_are_round():
    fps = 60
    result = constrained(fps)
    pucker = result[:, ARKIT_INDEX["mouthPucker"]]
    assert pucker[near(1.39, fps)] > 0.4
    assert pucker[near(1.7, fps)] == 0
    assert result[near(1.39, fps), ARKIT_INDEX["mouthSmileLeft"]] < 0.1


def test_lips_that_touch_for_nothing_are_parted():
    fps = 60
    weights = np.zeros((180, len(ARKIT_NAMES)), np.float32)
    assert gap(weights).max() < 0
    heights = gap(constrained(fps, weights))
    for middle in (1.1, 1.39, 1.68, 2.05):
        assert heights[near(middle, fps)] > lip_gap_model().closed


def test_strength():
    raw = open_mouth(180)
    np.testing.assert_array_equal(constrained(60, raw, 0.0), raw)
    whole, half = constrained(60, raw, 1.0), constrained(60, raw, 0.5)
    np.testing.assert_allclose(half, (raw + whole) / 2, atol=1e-6)
    with pytest.raises(InputError, match="0 to 1"):
        constrained(60, raw, 1.5)


def test_weights_stay_within_0_and_1():
    weights = np.random.default_rng(0).random((180, len(ARKIT_NAMES))).astype(np.float32)
    result = constrained(60, weights)
    assert result.min() >= 0
    assert result.max() <= 1
    assert (result[:, ARKIT_INDEX["mouthClose"]] <= result[:, ARKIT_INDEX["jawOpen"]] + 1e-6)[
        demands(heard(), 180, 60).seal == 1
    ].all()


def test_a_transcript_overrules_the_ear():
    result = constrained(60, phones=[Phone("AA", 1.0, 1.4), Phone("B", 1.4, 1.5), Phone("AA", 1.5, 2.0)])
    heights = gap(result)
    assert heights[near(1.45, 60)] <= 0
    assert heights[near(1.24, 60)] > lip_gap_model().closed


def test_contacts_are_found_and_specks_left_out():
    feature = np.zeros(200)
    feature[40:60] = 0.9
    feature[100:110] = 0.3
    feature[150] = 0.9
    assert find_contacts(feature) == [Contact(39.5 / 80, 56.5 / 80)]


def test_a_contact_between_two_frames_gets_one():
    times = np.arange(24) / 12
    curve = contact_curve([Contact(0.53, 0.56)], times, 12)
    assert curve.max() == 1
    assert curve.argmax() in (6, 7)


def test_nothing_heard_is_an_error():
    empty = SpeechFeatures(
        np.zeros((0, 40), np.float32),
        np.zeros((0, 6), np.float32),
        np.zeros(0, np.float32),
        np.zeros((0, 2), np.float32),
    )
    with pytest.raises(InputError, match="no frames"):
        demands(empty, 10, 24)
