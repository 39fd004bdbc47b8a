# SPDX-License-Identifier: GPL-3.0-or-later
"""Read how somebody speaks from a performance, and keep it as a style.

  soliloquy style anna.csv --out anna.json
  soliloquy style anna.csv --mix-with calm --style-share 0.3 --out calmer.json

The performance is a Live Link Face recording (.csv) or a motion (.npz), whatever is said in it. To speak so:
'soliloquy animate speech.wav --style anna.json ...', or Style From in Blender's panel.
"""

import argparse
from dataclasses import replace
from pathlib import Path

from ..core.errors import InputError
from .animate import check_folder


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of `soliloquy style`."""
    parser.add_argument(
        "style",
        metavar="PERFORMANCE",
        help="what to read: .csv, .npz; or another style: its name, its file (.json), drawn:SEED",
    )
    parser.add_argument("--out", type=Path, required=True, metavar="FILE.json", help="file to write")
    parser.add_argument(
        "--name", metavar="NAME", help="what the style is called (default: as the file of --out)"
    )
    parser.add_argument("--mix-with", default="", metavar="STYLE", help="a second style to mix in")
    parser.add_argument(
        "--style-share",
        type=float,
        default=0.5,
        metavar="SHARE",
        help="how much of the mixture is the second style, 0 to 1 (default 0.5)",
    )


def run(args: argparse.Namespace) -> int:
    """Read the style and write it."""
    from ..core.generate.style_choice import StyleChoice
    from ..core.generate.styles import neutral_style, write_style

    if args.out.suffix.lower() != ".json":
        raise InputError(f"Cannot write the style '{args.out}': give the file the ending .json.")
    check_folder(args.out)
    style = StyleChoice(args.style, args.mix_with, args.style_share).made() or neutral_style()
    style = replace(style, name=args.name or args.out.stem)
    write_style(args.out, style)
    print(f"Wrote '{args.out}': the style '{style.name}'.")
    return 0
