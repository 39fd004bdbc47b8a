# SPDX-License-Identifier: GPL-3.0-or-later
"""Training of the style networks: what it learns from, and that what it writes speaks."""

import json
import pickle
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from soliloquy.command_line import main
from soliloquy.core.errors import InputError
from soliloquy.core.generate import AnimationSettings, animate
from soliloquy.core.generate.generators import load_generator
from soliloquy.core.generate.style_presets import PRESETS
from soliloquy.core.generate.styles import (
    DECODER_FILE,
    ENCODER_FILE,
    STYLE_FPS,
    Style,
    preset_style,
    style_from,
    style_of,
    styled_expression,
)
from soliloquy.core.models.style.config import StyleConfig
from soliloquy.core.models.style.decoder import CHANNELS, HybridDecoder
from soliloquy.core.models.style.encoder import StyleEncoder
from soliloquy.core.models.style.enhancer import StyleEnhancer
from soliloquy.core.motion_files import read_csv
from soliloquy.core.retarget.arkit import ARKIT_INDEX, BROW_NAMES, MOUTH_NAMES, arkit_indices
from soliloquy.core.runtime import load_network
from soliloquy.core.training import loop
from soliloquy.core.training.loop import LoopOptions, train_steps
from soliloquy.core.training.losses import LossWeights as FaceWeights
from soliloquy.core.training.performances import Performance
from soliloquy.core.training.style import segments, train
from soliloquy.core.training.style.edits import PRESET_EDITS, StyleEdit, edited
from soliloquy.core.training.style.losses import LossWeights, StyleLosses, StyleNetworks, set_scales
from soliloquy.core.training.style.segments import StyledClips, StylePairs
from soliloquy.core.training.style.validation import Validation, speak

from .own_recordings import write_own_recordings

SMALL = StyleConfig(encoder_width=24, reflections=2, width=16, dilations=(1, 2), memory=8)
JAW = ARKIT_INDEX["jawOpen"]
CLIP, FRAME = ARKIT_INDEX["cheekPuff"], ARKIT_INDEX["tongueOut"]
"""Shapes that tell in these tests which clip and which frame it is."""


@pytest.fixture(autouse=True)
def _one_thread():
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    torch.manual_seed(0)
    yield
    torch.set_num_threads(before)


def performance(number: int, *, dataset: str = "grid", frames: int = 90, has_upper: bool = True):
    """A jaw that follows the first column of the sound, in a clip that says which it is."""
    times = np.arange(frames) / STYLE_FPS
    rate = 0.7 + number % 5 * 0.25
    weights = np.zeros((frames, 52), np.float32)
    weights[:, JAW] = 0.3 + 0.25 * np.sin(2 * np.pi * rate * times + number)
    weights[:, CLIP] = number / 100
    weights[:, FRAME] = np.arange(frames) / 1000
    if has_upper:
        weights[:, arkit_indices(BROW_NAMES)] = 0.2 + 0.1 * np.sin(times + number)[:, None]
    columns = np.zeros((int(frames * 3.2) + 1, CHANNELS), np.float16)
    columns[:, 0] = 0.3 + 0.25 * np.sin(2 * np.pi * rate * np.arange(len(columns)) / 80 + number)
    return Performance(f"clip {number}", dataset, columns, weights, np.ones(frames, bool), has_upper)


@pytest.fixture(scope="module")
def performances() -> list[Performance]:
    return [performance(number) for number in range(8)] + [
        performance(number, dataset="facegood", has_upper=False) for number in range(50, 54)
    ]


@pytest.fixture
def plain(monkeypatch):
    """Pairs of weights (F, 52) in the place of beta, so that one sees whose they are."""
    monkeypatch.setattr(segments, "styled_expression", lambda weights: weights)


def new_networks(config: StyleConfig = SMALL) -> StyleNetworks:
    return StyleNetworks(StyleEncoder(config), StyleEnhancer(config), HybridDecoder(config))


def test_a_pair_is_two_clips_of_one_set(performances, plain, monkeypatch):
    monkeypatch.setattr(StyledClips, "edit", lambda self: None)
    pairs = StylePairs(performances, 40, SMALL.reach, seed=1).draw(200)
    shown, target = (np.round(100 * each[:, :, CLIP].numpy()) for each in (pairs.shown, pairs.target))
    assert (shown == shown[:, :1]).all()
    assert (shown[:, 0] != target[:, 0]).all()
    assert ((shown[:, 0] < 50) == (target[:, 0] < 50)).all()
    assert len(set(shown[:, 0])) == len(set(target[:, 0])) == 12


def test_the_only_clip_of_a_set_is_its_own_example(plain):
    pairs = StylePairs([performance(1), performance(60, dataset="mine")], 40, 7, seed=1).draw(30)
    assert torch.equal(pairs.shown[:, 0, CLIP], pairs.target[:, 0, CLIP])


def test_versions_of_one_clip_are_no_two_clips(plain, monkeypatch):
    """With a changed sound the face is the same."""
    monkeypatch.setattr(StyledClips, "edit", lambda self: None)
    three = [performance(number) for number in range(3)]
    pairs = StylePairs([*three, *three], 40, 7, seed=1).draw(60)
    assert (pairs.shown[:, 0, CLIP] != pairs.target[:, 0, CLIP]).all()


def test_both_clips_of_a_pair_are_edited_alike(performances, plain, monkeypatch):
    """The same posture on both where there is a style, on neither where there is none."""
    lifted = ARKIT_INDEX["jawForward"]
    numbers = iter(range(1, 10_000))

    def edit(self):
        return StyleEdit(postures={"jut": (1 + next(numbers) % 90) / 100})

    monkeypatch.setattr(StyledClips, "edit", edit)
    pairs = StylePairs(performances, 40, SMALL.reach, seed=1).draw(150)
    shown, target = (each[:, :, lifted] for each in (pairs.shown, pairs.target))
    assert torch.allclose(shown, shown[:, :1].expand_as(shown), atol=1e-6)
    assert torch.allclose(shown, target, atol=1e-6)
    neutral = pairs.styled == 0
    assert (target[neutral] == 0).all()
    assert (target[~neutral] > 0).all()
    assert neutral.float().mean().item() == pytest.approx(segments.NEUTRAL, abs=0.12)


def test_sound_and_face_of_a_pair_belong_together(performances, plain, monkeypatch):
    """Where the frames stand among the columns, the sound is what moved the jaw."""
    monkeypatch.setattr(StyledClips, "edit", lambda self: None)
    reach = SMALL.reach
    pairs = StylePairs(performances, 40, reach, seed=2).draw(30)
    for columns, positions, target in zip(pairs.columns, pairs.positions, pairs.target, strict=True):
        inner = columns[reach : len(columns) - reach, 0].numpy()
        level = np.interp(positions.numpy(), np.arange(len(inner)), inner)
        assert level == pytest.approx(target[:, JAW].numpy(), abs=4e-3)


def test_faces_without_brows_wear_those_of_others(performances, plain, monkeypatch):
    monkeypatch.setattr(StyledClips, "edit", lambda self: None)
    brow = ARKIT_INDEX["browInnerUp"]
    pairs = StylePairs(performances, 40, 7, seed=3).draw(60)
    assert (pairs.target[:, :, CLIP] >= 0.5).any()
    assert (pairs.target[:, :, brow] > 0.05).all()


def test_gaps_are_never_drawn(plain, monkeypatch):
    monkeypatch.setattr(StyledClips, "edit", lambda self: None)
    clips = [performance(number) for number in range(4)]
    for each in clips:
        each.valid[[10, 70]] = False
    pairs = StylePairs(clips, 40, 7, seed=3).draw(60)
    for part in (pairs.shown, pairs.target):
        frames = np.round(1000 * part[:, :, FRAME].numpy()).astype(int)
        assert frames.min() > 10
        assert frames.max() < 70


def test_clips_that_are_too_short_are_refused():
    with pytest.raises(InputError, match=r"has 3\.6 s without a gap: expected at least 4\.0 s"):
        StylePairs([performance(1), performance(2)], 100, 7, seed=0)


def test_the_loss_reads_no_style_where_there_is_none(performances):
    """With code 0 the encoder learns nothing, and nothing of equation 7's divergence is paid."""
    pairs = StylePairs(performances, 40, SMALL.reach, seed=1).draw(6)
    losses = StyleLosses(pairs.target.flatten(0, 1), LossWeights(FaceWeights()))
    networks = new_networks()
    unstyled = replace(pairs, styled=torch.zeros(6))
    terms = losses(networks, unstyled)
    assert terms["divergence"].item() == terms["agreement"].item() == 0
    assert "eye" not in terms
    torch.stack(list(terms.values())).sum().backward()
    assert all(each.grad is None or not each.grad.any() for each in networks.encoder.parameters())
    assert networks.decoder.lips.weight.grad.abs().max() > 0
    styled = losses(networks, replace(pairs, styled=torch.ones(6)))
    assert styled["divergence"].item() > 0
    assert styled["agreement"].item() > 0


def test_a_perfect_face_costs_nothing_but_its_divergence(performances):
    pairs = StylePairs(performances, 40, SMALL.reach, seed=1).draw(6)
    losses = StyleLosses(pairs.target.flatten(0, 1), LossWeights(FaceWeights()))
    networks = new_networks()
    networks.speak = lambda columns, positions, code: pairs.target
    terms = losses(networks, replace(pairs, shown=pairs.target, styled=torch.ones(6)))
    for name, value in terms.items():
        if name != "divergence":
            assert value.item() == pytest.approx(0, abs=1e-9)
    assert terms["divergence"].item() > 0


def test_an_interruption_changes_nothing(performances, tmp_path, monkeypatch):
    monkeypatch.setattr(loop, "_SAVE_EVERY", 3)
    options = LoopOptions(8, 2, 20, 1e-3)

    def trained(name: str, *, stop_after: int | None = None) -> StyleNetworks:
        torch.manual_seed(7)
        pairs = StylePairs(performances, options.frames, SMALL.reach, seed=3)
        networks = new_networks(StyleConfig(**{**vars(SMALL), "dropout": 0.2}))
        captured = pairs.draw(8).target.flatten(0, 1)
        set_scales(networks, captured)
        losses = StyleLosses(captured, LossWeights(FaceWeights()))
        left = iter(range(options.iterations if stop_after is None else stop_after))

        def step():
            if next(left, None) is None:
                raise KeyboardInterrupt
            return losses(networks, pairs.draw(options.batch))

        train_steps(networks, step, dict, options, tmp_path / name, {}, pairs)
        return networks

    whole = trained("whole.pt")
    with pytest.raises(KeyboardInterrupt):
        trained("parts.pt", stop_after=5)
    parts = trained("parts.pt")
    for one, other in zip(whole.state_dict().values(), parts.state_dict().values(), strict=True):
        assert torch.equal(one, other)


def test_codes_are_told_apart_by_their_nearest_mean(performances):
    """An encoder that knows postures tells all edits apart; one that says the same of everybody, none."""
    validation = Validation(performances[:8])
    networks = new_networks()

    def scored(code) -> float:
        networks.code = code
        return validation.scores(networks)["told apart"]

    def known(expression):
        return expression.mean(dim=1)[:, : SMALL.code] * 100

    assert scored(lambda expression: torch.zeros(1, SMALL.code)) == pytest.approx(1 / 9, abs=0.01)
    assert scored(known) > 0.8
    assert Validation([]).scores(networks) == {}


@pytest.fixture(scope="module")
def recordings(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("recordings")
    write_own_recordings(folder)
    return folder


@pytest.fixture(scope="module")
def written(recordings, tmp_path_factory) -> Path:
    """What `soliloquy train style` writes of one's own recordings after a few steps."""
    folder = tmp_path_factory.mktemp("style")
    usual = train.USUAL_OPTIONS
    train.USUAL_OPTIONS = replace(usual, batch=4)
    try:
        assert (
            main(["train", "style", "--sets", str(recordings), "--speech", "--variants", "0",
                  "--out", str(folder), "--threads", "1", "--iterations", "15"]) == 0
        )  # fmt: skip
    finally:
        train.USUAL_OPTIONS = usual
    return folder


def restored(folder: Path) -> StyleNetworks:
    saved = torch.load(folder / "style.pt", weights_only=False)
    networks = new_networks(StyleConfig.from_json(saved["sizes"]))
    networks.load_state_dict(saved["model"])
    return networks.eval()


def test_own_recordings_become_networks_that_equal_torch(written, recordings):
    networks = restored(written)
    config = networks.decoder.config
    encoder = load_network(str(written / ENCODER_FILE), providers=["cpu"])
    facts = json.loads(encoder.metadata["training"])
    assert facts["sets"] == [str(recordings)]
    assert facts["minutes"] == pytest.approx(11 * 3 / 60, abs=0.1)
    for frames in (2, 75, 400):
        expression = 0.02 * torch.randn(3, frames, 64)
        (code,) = encoder.run(expression=expression.numpy())
        with torch.no_grad():
            assert code == pytest.approx(networks.code(expression).numpy(), abs=1e-4)

    # The generator streams what torch says of the whole.
    random = np.random.default_rng(0)
    columns = random.random((700, CHANNELS)).astype(np.float32)
    style = Style(
        "any", random.normal(0, 1, config.code).astype(np.float32), encoder.metadata["style_family"]
    )
    generator = load_generator(str(written), style=style, providers=["cpu"])
    streamed = np.concatenate(list(generator.frames(np.array_split(columns, 23))))
    frames = len(streamed)
    assert frames == int(699 / 3.2) + 1
    clip = Performance("", "", columns, np.zeros((frames, 52)), np.ones(frames, bool), True)
    with torch.no_grad():
        whole = speak(networks, clip, frames, torch.from_numpy(style.code)[None]).numpy()
    assert streamed == pytest.approx(whole, abs=1e-4)


def test_what_was_written_animates_in_its_own_styles(written, recordings):
    """A style is read by the folder's own encoder; those of another one are refused."""
    recording = recordings / "line_03.csv"
    style = style_from(str(recording), str(written))
    assert np.array_equal(style.code, style_of(read_csv(recording), "line_03", written).code)
    assert np.array_equal(style.code, style_from(str(recording), str(written / DECODER_FILE)).code)
    alone = AnimationSettings(articulation=0)
    sound = recordings / "line_00.wav"
    styled = animate(sound, fps=25, model=str(written), style=style, settings=alone)
    plain = animate(sound, fps=25, model=str(written), settings=alone)
    mouth = arkit_indices(MOUTH_NAMES)
    assert styled.weights[:, mouth].max() > 0
    assert not np.array_equal(styled.weights[:, mouth], plain.weights[:, mouth])
    by_file = animate(sound, fps=25, model=str(written / DECODER_FILE), style=style, settings=alone)
    assert np.array_equal(by_file.weights, styled.weights)
    with pytest.raises(InputError, match="read by another style encoder"):
        animate(sound, fps=25, model=str(written), style=replace(style, family="0123456789abcdef"))


def test_presets_are_differences_from_the_same_clips(written):
    """Each preset's code is what its edit changes, so that it is nobody's."""
    networks = restored(written)
    _, training, held_out = pickle.loads((written / "performances.pickle").read_bytes())
    assert (len(training), len(held_out)) == (11, 1)
    table = json.loads((written / "presets.json").read_text())
    assert list(table["codes"]) == list(PRESETS)
    family = load_network(str(written / ENCODER_FILE), providers=["cpu"]).metadata["style_family"]
    assert table["family"] == preset_style("calm", written).family == family
    assert style_from("drawn:1", str(written)).family == family

    def code(weights: np.ndarray) -> np.ndarray:
        with torch.no_grad():
            return networks.code(torch.from_numpy(styled_expression(weights))[None])[0].numpy()

    weights = held_out[0].weights
    for name, edit in PRESET_EDITS.items():
        difference = code(edited(weights, edit, STYLE_FPS)) - code(weights)
        size = np.linalg.norm(table["codes"][name]) / np.linalg.norm(difference)
        # What is read says less than was shown, so that it is made up to twice as large.
        assert 0.999 < size < 2.001
        assert table["codes"][name] == pytest.approx(size * difference, abs=1e-4)


def test_a_finished_training_is_not_repeated(written, recordings, capsys):
    before = {path.name: path.read_bytes() for path in written.glob("*.onnx")}
    usual = train.USUAL_OPTIONS
    train.USUAL_OPTIONS = replace(usual, batch=4)
    command = ["train", "style", "--sets", str(recordings), "--speech", "--variants", "0",
               "--out", str(written), "--threads", "1"]  # fmt: skip
    try:
        assert main([*command, "--iterations", "15"]) == 0
        assert {path.name: path.read_bytes() for path in written.glob("*.onnx")} == before
        capsys.readouterr()
        assert main([*command, "--iterations", "15", "--seed", "1"]) == 2
        message = capsys.readouterr().err.strip()
        assert "holds a training on other clips" in message
        assert "\n" not in message
        assert main([*command, "--iterations", "16"]) == 2
        assert "was trained with other options" in capsys.readouterr().err
    finally:
        train.USUAL_OPTIONS = usual
