# SPDX-License-Identifier: GPL-3.0-or-later
"""What a longer context is good for: contextual transformers of different k, on clips that they never saw.

  soliloquy evaluate context --data FOLDER --models k1.onnx k10.onnx k100.onnx

Each was trained by `soliloquy train contextual --frames K` (Parametric Implicit Face, supplement, Table 1).
They run by themselves, each clip from its start: GRID's held-out clips of three seconds, FACEGOOD's held-out
take as a whole, and three other people of GRID.
"""

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ..errors import InputError
from ..generate.contextual import ContextualGenerator
from ..generate.generators import load_generator
from ..generate.styles import STYLE_FPS, styled_expression
from ..models.contextual import ContextualConfig
from ..runtime import load_network
from ..training.captures import Capture
from ..training.dataset import read_captures, split
from ..training.lip_agreement import lip_agreement
from ..training.performances import motion_of, phone_listener
from .captured_people import fitted, held_out_grid


@dataclass(frozen=True)
class Clip:
    """Columns (T, 46) of what is heard, captured beta (F, 64), and which frames (F,) were captured."""

    columns: NDArray[np.float32]
    beta: NDArray[np.float32]
    valid: NDArray[np.bool_]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of `soliloquy evaluate context`."""
    parser.add_argument("--data", type=Path, required=True, metavar="FOLDER", help="folder of the data sets")
    parser.add_argument(
        "--models",
        nargs="+",
        default=["contextual"],
        metavar="FILE",
        help="contextual transformers (default: the one that ships)",
    )
    parser.add_argument("--encoder", default="speech_encoder", metavar="NAME", help="speech encoder")


def run(args: argparse.Namespace) -> int:
    """Print a table for each group of clips."""
    generators = {name: _contextual(name) for name in args.models}
    for title, clips in _groups(args.data, args.encoder).items():
        seconds = sum(len(clip.beta) for clip in clips) / STYLE_FPS
        print(f"\n{title}: {len(clips)} clips, {seconds:.0f} s")
        print(f"{'':32} {'k':>5} {'gap':>7} {'width':>7} {'lips mm':>8}")
        for name, generator in generators.items():
            frames = ContextualConfig.from_json(generator.network.metadata["config"]).frames
            found = measure(generator, clips)
            print(
                f"{Path(name).stem:32} {frames:5} {found['gap']:7.3f} {found['width']:7.3f} "
                f"{found['lips mm']:8.2f}",
                flush=True,
            )
    return 0


def measure(generator: ContextualGenerator, clips: Sequence[Clip]) -> dict[str, float]:
    """The figures of `lip_agreement` of clips that a network speaks by itself."""
    pairs = []
    for clip in clips:
        made = np.concatenate(list(generator.frames([clip.columns])))
        # A picture may go on for a frame after its sound.
        made = made[np.minimum(np.arange(len(clip.beta)), len(made) - 1)]
        pairs.append((made[clip.valid], clip.beta[clip.valid]))
    return lip_agreement(pairs)


def _contextual(name: str) -> ContextualGenerator:
    generator = load_generator(name, providers=["cpu"])
    if not isinstance(generator, ContextualGenerator):
        raise InputError(
            f"'{name}' is no contextual transformer: expected what 'soliloquy train contextual' wrote."
        )
    return generator


def _groups(data: Path, encoder: str) -> dict[str, list[Clip]]:
    listen = phone_listener(load_network(encoder, providers=["cpu"]))

    def clips(captures: Sequence[Capture]) -> list[Clip]:
        made = []
        for capture in captures:
            weights, valid, _ = motion_of(capture, STYLE_FPS)
            made.append(Clip(listen(capture.samples), styled_expression(weights), valid))
        return made

    groups = {
        "GRID s1, held-out clips": fitted(held_out_grid(data)),
        "FACEGOOD, held-out take": split(read_captures(data, ["facegood"]))[1],
    }
    if (data / "grid_others").is_dir():
        groups["GRID, three other people"] = read_captures(data, ["grid_others"])
    return {title: clips(captures) for title, captures in groups.items()}
