# SPDX-License-Identifier: GPL-3.0-or-later
"""The lip reader, and the reading loss that it gives ExpNet."""

from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from soliloquy.core.errors import ModelError
from soliloquy.core.models.lip_reader import LipReader
from soliloquy.core.motion import Phone
from soliloquy.core.phones import PHONE_INDEX, PHONES
from soliloquy.core.retarget.arkit import ARKIT_INDEX
from soliloquy.core.runtime import WEIGHTS_FOLDER
from soliloquy.core.training.captures import Capture
from soliloquy.core.training.dataset import Listener
from soliloquy.core.training.lip_reader import (
    ReaderOptions,
    reader_clips,
    reading_accuracy,
    train_reader,
    write_reader,
)
from soliloquy.core.training.losses import FaceLosses, LossWeights, reading_loss
from soliloquy.core.training.visemes import VISEMES, viseme_labels, visemes_of


def spoken_capture(seed: int) -> Capture:
    """Three seconds of "mama", "fofo" and the like, on a mouth that does what the phones say."""
    random = np.random.default_rng(seed)
    phones, weights = [], np.zeros((75, 52), np.float32)
    frame = 3
    while frame < 66:
        for name in (random.choice(["M", "F"]), random.choice(["AA", "UW"])):
            frames = slice(frame, frame + 4)
            phones.append(Phone(str(name), frame / 25 - 0.02, (frame + 4) / 25 - 0.02))
            shapes = {
                "M": {"mouthPressLeft": 0.4, "mouthPressRight": 0.4},
                "F": {"jawOpen": 0.08, "mouthRollLower": 0.5, "mouthUpperUpLeft": 0.2},
                "AA": {"jawOpen": 0.6},
                "UW": {"jawOpen": 0.2, "mouthPucker": 0.8},
            }[str(name)]
            for shape, value in shapes.items():
                weights[frames, ARKIT_INDEX[shape]] = value * random.uniform(0.7, 1.3)
            frame += 4
        frame += int(random.integers(0, 6))
    weights += random.normal(0, 0.01, weights.shape).astype(np.float32)
    return Capture(
        str(seed), "grid", np.zeros(48000, np.float32), 25.0, weights, np.ones(75, bool), phones=tuple(phones)
    )


@pytest.fixture(scope="module")
def reader() -> LipReader:
    clips = reader_clips([spoken_capture(seed) for seed in range(40)], Listener())
    return train_reader(clips, ReaderOptions(epochs=40))


def test_every_phone_is_one_viseme() -> None:
    assert sorted(phone for phones in VISEMES.values() for phone in phones) == sorted(PHONES)
    posteriors = np.full((1, 40), 0.0)
    posteriors[0, [PHONE_INDEX["M"], PHONE_INDEX["P"], PHONE_INDEX["AA"]]] = 0.3, 0.5, 0.2
    visemes = dict(zip(VISEMES, visemes_of(posteriors)[0], strict=True))
    assert visemes["lips closed"] == pytest.approx(0.8)
    assert visemes["open"] == pytest.approx(0.2)
    labels = viseme_labels([Phone("F", 0.1, 0.2)], np.array([0.0, 0.15, 0.3]))
    assert [list(VISEMES)[row.argmax()] for row in labels] == ["rest", "lip at teeth", "rest"]


def test_it_reads_mouths_that_it_has_not_seen(reader: LipReader) -> None:
    frames, mean = reading_accuracy(
        reader, reader_clips([spoken_capture(seed) for seed in range(100, 110)], Listener())
    )
    assert frames > 0.8
    assert mean > 0.8


def test_the_reading_loss_tells_speech_from_mumbling(reader: LipReader) -> None:
    ((expression, visemes, mask),) = reader_clips([spoken_capture(200)], Listener())
    spoken = float(reading_loss(reader, expression, visemes, mask))
    mumbled = float(reading_loss(reader, 0.3 * expression, visemes, mask))
    late = float(reading_loss(reader, expression.roll(4, dims=1), visemes, mask))
    assert spoken < 0.6 * min(mumbled, late)
    assert float(reading_loss(reader, expression, torch.zeros_like(visemes), mask)) == 0
    assert float(reading_loss(reader, expression, visemes, torch.zeros_like(mask))) == 0


def test_the_loss_moves_the_mouth_and_not_the_reader(reader: LipReader) -> None:
    ((target, visemes, mask),) = reader_clips([spoken_capture(200)], Listener())
    before = [parameter.clone() for parameter in reader.parameters()]
    losses = FaceLosses(1.0, torch.ones(8), LossWeights(read=0.5), reader)
    mouth = (0.3 * target).requires_grad_()
    optimiser = torch.optim.Adam([mouth], 1e-3)
    blink = torch.zeros_like(mask)
    first = None
    for _ in range(30):
        terms = losses(mouth, target, blink, mask, visemes)
        first = first if first is not None else float(terms["read"].detach())
        optimiser.zero_grad()
        terms["read"].backward()
        optimiser.step()
    assert float(losses(mouth, target, blink, mask, visemes)["read"]) < 0.7 * first
    assert all(torch.equal(a, b) for a, b in zip(before, reader.parameters(), strict=True))
    assert "read" not in FaceLosses(1.0, torch.ones(8), LossWeights())(mouth, target, blink, mask, visemes)


def test_export_round_trip(reader: LipReader, tmp_path: Path) -> None:
    write_reader(reader, tmp_path / "reader.onnx", {})
    other = LipReader.from_onnx(tmp_path / "reader.onnx")
    expression = torch.randn(2, 30, 64) * 0.01
    with torch.no_grad():
        assert torch.equal(reader(expression), other(expression))
        assert other(expression).shape == (2, 26, len(VISEMES))
    with pytest.raises(ModelError, match="expected lip_reader"):
        LipReader.from_onnx(WEIGHTS_FOLDER / "expnet.onnx")


def test_what_is_heard_stands_in_for_phones() -> None:
    from soliloquy import samples
    from soliloquy.core.audio import load

    speech = load(samples.SOUND)[: 4 * 16000]
    count = int(len(speech) / 16000 * 30)
    capture = Capture("a", "facegood", speech, 30.0, np.zeros((count, 52), np.float32), np.ones(count, bool))
    assert not Listener().visemes(capture).any()
    visemes = Listener(encoder="speech_encoder").visemes(capture).astype(np.float32)
    assert visemes.shape == (count, len(VISEMES))
    assert np.abs(visemes.sum(axis=1) - 1).max() < 0.01
    assert len(set(visemes.argmax(axis=1).tolist())) > 5
