# SPDX-License-Identifier: GPL-3.0-or-later
"""How near the shapes made for a mesh come to its true ones: vertices, lips, lids, what must stay still.

  soliloquy evaluate transfer
  soliloquy evaluate transfer --quick
  soliloquy evaluate transfer --characters cartoon body --detail

Characters are made of the built-in head, so all their 52 shapes are known; their meshes alone, in one of 24
orientations and in some unit, are given to who makes shapes. Beside what is `made` stand two kinds of
nearest-point copying, where each vertex takes the displacement of the template's nearest point: once the
`pose` is found, and once the template is `laid` on the face. `marked` is made with ten marks, 3 mm off.

off: mean distance of fitted landmarks from the true ones, % of the height from chin to brows; the face is
found where it is below 3. mean, 95 %: distance of displacements from the true ones over a shape's moving
vertices (those that truly move by more than 2 % of its largest displacement), % of its largest displacement,
mean over shapes. worst: the shape with the largest mean. seal: largest gap between lips that truly are
together (jawOpen and mouthClose together at 0.25, 0.5 and 1, and all shapes that part no lips), beyond the
gap at rest, % of the mouth's width; lips: the highest slit between them that is seen from the front, % of the
same. lids: the highest slit that eyeBlink leaves, seen from the front, % of the eye's height. pierced: mm by
which lids are deeper in the eyeball than at rest and in truth, from a quarter to a whole blink. behind: mm by
which anything behind the ears moves. skin, eyes, teeth, tongue: mean errors of these alone, % of their own
largest displacement. s: seconds of a processor.
"""

import argparse
import json
from collections.abc import Callable, Sequence
from pathlib import Path

from ..errors import InputError
from .transfer_heads import CHARACTERS, QUICK, Character
from .transfer_outcomes import WAYS, Outcome, evaluate
from .transfer_tables import figures, heading, lines, summary


def chosen_characters(words: Sequence[str] | None, *, quick: bool) -> dict[str, Callable[[], Character]]:
    """All characters, few of them, or those whose titles contain one of some words."""
    if words is None:
        return {title: make for title, make in CHARACTERS.items() if not quick or title in QUICK}
    found = {
        title: make
        for title, make in CHARACTERS.items()
        if any(word.lower() in title.lower() for word in words)
    }
    if not found:
        raise InputError(
            f"No character is named like {', '.join(words)}: expected one of {', '.join(CHARACTERS)}."
        )
    return found


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of `soliloquy evaluate transfer`."""
    parser.add_argument("--quick", action="store_true", help=f"only {len(QUICK)} characters")
    parser.add_argument(
        "--characters", nargs="+", metavar="WORD", help="only those whose names contain one of these"
    )
    parser.add_argument(
        "--ways", nargs="+", choices=WAYS, default=WAYS, help="what is compared (default: all)"
    )
    parser.add_argument("--detail", action="store_true", help="the worst shapes of each, part by part")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write all figures there")
    parser.add_argument("--plots", type=Path, metavar="FOLDER", help="draw errors there")


def run(args: argparse.Namespace) -> int:
    """Carry out `soliloquy evaluate transfer`."""
    characters = chosen_characters(args.characters, quick=args.quick)
    outcomes: dict[str, list[Outcome]] = {}
    print(heading(), flush=True)
    for title, make in characters.items():
        outcomes[title] = evaluate(title, make(), args.ways)
        for line in lines(title, outcomes[title], detail=args.detail):
            print(line, flush=True)
    print()
    for line in summary(outcomes, args.ways):
        print(line)
    if args.json is not None:
        args.json.write_text(json.dumps(figures(outcomes), indent=1), encoding="utf-8")
    if args.plots is not None:
        # It needs Matplotlib, which nothing else here does.
        from .transfer_plots import draw

        print(draw(outcomes, args.plots))
    return 0
