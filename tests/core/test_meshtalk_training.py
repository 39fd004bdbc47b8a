# SPDX-License-Identifier: GPL-3.0-or-later
"""Training of MeshTalk: what it learns from, and that it learns."""

import argparse
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from soliloquy.core.errors import InputError, ModelError
from soliloquy.core.generate.mesh import MESH_FPS
from soliloquy.core.models.meshtalk.autoencoder import MeshTalk
from soliloquy.core.models.meshtalk.autoregressive import Autoregressive
from soliloquy.core.models.meshtalk.config import MeshTalkConfig
from soliloquy.core.models.meshtalk.fusion import categories
from soliloquy.core.retarget.arkit import ARKIT_INDEX, BLINK_NAMES, MOUTH_NAMES, arkit_indices
from soliloquy.core.training import loop
from soliloquy.core.training.captures import Capture
from soliloquy.core.training.meshtalk.losses import LossWeights, MeshTalkLosses, unused
from soliloquy.core.training.meshtalk.network import new_network
from soliloquy.core.training.meshtalk.segments import Batch, Segments
from soliloquy.core.training.meshtalk.stages import (
    StageOptions,
    corrupted,
    train_autoencoder,
    train_autoregressive,
)
from soliloquy.core.training.meshtalk.usage import head_perplexity
from soliloquy.core.training.meshtalk.validation import Validation
from soliloquy.core.training.performances import make_performances, motion_of, with_upper

SMALL = MeshTalkConfig(
    heads=4, classes=8, width=32, projection=48, head_channels=8, dilations=(1, 2), dropout=0.0
)


@pytest.fixture(autouse=True)
def _one_thread():
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    torch.manual_seed(0)
    yield
    torch.set_num_threads(before)


def _capture(number: int, *, lids: bool = True, seconds: float = 3.0) -> Capture:
    """A jaw that follows the level of its sound, and lids that follow nothing."""
    random = np.random.default_rng(number)
    times = np.arange(int(seconds * 25)) / 25
    opening = np.clip(np.sin(2 * np.pi * (1 + number % 3) * times + number), 0, 1)
    weights = np.zeros((len(times), 52), np.float32)
    weights[:, ARKIT_INDEX["jawOpen"]] = 0.6 * opening
    if lids:
        start = random.integers(5, len(times) - 15)
        weights[start : start + 6, arkit_indices(("eyeBlinkLeft", "eyeBlinkRight"))] = 1
    level = np.interp(np.arange(int(seconds * 16000)) / 16000, times, opening)
    samples = (level * random.normal(0, 0.1, len(level))).astype(np.float32)
    return Capture(f"clip {number}", "grid", samples, 25.0, weights, np.ones(len(times), bool))


def _listen(samples: np.ndarray) -> np.ndarray:
    """46 columns of which the first is the level."""
    count = len(samples) // 200 + 1
    power = np.pad(samples, (0, count * 200 - len(samples))).reshape(count, 200).std(axis=1)
    columns = np.zeros((count, 46), np.float32)
    columns[:, 0] = 10 * power
    return columns


@pytest.fixture(scope="module")
def performances():
    return make_performances([_capture(number) for number in range(12)], _listen, MESH_FPS)


def test_motion_keeps_its_time_at_another_rate_and_speed():
    capture = _capture(1)
    weights, valid, has_upper = motion_of(capture, MESH_FPS)
    assert has_upper
    assert valid.all()
    jaw = ARKIT_INDEX["jawOpen"]
    times = np.arange(len(weights)) / 30
    expected = np.interp(times, np.arange(75) / 25, capture.weights[:, jaw])
    assert np.abs(weights[:, jaw] - expected).max() < 0.06
    faster, _, _ = motion_of(capture, MESH_FPS, speed=1.2)
    assert len(faster) == int(3 / 1.2 * 30)
    expected = np.interp(np.arange(len(faster)) / 30 * 1.2, np.arange(75) / 25, capture.weights[:, jaw])
    assert np.abs(faster[:, jaw] - expected).max() < 0.06
    assert not motion_of(_capture(1, lids=False), MESH_FPS)[2]


def test_another_upper_face_leaves_the_mouth():
    mouth, upper = (np.random.default_rng(n).random((5, 52)).astype(np.float32) for n in (1, 2))
    both = with_upper(mouth, upper)
    assert np.array_equal(both[:, arkit_indices(MOUTH_NAMES)], mouth[:, arkit_indices(MOUTH_NAMES)])
    assert np.array_equal(both[:, arkit_indices(BLINK_NAMES)], upper[:, arkit_indices(BLINK_NAMES)])


def test_sound_and_motion_of_a_segment_belong_together(performances):
    """The level at each frame's column is that of the jaw at that frame."""
    segments = Segments(performances, SMALL, seed=0)
    reach = sum(SMALL.dilations) * (SMALL.kernel - 1) // 2
    each = performances[4]
    for start in (2, 17, 50):
        columns, positions = segments.columns_of(each, start, 30)
        inner = columns[reach : len(columns) - reach, 0]
        level = np.interp(positions, np.arange(len(inner)), inner)
        jaw = each.weights[:, ARKIT_INDEX["jawOpen"]]
        fits = {
            late: np.corrcoef(level[2:-2], jaw[start + 2 + late :][:26])[0, 1] for late in (-2, -1, 0, 1, 2)
        }
        assert max(fits, key=lambda late: fits[late]) == 0
        assert fits[0] > 0.9


def test_both_stages_learn_and_go_on_where_they_stopped(performances, tmp_path):
    segments = Segments(performances, SMALL, seed=0)
    validation = Validation(
        make_performances([_capture(n) for n in range(20, 26)], _listen, MESH_FPS), segments
    )
    model = new_network(SMALL)
    before = validation.scores(model)
    first = StageOptions(500, 8, 32, 3e-3)
    train_autoencoder(model, segments, validation, first, LossWeights(), tmp_path / "first.pt")
    after = validation.scores(model)
    assert after["lips mm"] < 0.6 * before["lips mm"]
    assert after["gap by sound"] > 0.7
    assert after["perplexity"] > 1.5

    # The mouth is the sound's, the lids are the face's.
    network = Autoregressive(SMALL)
    unlearnt = validation.likelihood(model, network)["nats"]
    second = StageOptions(150, 8, 32, 3e-3, corrupted=0.1)
    train_autoregressive(network, model, segments, validation, second, tmp_path / "second.pt")
    assert validation.likelihood(model, network)["nats"] < 0.7 * unlearnt

    # A finished checkpoint is taken as it is, and one of other options is refused.
    again = new_network(SMALL)
    train_autoencoder(again, segments, validation, first, LossWeights(), tmp_path / "first.pt")
    assert all(torch.equal(a, b) for a, b in zip(model.state_dict().values(), again.state_dict().values()))  # noqa: B905
    with pytest.raises(ModelError, match="same options"):
        train_autoencoder(
            again, segments, validation, replace(first, batch=4), LossWeights(), tmp_path / "first.pt"
        )
    with pytest.raises(ModelError, match="other losses"):
        train_autoencoder(again, segments, validation, first, LossWeights(cross=0), tmp_path / "first.pt")
    # Its categories mean nothing to a network that learnt another first stage's.
    with pytest.raises(ModelError, match="other first stage"):
        train_autoregressive(
            network, new_network(SMALL), segments, validation, second, tmp_path / "second.pt"
        )


def test_an_interruption_changes_nothing(performances, tmp_path, monkeypatch):
    monkeypatch.setattr(loop, "_SAVE_EVERY", 10)
    options = StageOptions(20, 4, 32, 1e-3)

    def trained(name: str, *, stop_after: int | None = None) -> MeshTalk:
        torch.manual_seed(7)
        model, segments = new_network(SMALL), Segments(performances, SMALL, seed=3)
        if stop_after is not None:
            draw, left = segments.draw, iter(range(stop_after))

            def draw_until_stopped(count: int, frames: int) -> Batch:
                if next(left, None) is None:
                    raise KeyboardInterrupt
                return draw(count, frames)

            monkeypatch.setattr(segments, "draw", draw_until_stopped)
        validation = Validation(performances, segments)
        train_autoencoder(model, segments, validation, options, LossWeights(), tmp_path / name)
        return model

    whole = trained("whole.pt")
    with pytest.raises(KeyboardInterrupt):
        # The first draw is for the variance of the regions.
        trained("parts.pt", stop_after=1 + 13)
    parts = trained("parts.pt")
    for one, other in zip(whole.state_dict().values(), parts.state_dict().values(), strict=True):
        assert torch.equal(one, other)


def test_the_cross_modality_loss_asks_each_signal_for_its_own_region(performances):
    """With perfect meshes from both signals every term of the meshes is zero; a mouth that follows the face
    costs in the mouth alone, lids that follow the sound in the upper face alone."""
    space = new_network(SMALL).space
    batch = Segments(performances, SMALL, seed=0).draw(4, 32)
    losses = MeshTalkLosses(space, LossWeights(), batch.beta)
    matrix = torch.from_numpy(space.head.arkit_to_expression)
    lids = matrix[:, ARKIT_INDEX["eyeBlinkLeft"]]
    jaw = matrix[:, ARKIT_INDEX["jawOpen"]]

    def terms(by_sound: "torch.Tensor", by_face: "torch.Tensor") -> dict[str, float]:
        class Scripted:
            def hear(self, columns, positions):
                return torch.zeros(4, 32, 1)

            def see(self, alpha, beta):
                return torch.zeros(4, 32, 1)

            def fusion(self, audio, seen):
                return torch.zeros(12, 32, SMALL.heads, SMALL.classes)

            def move(self, alpha, latent):
                return torch.cat([batch.beta, batch.beta + by_sound, batch.beta + by_face])

        return {name: value.item() for name, value in losses(Scripted(), batch).items()}  # type: ignore[arg-type]

    nothing = torch.zeros(64)
    perfect = terms(nothing, nothing)
    for name in ("reconstruction", "lids", "lips", "cross upper", "cross mouth", "apart"):
        assert perfect[name] == pytest.approx(0, abs=1e-9)
    wrong_mouth = terms(jaw, nothing)
    assert wrong_mouth["cross mouth"] > 1
    assert wrong_mouth["cross upper"] == pytest.approx(0, abs=1e-9)
    assert wrong_mouth["apart"] > 0.1
    wrong_lids = terms(nothing, lids)
    assert wrong_lids["cross upper"] > 0.1
    assert wrong_lids["lids"] > 1
    assert wrong_lids["cross mouth"] == pytest.approx(0, abs=1e-9)
    # Who wears whose lids does not matter to the sound.
    assert terms(lids, nothing)["cross upper"] == pytest.approx(0, abs=1e-9)


def test_unused_classes_cost():
    even = torch.zeros(1, 40, 2, 4)
    assert unused(even).item() == pytest.approx(0, abs=1e-6)
    dead = torch.full((1, 40, 2, 4), -50.0)
    dead[..., 0] = 50
    assert unused(dead).item() == pytest.approx(np.log(4), abs=1e-4)


def test_perplexity_counts_the_classes_in_use():
    labels = np.stack([np.zeros(60, int), np.arange(60) % 2, np.arange(60) % 6], axis=1)
    assert head_perplexity(labels, 8) == pytest.approx([1, 2, 6])


def test_corrupted_categories_stay_one_hot_and_are_as_many_as_asked():
    latent = torch.nn.functional.one_hot(torch.randint(0, 8, (60, 50, 4)), 8).float()
    changed = corrupted(latent, 0.3)
    assert torch.equal(changed.sum(-1), torch.ones(60, 50, 4))
    share = (changed != latent).any(-1).float().mean().item()
    # Two of three clips' places, a seventh of eighths of them drawn as they were.
    assert share == pytest.approx(0.3 * 2 / 3 * 7 / 8, abs=0.02)
    assert corrupted(latent, 0) is latent


def test_categories_of_validation_do_not_depend_on_chance(performances):
    model = new_network(SMALL)
    logits = torch.randn(1, 2, 4, 8)
    assert torch.equal(categories(logits, is_random=False), categories(logits, is_random=False))
    validation = Validation(performances, Segments(performances, SMALL, seed=0))
    assert validation.scores(model) == validation.scores(model)


def test_command_line_of_training_is_understood():
    from soliloquy.core.training.meshtalk import train

    parser = argparse.ArgumentParser()
    train.add_arguments(parser)
    args = parser.parse_args(["--out", "x", "--as-printed", "--config", "paper"])
    printed = train._stages(SimpleNamespace(as_printed=args.as_printed, iterations=args.iterations))
    assert [(stage.iterations, stage.batch, stage.frames) for stage in printed] == [
        (50_000, 8, 32),
        (15_000, 8, 64),
    ]


def test_clips_that_are_too_short_are_refused(performances):
    segments = Segments(performances, SMALL, seed=0)
    assert segments.draw(2, 90).beta.shape == (2, 90, 64)
    with pytest.raises(InputError, match=r"has 3\.0 s without a gap: expected at least 3\.0 s"):
        segments.draw(2, 91)
    gap = [replace(each, valid=np.arange(90) % 45 > 0) for each in performances]
    with pytest.raises(InputError, match=r"1\.5 s without a gap"):
        Segments(gap, SMALL, seed=0).draw(2, 64)


def test_without_held_out_clips_there_are_no_figures(performances):
    segments = Segments(performances, SMALL, seed=0)
    validation = Validation([], segments)
    assert validation.scores(new_network(SMALL)) == {}
    without_lids = Validation([replace(each, has_upper=False) for each in performances], segments)
    assert "lids" not in without_lids.scores(new_network(SMALL))


def test_clips_are_kept_for_the_same_options_alone(tmp_path, monkeypatch, performances):
    from soliloquy.core.training import prepared
    from soliloquy.core.training.meshtalk import train

    made = []

    def make(captured, listen, fps, **options):
        made.append(options)
        return list(performances)

    monkeypatch.setattr(prepared, "read_captures", lambda *args: [])
    monkeypatch.setattr(prepared, "split", lambda captures: ([], []))
    monkeypatch.setattr(prepared, "make_performances", make)

    def prepare():
        return prepared.prepared_performances(args, _listen, MESH_FPS, {"sound": "phones"})

    parser = argparse.ArgumentParser()
    train.add_arguments(parser)
    args = parser.parse_args(["--out", str(tmp_path), "--speech"])
    prepare()
    kept, _ = prepare()
    assert len(made) == 2  # training and held-out clips, once
    assert np.array_equal(kept[0].columns, performances[0].columns)
    (tmp_path / "first_stage.pt").write_bytes(b"")
    args.seed = 1
    with pytest.raises(InputError, match=r"training on other clips.*seed 0"):
        prepare()
    # Cut off, or of another version: made anew.
    args.seed = 0
    whole = (tmp_path / "performances.pickle").read_bytes()
    (tmp_path / "performances.pickle").write_bytes(whole[:1000])
    assert len(prepare()[0]) == len(performances)
    assert len(made) == 4
