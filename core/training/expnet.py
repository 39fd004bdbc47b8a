# SPDX-License-Identifier: GPL-3.0-or-later
"""Train ExpNet on captured faces (SadTalker sections 3.2 and B.3).

  soliloquy train expnet --data FOLDER --out expnet.onnx
  soliloquy train expnet --data FOLDER --sets grid facegood my_recordings --out mine.onnx

A set is `grid` or `facegood` (folders grid_s1 and facegood below --data) or the path of a folder of your own
recordings: pairs NAME.csv (Live Link Face) and NAME.wav. Interrupt and run the same command again to go on.

  soliloquy train expnet --data FOLDER --teacher first.onnx --speech librispeech kokoro --out expnet.onnx

goes on from a trained network, and learns from speech without faces as well: that network's own motion,
corrected where the phones are known.

  soliloquy train expnet --data FOLDER --inputs phones --lip-reader lip_reader.onnx --out expnet.onnx

takes what the speech encoder hears instead of the spectrogram, and adds the reading loss (equation 9).
"""

import argparse
import json
import logging
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Final

import numpy as np
import torch

from ..audio import SAMPLE_RATE
from ..audio.mel import WINDOW_COLUMNS
from ..errors import InputError
from ..generate.expression import EXPRESSION_FPS
from ..generate.expression_inputs import INPUT_CHANNELS, encoder_mark
from ..models.expnet import ExpNet, ExpNetConfig
from ..models.lip_reader import LipReader
from ..motion import EXPRESSION_SIZE
from ..motion_files import whole_file
from ..retarget.arkit import ARKIT_NAMES
from ..runtime import load_network
from .arguments import add_capture_arguments
from .batches import Sampler, sample_frames, smooth
from .captures import Capture, seconds
from .dataset import (
    EXCERPT_COLUMNS,
    Example,
    Listener,
    make_examples,
    read_captures,
    split,
)
from .export import export_onnx
from .losses import FaceLosses, LossWeights, closed_lids, lip_measures
from .speech import SpokenClip, read_speech, taught_captures
from .validation import Validation

_log = logging.getLogger(__name__)

_FEWEST_STEPS: Final = 12
"""Batches in an epoch, at least."""
_CHOOSING_MEASURES: Final = ("lip gap", "mouth width", "jaw", "m/b/p sealed")
"""The best epoch is chosen by these; trackers' scores of the others are weak."""


@dataclass(frozen=True)
class TrainingOptions:
    """How to train.

    Attributes:
        epochs: passes over as many excerpts as there are training clips.
        batch: excerpts of three seconds in a step.
        learning_rate: highest rate of the one-cycle schedule (AdamW).
        weight_decay: of AdamW.
        variants: augmented versions of each clip.
        seed: of the initial network, the augmentation and the order.
        shares: expected share of each set in a batch; sets not named share evenly.
        originals: share of excerpts whose sound is as recorded.
        losses: factors of the loss terms.
    """

    epochs: int = 20
    batch: int = 16
    learning_rate: float = 2e-3
    weight_decay: float = 1e-2
    variants: int = 3
    seed: int = 0
    shares: dict[str, float] = field(
        default_factory=lambda: {"grid": 0.5, "facegood": 0.25, "speech": 0.45, "rest": 0.05}
    )
    originals: float = 0.4
    losses: LossWeights = field(default_factory=LossWeights)


def train(
    training: Sequence[Capture],
    held_out: Sequence[Capture],
    options: TrainingOptions,
    config: ExpNetConfig,
    checkpoint: Path,
    *,
    spoken: Sequence[SpokenClip] = (),
    teacher: Path | None = None,
    encoder: str | None = None,
    reader: LipReader | None = None,
    workers: int = 2,
) -> ExpNet:
    """Train, keeping the network that does best on held-out clips.

    Args:
        training: clips to learn from, fitted to our head.
        held_out: clips to choose the best epoch by.
        options: see `TrainingOptions`.
        config: sizes of the network.
        checkpoint: file to go on from and to write after each epoch.
        spoken: speech of people who are not in training, whose lip closures are counted.
        teacher: exported network to go on from, instead of a random one; it must take the same inputs.
        encoder: speech encoder, where the network takes what it hears.
        reader: trained lip reader for the reading loss.
        workers: processes that prepare the augmented sounds.

    Raises:
        InputError: the teacher takes other inputs.
    """
    torch.manual_seed(options.seed)
    model = ExpNet(config)
    listener = Listener(model.input_names, encoder)
    _log.info("preparing %d clips (%.0f min)", len(training), seconds(list(training)) / 60)
    examples = make_examples(training, options.variants, options.seed, listener=listener, workers=workers)
    losses = _prepare_losses(model, examples, options, reader)
    if teacher is not None:
        model = ExpNet.from_onnx(teacher)
        if model.input_names != listener.names:
            raise InputError(
                f"'{teacher}' takes {model.config.inputs}: a network can only go on from one with its own "
                f"inputs, {config.inputs}."
            )
    captured = [capture for capture in training if capture.dataset != "speech"]
    # A minute of recordings is one batch: its epochs are made of many, or nothing would be learnt.
    steps = max(_FEWEST_STEPS, round(seconds(captured) / (EXCERPT_COLUMNS / EXPRESSION_FPS) / options.batch))
    test = Validation(held_out, spoken, listener)
    return _fit(model, losses, examples, test, options, steps, checkpoint)


def _fit(
    model: ExpNet,
    losses: FaceLosses,
    examples: Sequence[Example],
    test: Validation,
    options: TrainingOptions,
    steps: int,
    checkpoint: Path,
) -> ExpNet:
    """The loop over epochs of `steps` batches; ends with the best network."""
    optimiser = torch.optim.AdamW(
        model.parameters(), options.learning_rate, weight_decay=options.weight_decay
    )
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimiser, options.learning_rate, total_steps=steps * options.epochs, pct_start=0.2
    )
    best_state, best_score, first = model.state_dict(), -1.0, 0
    if checkpoint.is_file():
        saved = torch.load(checkpoint, weights_only=True)
        model.load_state_dict(saved["model"])
        optimiser.load_state_dict(saved["optimiser"])
        schedule.load_state_dict(saved["schedule"])
        best_state, best_score, first = saved["best"], saved["best_score"], saved["epoch"]
        _log.info("going on after epoch %d", first)

    sampler = Sampler(examples, options.batch, options.shares, options.originals, model.input_names)
    for epoch in range(first, options.epochs):
        started = time.monotonic()
        random = np.random.default_rng([options.seed, epoch])
        model.train()
        sums: dict[str, float] = {}
        for _ in range(steps):
            batch = sampler.draw(random)
            track = smooth(model(*batch.inputs, batch.blink_track, batch.reference))
            made = sample_frames(track, batch.positions)
            terms = losses(made, batch.target, batch.blink, batch.mask, batch.visemes)
            loss = torch.stack(list(terms.values())).sum()
            optimiser.zero_grad()
            loss.backward()
            torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimiser.step()
            schedule.step()
            for name, value in terms.items():
                sums[name] = sums.get(name, 0.0) + float(value.detach()) / steps
        scores = test.scores(model)
        mean_score = float(np.nanmean([scores[name] for name in scores if name.endswith(_CHOOSING_MEASURES)]))
        if mean_score > best_score:
            best_score = mean_score
            best_state = {name: value.clone() for name, value in model.state_dict().items()}
        torch.save(
            {
                "model": model.state_dict(),
                "optimiser": optimiser.state_dict(),
                "schedule": schedule.state_dict(),
                "best": best_state,
                "best_score": best_score,
                "epoch": epoch + 1,
            },
            checkpoint,
        )
        _log.info(
            "epoch %d/%d %.0f s | %s | held out: %s",
            epoch + 1,
            options.epochs,
            time.monotonic() - started,
            " ".join(f"{name} {value:.3f}" for name, value in sums.items()),
            " ".join(f"{name} {value:.3f}" for name, value in scores.items()),
        )
    model.load_state_dict(best_state)
    return model.eval()


def _prepare_losses(
    model: ExpNet, examples: Sequence[Example], options: TrainingOptions, reader: LipReader | None
) -> FaceLosses:
    """Set the network's normalisation and the losses' units from the training targets."""
    target = np.concatenate([example.target[example.valid] for example in examples])
    mean, deviation = target.mean(axis=0), target.std(axis=0)
    # Lids move with z_blink, drawn evenly from 0..1, whose variance is 1/12. Without them the scale of the
    # coefficients that only lids move would be near zero, and their weights out of the optimiser's reach.
    lids = closed_lids()
    scale = np.sqrt(deviation**2 + lids**2 / 12)
    scale = np.maximum(scale, 0.05 * float(np.sqrt((scale**2).mean())))
    model.expression_mean.copy_(torch.from_numpy(mean))
    model.expression_scale.copy_(torch.from_numpy(scale))
    with torch.no_grad():
        # What closed lids are is known; the network starts from it.
        model.mapping.weight[:, model.embedding_size] = torch.from_numpy(lids / scale)
    matrix, _ = lip_measures()
    pair_scale = torch.from_numpy((target @ matrix).std(axis=0))
    return FaceLosses(float((deviation**2).sum()), pair_scale, options.losses, reader)


def write_network(
    model: ExpNet,
    path: Path,
    options: TrainingOptions,
    sets: Sequence[str],
    training: Sequence[Capture],
    encoder: str | None = None,
) -> None:
    """Export a trained network with everything needed to run it in its metadata."""
    inputs = {name: torch.randn(1, 96, INPUT_CHANNELS[name]) for name in model.input_names} | {
        "blink": torch.rand(1, 96 - WINDOW_COLUMNS + 1, 1),
        "reference_expression": torch.zeros(1, EXPRESSION_SIZE),
    }
    axes = {name: {0: "clips", 1: "columns"} for name in model.input_names} | {
        "blink": {0: "clips", 1: "frames"},
        "reference_expression": {0: "clips"},
        "expression": {0: "clips", 1: "frames"},
    }
    metadata = model.metadata | {
        "inputs": json.dumps(model.input_names),
        "sample_rate": str(SAMPLE_RATE),
        "fps": str(EXPRESSION_FPS),
        "arkit_names": json.dumps(ARKIT_NAMES),
        "expression_mean": json.dumps(model.expression_mean.tolist()),
        "expression_scale": json.dumps(model.expression_scale.tolist()),
        "training": json.dumps(
            {
                "sets": list(sets),
                "minutes": round(seconds(list(training)) / 60, 1),
                "options": asdict(options),
            }
        ),
    }
    if model.input_names != ("mel",) and encoder is not None:
        metadata["encoder"] = encoder_mark(load_network(encoder, providers=["cpu"]))
    export_onnx(model, inputs, ("expression",), axes, metadata, path)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of `soliloquy train expnet`."""
    defaults = TrainingOptions()
    add_capture_arguments(parser)
    parser.add_argument("--out", type=Path, required=True, metavar="FILE", help="network to write (.onnx)")
    parser.add_argument("--checkpoint", type=Path, metavar="FILE", help="default: OUT with the ending .pt")
    parser.add_argument("--teacher", type=Path, metavar="FILE", help="trained network to go on from (.onnx)")
    parser.add_argument(
        "--speech",
        nargs="+",
        default=[],
        metavar="SET",
        help="sets of phone-timed speech below --data, such as librispeech; needs --teacher",
    )
    parser.add_argument(
        "--clips", type=int, default=350, metavar="N", help="clips of each speech set (default %(default)s)"
    )
    parser.add_argument("--learning-rate", type=float, default=defaults.learning_rate, metavar="R")
    parser.add_argument("--epochs", type=int, default=defaults.epochs, metavar="N")
    parser.add_argument(
        "--variants",
        type=int,
        default=defaults.variants,
        metavar="N",
        help="augmented versions of each clip (default %(default)s)",
    )
    parser.add_argument(
        "--width",
        type=int,
        default=ExpNetConfig().width,
        metavar="N",
        help="channels of the first stage (default %(default)s)",
    )
    parser.add_argument(
        "--inputs",
        default=ExpNetConfig().inputs,
        metavar="NAMES",
        help="what the network takes: of mel, phones, embedding, joined by + (default %(default)s)",
    )
    parser.add_argument(
        "--encoder",
        default="speech_encoder",
        metavar="NAME",
        help="speech encoder that is listened through: %(default)s, or an .onnx file",
    )
    parser.add_argument(
        "--lip-reader", type=Path, metavar="FILE", help="trained lip reader, for the reading loss (.onnx)"
    )
    parser.add_argument("--seed", type=int, default=defaults.seed, metavar="N")
    parser.add_argument("--threads", type=int, default=torch.get_num_threads(), metavar="N")


def run(args: argparse.Namespace) -> int:
    """Train, export, and say what it reached."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s", datefmt="%H:%M:%S")
    torch.set_num_threads(args.threads)
    options = TrainingOptions(
        epochs=args.epochs, variants=args.variants, seed=args.seed, learning_rate=args.learning_rate
    )
    if args.speech and args.teacher is None:
        raise InputError("--speech needs --teacher: a trained network whose motion is corrected.")
    with whole_file(args.out):  # an unwritable place is found before an hour of work, not after
        pass
    args.out.unlink()
    config = ExpNetConfig(width=args.width, inputs=args.inputs)
    reader = None if args.lip_reader is None else LipReader.from_onnx(args.lip_reader)
    # The reading loss needs an ear too where phones are not known.
    encoder = None if reader is None and config.input_names == ("mel",) else args.encoder
    training, held_out = split(read_captures(args.data, args.sets))
    spoken: list[SpokenClip] = []
    for name in args.speech:
        training += taught_captures(
            read_speech(args.data / name, args.clips, validation=False, seed=args.seed),
            str(args.teacher),
            args.encoder,
        )
        spoken += read_speech(args.data / name, 40, validation=True, seed=args.seed)
    checkpoint = args.checkpoint or args.out.with_suffix(".pt")
    model = train(
        training,
        held_out,
        options,
        config,
        checkpoint,
        spoken=spoken,
        teacher=args.teacher,
        encoder=encoder,
        reader=reader,
        workers=args.threads,
    )
    write_network(model, args.out, options, [*args.sets, *args.speech], training, encoder)
    print(f"Wrote '{args.out}'. Held-out clips, correlation with the capture:")
    for name, value in (
        Validation(held_out, spoken, Listener(model.input_names, encoder)).scores(model).items()
    ):
        print(f"  {name:24} {value:.3f}")
    return 0
