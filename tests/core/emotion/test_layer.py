# SPDX-License-Identifier: GPL-3.0-or-later
"""Emotions over time, and over speech."""

import numpy as np
import pytest
from soliloquy.core.errors import InputError
from soliloquy.core.frame_times import frame_times
from soliloquy.core.generate.emotion.directions import (
    EMOTIONS,
    EmotionCurves,
    EmotionDirections,
    EmotionTag,
)
from soliloquy.core.generate.emotion.layer import (
    ATTACK,
    GRID_STEP,
    LEANING,
    LEANING_WANDERS,
    RELEASE,
    ROUNDED,
    TOGETHER,
    WANDERING,
    EmotionLayer,
    added,
    grid_times,
    smoothed,
)
from soliloquy.core.generate.emotion.poses import emotion_poses
from soliloquy.core.retarget.arkit import ARKIT_INDEX, OPPOSED_PAIRS

DURATION = 12.0


def asked(*tags: EmotionTag):
    """What a layer asks of directions."""
    return lambda times: EmotionDirections(tags).at(times)[0]


def layer(*tags: EmotionTag, duration: float = DURATION, seed: int = 0) -> EmotionLayer:
    return EmotionLayer(asked(*tags), duration, seed=seed)


def pulse(emotion: str, start: float, end: float, strength: float = 1.0) -> np.ndarray:
    """Smoothed intensities (G,) of one emotion that is asked for from a second to another."""
    tags = (EmotionTag(start, emotion, strength), EmotionTag(end, "neutral"))
    return smoothed(asked(*tags)(grid_times(DURATION))[:, EMOTIONS.index(emotion)], emotion)


def first_above(curve: np.ndarray, level: float) -> float:
    return float(np.flatnonzero(curve > level)[0]) * GRID_STEP


def last_above(curve: np.ndarray, level: float) -> float:
    return float(np.flatnonzero(curve > level)[-1]) * GRID_STEP


@pytest.mark.parametrize("emotion", EMOTIONS)
def test_attack_and_release_last_as_long_as_they_say(emotion: str) -> None:
    curve = pulse(emotion, 2, 6)
    rise = first_above(curve, 0.9) - first_above(curve, 0.1)
    fall = last_above(curve, 0.1) - last_above(curve, 0.9)
    assert rise == pytest.approx(0.8 * ATTACK[emotion], abs=0.05)
    assert fall == pytest.approx(0.8 * RELEASE[emotion], abs=0.05)
    assert rise < fall
    # Half of it is there at half of the time, and nothing long before it was asked for.
    assert first_above(curve, 0.5) == pytest.approx(2 + ATTACK[emotion] / 2, abs=0.03)
    assert first_above(curve, 0.001) > 2 - ROUNDED / 2 - GRID_STEP


def test_no_edge_is_sudden() -> None:
    curve = pulse("surprise", 2, 6)
    speed = np.abs(np.diff(curve)) / GRID_STEP
    assert speed.max() <= 1.01 / ATTACK["surprise"]
    # Neither does the speed jump.
    assert np.abs(np.diff(speed)).max() < 0.25 * speed.max()


def test_less_of_an_emotion_takes_less_time() -> None:
    whole, part = (pulse("anger", 2, 6, strength) for strength in (1, 0.3))
    assert part.max() == pytest.approx(0.3, abs=1e-4)
    reached = [first_above(curve, 0.99 * curve.max()) - 2 for curve in (whole, part)]
    assert reached[1] < 0.7 * reached[0]


def test_an_emotion_at_the_start_is_there_from_the_start() -> None:
    assert smoothed(np.ones(100), "fear").min() == 1


def test_frame_rates_show_the_same_course() -> None:
    felt = layer(EmotionTag(1, "happiness"), EmotionTag(4, "anger", 0.6), EmotionTag(8, "neutral"))
    fine = felt.at(frame_times(1200, 100))
    for fps in (10, 25, 50):
        np.testing.assert_allclose(felt.at(frame_times(12 * fps, fps)), fine[:: 100 // fps], atol=1e-6)
    odd = felt.at(frame_times(280, 24000 / 1001))
    times = frame_times(280, 24000 / 1001)
    column = ARKIT_INDEX["mouthSmileLeft"]
    np.testing.assert_allclose(
        odd[:, column], np.interp(times, frame_times(1200, 100), fine[:, column]), atol=0.005
    )


def test_blocks_have_no_seams_and_a_longer_clip_begins_alike() -> None:
    tags = (EmotionTag(1, "happiness"), EmotionTag(4, "sadness"))
    felt, longer = layer(*tags), layer(*tags, EmotionTag(20, "anger"), duration=40)
    times = frame_times(300, 25)
    whole = felt.at(times)
    parts = np.concatenate([felt.at(times[:97]), felt.at(times[97:])])
    np.testing.assert_array_equal(parts, whole)
    np.testing.assert_array_equal(longer.at(times), whole)


def test_the_seed_draws_what_nobody_asked_for() -> None:
    tag = EmotionTag(0, "happiness")
    times = frame_times(300, 25)
    first, again, other = (layer(tag, seed=seed).at(times) for seed in (1, 1, 2))
    np.testing.assert_array_equal(first, again)
    assert not np.array_equal(first, other)


def test_an_expression_that_is_held_wanders_and_leans_a_little() -> None:
    smile = emotion_poses()[0, ARKIT_INDEX["mouthSmileLeft"]]
    times = frame_times(1500, 25)
    for seed in range(6):
        weights = layer(EmotionTag(0, "happiness"), duration=60, seed=seed).at(times)
        left, right = (weights[:, ARKIT_INDEX["mouthSmile" + side]] for side in ("Left", "Right"))
        both = (left + right) / 2
        assert both.max() <= smile + 1e-6
        assert both.min() >= smile * (1 - WANDERING) - 1e-6
        assert np.ptp(both) > 0.05 * smile
        assert np.abs(left - right).max() <= 2 * (LEANING + LEANING_WANDERS) * smile + 1e-6
        # Slow: far below the rate of syllables.
        spectrum = np.abs(np.fft.rfft(both - both.mean())) ** 2
        frequencies = np.fft.rfftfreq(len(both), 1 / 25)
        assert spectrum[frequencies < 0.7].sum() > 0.9 * spectrum.sum()


def test_contempt_is_shown_on_either_side() -> None:
    times = frame_times(50, 25)
    sides = set()
    for seed in range(12):
        weights = layer(EmotionTag(0, "contempt"), duration=2, seed=seed).at(times)[25]
        left, right = (weights[ARKIT_INDEX["mouthDimple" + side]] for side in ("Left", "Right"))
        assert max(left, right) > 4 * min(left, right)
        sides.add(bool(left > right))
    assert sides == {True, False}


def test_mixtures_stay_within_bounds() -> None:
    everything = EmotionLayer(lambda times: np.ones((len(times), 7), np.float32), 4, seed=0)
    weights = everything.at(frame_times(100, 25))
    assert weights.min() >= 0
    assert weights.max() <= 1
    mixed = added(np.zeros_like(weights), weights)
    for (first, second), together in TOGETHER.items():
        assert (
            np.minimum(mixed[:, ARKIT_INDEX[first]], mixed[:, ARKIT_INDEX[second]]).max() <= together + 1e-6
        )


def test_what_is_added_is_bounded_and_does_not_fight() -> None:
    random = np.random.default_rng(3)
    speech, emotion = random.random((2, 500, 52)).astype(np.float32)
    for _, second in OPPOSED_PAIRS:
        speech[:, ARKIT_INDEX[second]] = 0
    both = added(speech, emotion)
    assert both.min() >= 0
    assert both.max() <= 1
    for (first, second), together in TOGETHER.items():
        allowed = np.maximum(
            together, np.minimum(*(speech[:, ARKIT_INDEX[name]] for name in (first, second)))
        )
        assert (np.minimum(both[:, ARKIT_INDEX[first]], both[:, ARKIT_INDEX[second]]) <= allowed + 1e-6).all()


def test_a_little_emotion_changes_little() -> None:
    """Nothing jumps as an emotion begins, whatever speech does."""
    random = np.random.default_rng(4)
    speech, emotion = random.random((2, 500, 52)).astype(np.float32)
    np.testing.assert_allclose(added(speech, np.float32(1e-4) * emotion), speech, atol=3e-4)
    np.testing.assert_array_equal(added(speech, np.zeros_like(emotion)), speech)


def test_nothing_asked_is_nothing_felt() -> None:
    assert not layer()
    assert not layer(EmotionTag(1, "neutral"))
    assert layer(EmotionTag(1, "anger", 0.1))


@pytest.mark.parametrize(
    ("times", "intensities", "says"),
    [
        ([0, 1], np.zeros((2, 6)), "have times of shape (2,) and intensities of (2, 6)"),
        ([0, 1], np.zeros((3, 7)), "have times of shape (2,) and intensities of (3, 7)"),
        ([0, 1], np.full((2, 7), np.nan), "what is no number, or times that fall"),
        ([1, 0], np.zeros((2, 7)), "what is no number, or times that fall"),
    ],
)
def test_curves_that_mean_nothing_are_refused(times, intensities, says) -> None:
    with pytest.raises(InputError) as caught:
        EmotionCurves(np.array(times, np.float64), intensities.astype(np.float32))
    assert says in str(caught.value)
