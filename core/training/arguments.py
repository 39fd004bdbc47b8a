# SPDX-License-Identifier: GPL-3.0-or-later
"""Arguments that several trainings share, and what they mean."""

import argparse
import logging
from collections.abc import Sequence
from pathlib import Path

import torch

from ..argument_types import at_least_one
from ..errors import InputError
from ..output_folders import make_folder


def add_capture_arguments(
    parser: argparse.ArgumentParser, sets: Sequence[str] = ("grid", "facegood")
) -> None:
    """Add where the data sets are, and which captured faces are learnt from."""
    parser.add_argument(
        "--data", type=Path, default=Path("."), metavar="FOLDER", help="folder of the data sets"
    )
    parser.add_argument(
        "--sets",
        nargs="+",
        default=list(sets),
        metavar="SET",
        help="grid, facegood, or folders of your own recordings (default: %(default)s)",
    )


def add_loop_arguments(parser: argparse.ArgumentParser, iterations: int) -> None:
    """Add where a training in steps writes, and how many it has by default."""
    parser.add_argument(
        "--out", type=Path, required=True, metavar="FOLDER", help="folder for networks and checkpoints"
    )
    parser.add_argument(
        "--iterations", type=at_least_one, default=iterations, metavar="N", help="default %(default)s"
    )


def add_run_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what a training is drawn from and runs on."""
    parser.add_argument("--encoder", default="speech_encoder", metavar="NAME", help="speech encoder")
    parser.add_argument("--seed", type=int, default=0, metavar="N")
    parser.add_argument("--threads", type=int, default=torch.get_num_threads(), metavar="N")
    parser.add_argument("--device", default="cpu", metavar="NAME", help="cpu or cuda (default %(default)s)")


def begin_run(args: argparse.Namespace) -> None:
    """Log, seed and thread as the arguments say, and make the output folder `args.out`.

    Raises:
        InputError: torch has no CUDA here, where it was asked for.
        OutputError: the folder cannot be made.
    """
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s", datefmt="%H:%M:%S")
    torch.set_num_threads(args.threads)
    torch.manual_seed(args.seed)
    if args.device == "cuda" and not torch.cuda.is_available():
        raise InputError("Torch sees no CUDA device here: train on the CPU, or install torch with CUDA.")
    make_folder(args.out)
