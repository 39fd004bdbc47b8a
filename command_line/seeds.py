# SPDX-License-Identifier: GPL-3.0-or-later
"""Make a film of one sound performed with several seeds, the heads side by side.

  soliloquy seeds speech.wav --model meshtalk --seeds 0 1 2 3 --out seeds

Writes into the folder:
  seeds.blend        the heads, every vertex of each moved by its performance, and the sound
  soliloquy_caches/  the vertices of seeds.blend
  seeds.mp4          the film, with sound
  contact_sheet.png  frames of the film above the sound and each seed's lips, brows and lids
and prints how much the mouths agree and how often each seed blinks. Without a sound it takes the sample.
Needs Blender as a Python module (pip install bpy==5.0.1) and matplotlib.
"""

import argparse
import tempfile
from pathlib import Path
from typing import Final

from ..core.errors import InputError
from .film_folder import film_folder, steps
from .motion_arguments import add_motion_arguments, animation_settings, providers
from .parser import load_for, progress_bar

FIRST_FRAME: Final = 1
MOST_SEEDS: Final = 16


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of `soliloquy seeds`."""
    parser.add_argument(
        "audio", type=Path, nargs="?", metavar="AUDIO", help="sound to animate from (default: the sample)"
    )
    parser.add_argument(
        "--seeds", type=int, nargs="+", default=[0, 1, 2, 3], metavar="N", help="one head each (0 1 2 3)"
    )
    parser.add_argument(
        "--out", type=Path, default=Path("seeds"), metavar="FOLDER", help="where to write (default seeds)"
    )
    parser.add_argument("--fps", type=int, default=25, metavar="N", help="frames per second (default 25)")
    parser.add_argument("--columns", type=int, default=4, metavar="N", help="heads in a row (default 4)")
    add_motion_arguments(parser)


def run(args: argparse.Namespace) -> int:
    """Animate with each seed, bake, render and draw; print what the seeds have in common."""
    if len(args.seeds) > MOST_SEEDS or args.columns < 1:
        raise InputError(
            f"{len(args.seeds)} seeds in rows of {args.columns}: expected up to {MOST_SEEDS} seeds, rows of "
            "1 or more."
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
    for seed in dict.fromkeys(args.seeds):
        say(f"animating with seed {seed}")
        motions[f"seed {seed}"] = animate(
            sound,
            fps=args.fps,
            seed=seed,
            model=args.model,
            settings=animation_settings(args),
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
    preview.save(blend)
    bake.remove_caches(bake.unused_caches())

    say("drawing the contact sheet")
    marks = seed_panels.seed_marks(motions)
    with tempfile.TemporaryDirectory() as stills:
        frames = [FIRST_FRAME + mark.frame for mark in marks]
        pictures = preview.render_stills(scene, frames, Path(stills))
        panels = seed_panels.seed_panels(motions)
        contact_sheet.draw(sheet, sound, motion.times, motion.phones, marks, pictures, panels, columns=2)

    say("rendering the film")
    preview.render_film(scene, film, progress_bar("film"))
    say("done")
    print("\n".join(seed_panels.seed_lines(motions)))
    for path in (blend, film, sheet):
        print(path)
    return 0
