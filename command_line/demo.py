# SPDX-License-Identifier: GPL-3.0-or-later
"""Make a film of the built-in head speaking Soliloquy's sample, from sound to picture.

  soliloquy demo --out demo

Writes into the folder:
  soliloquy.blend    the head with its keyframes and the sound
  soliloquy.mp4      the film, with sound
  contact_sheet.png  frames at marked speech sounds above the sound and the curves
Needs Blender as a Python module (pip install bpy==5.0.1) and matplotlib; 'make demo' sets them up.
"""

import argparse
import tempfile
from pathlib import Path

from ..core.output_folders import make_folder
from .parser import load_for, progress_bar
from .steps import steps

FPS = 25
FIRST_FRAME = 1


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of `soliloquy demo`."""
    parser.add_argument(
        "--out", type=Path, default=Path("demo"), metavar="FOLDER", help="where to write (default demo)"
    )
    parser.add_argument("--seed", type=int, default=0, metavar="N", help="draws the blinks (default 0)")


def run(args: argparse.Namespace) -> int:
    """Animate, bake, render and draw; print where the files are."""
    preview = load_for(".bake.preview", "blender")
    head_mesh = load_for(".bake.head_mesh", "blender")
    bake = load_for(".bake", "blender")
    contact_sheet = load_for(".command_line.contact_sheet", "demo")
    from .. import samples
    from ..core.generate import animate
    from ..core.retarget.arkit import FACE_PARTS

    folder = make_folder(args.out)
    blend, film, sheet = (folder / name for name in ("soliloquy.blend", "soliloquy.mp4", "contact_sheet.png"))
    say = steps()
    say("animating the sample")
    motion = animate(samples.SOUND, fps=FPS, seed=args.seed)
    scene = preview.new_scene(FPS)
    head = head_mesh.create_head(scene.collection)
    preview.add_sound(scene, samples.SOUND, FIRST_FRAME)
    scene.frame_start, scene.frame_end = FIRST_FRAME, FIRST_FRAME + len(motion) - 1
    # The camera is set up for the head at rest.
    preview.build_stage(scene, head)
    say(f"baking {len(motion)} frames")
    bake.bake_motion(head, motion, start_frame=FIRST_FRAME, take=samples.SOUND.stem, parts=FACE_PARTS)
    bake.bake_pose(bake.suggest_rig(head), motion, start_frame=FIRST_FRAME, take=samples.SOUND.stem)
    preview.save(blend)

    say("drawing the contact sheet")
    phones = samples.phones()
    marks = contact_sheet.mouth_marks(phones, motion)
    with tempfile.TemporaryDirectory() as stills:
        frames = [FIRST_FRAME + mark.frame for mark in marks]
        pictures = preview.render_stills(scene, frames, Path(stills))
        panels = contact_sheet.face_panels(motion)
        contact_sheet.draw(sheet, samples.SOUND, motion.times, phones, marks, pictures, panels)

    say("rendering the film")
    preview.render_film(scene, film, progress_bar("film"))
    say("done")
    for path in (blend, film, sheet):
        print(path)
    return 0
