# SPDX-License-Identifier: GPL-3.0-or-later
"""Emotions over speech: the sounds come first, and so do blinks."""

import numpy as np
import pytest
from soliloquy import samples
from soliloquy.core.audio import load
from soliloquy.core.frame_times import frame_times
from soliloquy.core.generate import AnimationSettings, animate
from soliloquy.core.generate.articulation import constrain, demands
from soliloquy.core.generate.emotion.directions import EMOTIONS, EmotionDirections, EmotionTag
from soliloquy.core.generate.emotion.layer import TOGETHER
from soliloquy.core.generate.emotion.poses import emotion_poses, mirrored
from soliloquy.core.generate.lid_following import LID_NAMES, feel_lids, lid_travel
from soliloquy.core.generate.speech import SpeechFeatures
from soliloquy.core.generate.styles import style_from
from soliloquy.core.head import lip_gap_model, load_head
from soliloquy.core.motion import Phone
from soliloquy.core.phones import BILABIALS, articulation, phone_labels
from soliloquy.core.retarget.arkit import ARKIT_INDEX, ARKIT_NAMES, GAZE_NAMES, MOUTH_NAMES, arkit_indices

FPS = 60
SPOKEN = (
    Phone("AA", 1.0, 1.2),
    Phone("M", 1.2, 1.28),
    Phone("UW", 1.28, 1.5),
    Phone("P", 1.5, 1.53),
    Phone("AE", 1.53, 1.8),
    Phone("F", 1.8, 1.9),
    Phone("AY", 1.9, 2.2),
)
BLINKS = arkit_indices(("eyeBlinkLeft", "eyeBlinkRight"))
WIDE = arkit_indices(("eyeWideLeft", "eyeWideRight"))
QUIET_FACE = AnimationSettings(idle_amount=0, voice_emotion=0)


def wanted():
    """What an encoder that hears everything rightly asks for."""
    times = np.arange(241) / 80
    labels = phone_labels(SPOKEN, times)
    features = SpeechFeatures(
        np.eye(40, dtype=np.float32)[labels],
        articulation(SPOKEN, times),
        (labels != 39).astype(np.float32),
        np.zeros((241, 2), np.float32),
    )
    return demands(features, 3 * FPS, FPS)


def speech() -> np.ndarray:
    weights = np.zeros((3 * FPS, len(ARKIT_NAMES)), np.float32)
    for name in ("jawOpen", "mouthFunnel", "mouthLowerDownLeft", "mouthLowerDownRight"):
        weights[:, ARKIT_INDEX[name]] = 0.3
    return weights


def felt(emotion: str, *, is_mirrored: bool = False) -> np.ndarray:
    pose = emotion_poses()[EMOTIONS.index(emotion)]
    return np.tile(mirrored(pose) if is_mirrored else pose, (3 * FPS, 1)).astype(np.float32)


def at(second: float) -> int:
    return round(second * FPS)


@pytest.mark.parametrize("emotion", EMOTIONS)
def test_articulation_wins_over_every_emotion(emotion: str) -> None:
    plain = constrain(speech(), wanted())
    result = constrain(speech(), wanted(), emotion=felt(emotion))
    gaps = lip_gap_model().heights(result)
    times = frame_times(3 * FPS, FPS)
    for start, end in ((1.2, 1.28), (1.5, 1.53)):
        assert gaps[(times >= start - 0.04) & (times <= end + 0.04)].min() <= 1e-6
    for middle in (1.1, 1.39, 1.68, 2.05):
        assert gaps[at(middle)] > lip_gap_model().closed
    bite, rounded = result[at(1.85)], result[at(1.39)]
    assert bite[ARKIT_INDEX["mouthRollLower"]] > 0.3
    assert bite[ARKIT_INDEX["jawOpen"]] < 0.1
    assert rounded[ARKIT_INDEX["mouthPucker"]] >= plain[at(1.39), ARKIT_INDEX["mouthPucker"]]
    spread = [name for name in MOUTH_NAMES if name.startswith(("mouthSmile", "mouthStretch", "mouthDimple"))]
    assert rounded[arkit_indices(tuple(spread))].max() < 0.1
    assert result.min() >= 0
    assert result.max() <= 1
    for (first, second), together in TOGETHER.items():
        assert np.minimum(result[:, ARKIT_INDEX[first]], result[:, ARKIT_INDEX[second]]).max() <= together


def test_an_emotion_stays_while_the_mouth_rests() -> None:
    result = constrain(speech(), wanted(), emotion=felt("happiness"))
    np.testing.assert_allclose(result[at(0.3)], felt("happiness")[0], atol=1e-6)


def test_no_emotion_is_no_change_to_the_bit() -> None:
    nothing = np.zeros((3 * FPS, 52), np.float32)
    for strength in (0.0, 0.4, 1.0):
        plain = constrain(speech(), wanted(), strength=strength)
        np.testing.assert_array_equal(
            constrain(speech(), wanted(), strength=strength, emotion=nothing), plain
        )


def test_a_little_emotion_changes_little_of_speech() -> None:
    plain = constrain(speech(), wanted())
    for emotion in EMOTIONS:
        little = constrain(speech(), wanted(), emotion=np.float32(1e-3) * felt(emotion))
        assert np.abs(little - plain).max() < 4e-3


def test_corners_of_a_smile_have_time_to_come_and_go() -> None:
    result = constrain(speech(), wanted(), emotion=felt("happiness"))
    smile = result[:, ARKIT_INDEX["mouthSmileLeft"]]
    assert smile.min() < 0.1
    assert np.abs(np.diff(smile)).max() < 0.25


def test_closed_lids_stay_closed_and_open_ones_feel() -> None:
    closure = np.array([0.0, 0.5, 1.0])
    lids = np.zeros((3, 4), np.float32)
    lids[:, 0::2] = closure[:, None]
    wide, droop = np.full((3, 2), 0.8), np.full((3, 2), 0.3)
    nothing = np.zeros((3, 2))
    opened = feel_lids(lids, closure, wide=wide, closing=nothing)
    np.testing.assert_allclose(opened[2], [1, 0, 1, 0])
    np.testing.assert_allclose(opened[0], [0, 0.8, 0, 0.8], atol=1e-6)
    assert opened[1, 0] == pytest.approx(0.5 - 0.5 * 0.8 * lid_travel().wide)
    drooping = feel_lids(lids, closure, wide=nothing, closing=droop)
    np.testing.assert_allclose(drooping[:, 0], [0.3, 0.5 + 0.5 * 0.15, 1], atol=1e-6)
    for each in (opened, drooping):
        assert (np.minimum(each[:, 0::2], each[:, 1::2]) == 0).all()
        assert each.shape == (3, len(LID_NAMES))
    np.testing.assert_allclose(feel_lids(lids, closure, wide=nothing, closing=nothing), lids, atol=1e-6)


@pytest.fixture(scope="module")
def sound() -> np.ndarray:
    return load(samples.SOUND)


@pytest.fixture(scope="module")
def plain(sound: np.ndarray):
    return animate([sound], fps=FPS, settings=QUIET_FACE)


def feel(sound: np.ndarray, emotion: str, settings: AnimationSettings = QUIET_FACE, **options):
    asked = EmotionDirections((EmotionTag(0, emotion),))
    return animate([sound], fps=FPS, settings=settings, emotions=asked, **options)


@pytest.fixture(scope="module")
def surprised(sound: np.ndarray):
    return feel(sound, "surprise")


def sealed(motion) -> list[bool]:
    gaps = lip_gap_model().heights(motion.weights)
    reach = 0.5 / motion.fps + 1e-6
    return [
        bool(gaps[(motion.times >= p.start - reach) & (motion.times <= p.end + reach)].min() <= 1e-6)
        for p in motion.phones
        if p.name in BILABIALS
    ]


def test_nothing_felt_is_nothing_added(plain) -> None:
    assert plain.emotion is None


def test_emotion_is_what_it_changed(plain, surprised) -> None:
    assert surprised.emotion is not None
    np.testing.assert_allclose(surprised.weights - surprised.emotion, plain.weights, atol=1e-6)
    gaze = arkit_indices(GAZE_NAMES)
    np.testing.assert_array_equal(surprised.weights[:, gaze], plain.weights[:, gaze])
    np.testing.assert_array_equal(surprised.gaze, plain.gaze)


def test_every_m_b_p_of_the_sample_seals_as_without(plain, surprised, sound: np.ndarray) -> None:
    assert sealed(surprised) == sealed(plain)
    for emotion in ("happiness", "fear", "disgust"):
        assert sealed(feel(sound, emotion)) == sealed(plain)


def test_a_blink_closes_eyes_that_were_wide(plain, surprised) -> None:
    blink = plain.weights[:, BLINKS].min(axis=1)
    # Looking down closes a part of the way.
    closed = blink >= blink.max() - 1e-6
    assert blink.max() > 0.9
    np.testing.assert_allclose(surprised.weights[closed][:, BLINKS], plain.weights[closed][:, BLINKS])
    assert surprised.weights[closed][:, WIDE].max() == 0
    assert np.median(surprised.weights[:, WIDE]) > 0.5


def test_beta_follows(plain, surprised) -> None:
    matrix = load_head().arkit_to_expression
    added = surprised.expression - plain.expression
    np.testing.assert_allclose(added, surprised.emotion @ matrix.T, atol=1e-5)


def test_amounts_of_speech_are_none_of_the_emotion(plain, sound: np.ndarray) -> None:
    still = feel(sound, "happiness", AnimationSettings(mouth_amount=0, idle_amount=0, voice_emotion=0))
    moved = feel(sound, "happiness")
    smile = ARKIT_INDEX["mouthSmileLeft"]
    resting = plain.weights[:, arkit_indices(MOUTH_NAMES)].max(axis=1) < 0.01
    assert resting.any()
    np.testing.assert_allclose(still.weights[resting, smile], moved.weights[resting, smile], atol=0.01)
    assert still.weights[resting, smile].min() > 0.3
    assert (still.weights[:, ARKIT_INDEX["mouthClose"]] <= still.weights[:, ARKIT_INDEX["jawOpen"]]).all()


def test_own_lids_feel_too(sound: np.ndarray) -> None:
    quiet = animate([sound], fps=FPS, model="meshtalk", settings=QUIET_FACE)
    wide = feel(sound, "surprise", model="meshtalk")
    assert wide.emotion is not None
    np.testing.assert_allclose(wide.weights - wide.emotion, quiet.weights, atol=1e-6)
    closed = (quiet.weights[:, BLINKS] >= 0.999).all(axis=1)
    assert wide.weights[closed][:, BLINKS].min(initial=1) > 0.99
    assert np.median(wide.weights[:, WIDE]) > 0.5


def test_tags_of_a_transcript_are_felt(sound: np.ndarray) -> None:
    text = (
        "Hello, my name is Soliloquy. [happy] Give me a voice, and I will move the lips for you. Pop, boom, "
        "fever, [angry 0.5] whisper: whatever people say, my mouth will follow every word."
    )
    motion = animate([sound], fps=FPS, settings=QUIET_FACE, transcript=text)
    starts = {word.text: word.start for word in motion.words}
    cheek = motion.weights[:, ARKIT_INDEX["cheekSquintLeft"]]
    brow = motion.emotion[:, ARKIT_INDEX["browDownLeft"]]
    assert motion.emotion[: round((starts["Give"] - 0.2) * FPS)].max() == 0
    assert cheek[round((starts["Give"] + 1) * FPS)] > 0.4
    assert brow[round((starts["whisper"] - 0.2) * FPS)] == 0
    assert 0.3 < brow[round((starts["whisper"] + 1) * FPS)] < 0.55


@pytest.mark.parametrize("emotion", ["anger", "surprise", "happiness"])
@pytest.mark.parametrize(("model", "style"), [("hybrid", "smiling"), ("content", ""), ("meshtalk", "")])
def test_lips_meet_whoever_speaks_and_whatever_is_felt(model, style, emotion):
    """In a style that smiles, with lids and brows of its own, or from what is said alone."""
    pytest.importorskip("onnxruntime")
    motion = animate(
        samples.SOUND,
        fps=60,
        model=model,
        style=style_from(style, model) if style else None,
        emotions=EmotionDirections((EmotionTag(0, emotion),)),
    )
    heights = lip_gap_model().heights(motion.weights)
    spoken = [phone for phone in motion.phones if phone.name in BILABIALS]
    met = [
        heights[int(phone.start * 60) : int(phone.end * 60) + 1].min() < lip_gap_model().closed
        for phone in spoken
    ]
    assert len(met) > 10
    assert all(met)
    assert motion.weights.min() >= 0
    assert motion.weights.max() <= 1
