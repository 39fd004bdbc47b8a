# SPDX-License-Identifier: GPL-3.0-or-later
"""Where to look at a head: its face, its lips, an eye; and pictures of it in a sheet with labels.

Heads look along -y, up is z.
"""

import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import bpy
import numpy as np
from mathutils import Vector
from numpy.typing import NDArray

from ..bake.preview import render_stills
from ..core.motion_files import whole_file

if TYPE_CHECKING:
    from PIL.Image import Image

HEAD: Final = 26
"""Pixels above a sheet's pictures for the labels of columns."""
_GROUND: Final = (24, 27, 32)
_INK: Final = (230, 230, 230)
_COLOURS: Final = 256


@dataclass(frozen=True)
class View:
    """What a camera looks at: the middle (3,) and how much of it is seen, scene units."""

    middle: NDArray[np.float64]
    span: float


def face_views(points: Mapping[str, NDArray[np.floating]]) -> dict[str, View]:
    """Where the head without its crown, the face, the lips and the left eye are.

    Args:
        points: (N, 3) of the landmarks mouth_corners, eyelid_upper_left, eyelid_lower_left and those of the
            right, in the scene.
    """
    mouth = points["mouth_corners"].mean(axis=0)
    eyes = {
        side: np.concatenate([points[f"eyelid_upper_{side}"], points[f"eyelid_lower_{side}"]])
        for side in ("left", "right")
    }
    between = (eyes["left"].mean(axis=0) + eyes["right"].mean(axis=0)) / 2
    tall = float(np.linalg.norm(between - mouth))
    wide = float(np.ptp(np.concatenate(list(eyes.values()))[:, 0]))
    lips = float(np.ptp(points["mouth_corners"][:, 0]))
    face = 1.45 * max(wide, 1.55 * tall)
    # Faces are seen from the side a little: the middle of what is seen lies inside the head.
    inside = np.array([0, 0.3 * face, 0])
    return {
        "head": View(0.56 * between + 0.44 * mouth + inside, 1.3 * face),
        "face": View(0.4 * between + 0.6 * mouth + inside, face),
        "lips": View(mouth, 1.7 * lips),
        "eye": View(eyes["left"].mean(axis=0), 1.8 * float(np.ptp(eyes["left"][:, 0]))),
    }


def look(camera: bpy.types.Object, view: View) -> None:
    """Move a camera until it sees this; it keeps its direction."""
    data = camera.data
    assert isinstance(data, bpy.types.Camera)
    away = view.span / 2 / float(np.tan(data.angle_y / 2))
    forward = camera.rotation_euler.to_matrix() @ Vector((0, 0, 1))
    camera.location = Vector(view.middle.tolist()) + forward * away
    data.clip_start, data.clip_end = away / 10, 10 * away


def stills(scene: bpy.types.Scene, frames: Sequence[int]) -> "list[Image]":
    """Pictures of a scene at these frames."""
    from PIL import Image

    with tempfile.TemporaryDirectory() as folder:
        return [Image.open(still).convert("RGB") for still in render_stills(scene, frames, Path(folder))]


def put_together(
    path: Path, columns: Sequence[str], rows: "Mapping[str, Sequence[Image]]", *, margin: int
) -> None:
    """Write rows of pictures, all of one size, with labels into one PNG.

    Args:
        path: of the sheet.
        columns: a label for each picture of a row.
        rows: pictures by what stands to their left, in lines.
        margin: pixels for that.
    """
    from PIL import Image, ImageDraw, ImageFont

    (first, *_) = next(iter(rows.values()))
    sheet = Image.new("RGB", (margin + len(columns) * first.width, HEAD + len(rows) * first.height), _GROUND)
    pen: Any = ImageDraw.Draw(sheet)
    font = ImageFont.load_default(14)
    for column, label in enumerate(columns):
        centre = margin + (column + 0.5) * first.width
        pen.text((centre, HEAD / 2), label, fill=_INK, font=font, anchor="mm")
    for number, (label, pictures) in enumerate(rows.items()):
        top = HEAD + number * first.height
        pen.multiline_text((6, top + first.height / 2), label, _INK, font, anchor="lm")
        for column, picture in enumerate(pictures):
            sheet.paste(picture, (margin + column * first.width, top))
    with whole_file(path) as stream:
        sheet.quantize(_COLOURS, dither=Image.Dither.NONE).save(stream, format="PNG", optimize=True)
