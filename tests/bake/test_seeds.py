# SPDX-License-Identifier: GPL-3.0-or-later
"""Several performances of one sound: the command, small, and what it says of them."""

from dataclasses import replace

import bpy
import numpy as np
import pytest
from soliloquy.bake import preview
from soliloquy.core.motion import FaceMotion, Phone
from soliloquy.core.retarget.arkit import ARKIT_INDEX

pytest.importorskip("matplotlib", reason="contact sheets are drawn with it")

from soliloquy.command_line import contact_sheet, main, seed_panels

LIDS = [ARKIT_INDEX["eyeBlinkLeft"], ARKIT_INDEX["eyeBlinkRight"]]


def performance(blink_frames: list[int], jaw: float) -> FaceMotion:
    """Four seconds at 25 frames a second: a jaw that swings, blinks around some frames."""
    from soliloquy.core.head import load_head

    motion = FaceMotion.still(100, 25)
    motion.weights[:, ARKIT_INDEX["jawOpen"]] = jaw * (0.5 - 0.5 * np.cos(np.arange(100) / 3))
    for frame in blink_frames:
        motion.weights[frame - 1 : frame + 3, LIDS] = np.array([0.5, 1, 0.7, 0.3])[:, None]
    motion.expression[:] = motion.weights @ load_head().arkit_to_expression.T
    phones = (Phone("SIL", 0, 0.5), Phone("M", 0.5, 0.7), Phone("AA", 0.7, 1.2), Phone("SIL", 1.2, 4))
    return replace(motion, phones=phones)


@pytest.fixture(scope="module")
def motions():
    return {"seed 0": performance([30], 0.6), "seed 7": performance([50, 80], 0.3)}


def test_marks_show_mouths_and_each_seed_blinking(motions):
    marks = seed_panels.seed_marks(motions)
    texts = {mark.frame: mark.text for mark in marks}
    assert texts[30] == "1.20 s   seed 0 blinks"
    assert "seed 7 blinks" in texts.get(50, "") + texts.get(80, "")
    assert texts[15].startswith("M   0.60 s   wanted: closed")
    assert any("AA" in text for text in texts.values())
    assert [mark.frame for mark in marks] == sorted(texts)
    assert len(marks) >= seed_panels.FEWEST_MARKS


def test_a_sound_without_phones_has_marks_too():
    marks = seed_panels.seed_marks({"seed 0": FaceMotion.still(50, 25)})
    assert len(marks) == seed_panels.FEWEST_MARKS
    assert 0 < marks[0].frame < marks[-1].frame < 49


def test_lines_say_what_seeds_share(motions):
    lines = list(seed_panels.seed_lines(motions))
    assert lines[0] == "lip gaps of two seeds correlate 1.000 on average, 1.000 at least"
    assert lines[1].startswith("seed 0: 15 blinks a minute, brows move 0.0")
    assert lines[2].startswith("seed 7: 30 blinks a minute")
    assert len(list(seed_panels.seed_lines({"seed 0": motions["seed 0"]}))) == 1


def test_brow_height_is_that_of_the_mesh():
    from soliloquy.core.head import load_head

    head, motion = load_head(), FaceMotion.still(2, 25)
    motion.weights[1, ARKIT_INDEX["browInnerUp"]] = 1
    motion.expression[:] = motion.weights @ head.arkit_to_expression.T
    brows = np.r_[head.landmarks["mediapipe_brow_left"], head.landmarks["mediapipe_brow_right"]]
    rise = 1000 * head.arkit_deltas[ARKIT_INDEX["browInnerUp"]][brows, 1].mean()
    assert rise > 1
    np.testing.assert_allclose(seed_panels.brow_height(motion), [0, rise], atol=1e-2)


def test_sheet_has_a_panel_for_what_each_seed_does_alone(motions, tmp_path):
    panels = seed_panels.seed_panels(motions)
    assert [panel.label for panel in panels] == ["lip gap, mm", "brows, mm", "seed 0\nlids", "seed 7\nlids"]
    assert [curve.name for curve in panels[0].curves] == ["seed 0", "seed 7"]
    assert np.array_equal(panels[3].curves[0].values, motions["seed 7"].weights[:, LIDS].mean(axis=1))
    import soundfile

    sound = tmp_path / "tone.wav"
    soundfile.write(sound, 0.1 * np.sin(np.arange(64000) / 5), 16000)
    sheet = tmp_path / "sheet.png"
    motion = motions["seed 0"]
    contact_sheet.draw(sheet, sound, motion.times, motion.phones, [], [], panels)
    assert sheet.read_bytes()[:4] == b"\x89PNG"


@pytest.mark.skipif(
    bpy.app.version < preview.FIRST_SOUND_IN_WHEEL, reason="the bpy wheel of 4.2 has no audio"
)
def test_film_of_two_seeds(tmp_path, monkeypatch, capsys):
    import soundfile

    monkeypatch.setattr(preview, "_SMALL_STAGE", preview.StageSettings(width=64, height=80))
    sound = tmp_path / "hum ü.wav"
    soundfile.write(sound, 0.3 * np.sin(np.arange(4800) / 20), 16000)
    folder = tmp_path / "out"
    command = ["seeds", str(sound), "--seeds", "3", "5", "--out", str(folder), "--model", "expnet"]
    old = folder / "soliloquy_caches" / "seeds" / "seed_9-hum-001.pc2"
    old.parent.mkdir(parents=True)
    old.write_bytes(b"POINTCACHE2\0" + bytes(20))
    assert main(command) == 0
    assert "lip gaps of two seeds correlate" in capsys.readouterr().out
    assert sorted(path.name for path in folder.iterdir()) == [
        "contact_sheet.png", "seeds.blend", "seeds.mp4", "soliloquy_caches",
    ]  # fmt: skip
    # Caches of an earlier film in this folder are not left behind.
    names = [path.name for path in folder.rglob("*.pc2")]
    assert sorted(names) == ["seed_3-hum_ü-001.pc2", "seed_5-hum_ü-001.pc2"]
    bpy.ops.wm.open_mainfile(filepath=str(folder / "seeds.blend"))
    heads = [bpy.data.objects[name] for name in ("seed 3", "seed 5")]
    assert all(head.modifiers[0].type == "MESH_CACHE" for head in heads)
    assert heads[0].matrix_world.translation != heads[1].matrix_world.translation
    scene = bpy.context.scene
    assert (scene.render.resolution_x, scene.render.resolution_y, scene.frame_end) == (128, 80, 8)


def test_too_many_seeds_are_refused(capsys):
    assert main(["seeds", "--seeds", *map(str, range(17))]) == 2
    assert main(["seeds", "--columns", "0"]) == 2
    assert "expected up to 16 seeds" in capsys.readouterr().err
