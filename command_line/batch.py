# SPDX-License-Identifier: GPL-3.0-or-later
"""Animate many sounds in one process, with the network loaded once.

  soliloquy batch manifest.csv --report report.json

A row that fails never stops the rest; the exit status is then 1. Each output is written whole or not at all.
"""

from __future__ import annotations

import argparse
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from ..core.batch import MANIFEST_HELP, BatchRow, read_manifest, run_batch
from ..core.errors import InputError
from ..core.motion_files import write_motion, writer_for
from .motion_arguments import (
    add_motion_arguments,
    animation_settings,
    emotion_directions,
    providers,
    style_choice,
)

if TYPE_CHECKING:
    from ..core.generate.style_choice import StyleChoice
    from ..core.generate.styles import Style

DEFAULT_FPS = 60.0
"""Frames per second of a row that names none: the rate of Live Link Face."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of `soliloquy batch`."""
    parser.epilog = MANIFEST_HELP
    parser.add_argument("manifest", type=Path, metavar="MANIFEST", help="CSV or JSON lines, described below")
    parser.add_argument("--report", type=Path, metavar="FILE", help="write what became of every row as JSON")
    parser.add_argument("--force", action="store_true", help="make outputs again that exist already")
    add_motion_arguments(parser)


def run(args: argparse.Namespace) -> int:
    """Make every row of the manifest."""
    rows = read_manifest(args.manifest)
    settings, usual_style, usual_emotions = (
        animation_settings(args),
        style_choice(args),
        emotion_directions(args),
    )
    from ..core.generate import animate
    from ..core.transcript.files import read_transcript

    @cache
    def style_for(choice: StyleChoice, model: str) -> Style | None:
        """Read once, however many rows speak so."""
        return choice.made(model)

    def render(row: BatchRow) -> tuple[str, ...]:
        if row.out.suffix.lower() == ".blend" or row.object_name is not None or row.own_head:
            raise InputError(
                "heads and .blend files need Blender: "
                "'blender -b FILE.blend --command soliloquy batch MANIFEST'."
            )
        writer_for(row.out)
        motion = animate(
            row.audio,
            fps=row.fps or DEFAULT_FPS,
            seed=row.seed,
            model=row.model or args.model,
            settings=row.settings(settings),
            style=style_for(row.style_choice(usual_style), row.model or args.model),
            emotions=row.emotions(usual_emotions),
            transcript=None if row.transcript is None else read_transcript(row.transcript),
            providers=providers(args),
        )
        write_motion(row.out, motion)
        return motion.notes

    return run_batch(rows, render, args.report, force=args.force, bar=True).exit_status
