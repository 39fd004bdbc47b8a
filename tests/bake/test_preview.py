# SPDX-License-Identifier: GPL-3.0-or-later
"""The stage and the film of `soliloquy demo`, small."""

import bpy
import numpy as np
import pytest
from soliloquy.bake.head_mesh import create_head
from soliloquy.bake.preview import (
    FIRST_SOUND_IN_WHEEL,
    StageSettings,
    add_sound,
    build_rows,
    build_stage,
    new_scene,
    render_film,
    render_stills,
    save,
)
from soliloquy.core.errors import OutputError

RATE = 16000

pytestmark = pytest.mark.skipif(
    bpy.app.version < FIRST_SOUND_IN_WHEEL, reason="the bpy wheel of 4.2 has no audio"
)


@pytest.fixture
def stage(tmp_path):
    """A scene of four frames at 25 a second with a ball for a head and a tone."""
    import soundfile

    sound = tmp_path / "tone.wav"
    soundfile.write(sound, 0.5 * np.sin(np.arange(RATE) * 0.2), RATE)
    scene = new_scene(25)
    bpy.ops.mesh.primitive_uv_sphere_add(radius=0.1)
    add_sound(scene, sound, 1)
    scene.frame_start, scene.frame_end = 1, 4
    build_stage(scene, bpy.context.object, StageSettings(width=64, height=80))
    return scene


def test_film_has_sound(stage, tmp_path):
    import aud

    film = tmp_path / "Film ü.mp4"
    seen = []
    render_film(stage, film, seen.append)
    assert np.abs(aud.Sound(str(film)).data()).max() > 0.1
    assert seen == [0.25, 0.5, 0.75, 1.0]
    assert not list(bpy.app.handlers.render_post)


def test_stills_show_the_head_on_the_background(stage, tmp_path):
    paths = render_stills(stage, [2, 4], tmp_path)
    assert [path.name for path in paths] == ["frame_0002.png", "frame_0004.png"]
    image = bpy.data.images.load(str(paths[0]))
    assert tuple(image.size) == (64, 80)
    pixels = np.array(image.pixels).reshape(80, 64, 4)
    assert pixels[40, 32, :3].mean() > pixels[2, 2, :3].mean() + 0.2


def test_packed_sound_travels_with_the_file(stage, tmp_path):
    save(tmp_path / "demo.blend")
    (tmp_path / "tone.wav").unlink()
    bpy.ops.wm.open_mainfile(filepath=str(tmp_path / "demo.blend"))
    assert bpy.data.sounds[0].packed_file is not None


def test_says_why_nothing_was_written(stage, tmp_path):
    with pytest.raises(OutputError, match="nowhere"):
        save(tmp_path / "nowhere" / "demo.blend")


def test_heads_side_by_side_are_seen_alike(tmp_path):
    scene = new_scene(25)
    heads = [create_head(scene.collection, f"head {number}") for number in range(3)]
    build_rows(scene, heads, ["", "", "three"], StageSettings(width=64, height=80, fill=0.95), columns=2)
    (path,) = render_stills(scene, [1], tmp_path)
    image = bpy.data.images.load(str(path))
    assert tuple(image.size) == (128, 160)
    # Blender's pictures begin at the bottom.
    pixels = np.array(image.pixels).reshape(160, 128, 4)[::-1, :, :3]
    first, second, third, nobody = (
        pixels[top : top + 80, left : left + 64] for top in (0, 80) for left in (0, 64)
    )
    assert nobody.std(axis=(0, 1)).max() < 0.01
    background = nobody[0, 0]
    for head in (first, second, third):
        assert head[40, 32].mean() > background.mean() + 0.2
    # Outlines fall on other parts of pixels.
    assert np.abs(second - first).mean() < 0.01
    assert np.abs(third[20:] - first[20:]).mean() < 0.01
    # Only the third has a label, in its upper left corner.
    assert np.abs(first[:8, :12] - background).max() < 0.05
    assert np.abs(third[:8, :12] - background).max() > 0.2
    # Nothing of a head lies outside its picture.
    for edge in (first[0], first[:, 0], first[:, -1]):
        assert np.abs(edge - background).max() < 0.05
