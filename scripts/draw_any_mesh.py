# SPDX-License-Identifier: GPL-3.0-or-later
"""Draw the same sentence on heads that had no shape keys: docs/images/any_mesh.png and any_mesh_close.png.

    python scripts/draw_any_mesh.py docs/images/any_mesh.png docs/images/any_mesh_close.png

It needs a Python with `bpy` and the extra [demo]. Each row is a mesh without shape keys, in a unit of its
own; its 52 shapes are made as in Blender, with no hand work, and keyed; each column is a frame of the sample
sentence. The first picture shows the faces, the second their lips and an eye.
"""
# The package is the whole repository, which a type checker finds only where it is installed.
# pyright: reportMissingImports=false

import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import bpy
import numpy as np
from draw_rigs import FPS, scene, shown_frames
from soliloquy import samples
from soliloquy.bake import bake_motion, find_companions, find_head_parts, read_head, write_shapes
from soliloquy.bake.preview import StageSettings, build_stage, new_scene
from soliloquy.command_line.face_views import View, face_views, look, put_together, stills
from soliloquy.command_line.made_objects import Colour, made_marks, make_objects
from soliloquy.core.evaluation import made_heads, made_meshes
from soliloquy.core.evaluation.made_heads import MadeHead
from soliloquy.core.evaluation.transfer_heads import Character, in_objects, in_one_mesh
from soliloquy.core.generate import animate
from soliloquy.core.motion import FaceMotion
from soliloquy.core.retarget.arkit import FACE_PARTS

STAGE: Final = StageSettings(width=190, height=190, turn=float(np.radians(12)))
LIPS: Final = ("m", "f", "ae", "oh", "ee")
"""Columns of the close view of the lips."""
EYE: Final = ("silence", "blink")
"""Columns of the close view of the left eye."""
MARGIN: Final = 112
"""Pixels for the labels of rows."""


@dataclass(frozen=True)
class Row:
    """A head without shape keys.

    Attributes:
        make: how it is made; it stands upright in Blender's axes.
        unit: of its mesh, in parts of a metre.
        skin: what the colour of its skin is multiplied with.
        in_parts: eyes, teeth, tongue and lashes are objects of their own.
        kept: share of the face's triangles that Blender's Decimate modifier leaves.
    """

    make: Callable[[], MadeHead]
    unit: float
    skin: Colour
    in_parts: bool
    kept: float = 1.0

    def character(self) -> Character:
        """The head in its unit."""
        head = made_heads.turned(
            self.make(),
            "head",
            scale=self.unit,
            rotation=made_heads.Z_UP,
            move=(0.0, 0.0, 1.6 * self.unit),
            tells_axes=False,
        )
        return in_objects(head) if self.in_parts else in_one_mesh(head)


ROWS: Final[Mapping[str, Row]] = {
    "another person,\nanother mesh,\n20,251 vertices": Row(
        lambda: made_meshes.remeshed(made_heads.person(5), 1), 1.0, (0.62, 0.5, 0.44), False
    ),
    "cartoon, in\ncentimetres,\nsix objects": Row(made_heads.cartoon, 100.0, (1.0, 0.95, 0.85), True),
    "animal, in one\nmesh": Row(made_heads.animal, 10.0, (0.6, 0.72, 0.8), False),
    "anime, in inches,\nsix objects": Row(made_heads.anime, 1 / 0.0254, (1.1, 1.12, 1.12), True),
    "1,700 vertices\nof Blender's\nDecimate": Row(
        lambda: made_heads.person(11), 1.0, (0.9, 0.8, 0.72), True, 0.4
    ),
}


@dataclass(frozen=True)
class Speaker:
    """A head in a scene that speaks, and where to look at it."""

    stage: bpy.types.Scene
    camera: bpy.types.Object
    views: Mapping[str, View]


def decimate(obj: bpy.types.Object, kept: float) -> None:
    """Leave a share of an object's triangles."""
    modifier = obj.modifiers.new("Decimate", "DECIMATE")
    assert isinstance(modifier, bpy.types.DecimateModifier)
    modifier.ratio = kept
    mesh = bpy.data.meshes.new_from_object(obj.evaluated_get(bpy.context.evaluated_depsgraph_get()))
    obj.modifiers.clear()
    obj.data = mesh


def make_speaker(row: Row, motion: FaceMotion) -> Speaker:
    """A head that gets its shapes and says the sentence."""
    stage = new_scene(FPS)
    character = row.character()
    face = make_objects(scene().collection, character, row.skin)[0]
    if row.kept < 1:
        decimate(face, row.kept)
    reading = read_head(face, find_head_parts(face))
    write_shapes(reading, reading.make())
    bake_motion(
        face, motion, start_frame=1, take="sentence", parts=FACE_PARTS, companions=find_companions(face)
    )
    return Speaker(stage, build_stage(stage, face, STAGE), face_views(made_marks(character.head)))


def render(speaker: Speaker, view: str, frames: Sequence[int]) -> list[Any]:
    """Pictures of a view at these frames."""
    look(speaker.camera, speaker.views[view])
    return stills(speaker.stage, frames)


def draw(faces: Path, close: Path) -> None:
    """Animate all heads and put their frames into two pictures."""
    motion = animate(str(samples.SOUND), fps=FPS, seed=1)
    frames = shown_frames(motion)
    whole, near = {}, {}
    for label, row in ROWS.items():
        speaker = make_speaker(row, motion)
        whole[label] = render(speaker, "face", list(frames.values()))
        near[label] = [
            *render(speaker, "lips", [frames[name] for name in LIPS]),
            *render(speaker, "eye", [frames[name] for name in EYE]),
        ]
    for path, columns, rows in ((faces, list(frames), whole), (close, [*LIPS, *EYE], near)):
        put_together(path, columns, rows, margin=MARGIN)
        print(f"{path}: {path.stat().st_size / 1000:.0f} KB")


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit("usage: python scripts/draw_any_mesh.py FACES.png CLOSE.png")
    draw(Path(sys.argv[1]), Path(sys.argv[2]))
