# SPDX-License-Identifier: GPL-3.0-or-later
"""The contextual transformer: its equations, and that both of its forms are one network."""

import math
from dataclasses import replace

import pytest

torch = pytest.importorskip("torch")

from soliloquy.core.models.contextual import (
    CHANNELS,
    CONFIGS,
    Block,
    Contextual,
    ContextualConfig,
    Step,
    age_bias,
    head_slopes,
    periodic_encoding,
)

SMALL = ContextualConfig(
    width=32, heads=4, feed_forward=48, blocks=1, period=4, frames=11, window=2, dropout=0.0
)


@pytest.fixture(autouse=True)
def _one_thread():
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    torch.manual_seed(0)
    yield
    torch.set_num_threads(before)


def new(config: ContextualConfig = SMALL) -> Contextual:
    """A network in which everything has its say."""
    model = Contextual(config).eval()
    for parameter in model.parameters():
        torch.nn.init.normal_(parameter, std=0.3)
    torch.nn.init.normal_(model.expression_mean)
    torch.nn.init.uniform_(model.expression_scale, 0.5, 2)
    return model


def inputs(config: ContextualConfig, frames: int, sequences: int = 1):
    """What `forward` takes, of one sound from its beginning."""
    return {
        "heard": torch.rand(sequences, frames + 2 * config.window, CHANNELS),
        "centres": (config.window + torch.arange(frames)).expand(sequences, -1),
        "time": torch.arange(frames).expand(sequences, -1),
        "feedback": torch.randn(sequences, frames, 64),
        "known": (torch.arange(frames) > 0).float().expand(sequences, -1),
        "code": torch.randn(sequences, config.code),
        "parts": torch.zeros(sequences, frames, dtype=torch.int64),
    }


def captured_bias(model: Contextual, given, monkeypatch) -> "torch.Tensor":
    """What is added to the scores of self-attention (N, H, F, F)."""
    seen = []
    look_back = Block.look_back

    def watched(self, x, keys, values, bias):
        seen.append(bias)
        return look_back(self, x, keys, values, bias)

    monkeypatch.setattr(Block, "look_back", watched)
    model(**given)
    monkeypatch.setattr(Block, "look_back", look_back)
    return seen[0]


def test_equation_1_by_a_plain_loop():
    period, width = 25, 64
    table = periodic_encoding(period, width)
    assert table.shape == (period, width)
    for t in range(2 * period):
        for i in range(width // 2):
            angle = (t % period) / 10000 ** (2 * i / width)
            assert table[t % period, 2 * i].item() == pytest.approx(math.sin(angle), abs=1e-5)
            assert table[t % period, 2 * i + 1].item() == pytest.approx(math.cos(angle), abs=1e-5)


def test_equation_2_by_a_plain_loop(monkeypatch):
    """-m floor((i - j) / p) as far back as k frames, m a geometric series; nothing ahead, nothing beyond."""
    frames = 25
    bias = captured_bias(new(), inputs(SMALL, frames), monkeypatch)
    bias = bias.expand(1, -1, -1, -1)[0]
    for head in range(SMALL.heads):
        m = 1 / 2 ** (8 * (head + 1) / SMALL.heads)
        for i in range(frames):
            for j in range(frames):
                if j > i or i - j >= SMALL.frames:
                    assert bias[head, i, j] < -1e8
                else:
                    expected = -m * math.floor((i - j) / SMALL.period)
                    assert bias[head, i, j].item() == pytest.approx(expected, abs=1e-6)


def test_slopes_are_those_of_alibi():
    assert torch.allclose(head_slopes(8), torch.tensor([2.0**-n for n in range(1, 9)]))
    assert torch.allclose(head_slopes(4), torch.tensor([2.0**-2, 2.0**-4, 2.0**-6, 2.0**-8]))


def test_older_periods_weigh_less():
    """The mass of attention to each period, where queries and keys say nothing: falls by exp(-m) a period."""
    config = replace(SMALL, width=16, heads=4, frames=16)
    block = Block(config).eval()
    with torch.no_grad():
        for parameter in (block.query.weight, block.query.bias, block.key.weight, block.key.bias):
            parameter.zero_()
    block.merge, block.norms[0] = torch.nn.Identity(), torch.nn.Identity()
    # Each head reads from the values which period a frame belongs to: 4 periods, 4 channels a head.
    x = torch.zeros(1, 16, 16)
    ages = torch.arange(15, -1, -1)
    values = torch.nn.functional.one_hot(ages // config.period, 4).float().repeat(1, config.heads)[None]
    bias = age_bias(config)[:, ages][None, :, None]
    found = block.look_back(x[:, -1:], torch.zeros(1, 16, 16), values, bias).view(config.heads, 4)
    assert torch.allclose(found.sum(dim=1), torch.ones(config.heads), atol=1e-6)
    assert (found.diff(dim=1) < 0).all()
    for head, slope in enumerate(head_slopes(config.heads)):
        assert torch.allclose(found[head, 1:] / found[head, :-1], torch.exp(-slope).expand(3), atol=1e-5)


@pytest.mark.parametrize("blocks", [1, 3])
def test_no_frame_knows_what_comes_later(blocks):
    model, given = new(replace(SMALL, blocks=blocks)), inputs(SMALL, 30)
    first = model(**given)
    for place in (1, 12, 29):
        changed = dict(given)
        changed["feedback"] = given["feedback"].clone()
        changed["feedback"][:, place:] += torch.randn(1, 30 - place, 64)
        changed["heard"] = given["heard"].clone()
        # Row place + 2 window is the newest that frame `place` sees.
        changed["heard"][:, place + 2 * SMALL.window :] += 1
        second = model(**changed)
        assert torch.equal(first[:, :place], second[:, :place])
        assert (first[:, place] - second[:, place]).abs().max() > 1e-3


def test_a_frame_sees_k_frames_of_the_past_and_no_more():
    model, given = new(), inputs(SMALL, 30)
    given["feedback"].requires_grad_(True)
    for frame in (3, 10, 29):
        (slope,) = torch.autograd.grad(model(**given)[0, frame].sum(), given["feedback"])
        seen = slope[0].abs().sum(dim=1) > 0
        # There is no frame before the first one, so that its own feedback is not looked at.
        oldest = max(1, frame - SMALL.frames + 1)
        assert seen.nonzero().flatten().tolist() == list(range(oldest, frame + 1))


@pytest.mark.parametrize("window", [0, 1, 4])
def test_a_frame_hears_its_window_and_no_more(window):
    config = replace(SMALL, window=window)
    model, given = new(config), inputs(config, 20)
    given["heard"].requires_grad_(True)
    for frame in (0, 7, 19):
        (slope,) = torch.autograd.grad(model(**given)[0, frame].sum(), given["heard"])
        seen = (slope[0].abs().sum(dim=1) > 0).nonzero().flatten().tolist()
        assert seen == list(range(frame, frame + 2 * window + 1))


def test_equation_3_as_printed_teaches_neither_queries_nor_keys():
    """One key alone has the softmax 1, whatever the query says."""

    def slopes(window: int) -> dict[str, float]:
        config = replace(SMALL, window=window)
        model = new(config)
        model(**inputs(config, 8)).square().sum().backward()
        block = model.blocks[0]
        return {
            name: getattr(block, name).weight.grad.abs().max().item()
            for name in ("ask", "heard_key", "heard_value")
        } | {"alignment": block.alignment.grad.abs().max().item()}

    printed, wider = slopes(0), slopes(3)
    for name in ("ask", "heard_key", "alignment"):
        assert printed[name] < 1e-5 * printed["heard_value"]
        assert wider[name] > 1e-3 * wider["heard_value"]


def test_printed_window_gives_the_value_itself():
    """With window 0 what is taken from the sound is W_O W_V of the frame's own row, in plain matrices."""
    config = replace(SMALL, window=0)
    model = new(config)
    block = model.blocks[0]
    x, rows = torch.randn(1, 6, config.width), torch.randn(1, 6, config.width)
    heard = block.listen(x, block.heard_key(rows)[:, :, None], block.heard_value(rows)[:, :, None])
    value = rows @ block.heard_value.weight.T + block.heard_value.bias
    expected = block.norms[1](x + value @ block.take.weight.T + block.take.bias)
    assert torch.allclose(heard, expected, atol=1e-5)


@pytest.mark.parametrize("blocks", [1, 2])
def test_joined_stretches_do_not_see_each_other(blocks):
    """Three stretches in one sequence are what each is by itself: feedback and period begin anew."""
    config = replace(SMALL, blocks=blocks)
    model = new(config)
    pieces = [inputs(config, frames) for frames in (9, 5, 14)]
    code = pieces[0]["code"]
    alone = [model(**piece | {"code": code}) for piece in pieces]
    rows, centres = 0, []
    for piece in pieces:
        centres.append(piece["centres"] + rows)
        rows += piece["heard"].shape[1]
    joined = model(
        heard=torch.cat([piece["heard"] for piece in pieces], dim=1),
        centres=torch.cat(centres, dim=1),
        time=torch.cat([piece["time"] for piece in pieces], dim=1),
        feedback=torch.cat([piece["feedback"] for piece in pieces], dim=1),
        known=torch.cat([piece["known"] for piece in pieces], dim=1),
        code=code,
        parts=torch.cat([piece["parts"] + number for number, piece in enumerate(pieces)], dim=1),
    )
    assert torch.allclose(joined, torch.cat(alone, dim=1), atol=1e-5)


def test_the_first_frame_does_not_look_at_its_feedback():
    model, given = new(), inputs(SMALL, 5)
    changed = given | {"feedback": given["feedback"] + torch.eye(5)[0][:, None]}
    assert torch.equal(model(**given), model(**changed))


@pytest.mark.parametrize(
    "config",
    [
        SMALL,
        replace(SMALL, blocks=3),
        replace(SMALL, frames=1),
        replace(SMALL, window=0, blocks=2, period=25, frames=30),
    ],
)
def test_frame_by_frame_is_the_same_as_all_at_once(config):
    """Three sequences, more frames than are kept, each frame told what the one before it became."""
    frames = 40
    model = new(config)
    given = inputs(config, frames, sequences=3)
    step = Step(model)
    feedback, kept = step.start(3)
    assert kept.shape == (2 * config.blocks, 3, config.frames - 1, config.width)
    # What is kept before the first frame is not seen, whatever it is.
    kept = kept + 5
    made = []
    with torch.no_grad():
        for frame in range(frames):
            near = given["heard"][:, frame : frame + 2 * config.window + 1]
            feedback, kept = step(near, feedback, kept, torch.tensor(frame), given["code"])
            made.append(feedback)
        assert kept.shape == (2 * config.blocks, 3, config.frames - 1, config.width)
        by_frame = torch.stack(made, dim=1)
        told = torch.cat([torch.randn(3, 1, 64), by_frame[:, :-1]], dim=1)
        # With k = 1 a frame knows of no other: each is the first.
        known, time = (given[name] * (config.frames > 1) for name in ("known", "time"))
        at_once = model(**given | {"feedback": told, "known": known, "time": time})
    assert torch.allclose(by_frame, at_once, atol=1e-3 * by_frame.abs().max().item())


def test_with_k_1_no_frame_depends_on_another():
    """The first row of Table 1: "no use of contextual information"."""
    config = replace(SMALL, frames=1)
    step, given = Step(new(config)), inputs(config, 1)
    _, kept = step.start()
    with torch.no_grad():
        made = [
            step(given["heard"], feedback, kept, torch.tensor(8), given["code"])[0]
            for feedback in torch.randn(2, 1, 64)
        ]
    assert torch.equal(*made)


def test_frames_a_period_apart_stand_at_the_same_place():
    model, given = new(), inputs(SMALL, 9)
    first = model(**given)
    assert torch.equal(first, model(**given | {"time": given["time"] + 3 * SMALL.period}))
    assert not torch.allclose(first, model(**given | {"time": given["time"] + 1}), atol=1e-3)


def test_the_neutral_style_adds_a_constant_alone():
    """The code is embedded linearly: code 0 leaves the bias of the layer, as neutral as the mean is."""
    model = new()
    one, two = torch.randn(2, 1, SMALL.code)
    nothing = torch.zeros(1, SMALL.code)
    feedback, known = torch.randn(1, 3, 64), torch.ones(1, 3)

    def told(code):
        return model.embed(feedback, known, code)

    assert torch.allclose(told(one) + told(two), told(one + two) + told(nothing), atol=1e-4)


def test_normalisation_of_expression_is_taken_back():
    """A network in other units of beta is the same network."""
    model = new()
    with torch.no_grad():
        model.expression_mean.zero_()
        model.expression_scale.fill_(1)
    given = inputs(SMALL, 12)
    plain = model(**given)
    mean, scale = torch.randn(64), torch.rand(64) + 0.5
    with torch.no_grad():
        model.expression_mean.copy_(mean)
        model.expression_scale.copy_(scale)
    other = model(**given | {"feedback": given["feedback"] * scale + mean})
    assert torch.allclose(other, plain * scale + mean, atol=1e-4)


def test_sizes_of_the_paper():
    config = CONFIGS["paper"]
    assert (config.width, config.heads, config.feed_forward, config.blocks) == (1024, 4, 2048, 1)
    assert (config.period, config.frames, config.fps) == (25, 100, 25)
    model = Contextual(config)
    width, code, window = 1024, config.code, 2 * config.window + 1
    by_hand = (
        (CHANNELS + 1) * width  # projection of what is heard
        + 64 * width  # expression encoder
        + (code + 1) * width  # style embedding
        + 2 * 4 * (width + 1) * width  # both attentions: query, key, value, output
        + 4 * window  # bias of each head for each distance
        + (width + 1) * 2048
        + (2048 + 1) * width  # feed-forward
        + 3 * 2 * width  # normalisations
        + (width + 1) * 64  # expression decoder
        + code * 64  # what a style does all the time
    )
    assert sum(parameter.numel() for parameter in model.parameters()) == by_hand
    assert CHANNELS == 46


def test_sizes_travel_with_the_file():
    config = replace(SMALL, frames=50, window=4)
    assert ContextualConfig.from_json(config.to_json()) == config
