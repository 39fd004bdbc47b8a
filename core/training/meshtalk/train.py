# SPDX-License-Identifier: GPL-3.0-or-later
"""Train MeshTalk.

  soliloquy train meshtalk --data FOLDER --out FOLDER

Captured faces teach how mouth, lids and brows move; speech of many people, with the motion that a trained
ExpNet gives it, teaches how others sound. Two stages, each with a checkpoint in the output folder: the same
command goes on where it was stopped.
"""

import argparse
import logging
import pickle
from collections.abc import Sequence
from dataclasses import asdict, fields, replace
from pathlib import Path
from typing import Any

from ...errors import InputError
from ...generate.mesh import MESH_FPS
from ...models.meshtalk.autoregressive import Autoregressive
from ...models.meshtalk.config import CONFIGS, MeshTalkConfig
from ...motion_files import whole_file
from ...runtime import load_network
from ..arguments import add_capture_arguments, add_run_arguments, begin_run
from ..dataset import read_captures, split
from ..speech import read_speech, taught_captures
from .export import write_networks
from .losses import LossWeights
from .network import new_network
from .performances import Performance, Segments, listener, make_performances
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
    parser.add_argument(
        "--speech",
        nargs="*",
        default=["librispeech", "kokoro", "speechocean", "kathleen"],
        metavar="SET",
        help="sets of phone-timed speech below --data, moved by ExpNet (default: %(default)s)",
    )
    parser.add_argument(
        "--clips", type=int, default=150, metavar="N", help="clips of each speech set (default %(default)s)"
    )
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
        "--iterations", type=int, nargs=2, metavar="N", help="steps of the two stages, if others than usual"
    )
    parser.add_argument(
        "--variants",
        type=int,
        default=1,
        metavar="N",
        help="versions of each clip with a changed sound (default %(default)s)",
    )
    parser.add_argument("--teacher", default="expnet", metavar="NAME", help="ExpNet that moves the speech")
    add_run_arguments(parser)


def run(args: argparse.Namespace) -> int:
    """Train, export, and say what it reached."""
    begin_run(args)
    config = CONFIGS[args.config]
    if args.sound:
        config = replace(config, sound=args.sound, dilations=CONFIGS[_SIZES_FOR[args.sound]].dilations)
    training, held_out = _performances(args, config)
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


def _performances(
    args: argparse.Namespace, config: MeshTalkConfig
) -> tuple[list[Performance], list[Performance]]:
    """Training and held-out clips, kept beside the checkpoints so that going on costs no minutes."""
    wanted: dict[str, Any] = {
        name: getattr(args, name)
        for name in ("sets", "speech", "clips", "variants", "teacher", "encoder", "seed")
    }
    wanted["sound"] = config.sound
    kept = args.out / "performances.pickle"
    if kept.is_file():
        found, training, held_out = _read_kept(kept)
        if found == wanted:
            return training, held_out
        if found and any(args.out.glob("*_stage.pt")):
            own = ", ".join(f"{name} {value}" for name, value in found.items() if value != wanted.get(name))
            raise InputError(
                f"'{args.out}' holds a training on other clips: give the same options, or another folder. "
                f"Its own: {own}."
            )
    encoder = load_network(args.encoder, providers=["cpu"])
    captured, held = split(read_captures(args.data, args.sets))
    for name in args.speech:
        clips = read_speech(args.data / name, args.clips, validation=False, seed=args.seed)
        captured += taught_captures(clips, args.teacher, args.encoder)
    listen = listener(config, encoder)
    training = make_performances(captured, listen, variants=args.variants, seed=args.seed)
    held_out = make_performances(held, listen)
    with whole_file(kept) as stream:
        pickle.dump((wanted, training, held_out), stream)
    return training, held_out


def _read_kept(path: Path) -> tuple[dict[str, Any], list[Performance], list[Performance]]:
    """What an earlier run kept: its options and clips; nothing where another version wrote the file."""
    try:
        with path.open("rb") as stream:
            found, training, held_out = pickle.load(stream)
        names = {field.name for field in fields(Performance)}
        if all(vars(each).keys() == names for each in (*training, *held_out)):
            return found, training, held_out
    except (pickle.UnpicklingError, AttributeError, EOFError, ImportError, TypeError, ValueError):
        pass
    logging.getLogger(__name__).info("'%s' is of another version: the clips are made anew.", path)
    return {}, [], []
