# SPDX-License-Identifier: GPL-3.0-or-later
import numpy as np
import pytest

torch = pytest.importorskip("torch")
signal = pytest.importorskip("scipy.signal")

from soliloquy.core.errors import ModelError
from soliloquy.core.generate.speech import SpeechFeatures, hear, look_ahead_seconds, sound_rows
from soliloquy.core.models.mel_speech_encoder import MelSpeechEncoder, MelSpeechEncoderConfig
from soliloquy.core.models.speech_encoder import (
    LocalAttention,
    SpeechEncoder,
    SpeechEncoderConfig,
    resampled_filters,
)
from soliloquy.core.runtime import load_network
from soliloquy.core.training.speech_encoder import SpeechTrainingOptions, whole_clip, write_encoder


def sound(seconds, seed=0):
    random = np.random.default_rng(seed)
    return (0.1 * random.standard_normal(int(seconds * 16000))).astype(np.float32)


def small_encoder(kind):
    torch.manual_seed(0)
    if kind == "mel":
        model = MelSpeechEncoder(MelSpeechEncoderConfig(bands=(4, 6), width=8, middle=12, embedding=10))
        example = torch.randn(2, model.context + 80, 80) - 3
    else:
        sizes = {"layers": 1, "loudness_behind": 40, "loudness_ahead": 8, "width": 8, "embedding": 10}
        model = SpeechEncoder(SpeechEncoderConfig(**sizes))
        # Filters as large as trained ones: what comes out depends on the sound.
        for phase in model.conv1:
            torch.nn.init.normal_(phase.weight, std=0.3)
        example = 0.1 * torch.randn(2, model.context + 64, 200)
    # Statistics of batch normalisation other than 0 and 1, so that a lost one shows.
    model.train()
    for _ in range(3):
        model(example)
    return model.eval()


@pytest.fixture(scope="module", params=["moonshine", "mel"])
def model(request):
    return small_encoder(request.param)


@pytest.fixture(scope="module")
def network(model, tmp_path_factory):
    path = tmp_path_factory.mktemp("speech") / "encoder.onnx"
    write_encoder(model, path, SpeechTrainingOptions(), ["made up"], "none")
    return load_network(str(path), providers=["cpu"])


def rows_of(samples):
    rows = np.concatenate(list(sound_rows([samples])))
    return np.round(rows * 32767).astype(np.int16)


def test_a_frame_sees_its_context_and_nothing_else(model):
    size = 80 if isinstance(model, MelSpeechEncoder) else 200
    rows = 0.1 * torch.randn(1, model.context + 10 * model.stride, size)
    rows.requires_grad_()
    first, last = model.stride, 2 * model.stride
    model(rows).phones[0, first:last].sum().backward()
    seen = rows.grad[0].abs().sum(dim=1).nonzero().flatten()
    assert seen.min() >= first
    assert seen.max() <= last - 1 + model.context


def test_gives_one_frame_a_row(model):
    rows = rows_of(sound(1.01))
    outputs = whole_clip(model, rows)
    assert len(rows) == 81
    assert outputs.phones.shape == (1, len(rows), 40)
    assert outputs.articulation.shape == (1, len(rows), 6)
    assert outputs.voice.shape == (1, len(rows), 1)
    assert outputs.embedding.shape == (1, len(rows), 10)


def test_streamed_equals_whole(network):
    samples = sound(40.2)
    whole = SpeechFeatures.joined(hear(network, [samples]))
    cuts = np.sort(np.random.default_rng(1).integers(0, len(samples), 40))
    streamed = SpeechFeatures.joined(hear(network, np.split(samples, cuts)))
    assert len(whole) == len(samples) // 200 + 1
    for name in ("phones", "articulation", "voice", "embedding"):
        np.testing.assert_array_equal(getattr(streamed, name), getattr(whole, name))


def test_runs_meet_without_a_seam(model, network):
    """What torch makes of the whole sound at once must be the same as what comes in runs."""
    rows = rows_of(sound(36))
    samples = rows.reshape(-1)[: 36 * 16000].astype(np.float32) / np.float32(32767)
    features = SpeechFeatures.joined(hear(network, [samples]))
    outputs = whole_clip(model, rows)
    np.testing.assert_allclose(features.embedding, outputs.embedding[0].numpy(), atol=1e-4)
    np.testing.assert_allclose(features.phones, outputs.phones[0].softmax(dim=1).numpy(), atol=1e-4)


@pytest.mark.parametrize("count", [0, 1, 150, 800, 12345])
def test_short_sounds(network, count):
    features = SpeechFeatures.joined(hear(network, [sound(1)[:count]]))
    assert len(features) == count // 200 + 1
    np.testing.assert_allclose(features.phones.sum(axis=1), 1, atol=1e-5)


def test_silence_in_front_changes_only_the_time(network):
    # The sound begins with silence itself: mel columns reach 25 ms beyond its ends.
    samples = np.concatenate([np.zeros(1600, np.float32), sound(3)])
    late = np.concatenate([np.zeros(16000, np.float32), samples])
    plain = SpeechFeatures.joined(hear(network, [samples]))
    shifted = SpeechFeatures.joined(hear(network, [late]))
    np.testing.assert_allclose(shifted.embedding[80:], plain.embedding, atol=1e-5)


def test_look_ahead_is_bounded_and_stated(network):
    """What comes later than the stated look-ahead changes nothing."""
    ahead = look_ahead_seconds(network)
    assert 0.3 < ahead < 2.0
    samples = sound(6)
    changed = samples.copy()
    changed[int((1 + ahead) * 16000) + 1 :] = 0.3
    before = SpeechFeatures.joined(hear(network, [samples]))[:81]
    after = SpeechFeatures.joined(hear(network, [changed]))[:81]
    np.testing.assert_array_equal(after.embedding, before.embedding)


def test_export_and_back(model, tmp_path):
    path = tmp_path / "again.onnx"
    write_encoder(model, path, SpeechTrainingOptions(), ["made up"], "none")
    restored = type(model).from_onnx(path)
    rows = rows_of(sound(1, 3))
    torch.testing.assert_close(whole_clip(restored, rows).embedding, whole_clip(model, rows).embedding)
    other = SpeechEncoder if isinstance(model, MelSpeechEncoder) else MelSpeechEncoder
    with pytest.raises(ModelError, match="expected a speech_encoder"):
        other.from_onnx(path)


def test_another_network_is_refused():
    with pytest.raises(ModelError, match="expected speech_encoder"):
        list(hear(load_network("expnet", providers=["cpu"]), [sound(1)]))


def test_eight_bits_hear_nearly_the_same(model, network, tmp_path):
    pytest.importorskip("onnxruntime.quantization")
    from soliloquy.core.training.quantize import quantize_onnx

    whole, small = tmp_path / "float.onnx", tmp_path / "small.onnx"
    write_encoder(model, whole, SpeechTrainingOptions(), ["made up"], "none")
    name = model.metadata["input"]

    def example(seed):
        samples = sound(20, seed)[: (model.context + 10 * model.stride) * 200].reshape(1, -1, 200)
        if name == "sound":
            return {name: samples}
        from soliloquy.core.audio.mel import log_mel

        return {name: log_mel(samples.reshape(-1))[None, :-1]}

    rounding = {"exact": ("conv1",), "limits": {"conv2": 9.0}, "split": {"conv3": 0.5}}
    quantize_onnx(whole, small, (example(seed) for seed in range(4)), **(rounding if name == "sound" else {}))
    coarse_network = load_network(str(small), providers=["cpu"])
    samples = sound(34, 9)
    exact = SpeechFeatures.joined(hear(network, [samples]))
    coarse = SpeechFeatures.joined(hear(coarse_network, [samples]))
    streamed = SpeechFeatures.joined(hear(coarse_network, np.array_split(samples, 7)))
    np.testing.assert_array_equal(streamed.embedding, coarse.embedding)
    if name == "sound":  # the other is so small here that its nodes outweigh its weights
        assert small.stat().st_size < 0.7 * whole.stat().st_size
    assert np.corrcoef(coarse.embedding.ravel(), exact.embedding.ravel())[0, 1] > 0.97


def test_resampled_filters_give_what_slowed_sound_gives():
    """Moonshine's filters on sound at 24/25 of the rate, by SciPy, and ours on the sound as it is."""
    random = np.random.default_rng(0)
    # Filters that leave alone what either rate cannot hold.
    low_pass = signal.firwin(31, 6000, fs=16000)
    filters = signal.lfilter(low_pass, 1, np.pad(random.standard_normal((5, 97)), ((0, 0), (0, 30))))
    samples = random.standard_normal(16000)
    slowed = signal.resample_poly(samples, 24, 25, window=("kaiser", 12.0))
    wanted = np.stack([np.correlate(slowed, row, "valid")[::64] for row in filters], axis=1)
    rows = np.pad(samples, (16, 184)).reshape(-1, 200)
    pairs = np.concatenate([rows[:-1], rows[1:, :97]], axis=1)
    phases = zip(resampled_filters(filters), (0, 67, 133), strict=True)
    found = np.stack([pairs[:, first : first + 164] @ rows.T for rows, first in phases], axis=1)
    found = found.reshape(-1, 5)
    inner = slice(5, 200)
    np.testing.assert_allclose(found[inner], wanted[inner], atol=0.02 * wanted.std())


def test_attention_equals_one_masked_over_everything():
    torch.manual_seed(0)
    attention = LocalAttention(24, 8)
    x = torch.randn(2, 96, 288)
    angles = torch.arange(96)[:, None, None] * 10000.0 ** (-torch.arange(0, 32, 2) / 32)
    turns = torch.stack([angles.cos(), angles.sin()])

    def turned(y):
        pairs = torch.view_as_complex(torch.stack([y[..., :16], y[..., 16:32]], dim=4).contiguous())
        product = pairs * torch.polar(torch.ones_like(angles), angles)
        return torch.cat([product.real, product.imag, y[..., 32:]], dim=3).transpose(1, 2)

    queries, keys, values = (
        project(x).unflatten(2, (8, 36)) for project in (attention.q_proj, attention.k_proj, attention.v_proj)
    )
    distance = torch.arange(96) - torch.arange(96)[:, None]
    mask = (distance >= -24) & (distance <= 8)
    whole = torch.nn.functional.scaled_dot_product_attention(
        turned(queries), turned(keys), values.transpose(1, 2), attn_mask=mask
    )
    wanted = attention.dense(whole.transpose(1, 2).flatten(2))[:, 24:-8]
    torch.testing.assert_close(attention(x, turns), wanted, atol=1e-5, rtol=1e-4)
