# SPDX-License-Identifier: GPL-3.0-or-later
"""Train the lip reader of ExpNet's reading loss (SadTalker, equation 9) on captured faces.

  soliloquy train lip-reader --data FOLDER --out lip_reader.onnx
  soliloquy train lip-reader --data FOLDER --sets facegood --encoder speech_encoder --out lip_reader.onnx

What is said comes from the set's phones; for a set without phones (facegood, own recordings) from what the
speech encoder hears. The network serves training and evaluation alone.
"""

import argparse
import json
import logging
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from ..errors import InputError
from ..models.lip_reader import LipReader
from ..motion import EXPRESSION_SIZE
from .captures import Capture
from .dataset import Listener, make_target, read_captures, split
from .export import export_onnx
from .losses import reading_loss
from .visemes import VISEMES

_log = logging.getLogger(__name__)

Clip = tuple[Tensor, Tensor, Tensor]
"""beta (1, F, 64), visemes (1, F, V), mask (1, F)."""


@dataclass(frozen=True)
class ReaderOptions:
    """How to train.

    Attributes:
        epochs: passes over the clips.
        batch: excerpts in a step.
        frames: of an excerpt.
        learning_rate: highest of the one-cycle schedule (AdamW).
        amount: mouths are made to move this much less or more, as people do.
        seed: of the network, the order and the excerpts.
    """

    epochs: int = 30
    batch: int = 32
    frames: int = 60
    learning_rate: float = 3e-3
    amount: float = 0.25
    seed: int = 0


def train_reader(training: Sequence[Clip], options: ReaderOptions) -> LipReader:
    """Train a lip reader on clips of any lengths."""
    torch.manual_seed(options.seed)
    random = np.random.default_rng(options.seed)
    model = LipReader(len(VISEMES))
    optimiser = torch.optim.AdamW(model.parameters(), options.learning_rate, weight_decay=0.02)
    excerpts = sum(max(1, clip[0].shape[1] // options.frames) for clip in training)
    steps = max(1, excerpts // options.batch)
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimiser, options.learning_rate, total_steps=steps * options.epochs, pct_start=0.2
    )
    lengths = np.array([clip[0].shape[1] for clip in training], np.float64)
    for _ in range(options.epochs):
        for _ in range(steps):
            drawn = random.choice(len(training), options.batch, p=lengths / lengths.sum())
            expression, visemes, mask = _excerpts([training[i] for i in drawn], options.frames, random)
            amount = torch.from_numpy(
                random.uniform(1 - options.amount, 1 + options.amount, (len(drawn), 1, 1)).astype(np.float32)
            )
            loss = reading_loss(model, expression * amount, visemes, mask)
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
            schedule.step()
    return model.eval()


def reading_accuracy(model: LipReader, clips: Sequence[Clip]) -> tuple[float, float]:
    """How well it reads clips: (share of frames right, the same as a mean over visemes).

    A reader that always names the commonest viseme has many frames right, but a twelfth of the mean.
    """
    right: list[Tensor] = []
    said: list[Tensor] = []
    for expression, visemes, mask in clips:
        edge = model.reach
        with torch.no_grad():
            read = model(expression)[0].argmax(dim=1)
        truth = visemes[0, edge : visemes.shape[1] - edge]
        counts = (mask[0].unfold(0, 2 * edge + 1, 1).amin(dim=1) > 0) & (truth.sum(dim=1) > 0)
        right.append((read == truth.argmax(dim=1))[counts])
        said.append(truth.argmax(dim=1)[counts])
    hits, labels = torch.cat(right).float(), torch.cat(said)
    shares = [float(hits[labels == viseme].mean()) for viseme in labels.unique()]
    return float(hits.mean()), float(np.mean(shares))


def reader_clips(captures: Sequence[Capture], listener: Listener) -> list[Clip]:
    """What captures show and say."""
    clips = []
    for capture in captures:
        target, _ = make_target(capture)
        visemes = listener.visemes(capture).astype(np.float32)
        clips.append(
            (
                torch.from_numpy(target)[None],
                torch.from_numpy(visemes)[None],
                torch.from_numpy(capture.valid.astype(np.float32))[None],
            )
        )
    return clips


def write_reader(model: LipReader, path: Path, metadata: dict[str, str]) -> None:
    """Export a trained lip reader."""
    axes = {"expression": {0: "clips", 1: "frames"}, "visemes": {0: "clips", 1: "frames"}}
    inputs = {"expression": torch.randn(1, 20, EXPRESSION_SIZE) * 0.01}
    export_onnx(model, inputs, ("visemes",), axes, model.metadata | metadata, path)


def _excerpts(clips: Sequence[Clip], frames: int, random: np.random.Generator) -> tuple[Tensor, ...]:
    """Excerpts of equal length as batches; shorter clips are filled up with frames that do not count."""
    parts = []
    for clip in clips:
        length = clip[0].shape[1]
        first = int(random.integers(0, max(1, length - frames + 1)))
        padding = max(0, frames - length)
        parts.append(
            [
                torch.nn.functional.pad(part[0, first : first + frames].T, (0, padding)).T
                for part in (clip[0], clip[1], clip[2][..., None])
            ]
        )
    expression, visemes, mask = (torch.stack(column) for column in zip(*parts, strict=True))
    return expression, visemes, mask[..., 0]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of `soliloquy train lip-reader`."""
    parser.add_argument(
        "--data", type=Path, default=Path("."), metavar="FOLDER", help="folder of the data sets"
    )
    parser.add_argument(
        "--sets", nargs="+", default=["grid"], metavar="SET", help="as in train expnet (default: grid)"
    )
    parser.add_argument(
        "--encoder",
        metavar="NAME",
        help="speech encoder that labels sets without phones: speech_encoder, or an .onnx file",
    )
    parser.add_argument("--out", type=Path, required=True, metavar="FILE", help="network to write (.onnx)")
    parser.add_argument("--epochs", type=int, default=ReaderOptions().epochs, metavar="N")
    parser.add_argument("--seed", type=int, default=0, metavar="N")


def run(args: argparse.Namespace) -> int:
    """Train, export, and say how well it reads clips that it has not seen."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s", datefmt="%H:%M:%S")
    options = ReaderOptions(epochs=args.epochs, seed=args.seed)
    training, held_out = split(read_captures(args.data, args.sets))
    if args.encoder is None and any(capture.phones is None for capture in training):
        raise InputError("A set has no phones: give --encoder, whose ear then says what is spoken.")
    listener = Listener(encoder=args.encoder)
    _log.info("reading %d clips", len(training))
    model = train_reader(reader_clips(training, listener), options)
    metadata = {
        "viseme_names": json.dumps(list(VISEMES)),
        "training": json.dumps({"sets": args.sets, "options": asdict(options)}),
    }
    write_reader(model, args.out, metadata)
    frames, mean = reading_accuracy(model, reader_clips(held_out, listener))
    print(f"Wrote '{args.out}'. Held-out clips: {frames:.3f} of the frames right, mean of visemes {mean:.3f}")
    return 0
