# SPDX-License-Identifier: GPL-3.0-or-later
"""Heads that feel something: at rest in every emotion, and their lips where a sound wants them closed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

import bpy
import numpy as np
from numpy.typing import NDArray

from ..bake import (
    bake_motion,
    bake_pose,
    create_head,
    find_companions,
    find_head_parts,
    read_head,
    suggest_rig,
    write_shapes,
)
from ..bake.preview import StageSettings, add_sound, build_rows, build_stage, new_scene, save
from ..core.evaluation import made_heads
from ..core.evaluation.made_heads import Z_UP, MadeHead, turned
from ..core.evaluation.transfer_heads import in_objects
from ..core.generate.emotion.directions import EMOTIONS
from ..core.generate.emotion.poses import emotion_poses
from ..core.motion import FaceMotion, Phone
from ..core.retarget.arkit import ARKIT_NAMES, FACE_PARTS
from .drawn_brows import BROW_MARKS, draw_brows
from .face_views import face_views, look, put_together, stills
from .head_rows import FIRST_FRAME, faces
from .made_objects import made_marks, make_objects

if TYPE_CHECKING:
    from PIL.Image import Image

INTENSITIES: Final = (0.0, 0.25, 0.5, 0.75, 1.0)
CLOSED: Final = ("M", "B", "P")
"""Phones that want the lips to meet."""
_EACH: Final = 2
"""Pictures of each of them."""

_TURN: Final = float(np.radians(8))
FACE: Final = StageSettings(width=136, height=168, turn=_TURN)
LIPS: Final = StageSettings(width=150, height=110, turn=_TURN, lift=0.0)
_CARTOON_SKIN: Final = (1.0, 0.95, 0.85)
_MARGIN: Final = 76
"""Pixels for the labels of rows."""


@dataclass(frozen=True)
class ShownHead:
    """A head in a scene of its own.

    Attributes:
        scene: with a camera that looks at it.
        objects: its meshes with shape keys.
    """

    scene: bpy.types.Scene
    objects: Sequence[bpy.types.Object]

    def picture(self, weights: NDArray[np.floating]) -> "Image":
        """The head with ARKit weights (52,)."""
        values = dict(zip(ARKIT_NAMES, weights.tolist(), strict=True))
        for obj in self.objects:
            assert isinstance(obj.data, bpy.types.Mesh)
            keys = obj.data.shape_keys
            for key in keys.key_blocks[1:] if keys else ():
                key.value = values[key.name]
        (picture,) = stills(self.scene, [1])
        return picture


def built_in_head(stage: StageSettings = FACE, view: str = "head") -> ShownHead:
    """The built-in head, looked at in one of the views of `face_views`."""
    scene = new_scene(25)
    obj = create_head(scene.collection, "Head")
    head = _upright(made_heads.built_in())
    look(build_stage(scene, obj, stage), face_views(made_marks(head))[view])
    return ShownHead(scene, [obj, *draw_brows(obj, made_marks(head, BROW_MARKS))])


def cartoon_head() -> ShownHead:
    """A cartoon head in six objects that came without shape keys, with those that Soliloquy makes."""
    scene = new_scene(25)
    head = _upright(made_heads.cartoon())
    face, *_ = make_objects(scene.collection, in_objects(head), _CARTOON_SKIN)
    reading = read_head(face, find_head_parts(face))
    write_shapes(reading, reading.make())
    look(build_stage(scene, face, FACE), face_views(made_marks(head))["head"])
    brows = draw_brows(face, made_marks(head, BROW_MARKS))
    return ShownHead(scene, [face, *brows, *(each for each in find_companions(face) if each not in brows)])


def draw_grid(path: Path, head: ShownHead) -> None:
    """Write a sheet of all emotions, a column each, from nothing in the first row to all in the last."""
    rows = {
        f"{intensity:g}": [head.picture(intensity * pose) for pose in emotion_poses()]
        for intensity in INTENSITIES
    }
    put_together(path, EMOTIONS, rows, margin=_MARGIN // 2)


def closed_frames(phones: Sequence[Phone], fps: float) -> dict[str, int]:
    """Labels and frames in the middle of the longest sounds that want the lips to meet."""
    frames = {}
    for name in CLOSED:
        longest = sorted((phone for phone in phones if phone.name == name), key=lambda p: p.start - p.end)
        for phone in sorted(longest[:_EACH], key=lambda phone: phone.start):
            middle = (phone.start + phone.end) / 2
            frames[f"{name.lower()}, {middle:.2f} s"] = round(middle * fps)
    return frames


def draw_closures(path: Path, motions: Mapping[str, FaceMotion]) -> bool:
    """Write a sheet of lips in m, b and p, a row each emotion.

    Args:
        path: of the sheet.
        motions: of one sound with its phones, by the name of the emotion.

    Returns:
        Whether the sound has such phones; without, nothing is written.
    """
    (first, *_) = motions.values()
    frames = closed_frames(first.phones, first.fps)
    if not frames:
        return False
    head = built_in_head(LIPS, "lips")
    rows = {
        name: [head.picture(motion.weights[frame]) for frame in frames.values()]
        for name, motion in motions.items()
    }
    put_together(path, list(frames), rows, margin=_MARGIN)
    return True


def film_scene(
    blend: Path, sound: Path, motions: Mapping[str, FaceMotion], *, fps: int, columns: int
) -> bpy.types.Scene:
    """Make a scene of built-in heads with brows side by side, and save it.

    Args:
        blend: the file to save.
        sound: heard in it.
        motions: by what is written beside the heads.
        fps: frames a second.
        columns: most heads in a row.
    """
    (motion, *_) = motions.values()
    scene = new_scene(fps)
    add_sound(scene, sound, FIRST_FRAME)
    scene.frame_start, scene.frame_end = FIRST_FRAME, FIRST_FRAME + len(motion) - 1
    heads = [create_head(scene.collection, name) for name in motions]
    marks = made_marks(_upright(made_heads.built_in()), BROW_MARKS)
    brows = [draw_brows(head, marks) for head in heads]
    build_rows(scene, heads, list(motions), faces(len(heads), columns), columns=columns)
    for head, its_brows, each in zip(heads, brows, motions.values(), strict=True):
        bake_motion(
            head,
            each,
            start_frame=FIRST_FRAME,
            take=sound.stem,
            parts=FACE_PARTS,
            companions=its_brows,
        )
        bake_pose(suggest_rig(head), each, start_frame=FIRST_FRAME, take=sound.stem)
    save(blend)
    return scene


def _upright(head: MadeHead) -> MadeHead:
    """A made head as it stands in Blender, in metres."""
    return turned(head, head.name, scale=1.0, rotation=Z_UP, move=(0.0, 0.0, 0.0), tells_axes=False)
