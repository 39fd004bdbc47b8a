# SPDX-License-Identifier: GPL-3.0-or-later
"""Train the contextual transformer.

  soliloquy train contextual --data FOLDER --out FOLDER

Its styles are codes of trained style networks: those that ship, or a folder that `soliloquy train style`
wrote. Writes contextual.onnx; the same command goes on where it was stopped.
"""

import argparse
import json
from collections.abc import Mapping
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from ...generate.contextual import CONTEXTUAL_FILE
from ...generate.speech import SPEECH_FPS
from ...generate.styles import ENCODER_FILE, STYLE_FOLDER, STYLE_FPS
from ...models.contextual import CHANNELS, CONFIGS, Contextual, ContextualConfig, Step
from ...runtime import Network, load_network
from ..arguments import add_capture_arguments, add_loop_arguments, add_run_arguments, begin_run
from ..export import export_onnx
from ..loop import LoopOptions, train_steps
from ..losses import FaceLosses, LossWeights, lip_measures
from ..performances import phone_listener
from ..prepared import add_speech_arguments, prepared_performances
from ..style.losses import coefficient_scale
from ..style.train import FACE_WEIGHTS
from .sequences import Batch, Sequences
from .unrolling import Unrolling, unrolled
from .validation import Validation

USUAL_OPTIONS = LoopOptions(iterations=3_000, batch=16, frames=100, learning_rate=1.5e-3, decay=0.05)
"""What ships was trained so."""

_FOR_SCALES = 128
"""Sequences from which the units are taken."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of `soliloquy train contextual`."""
    add_capture_arguments(parser)
    add_speech_arguments(parser)
    add_loop_arguments(parser, USUAL_OPTIONS.iterations)
    parser.add_argument(
        "--style",
        type=Path,
        default=STYLE_FOLDER,
        metavar="FOLDER",
        help="style networks whose codes it is told (default: those that ship)",
    )
    parser.add_argument(
        "--config", choices=tuple(CONFIGS), default="compact", help="sizes (default %(default)s)"
    )
    parser.add_argument(
        "--frames",
        type=int,
        default=USUAL_OPTIONS.frames,
        metavar="K",
        help="frames of a training sequence, k of the paper (default %(default)s)",
    )
    add_run_arguments(parser)


def run(args: argparse.Namespace) -> int:
    """Train, export, and say what it reached."""
    begin_run(args)
    encoder = load_network(args.encoder, providers=["cpu"])
    styles = load_network(str(args.style / ENCODER_FILE), providers=["cpu"])
    training, held_out = prepared_performances(args, phone_listener(encoder), STYLE_FPS, {})
    config = replace(CONFIGS[args.config], frames=args.frames)
    # As many frames a step whatever k, so that trainings with different k can be compared.
    batch = max(1, USUAL_OPTIONS.batch * USUAL_OPTIONS.frames // args.frames)
    options = replace(USUAL_OPTIONS, iterations=args.iterations, frames=args.frames, batch=batch)
    sequences = Sequences(training, config.frames, config.window, seed=args.seed)
    model = Contextual(config)
    weights = FACE_WEIGHTS
    trainer = Trainer(model, sequences, styles, weights, options)
    validation = Validation(held_out, config.window)
    train_steps(
        model,
        trainer.step,
        lambda: validation.scores(model),
        options,
        args.out / "contextual.pt",
        {
            "sizes": config.to_json(),
            "losses": asdict(weights),
            "style_family": styles.metadata["style_family"],
        },
        trainer,
    )
    facts = {
        "sets": [*args.sets, *args.speech],
        "minutes": round(sum(map(len, training)) / STYLE_FPS / 60, 1),
        "options": asdict(options),
        "losses": asdict(weights),
        "seed": args.seed,
    }
    write_network(model, args.out / CONTEXTUAL_FILE, styles.metadata["style_family"], facts)
    scores = validation.scores(model)
    print(f"Wrote '{args.out}'. {'Held-out clips:' if scores else 'No clip was held out.'}")
    for name, value in scores.items():
        print(f"  {name:24} {value:.3f}")
    return 0


class Trainer:
    """Steps of the training; knows how far it is."""

    def __init__(
        self,
        model: Contextual,
        sequences: Sequences,
        styles: Network,
        weights: LossWeights,
        options: LoopOptions,
    ) -> None:
        """Take the units from the sequences.

        Args:
            model: the transformer.
            sequences: what it learns from.
            styles: exported style encoder.
            weights: of the losses.
            options: of the loop.
        """
        self._model, self._sequences, self._styles, self._options = model, sequences, styles, options
        self._unrolling = Unrolling()
        self._done = 0
        several = max(1, _FOR_SCALES * 100 // options.frames)
        captured = sequences.draw(several).target.flatten(0, 1)
        scale = coefficient_scale(captured)
        model.expression_mean.copy_(captured.mean(dim=0))
        model.expression_scale.copy_(scale)
        matrix = torch.tensor(lip_measures()[0], dtype=torch.float32)
        variance = float(captured.var(dim=0, unbiased=False).sum())
        self._losses = FaceLosses(variance, (captured @ matrix).std(dim=0), weights, scale=scale)

    def step(self) -> dict[str, Tensor]:
        """Terms of the loss of the next batch."""
        batch = self._sequences.draw(self._options.batch)
        self._done += 1
        passes = self._unrolling.passes(self._done / self._options.iterations)
        made = unrolled(self._model, batch, self.codes(batch), passes)
        still = made.new_zeros(made.shape[:2])
        terms = self._losses(made, batch.target, still, batch.counted)
        # What lids do belongs to no style.
        terms.pop("eye")
        return terms

    def codes(self, batch: Batch) -> Tensor:
        """The styles (N, S) of a batch."""
        (codes,) = self._styles.run(expression=batch.shown.numpy())
        return torch.from_numpy(codes) * batch.styled[:, None]

    @property
    def random_state(self) -> Mapping[str, Any]:
        """Where the draws are, and how many steps are done."""
        return {"sequences": self._sequences.random_state, "done": self._done}

    @random_state.setter
    def random_state(self, state: Mapping[str, Any]) -> None:
        self._sequences.random_state, self._done = state["sequences"], state["done"]


def write_network(model: Contextual, path: Path, family: str, training: Mapping[str, Any]) -> None:
    """Write one step of a trained transformer.

    Args:
        model: trained.
        path: file to write.
        family: of the styles that it knows.
        training: facts for the file's metadata.

    Raises:
        ModelError: the file's results differ from torch's.
    """
    model.eval()
    config: ContextualConfig = model.config
    step = Step(model)
    feedback, kept = step.start()
    export_onnx(
        step,
        {
            "heard": torch.rand(1, 2 * config.window + 1, CHANNELS),
            "feedback": feedback + 0.001,
            "kept": kept + 0.1 * torch.randn_like(kept),
            "frame": torch.tensor(7),
            "code": torch.randn(1, config.code),
        },
        ("expression", "next_kept"),
        {},
        {
            "model": "contextual",
            "config": config.to_json(),
            "window": str(config.window),
            "fps": str(config.fps),
            "columns_per_second": str(SPEECH_FPS),
            "style_family": family,
            "training": json.dumps(dict(training)),
        },
        path,
    )
