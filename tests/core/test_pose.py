# SPDX-License-Identifier: GPL-3.0-or-later
"""Head motion: joined windows, seams, drift, styles and seeds."""

from dataclasses import replace

import numpy as np
import pytest
from soliloquy import samples
from soliloquy.core.audio import load
from soliloquy.core.errors import InputError, ModelError
from soliloquy.core.generate.cues import SpeechCues, speech_cues
from soliloquy.core.generate.pose import OVERLAP, generate_pose, joined_windows
from soliloquy.core.generate.pose_sound import POSE_FEATURES, POSE_FPS, pose_sound
from soliloquy.core.generate.pose_styles import STYLE_FIGURES
from soliloquy.core.generate.prosody import PROSODY_FPS, Prosody, measure_prosody
from soliloquy.core.generate.settings import HEAD_STYLES
from soliloquy.core.runtime import load_network

WINDOW = 32


@pytest.fixture(scope="module")
def network():
    return load_network("pose_vae", providers=["cpu"])


@pytest.fixture(scope="module")
def sample() -> tuple[Prosody, SpeechCues]:
    prosody = measure_prosody([load(samples.SOUND)], load_network("speech_encoder", providers=["cpu"]))
    return prosody, speech_cues(prosody)


def long(prosody: Prosody, seconds: float) -> tuple[Prosody, SpeechCues]:
    """The same said over and over."""
    count = int(seconds * PROSODY_FPS)
    names = ("loudness", "pitch", "voiced", "voice")
    whole = Prosody(*(np.resize(getattr(prosody, name), count) for name in names))
    return whole, speech_cues(whole)


def angular_velocity(rotation: np.ndarray, fps: float) -> np.ndarray:
    """Degrees a second (F - 1, 3), of the relative rotations."""
    from scipy.spatial.transform import Rotation

    heads = Rotation.from_euler("YXZ", rotation.astype(np.float64) * (1, -1, 1))
    return np.degrees((heads[:-1].inv() * heads[1:]).as_rotvec()) * fps


def figures(rotation: np.ndarray, fps: float) -> tuple[float, float]:
    """Spread in degrees within stretches of 10 s, and mean speed in degrees a second."""
    length = int(10 * fps)
    parts = [rotation[first : first + length] for first in range(0, len(rotation) - length + 1, length)]
    spread = np.mean([np.degrees(part.std(axis=0)).mean() for part in parts])
    return float(spread), float(np.linalg.norm(angular_velocity(rotation, fps), axis=1).mean())


def test_windows_begin_where_those_before_them_are():
    random = np.random.default_rng(0)
    firsts = []

    def decode(latent, sound, style, first):
        firsts.append(first[0].copy())
        steps = random.normal(size=(len(first), WINDOW, 6)).astype(np.float32)
        steps[:, 0] = 0
        return first[:, None] + np.cumsum(steps, axis=1)

    sound = np.zeros((200 + WINDOW, 6), np.float32)
    poses = joined_windows(decode, sound, number=1, styles=3, window=WINDOW, latent=4, seed=0)
    assert poses.shape == (200, 6)
    assert not firsts[0].any()
    for number, first in enumerate(firsts):
        np.testing.assert_array_equal(poses[number * (WINDOW - OVERLAP)], first)


def test_windows_that_agree_are_left_as_they_are():
    """Where every window says the same, joining changes nothing."""
    truth = np.sin(np.arange(400)[:, None] * np.linspace(0.05, 0.1, 6)).astype(np.float32)
    truth -= truth[:1]
    at = iter(range(0, 400, WINDOW - OVERLAP))

    def decode(latent, sound, style, first):
        start = next(at)
        return np.repeat(truth[None, start : start + WINDOW], len(first), axis=0)

    sound = np.zeros((300 + WINDOW, 6), np.float32)
    poses = joined_windows(decode, sound, number=0, styles=1, window=WINDOW, latent=4, seed=0)
    np.testing.assert_allclose(poses, truth[:300], atol=1e-6)


def test_of_the_windows_drawn_the_one_that_goes_on_is_taken():
    """One candidate goes on with the speed that the head has, the others turn back."""
    slope = np.arange(WINDOW, dtype=np.float32)[None, :, None] * np.ones((1, 1, 6), np.float32)

    def decode(latent, sound, style, first):
        ways = -np.ones((len(first), 1, 1), np.float32)
        ways[2] = 1
        return first[:, None] + slope * (1 if not first.any() else ways)

    sound = np.zeros((100 + WINDOW, 6), np.float32)
    poses = joined_windows(decode, sound, number=0, styles=1, window=WINDOW, latent=4, seed=0)
    np.testing.assert_allclose(poses, np.arange(100)[:, None] * np.ones((1, 6)), rtol=1e-5)


def test_features_show_what_they_are_named_for(sample):
    prosody, cues = sample
    count = int(cues.duration * POSE_FPS)
    features = dict(zip(POSE_FEATURES, pose_sound(prosody, cues, count).T, strict=True))
    times = np.arange(count) / POSE_FPS
    speaks = np.searchsorted(cues.phrases.ravel(), times) % 2 == 1
    assert features["voice"][speaks].mean() > 0.9 > 0.4 > features["voice"][~speaks].mean()
    assert features["loudness"][speaks].mean() > features["loudness"][~speaks].mean() + 0.3
    for moment, strength in zip(cues.accents, cues.strengths, strict=True):
        assert features["accent"][round(moment * POSE_FPS)] > 0.8 * strength
    starts = np.ceil(cues.phrases[:, 0] * POSE_FPS).astype(int)
    assert (features["phrase_start"][starts] > 0.9).all()


@pytest.mark.parametrize("style", HEAD_STYLES)
def test_each_style_moves_as_far_and_as_fast_as_it_says(network, sample, style):
    prosody, cues = long(sample[0], 120)
    count = 120 * POSE_FPS
    told = STYLE_FIGURES[style]
    found = []
    for seed in range(3):
        rotation, _ = generate_pose(prosody, cues, count, POSE_FPS, style=style, seed=seed, network=network)
        found.append(figures(rotation, POSE_FPS))
    spread, speed = np.mean(found, axis=0)
    # Reading's figures are those within sentences of 3 s; in 10 s a head gets farther.
    assert 0.7 * told.spread_degrees < spread < (2.2 if told.is_captured else 1.4) * told.spread_degrees
    assert 0.6 * told.speed_degrees < speed < 1.4 * told.speed_degrees


def test_no_seam_is_larger_than_motion_elsewhere(network, sample):
    prosody, cues = long(sample[0], 300)
    count = 300 * POSE_FPS
    rotation, translation = generate_pose(
        prosody, cues, count, POSE_FPS, style="conversation", seed=1, network=network
    )
    velocity = angular_velocity(rotation, POSE_FPS)
    speed = np.linalg.norm(velocity, axis=1)
    acceleration = np.linalg.norm(np.diff(velocity, axis=0), axis=1)
    seams = np.arange(WINDOW - OVERLAP, count - 2, WINDOW - OVERLAP)
    at_seam = np.zeros(count, bool)
    at_seam[(seams[:, None] + np.arange(-1, OVERLAP + 1)).ravel()] = True
    for values, width in ((speed, count - 1), (acceleration, count - 2)):
        seam, within = values[at_seam[:width]], values[~at_seam[:width]]
        assert np.percentile(seam, 99) < 1.25 * np.percentile(within, 99)
        assert seam.mean() < 1.15 * within.mean()
    assert np.abs(np.diff(translation, axis=0)).max() < 0.004


@pytest.mark.parametrize("style", ["reading", "lively"])
def test_an_hour_does_not_drift(network, sample, style):
    prosody, cues = long(sample[0], 3600)
    rotation, translation = generate_pose(prosody, cues, 3600 * 25, 25, style=style, seed=2, network=network)
    sixths = np.degrees(rotation).reshape(6, -1, 3)
    spread = sixths.std(axis=1).mean(axis=0)
    # Ten minutes hold some two hundred postures: their mean strays by less than a fifth of the spread.
    assert (np.abs(sixths.mean(axis=1) - sixths.mean(axis=(0, 1))) < 0.25 * spread).all()
    assert np.abs(np.degrees(rotation)).max() < 12 * STYLE_FIGURES[style].spread_degrees
    assert np.abs(translation).max() < 0.05


@pytest.mark.parametrize("fps", [12, 23.976, 60, 120])
def test_the_frame_rate_only_samples_the_motion(network, sample, fps):
    prosody, cues = sample
    arguments = {"style": "lively", "seed": 5, "network": network}
    fine, _ = generate_pose(prosody, cues, 1001, 100, **arguments)
    count = int(9 * fps)
    rotation, translation = generate_pose(prosody, cues, count, fps, **arguments)
    assert rotation.shape == translation.shape == (count, 3)
    assert rotation.dtype == np.float32
    times = np.arange(count) / fps
    for axis in range(3):
        expected = np.interp(times, np.arange(1001) / 100, fine[:, axis])
        np.testing.assert_allclose(rotation[:, axis], expected, atol=np.radians(0.05))


def test_a_longer_sound_begins_as_the_shorter_one(network, sample):
    prosody, cues = sample
    twice, more = long(prosody, 2 * cues.duration)
    arguments = {"style": "conversation", "seed": 0, "network": network}
    short, _ = generate_pose(prosody, cues, 200, 25, **arguments)
    same, _ = generate_pose(twice, more, 400, 25, **arguments)
    np.testing.assert_allclose(same[:200], short, atol=1e-5)


def test_seeds_and_styles_differ_and_one_seed_does_not(network, sample):
    prosody, cues = sample

    def made(style: str, seed: int) -> np.ndarray:
        return generate_pose(prosody, cues, 240, 24, style=style, seed=seed, network=network)[0]

    np.testing.assert_array_equal(made("calm", 1), made("calm", 1))
    for other in (made("calm", 2), made("calm", -1), made("lively", 1)):
        assert np.degrees(np.abs(other - made("calm", 1)).mean()) > 0.2


def test_a_clip_begins_in_the_neutral_pose(network, sample):
    prosody, cues = sample
    rotation, translation = generate_pose(prosody, cues, 10, 24, style="lively", seed=3, network=network)
    assert not rotation[0].any()
    assert not translation[0].any()


def test_a_head_is_calmer_where_nobody_speaks(network, sample):
    prosody, _ = sample
    names = ("loudness", "pitch", "voiced", "voice")
    still = np.zeros(20 * PROSODY_FPS, np.float32)
    rests = {"loudness": still - 40}
    whole = Prosody(*(np.concatenate([getattr(prosody, name), rests.get(name, still)]) for name in names))
    speaking, silent = [], []
    for seed in range(8):
        rotation, _ = generate_pose(
            whole, speech_cues(whole), 700, 25, style="conversation", seed=seed, network=network
        )
        speed = np.linalg.norm(angular_velocity(rotation, 25), axis=1)
        speaking.append(speed[:240].mean())
        silent.append(speed[325:].mean())
        # It comes to rest without a jerk.
        assert speed[240:325].max() < 60
    assert np.mean(silent) < 0.5 * np.mean(speaking)


def test_one_frame_and_silence_are_moved_too(network):
    still = Prosody(*(np.zeros(9, np.float32) for _ in range(4)))
    rotation, _ = generate_pose(still, speech_cues(still), 1, 24, style="calm", seed=0, network=network)
    assert rotation.shape == (1, 3)
    assert np.isfinite(rotation).all()


def test_other_networks_and_styles_are_refused(network, sample):
    prosody, cues = sample
    with pytest.raises(ModelError, match="expected pose_vae"):
        generate_pose(
            prosody, cues, 10, 24, style="calm", seed=0, network=load_network("expnet", providers=["cpu"])
        )
    with pytest.raises(InputError, match="no head style 'wild'"):
        generate_pose(prosody, cues, 10, 24, style="wild", seed=0, network=network)
    deaf = replace(network, metadata=network.metadata | {"features": "loudness"})
    with pytest.raises(ModelError, match="hears loudness"):
        generate_pose(prosody, cues, 10, 24, style="calm", seed=0, network=deaf)
