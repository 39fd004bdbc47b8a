# SPDX-License-Identifier: GPL-3.0-or-later
"""Make a film of one sound performed with several seeds, head styles or styles of speaking, side by side.

  soliloquy seeds speech.wav --model meshtalk --seeds 0 1 2 3 --out seeds
  soliloquy seeds speech.wav --head-styles reading conversation lively --out heads
  soliloquy seeds speech.wav --styles neutral big mumbling anna.csv drawn:7 --out styles

Writes into the folder:
  seeds.blend        the heads, every vertex of each moved by its performance, and the sound
  soliloquy_caches/  the vertices of seeds.blend
  seeds.mp4          the film, with sound
  contact_sheet.png  frames of the film above the sound and each seed's lips, brows and lids; or how each head
                     style turns the head; or each style's lips, width of the mouth and brows
and prints how much the mouths agree and how often each seed blinks, or how far and fast each head turns, or
how each style opens the mouth and whether its lips meet.
Without a sound it takes the sample. Seeds beside styles give a head for each of both.
Needs Blender as a Python module (pip install bpy==5.0.1) and matplotlib.
"""

import argparse
import tempfile
from pathlib import Path
from typing import Any, Final

from ..core.output_folders import make_folder
from .motion_arguments import add_motion_arguments
from .parser import load_for, progress_bar
from .performances import add_performance_arguments, animated, performances
from .steps import steps

_LONG: Final = 4.1
"""Widths of a picture in its heights."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of `soliloquy seeds`."""
    parser.add_argument(
        "audio", type=Path, nargs="?", metavar="AUDIO", help="sound to animate from (default: the sample)"
    )
    add_performance_arguments(parser)
    parser.add_argument(
        "--out", type=Path, default=Path("seeds"), metavar="FOLDER", help="where to write (default seeds)"
    )
    parser.add_argument("--fps", type=int, default=25, metavar="N", help="frames per second (default 25)")
    parser.add_argument("--columns", type=int, default=4, metavar="N", help="heads in a row (default 4)")
    add_motion_arguments(parser)
    # The usual one depends on what is shown.
    parser.set_defaults(model="")


def run(args: argparse.Namespace) -> int:
    """Animate each performance, bake, render and draw; print what they have in common."""
    wanted = performances(args)
    preview = load_for(".bake.preview", "blender")
    head_rows = load_for(".command_line.head_rows", "blender")
    contact_sheet = load_for(".command_line.contact_sheet", "demo")
    view = load_for(f".command_line.{_view(args)}", "demo")
    from .. import samples

    sound = (args.audio or samples.SOUND).absolute()
    folder = make_folder(args.out)
    blend, film, sheet = (folder / name for name in ("seeds.blend", "seeds.mp4", "contact_sheet.png"))
    say = steps()
    motions = {}
    for performance in wanted:
        say(f"animating {performance.name}")
        motions[performance.name] = animated(sound, performance, args)
    (motion, *_) = motions.values()

    say(f"baking {len(motion)} frames")
    stage = head_rows.faces(len(motions), args.columns) if args.styles else None
    scene = head_rows.build(blend, sound, motions, fps=args.fps, columns=args.columns, stage=stage)

    say("drawing the contact sheet")
    marks = view.marks(motions)
    with tempfile.TemporaryDirectory() as stills:
        frames = [head_rows.FIRST_FRAME + mark.frame for mark in marks]
        pictures = preview.render_stills(scene, frames, Path(stills))
        panels, columns = view.panels(motions), _sheet_columns(scene.render)
        contact_sheet.draw(
            sheet, sound, motion.times, motion.phones, marks, pictures, panels, columns=columns
        )

    say("rendering the film")
    preview.render_film(scene, film, progress_bar("film"))
    say("done")
    print("\n".join(view.lines(motions)))
    for path in (blend, film, sheet):
        print(path)
    return 0


def _sheet_columns(render: Any) -> int:
    """Pictures beside each other: long rows of heads stand alone, or else the mouths would be too small."""
    return 1 if render.resolution_x > _LONG * render.resolution_y else 2


def _view(args: argparse.Namespace) -> str:
    """The module that tells what the performances show: its marks, panels and lines."""
    if args.styles:
        return "style_panels"
    return "head_panels" if args.head_styles else "seed_panels"
