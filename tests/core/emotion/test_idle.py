# SPDX-License-Identifier: GPL-3.0-or-later
"""What a face does between its lines, and what it must not do meanwhile."""

import numpy as np
import pytest
from soliloquy.core.frame_times import frame_times
from soliloquy.core.generate.cues import SpeechCues
from soliloquy.core.generate.emotion.directions import EmotionDirections, EmotionTag
from soliloquy.core.generate.emotion.feeling import Feeling, directed, feeling_of
from soliloquy.core.generate.emotion.idle import PARTED_BY_BREATH, STIRRING, IdleMotion
from soliloquy.core.generate.emotion.voice import VoiceEmotion
from soliloquy.core.generate.settings import AnimationSettings
from soliloquy.core.head import lip_gap_model
from soliloquy.core.retarget.arkit import ARKIT_INDEX, ARKIT_NAMES

FPS = 50
JAW = ARKIT_INDEX["jawOpen"]
NOSE = ARKIT_INDEX["noseSneerLeft"]
PRESS = ARKIT_INDEX["mouthPressLeft"]


def cues(*phrases: tuple[float, float], duration: float) -> SpeechCues:
    return SpeechCues(duration, np.array(phrases).reshape(-1, 2), np.zeros(0), np.zeros(0, np.float32))


TALK = cues((1.0, 3.0), (3.3, 5.0), (6.5, 8.0), (12.0, 13.0), duration=16.0)
SILENCE = SpeechCues.none(600.0)


def idle_only(of: SpeechCues, amount: float = 1.0, seed: int = 0) -> np.ndarray:
    """Weights (F, 52) that a clip's idle motion adds."""
    feeling = Feeling(None, IdleMotion(of, amount, seed=seed), of)
    return feeling.at(frame_times(int(of.duration * FPS), FPS))


def gaps(weights: np.ndarray) -> np.ndarray:
    return lip_gap_model().heights(weights)


def test_it_is_small() -> None:
    for of in (TALK, SILENCE):
        weights = idle_only(of)
        assert weights.min() >= 0
        assert weights.max() < 0.2
        moved = {name for name, column in zip(ARKIT_NAMES, weights.T, strict=True) if column.any()}
        assert set(STIRRING) <= moved
        stirring = [ARKIT_INDEX[name] for name in STIRRING if "Press" not in name]
        assert weights[:, stirring].max() <= 0.03 + 1e-6


def test_while_somebody_speaks_nothing_of_it_is_left() -> None:
    weights = idle_only(TALK)
    times = np.arange(len(weights)) / FPS
    for start, end in TALK.phrases:
        assert weights[(times >= start) & (times <= end)].max() == 0
    # Nor in the stop within a sentence.
    assert weights[(times >= 3.0) & (times <= 3.3)].max() == 0


def test_a_breath_before_speech_parts_the_lips_as_far_as_stated() -> None:
    widest = []
    for seed in range(8):
        weights = idle_only(TALK, seed=seed)
        before = slice(int(5.3 * FPS), int(6.5 * FPS))
        assert weights[before, NOSE].max() > 0.04
        widest.append(gaps(weights).max())
    # 1.2 mm where the lips part at all; they do in most.
    assert max(widest) == pytest.approx(PARTED_BY_BREATH, abs=5e-5)
    assert PARTED_BY_BREATH < 0.0015
    assert max(idle_only(TALK, 0.5, seed=seed)[:, JAW].max() for seed in range(4)) < 0.025


def test_the_breath_ends_before_the_voice_begins() -> None:
    weights = idle_only(TALK)
    times = np.arange(len(weights)) / FPS
    for start in (6.5, 12.0):
        last = (times > start - 0.09) & (times < start)
        assert weights[last][:, [JAW, NOSE]].max() == 0


def test_long_silence_is_breathed_and_swallowed_through_with_closed_lips() -> None:
    weights = idle_only(SILENCE)
    assert gaps(weights).max() < 0
    quiet = weights[:, NOSE] > 0.015
    breaths = int((np.diff(quiet.astype(int)) == 1).sum()) / 10
    assert 12 <= breaths <= 20
    swallows = int((np.diff((weights[:, PRESS] > 0.1).astype(int)) == 1).sum()) / 10
    assert 0.8 <= swallows <= 2.2


def test_nobody_swallows_with_open_lips() -> None:
    surprised = EmotionDirections((EmotionTag(0, "surprise"),))
    settings = AnimationSettings()
    feeling = feeling_of(SILENCE, seed=0, settings=settings, directions=surprised)
    assert feeling is not None
    weights = feeling.at(frame_times(int(SILENCE.duration * FPS), FPS))
    swallowing = IdleMotion(SILENCE, 1.0, seed=0).swallowing(frame_times(len(weights), FPS))
    assert (swallowing == 1).any()
    assert gaps(weights)[swallowing == 1].max() < 0
    assert np.median(gaps(weights)) > 0.005


def test_seeds_frame_rates_and_lengths() -> None:
    np.testing.assert_array_equal(idle_only(TALK, seed=3), idle_only(TALK, seed=3))
    assert not np.array_equal(idle_only(TALK, seed=3), idle_only(TALK, seed=4))
    idle = IdleMotion(TALK, 1.0, seed=3)
    coarse, fine = frame_times(160, 10), frame_times(800, 50)
    rest = np.ones(800, np.float32)
    np.testing.assert_allclose(idle.at(coarse, rest[:160]), idle.at(fine, rest)[::5], atol=1e-6)
    longer = cues(*TALK.phrases.tolist(), (17.0, 19.0), (25.0, 26.0), duration=30.0)
    for seed in range(5):
        first, second = idle_only(TALK, seed=seed), idle_only(longer, seed=seed)
        # The last pause of the shorter one has no room for what it cannot finish.
        same = slice(0, 13 * FPS)
        np.testing.assert_array_equal(second[same], first[same])


def test_amounts() -> None:
    one, two = (idle_only(TALK, amount) for amount in (1.0, 2.0))
    np.testing.assert_allclose(two, 2 * one, atol=1e-6)
    assert feeling_of(TALK, seed=0, settings=AnimationSettings(idle_amount=0)) is None


def test_a_mouth_that_speaks_is_left_to_speech() -> None:
    """Emotions open it in pauses, and not in those within sentences."""
    settings = AnimationSettings(idle_amount=0)
    asked = EmotionDirections((EmotionTag(0, "surprise"),))
    feeling = feeling_of(TALK, seed=0, settings=settings, directions=asked)
    assert feeling is not None
    weights = feeling.at(frame_times(800, FPS))
    jaw, brow = weights[:, JAW], weights[:, ARKIT_INDEX["browInnerUp"]]
    times = np.arange(800) / FPS
    speaking = (times > 1.0) & (times < 5.0)
    assert jaw[speaking].max() < 0.07
    assert jaw[int(10 * FPS)] > 0.2
    assert brow.min() > 0.7
    assert np.abs(np.diff(jaw)).max() * FPS < 2.5


def test_hand_and_voice() -> None:
    nothing = np.zeros(600, np.float32)
    happy = np.zeros((600, 7), np.float32)
    happy[:, 0] = 0.4
    voice = VoiceEmotion(nothing, nothing, happy)
    asked = EmotionDirections((EmotionTag(8.0, "anger"),))
    smile, frown = ARKIT_INDEX["mouthSmileLeft"], ARKIT_INDEX["browDownLeft"]

    def shown(amount: float, directions: EmotionDirections | None = asked) -> np.ndarray:
        settings = AnimationSettings(idle_amount=0, voice_emotion=amount)
        feeling = feeling_of(SILENCE, seed=0, settings=settings, directions=directions, voice=voice)
        return np.zeros((500, 52)) if feeling is None else feeling.at(frame_times(500, 25))

    weights = shown(1)
    assert weights[100, smile] > 0.2
    assert weights[100, frown] == 0
    # From the first tag on the hand decides.
    assert weights[300, smile] == 0
    assert weights[300, frown] > 0.7
    assert shown(2)[100, smile] > 1.7 * weights[100, smile]
    assert shown(0)[100].max() == 0
    assert shown(0, None).max() == 0


def test_tags_of_a_transcript_join_those_of_the_hand() -> None:
    hand, written = EmotionTag(0, "anger"), EmotionTag(2, "fear")
    assert directed(None, ()) is None
    assert directed(None, [written]) == EmotionDirections((written,))
    assert directed(EmotionDirections((hand,)), [written]) == EmotionDirections((hand, written))
