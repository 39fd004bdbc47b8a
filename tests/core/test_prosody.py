# SPDX-License-Identifier: GPL-3.0-or-later
"""Prosody and cues against tones of known pitch, against librosa, and on the sample of speech."""

import json

import numpy as np
import pytest
from soliloquy import samples
from soliloquy.core.audio import load
from soliloquy.core.generate.cues import SpeechCues, speech_cues
from soliloquy.core.generate.prosody import PROSODY_FPS, Prosody, ProsodyMeter, measure_prosody
from soliloquy.core.runtime import load_network

RATE = 16000


def measure(samples_: np.ndarray, voice: np.ndarray | None = None, block: int = 16000) -> Prosody:
    meter = ProsodyMeter()
    for first in range(0, len(samples_), block):
        meter.push(samples_[first : first + block])
    return meter.finish(np.ones(len(samples_) // 200 + 1, np.float32) if voice is None else voice)


def glide(low: float, high: float, seconds: float) -> np.ndarray:
    """A buzz whose pitch rises evenly in semitones."""
    times = np.arange(int(seconds * RATE)) / RATE
    hertz = low * (high / low) ** (times / seconds)
    phase = 2 * np.pi * np.cumsum(hertz) / RATE
    return (0.1 * sum(np.sin(k * phase) / k for k in range(1, 8))).astype(np.float32)


@pytest.fixture(scope="module")
def spoken() -> tuple[np.ndarray, Prosody]:
    sound = load(samples.SOUND)
    return sound, measure_prosody([sound], load_network("speech_encoder", providers=["cpu"]))


@pytest.mark.parametrize("low", [70, 110, 200, 300])
def test_a_gliding_pitch_is_followed(low):
    prosody = measure(glide(low, low * 1.4, 2.0))
    times = np.arange(len(prosody)) / PROSODY_FPS
    inside = (times > 0.1) & (times < 1.9)
    true = 12 * np.log2(1.4) * (times / 2.0 - 0.5)
    assert np.abs(prosody.pitch - true)[inside].max() < 0.3
    assert prosody.voiced[inside].min() > 0.8


def test_noise_and_silence_have_no_pitch():
    noise = np.random.default_rng(0).normal(scale=0.1, size=RATE).astype(np.float32)
    assert (measure(noise).voiced > 0.5).mean() < 0.02
    still = measure(np.zeros(RATE, np.float32))
    assert not still.voiced.any()
    assert not still.pitch.any()


def test_loudness_is_in_decibels_against_the_speech():
    tone = glide(150, 150.01, 2.0)
    tone[RATE:] *= 0.1
    loudness = measure(tone).loudness
    assert loudness[20:60].mean() - loudness[100:140].mean() == pytest.approx(20, abs=0.3)


def test_a_louder_microphone_changes_nothing(spoken):
    sound, prosody = spoken
    louder = measure(4 * sound, prosody.voice)
    heard = prosody.voice > 0.5
    np.testing.assert_allclose(louder.loudness[heard], prosody.loudness[heard], atol=0.05)
    np.testing.assert_allclose(louder.pitch, prosody.pitch, atol=0.01)


def test_a_recording_with_an_offset_is_heard_as_without(spoken):
    sound, prosody = spoken
    shifted = measure(sound + np.float32(0.1), prosody.voice)
    heard = prosody.voice > 0.5
    np.testing.assert_allclose(shifted.loudness[heard], prosody.loudness[heard], atol=0.05)
    np.testing.assert_allclose(shifted.pitch, prosody.pitch, atol=0.1)


def test_blocks_make_no_difference(spoken):
    sound, prosody = spoken
    for block in (777, 160_000):
        again = measure(sound, prosody.voice, block)
        for name in ("loudness", "pitch", "voiced"):
            np.testing.assert_array_equal(getattr(again, name), getattr(prosody, name))


def test_silence_in_front_only_shifts(spoken):
    sound, prosody = spoken
    later = measure(
        np.concatenate([np.zeros(RATE, np.float32), sound]),
        np.concatenate([np.zeros(PROSODY_FPS, np.float32), prosody.voice]),
    )
    np.testing.assert_allclose(later.pitch[PROSODY_FPS + 40 :], prosody.pitch[40:], atol=1e-3)
    cues, moved = speech_cues(prosody), speech_cues(later)
    np.testing.assert_allclose(moved.accents, cues.accents + 1, atol=1e-6)
    np.testing.assert_allclose(moved.phrases, cues.phrases + 1, atol=1e-6)


def test_pitch_agrees_with_librosa(spoken):
    librosa = pytest.importorskip("librosa")
    sound, prosody = spoken
    hertz, voiced, _ = librosa.pyin(sound, fmin=60, fmax=450, sr=RATE, frame_length=1024, hop_length=200)
    count = min(len(hertz), len(prosody))
    both = voiced[:count] & (prosody.voiced[:count] > 0.3)
    assert both.sum() > 0.8 * voiced[:count].sum()
    away = prosody.pitch[:count][both] - 12 * np.log2(hertz[:count][both])
    away -= np.median(away)
    assert (np.abs(away) < 1.5).mean() > 0.95


def test_phrases_are_where_the_sample_speaks(spoken):
    _, prosody = spoken
    cues = speech_cues(prosody)
    assert cues.duration == pytest.approx(prosody.duration)
    assert len(cues.phrases) >= 2
    times = (np.arange(int(cues.duration * 100)) + 0.5) / 100
    inside = np.searchsorted(cues.phrases.ravel(), times) % 2 == 1
    said = np.zeros(len(times), bool)
    for name, start, end in json.loads(samples.PHONES.read_text(encoding="utf-8")):
        if name != "SIL":
            said |= (times >= start) & (times < end)
    assert (inside & said).sum() / said.sum() > 0.95
    assert (inside == said).mean() > 0.85


def test_accents_are_louder_and_higher_than_what_is_around(spoken):
    _, prosody = spoken
    cues = speech_cues(prosody)
    spoken_seconds = np.diff(cues.phrases, axis=1).sum()
    assert 0.5 < len(cues.accents) / spoken_seconds < 2.5
    assert np.diff(cues.accents).min() >= 0.3
    frames = np.round(cues.accents * PROSODY_FPS).astype(int)
    speech = prosody.voice > 0.5
    assert prosody.loudness[frames].mean() > prosody.loudness[speech].mean() + 3
    assert prosody.pitch[frames].mean() > prosody.pitch[speech].mean()


def test_a_planted_accent_is_found():
    # Ten equal syllables, the sixth of which is louder, longer and higher.
    parts = []
    for number in range(10):
        stressed = number == 5
        length = 0.24 if stressed else 0.15
        hertz = 170 if stressed else 140
        syllable = glide(hertz, hertz * 1.001, length) * (1.8 if stressed else 1.0)
        fade = np.minimum(1, np.arange(len(syllable)) / 400)
        parts += [syllable * fade * fade[::-1], np.zeros(1600, np.float32)]
    begins = sum(len(part) for part in parts[:10]) / RATE
    cues = speech_cues(measure(np.concatenate(parts)))
    assert len(cues.accents) == 1
    assert begins < cues.accents[0] < begins + 0.24


def test_no_speech_gives_no_cues():
    prosody = measure(np.zeros(RATE, np.float32), np.zeros(81, np.float32))
    cues = speech_cues(prosody)
    assert len(cues.phrases) == 0
    assert len(cues.accents) == 0
    np.testing.assert_allclose(cues.pauses, [[0, prosody.duration]])
    assert SpeechCues.none(2.0).pauses.tolist() == [[0.0, 2.0]]
