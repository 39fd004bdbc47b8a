# SPDX-License-Identifier: GPL-3.0-or-later
"""The network in torch, in ONNX, in windows and in one run."""

from pathlib import Path

import numpy as np
import pytest
from soliloquy.core.audio.mel import log_mel, mel_windows
from soliloquy.core.errors import InputError, ModelError
from soliloquy.core.generate.expression import (
    EXPRESSION_FPS,
    FIRST_FRAME_SECONDS,
    SMOOTHING_SECONDS,
    ExpressionTrack,
    generate_expression,
    lid_response,
    run_expnet,
)
from soliloquy.core.generate.expression_inputs import INPUT_CHANNELS, input_names, padded_inputs
from soliloquy.core.generate.generators import ExpNetGenerator
from soliloquy.core.generate.one_pass import run_networks
from soliloquy.core.generate.speech import SpeechFeatures, hear
from soliloquy.core.runtime import WEIGHTS_FOLDER, load_network

torch = pytest.importorskip("torch")

MEL = WEIGHTS_FOLDER.parent / "evaluation" / "networks" / "expnet_grid.onnx"
"""A trained network that takes mel columns alone, from before there was a choice."""


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

    return ExpNet.from_onnx(MEL)


def test_onnx_equals_torch(model, speech: np.ndarray) -> None:
    network = load_network(str(MEL), providers=["cpu"])
    mel = padded_inputs(["mel"], speech, None)["mel"]
    random = np.random.default_rng(1)
    blink = random.random(len(mel) - 15).astype(np.float32)
    reference = random.normal(0, 0.02, 64).astype(np.float32)
    with torch.no_grad():
        expected = model(*(torch.from_numpy(a)[None] for a in (mel, blink[:, None], reference)))[0].numpy()
    result = run_expnet(network, {"mel": mel}, blink=blink, reference_expression=reference)
    assert np.abs(result - expected).max() < 1e-4
    assert expected.std() > 1e-3


def test_one_run_equals_single_windows(speech: np.ndarray) -> None:
    network = load_network(str(MEL), providers=["cpu"])
    track = np.concatenate(list(generate_expression(network, [speech])))
    frames = np.arange(0, len(track), 17)
    windows = mel_windows(log_mel(speech), FIRST_FRAME_SECONDS + frames / EXPRESSION_FPS)
    alone = np.concatenate([run_expnet(network, {"mel": window}) for window in windows])
    assert np.abs(track[frames] - alone).max() < 1e-5


def test_blocks_do_not_matter(speech: np.ndarray) -> None:
    network = load_network(str(MEL), providers=["cpu"])
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


@pytest.fixture(scope="module")
def listening(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Untrained networks by what they take."""
    from soliloquy.core.models.expnet import ExpNet, ExpNetConfig
    from soliloquy.core.training.expnet import TrainingOptions, write_network

    folder = tmp_path_factory.mktemp("networks")
    paths = {}
    for inputs in ("phones", "phones+embedding", "mel+phones"):
        torch.manual_seed(0)
        model = ExpNet(ExpNetConfig(width=4, inputs=inputs, heard_width=8)).eval()
        paths[inputs] = folder / f"{inputs}.onnx"
        write_network(model, paths[inputs], TrainingOptions(), ["grid"], [], "speech_encoder")
    return paths


def test_a_network_names_what_it_takes(listening: dict[str, Path], speech: np.ndarray) -> None:
    from soliloquy.core.models.expnet import ExpNet

    for inputs, path in listening.items():
        network = load_network(str(path), providers=["cpu"])
        assert "+".join(input_names(network)) == inputs
        encoder = load_network("speech_encoder", providers=["cpu"])
        rows = padded_inputs(input_names(network), speech, encoder)
        assert {name: row.shape for name, row in rows.items()} == {
            name: (48000 // 200 + 1 + 16, INPUT_CHANNELS[name]) for name in inputs.split("+")
        }
        model = ExpNet.from_onnx(path)
        with torch.no_grad():
            frames = len(rows["phones"]) - 15
            arguments = [torch.from_numpy(rows[name])[None] for name in model.input_names]
            expected = model(*arguments, torch.zeros(1, frames, 1), torch.zeros(1, 64))[0].numpy()
        assert np.abs(run_expnet(network, rows) - expected).max() < 1e-4
        assert expected.std() > 1e-4


def test_blocks_do_not_matter_for_what_is_heard(listening: dict[str, Path], speech: np.ndarray) -> None:
    """Streamed equals whole, the encoder listens once for both, and what it heard comes out too."""
    encoder = load_network("speech_encoder", providers=["cpu"])
    sound = np.tile(speech, 11)
    heard = SpeechFeatures.joined(hear(encoder, [sound]))
    for path in (*listening.values(), MEL, WEIGHTS_FOLDER / "expnet.onnx"):
        network = load_network(str(path), providers=["cpu"])
        whole = np.concatenate(list(generate_expression(network, [sound], encoder=encoder)))
        assert len(whole) == len(sound) // 200 + 2
        track, features = run_networks(
            ExpNetGenerator(network), encoder, iter(np.array_split(sound, [7, 4000, 300_001]))
        )
        assert np.abs(track.expression - whole).max() < 1e-5
        assert features is not None
        assert np.abs(features.phones - heard.phones).max() < 1e-3
        assert np.abs(features.articulation - heard.articulation).max() < 1e-3


def test_encoders_are_not_mixed_up(listening: dict[str, Path], speech: np.ndarray) -> None:
    from dataclasses import replace

    encoder = load_network("speech_encoder", providers=["cpu"])
    other = replace(encoder, metadata=encoder.metadata | {"training": "another"})
    both = load_network(str(listening["phones+embedding"]), providers=["cpu"])
    phones = load_network(str(listening["phones"]), providers=["cpu"])
    for network in (both, phones):
        with pytest.raises(ModelError, match="listens through the speech encoder"):
            next(generate_expression(network, [speech]))
    with pytest.raises(ModelError, match="another speech encoder"):
        next(generate_expression(both, [speech], encoder=other))
    # Phones mean the same whoever hears them.
    next(generate_expression(phones, [speech], encoder=other))


def test_unknown_inputs_are_named() -> None:
    from soliloquy.core.models.expnet import ExpNet, ExpNetConfig

    for inputs in ("mel+pitch", "mel+mel", ""):
        with pytest.raises(InputError, match="expected some of mel, phones, embedding"):
            ExpNet(ExpNetConfig(inputs=inputs))


def test_lids_answer_whatever_the_network_takes(listening: dict[str, Path], speech: np.ndarray) -> None:
    encoder = load_network("speech_encoder", providers=["cpu"])
    for path in (*listening.values(), WEIGHTS_FOLDER / "expnet.onnx"):
        network = load_network(str(path), providers=["cpu"])
        rows = padded_inputs(input_names(network), speech, encoder)
        opened = run_expnet(network, rows)
        closed = run_expnet(network, rows, blink=np.ones(len(opened), np.float32))
        assert np.abs(closed - opened - lid_response(network)).max() < 1e-5
