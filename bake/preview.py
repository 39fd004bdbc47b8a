# SPDX-License-Identifier: GPL-3.0-or-later
"""A stage, a camera and a film of heads, drawn with Workbench: it needs no graphics card.

Workbench at 480 x 600 with 5 samples costs 0.6 CPU seconds a frame (Cycles 6 and more, EEVEE 60).
"""

import math
import os
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import bpy
from mathutils import Vector

from ..core.errors import OutputError

FIRST_SOUND_IN_WHEEL = (4, 5, 0)
"""The bpy wheel of 4.2 is built without audio: its films would be silent."""


_LABEL_SIZE = 0.05
"""Height of a label's letters, of a picture's height."""


@dataclass(frozen=True)
class StageSettings:
    """How a head is looked at.

    Attributes:
        width: of a head's picture, pixels, even.
        height: of a head's picture, pixels, even.
        turn: how far the camera stands to the subject's left of the face's front, radians.
        lift: how far the camera stands above the face, radians.
        lens: focal length, millimetres on a 36 mm film.
        fill: share of the picture's height from the crown to the cut at the neck.
        cut: share of the head's height, from below, that the picture leaves out.
        light: one of Blender's own studio lights.
        background: linear RGB in 0..1.
    """

    width: int = 480
    height: int = 600
    turn: float = math.radians(20.0)
    lift: float = math.radians(4.0)
    lens: float = 85.0
    fill: float = 0.99
    cut: float = 0.16
    light: str = "paint.sl"
    background: tuple[float, float, float] = (0.035, 0.045, 0.06)


_SMALL_STAGE = StageSettings(width=320, height=400, fill=0.86)
"""Of one head among several, with room to turn."""


def new_scene(fps: int) -> bpy.types.Scene:
    """Open an empty file and return its scene, at a whole number of frames a second."""
    bpy.ops.wm.read_factory_settings(use_empty=True)
    scene = bpy.context.scene
    assert scene is not None
    scene.render.fps, scene.render.fps_base = fps, 1.0
    return scene


def add_sound(scene: bpy.types.Scene, path: Path, frame: int) -> None:
    """Put a sound strip into the sequencer, its file packed into the .blend."""
    editor = scene.sequence_editor_create()
    strips = editor.strips if hasattr(editor, "strips") else editor.sequences
    strip = strips.new_sound(path.stem, str(path), 1, frame)
    strip.sound.pack()


def save(path: Path) -> None:
    """Save the file.

    Raises:
        OutputError: Blender could not write it.
    """
    # No .blend1 beside it when it is made again.
    bpy.context.preferences.filepaths.save_version = 0
    try:
        with _quiet():
            bpy.ops.wm.save_as_mainfile(filepath=str(path), check_existing=False)
    except RuntimeError as error:
        raise OutputError(f"Cannot write '{path}': {' '.join(str(error).split())}") from error


def build_stage(
    scene: bpy.types.Scene, head: bpy.types.Object, settings: StageSettings | None = None
) -> bpy.types.Object:
    """Set the scene up to show a head that looks along -y, and return the camera."""
    stage = settings or StageSettings()
    low, high = _corners(head, stage.cut)
    camera, data = _new_camera(scene, stage)
    data.lens = stage.lens
    data.sensor_width = 36.0
    data.sensor_fit = "VERTICAL"
    data.sensor_height = 36.0 * stage.height / stage.width
    distance = (high.z - low.z) / stage.fill / 2 / math.tan(data.angle_y / 2) + (high.y - low.y) / 2
    camera.location = (low + high) / 2 + _direction(stage) * distance
    data.clip_start = distance / 100
    data.clip_end = distance * 10
    _light(scene, stage, stage.width, stage.height)
    return camera


def build_rows(
    scene: bpy.types.Scene,
    heads: Sequence[bpy.types.Object],
    labels: Sequence[str],
    settings: StageSettings | None = None,
    *,
    columns: int = 4,
) -> bpy.types.Object:
    """Set the scene up to show several built-in heads side by side, and return the camera.

    Heads are moved (by their pivots) to places in rows, from the upper left on. All are seen from the same
    side, without perspective, so that they differ in nothing but what their faces do.

    Args:
        scene: that holds the heads, all of one size and in one place.
        heads: objects of `create_head`, one at least.
        labels: a text for the upper left corner of each picture.
        settings: of each head's picture; lens and, in several rows, cut have no meaning.
        columns: most heads in a row.
    """
    stage = settings or _SMALL_STAGE
    columns = min(columns, len(heads))
    rows = -(-len(heads) // columns)
    # A cut neck would reach into the picture below.
    low, high = _corners(heads[0], stage.cut if rows == 1 else 0.0)
    camera, data = _new_camera(scene, stage)
    turned = camera.rotation_euler.to_matrix().transposed()
    right, up, towards = (turned[axis] for axis in range(3))
    tall = (high.z - low.z) / stage.fill
    wide = tall * stage.width / stage.height
    depth = (high - low).length
    white = bpy.data.materials.new("Label")
    white.diffuse_color = (0.9, 0.9, 0.9, 1.0)
    for number, (head, label) in enumerate(zip(heads, labels, strict=True)):
        row, column = divmod(number, columns)
        place = right * (column * wide) - up * (row * tall)
        assert head.parent is not None
        head.parent.location += place
        text = bpy.data.curves.new(f"Label {label}", "FONT")
        text.body = label
        text.align_y = "TOP"
        text.size = _LABEL_SIZE * tall
        text.materials.append(white)
        sign = bpy.data.objects.new(f"Label {label}", text)
        sign.rotation_euler = camera.rotation_euler
        corner = up * (tall / 2 - text.size / 2) - right * (wide / 2 - text.size / 2)
        sign.location = (low + high) / 2 + place + corner + towards * depth
        scene.collection.objects.link(sign)
    data.type = "ORTHO"
    data.sensor_fit = "HORIZONTAL"
    data.ortho_scale = columns * wide
    middle = (low + high) / 2 + right * ((columns - 1) * wide / 2) - up * ((rows - 1) * tall / 2)
    camera.location = middle + towards * 2 * depth
    data.clip_start = depth / 100
    data.clip_end = depth * 10
    _light(scene, stage, columns * stage.width, rows * stage.height)
    return camera


def _corners(head: bpy.types.Object, cut: float) -> tuple[Vector, Vector]:
    """Lowest and highest coordinates of a head, in the world, without what is cut off below."""
    corners = [head.matrix_world @ Vector(corner) for corner in head.bound_box]
    low = Vector([min(corner[axis] for corner in corners) for axis in range(3)])
    high = Vector([max(corner[axis] for corner in corners) for axis in range(3)])
    low.z += cut * (high.z - low.z)
    return low, high


def _direction(stage: StageSettings) -> Vector:
    """From the head to the camera. The head looks along -y, its left is +x."""
    return Vector(
        (
            math.sin(stage.turn) * math.cos(stage.lift),
            -math.cos(stage.turn) * math.cos(stage.lift),
            math.sin(stage.lift),
        )
    )


def _new_camera(scene: bpy.types.Scene, stage: StageSettings) -> tuple[bpy.types.Object, bpy.types.Camera]:
    """The scene's camera, turned to the head."""
    data = bpy.data.cameras.new("Preview Camera")
    camera = bpy.data.objects.new("Preview Camera", data)
    scene.collection.objects.link(camera)
    scene.camera = camera
    camera.rotation_euler = _direction(stage).to_track_quat("Z", "Y").to_euler()
    return camera, data


def _light(scene: bpy.types.Scene, stage: StageSettings, width: int, height: int) -> None:
    """World, size and shading of the scene's pictures."""
    world = scene.world or bpy.data.worlds.new("Preview")
    scene.world = world
    world.color = stage.background

    render = scene.render
    render.engine = "BLENDER_WORKBENCH"
    render.resolution_x, render.resolution_y = width, height
    render.resolution_percentage = 100
    render.film_transparent = False
    scene.display.render_aa = "5"
    shading = scene.display.shading
    shading.light = "STUDIO"
    shading.studio_light = stage.light
    shading.color_type = "MATERIAL"
    shading.show_cavity = True
    shading.cavity_type = "WORLD"
    shading.cavity_ridge_factor = 0.0
    shading.cavity_valley_factor = 0.6
    shading.show_shadows = False
    shading.show_specular_highlight = True
    scene.view_settings.view_transform = "Standard"


def render_film(scene: bpy.types.Scene, path: Path, progress: Callable[[float], None] | None = None) -> None:
    """Render the scene's frame range to an MP4 with H.264 pictures and the sequencer's sound as AAC.

    Args:
        scene: with a camera and a frame range.
        path: of the film.
        progress: receives the share of the frames that are done, 0..1.

    Raises:
        OutputError: no film was written.
    """
    render = scene.render
    if bpy.app.version >= (5, 0, 0):
        render.image_settings.media_type = "VIDEO"
    render.image_settings.file_format = "FFMPEG"
    ffmpeg = render.ffmpeg
    ffmpeg.format = "MPEG4"
    ffmpeg.codec = "H264"
    ffmpeg.constant_rate_factor = "HIGH"
    ffmpeg.ffmpeg_preset = "GOOD"
    ffmpeg.audio_codec = "AAC" if bpy.app.version >= FIRST_SOUND_IN_WHEEL else "NONE"
    ffmpeg.audio_bitrate = 160
    # Without it the film is silent. Sound strips alone do not cover the camera's view.
    render.use_sequencer = True
    handlers = bpy.app.handlers.render_post
    done = 0

    def count(*_: object) -> None:
        nonlocal done
        done += 1
        if progress is not None:
            progress(done / (scene.frame_end - scene.frame_start + 1))

    handlers.append(count)
    try:
        _render(scene, path, animation=True)
    finally:
        handlers.remove(count)


def render_stills(scene: bpy.types.Scene, frames: Sequence[int], folder: Path) -> list[Path]:
    """Render single frames to PNG files `frame_0001.png` ... and return their paths.

    Raises:
        OutputError: a picture was not written.
    """
    render = scene.render
    if bpy.app.version >= (5, 0, 0):
        render.image_settings.media_type = "IMAGE"
    render.image_settings.file_format = "PNG"
    paths = []
    for frame in frames:
        scene.frame_set(frame)
        paths.append(folder / f"frame_{frame:04d}.png")
        _render(scene, paths[-1], animation=False)
    return paths


def _render(scene: bpy.types.Scene, path: Path, *, animation: bool) -> None:
    path.unlink(missing_ok=True)
    scene.render.use_file_extension = False
    scene.render.filepath = str(path)
    with _quiet():
        bpy.ops.render.render(animation=animation, write_still=not animation, scene=scene.name)
        if not path.exists():
            raise OutputError(f"Blender wrote no '{path}': is the folder read-only or the disk full?")


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep off the terminal what Blender prints for each frame, from C; an error brings it back."""
    sys.stdout.flush()
    sys.stderr.flush()
    saved = [os.dup(stream) for stream in (1, 2)]
    with tempfile.TemporaryFile() as said:
        try:
            for stream in (1, 2):
                os.dup2(said.fileno(), stream)
            try:
                yield
            finally:
                for stream, copy in zip((1, 2), saved, strict=True):
                    os.dup2(copy, stream)
                    os.close(copy)
        except BaseException:
            said.seek(0)
            sys.stderr.write(said.read().decode(errors="replace"))
            raise
