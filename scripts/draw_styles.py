# SPDX-License-Identifier: GPL-3.0-or-later
"""Draw the same sounds of one sentence in each style that ships: docs/images/styles.png.

    python scripts/draw_styles.py docs/images/styles.png

It needs a Python with `bpy` and the extra [demo]. Each row is the built-in head speaking the sample in one
style, each column a frame; nothing but the style differs, and the head stands still.
"""
# The package is the whole repository, which a type checker finds only where it is installed.
# pyright: reportMissingImports=false

import sys
import tempfile
from pathlib import Path
from typing import Any, Final

import bpy
import numpy as np
from draw_rigs import FPS, PARTS, shown_frames
from soliloquy import samples
from soliloquy.bake import bake_motion, create_head
from soliloquy.bake.preview import StageSettings, build_stage, new_scene, render_stills
from soliloquy.core.generate import animate
from soliloquy.core.generate.style_presets import PRESETS
from soliloquy.core.generate.styles import style_from
from soliloquy.core.motion import FaceMotion

MODEL: Final = "hybrid"
COLUMNS: Final = ("silence", "m", "ae", "oh", "f", "ee")
ROWS: Final = {"neutral": "Neutral"} | {name: facts.label for name, facts in PRESETS.items()}
STAGE: Final = StageSettings(width=160, height=160, turn=float(np.radians(12)), cut=0.2)
CLOSER, LOWER_BY = 1.6, 0.235
"""How much nearer to a face than to a whole head, and by how much lower, as a part of the picture."""
MARGIN, HEAD = 92, 26
"""Pixels for the labels of rows and columns."""


def pictures(motion: FaceMotion, frames: list[int]) -> list[Any]:
    """The built-in head at these frames of a motion."""
    from PIL import Image

    scene = new_scene(FPS)
    obj = create_head(scene.collection, "Head")
    bake_motion(obj, motion, start_frame=1, take="sentence", parts=PARTS)
    camera = build_stage(scene, obj, STAGE).data
    assert isinstance(camera, bpy.types.Camera)
    camera.lens *= CLOSER
    camera.shift_y = -LOWER_BY
    with tempfile.TemporaryDirectory() as folder:
        return [Image.open(still).convert("RGB") for still in render_stills(scene, frames, Path(folder))]


def draw(path: Path) -> None:
    """Speak in all styles and put their frames into one picture."""
    from PIL import Image, ImageDraw, ImageFont

    size = (MARGIN + len(COLUMNS) * STAGE.width, HEAD + len(ROWS) * STAGE.height)
    sheet = Image.new("RGB", size, (24, 27, 32))
    pen, font = ImageDraw.Draw(sheet), ImageFont.load_default(14)
    for column, label in enumerate(COLUMNS):
        centre = MARGIN + (column + 0.5) * STAGE.width
        pen.text((centre, HEAD / 2), label, fill=(230, 230, 230), font=font, anchor="mm")
    for number, (name, label) in enumerate(ROWS.items()):
        motion = animate(str(samples.SOUND), fps=FPS, model=MODEL, style=style_from(name), phones=True)
        frames = shown_frames(motion)
        top = HEAD + number * STAGE.height
        pen.text((8, top + STAGE.height / 2), label, (230, 230, 230), font, anchor="lm")
        for column, picture in enumerate(pictures(motion, [frames[each] for each in COLUMNS])):
            sheet.paste(picture, (MARGIN + column * STAGE.width, top))
    sheet.quantize(160, dither=Image.Dither.NONE).save(path, optimize=True)
    print(f"{path}: {path.stat().st_size / 1000:.0f} KB")


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("usage: python scripts/draw_styles.py PICTURE.png")
    draw(Path(sys.argv[1]))
