# SPDX-License-Identifier: GPL-3.0-or-later
"""MeshTalk's networks: who may see whom, two ways to the same numbers, and what is drawn."""

from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("onnx")

from soliloquy.core.errors import InputError, ModelError
from soliloquy.core.generate.generators import ExpNetGenerator, load_generator
from soliloquy.core.generate.mesh import draw_labels, frame_codes, load_meshtalk, move
from soliloquy.core.generate.sampling import STYLES, Sampling
from soliloquy.core.generate.settings import SAMPLING_STYLES
from soliloquy.core.head import load_head
from soliloquy.core.models.meshtalk.autoencoder import MeshTalk
from soliloquy.core.models.meshtalk.autoregressive import Autoregressive
from soliloquy.core.models.meshtalk.config import CONFIGS, MeshTalkConfig
from soliloquy.core.models.meshtalk.fusion import categories
from soliloquy.core.models.meshtalk.mesh_space import (
    BasisSpace,
    VertexSpace,
    combined_regions,
)
from soliloquy.core.models.meshtalk.sampler import Sampler, draw
from soliloquy.core.training.meshtalk.export import write_networks
from soliloquy.core.training.meshtalk.network import new_network

SMALL = MeshTalkConfig(heads=5, classes=7, width=12, projection=16, head_channels=4, dilations=(1, 2))


@pytest.fixture(autouse=True)
def _one_thread():
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    torch.manual_seed(0)
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="module")
def small_networks(tmp_path_factory):
    """(first stage, second stage, loaded files) of an untrained small network."""
    torch.manual_seed(1)
    model, network = new_network(SMALL).eval(), Autoregressive(SMALL).eval()
    with torch.no_grad():
        for parameter in (*model.parameters(), *network.parameters()):
            parameter.copy_(parameter.half().float())
    folder = tmp_path_factory.mktemp("meshtalk")
    write_networks(model, network, folder, {})
    return model, network, load_meshtalk(folder, providers=["cpu"])


def _latent(frames: int = 24, clips: int = 1, config: MeshTalkConfig = SMALL):
    labels = torch.randint(0, config.classes, (clips, frames, config.heads))
    return torch.nn.functional.one_hot(labels, config.classes).float()


@pytest.mark.parametrize(("frame", "head"), [(0, 0), (7, 0), (7, 3), (10, 4), (23, 2)])
def test_a_category_changes_no_earlier_logit(frame, head):
    network = Autoregressive(SMALL).eval()
    latent, audio = _latent(), torch.randn(1, 24, SMALL.width)
    changed = latent.clone()
    changed[0, frame, head] = changed[0, frame, head].roll(1)
    before, after = network(latent, audio)[0], network(changed, audio)[0]
    differs = (before != after).any(-1)
    assert not differs[:frame].any()
    assert not differs[frame, : head + 1].any()
    # It is seen by all later heads, and by all heads of the next frame.
    assert differs[frame, head + 1 :].all()
    assert frame == 23 or differs[frame + 1].all()


def test_sound_comes_into_its_own_frame_and_none_before():
    network = Autoregressive(SMALL).eval()
    latent, audio = _latent(), torch.randn(1, 24, SMALL.width)
    other = audio.clone()
    other[0, 9] += 1
    differs = (network(latent, audio) != network(latent, other))[0].any(-1)
    assert not differs[:9].any()
    assert differs[9].all()


def test_the_past_reaches_back_fifteen_frames():
    network = Autoregressive(SMALL).eval()
    latent, audio = _latent(40), torch.randn(1, 40, SMALL.width)
    changed = latent.clone()
    changed[0, 5] = changed[0, 5].roll(1, -1)
    differs = (network(latent, audio) != network(changed, audio))[0].any(-1).any(-1)
    assert differs[5 + 15]
    assert not differs[5 + 16 :].any()


def test_frame_by_frame_gives_the_logits_of_all_at_once():
    network = Autoregressive(SMALL).eval()
    sampler = Sampler(network).eval()
    audio = torch.randn(2, 30, SMALL.width)
    labels, kept = sampler.start(2)
    drawn, logits = [], []
    for frame in range(30):
        noise = -torch.log(-torch.log(torch.rand(2, SMALL.heads, SMALL.classes)))
        labels, kept, each = sampler(
            audio[:, frame], labels, kept, noise, torch.tensor(1.0), torch.tensor(1.0)
        )
        drawn.append(labels)
        logits.append(each)
    latent = torch.nn.functional.one_hot(torch.stack(drawn, 1), SMALL.classes).float()
    assert (network(latent, audio) - torch.stack(logits, 1)).abs().max() < 1e-5


def test_files_draw_what_torch_draws(small_networks):
    _, network, files = small_networks
    sampler = Sampler(network).eval()
    random = np.random.default_rng(3)
    codes = random.normal(size=(40, SMALL.width)).astype(np.float32)
    labels, kept = sampler.start(3)
    state = labels.numpy(), kept.numpy()
    settings = {"temperature": np.array(0.8, np.float32), "top_p": np.array(0.9, np.float32)}
    disagreed = 0
    for code in codes:
        audio = np.repeat(code[None], 3, axis=0)
        noise = random.gumbel(size=(3, SMALL.heads, SMALL.classes)).astype(np.float32)
        inputs = {"audio": audio, "labels": state[0], "kept": state[1], "noise": noise, **settings}
        drawn, after, logits = files.sampler.session.run(None, inputs)
        with torch.no_grad():
            wanted, kept, expected = sampler(*(torch.from_numpy(np.asarray(v)) for v in inputs.values()))
        assert np.abs(logits - expected.numpy()).max() < 1e-4
        disagreed += int((drawn != wanted.numpy()).sum())
        state = drawn, after
    # Rounding may turn a tie, of which there is none here.
    assert disagreed == 0


def test_one_take_does_not_depend_on_those_beside_it_nor_on_the_parts(small_networks):
    *_, files = small_networks
    codes = np.random.default_rng(0).normal(size=(50, SMALL.width)).astype(np.float32)
    whole = np.concatenate(list(draw_labels(files, [codes], Sampling(), [4, 9])), axis=1)
    parts = np.concatenate(list(draw_labels(files, np.split(codes, [1, 17, 40]), Sampling(), [9])), axis=1)
    assert np.array_equal(whole[1:], parts)
    assert not np.array_equal(whole[0], whole[1])


def test_temperature_zero_takes_the_likeliest_category_whatever_the_seed(small_networks):
    _, network, files = small_networks
    codes = np.random.default_rng(0).normal(size=(12, SMALL.width)).astype(np.float32)
    one, other = next(draw_labels(files, [codes], Sampling(temperature=0), [1, 2]))
    assert np.array_equal(one, other)
    # The same with the whole network again and again, the second before the first frame included.
    codes = torch.from_numpy(np.concatenate([np.repeat(codes[:1], 30, axis=0), codes]))[None]
    latent = torch.zeros(1, 42, SMALL.heads, SMALL.classes)
    for frame in range(42):
        for head in range(SMALL.heads):
            with torch.no_grad():
                likeliest = network(latent, codes)[0, frame, head].argmax()
            latent[0, frame, head, likeliest] = 1
    assert np.array_equal(latent[0, 30:].argmax(-1).numpy(), one)


def test_styles_are_those_of_the_settings():
    assert tuple(STYLES) == SAMPLING_STYLES


def test_nothing_is_drawn_outside_the_top_share():
    logits = torch.log(torch.tensor([[0.5, 0.3, 0.15, 0.05]])).repeat(4000, 1)
    noise = -torch.log(-torch.log(torch.rand(4000, 4)))
    one = torch.tensor(1.0)
    free = torch.bincount(draw(logits, noise, one, one), minlength=4) / 4000
    assert torch.allclose(free, torch.tensor([0.5, 0.3, 0.15, 0.05]), atol=0.03)
    kept = torch.bincount(draw(logits, noise, one, torch.tensor(0.75)), minlength=4) / 4000
    assert torch.allclose(kept, torch.tensor([0.625, 0.375, 0, 0]), atol=0.03)
    assert (draw(logits, noise, one, torch.tensor(0.01)) == 0).all()
    cold = torch.bincount(draw(logits, noise, torch.tensor(0.5), one), minlength=4) / 4000
    expected = torch.tensor([0.5, 0.3, 0.15, 0.05]) ** 2
    assert torch.allclose(cold, expected / expected.sum(), atol=0.03)


@pytest.mark.parametrize("values", [(-1, 1), (1, 0), (1, 1.5), (float("nan"), 1)])
def test_sampling_that_cannot_be_is_refused(values):
    with pytest.raises(InputError, match="temperature"):
        Sampling(*values)


def test_codes_in_parts_are_those_of_the_whole(small_networks):
    model, _, files = small_networks
    columns = np.random.default_rng(5).random((200, 46)).astype(np.float32)
    whole = np.concatenate(list(frame_codes(files, [columns], None)))
    parts = np.concatenate(list(frame_codes(files, np.split(columns, [1, 2, 50, 51, 130]), None)))
    # 200 columns at 80 a second: the last is at 2.4875 s.
    assert whole.shape == (75, SMALL.width)
    assert np.abs(whole - parts).max() < 1e-5
    reach = model.audio_encoder.reach
    padded = np.pad(columns, ((reach, reach), (0, 0)), mode="edge")
    positions = torch.arange(75)[None] * 80 / 30
    with torch.no_grad():
        direct = model.hear(torch.from_numpy(padded)[None], positions)[0].numpy()
    assert np.abs(whole - direct).max() < 1e-4


@pytest.mark.parametrize(("sound", "rate"), [("phones", 80), ("mel", 100)])
def test_a_frame_hears_the_sound_of_its_own_time(sound, rate):
    """Columns that hold their own number, through an audio encoder that only cuts its reach off."""
    reach = 4
    cut = SimpleNamespace(run=lambda columns: [columns[:, reach : columns.shape[1] - reach]])
    networks: Any = SimpleNamespace(sound=sound, reach=reach, audio=cut)
    random = np.random.default_rng(0)
    for count in (1, 2, 3, 4, 9, 11, 100, 241):
        columns = np.arange(count, dtype=np.float32)[:, None]
        expected = np.arange((count - 1) * 30 // rate + 1) * rate / 30
        for parts in range(1, 6):
            seams = np.sort(random.integers(0, count + 1, parts))
            codes = np.concatenate(list(frame_codes(networks, np.split(columns, seams), None)))
            assert codes[:, 0] == pytest.approx(expected, abs=1e-4)


def test_movement_in_parts_is_that_of_the_whole_and_of_torch(small_networks):
    model, _, files = small_networks
    labels = np.random.default_rng(2).integers(0, SMALL.classes, (2, 60, SMALL.heads))
    whole = np.concatenate(list(move(files, [labels])), axis=1)
    parts = np.concatenate(list(move(files, np.split(labels, [1, 30], axis=1))), axis=1)
    assert np.abs(whole - parts).max() < 1e-5
    latent = torch.nn.functional.one_hot(torch.from_numpy(labels), SMALL.classes).float()
    with torch.no_grad():
        assert np.abs(model.move(torch.zeros(2, 80), latent).numpy() - whole).max() < 1e-4


def test_bases_measure_what_vertices_measure():
    head, random = load_head(), np.random.default_rng(0)
    alpha = torch.from_numpy((random.normal(size=(2, 80)) * head.identity_spread).astype(np.float32))
    beta = torch.from_numpy((random.normal(size=(2, 3, 64)) * head.expression_spread).astype(np.float32))
    bases, vertices = BasisSpace(head), VertexSpace(head)
    for names in (["upper_face"], ["mouth", "jaw"]):
        weights = combined_regions(head, names)
        short = bases.norm(weights)(bases.displacement(beta))
        full = vertices.norm(weights)(vertices.displacement(beta))
        assert torch.allclose(short, full, rtol=1e-3)
        moved = 1000 * (beta.numpy()[0] @ head.expression_basis).reshape(3, -1, 3)
        direct = (np.square(moved).sum(-1) * weights).sum(-1) / weights.sum()
        assert np.allclose(full[0].numpy(), direct, rtol=1e-3)
    positions = vertices.mesh(alpha, beta)[0].numpy().reshape(3, -1, 3)
    assert np.abs(positions - head.vertices(alpha[0].numpy(), beta[0].numpy())).max() < 1e-5


def test_a_layer_over_bases_is_as_strong_as_one_over_vertices():
    """A printed layer's outputs on any meshes are those of some layer over their bases."""
    head = load_head()
    space = VertexSpace(head)
    layer = torch.nn.Linear(space.mesh_size, 4)
    alpha, beta = 0.02 * torch.randn(3, 80), 0.02 * torch.randn(3, 5, 64)
    bases = torch.from_numpy(np.concatenate([head.identity_basis, head.expression_basis]))
    short = torch.nn.Linear(BasisSpace.mesh_size, 4)
    with torch.no_grad():
        short.weight.copy_(layer.weight @ bases.T)
        short.bias.copy_(layer(torch.from_numpy(head.template.reshape(-1))))
        difference = layer(space.mesh(alpha, beta)) - short(BasisSpace(head).mesh(alpha, beta))
    assert difference.abs().max() < 1e-5


def test_a_network_over_vertices_moves_the_whole_mesh(tmp_path):
    config = replace(SMALL, mesh="vertices", sound="mel")
    model, network = new_network(config), Autoregressive(config)
    write_networks(model, network, tmp_path, {})
    files = load_meshtalk(tmp_path, providers=["cpu"])
    assert files.sound == "mel"
    labels = np.zeros((1, 4, config.heads), np.int64)
    assert next(move(files, [labels])).shape == (1, 4, 64)


def test_printed_sizes():
    """The supplement's numbers; the autoregressive network holds 140 to 270 million weights."""
    paper = CONFIGS["paper"]
    assert (paper.heads, paper.classes, paper.head_channels) == (64, 128, 64)
    with torch.device("meta"):
        network = Autoregressive(paper)
    count = sum(parameter.numel() for parameter in network.parameters())
    assert 140e6 < count < 270e6
    assert CONFIGS["compact"].heads == 16
    small = MeshTalk(replace(paper, mesh="bases"), BasisSpace())
    assert small.audio_encoder.reach == 48
    assert small.expression_encoder.first.out_features == 256
    assert small.expression_encoder.second.out_features == 128


def test_categories_pass_gradients_straight_through():
    logits = torch.randn(2, 3, 4, 5, requires_grad=True)
    hard = categories(logits)
    assert set(hard.unique().tolist()) <= {0.0, 1.0}
    assert torch.equal(hard.sum(-1), torch.ones(2, 3, 4))
    (hard * torch.randn(5)).sum().backward()
    assert logits.grad is not None
    assert logits.grad.abs().sum() > 0


def test_sizes_that_cannot_be_are_refused():
    with pytest.raises(InputError, match="mel or phones"):
        MeshTalkConfig(sound="words")
    with pytest.raises(InputError, match="past dilations"):
        MeshTalkConfig(past_dilations=(2, 4))


def test_another_network_in_the_folder_is_refused(small_networks, tmp_path):
    *_, files = small_networks
    for name in ("audio.onnx", "sampler.onnx", "movement.onnx"):
        (tmp_path / name).write_bytes((files.folder / "audio.onnx").read_bytes())
    with pytest.raises(ModelError, match="expected meshtalk_sampler"):
        load_meshtalk(tmp_path, providers=["cpu"])


def test_files_of_two_trainings_are_refused(small_networks, tmp_path):
    *_, files = small_networks
    write_networks(new_network(SMALL), Autoregressive(SMALL), tmp_path, {})
    load_meshtalk(tmp_path, providers=["cpu"])
    for name in ("sampler.onnx", "movement.onnx", "faces.onnx"):
        own = (tmp_path / name).read_bytes()
        (tmp_path / name).write_bytes((files.folder / name).read_bytes())
        with pytest.raises(ModelError, match=f"audio.onnx and {name} of different trainings"):
            _ = load_meshtalk(tmp_path, providers=["cpu"]).faces
        (tmp_path / name).write_bytes(own)


def test_a_name_comes_before_a_folder_of_that_name(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "expnet").mkdir()
    assert isinstance(load_generator("expnet", providers=["cpu"]), ExpNetGenerator)
    with pytest.raises(ModelError, match=r"audio\.onnx' is missing"):
        load_generator(str(tmp_path / "expnet"), providers=["cpu"])
