# SPDX-License-Identifier: GPL-3.0-or-later
"""Train PoseVAE, the motion of the head.

  soliloquy train pose --data FOLDER --out FOLDER

Captured heads teach one style, "reading" by default; the other styles are made from speech by rule. The
output folder gets pose_vae.onnx and a checkpoint: the same command goes on where it was stopped.
"""

import argparse
import json
import logging
import pickle
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

import numpy as np
import torch
from torch import nn

from ...argument_types import at_least_one
from ...audio import SAMPLE_RATE
from ...errors import InputError
from ...generate.pose_sound import POSE_FEATURES, POSE_FPS
from ...generate.settings import HEAD_STYLES
from ...models.pose_vae import PoseDiscriminator, PoseVAE, PoseVAEConfig
from ...motion_files import whole_file
from ...runtime import Network, load_network
from ..arguments import add_capture_arguments, add_run_arguments, begin_run
from ..captures import Capture
from ..checkpoints import read_checkpoint, write_checkpoint
from ..dataset import read_captures, split
from ..export import export_onnx
from ..speech import read_speech
from .clips import PoseClip, Windows, captured_clips, made_clips
from .head_motion import head_motions
from .losses import PoseLossWeights, generator_losses, judge_loss
from .made_motion import MANNERS
from .validation import Validation

_log = logging.getLogger(__name__)

_SAVE_EVERY: Final = 1000
_LAST_RATE: Final = 0.05
"""Part of the learning rate that is left at the end."""
_CLIPS_FOR_GAINS: Final = 100
_HELD_SPEECH: Final = 12
"""Clips of each speech set, of people who are not trained on, that validation moves."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of `soliloquy train pose`."""
    add_capture_arguments(parser, sets=("grid",))
    parser.add_argument(
        "--captured-style",
        choices=HEAD_STYLES,
        default="reading",
        metavar="STYLE",
        help="style that your own recordings teach (default %(default)s, as GRID always does)",
    )
    parser.add_argument(
        "--speech",
        nargs="*",
        default=["librispeech", "kokoro", "speechocean", "kathleen"],
        metavar="SET",
        help="sets of speech below --data, for which the other styles are made (default: %(default)s)",
    )
    parser.add_argument(
        "--clips", type=int, default=500, metavar="N", help="clips of each speech set (default %(default)s)"
    )
    parser.add_argument(
        "--variants",
        type=int,
        default=3,
        metavar="N",
        help="motions of each clip and style (default %(default)s)",
    )
    parser.add_argument(
        "--out", type=Path, required=True, metavar="FOLDER", help="folder for the network and the checkpoint"
    )
    parser.add_argument(
        "--iterations", type=at_least_one, default=40_000, metavar="N", help="(default %(default)s)"
    )
    parser.add_argument("--batch", type=int, default=64, metavar="N", help="windows (default %(default)s)")
    parser.add_argument(
        "--rate", type=float, default=1e-3, metavar="R", help="of learning (default %(default)s)"
    )
    parser.add_argument(
        "--unit", type=float, default=PoseLossWeights.unit, metavar="U", help=argparse.SUPPRESS
    )
    add_run_arguments(parser)


def run(args: argparse.Namespace) -> int:
    """Train, export, and print what validation reached."""
    begin_run(args)
    config, weights = PoseVAEConfig(), PoseLossWeights(unit=args.unit)
    training, held_out = _clips(args, config)
    windows = Windows(training, config, seed=args.seed)
    missing = [style for style in config.styles if style not in windows.styles]
    if missing:
        raise InputError(
            f"No clip of {config.frames / POSE_FPS:g} s or more teaches the style {', '.join(missing)}: give "
            "--speech for the made ones, and captured heads for the style of --captured-style."
        )
    model = PoseVAE(config, windows.scale()).to(args.device)
    validation = Validation(held_out)
    options = {"iterations": args.iterations, "batch": args.batch, "rate": args.rate}
    made_of = {"sizes": config.as_dict(), "losses": asdict(weights), "options": options}
    _train(model, windows, validation, weights, made_of, args)
    facts = {
        "sets": [*args.sets, *args.speech],
        "captured_style": args.captured_style,
        "minutes": round(sum(map(len, training)) / POSE_FPS / 60, 1),
        "seed": args.seed,
        **made_of,
    }
    model = model.cpu()
    gains = Validation(_some_of_each_style(training, _CLIPS_FOR_GAINS, args.seed)).gains(model)
    write_pose_vae(model, gains, args.out / "pose_vae.onnx", facts)
    print(f"Wrote '{args.out / 'pose_vae.onnx'}'. Held-out clips, drawn / their own:")
    for name, value in validation.scores(model, gains).items():
        print(f"  {name:26} {value:.3f}")
    return 0


def _some_of_each_style(clips: Sequence[PoseClip], count: int, seed: int) -> list[PoseClip]:
    random = np.random.default_rng(seed)
    by_style: dict[str, list[PoseClip]] = {}
    for number in random.permutation(len(clips)):
        by_style.setdefault(clips[number].style, []).append(clips[number])
    return [clip for found in by_style.values() for clip in found[:count]]


def write_pose_vae(model: PoseVAE, gains: Sequence[float], path: Path, training: Mapping[str, Any]) -> None:
    """Write the decoder with its conditions, which is all that drawing needs.

    Args:
        model: the network.
        gains: factor of each style's poses.
        path: the file.
        training: facts for the file's metadata.

    Raises:
        ModelError: the file's results differ from torch's.
    """
    config = model.config
    inputs = {
        "latent": torch.randn(2, config.latent),
        "sound": torch.rand(2, config.frames, len(config.features)),
        "style": torch.eye(len(config.styles))[:2],
        "first": torch.randn(2, 6) * 0.01,
    }
    metadata = {
        "model": "pose_vae",
        "styles": ",".join(config.styles),
        "features": ",".join(POSE_FEATURES),
        "frames": str(config.frames),
        "latent": str(config.latent),
        "gains": ",".join(f"{gain:.3f}" for gain in gains),
        "fps": str(POSE_FPS),
        "sample_rate": str(SAMPLE_RATE),
        "training": json.dumps(dict(training)),
    }
    axes = {name: {0: "windows"} for name in (*inputs, "poses")}
    export_onnx(model, inputs, ("poses",), axes, metadata, path)


def _train(
    model: PoseVAE,
    windows: Windows,
    validation: Validation,
    weights: PoseLossWeights,
    made_of: Mapping[str, Any],
    args: argparse.Namespace,
) -> None:
    """Both networks in turn; go on where a checkpoint left off."""
    device = torch.device(args.device)
    judge = PoseDiscriminator(model.config).to(device)
    networks: tuple[nn.Module, nn.Module] = (model, judge)
    optimisers = [torch.optim.Adam(each.parameters(), lr=args.rate, betas=(0.5, 0.99)) for each in networks]
    checkpoint, first = args.out / "pose_vae.pt", 0
    saved = read_checkpoint(checkpoint, made_of, device)
    if saved is not None:
        for each, state in zip((*networks, *optimisers), saved["states"], strict=True):
            each.load_state_dict(state)
        first = saved["done"]
        torch.set_rng_state(saved["drawn"].cpu())
        windows.random_state = saved["windows"]
        _log.info("Going on after iteration %d of '%s'.", first, checkpoint)
    began, sums, count = time.monotonic(), {}, 0
    for done in range(first + 1, args.iterations + 1):
        rate = args.rate * (_LAST_RATE + (1 - _LAST_RATE) * (1 - done / args.iterations))
        for optimiser in optimisers:
            optimiser.param_groups[0]["lr"] = rate
        model.train()
        batch = windows.draw(args.batch).to(device)
        terms = {"judge": judge_loss(model, judge, batch)}
        optimisers[1].zero_grad()
        terms["judge"].backward()
        optimisers[1].step()
        terms |= generator_losses(model, judge, batch, weights)
        optimisers[0].zero_grad()
        (terms["error"] + terms["divergence"] + terms["adversarial"]).backward()
        nn.utils.clip_grad_norm_(model.parameters(), 50.0)
        optimisers[0].step()
        for name, value in terms.items():
            sums[name] = sums.get(name, 0.0) + value.item()
        count += 1
        if done % _SAVE_EVERY == 0 or done == args.iterations:
            state = {
                "states": [each.state_dict() for each in (*networks, *optimisers)],
                "done": done,
                "drawn": torch.get_rng_state(),
                "windows": windows.random_state,
                **made_of,
            }
            write_checkpoint(checkpoint, state)
            told = " ".join(f"{name} {total / count:.3f}" for name, total in sums.items())
            scores = " ".join(f"{name} {value:.2f}" for name, value in validation.scores(model).items())
            _log.info("%d (%.0f s): %s | %s", done, time.monotonic() - began, told, scores)
            sums, count = {}, 0


def _captured(capture: Capture, own_style: str, encoder: Network) -> list[PoseClip]:
    """A clip's head, if it was captured: GRID's man reads, and recordings teach what they are said to."""
    style = own_style if capture.dataset == "recordings" else "reading"
    return captured_clips(head_motions([capture]), style, encoder)


def _clips(args: argparse.Namespace, config: PoseVAEConfig) -> tuple[list[PoseClip], list[PoseClip]]:
    """Training and held-out clips, kept beside the checkpoint so that going on costs no minutes."""
    wanted = {
        name: getattr(args, name)
        for name in ("sets", "captured_style", "speech", "clips", "variants", "encoder", "seed")
    }
    wanted["features"], wanted["manners"] = POSE_FEATURES, repr(MANNERS)
    kept = args.out / "pose_clips.pickle"
    if kept.is_file():
        with kept.open("rb") as stream:
            found, training, held_out = pickle.load(stream)
        if found == wanted:
            return training, held_out
    encoder = load_network(args.encoder, providers=["cpu"])
    training, held_out = (
        [clip for each in captures for clip in _captured(each, args.captured_style, encoder)]
        for captures in split(read_captures(args.data, args.sets))
    )
    taught = {clip.style for clip in training}
    styles = [style for style in config.styles if style in MANNERS and style not in taught]
    for name in args.speech:
        for clips, count, variants in ((training, args.clips, args.variants), (held_out, _HELD_SPEECH, 1)):
            speech = read_speech(args.data / name, count, validation=clips is held_out, seed=args.seed)
            sounds = ((clip.name, clip.samples) for clip in speech)
            clips += made_clips(sounds, styles, encoder, variants=variants, seed=args.seed + len(clips))
    with whole_file(kept) as stream:
        pickle.dump((wanted, training, held_out), stream)
    return training, held_out
