# SPDX-License-Identifier: GPL-3.0-or-later
"""Train MeshTalk.

  soliloquy train meshtalk --data FOLDER --out FOLDER

Captured faces teach how mouth, lids and brows move; speech of many people, with the motion that a trained
ExpNet gives it, teaches how others sound. Two stages, each with a checkpoint in the output folder: the same
command goes on where it was stopped.
"""

import argparse
from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path

from ...argument_types import at_least_one
from ...generate.mesh import MESH_FPS
from ...models.meshtalk.autoregressive import Autoregressive
from ...models.meshtalk.config import CONFIGS
from ...runtime import load_network
from ..arguments import add_capture_arguments, add_run_arguments, begin_run
from ..prepared import add_speech_arguments, prepared_performances
from .export import write_networks
from .losses import LossWeights
from .network import new_network
from .segments import Segments, listener
from .stages import PAPER_STAGES, StageOptions, train_autoencoder, train_autoregressive
from .validation import Validation

USUAL_STAGES = (
    StageOptions(6_000, 16, 32, 1e-3),
    StageOptions(5_000, 16, 64, 1e-3, corrupted=0.05, decay=0.01),
)
"""What ships was trained so: fewer, larger steps than the paper's."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of `soliloquy train meshtalk`."""
    add_capture_arguments(parser)
    add_speech_arguments(parser)
    parser.add_argument(
        "--out", type=Path, required=True, metavar="FOLDER", help="folder for the networks and checkpoints"
    )
    parser.add_argument(
        "--config", choices=tuple(CONFIGS), default="compact", help="sizes (default %(default)s)"
    )
    parser.add_argument("--sound", choices=("phones", "mel"), help="what it hears; the sizes say by default")
    parser.add_argument(
        "--no-cross",
        action="store_true",
        help="without the cross-modality loss, to see what it is good for",
    )
    parser.add_argument(
        "--as-printed",
        action="store_true",
        help="the paper's steps, 50,000 and 15,000 of 8 segments, instead of fewer and larger ones",
    )
    parser.add_argument(
        "--iterations",
        type=at_least_one,
        nargs=2,
        metavar="N",
        help="steps of the two stages, if others than usual",
    )
    add_run_arguments(parser)


def run(args: argparse.Namespace) -> int:
    """Train, export, and say what it reached."""
    begin_run(args)
    config = CONFIGS[args.config]
    if args.sound:
        config = replace(config, sound=args.sound, dilations=CONFIGS[_SIZES_FOR[args.sound]].dilations)
    encoder = load_network(args.encoder, providers=["cpu"])
    training, held_out = prepared_performances(
        args, listener(config, encoder), MESH_FPS, {"sound": config.sound}
    )
    segments = Segments(training, config, seed=args.seed)
    validation = Validation(held_out, segments)
    weights = LossWeights(cross=0.0) if args.no_cross else LossWeights()
    stages = _stages(args)
    model = new_network(config).to(args.device)
    train_autoencoder(model, segments, validation, stages[0], weights, args.out / "first_stage.pt")
    network = Autoregressive(config).to(args.device)
    train_autoregressive(network, model, segments, validation, stages[1], args.out / "second_stage.pt")
    facts = {
        "sets": [*args.sets, *args.speech],
        "minutes": round(sum(map(len, training)) / MESH_FPS / 60, 1),
        "stages": [asdict(stage) for stage in stages],
        "losses": asdict(weights),
        "seed": args.seed,
        "lids": any(each.has_upper for each in training),
    }
    write_networks(model.cpu(), network.cpu(), args.out, facts)
    scores = validation.scores(model) | validation.likelihood(model, network)
    print(
        f"Wrote '{args.out}'. {'Held-out clips:' if scores else 'No held-out clip was long enough to tell.'}"
    )
    for name, value in scores.items():
        print(f"  {name:20} {value:.3f}")
    return 0


_SIZES_FOR = {"mel": "paper", "phones": "compact"}
"""The configuration whose audio encoder fits a kind of sound."""


def _stages(args: argparse.Namespace) -> Sequence[StageOptions]:
    stages = PAPER_STAGES if args.as_printed else USUAL_STAGES
    if args.iterations:
        return [replace(stage, iterations=n) for stage, n in zip(stages, args.iterations, strict=True)]
    return stages
