# SPDX-License-Identifier: GPL-3.0-or-later
"""Arguments that every subcommand which animates has, and what they mean for `core`."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from ..core.runtime import PROVIDERS

if TYPE_CHECKING:
    from ..core.generate.settings import AnimationSettings

AUTOMATIC = "auto"
"""Leaves the choice to `core.runtime`."""


def add_motion_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments that say how to animate."""
    group = parser.add_argument_group("how to animate")
    group.add_argument(
        "--mouth", type=float, default=1.0, metavar="AMOUNT", help="mouth amount, 0 to 2 (default 1)"
    )
    group.add_argument(
        "--blink", type=float, default=1.0, metavar="AMOUNT", help="blink amount, 0 to 1 (default 1)"
    )
    group.add_argument(
        "--blinks-per-minute", type=float, default=17.0, metavar="N", help="how often, 0 to 60 (default 17)"
    )
    group.add_argument(
        "--brows", type=float, default=1.0, metavar="AMOUNT", help="brows amount, 0 to 2 (default 1)"
    )
    group.add_argument(
        "--articulation",
        type=float,
        default=1.0,
        metavar="AMOUNT",
        help="how far lips meet in m, b, p, touch the teeth in f, v, round and rest as heard, 0 to 1; "
        "0 leaves the mouth to the network alone (default 1)",
    )
    group.add_argument(
        "--model", default="expnet", metavar="NAME", help="network of core/weights (default expnet)"
    )
    group.add_argument(
        "--provider",
        choices=(AUTOMATIC, *PROVIDERS),
        default=AUTOMATIC,
        help="where the network runs (default: the fastest that there is)",
    )


def animation_settings(args: argparse.Namespace) -> AnimationSettings:
    """The settings that the arguments describe.

    Raises:
        InputError: an amount out of range.
    """
    from ..core.generate.settings import AnimationSettings

    return AnimationSettings(
        mouth_amount=args.mouth,
        blink_amount=args.blink,
        blinks_per_minute=args.blinks_per_minute,
        brows_amount=args.brows,
        articulation=args.articulation,
    )


def providers(args: argparse.Namespace) -> tuple[str, ...] | None:
    """Names of `core.runtime.PROVIDERS` in order of preference, or None for the fastest there is."""
    return None if args.provider == AUTOMATIC else (args.provider,)
