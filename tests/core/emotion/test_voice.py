# SPDX-License-Identifier: GPL-3.0-or-later
"""What is heard of a voice: the same whatever the blocks, the level and the speaker's pause."""

import json

import numpy as np
import pytest
from soliloquy import samples
from soliloquy.core.audio import SAMPLE_RATE, load
from soliloquy.core.audio.mel import log_mel
from soliloquy.core.errors import InputError, ModelError
from soliloquy.core.generate import AnimationSettings, animate
from soliloquy.core.generate.content import CONTENT_FILE, DISENTANGLED_FOLDER
from soliloquy.core.generate.emotion.directions import EMOTIONS
from soliloquy.core.generate.emotion.emotion_table import EmotionTable
from soliloquy.core.generate.emotion.voice import (
    VoiceEmotion,
    VoiceMeter,
    emotion_network,
    feel,
    named_intensities,
    plane_intensities,
)
from soliloquy.core.generate.emotion.voice_frames import (
    CONTEXT_CHANNELS,
    VOICE_MEL,
    phone_change,
    segment_count,
    voice_context,
    voice_frames,
)
from soliloquy.core.generate.prosody import Prosody, ProsodyMeter
from soliloquy.core.runtime import Network


def vowel(seconds: float, pitch: float, *, tilt: float = -6.0) -> np.ndarray:
    """(n,) harmonics whose level falls by `tilt` dB an octave."""
    times = np.arange(int(seconds * SAMPLE_RATE)) / SAMPLE_RATE
    numbers = np.arange(1, int(7000 / pitch))
    sizes = 10 ** (tilt * np.log2(numbers) / 20)
    return (
        0.05 * (sizes[:, None] * np.sin(2 * np.pi * pitch * numbers[:, None] * times)).sum(axis=0)
    ).astype(np.float32)


def heard(sound: np.ndarray, voice: np.ndarray | None = None) -> tuple[np.ndarray, np.ndarray, Prosody]:
    meter = ProsodyMeter()
    meter.push(sound)
    count = len(sound) // 200 + 1
    prosody = meter.finish(np.ones(count, np.float32) if voice is None else voice)
    frames = voice_frames(log_mel(sound, VOICE_MEL), prosody)
    phones = np.eye(40, dtype=np.float32)[np.arange(count) // 15 % 2]
    return frames, voice_context(frames, prosody, phone_change(phones)), prosody


def test_level_makes_no_difference():
    sound = vowel(2, 150)
    _, quiet, _ = heard(0.05 * sound)
    _, loud, _ = heard(sound)
    np.testing.assert_allclose(quiet, loud, atol=0.02)


def test_blocks_make_no_difference():
    sound = vowel(2.03, 180)
    frames, course, prosody = heard(sound)
    meter = VoiceMeter()
    for block in np.array_split(sound, 17):
        meter.push(block)
    phones = np.eye(40, dtype=np.float32)[np.arange(len(prosody)) // 15 % 2]
    np.testing.assert_array_equal(meter.course(prosody, phones), course)
    assert course.shape == (segment_count(len(frames)), CONTEXT_CHANNELS)


def test_course_says_what_was_put_into_the_sound():
    _, low, _ = heard(vowel(3, 120))
    _, high, _ = heard(vowel(3, 240))
    middle = len(low) // 2
    assert low[middle, 32] == pytest.approx(np.log2(1.2), abs=0.03)
    assert high[middle, 32] - low[middle, 32] == pytest.approx(1, abs=0.03)
    _, dark, _ = heard(vowel(3, 120, tilt=-12))
    slope = low[middle, 24] - low[middle, 8]
    assert slope - (dark[middle, 24] - dark[middle, 8]) > 0.3
    # Phones change every 15 frames of 80 a second.
    assert low[middle, -2] == pytest.approx(80 / 15, rel=0.1)
    assert low[middle, -1] == 1


def narrow(sound: np.ndarray, highest: float) -> np.ndarray:
    """What a file of few samples a second has of a sound."""
    spectrum = np.fft.rfft(sound)
    spectrum[np.fft.rfftfreq(len(sound), 1 / SAMPLE_RATE) > highest] = 0
    return np.fft.irfft(spectrum, len(sound)).astype(np.float32)


@pytest.mark.parametrize(("highest", "kept"), [(4000, 23), (5500, 27)])
def test_what_a_file_leaves_out_is_no_darker_voice(highest, kept):
    """Bands above go with those below."""
    sound = vowel(3, 120)
    _, whole, _ = heard(sound)
    filled, cut, _ = heard(narrow(sound, highest))
    middle = len(whole) // 2
    np.testing.assert_allclose(cut[middle, :kept], whole[middle, :kept], atol=0.02)
    assert np.abs(cut[middle, kept:32] - whole[middle, kept:32]).max() < 0.6
    assert filled[60:-60, 31].min() > -3


def test_a_dull_voice_stays_dull():
    frames = [heard(vowel(3, 120, tilt=tilt))[0] for tilt in (-9, -12)]
    # Three decibels an octave, over nearly six octaves from the lowest harmonic.
    assert np.median(frames[0][:, 31] - frames[1][:, 31]) == pytest.approx(0.88, abs=0.1)


def test_a_voice_over_a_narrow_line_feels_what_it_feels():
    """The sample feels nothing in particular, and no less so where all above 4 kHz is missing."""
    motion = animate([narrow(load(samples.SOUND), 4000)], fps=25, settings=AnimationSettings(idle_amount=0))
    assert motion.emotion is None or np.abs(motion.emotion).max() < 0.05


def test_statistics_are_those_of_the_spoken_frames():
    """Mean and deviation against NumPy's over exactly those frames."""
    sound = vowel(4, 140) * np.repeat([1, 0.2, 1, 0.5], SAMPLE_RATE).astype(np.float32)
    voice = np.ones(len(sound) // 200 + 1, np.float32)
    voice[100:180] = 0
    frames, course, prosody = heard(sound, voice)
    segment = 17
    rows = slice(segment * 4 - 60, segment * 4 + 61)
    spoken = prosody.voice[np.minimum(np.arange(len(frames)) * 2, len(prosody) - 1)] > 0.5
    inside = frames[rows][spoken[rows]].astype(np.float64)
    np.testing.assert_allclose(course[segment, 5], inside[:, 5].mean(), atol=1e-4)
    np.testing.assert_allclose(course[segment, 34 + 5], inside[:, 5].std(), atol=1e-4)
    np.testing.assert_allclose(course[segment, -1], spoken[rows].mean(), atol=1e-6)


def test_silence_says_nothing():
    count = 160
    prosody = Prosody(*(np.zeros(count, np.float32) for _ in range(4)))
    frames = voice_frames(log_mel(np.zeros(count * 200 - 200, np.float32), VOICE_MEL), prosody)
    course = voice_context(frames, prosody, np.zeros(count))
    assert np.isfinite(course).all()
    felt = feel(network_of(lambda course: course[:, :2] + 9), course)
    assert not felt.intensities.any()
    assert not felt.arousal.any()
    assert not felt.valence.any()


class _Session:
    def __init__(self, encode):
        self._encode = encode

    def run(self, _, inputs):
        latents = self._encode(inputs["course"]).astype(np.float32)
        return [latents, latents]


def network_of(encode, names=()):
    """A network whose latents are arousal and valence, ten times as large."""
    table = EmotionTable(names)
    places = [[10.0 * a, 10.0 * v] for a in (-1, 0, 1) for v in (-1, 0, 1)]
    places += [[10.0 * number, 100.0] for number in range(len(names))]
    metadata = {
        "model": "disentangled_audio",
        "part": "emotion",
        "table": table.to_json(),
        "h_e": json.dumps(places),
        "readout": "[[0.1, 0, 0], [0, 0.1, 0]]",
        "prior_variance": "0.25",
    }
    return Network(_Session(encode), metadata, "cpu")


def spoken_course(count=60):
    course = np.zeros((count, CONTEXT_CHANNELS), np.float32)
    course[:, -1] = 1
    return course


@pytest.mark.parametrize(
    ("arousal", "valence", "emotion"),
    [(0.9, 0.8, "happiness"), (0.9, -0.9, "anger"), (-0.9, -0.8, "sadness")],
)
def test_latents_become_emotions(arousal, valence, emotion):
    felt = feel(
        network_of(lambda course: np.tile([10 * arousal, 10 * valence], (len(course), 1))), spoken_course()
    )
    assert felt.arousal[30] == pytest.approx(arousal, abs=0.1)
    assert felt.valence[30] == pytest.approx(valence, abs=0.1)
    assert EMOTIONS[felt.intensities[30].argmax()] == emotion
    assert felt.intensities[30].max() > 0.5


def test_named_emotions_go_before_the_plane():
    network = network_of(
        lambda course: np.tile([10.0, 100.0], (len(course), 1)), ("anger", "fear", "neutral")
    )
    felt = feel(network, spoken_course())
    assert EMOTIONS[felt.intensities[30].argmax()] == "fear"
    assert felt.intensities[30].sum() == pytest.approx(1, abs=1e-3)
    neutral = network_of(
        lambda course: np.tile([20.0, 100.0], (len(course), 1)), ("anger", "fear", "neutral")
    )
    assert felt.at(np.array([3.0]))[0, EMOTIONS.index("fear")] > 0.9
    assert feel(neutral, spoken_course()).intensities.max() < 0.01


@pytest.mark.parametrize(
    ("posterior", "anger", "fear"),
    [
        ([1 / 3, 1 / 3, 1 / 3], 0, 0),
        ([0.45, 0.1, 0.45], 0, 0),
        ([0.5, 0.5, 0], 0.25, 0.25),
        ([1, 0, 0], 1, 0),
    ],
)
def test_a_voice_that_could_be_anything_shows_nothing(posterior, anger, fear):
    felt = named_intensities(("anger", "fear", "neutral"), np.array([posterior]))
    expected = np.zeros(len(EMOTIONS))
    expected[[EMOTIONS.index("anger"), EMOTIONS.index("fear")]] = anger, fear
    np.testing.assert_allclose(felt[0], expected, atol=1e-6)
    assert not named_intensities(("anger",), np.ones((1, 1))).any()


def test_one_segment_is_no_feeling():
    """A tenth of a second that sounds otherwise changes little."""

    def encode(course):
        latents = np.zeros((len(course), 2))
        latents[30] = (10, -10)
        return latents

    assert feel(network_of(encode), spoken_course()).intensities.max() < 0.05


def test_plane_is_continuous_and_bounded():
    axis = np.linspace(-1, 1, 201)
    arousal, valence = (each.ravel() for each in np.meshgrid(axis, axis))
    felt = plane_intensities(arousal, valence).reshape(201, 201, len(EMOTIONS))
    assert felt.min() >= 0
    assert felt.max() <= 1
    assert np.abs(np.diff(felt, axis=0)).max() < 0.03
    assert np.abs(np.diff(felt, axis=1)).max() < 0.03
    assert not plane_intensities(np.array([0.1]), np.array([-0.1])).any()


def test_before_and_after_the_sound_the_ends_hold():
    felt = VoiceEmotion(np.zeros(2), np.zeros(2), np.array([[0.2] * 7, [0.6] * 7], np.float32))
    assert felt.at(np.array([-1.0, 0.05, 9.0]))[:, 0].tolist() == pytest.approx([0.2, 0.4, 0.6])


def test_another_network_is_refused_before_anything_is_heard():
    def sound():
        raise AssertionError("listened")
        yield

    other = str(DISENTANGLED_FOLDER / CONTENT_FILE)
    with pytest.raises(
        ModelError,
        match=r"is 'disentangled_audio content', expected the emotion encoder of disentangled_audio",
    ):
        animate(sound(), fps=25, settings=AnimationSettings(emotion_model=other))
    with pytest.raises(InputError, match="No emotion network is called 'my_feelings': expected disentangled"):
        animate(sound(), fps=25, settings=AnimationSettings(emotion_model="my_feelings"))


def test_the_folder_of_a_training_will_do():
    network = emotion_network(str(DISENTANGLED_FOLDER))
    assert network.metadata == emotion_network("disentangled_audio").metadata


def test_a_long_sound_goes_like_each_of_its_stretches():
    """Minutes are taken one after the other; around a segment nothing tells where one ended."""
    random = np.random.default_rng(2)
    count = 3 * 60 * 80
    voice = (np.sin(np.arange(count) / 90) > -0.3).astype(np.float32)
    prosody = Prosody(
        np.zeros(count, np.float32),
        np.zeros(count, np.float32),
        random.random(count).astype(np.float32),
        voice,
    )
    frames = random.normal(size=(count // 2, 34)).astype(np.float32)
    change = random.random(count)
    whole = voice_context(frames, prosody, change)
    for second in (58, 60, 118, 121):
        # A stretch that begins and ends far from the segments that are looked at.
        rows, fast = slice((second - 8) * 40, (second + 8) * 40), slice((second - 8) * 80, (second + 8) * 80)
        near = Prosody(*(getattr(prosody, name)[fast] for name in ("loudness", "pitch", "voiced", "voice")))
        part = voice_context(frames[rows], near, change[fast])
        np.testing.assert_allclose(whole[(second - 4) * 10 : (second + 4) * 10], part[40:120], atol=1e-4)
