# SPDX-License-Identifier: GPL-3.0-or-later
"""VAST's three networks: encoder, enhancer and decoder, before anything is learnt."""

import math

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from soliloquy.core.generate.sound_frames import stretches
from soliloquy.core.models.style.config import StyleConfig
from soliloquy.core.models.style.decoder import CHANNELS, HybridDecoder
from soliloquy.core.models.style.encoder import StyleEncoder
from soliloquy.core.models.style.enhancer import StyleEnhancer, divergence, drawn_start, reflect

CONFIG = StyleConfig(encoder_width=24, reflections=3, width=16, dilations=(1, 2, 4), memory=8)
CODE = CONFIG.code


@pytest.fixture(autouse=True)
def _one_thread():
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    torch.manual_seed(0)
    yield
    torch.set_num_threads(before)


def set_up(network):
    """With everything having its say, biases and units too."""
    for parameter in network.parameters():
        torch.nn.init.normal_(parameter, std=0.2)
    if hasattr(network, "expression_mean"):
        torch.nn.init.normal_(network.expression_mean)
        torch.nn.init.uniform_(network.expression_scale, 0.5, 2)
    return network.eval()


def test_a_reflection_is_its_own_inverse_and_keeps_lengths():
    code, vector = torch.randn(2, 50, CODE, dtype=torch.float64)
    mirrored = reflect(code, vector)
    assert torch.allclose(reflect(mirrored, vector), code, atol=1e-12)
    assert torch.allclose(mirrored.norm(dim=1), code.norm(dim=1), atol=1e-12)
    # What lies along the vector turns round, what lies across it stays.
    assert torch.allclose(reflect(vector, vector), -vector, atol=1e-12)
    across = code - (code * vector).sum(1, keepdim=True) / (vector**2).sum(1, keepdim=True) * vector
    assert torch.allclose(reflect(across, vector), across, atol=1e-12)
    # How long the vector is does not matter.
    assert torch.allclose(reflect(code, 7 * vector), mirrored, atol=1e-12)


def test_a_reflection_is_the_printed_matrix():
    """H = I - 2 v v' / |v|^2 (Tomczak and Welling, 2016)."""
    code, vector = torch.randn(2, CODE, dtype=torch.float64)
    matrix = torch.eye(CODE, dtype=torch.float64) - 2 * torch.outer(vector, vector) / vector.square().sum()
    assert torch.allclose(reflect(code[None], vector[None])[0], matrix @ code, atol=1e-12)


def test_the_flow_keeps_volumes():
    """Equation 7: the sum of log |det dH/dz| over the K steps is 0, by autograd's Jacobian."""
    enhancer = set_up(StyleEnhancer(CONFIG)).double()
    features = torch.randn(1, CONFIG.encoder_width, dtype=torch.float64)
    for start in torch.randn(5, 1, CODE, dtype=torch.float64):

        def flow(z):
            return enhancer(z[None], features)[0]

        jacobian = torch.autograd.functional.jacobian(flow, start[0])
        assert torch.linalg.det(jacobian).item() == pytest.approx((-1) ** CONFIG.reflections, abs=1e-9)
        assert torch.linalg.slogdet(jacobian).logabsdet.item() == pytest.approx(0, abs=1e-9)
        assert flow(start[0]).norm().item() == pytest.approx(start.norm().item(), abs=1e-9)


def test_the_flow_goes_by_the_features():
    """v_1 comes from the encoder's features and each v_k from the one before, by a plain loop."""
    enhancer = set_up(StyleEnhancer(CONFIG))
    assert len(enhancer.vectors) == CONFIG.reflections
    start, features = torch.randn(4, CODE), torch.randn(4, CONFIG.encoder_width)
    for number in range(4):
        z, v = start[number].detach().numpy(), features[number].numpy()
        for layer in enhancer.vectors:
            v = layer.weight.detach().numpy() @ v + layer.bias.detach().numpy()
            z = z - 2 * v * (v @ z) / (v @ v)
        assert enhancer(start, features)[number].detach().numpy() == pytest.approx(z, abs=1e-4)


def test_divergence_is_what_is_drawn_says():
    """E_q[log q(z_0) - log p(z_K)] through the K steps, by drawing."""
    enhancer = set_up(StyleEnhancer(CONFIG))
    means, log_variances = 0.8 * torch.randn(3, CODE), 0.7 * torch.randn(3, CODE) - 0.5
    closed = divergence(means, log_variances)
    count = 60_000
    for number in range(3):
        mean, log_variance = (each[number].expand(count, -1) for each in (means, log_variances))
        features = torch.randn(1, CONFIG.encoder_width).expand(count, -1)
        with torch.no_grad():
            start = drawn_start(mean, log_variance)
            end = enhancer(start, features)
        of_posterior = -0.5 * ((start - mean) ** 2 / log_variance.exp() + log_variance).sum(1)
        of_prior = -0.5 * end.square().sum(1)
        # Both normal densities have the same constant, and the steps' log-determinants are 0.
        difference = of_posterior - of_prior
        error = difference.std().item() / math.sqrt(count)
        assert closed[number].item() == pytest.approx(difference.mean().item(), abs=5 * error)
        assert 5 * error < 0.02 * closed[number].item()
    assert divergence(torch.zeros(1, CODE), torch.zeros(1, CODE)).item() == 0


def test_what_is_drawn_has_the_posteriors_moments():
    mean, log_variance = torch.randn(1, CODE), torch.randn(1, CODE)
    drawn = drawn_start(mean.expand(40_000, -1), log_variance.expand(40_000, -1))
    assert torch.allclose(drawn.mean(dim=0), mean[0], atol=0.06)
    assert torch.allclose(drawn.var(dim=0).log(), log_variance[0], atol=0.06)


def test_the_encoder_takes_any_length():
    encoder = set_up(StyleEncoder(CONFIG))
    for frames in (1, 2, 50, 3000):
        mean, log_variance, features = encoder(torch.randn(2, frames, 64))
        assert mean.shape == log_variance.shape == (2, CODE)
        assert features.shape == (2, CONFIG.encoder_width)
        assert torch.isfinite(torch.cat([mean, log_variance], dim=1)).all()
    # A variance is neither nothing nor endless, whatever is shown.
    wild = encoder(1e4 * torch.randn(2, 30, 64))[1]
    assert wild.min() >= -8
    assert wild.max() <= 2


def test_what_comes_first_hardly_matters():
    """Statistics over all frames: sentences in another order, and the same ones twice, are one style, while
    other motion is not."""
    encoder = set_up(StyleEncoder(CONFIG))
    sentences = [torch.randn(1, frames, 64).cumsum(1) / 5 for frames in (60, 75, 90)]
    code = encoder(torch.cat(sentences, dim=1))[0]
    turned = encoder(torch.cat(sentences[::-1], dim=1))[0]
    twice = encoder(torch.cat([*sentences, *sentences], dim=1))[0]
    other = encoder(2 * torch.cat(sentences, dim=1))[0]
    apart = (code - other).norm()
    assert (code - turned).norm() < 0.05 * apart
    assert (code - twice).norm() < 0.05 * apart


def columns_for(frames: int, reach: int) -> tuple["torch.Tensor", "torch.Tensor"]:
    positions = 3.2 * torch.arange(frames)
    return torch.rand(1, int(positions[-1]) + 2 + 2 * reach, CHANNELS), positions[None]


def test_the_neutral_code_does_nothing_whatever_the_styles_weights():
    decoder = set_up(HybridDecoder(CONFIG))
    columns, positions = columns_for(20, CONFIG.reach)

    def said(code):
        return decoder(columns, positions, code, decoder.start(1))[0]

    nothing, something = torch.zeros(1, CODE), torch.randn(1, CODE)
    neutral, styled = said(nothing), said(something)
    with torch.no_grad():
        for stage in decoder.stages:
            stage.style.weight.normal_(std=10)
        decoder.offset.weight.normal_(std=10)
        # The recurrence hears the code in its last columns.
        decoder.memory.weight_ih_l0[:, CONFIG.width :].normal_(std=10)
    assert torch.equal(said(nothing), neutral)
    assert (said(something) - styled).abs().max() > 1
    assert (styled - neutral).abs().max() > 0.01


@pytest.mark.parametrize("cuts", [(1, 2), (7, 20), (30, 59)])
def test_a_stream_with_its_state_is_the_same_as_the_whole(cuts):
    decoder = set_up(HybridDecoder(CONFIG))
    frames, reach = 60, CONFIG.reach
    columns, positions = columns_for(frames, reach)
    code = torch.randn(1, CODE)
    with torch.no_grad():
        whole, last = decoder(columns, positions, code, decoder.start(1))
        state, made = decoder.start(1), []
        for first, end in zip((0, *cuts), (*cuts, frames), strict=True):
            begin, stop = int(positions[0, first]), int(positions[0, end - 1]) + 2
            rows = columns[:, begin : stop + 2 * reach]
            part, state = decoder(rows, positions[:, first:end] - begin, code, state)
            made.append(part)
    assert torch.allclose(torch.cat(made, dim=1), whole, atol=1e-5)
    assert torch.allclose(state, last, atol=1e-5)


def test_streaming_as_the_generator_does_is_the_same_as_the_whole():
    """Through `stretches`, with columns that come in odd parts, against all columns at once."""
    decoder = set_up(HybridDecoder(CONFIG))
    reach, heard = CONFIG.reach, np.random.default_rng(0).random((1100, CHANNELS)).astype(np.float32)
    code = torch.randn(1, CODE)
    frames = int((len(heard) - 1) / 3.2) + 1
    padded = np.pad(heard, ((reach, reach + 1), (0, 0)), mode="edge")
    with torch.no_grad():
        whole, _ = decoder(
            torch.from_numpy(padded)[None], 3.2 * torch.arange(frames)[None], code, decoder.start(1)
        )
        state, made = decoder.start(1), []
        for stretch in stretches(np.array_split(heard, 37), 25.0, reach, frames=41):
            part, state = decoder(
                torch.from_numpy(stretch.columns)[None],
                torch.from_numpy(stretch.positions)[None],
                code,
                state,
            )
            made.append(part)
    assert torch.allclose(torch.cat(made, dim=1), whole, atol=1e-3)


def test_reach_is_what_a_frame_hears_beside_its_memory():
    """The convolutions' part, by its gradient: the two columns around a frame and `reach` on either side."""
    decoder = set_up(HybridDecoder(CONFIG))
    with torch.no_grad():
        decoder.posture.weight.zero_()
    assert CONFIG.reach == 7
    assert StyleConfig().reach == 31
    columns, positions = columns_for(30, CONFIG.reach)
    columns.requires_grad_(True)
    frame = 12
    said = decoder(columns, positions, torch.randn(1, CODE), decoder.start(1))[0]
    (slope,) = torch.autograd.grad(said[0, frame].sum(), columns)
    used = (slope[0].abs().sum(dim=1) > 0).nonzero().flatten()
    base = int(positions[0, frame])
    assert used.min() >= base
    assert used.max() <= base + 1 + 2 * CONFIG.reach
    assert len(used) > CONFIG.reach


def test_sizes_travel_with_the_file():
    assert StyleConfig.from_json(CONFIG.to_json()) == CONFIG
