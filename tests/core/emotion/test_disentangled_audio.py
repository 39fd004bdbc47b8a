# SPDX-License-Identifier: GPL-3.0-or-later
"""The disentangled audio model against other ways to the same numbers."""

import json

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from soliloquy.core.generate.emotion.emotion_table import EmotionTable
from soliloquy.core.models.disentangled_audio import (
    HEARD_CHANNELS,
    ContentEncoder,
    DisentangledAudio,
    DisentangledAudioConfig,
    Gaussian,
    Segments,
)
from soliloquy.core.training.disentangled.bound import BoundWeights, bound_terms, surprise
from soliloquy.core.training.disentangled.readout import fit_readout
from soliloquy.core.training.disentangled.segments import Batch
from torch.distributions import Independent, Normal, kl_divergence

CONFIG = DisentangledAudioConfig(
    content=5, emotion=3, sequence=4, width=16, decoder_width=24, dropout=0.0, prior_variance=0.3
)


@pytest.fixture
def model():
    torch.manual_seed(3)
    return DisentangledAudio(CONFIG, visemes=4, emotions=9, sequences=6).eval()


def batch(count=7):
    generator = torch.Generator().manual_seed(1)
    x = Segments(
        torch.randn(count, 16, HEARD_CHANNELS, generator=generator),
        torch.randn(count, 8, 34, generator=generator),
        torch.randn(count, 104, generator=generator),
    )
    shares = EmotionTable().shares(np.linspace(-1, 1, count), np.linspace(0.5, -0.5, count))
    return Batch(x, torch.arange(count) % 4, torch.from_numpy(shares), torch.arange(count) % 6)


def test_divergence_is_that_of_the_distributions():
    torch.manual_seed(0)
    mean, log_variance, other = torch.randn(6, 5), torch.randn(6, 5), torch.randn(6, 5)
    posterior = Independent(Normal(mean, (0.5 * log_variance).exp()), 1)
    prior = Independent(Normal(other, 0.3**0.5 * torch.ones(6, 5)), 1)
    expected = kl_divergence(posterior, prior)
    torch.testing.assert_close(Gaussian(mean, log_variance).divergence(other, 0.3), expected)


def test_bound_is_below_the_likelihood_that_importance_sampling_finds(model):
    """log p(x | mu) from many weighted samples of q is above the bound, which is the mean of single ones."""
    torch.manual_seed(2)
    each = batch(3)
    count = 1000
    with torch.no_grad():
        q = model.posteriors(each.x)
        means = (model.h_c(each.viseme), each.emotion @ model.h_e.weight, model.h_s(each.sequence))
        logs = []
        for _ in range(count):
            z = [latent.drawn() for latent in q]
            log = model.log_likelihood(each.x, torch.cat(z, dim=1))
            for latent, value, mean in zip(q, z, means, strict=True):
                prior = Normal(mean, CONFIG.prior_variance**0.5).log_prob(value).sum(dim=1)
                log = log + prior - latent.log_density(value).sum(dim=1)
            logs.append(log)
        logs = torch.stack(logs).double()
        likelihood = (torch.logsumexp(logs, dim=0) - np.log(count)).mean()
        bounds = []
        for _ in range(120):
            terms = bound_terms(model, each, BoundWeights(likelihood=1.0))
            bounds.append(-sum(float(terms[name]) for name in ("x", "kl_c", "kl_e", "kl_s")))
    assert np.mean(bounds) < likelihood
    assert np.mean(bounds) == pytest.approx(float(logs.mean()), rel=4e-3)


def test_discriminative_objective_is_bayes(model):
    """log p(i | z) under equal priors from the densities themselves."""
    torch.manual_seed(4)
    z, table = torch.randn(5, 3), torch.randn(4, 3)
    densities = torch.stack([Normal(entry, 0.3**0.5).log_prob(z).sum(dim=1).exp() for entry in table], dim=1)
    labels = torch.tensor([0, 1, 2, 3, 1])
    expected = -(densities[torch.arange(5), labels] / densities.sum(dim=1)).log().mean()
    shares = torch.nn.functional.one_hot(labels, 4).float()
    torch.testing.assert_close(surprise(z, table, shares, 0.3), expected)


def test_gradients_reach_every_parameter(model):
    model.train()
    torch.stack(list(bound_terms(model, batch(), BoundWeights()).values())).sum().backward()
    untouched = [name for name, each in model.named_parameters() if each.grad is None or not each.grad.any()]
    assert untouched == []


def test_every_window_of_a_sound_is_as_if_it_were_alone():
    torch.manual_seed(5)
    encoder = ContentEncoder(CONFIG).eval()
    heard = torch.randn(1, 40, HEARD_CHANNELS)
    whole = encoder(heard).mean[0]
    alone = torch.stack([encoder(heard[:, k : k + 16]).mean[0, 0] for k in range(25)])
    torch.testing.assert_close(whole, alone, atol=1e-5, rtol=1e-4)


def test_between_entries_of_the_table_is_read_between_them():
    table = EmotionTable(("anger",))
    assert len(table) == 10
    at_corner = table.shares(np.array(1.0), np.array(-1.0))
    assert at_corner.argmax() == 6
    assert at_corner.max() == 1
    halfway = table.shares(np.array([0.5]), np.array([0.25]))[0]
    places = np.array([(a, v) for a in (-1, 0, 1) for v in (-1, 0, 1)])
    assert halfway[:9] @ places == pytest.approx([0.5, 0.25])
    assert halfway.sum() == pytest.approx(1)
    assert EmotionTable.from_json(table.to_json()) == table


def test_named_posteriors_are_bayes():
    table = EmotionTable(("anger", "neutral"))
    random = np.random.default_rng(0)
    means = random.standard_normal((len(table), 8)).astype(np.float32)
    latents = random.standard_normal((5, 8)).astype(np.float32)
    found = table.name_posterior(latents, means, 0.25)
    densities = [Normal(torch.tensor(mean), 0.5).log_prob(torch.tensor(latents)) for mean in means[9:]]
    logs = torch.stack([density.sum(dim=1) for density in densities], dim=1)
    np.testing.assert_allclose(found, logs.softmax(dim=1), rtol=1e-4)


def test_readout_is_what_was_planted():
    random = np.random.default_rng(1)
    latents, planted = random.standard_normal((80, 4)), random.standard_normal((2, 5))
    asked = latents @ planted[:, :-1].T + planted[:, -1]
    np.testing.assert_allclose(fit_readout(latents, asked), planted, atol=1e-9)
    # What latents say nothing of is read as the mean.
    chance = fit_readout(random.standard_normal((4000, 4)), np.tile([[1.0, 0.0], [-1.0, 0.5]], (2000, 1)))
    np.testing.assert_allclose(chance[:, :-1], 0, atol=0.06)
    np.testing.assert_allclose(chance[:, -1], [0, 0.25], atol=0.06)


def test_weaker_acted_emotion_is_partly_neutral():
    table = EmotionTable(("anger", "neutral"), has_grid=False)
    assert table.share_of("anger", 0.75).tolist() == pytest.approx([0.75, 0.25])
    assert EmotionTable(("anger",), has_grid=False).share_of("anger", 0.5).tolist() == [1.0]
    with pytest.raises(ValueError, match="only names"):
        table.shares(np.zeros(1), np.zeros(1))


def test_written_networks_say_what_torch_says(tmp_path, model):
    pytest.importorskip("onnxruntime")
    from soliloquy.core.runtime import load_network
    from soliloquy.core.training.disentangled.train import write_networks

    table = EmotionTable()
    write_networks(model, tmp_path, table, np.eye(2, 4), {"seed": 0}, ["A corpus: free"], "mark")
    content = load_network(str(tmp_path / "content.onnx"), providers=["cpu"])
    emotion = load_network(str(tmp_path / "emotion.onnx"), providers=["cpu"])
    x = batch().x
    with torch.no_grad():
        wanted = model.posteriors(x)
    found = np.stack([content.run(heard=heard[None].numpy())[0][0, 0] for heard in x.heard])
    np.testing.assert_allclose(found, wanted.content.mean, atol=1e-4)
    z_e, z_s = emotion.run(course=x.course.numpy())
    np.testing.assert_allclose(z_e, wanted.emotion.mean, atol=1e-4)
    np.testing.assert_allclose(z_s, wanted.sequence.mean, atol=1e-4)
    np.testing.assert_allclose(json.loads(emotion.metadata["h_e"]), model.h_e.weight.detach(), atol=1e-4)
    assert json.loads(emotion.metadata["readout"]) == np.eye(2, 4).tolist()
    assert json.loads(emotion.metadata["licences"]) == ["A corpus: free"]
