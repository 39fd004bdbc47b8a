# SPDX-License-Identifier: GPL-3.0-or-later
import numpy as np
import pytest

torch = pytest.importorskip("torch")

from soliloquy.core.audio.mel import SILENCE, log_mel
from soliloquy.core.errors import ModelError
from soliloquy.core.generate.speech import (
    SpeechFeatures,
    hear,
    look_ahead_seconds,
)
from soliloquy.core.models.speech_encoder import SpeechEncoder, SpeechEncoderConfig
from soliloquy.core.runtime import load_network
from soliloquy.core.training.mel_augment import change_mel, warp_matrix
from soliloquy.core.training.speech_encoder import SpeechTrainingOptions, whole_clip, write_encoder

SMALL = SpeechEncoderConfig(bands=(4, 6), width=8, middle=12, embedding=10)


def small_encoder():
    torch.manual_seed(0)
    model = SpeechEncoder(SMALL)
    # Statistics of batch normalisation other than 0 and 1, so that a lost one shows.
    model.train()
    for _ in range(3):
        model(torch.randn(2, model.context + 80, 80) - 3)
    return model.eval()


@pytest.fixture(scope="module")
def network(tmp_path_factory):
    path = tmp_path_factory.mktemp("speech") / "encoder.onnx"
    write_encoder(small_encoder(), path, SpeechTrainingOptions(), ["made up"], "none")
    return load_network(str(path), providers=["cpu"])


def sound(seconds, seed=0):
    random = np.random.default_rng(seed)
    return (0.1 * random.standard_normal(int(seconds * 16000))).astype(np.float32)


def test_a_frame_sees_its_context_and_nothing_else():
    model = small_encoder()
    mel = torch.randn(1, model.context + 40, 80, requires_grad=True)
    model(mel).phones[0, 16:20].sum().backward()
    seen = mel.grad[0].abs().sum(dim=1).nonzero().flatten()
    assert seen.min() >= 16
    assert seen.max() <= 16 + 3 + model.context


def test_gives_one_frame_a_column():
    model = small_encoder()
    mel = log_mel(sound(1.01))
    outputs = whole_clip(model, mel)
    assert outputs.phones.shape == (1, len(mel), 40)
    assert outputs.articulation.shape == (1, len(mel), 6)
    assert outputs.voice.shape == (1, len(mel), 1)
    assert outputs.embedding.shape == (1, len(mel), 10)


def test_streamed_equals_whole(network):
    samples = sound(30.2)
    whole = SpeechFeatures.joined(hear(network, [samples]))
    cuts = np.sort(np.random.default_rng(1).integers(0, len(samples), 40))
    streamed = SpeechFeatures.joined(hear(network, np.split(samples, cuts)))
    assert len(whole) == len(samples) // 200 + 1
    for name in ("phones", "articulation", "voice", "embedding"):
        np.testing.assert_array_equal(getattr(streamed, name), getattr(whole, name))


def test_runs_meet_without_a_seam(network):
    """Twelve seconds a run: what torch makes of the whole sound at once must be the same."""
    model = small_encoder()
    samples = sound(26)
    features = SpeechFeatures.joined(hear(network, [samples]))
    outputs = whole_clip(model, log_mel(samples))
    np.testing.assert_allclose(features.embedding, outputs.embedding[0].numpy(), atol=1e-4)
    np.testing.assert_allclose(features.phones, outputs.phones[0].softmax(dim=1).numpy(), atol=1e-4)


@pytest.mark.parametrize("count", [0, 1, 150, 800, 12345])
def test_short_sounds(network, count):
    features = SpeechFeatures.joined(hear(network, [sound(1)[:count]]))
    assert len(features) == count // 200 + 1
    np.testing.assert_allclose(features.phones.sum(axis=1), 1, atol=1e-5)


def test_silence_in_front_changes_only_the_time(network):
    # The sound begins with silence itself: columns reach 25 ms beyond its ends.
    samples = np.concatenate([np.zeros(1600, np.float32), sound(3)])
    late = np.concatenate([np.zeros(16000, np.float32), samples])
    plain = SpeechFeatures.joined(hear(network, [samples]))
    shifted = SpeechFeatures.joined(hear(network, [late]))
    np.testing.assert_allclose(shifted.embedding[80:], plain.embedding, atol=1e-5)


def test_look_ahead_is_bounded_and_stated(network):
    """What comes later than the stated look-ahead changes nothing."""
    ahead = look_ahead_seconds(network)
    assert 0.3 < ahead < 1.0
    samples = sound(4)
    changed = samples.copy()
    changed[int((1 + ahead) * 16000) + 1 :] = 0.3
    before = SpeechFeatures.joined(hear(network, [samples]))[:81]
    after = SpeechFeatures.joined(hear(network, [changed]))[:81]
    np.testing.assert_array_equal(after.embedding, before.embedding)


def test_export_and_back(network, tmp_path):
    model = small_encoder()
    path = tmp_path / "again.onnx"
    write_encoder(model, path, SpeechTrainingOptions(), ["made up"], "none")
    restored = SpeechEncoder.from_onnx(path)
    mel = torch.randn(1, model.context + 20, 80)
    with torch.no_grad():
        torch.testing.assert_close(restored(mel).embedding, model(mel).embedding)


def test_another_network_is_refused():
    with pytest.raises(ModelError, match="expected speech_encoder"):
        list(hear(load_network("expnet", providers=["cpu"]), [sound(1)]))


def test_warp_moves_bands_up():
    mel = torch.full((1, 1, 80), 0.0)
    mel[..., 40] = 1
    up = mel @ warp_matrix(16)
    assert up[0, 0].argmax() > 42
    torch.testing.assert_close(mel @ warp_matrix(0), mel)


def test_changed_columns_are_seeded_and_stay_above_silence():
    mel = torch.from_numpy(np.stack([log_mel(sound(2, seed)) for seed in range(3)]))
    one = change_mel(mel, np.random.default_rng(5))
    two = change_mel(mel, np.random.default_rng(5))
    torch.testing.assert_close(one, two)
    assert one.min() >= SILENCE
    assert one.shape == mel.shape
    assert not torch.equal(one, mel)


def test_eight_bits_hear_nearly_the_same(tmp_path):
    pytest.importorskip("onnxruntime.quantization")
    from soliloquy.core.training.quantize import quantize_onnx

    model = small_encoder()
    whole, small = tmp_path / "float.onnx", tmp_path / "small.onnx"
    write_encoder(model, whole, SpeechTrainingOptions(), ["made up"], "none")
    mels = [log_mel(sound(4, seed))[None] for seed in range(4)]
    mels = [mel[:, : model.context + 160] for mel in mels]
    quantize_onnx(whole, small, ({"mel": mel} for mel in mels))
    network = load_network(str(small), providers=["cpu"])
    samples = sound(14, 9)
    exact = SpeechFeatures.joined(hear(load_network(str(whole), providers=["cpu"]), [samples]))
    coarse = SpeechFeatures.joined(hear(network, [samples]))
    streamed = SpeechFeatures.joined(hear(network, np.array_split(samples, 7)))
    np.testing.assert_array_equal(streamed.embedding, coarse.embedding)
    assert np.corrcoef(coarse.embedding.ravel(), exact.embedding.ravel())[0, 1] > 0.97
