# SPDX-License-Identifier: GPL-3.0-or-later
"""Make a film of one sound performed with several seeds, or in several head styles, side by side.

  soliloquy seeds speech.wav --model meshtalk --seeds 0 1 2 3 --out seeds
  soliloquy seeds speech.wav --head-styles reading conversation lively --out styles

Writes into the folder:
  seeds.blend        the heads, every vertex of each moved by its performance, and the sound
  soliloquy_caches/  the vertices of seeds.blend
  seeds.mp4          the film, with sound
  contact_sheet.png  frames of the film above the sound and each seed's lips, brows and lids, or how each
                     style turns the head
and prints how much the mouths agree and how often each seed blinks, or how far and fast each head turns.
Without a sound it takes the sample. Several seeds and styles give a head for each of both.
Needs Blender as a Python module (pip install bpy==5.0.1) and matplotlib.
"""

import argparse
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Final

from ..core.errors import InputError
from ..core.generate.settings import HEAD_STYLES
from .film_folder import film_folder, steps
from .motion_arguments import add_motion_arguments, animation_settings, providers
from .parser import load_for, progress_bar

FIRST_FRAME: Final = 1
MOST_SEEDS: Final = 16
USUAL_SEEDS: Final = (0, 1, 2, 3)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of `soliloquy seeds`."""
    parser.add_argument(
        "audio", type=Path, nargs="?", metavar="AUDIO", help="sound to animate from (default: the sample)"
    )
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
        "--out", type=Path, default=Path("seeds"), metavar="FOLDER", help="where to write (default seeds)"
    )
    parser.add_argument("--fps", type=int, default=25, metavar="N", help="frames per second (default 25)")
    parser.add_argument("--columns", type=int, default=4, metavar="N", help="heads in a row (default 4)")
    add_motion_arguments(parser)


def run(args: argparse.Namespace) -> int:
    """Animate with each seed, bake, render and draw; print what the seeds have in common."""
    performances = _performances(args)
    if (count := len(performances)) > MOST_SEEDS or args.columns < 1:
        raise InputError(
            f"{count} heads in rows of {args.columns}: expected up to {MOST_SEEDS} heads, rows of 1 or more."
        )
    preview = load_for(".bake.preview", "blender")
    bake = load_for(".bake", "blender")
    contact_sheet = load_for(".command_line.contact_sheet", "demo")
    seed_panels = load_for(".command_line.seed_panels", "demo")
    from .. import samples
    from ..core.generate import animate

    sound = (args.audio or samples.SOUND).absolute()
    folder = film_folder(args.out)
    blend, film, sheet = (folder / name for name in ("seeds.blend", "seeds.mp4", "contact_sheet.png"))
    say = steps()
    motions = {}
    for name, (seed, style) in performances.items():
        say(f"animating {name}")
        motions[name] = animate(
            sound,
            fps=args.fps,
            seed=seed,
            model=args.model,
            settings=replace(animation_settings(args), head_style=style),
            phones=True,
            providers=providers(args),
        )
    (motion, *_) = motions.values()

    say(f"baking {len(motion)} frames")
    scene = preview.new_scene(args.fps)
    preview.add_sound(scene, sound, FIRST_FRAME)
    scene.frame_start, scene.frame_end = FIRST_FRAME, FIRST_FRAME + len(motion) - 1
    heads = [bake.create_head(scene.collection, name) for name in motions]
    preview.build_rows(scene, heads, list(motions), columns=args.columns)
    # Caches lie beside the file: it has to have a place first.
    preview.save(blend)
    for head, each in zip(heads, motions.values(), strict=True):
        bake.bake_vertices(head, each, start_frame=FIRST_FRAME, take=sound.stem)
        bake.bake_pose(bake.suggest_rig(head), each, start_frame=FIRST_FRAME, take=sound.stem)
    preview.save(blend)
    bake.remove_caches(bake.unused_caches())

    say("drawing the contact sheet")
    if args.head_styles:
        marks, panels = seed_panels.head_marks(motions), seed_panels.head_panels(motions)
        lines = seed_panels.head_lines(motions)
    else:
        marks, panels = seed_panels.seed_marks(motions), seed_panels.seed_panels(motions)
        lines = seed_panels.seed_lines(motions)
    with tempfile.TemporaryDirectory() as stills:
        frames = [FIRST_FRAME + mark.frame for mark in marks]
        pictures = preview.render_stills(scene, frames, Path(stills))
        contact_sheet.draw(sheet, sound, motion.times, motion.phones, marks, pictures, panels, columns=2)

    say("rendering the film")
    preview.render_film(scene, film, progress_bar("film"))
    say("done")
    print("\n".join(lines))
    for path in (blend, film, sheet):
        print(path)
    return 0


def _performances(args: argparse.Namespace) -> dict[str, tuple[int, str]]:
    """Seed and head style of each head, by its name."""
    if not args.head_styles:
        return {f"seed {seed}": (seed, args.head_style) for seed in args.seeds or USUAL_SEEDS}
    if not args.seeds:
        # With one seed all heads would nod as one, more and less.
        return {style: (seed, style) for seed, style in enumerate(args.head_styles)}
    return {f"{style}, seed {seed}": (seed, style) for style in args.head_styles for seed in args.seeds}
