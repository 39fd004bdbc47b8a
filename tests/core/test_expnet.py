# SPDX-License-Identifier: GPL-3.0-or-later
"""The network in torch, in ONNX, in windows and in one run."""

from pathlib import Path

import numpy as np
import pytest
from soliloquy.core.audio.mel import log_mel, mel_windows
from soliloquy.core.generate.expression import (
    EXPRESSION_FPS,
    FIRST_FRAME_SECONDS,
    SMOOTHING_SECONDS,
    ExpressionTrack,
    generate_expression,
    mel_blocks,
    run_expnet,
)
from soliloquy.core.runtime import WEIGHTS_FOLDER, load_network

torch = pytest.importorskip("torch")


@pytest.fixture(scope="module")
def speech() -> np.ndarray:
    random = np.random.default_rng(0)
    time = np.arange(48000) / 16000
    voice = sum(np.sin(2 * np.pi * 120 * harmonic * time) / harmonic for harmonic in range(1, 30))
    return (voice * np.abs(np.sin(2 * np.pi * 3 * time)) * 0.1 + random.normal(0, 0.003, 48000)).astype(
        np.float32
    )


@pytest.fixture(scope="module")
def model():
    from soliloquy.core.models.expnet import ExpNet

    return ExpNet.from_onnx(WEIGHTS_FOLDER / "expnet.onnx")


def test_onnx_equals_torch(model, speech: np.ndarray) -> None:
    network = load_network("expnet", providers=["cpu"])
    mel = np.concatenate(list(mel_blocks([speech])))
    random = np.random.default_rng(1)
    blink = random.random(len(mel) - 15).astype(np.float32)
    reference = random.normal(0, 0.02, 64).astype(np.float32)
    with torch.no_grad():
        expected = model(*(torch.from_numpy(a)[None] for a in (mel, blink[:, None], reference)))[0].numpy()
    result = run_expnet(network, mel, blink=blink, reference_expression=reference)
    assert np.abs(result - expected).max() < 1e-4
    assert expected.std() > 1e-3


def test_one_run_equals_single_windows(speech: np.ndarray) -> None:
    network = load_network("expnet", providers=["cpu"])
    track = np.concatenate(list(generate_expression(network, [speech])))
    frames = np.arange(0, len(track), 17)
    windows = mel_windows(log_mel(speech), FIRST_FRAME_SECONDS + frames / EXPRESSION_FPS)
    alone = np.concatenate([run_expnet(network, window) for window in windows])
    assert np.abs(track[frames] - alone).max() < 1e-5


def test_blocks_do_not_matter(speech: np.ndarray) -> None:
    network = load_network("expnet", providers=["cpu"])
    whole = np.concatenate(list(generate_expression(network, [np.tile(speech, 11)])))
    pieces = np.array_split(np.tile(speech, 11), [5, 777, 16000, 300_001])
    assert np.abs(np.concatenate(list(generate_expression(network, pieces))) - whole).max() < 1e-6


def test_parts_of_a_track_equal_the_whole_and_are_smooth() -> None:
    random = np.random.default_rng(0)
    track = ExpressionTrack(random.normal(0, 1, (900, 64)).astype(np.float32))
    times = np.arange(700) / 60
    whole = track.at(times)
    parts = np.concatenate([track.at(part) for part in np.split(times, [1, 3, 100, 333, 690])])
    assert np.abs(whole - parts).max() < 1e-5
    on_rows = FIRST_FRAME_SECONDS + np.arange(900) / EXPRESSION_FPS
    filters = pytest.importorskip("scipy.ndimage")
    sigma = SMOOTHING_SECONDS * EXPRESSION_FPS
    expected = filters.gaussian_filter1d(track.expression, sigma, axis=0, truncate=3, mode="nearest")
    assert np.abs(track.at(on_rows) - expected).max() < 1e-5


def test_blink_control_is_linear_and_closes_the_lids(model) -> None:
    from soliloquy.core.training.losses import FaceLosses, LossWeights

    losses = FaceLosses(1.0, torch.ones(8), LossWeights())
    mel = torch.full((1, 18, 80), -5.0)
    with torch.no_grad():
        ratios = []
        tracks = []
        for z in (0.0, 0.5, 1.0):
            tracks.append(model(mel, torch.full((1, 3, 1), z), torch.zeros(1, 64)))
            ratios.append(float(losses.eye_ratio(tracks[-1])[0, 0] / losses.open_ratio))
    assert ratios[0] == pytest.approx(1, abs=0.1)
    assert ratios[1] == pytest.approx(0.5, abs=0.12)
    assert ratios[2] < 0.12
    assert torch.allclose((tracks[0] + tracks[2]) / 2, tracks[1], atol=1e-5)


def test_export_round_trip(tmp_path: Path) -> None:
    from soliloquy.core.models.expnet import ExpNet, ExpNetConfig
    from soliloquy.core.training.expnet import TrainingOptions, write_network

    torch.manual_seed(0)
    small = ExpNet(ExpNetConfig(width=4)).eval()
    write_network(small, tmp_path / "small.onnx", TrainingOptions(), ["grid"], [])
    other = ExpNet.from_onnx(tmp_path / "small.onnx")
    mel = torch.randn(1, 40, 80)
    arguments = (mel, torch.rand(1, 25, 1), torch.randn(1, 64))
    with torch.no_grad():
        assert torch.equal(small(*arguments), other(*arguments))
    network = load_network(str(tmp_path / "small.onnx"))
    assert network.metadata["fps"] == "80.0"
    assert network.metadata["config_width"] == "4"
