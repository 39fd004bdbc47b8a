# SPDX-License-Identifier: GPL-3.0-or-later
"""Training on recordings that the test makes itself: a head that speaks a known motion."""

import json
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("torch")

from soliloquy.command_line import main
from soliloquy.core.errors import InputError
from soliloquy.core.generate import AnimationSettings, animate
from soliloquy.core.motion import FaceMotion
from soliloquy.core.motion_files import write_csv
from soliloquy.core.retarget.arkit import ARKIT_INDEX
from soliloquy.core.training import augment
from soliloquy.core.training.captures import Capture, Tracked, read_recordings
from soliloquy.core.training.dataset import make_example
from soliloquy.core.training.fit import (
    INNER_LIP_PAIRS,
    MEDIAPIPE_REGIONS,
    OUTER_EYE_CORNERS,
    RIGID_POINTS,
    fit_weights,
    landmark_model,
    lip_gap,
    mouth_width,
)
from soliloquy.core.training.scores import lag_seconds, score

RATE = 16000


def voice(seconds: float, opening: np.ndarray, fps: float) -> np.ndarray:
    """A buzz whose loudness follows an opening."""
    time = np.arange(int(seconds * RATE)) / RATE
    buzz = sum(np.sin(2 * np.pi * 130 * harmonic * time) / harmonic for harmonic in range(1, 20))
    return (0.2 * buzz * np.interp(time, np.arange(len(opening)) / fps, opening)).astype(np.float32)


def syllables(count: int, fps: float, seed: int) -> np.ndarray:
    random = np.random.default_rng(seed)
    rate = random.uniform(1.5, 3.5)
    return np.clip(np.sin(2 * np.pi * rate * np.arange(count) / fps + random.uniform(0, 6)), 0, 1)


def test_fitting_landmarks_finds_the_motion_that_made_them() -> None:
    model = landmark_model()
    random = np.random.default_rng(0)
    weights = np.zeros((60, 52), np.float32)
    weights[10:, ARKIT_INDEX["jawOpen"]] = 0.4 * syllables(50, 25, 1)
    weights[10:, ARKIT_INDEX["mouthPucker"]] = 0.5 * random.random(50)
    rigid = [point for point in RIGID_POINTS if point not in model.index]
    still = np.random.default_rng(1).normal(0, 0.4, (len(rigid), 3))
    points = model.neutral + np.einsum("fw,wpc->fpc", weights, model.displacement)
    points = np.concatenate([points, np.repeat(still[None], 60, axis=0)], axis=1) * 64
    gap, width = lip_gap(weights), mouth_width(weights)
    capture = Capture(
        "made", "grid", np.zeros(60 * 640, np.float32), 25.0, weights, np.ones(60, bool),
        Tracked(points, np.zeros((60, 3)), (*model.index, *rigid), gap, width, weights),
    )  # fmt: skip
    fitted = fit_weights(capture).weights
    assert np.abs(lip_gap(fitted) - gap).max() < 0.01
    assert np.corrcoef(mouth_width(fitted), width)[0, 1] > 0.98
    assert np.corrcoef(fitted[:, ARKIT_INDEX["jawOpen"]], weights[:, ARKIT_INDEX["jawOpen"]])[0, 1] > 0.95


def test_head_turns_do_not_change_the_fit() -> None:
    rotation = pytest.importorskip("scipy.spatial.transform").Rotation
    from soliloquy.core.training.fit import frontal_points

    model = landmark_model()
    index = (*model.index, *(point for point in RIGID_POINTS if point not in model.index))
    points = np.random.default_rng(0).normal(0, 1, (5, len(index), 3)) * 60
    vectors = np.random.default_rng(1).normal(0, 0.3, (5, 3))
    turned = np.einsum("fij,fpj->fpi", rotation.from_rotvec(vectors).as_matrix(), points) + 100
    tracked = [
        Tracked(moved, turns, index, np.zeros(5), np.zeros(5), np.zeros((5, 52)))
        for moved, turns in ((points, np.zeros((5, 3))), (turned, vectors))
    ]
    assert np.allclose(*(frontal_points(each) for each in tracked), atol=1e-6)


def test_landmark_tables_are_whole() -> None:
    points = [point for region in MEDIAPIPE_REGIONS.values() for point in region]
    assert len(points) == len(set(points)) == 86
    assert {point for pair in INNER_LIP_PAIRS for point in pair} <= set(MEDIAPIPE_REGIONS["lips_inner"])
    assert set(OUTER_EYE_CORNERS) <= set(points)


def test_pressed_lips_of_another_rig_are_closed_on_ours() -> None:
    weights = np.zeros((3, 52), np.float32)
    weights[:, ARKIT_INDEX["jawOpen"]] = 0.2
    weights[1:, ARKIT_INDEX["mouthPressLeft"]] = [0.05, 0.3]
    capture = Capture("a", "facegood", np.zeros(1600, np.float32), 30, weights, np.ones(3, bool))
    gaps = lip_gap(fit_weights(capture).weights)
    assert gaps[0] > gaps[1] > gaps[2]
    assert gaps[2] < 0.01


def test_augmentation_keeps_the_timing() -> None:
    random = np.random.default_rng(0)
    time = np.arange(2 * RATE) / RATE
    click = (np.exp(-(((time - 1.2) * 400) ** 2)) * np.sin(2 * np.pi * 900 * time)).astype(np.float32)
    changes = {
        "room": augment.add_room(click, random),
        "equaliser": augment.equalise(click, random),
        "telephone": augment.telephone(click),
        "noise": augment.add_noise(click, [click], 20, random),
        "pitch": augment.change_pitch(click, 3),
    }
    for name, changed in changes.items():
        assert len(changed) == len(click), name
        assert abs(np.abs(changed).argmax() / RATE - 1.2) < 0.02, name
    faster = augment.change_speed(click, 1.15)
    assert abs(np.abs(faster).argmax() / RATE - 1.2 / 1.15) < 0.005
    assert abs(len(faster) - len(click) / 1.15) <= 1


def test_examples_follow_the_speed() -> None:
    weights = np.zeros((50, 52), np.float32)
    capture = Capture("a", "recordings", np.zeros(2 * RATE, np.float32), 25, weights, np.ones(50, bool))
    assert make_example(capture, speed=1.25).times[-1] == pytest.approx(49 / 25 / 1.25)


def test_lag_is_found_below_a_frame() -> None:
    time = np.arange(200) / 25
    curve = np.sin(2 * np.pi * 1.3 * time) + np.sin(2 * np.pi * 0.7 * time)
    late = time - 0.030
    made = np.sin(2 * np.pi * 1.3 * late) + np.sin(2 * np.pi * 0.7 * late)
    assert lag_seconds([(curve, made)], 25) == pytest.approx(0.030, abs=0.004)
    assert score(curve, made).correlation < 1
    assert np.isnan(score(curve, np.zeros(200)).correlation)


@pytest.fixture(scope="module")
def recordings(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Twelve own recordings of three seconds: Live Link Face and WAV."""
    import soundfile

    folder = tmp_path_factory.mktemp("recordings")
    for number in range(12):
        opening = syllables(90, 30, number)
        motion = FaceMotion.still(90, 30.0)
        motion.weights[:, ARKIT_INDEX["jawOpen"]] = 0.5 * opening
        write_csv(folder / f"line_{number:02}.csv", motion)
        soundfile.write(folder / f"line_{number:02}.wav", voice(3, opening, 30), RATE)
    return folder


def test_own_recordings_are_read(recordings: Path, tmp_path: Path) -> None:
    captures = read_recordings(recordings)
    assert len(captures) == 12
    assert {capture.fps for capture in captures} == {30}
    with pytest.raises(InputError, match="holds no recordings"):
        read_recordings(tmp_path)


def test_training_on_own_recordings_learns_and_goes_on(recordings: Path, tmp_path: Path, capsys) -> None:
    out = tmp_path / "mine.onnx"
    command = ["train", "expnet", "--sets", str(recordings), "--out", str(out), "--variants", "0",
               "--width", "6", "--threads", "1", "--epochs"]  # fmt: skip
    assert main([*command, "10"]) == 0
    assert "recordings jaw" in capsys.readouterr().out
    opening = syllables(90, 30, seed=99)
    # Articulation would rest the mouth: a buzz is no speech.
    alone = AnimationSettings(articulation=0)
    motion = animate([voice(3, opening, 30)], fps=30, model=str(out), settings=alone)
    assert np.corrcoef(motion.weights[:, ARKIT_INDEX["jawOpen"]], opening)[0, 1] > 0.7
    # Finished training is not repeated: the checkpoint says so.
    first = out.read_bytes()
    assert main([*command, "10"]) == 0
    assert out.read_bytes() == first


def test_metadata_names_what_it_was_trained_on() -> None:
    from soliloquy.core.runtime import load_network

    metadata = load_network("expnet").metadata
    assert json.loads(metadata["training"])["sets"][:2] == ["grid", "facegood"]
    assert json.loads(metadata["arkit_names"])[17] == "jawOpen"
    assert float(metadata["fps"]) == 80
