# SPDX-License-Identifier: GPL-3.0-or-later
"""The performances of one sound that `soliloquy seeds` shows: one a seed, a head style or a style."""

from __future__ import annotations

import argparse
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

from ..core.errors import InputError
from ..core.generate.settings import HEAD_STYLES
from .motion_arguments import animation_settings, emotion_directions, providers, style_choice

if TYPE_CHECKING:
    from ..core.generate.styles import Style
    from ..core.motion import FaceMotion

MOST: Final = 16
"""Heads of one film."""
USUAL_SEEDS: Final = (0, 1, 2, 3)
STYLED_MODEL: Final = "hybrid"
"""What speaks in styles where no model is named."""


@dataclass(frozen=True)
class Performance:
    """How one head performs the sound.

    Attributes:
        name: written beside the head.
        seed: draws what the sound leaves open.
        head_style: how the head moves.
        style: how it speaks; None for neutral.
    """

    name: str
    seed: int
    head_style: str
    style: Style | None = None


def add_performance_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments that say which heads there are."""
    parser.add_argument(
        "--seeds",
        type=int,
        nargs="+",
        metavar="N",
        help="one head each (default 0 1 2 3)",
    )
    parser.add_argument(
        "--head-styles",
        nargs="+",
        choices=HEAD_STYLES,
        metavar="STYLE",
        help=f"one head each, of {', '.join(HEAD_STYLES)}; without --seeds each has a seed of its own",
    )
    parser.add_argument(
        "--styles",
        nargs="+",
        metavar="STYLE",
        help="one head each, as --style takes it; without --seeds all have seed 0, so that only the style "
        f"differs, and without --model it is {STYLED_MODEL}",
    )


def performances(args: argparse.Namespace) -> tuple[Performance, ...]:
    """The performances that the arguments ask for, in order.

    Raises:
        InputError: too many, two that would have one name, arguments that exclude each other, or no such
            style.
    """
    if args.styles and (args.head_styles or args.style or args.mix_with):
        raise InputError(
            "--styles stands beside --style, --mix-with or --head-styles: expected one of them. Mix styles "
            "beforehand, and name the file."
        )
    chosen = args.styles or args.head_styles
    seeds = args.seeds or (USUAL_SEEDS if not chosen else ())
    count = len(chosen or "1") * len(seeds or "1")
    if count > MOST or args.columns < 1:
        raise InputError(
            f"{count} heads in rows of {args.columns}: expected up to {MOST} heads, rows of 1 or more."
        )
    result = _styled(args, seeds) if args.styles else _seeded(args, seeds)
    names = [each.name for each in result]
    for name in names:
        if names.count(name) > 1:
            raise InputError(f"Two heads would be called '{name}': expected different ones. Leave one out.")
    return result


def _seeded(args: argparse.Namespace, seeds: tuple[int, ...]) -> tuple[Performance, ...]:
    """One each seed, or head style, or both."""
    style = style_choice(args).made(_model(args))
    if not args.head_styles:
        return tuple(Performance(f"seed {seed}", seed, args.head_style, style) for seed in seeds)
    if not seeds:
        # With one seed all heads would nod as one, more and less.
        return tuple(Performance(name, seed, name, style) for seed, name in enumerate(args.head_styles))
    return tuple(
        Performance(f"{name}, seed {seed}", seed, name, style) for name in args.head_styles for seed in seeds
    )


def _styled(args: argparse.Namespace, seeds: tuple[int, ...]) -> tuple[Performance, ...]:
    """One each style, and seed where these are named."""
    from ..core.generate.styles import style_from

    styles = [style_from(text, _model(args)) for text in args.styles]
    if not seeds:
        return tuple(Performance(style.name, 0, args.head_style, style) for style in styles)
    return tuple(
        Performance(f"{style.name}, seed {seed}", seed, args.head_style, style)
        for style in styles
        for seed in seeds
    )


def _model(args: argparse.Namespace) -> str:
    """The model that is named, or the usual one of what is shown."""
    from ..core.generate.models import USUAL_MODEL

    return args.model or (STYLED_MODEL if args.styles else USUAL_MODEL)


def animated(sound: Path, performance: Performance, args: argparse.Namespace) -> FaceMotion:
    """The motion of one performance, with its phones."""
    from ..core.generate import animate

    return animate(
        sound,
        fps=args.fps,
        seed=performance.seed,
        model=_model(args),
        settings=replace(animation_settings(args), head_style=performance.head_style),
        style=performance.style,
        emotions=emotion_directions(args),
        phones=True,
        providers=providers(args),
    )
