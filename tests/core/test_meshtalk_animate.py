# SPDX-License-Identifier: GPL-3.0-or-later
"""From sound to a performance with the MeshTalk that ships."""

from itertools import combinations

import numpy as np
import pytest
from soliloquy import samples
from soliloquy.core.audio import SAMPLE_RATE, load
from soliloquy.core.errors import InputError, ModelError
from soliloquy.core.frame_times import frame_count
from soliloquy.core.generate import AnimationSettings, animate
from soliloquy.core.generate.blink import generate_blinks
from soliloquy.core.generate.cues import speech_cues
from soliloquy.core.generate.gaze import Gaze
from soliloquy.core.generate.lids import blink_rate, find_blinks
from soliloquy.core.generate.prosody import measure_prosody
from soliloquy.core.head import lip_gap_model, load_head
from soliloquy.core.phones import BILABIALS
from soliloquy.core.retarget.arkit import ARKIT_INDEX, BLINK_NAMES, arkit_indices
from soliloquy.core.runtime import WEIGHTS_FOLDER, load_network

LIDS = arkit_indices(("eyeBlinkLeft", "eyeBlinkRight"))
FPS = 30.0
SEEDS = (0, 1, 2)


@pytest.fixture(scope="module")
def speech() -> np.ndarray:
    """Half a minute: the sample three times."""
    return np.tile(load(samples.SOUND), 3)


@pytest.fixture(scope="module")
def takes(speech: np.ndarray):
    return [animate([speech], fps=FPS, model="meshtalk", seed=seed) for seed in SEEDS]


def lip_gaps(weights: np.ndarray) -> np.ndarray:
    """(F,) metres between the middles of the inner lips."""
    return lip_gap_model().heights(weights)


def test_there_is_a_frame_for_each_moment_of_the_sound(takes, speech: np.ndarray) -> None:
    for take in takes:
        assert len(take) == frame_count(len(speech) / SAMPLE_RATE, FPS)
        assert take.weights.min() >= 0
        assert take.weights.max() <= 1
        assert np.isfinite(take.expression).all()


def test_mouths_of_two_seeds_agree_and_lids_do_not(takes) -> None:
    for one, other in combinations(takes, 2):
        gaps = lip_gaps(one.weights), lip_gaps(other.weights)
        assert np.corrcoef(*gaps)[0, 1] > 0.9
        lids = one.weights[:, LIDS[0]], other.weights[:, LIDS[0]]
        assert np.corrcoef(*lids)[0, 1] < 0.6
    times = [tuple(event.peak for event in find_blinks(take.weights[:, LIDS].max(1), FPS)) for take in takes]
    assert len(set(times)) == len(takes)


def test_the_same_seed_gives_the_same_performance(takes, speech: np.ndarray) -> None:
    again = animate(iter(np.array_split(speech, 7)), fps=FPS, model="meshtalk", seed=1)
    assert np.abs(again.weights - takes[1].weights).max() < 1e-4


def test_lips_seal_and_rest(takes) -> None:
    """What the phones ask for is seen, whoever made the mouth."""
    for take in takes:
        gap = lip_gaps(take.weights)
        closures = [phone for phone in take.phones if phone.name in BILABIALS and phone.end > phone.start]
        sealed = [
            gap[max(0, round((phone.start - 0.04) * FPS)) : round((phone.end + 0.04) * FPS) + 1].min()
            < lip_gap_model().closed
            for phone in closures
        ]
        assert np.mean(sealed) > 0.9
        assert gap.max() > 5e-3


def test_exactly_one_source_owns_the_lids(speech: np.ndarray, takes) -> None:
    """Blinks of the seed's generator, or those that were performed; never both."""
    drawn = animate(
        [speech],
        fps=FPS,
        model="meshtalk",
        seed=2,
        settings=AnimationSettings(drawn_blinks=True, gaze=False, accents=0, idle_amount=0, voice_emotion=0),
    )
    prosody = measure_prosody([speech], load_network("speech_encoder", providers=["cpu"]))
    expected = generate_blinks(
        len(drawn), FPS, seed=2, cues=speech_cues(prosody), gaze=Gaze.ahead(len(drawn))
    )
    others = [index for index in arkit_indices(BLINK_NAMES) if index not in LIDS]
    assert np.array_equal(drawn.weights[:, LIDS], np.stack([expected, expected], axis=1))
    assert (drawn.weights[:, others] == 0).all()
    # The mouth is the same performance.
    jaw = ARKIT_INDEX["jawOpen"]
    performed = takes[2].weights - takes[2].emotion
    assert np.abs(drawn.weights[:, jaw] - performed[:, jaw]).max() < 1e-6

    minutes = len(takes[2]) / FPS / 60
    own = takes[2].weights[:, LIDS].max(axis=1)
    assert len(find_blinks(own, FPS)) <= max(1, 17 * minutes + 1)
    # No blink stands where only the other source has one.
    only_drawn = (expected > 0.9) & (own < 0.1)
    assert only_drawn.any()


def test_blinks_come_as_often_as_asked(speech: np.ndarray) -> None:
    rates = {}
    for rate in (0, 8, 60):
        settings = AnimationSettings(blinks_per_minute=rate)
        motion = animate([speech], fps=FPS, model="meshtalk", seed=1, settings=settings)
        rates[rate] = blink_rate(motion.weights[:, LIDS].max(axis=1), FPS)
    assert rates[0] == 0
    assert rates[8] <= 10  # four or five in half a minute
    assert rates[60] >= rates[8]


def test_blinks_that_were_taken_away_are_told(speech: np.ndarray) -> None:
    settings = AnimationSettings(blinks_per_minute=0, sampling="lively")
    motion = animate([speech], fps=FPS, model="meshtalk", seed=1, settings=settings)
    assert any("blinked" in note for note in motion.notes)


def test_the_whole_mesh_and_the_shape_keys_tell_the_same(takes) -> None:
    """Vertices from beta against vertices from the ARKit weights of the same frames."""
    head, take = load_head(), takes[0]
    for frame in range(0, len(take), 60):
        by_beta = head.vertices(beta=take.expression[frame])
        by_weights = head.template + head.displacement(take.weights[frame])
        skin = head.spans["skin"]
        assert np.abs(by_beta - by_weights)[skin].max() < 4e-3
    lids = take.weights[:, LIDS[0]]
    closed = int(np.argmax(lids))
    upper, lower = head.landmarks["eyelid_upper_left"], head.landmarks["eyelid_lower_left"]

    def opening(positions: np.ndarray) -> float:
        return float((positions[upper] - positions[lower])[:, 1].mean())

    left = opening(head.vertices(beta=take.expression[closed])) / opening(head.template)
    assert left < 1 - 0.7 * lids[closed]


def test_somebody_else_moves_alike(speech: np.ndarray, takes) -> None:
    head = load_head()
    alpha = (np.random.default_rng(3).normal(size=80) * head.identity_spread).astype(np.float32)
    other = animate([speech], fps=FPS, model="meshtalk", seed=0, identity=alpha)
    assert np.corrcoef(lip_gaps(other.weights), lip_gaps(takes[0].weights))[0, 1] > 0.98
    frames = head.vertices(alpha, other.expression[:3])
    assert frames.shape == (3, head.vertex_count, 3)
    with pytest.raises(InputError, match="identity"):
        animate([speech], fps=FPS, model="meshtalk", identity=alpha[:5])


def test_style_changes_the_performance(speech: np.ndarray, takes) -> None:
    lively = animate(
        [speech], fps=FPS, model="meshtalk", seed=0, settings=AnimationSettings(sampling="lively")
    )
    assert np.abs(lively.weights - takes[0].weights).max() > 0.05
    with pytest.raises(InputError, match="sampling style"):
        AnimationSettings(sampling="wild")


def test_a_file_of_the_folder_stands_for_all_of_them(speech: np.ndarray) -> None:
    folder = WEIGHTS_FOLDER / "meshtalk"
    by_name, by_folder, by_file = (
        animate([speech[:32000]], fps=FPS, model=model, seed=5)
        for model in ("meshtalk", str(folder), str(folder / "sampler.onnx"))
    )
    assert np.array_equal(by_name.weights, by_folder.weights)
    assert np.array_equal(by_name.weights, by_file.weights)


def test_an_empty_folder_is_no_model(tmp_path, speech: np.ndarray) -> None:
    with pytest.raises(ModelError, match=r"audio\.onnx"):
        animate([speech[:32000]], fps=FPS, model=str(tmp_path))
