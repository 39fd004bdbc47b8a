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
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import bpy
import numpy as np
from draw_rigs import FPS, scene, shown_frames
from mathutils import Vector
from numpy.typing import NDArray
from soliloquy import samples
from soliloquy.bake import bake_motion, find_companions, find_head_parts, read_head, write_shapes
from soliloquy.bake.head_materials import part_material
from soliloquy.bake.preview import StageSettings, build_stage, new_scene, render_stills
from soliloquy.core.evaluation import made_heads, made_meshes
from soliloquy.core.evaluation.made_heads import MARKS, MadeHead
from soliloquy.core.evaluation.transfer_heads import Character, in_objects, in_one_mesh
from soliloquy.core.generate import animate
from soliloquy.core.head import load_head
from soliloquy.core.motion import FaceMotion
from soliloquy.core.retarget.arkit import PARTS

Doubles = NDArray[np.float64]
Colour = tuple[float, float, float]

STAGE: Final = StageSettings(width=190, height=190, turn=float(np.radians(12)))
LIPS: Final = ("m", "f", "ae", "oh", "ee")
"""Columns of the close view of the lips."""
EYE: Final = ("silence", "blink")
"""Columns of the close view of the left eye."""
MARGIN, HEAD = 112, 26
"""Pixels for the labels of rows and columns."""


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
class View:
    """What a camera looks at: the middle (3,) and how much of it is seen, scene units."""

    middle: Doubles
    span: float


@dataclass(frozen=True)
class Speaker:
    """A head in a scene that speaks, and where to look at it."""

    stage: bpy.types.Scene
    camera: bpy.types.Object
    views: Mapping[str, View]


def make_objects(character: Character, skin: Colour) -> list[bpy.types.Object]:
    """The meshes of a character in the scene, without shape keys; the face first."""
    model = load_head()
    belongs = np.zeros((model.vertex_count, len(model.parts) + 1))
    for number in range(len(model.parts)):
        belongs[np.unique(model.faces[model.face_part == number]), number] = 1
    body = np.zeros((len(character.head.body), belongs.shape[1]))
    body[:, -1] = 1
    of_vertices = np.concatenate([np.asarray(character.head.carry @ belongs), body])
    materials = [part_material(part) for part in (*model.parts, "body")]
    for name in ("skin", "lips"):
        material = materials[model.parts.index(name)]
        red, green, blue, _ = material.diffuse_color
        material.diffuse_color = (red * skin[0], green * skin[1], blue * skin[2], 1.0)
    objects = []
    for part, rows in zip(character.meshes, character.objects, strict=True):
        mesh = bpy.data.meshes.new(part.name)
        mesh.from_pydata(part.vertices, [], part.triangles)
        # A face is of that part which all its corners belong to.
        mesh.polygons.foreach_set(
            "material_index", of_vertices[rows][part.triangles].min(axis=1).argmax(axis=1).astype(np.int32)
        )
        for material in materials:
            mesh.materials.append(material)
        mesh.polygons.foreach_set("use_smooth", np.ones(len(mesh.polygons), bool))
        mesh.update()
        objects.append(bpy.data.objects.new(part.name, mesh))
        scene().collection.objects.link(objects[-1])
    view_layer: Any = bpy.context.view_layer
    view_layer.update()
    return objects


def decimate(obj: bpy.types.Object, kept: float) -> None:
    """Leave a share of an object's triangles."""
    modifier = obj.modifiers.new("Decimate", "DECIMATE")
    assert isinstance(modifier, bpy.types.DecimateModifier)
    modifier.ratio = kept
    mesh = bpy.data.meshes.new_from_object(obj.evaluated_get(bpy.context.evaluated_depsgraph_get()))
    obj.modifiers.clear()
    obj.data = mesh


def places(head: MadeHead) -> dict[str, View]:
    """Where the face, the lips and the left eye of a made head are."""
    points = head.vertices[head.mark_rows]
    counts = [len(load_head().landmarks[name]) for name in MARKS]
    of = dict(zip(MARKS, np.split(points, np.cumsum(counts)[:-1]), strict=True))
    mouth = of["mouth_corners"].mean(axis=0)
    eyes = {
        side: np.concatenate([of[f"eyelid_upper_{side}"], of[f"eyelid_lower_{side}"]])
        for side in ("left", "right")
    }
    between = (eyes["left"].mean(axis=0) + eyes["right"].mean(axis=0)) / 2
    tall = float(np.linalg.norm(between - mouth))
    wide = float(np.ptp(np.concatenate(list(eyes.values()))[:, 0]))
    lips = float(np.ptp(of["mouth_corners"][:, 0]))
    face = 1.45 * max(wide, 1.55 * tall)
    # Faces are seen from the side a little: the middle of what is seen lies inside the head.
    inside = np.array([0, 0.3 * face, 0])
    return {
        "face": View(0.4 * between + 0.6 * mouth + inside, face),
        "lips": View(mouth, 1.7 * lips),
        "eye": View(eyes["left"].mean(axis=0), 1.8 * float(np.ptp(eyes["left"][:, 0]))),
    }


def make_speaker(row: Row, motion: FaceMotion) -> Speaker:
    """A head that gets its shapes and says the sentence."""
    stage = new_scene(FPS)
    character = row.character()
    face = make_objects(character, row.skin)[0]
    if row.kept < 1:
        decimate(face, row.kept)
    reading = read_head(face, find_head_parts(face))
    write_shapes(reading, reading.make())
    bake_motion(face, motion, start_frame=1, take="sentence", parts=PARTS, companions=find_companions(face))
    return Speaker(stage, build_stage(stage, face, STAGE), places(character.head))


def look(speaker: Speaker, view: View) -> None:
    """Turn the camera's eye to a view."""
    camera = speaker.camera
    data = camera.data
    assert isinstance(data, bpy.types.Camera)
    away = view.span / 2 / float(np.tan(data.angle_y / 2))
    forward = camera.rotation_euler.to_matrix() @ Vector((0, 0, 1))
    camera.location = Vector(view.middle.tolist()) + forward * away
    data.clip_start, data.clip_end = away / 10, 10 * away


def render(speaker: Speaker, view: str, frames: Sequence[int]) -> list[Any]:
    """Pictures of a view at these frames."""
    from PIL import Image

    look(speaker, speaker.views[view])
    with tempfile.TemporaryDirectory() as folder:
        return [
            Image.open(still).convert("RGB") for still in render_stills(speaker.stage, frames, Path(folder))
        ]


def put_together(path: Path, columns: Sequence[str], rows: Mapping[str, Sequence[Any]]) -> None:
    """Write rows of pictures with labels into one."""
    from PIL import Image, ImageDraw, ImageFont

    size = (MARGIN + len(columns) * STAGE.width, HEAD + len(rows) * STAGE.height)
    sheet = Image.new("RGB", size, (24, 27, 32))
    pen, font = ImageDraw.Draw(sheet), ImageFont.load_default(14)
    for column, label in enumerate(columns):
        centre = MARGIN + (column + 0.5) * STAGE.width
        pen.text((centre, HEAD / 2), label, fill=(230, 230, 230), font=font, anchor="mm")
    for number, (label, pictures) in enumerate(rows.items()):
        top = HEAD + number * STAGE.height
        pen.multiline_text((6, top + STAGE.height / 2), label, (230, 230, 230), font, anchor="lm")
        for column, picture in enumerate(pictures):
            sheet.paste(picture, (MARGIN + column * STAGE.width, top))
    sheet.quantize(160, dither=Image.Dither.NONE).save(path, optimize=True)
    print(f"{path}: {path.stat().st_size / 1000:.0f} KB")


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
    put_together(faces, list(frames), whole)
    put_together(close, [*LIPS, *EYE], near)


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit("usage: python scripts/draw_any_mesh.py FACES.png CLOSE.png")
    draw(Path(sys.argv[1]), Path(sys.argv[2]))
