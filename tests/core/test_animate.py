# SPDX-License-Identifier: GPL-3.0-or-later
"""From sound to motion with the network that ships."""

import tracemalloc
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from soliloquy import samples
from soliloquy.core.audio import SAMPLE_RATE, load
from soliloquy.core.errors import AudioError, Cancelled, InputError, ModelError
from soliloquy.core.frame_times import frame_count
from soliloquy.core.generate import AnimationSettings, animate
from soliloquy.core.head import lip_gap_model
from soliloquy.core.phones import BILABIALS
from soliloquy.core.retarget.arkit import (
    ARKIT_INDEX,
    BLINK_NAMES,
    GAZE_NAMES,
    MOUTH_NAMES,
    OPPOSED_PAIRS,
    arkit_indices,
)
from soliloquy.core.runtime import available_providers, load_network, model_names

MOUTH = arkit_indices(MOUTH_NAMES)
JAW = ARKIT_INDEX["jawOpen"]


@pytest.fixture(scope="module")
def speech() -> np.ndarray:
    return load(samples.SOUND)


@pytest.fixture(scope="module")
def motion(speech: np.ndarray):
    return animate([speech], fps=60)


SPEECH_ALONE = AnimationSettings(idle_amount=0, voice_emotion=0)


@pytest.fixture(scope="module")
def spoken_alone(speech: np.ndarray):
    """Without what lies over speech, and differs in time and with the seed."""
    return animate([speech], fps=60, settings=SPEECH_ALONE)


def without_emotion(motion) -> np.ndarray:
    """Weights as they would be if nothing were felt and the face did nothing by itself."""
    return motion.weights - motion.emotion


def test_the_mouth_speaks(motion, speech: np.ndarray) -> None:
    assert len(motion) == frame_count(len(speech) / SAMPLE_RATE, 60)
    assert motion.weights.dtype == np.float32
    assert motion.weights.min() >= 0
    assert motion.weights.max() <= 1
    assert np.ptp(motion.weights[:, JAW]) > 0.15
    assert (motion.weights[:, ARKIT_INDEX["mouthClose"]] <= motion.weights[:, JAW]).all()
    for first, second in OPPOSED_PAIRS:
        assert (
            np.minimum(motion.weights[:, ARKIT_INDEX[first]], motion.weights[:, ARKIT_INDEX[second]]).max()
            == 0
        )


def test_the_jaw_follows_the_sound(motion, speech: np.ndarray) -> None:
    """Loudness is another way to a part of the same truth."""
    centre = (motion.times * SAMPLE_RATE).astype(int)
    loudness = np.array([np.sqrt(np.mean(speech[max(0, c - 800) : c + 800] ** 2)) for c in centre])
    assert np.corrcoef(loudness, motion.weights[:, JAW])[0, 1] > 0.4


def test_a_file_and_its_samples_give_the_same(motion) -> None:
    from_file = animate(samples.SOUND, fps=60)
    for name, array in motion.to_arrays().items():
        assert np.array_equal(from_file.to_arrays()[name], array), name


def test_one_seed_is_equal_to_the_bit_another_moves_all_but_the_mouth(motion, speech: np.ndarray) -> None:
    again = animate([speech], fps=60, seed=0)
    assert again.weights.tobytes() == motion.weights.tobytes()
    assert again.expression.tobytes() == motion.expression.tobytes()
    other = animate([speech], fps=60, seed=1)
    np.testing.assert_allclose(without_emotion(other)[:, MOUTH], without_emotion(motion)[:, MOUTH], atol=1e-6)
    assert not np.array_equal(other.emotion, motion.emotion)
    for names in (BLINK_NAMES, GAZE_NAMES):
        part = arkit_indices(names)
        assert not np.array_equal(other.weights[:, part], motion.weights[:, part])
    for name in ("head_rotation", "head_translation", "gaze"):
        assert getattr(again, name).tobytes() == getattr(motion, name).tobytes()
        assert not np.array_equal(getattr(other, name), getattr(motion, name))


def test_silence_in_front_only_shifts_the_mouth(spoken_alone, speech: np.ndarray) -> None:
    shifted = animate([np.zeros(SAMPLE_RATE, np.float32), speech], fps=60, settings=SPEECH_ALONE)
    difference = shifted.weights[60 : 60 + len(spoken_alone), MOUTH] - spoken_alone.weights[:, MOUTH]
    assert np.abs(difference).max() < 1e-3


@pytest.mark.parametrize("fps", [12, 24, 25, 24000 / 1001, 30000 / 1001, 50, 120])
def test_frames_stay_in_time_at_any_rate(motion, speech: np.ndarray, fps: float) -> None:
    other = animate([speech], fps=fps)
    assert len(other) == frame_count(len(speech) / SAMPLE_RATE, fps)
    expected = np.interp(other.times, motion.times, motion.weights[:, JAW])
    assert np.abs(expected - other.weights[:, JAW]).mean() < 0.01


@pytest.mark.parametrize("level", [0.0, 1e-5])
def test_in_silence_the_mouth_rests_and_the_eyes_blink(level: float) -> None:
    noise = np.random.default_rng(0).normal(0, 1, 30 * SAMPLE_RATE).astype(np.float32) * np.float32(level)
    still = animate([noise], fps=25)
    assert without_emotion(still)[:, MOUTH].max() < 0.06
    assert np.ptp(without_emotion(still)[:, JAW]) < 0.02
    # It breathes, stirs and swallows, with closed lips.
    assert 0.01 < np.abs(still.emotion).max() < 0.2
    assert lip_gap_model().heights(still.weights).max() < lip_gap_model().closed
    blink = still.weights[:, ARKIT_INDEX["eyeBlinkLeft"]]
    assert blink.max() > 0.95
    assert np.array_equal(blink, still.weights[:, ARKIT_INDEX["eyeBlinkRight"]])


@pytest.mark.parametrize("gain", [0.02, 40.0])
def test_very_quiet_and_clipped_speech_still_moves_the_mouth(motion, speech: np.ndarray, gain: float) -> None:
    other = animate([np.clip(speech * np.float32(gain), -1, 1)], fps=60)
    assert np.corrcoef(other.weights[:, JAW], motion.weights[:, JAW])[0, 1] > 0.6


def test_expression_and_weights_tell_the_same_lids(speech: np.ndarray) -> None:
    from soliloquy.core.head import load_head

    motion = animate([speech], fps=60, settings=AnimationSettings(gaze=False, accents=0))
    head = load_head()
    lid_points = [*head.landmarks["eyelid_upper_left"], *head.landmarks["eyelid_lower_left"]]
    basis = head.expression_basis_at(np.array(lid_points))[:, :, 1]
    half = len(lid_points) // 2
    rest = head.template[lid_points, 1]
    height = (rest + motion.expression @ basis).reshape(len(motion), 2, half).mean(axis=2)
    opening = height[:, 0] - height[:, 1]
    blink = motion.weights[:, ARKIT_INDEX["eyeBlinkLeft"]]
    assert np.corrcoef(opening, blink)[0, 1] < -0.97
    assert opening[blink > 0.99].max() < 0.2 * np.median(opening[blink < 0.01])


def test_beta_and_weights_agree_whatever_the_amounts(speech: np.ndarray) -> None:
    from soliloquy.core.head import load_head

    matrix = load_head().arkit_to_expression
    lids = arkit_indices(("eyeBlinkLeft", "eyeBlinkRight"))
    for amounts in (
        AnimationSettings(),
        AnimationSettings(mouth_amount=0),
        AnimationSettings(mouth_amount=1.6),
    ):
        motion = animate([speech], fps=25, settings=amounts)
        open_eyes = motion.weights[:, lids].max(axis=1) == 0
        assert motion.weights[:, arkit_indices(GAZE_NAMES)].max() > 0.1
        difference = (motion.expression - motion.weights @ matrix.T)[open_eyes]
        # What is left is what no ARKit shape can say: the same for all amounts, and small.
        assert np.linalg.norm(difference, axis=1).max() < 0.12


def test_amounts(spoken_alone, motion, speech: np.ndarray) -> None:
    settings = replace(SPEECH_ALONE, mouth_amount=0.5, blink_amount=0, accents=0, gaze=False)
    half = animate([speech], fps=60, settings=settings)
    assert np.abs(half.weights[:, MOUTH] - 0.5 * spoken_alone.weights[:, MOUTH]).max() < 1e-6
    assert half.weights[:, arkit_indices((*BLINK_NAMES, *GAZE_NAMES))].max() == 0
    assert half.gaze.max() == half.gaze.min() == 0
    np.testing.assert_array_equal(half.head_rotation, motion.head_rotation)
    with pytest.raises(InputError, match="mouth_amount is 3"):
        AnimationSettings(mouth_amount=3)


TEXT = (
    "Hello, my name is Soliloquy. Give me a voice, and I will move the lips for you. Pop, boom, fever, "
    "whisper: whatever people say, my mouth will follow every word."
)


def closures(phones) -> list:
    return [phone for phone in phones if phone.name in BILABIALS]


def sealed(motion, phone) -> bool:
    """Whether lips meet in a frame of the sound; half a frame beside it there always is one."""
    heights = lip_gap_model().heights(motion.weights)
    reach = 0.5 / motion.fps + 1e-6
    inside = (motion.times >= phone.start - reach) & (motion.times <= phone.end + reach)
    return bool(heights[inside].min() <= 1e-6)


@pytest.mark.parametrize("fps", [12, 24, 24000 / 1001, 60])
def test_lips_meet_in_every_m_b_p_of_a_transcript(speech: np.ndarray, fps: float) -> None:
    motion = animate([speech], fps=fps, transcript=TEXT)
    found = closures(motion.phones)
    assert len(found) == 14
    assert [sealed(motion, phone) for phone in found] == [True] * 14
    assert [word.text for word in motion.words][:4] == ["Hello", "my", "name", "is"]
    assert motion.notes == () or "not heard" not in " ".join(motion.notes)


def test_articulation_seals_what_the_network_leaves_open(motion, speech: np.ndarray) -> None:
    raw = animate([speech], fps=60, settings=AnimationSettings(articulation=0), phones=True)
    assert raw.phones == motion.phones
    found = closures(motion.phones)
    assert len(found) >= 10
    assert [sealed(motion, phone) for phone in found] == [True] * len(found)
    assert sum(sealed(raw, phone) for phone in found) <= 0.6 * len(found)


def test_articulation_of_0_is_the_network_alone(spoken_alone, speech: np.ndarray) -> None:
    raw, half = (
        animate([speech], fps=60, settings=replace(SPEECH_ALONE, articulation=amount)) for amount in (0, 0.5)
    )
    assert raw.phones == ()
    middle = (raw.weights + spoken_alone.weights) / 2
    assert np.abs(half.weights - middle).max() < 1e-6


@pytest.mark.parametrize("amount", [0.4, 2.0])
def test_lips_meet_whatever_the_amount(speech: np.ndarray, amount: float) -> None:
    settings = AnimationSettings(mouth_amount=amount)
    motion = animate([speech], fps=25, settings=settings, transcript=TEXT)
    assert all(sealed(motion, phone) for phone in closures(motion.phones))


def test_blocks_of_any_size_change_nothing(motion, speech: np.ndarray) -> None:
    split = animate(np.array_split(speech, 37), fps=60)
    assert split.phones == motion.phones
    assert split.weights.tobytes() == motion.weights.tobytes()


def test_a_transcript_without_words_is_refused(speech: np.ndarray) -> None:
    with pytest.raises(InputError, match="no words that can be said"):
        animate([speech], fps=25, transcript="東京")


def test_a_transcript_of_another_sound_changes_nothing_but_the_notes(motion, speech: np.ndarray) -> None:
    other = animate([speech], fps=60, transcript="Seven thunders in the garden window")
    assert other.phones == motion.phones
    assert other.weights.tobytes() == motion.weights.tobytes()
    assert motion.notes == ()
    assert "not of this sound" in other.notes[0]


def test_progress_rises_to_one_and_cancelling_ends(speech: np.ndarray) -> None:
    seen: list[float] = []
    animate(np.array_split(speech, 9), fps=30, duration=len(speech) / SAMPLE_RATE, progress=seen.append)
    assert seen == sorted(seen)
    assert seen[-1] == 1
    assert len(seen) > 5
    with pytest.raises(Cancelled):
        animate(np.array_split(speech, 9), fps=30, cancelled=lambda: len(seen) > 0)


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ([], "no samples"),
        ([np.zeros(500, np.float32)], "less than one frame"),
        ("missing.wav", "missing.wav"),
    ],
)
def test_unusable_sound_is_refused(source, message: str) -> None:
    with pytest.raises(AudioError, match=message):
        animate(source, fps=25)


def test_unknown_models_and_providers_are_refused(tmp_path: Path, speech: np.ndarray) -> None:
    assert "expnet" in model_names()
    assert "cpu" in available_providers()
    with pytest.raises(InputError, match="No model is called 'nobody'"):
        animate([speech], fps=25, model="nobody")
    with pytest.raises(InputError, match="No provider is called 'abacus'"):
        load_network("expnet", providers=["abacus"])
    broken = tmp_path / "broken.onnx"
    broken.write_bytes(b"not a network")
    with pytest.raises(ModelError, match="cannot be loaded"):
        load_network(str(broken))
    with pytest.raises(ModelError, match="is missing"):
        load_network(str(tmp_path / "gone.onnx"))


def test_ten_minutes_need_little_memory(speech: np.ndarray) -> None:
    blocks = (speech for _ in range(round(600 * SAMPLE_RATE / len(speech))))
    tracemalloc.start()
    motion = animate(blocks, fps=30)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert len(motion) > 17_000
    assert peak < 120e6
