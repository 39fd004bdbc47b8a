# SPDX-License-Identifier: GPL-3.0-or-later
"""The documentation's pictures of Blender: python3 pictures.py --zip ZIP --out FOLDER [--only NAME ...].

Runs where run.py runs, and sets up each picture anew with the project's own sample and head. `make
screenshots` puts them into docs/images/.
"""

import argparse
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import checks_shapes
import checks_style
from desktop import MODULE, Desktop, Window
from session import HEAD, Session

SAMPLE = Path(__file__).parents[3] / "samples" / "soliloquy.flac"
WIDTH, HEIGHT = 1200, 820
USER = Path(tempfile.gettempdir(), "artist", "blender")
"""Blender's user files: pictures show this path."""

LARGEST = 300_000
"""Bytes that a picture may have."""

OPEN_MOUTH = (
    "scene = bpy.context.scene\n"
    f"jaw = bpy.data.objects[{HEAD!r}].data.shape_keys.key_blocks['jawOpen']\n"
    "opened = []\n"
    "for frame in range(20, 220):\n"
    "    scene.frame_set(frame)\n"
    "    opened.append((jaw.value, frame))\n"
    "scene.frame_set(max(opened)[1])\n"
)


CHARACTER = (
    "rig = bpy.data.objects.new('Anna', bpy.data.armatures.new('Anna'))\n"
    "bpy.context.scene.collection.objects.link(rig)\n"
    f"mesh = bpy.data.objects[{HEAD!r}]\n"
    "bpy.context.view_layer.objects.active = rig\n"
    "bpy.ops.object.mode_set(mode='EDIT')\n"
    "places = {'spine': -0.4, 'neck': -0.15, 'head': -0.05}\n"
    "for name, height in places.items():\n"
    "    bone = rig.data.edit_bones.new(name)\n"
    "    bone.head, bone.tail = (0, 0.02, height), (0, 0.02, height + 0.1)\n"
    "for name, x in (('eye.L', 0.03), ('eye.R', -0.03)):\n"
    "    bone = rig.data.edit_bones.new(name)\n"
    "    bone.head, bone.tail = (x, -0.06, 0.03), (x, -0.08, 0.03)\n"
    "    bone.parent = rig.data.edit_bones['head']\n"
    "bpy.ops.object.mode_set(mode='OBJECT')\n"
    "mesh.parent.parent = rig\n"
    "bpy.context.view_layer.objects.active = mesh\n"
    "mesh.select_set(True)\n"
    "rig.select_set(False)\n"
    "rig.hide_set(True)\n"
    "bpy.ops.soliloquy.find_bones()\n"
)
"""The head on a small armature, whose bones were found."""


VISEMES = (
    f"from {MODULE}.core.retarget.channels import CHANNELS\n"
    f"head = bpy.data.objects[{HEAD!r}]\n"
    "blocks = head.data.shape_keys.key_blocks\n"
    "arkit = [block.name for block in blocks[1:]]\n"
    "for channel in [each for each in CHANNELS.values() if each.convention == 'Oculus visemes']:\n"
    "    for name in arkit:\n"
    "        blocks[name].value = channel.meaning.get(name, 0.0)\n"
    "    head.shape_key_add(name='viseme_' + channel.name.split()[-1], from_mix=True).value = 0.0\n"
    "for name in arkit:\n"
    "    head.shape_key_remove(blocks[name])\n"
    "bpy.ops.soliloquy.find_keys()\n"
    "bpy.ops.soliloquy.measure_face()\n"
    "head.soliloquy_key_index = 10\n"
    "blocks['viseme_aa'].value = 1.0\n"
)
"""The head with fifteen visemes in place of its own shape keys, found and measured."""


STYLED = (
    f"from {MODULE}.bake import read_performance\n"
    f"from {MODULE}.core.motion_files import write_csv\n"
    "settings = bpy.context.scene.soliloquy\n"
    "settings.performance.model = 'hybrid'\n"
    "settings.style.style = 'smiling'\n"
    "bpy.ops.soliloquy.animate_from_audio()\n"
    f"path = {str(Path(tempfile.gettempdir(), 'anna_03.csv'))!r}\n"
    f"write_csv(path, read_performance(bpy.data.objects[{HEAD!r}]))\n"
    "bpy.ops.soliloquy.style_from_file(filepath=path)\n"
    "settings.style.own[0].name = 'Anna'\n"
    "settings.style.mix_with, settings.style.share = 'articulated', 0.3\n"
    "settings.style.strength = 1.2\n"
    "bpy.ops.soliloquy.new_take()\n"
)
"""A head that speaks in a style which was read from a recording, mixed with another one."""


FELT = (
    "bpy.ops.soliloquy.add_emotion_sliders()\n"
    f"head = bpy.data.objects[{HEAD!r}]\n"
    "for frame, value in ((1, 0.0), (60, 1.0), (130, 1.0), (180, 0.0)):\n"
    "    head['emotion_happiness'] = value\n"
    "    head.keyframe_insert('[\"emotion_happiness\"]', frame=frame)\n"
    "markers = bpy.context.scene.timeline_markers\n"
    "markers.new('angry 0.6', frame=190)\n"
    "bpy.ops.soliloquy.animate_from_audio()\n"
    "bpy.context.scene.frame_set(110)\n"
)
"""A head that is glad by its sliders, and angry by a marker."""


def new_scene(
    session: Session,
    sound: Path | None,
    editors: tuple[tuple[str, float], ...] = (("SEQUENCE_EDITOR", 0.24),),
    distance: float = 0.72,
) -> Window:
    """A head in the 3D View, a sound in the sequencer, and the editors that the picture shows."""
    window = session.window
    window.do("empty_file")
    window.settle(0.8)
    window.lay_out(editors)
    window.run("bpy.ops.soliloquy.add_head()")
    if sound is not None:
        window.do("add_sound", path=str(sound))
    window.run("scene = bpy.context.scene\nscene.frame_end = 244\nscene.frame_set(12)")
    window.do("look_at_face", distance=distance)
    window.do("tidy")
    window.settle(0.8)
    window.open_tab()
    window.do("view_all")
    window.settle(1.0)
    return window


def panel(session: Session) -> None:
    """The panel beside the head, the sample in the sequencer."""
    new_scene(session, SAMPLE)


def takes(session: Session) -> None:
    """Three takes of MeshTalk, the second of them shown."""
    window = new_scene(session, SAMPLE)
    window.run("performance = bpy.context.scene.soliloquy.performance\nperformance.model = 'meshtalk'")
    for button in ("animate_from_audio", "new_take", "new_take"):
        window.run(f"bpy.ops.soliloquy.{button}()")
    window.run("bpy.ops.soliloquy.show_take(kind='SHAPE_KEYS', take='soliloquy.flac seed 1')")
    window.run(OPEN_MOUTH)
    window.do("fill_window", kind="VIEW_3D")
    window.settle(1.0)
    window.do("open_sidebars")
    window.settle(0.5)
    window.open_tab()
    # Source and Target, Mouth, Eyes and Head, which other pictures show, are closed; so is Emotion by itself.
    for y in (170, 197, 456, 482, 534):
        session.desktop.mouse(WIDTH - 130, y)
        session.desktop.click()
        window.settle(1.5)
    session.desktop.mouse(WIDTH * 0.4, HEIGHT * 0.6)
    window.settle(1.0)


def eyes(session: Session) -> None:
    """The panels of the eyes and of the head."""
    _character(session, closed=4)


def rig(session: Session) -> None:
    """The panel of the head, with a rig whose bones were found and can be edited."""
    _character(session, closed=5)
    session.open_panel("VIEW_3D", "soliloquy_rig")
    session.desktop.mouse(WIDTH * 0.4, HEIGHT * 0.6)
    session.window.settle(1.0)


def mapping(session: Session) -> None:
    """The list of keys of a head with visemes, and what it cannot do."""
    _character(session, closed=1, made=VISEMES)
    session.open_mapping("VIEW_3D")
    session.desktop.mouse(WIDTH - 130, HEIGHT * 0.5)
    session.desktop.click(button=5, repeat=18)
    session.window.settle(1.0)
    session.desktop.mouse(WIDTH * 0.4, HEIGHT * 0.6)
    session.window.settle(1.0)


def style(session: Session) -> None:
    """The panel of styles: one that was read from a recording, mixed with another one."""
    window = new_scene(session, SAMPLE, (("SEQUENCE_EDITOR", 0.1),))
    window.run(STYLED)
    window.do("fill_window", kind="VIEW_3D")
    window.settle(1.0)
    window.do("open_sidebars")
    window.settle(0.5)
    window.open_tab()
    for y in (170, 197):  # Source and Target
        session.desktop.mouse(WIDTH - 200, y)
        session.desktop.click()
        window.settle(1.5)
    session.open_style("VIEW_3D")
    window.run(OPEN_MOUTH)
    checks_style.open_menu(session)


def emotion_panel(session: Session) -> None:
    """The panel of emotion: sliders that are keyed, and the face that they make."""
    window = new_scene(session, SAMPLE, (("SEQUENCE_EDITOR", 0.1),))
    window.run(FELT)
    window.do("fill_window", kind="VIEW_3D")
    window.settle(1.0)
    window.do("open_sidebars")
    window.settle(0.5)
    window.open_tab()
    for y in (170, 197, 222):  # Source, Target and Performance
        session.desktop.mouse(WIDTH - 200, y)
        session.desktop.click()
        window.settle(1.5)
    session.open_emotion("VIEW_3D")
    session.desktop.mouse(WIDTH - 130, HEIGHT * 0.5)
    session.desktop.click(button=5, repeat=8)
    window.settle(1.0)
    session.desktop.mouse(WIDTH * 0.4, HEIGHT * 0.6)
    window.settle(1.0)


def _character(session: Session, closed: int, made: str = CHARACTER) -> None:
    """A head made into something; of Source, Target, Performance, Mouth and Eyes so many are closed.

    Style, between Performance and Mouth, is closed from the start.
    """
    window = new_scene(session, SAMPLE, (("SEQUENCE_EDITOR", 0.1),))
    window.run(made)
    window.do("fill_window", kind="VIEW_3D")
    window.settle(1.0)
    window.do("open_sidebars")
    window.settle(0.5)
    window.open_tab()
    for number in (0, 1, 2, 4, 5)[:closed]:
        session.desktop.mouse(WIDTH - 200, 170 + 26 * number)
        session.desktop.click()
        window.settle(1.5)
    session.desktop.mouse(WIDTH * 0.4, HEIGHT * 0.6)
    window.settle(1.0)


def make_shapes(session: Session) -> None:
    """A head without shape keys: what the panel says, and marks that are placed."""
    window = checks_shapes.import_plain(session, (("SEQUENCE_EDITOR", 0.1),))
    window.do("look_at_face", distance=0.62)
    window.do("tidy")
    window.do("fill_window", kind="VIEW_3D")
    window.settle(1.0)
    window.do("open_sidebars")
    window.settle(0.5)
    window.open_tab()
    session.open_below_head("VIEW_3D", "place_marks")
    session.click_animate(button=checks_shapes.PLACE)
    window.settle(0.6)
    checks_shapes.click_on(session, *checks_shapes.POINTS.values())
    session.desktop.mouse(WIDTH * 0.3, HEIGHT * 0.6)
    window.settle(1.0)


def progress(session: Session) -> None:
    """The panel while a job runs."""
    sound = session.folder / "interview.wav"
    if not sound.exists():
        session.window.do("long_sound", path=str(sound), sample=str(SAMPLE), minutes=8)
    new_scene(session, sound)
    session.start()
    session.desktop.mouse(WIDTH * 0.4, HEIGHT * 0.3)
    session.reach(0.4)


def result(session: Session) -> None:
    """After the job: an open mouth, the strip, and the keys in the Dope Sheet."""
    window = new_scene(session, SAMPLE, (("DOPESHEET_EDITOR", 0.27), ("SEQUENCE_EDITOR", 0.27)), 0.52)
    session.start_and_finish()
    window.run(OPEN_MOUTH)
    window.do("view_all")
    window.run("stage.filter_keys('jaw')")
    window.do("view_all")
    window.settle(1.0)


def error(session: Session) -> None:
    """The panel when something is missing: the button is grey and says why."""
    window = new_scene(session, SAMPLE)
    window.run("bpy.context.scene.sequence_editor.strips[0].mute = True")
    window.do("redraw")
    window.settle(1.0)


def preferences(session: Session) -> None:
    """The extension's page in the preferences."""
    window = new_scene(session, None)
    window.do("show_preferences", module=MODULE)
    window.settle(1.0)
    session.place_preferences(900, 640)
    window.settle(3.0)


def install(session: Session) -> None:
    """Where the preferences install a zip from the disk."""
    window = new_scene(session, None)
    window.run("bpy.ops.screen.userpref_show(section='EXTENSIONS')")
    window.settle(1.0)
    session.place_preferences(900, 640)
    window.settle(2.0)
    session.desktop.mouse(882, 21)
    session.desktop.click()
    window.settle(1.0)


PICTURES: dict[str, tuple[Callable[[Session], None], tuple[int, int, int, int] | None]] = {
    "panel": (panel, None),
    "takes": (takes, None),
    "eyes": (eyes, None),
    "rig": (rig, None),
    "style": (style, None),
    "emotion_panel": (emotion_panel, None),
    "mapping": (mapping, None),
    "make_shapes": (make_shapes, None),
    "progress": (progress, None),
    "result": (result, None),
    "error": (error, None),
    "preferences": (preferences, (0, 0, 900, 484)),
    "install": (install, (0, 0, 900, 484)),
}
"""How each picture comes about, and x, y, width, height of it on the screen; None for all of it."""


def main() -> int:
    """Take the pictures that the arguments name."""
    parser = argparse.ArgumentParser(description="The documentation's pictures of Blender.")
    parser.add_argument("--zip", type=Path, required=True, help="extension for this Blender's Python")
    parser.add_argument("--out", type=Path, required=True, help="folder for the pictures")
    parser.add_argument("--only", nargs="+", choices=list(PICTURES), metavar="NAME", help="these alone")
    args = parser.parse_args()
    folder = args.out.resolve()
    folder.mkdir(parents=True, exist_ok=True)
    with Desktop(folder, WIDTH, HEIGHT, user=USER) as desktop:
        desktop.install(args.zip.resolve())
        session = Session(desktop, folder, SAMPLE)
        try:
            for name in args.only or PICTURES:
                prepare, crop = PICTURES[name]
                prepare(session)
                path = desktop.picture(folder / "pictures" / f"{name}.png", crop=crop)
                session.close()
                print(f"{name}: {small(path)} bytes", flush=True)
                time.sleep(0.2)
        finally:
            session.close()
    return 0


def small(path: Path) -> int:
    """Reduce a picture to a palette until it is small enough; its size in bytes.

    Raises:
        ValueError: it does not get small enough.
    """
    for colours in (256, 192, 128):
        reduced = path.with_suffix(".small.png")
        options = ["-strip", "-dither", "None", "-colors", str(colours)]
        subprocess.run(["convert", str(path), *options, f"png8:{reduced}"], check=True, capture_output=True)
        size = reduced.stat().st_size
        if size < LARGEST:
            reduced.replace(path)
            return size
    raise ValueError(f"{path.name} has {size} bytes, more than {LARGEST}")


if __name__ == "__main__":
    sys.exit(main())
