# SPDX-License-Identifier: GPL-3.0-or-later
"""Training of the contextual transformer: its sequences, its own feedback, and that what it writes speaks."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from soliloquy.command_line import main
from soliloquy.core.errors import InputError
from soliloquy.core.generate import AnimationSettings, animate
from soliloquy.core.generate.contextual import CONTEXTUAL_FILE
from soliloquy.core.generate.generators import load_generator
from soliloquy.core.generate.sound_frames import rows_at, stretches
from soliloquy.core.generate.styles import STYLE_FPS, STYLE_SIZE, Style, style_from
from soliloquy.core.models.contextual import CHANNELS, Contextual, ContextualConfig
from soliloquy.core.models.style.config import StyleConfig
from soliloquy.core.models.style.decoder import HybridDecoder
from soliloquy.core.models.style.encoder import StyleEncoder
from soliloquy.core.models.style.enhancer import StyleEnhancer
from soliloquy.core.retarget.arkit import ARKIT_INDEX, MOUTH_NAMES, arkit_indices
from soliloquy.core.runtime import load_network
from soliloquy.core.training import loop
from soliloquy.core.training.contextual import sequences, train, unrolling
from soliloquy.core.training.contextual.sequences import Batch, Sequences
from soliloquy.core.training.contextual.train import Trainer, write_network
from soliloquy.core.training.contextual.unrolling import Unrolling, frame_before, unrolled
from soliloquy.core.training.contextual.validation import Validation, alone
from soliloquy.core.training.loop import LoopOptions, train_steps
from soliloquy.core.training.losses import LossWeights
from soliloquy.core.training.performances import Performance
from soliloquy.core.training.style.losses import StyleNetworks
from soliloquy.core.training.style.segments import StyledClips
from soliloquy.core.training.style.train import write_networks

from .own_recordings import write_own_recordings

SMALL = ContextualConfig(
    width=16, heads=4, feed_forward=24, blocks=2, period=5, frames=12, window=2, dropout=0.0
)
CLIP, FRAME, MARK = (ARKIT_INDEX[name] for name in ("cheekPuff", "tongueOut", "jawForward"))
"""Shapes that tell in these tests which clip, which frame and which edit it is."""
FRAMES = 75


@pytest.fixture(autouse=True)
def _one_thread():
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    torch.manual_seed(0)
    yield
    torch.set_num_threads(before)


def performance(number: int, *, dataset: str = "grid", frames: int = FRAMES) -> Performance:
    """Face and sound both say which clip it is, and when."""
    times = np.arange(frames) / STYLE_FPS
    weights = np.zeros((frames, 52), np.float32)
    weights[:, ARKIT_INDEX["jawOpen"]] = 0.3 + 0.25 * np.sin(8 * times + number)
    weights[:, CLIP] = number / 100
    weights[:, FRAME] = np.arange(frames) / 1000
    columns = np.zeros((int(frames * 3.2) + 1, CHANNELS), np.float16)
    columns[:, 0] = number / 100
    columns[:, 1] = np.arange(len(columns)) / 3200
    return Performance(f"clip {number}", dataset, columns, weights, np.ones(frames, bool), True)


@pytest.fixture(scope="module")
def performances() -> list[Performance]:
    return [performance(number) for number in range(6)] + [
        performance(number, dataset="facegood", frames=400) for number in (50, 51)
    ]


@pytest.fixture
def plain(monkeypatch):
    """Sequences of weights (F, 52) in the place of beta, so that one sees whose they are."""
    monkeypatch.setattr(sequences, "styled_expression", lambda weights: weights)
    monkeypatch.setattr(sequences, "EXPRESSION_SIZE", 52)
    monkeypatch.setattr(StyledClips, "edit", lambda self: None)


def new_model(config: ContextualConfig = SMALL) -> Contextual:
    model = Contextual(config).eval()
    for parameter in model.parameters():
        torch.nn.init.normal_(parameter, std=0.3)
    torch.nn.init.uniform_(model.expression_scale, 0.5, 2)
    return model


def clip_and_frame(weights: "torch.Tensor") -> tuple[np.ndarray, np.ndarray]:
    return (
        np.round(100 * weights[..., CLIP].numpy()).astype(int),
        np.round(1000 * weights[..., FRAME].numpy()).astype(int),
    )


@pytest.mark.parametrize("frames", [20, 100, 200])
def test_sequences_are_stretches_of_one_set(performances, plain, frames):
    """Each part is consecutive frames of one clip, parts follow each other, and all are of one set."""
    batch = Sequences(performances, frames, 3, seed=1).draw(80)
    assert batch.target.shape == (80, frames, 52)
    several = 0
    for number in range(80):
        clip, frame = clip_and_frame(batch.target[number])
        part = batch.parts[number].numpy()
        assert (np.diff(part) >= 0).all()
        assert len({int(each) // 50 for each in clip}) == 1
        for each in np.unique(part):
            own = part == each
            assert len(np.unique(clip[own])) == 1
            assert (np.diff(frame[own]) == 1).all()
        several += part[-1] > 0
    assert (several > 0) == (frames > FRAMES)


def test_at_a_join_everything_begins_anew(performances, plain):
    batch = Sequences(performances, 200, 3, seed=2).draw(60)
    begins = torch.cat([torch.ones(60, 1, dtype=bool), batch.parts.diff(dim=1) > 0], dim=1)
    joins = begins.clone()
    joins[:, 0] = False
    assert joins.any()
    # The frame before is not known, time counts from 0, and neither side of the join counts.
    assert (batch.known[joins] == 0).all()
    assert (batch.time[joins] == 0).all()
    assert (batch.counted[joins] == 0).all()
    assert (batch.counted[:, :-1][joins[:, 1:]] == 0).all()
    assert (batch.known[~begins] == 1).all()
    assert torch.equal(batch.time[:, 1:][~begins[:, 1:]], (batch.time[:, :-1] + 1)[~begins[:, 1:]])
    # Within a clip everything counts.
    inner = ~begins
    inner[:, :-1] &= ~begins[:, 1:]
    inner[:, [0, -1]] = False
    assert (batch.counted[inner] == 1).all()


def test_half_of_the_sequences_go_on(performances, plain):
    """The frame before the first is that of the same clip, at any phase of the period."""
    batch = Sequences(performances, 40, 3, seed=3).draw(300)
    goes_on = batch.known[:, 0] == 1
    assert goes_on.float().mean().item() == pytest.approx(0.5, abs=0.1)
    assert (batch.before[~goes_on] == 0).all()
    assert (batch.time[~goes_on][:, 0] == 0).all()
    clip, frame = clip_and_frame(batch.before[goes_on])
    clip_after, frame_after = clip_and_frame(batch.target[goes_on][:, 0])
    assert np.array_equal(clip, clip_after)
    assert np.array_equal(frame + 1, frame_after)
    assert (batch.time[goes_on][:, 0] > 0).all()
    assert len(set((batch.time[goes_on][:, 0] % 25).tolist())) == 25


@pytest.mark.parametrize("window", [0, 3])
def test_what_is_heard_is_the_frame_s_own_sound(performances, plain, window):
    """Rows around each frame's centre are those of its clip around its frame, also at the ends of a clip."""
    batch = Sequences(performances, 200, window, seed=4).draw(30)
    for heard, centres, target in zip(batch.heard, batch.centres, batch.target, strict=True):
        clip, frame = clip_and_frame(target)
        for offset in range(-window, window + 1):
            rows = heard[centres + offset].numpy()
            assert np.array_equal(np.round(100 * rows[:, 0]).astype(int), clip)
            there = np.clip(frame + offset, 0, None)
            inside = there > 0
            # At the end of a clip its last column holds.
            last = np.where(clip < 50, FRAMES, 400)
            inside &= there < last - 1
            assert 1000 * rows[inside, 1] == pytest.approx(there[inside], abs=0.6)
            if (there == 0).any():
                assert 1000 * rows[there == 0, 1].max() < 1.5


def test_rows_of_training_are_those_of_generating():
    """What a frame hears in a sequence is what the generator gives it in a stream."""
    clip = performance(3, frames=200)
    clip.columns[:] = np.random.default_rng(0).random(clip.columns.shape)
    streamed = np.concatenate(
        [rows_at(each, 3.2, 4) for each in stretches([clip.columns.astype(np.float32)], STYLE_FPS, 4)]
    )
    for start, frames in ((0, 50), (1, 30), (2, 100), (77, 60)):
        rows = sequences.frame_rows(clip.columns, start, frames, 2)
        assert len(rows) == frames + 4
        at = np.clip(np.arange(start - 2, start + frames + 2), 0, None)
        assert rows == pytest.approx(streamed[at], abs=1e-4)


def test_the_style_is_that_of_another_clip_edited_alike(performances, monkeypatch, plain):
    monkeypatch.setattr(
        sequences, "edited", lambda weights, edit, fps: weights + edit * np.eye(52)[MARK].astype(np.float32)
    )
    numbers = iter(range(1, 10_000))
    monkeypatch.setattr(StyledClips, "edit", lambda self: next(numbers) % 90 / 100 + 0.01)
    batch = Sequences(performances, 100, 3, seed=5).draw(100)
    marks = batch.target[:, :, MARK]
    assert torch.allclose(marks, marks[:, :1].expand_as(marks), atol=1e-6)
    assert torch.allclose(batch.shown[:, :, MARK], marks[:, :60], atol=1e-6)
    going_on = batch.known[:, 0] == 1
    assert torch.allclose(batch.before[going_on][:, MARK], marks[going_on, 0], atol=1e-6)
    assert torch.equal(marks[:, 0] > 0, batch.styled > 0)
    clip, _ = clip_and_frame(batch.target)
    other, _ = clip_and_frame(batch.shown)
    assert (other[:, 0] // 50 == clip[:, 0] // 50).all()
    assert (other[:, 0] != clip[:, 0]).all()


def test_sequences_of_one_frame(performances, plain):
    """k = 1 of Table 1: no context at all."""
    batch = Sequences(performances, 1, 3, seed=6).draw(10)
    assert (batch.known == 0).all()
    assert (batch.counted == 1).all()


def test_clips_that_are_too_short_are_refused():
    with pytest.raises(InputError, match=r"has 1\.6 s without a gap: expected at least 2\.4 s"):
        Sequences([performance(1, frames=40)], 100, 3, seed=0)


def one_stretch(model: Contextual, frames: int, sequences: int = 3) -> Batch:
    """Whole sounds from their beginning."""
    window = model.config.window
    return Batch(
        heard=torch.rand(sequences, frames + 2 * window, CHANNELS),
        centres=(window + torch.arange(frames)).expand(sequences, -1),
        target=torch.randn(sequences, frames, 64),
        time=torch.arange(frames).expand(sequences, -1),
        before=torch.zeros(sequences, 64),
        known=(torch.arange(frames) > 0).float().expand(sequences, -1),
        parts=torch.zeros(sequences, frames, dtype=torch.int64),
        counted=torch.ones(sequences, frames),
        shown=torch.zeros(sequences, 60, 64),
        styled=torch.ones(sequences),
    )


def test_unrolled_as_often_as_there_are_frames_it_is_what_it_gives_alone(monkeypatch):
    """After n passes the first n + 1 frames are exactly those of the network by itself."""
    monkeypatch.setattr(unrolling, "_FORGOTTEN", 0.0)
    model, frames = new_model(), 18
    # So that what is fed back matters for long.
    torch.nn.init.normal_(model.expression.weight, std=1)
    for block in model.blocks:
        for norm in block.norms:
            torch.nn.init.ones_(norm.weight)
    batch = one_stretch(model, frames)
    code = 0.1 * torch.randn(3, SMALL.code)
    expected = alone(model, batch.heard, code)
    size = expected.abs().max().item()
    with torch.no_grad():
        whole = unrolled(model, batch, code, frames)
        assert (whole - expected).abs().max().item() < 1e-4 * size
        for passes in (1, 2, 5):
            made = unrolled(model, batch, code, passes)
            first = slice(0, passes + 1)
            assert (made[:, first] - expected[:, first]).abs().max().item() < 1e-4 * size
            # The next ones still go by what was captured.
            assert (made[:, passes + 1 :] - expected[:, passes + 1 :]).abs().max().item() > 1e-3 * size


def test_without_passes_the_feedback_is_what_was_captured(monkeypatch):
    monkeypatch.setattr(unrolling, "_FORGOTTEN", 0.0)
    monkeypatch.setattr(unrolling, "_NOISE", 0.0)
    model = new_model()
    batch = one_stretch(model, 10)
    batch = replace(batch, before=torch.randn(3, 64), known=torch.ones(3, 10))
    code = torch.randn(3, SMALL.code)
    told = torch.cat([batch.before[:, None], batch.target[:, :-1]], dim=1)
    assert torch.equal(frame_before(batch.target, batch.before), told)
    given = (batch.heard, batch.centres, batch.time, told, batch.known, code, batch.parts)
    with torch.no_grad():
        assert torch.equal(unrolled(model, batch, code, 0), model(*given))
    # Told nothing, it is as if there were no frame before.
    monkeypatch.setattr(unrolling, "_FORGOTTEN", 1.0)
    with torch.no_grad():
        forgotten = model(*given[:4], torch.zeros(3, 10), *given[5:])
        assert torch.equal(unrolled(model, batch, code, 0), forgotten)


def test_only_the_last_pass_is_learnt_from(monkeypatch):
    monkeypatch.setattr(unrolling, "_FORGOTTEN", 0.0)
    model = new_model()
    batch = one_stretch(model, 10)
    target = batch.target.clone().requires_grad_(True)
    made = unrolled(model, replace(batch, target=target), torch.zeros(3, SMALL.code), 1)
    assert torch.autograd.grad(made.sum(), target, allow_unused=True)[0] is None
    assert Unrolling().passes(0) == 0
    assert [Unrolling(0.1, 0.5).passes(done) for done in (0.05, 0.1, 0.3, 0.5, 1)] == [0, 1, 1, 2, 2]


class Styles:
    """A style encoder that says what the jaw does on average."""

    def run(self, expression: np.ndarray) -> list[np.ndarray]:
        return [np.repeat(expression.mean(axis=(1, 2))[:, None], SMALL.code, axis=1).astype(np.float32)]


@pytest.fixture
def _few_for_scales(monkeypatch):
    monkeypatch.setattr(train, "_FOR_SCALES", 4)


def new_trainer(performances, options: LoopOptions, config: ContextualConfig) -> tuple[Contextual, Trainer]:
    model = Contextual(config)
    drawn = Sequences(performances, config.frames, config.window, seed=3)
    return model, Trainer(model, drawn, Styles(), LossWeights(), options)  # type: ignore[arg-type]


@pytest.mark.usefixtures("_few_for_scales")
def test_the_neutral_style_is_the_code_0(performances):
    _, trainer = new_trainer(performances, LoopOptions(4, 3, 12, 1e-3), SMALL)
    batch = Sequences(performances, 12, SMALL.window, seed=9).draw(20)
    codes = trainer.codes(batch)
    assert (codes[batch.styled == 0] == 0).all()
    assert (codes[batch.styled == 1] != 0).any(dim=1).all()


@pytest.mark.usefixtures("_few_for_scales")
def test_an_interruption_changes_nothing(performances, tmp_path, monkeypatch):
    """Dropout, noise, draws and how often it is unrolled all go on."""
    monkeypatch.setattr(loop, "_SAVE_EVERY", 3)
    config = replace(SMALL, blocks=1, dropout=0.2)
    options = LoopOptions(8, 2, config.frames, 1e-3)

    def trained(name: str, *, stop_after: int | None = None) -> Contextual:
        torch.manual_seed(7)
        model, trainer = new_trainer(performances, options, config)
        left = iter(range(options.iterations if stop_after is None else stop_after))

        def step():
            if next(left, None) is None:
                raise KeyboardInterrupt
            return trainer.step()

        train_steps(model, step, dict, options, tmp_path / name, {}, trainer)
        return model

    whole = trained("whole.pt")
    with pytest.raises(KeyboardInterrupt):
        trained("parts.pt", stop_after=5)
    parts = trained("parts.pt")
    for one, other in zip(whole.state_dict().values(), parts.state_dict().values(), strict=True):
        assert torch.equal(one, other)


@pytest.mark.usefixtures("_few_for_scales")
def test_frames_that_do_not_count_teach_nothing(performances):
    options = LoopOptions(4, 3, 12, 1e-3)
    model, trainer = new_trainer(performances, options, SMALL)
    batch = Sequences(performances, 12, SMALL.window, seed=9).draw(3)
    trainer._sequences.draw = lambda count: replace(batch, counted=torch.zeros(3, 12))  # type: ignore[method-assign]
    torch.stack(list(trainer.step().values())).sum().backward()
    assert all(not parameter.grad.any() for parameter in model.parameters() if parameter.grad is not None)


def test_without_held_out_clips_there_are_no_figures(performances):
    assert Validation([], SMALL.window).scores(new_model()) == {}
    scores = Validation(performances[:3], SMALL.window).scores(new_model())
    assert set(scores) == {"grid gap", "grid width", "grid lips mm"}


@pytest.fixture(scope="module")
def styles(tmp_path_factory) -> Path:
    """Style networks that learnt nothing."""
    torch.manual_seed(1)
    config = StyleConfig(encoder_width=16, reflections=1, width=8, dilations=(1,), memory=4)
    networks = StyleNetworks(StyleEncoder(config), StyleEnhancer(config), HybridDecoder(config))
    folder = tmp_path_factory.mktemp("style")
    write_networks(networks, folder, {}, [performance(1)])
    return folder


@pytest.fixture(scope="module")
def recordings(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("recordings")
    write_own_recordings(folder)
    return folder


@pytest.fixture(scope="module")
def written(recordings, styles, tmp_path_factory) -> Path:
    """What `soliloquy train contextual` writes of one's own recordings after a few steps."""
    folder = tmp_path_factory.mktemp("contextual")
    usual = train.USUAL_OPTIONS
    train.USUAL_OPTIONS = replace(usual, batch=2)
    try:
        assert (
            main(["train", "contextual", "--sets", str(recordings), "--speech", "--variants", "0",
                  "--out", str(folder), "--style", str(styles), "--frames", "50",
                  "--threads", "1", "--iterations", "6"]) == 0
        )  # fmt: skip
    finally:
        train.USUAL_OPTIONS = usual
    return folder


def test_own_recordings_become_a_network_that_equals_torch(written, recordings, styles):
    """The exported step through the generator, in odd blocks, against torch on all rows."""
    network = load_network(str(written / CONTEXTUAL_FILE), providers=["cpu"])
    family = load_network(str(styles / "encoder.onnx"), providers=["cpu"]).metadata["style_family"]
    assert network.metadata["style_family"] == family
    facts = json.loads(network.metadata["training"])
    assert facts["sets"] == [str(recordings)]
    assert facts["options"]["frames"] == 50

    saved = torch.load(written / "contextual.pt", weights_only=False)
    model = Contextual(ContextualConfig.from_json(saved["sizes"]))
    model.load_state_dict(saved["model"])
    random = np.random.default_rng(0)
    columns = random.random((400, CHANNELS)).astype(np.float32)
    style = Style("any", random.normal(0, 1, STYLE_SIZE).astype(np.float32), family)
    by_file = load_generator(str(written / CONTEXTUAL_FILE), style=style, providers=["cpu"])
    generator = load_generator(str(written), style=style, providers=["cpu"])
    assert generator.network is by_file.network
    made = np.concatenate(list(generator.frames(np.array_split(columns, 23))))
    assert len(made) == int(399 / 3.2) + 1
    rows = np.concatenate([rows_at(each, 3.2, 4) for each in stretches([columns], STYLE_FPS, 4)])
    window = model.config.window
    heard = torch.from_numpy(np.pad(rows, ((window, window), (0, 0)), mode="edge"))[None]
    expected = alone(model, heard, torch.from_numpy(style.code)[None])[0].numpy()
    assert made == pytest.approx(expected, abs=1e-4)


def test_what_was_written_animates_in_its_own_styles(written, recordings, styles):
    model = str(written / CONTEXTUAL_FILE)
    style = style_from(str(recordings / "line_03.csv"), str(styles))
    sound = recordings / "line_00.wav"
    settings = AnimationSettings(articulation=0)
    styled, neutral, plain = (
        animate(sound, fps=25, model=model, style=each, settings=settings)
        for each in (style, Style("neutral", np.zeros(STYLE_SIZE, np.float32)), None)
    )
    mouth = arkit_indices(MOUTH_NAMES)
    assert np.array_equal(neutral.weights, plain.weights)
    assert not np.array_equal(styled.weights[:, mouth], plain.weights[:, mouth])
    with pytest.raises(InputError, match="read by another style encoder"):
        load_generator(model, style=replace(style, family="0123456789abcdef"))


def test_a_finished_training_is_not_repeated(written, recordings, styles, capsys):
    path = written / CONTEXTUAL_FILE
    before = path.read_bytes()
    usual = train.USUAL_OPTIONS
    train.USUAL_OPTIONS = replace(usual, batch=2)
    command = ["train", "contextual", "--sets", str(recordings), "--speech", "--variants", "0",
               "--out", str(written), "--style", str(styles), "--threads", "1",
               "--iterations", "6"]  # fmt: skip
    try:
        assert main([*command, "--frames", "50"]) == 0
        assert path.read_bytes() == before
        capsys.readouterr()
        assert main([*command, "--frames", "40"]) == 2
        message = capsys.readouterr().err.strip()
        assert "was trained with other" in message
        assert "\n" not in message
    finally:
        train.USUAL_OPTIONS = usual


@pytest.mark.parametrize("frames", [1, 10])
def test_any_k_can_be_written(frames, tmp_path):
    """Table 1 needs k = 1, whose memory is empty."""
    model = new_model(replace(SMALL, frames=frames, blocks=1))
    write_network(model, tmp_path / "short.onnx", "family", {})
    generator = load_generator(str(tmp_path / "short.onnx"), providers=["cpu"])
    columns = np.random.default_rng(0).random((200, CHANNELS)).astype(np.float32)
    made = np.concatenate(list(generator.frames([columns])))
    rows = np.concatenate([rows_at(each, 3.2, 4) for each in stretches([columns], STYLE_FPS, 4)])
    heard = torch.from_numpy(np.pad(rows, ((2, 2), (0, 0)), mode="edge"))[None]
    expected = alone(model, heard, torch.zeros(1, SMALL.code))[0].numpy()
    assert made == pytest.approx(expected, abs=1e-3)
