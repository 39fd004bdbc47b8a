# SPDX-License-Identifier: GPL-3.0-or-later
"""Several performances of one sound: the command, small, and what it says of them."""

from dataclasses import replace
from pathlib import Path

import bpy
import numpy as np
import pytest
from soliloquy.bake import preview
from soliloquy.core.motion import FaceMotion, Phone
from soliloquy.core.retarget.arkit import ARKIT_INDEX

pytest.importorskip("matplotlib", reason="contact sheets are drawn with it")

from soliloquy.command_line import (
    compared,
    contact_sheet,
    head_panels,
    head_rows,
    main,
    performances,
    seed_panels,
    seeds,
    style_panels,
)
from soliloquy.command_line.parser import Parser
from soliloquy.core.generate.styles import STYLE_SIZE, Style, write_style

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
    marks = seed_panels.marks(motions)
    texts = {mark.frame: mark.text for mark in marks}
    assert texts[30] == "1.20 s   seed 0 blinks"
    assert "seed 7 blinks" in texts.get(50, "") + texts.get(80, "")
    assert texts[15].startswith("M   0.60 s   wanted: closed")
    assert any("AA" in text for text in texts.values())
    assert [mark.frame for mark in marks] == sorted(texts)
    assert len(marks) >= compared.FEWEST_MARKS


def test_a_sound_without_phones_has_marks_too():
    marks = seed_panels.marks({"seed 0": FaceMotion.still(50, 25)})
    assert len(marks) == compared.FEWEST_MARKS
    assert 0 < marks[0].frame < marks[-1].frame < 49


def test_lines_say_what_seeds_share(motions):
    lines = list(seed_panels.lines(motions))
    assert lines[0] == "lip gaps of two seeds correlate 1.000 on average, 1.000 at least"
    assert lines[1].startswith("seed 0: 15 blinks a minute, brows move 0.0")
    assert lines[2].startswith("seed 7: 30 blinks a minute")
    assert len(list(seed_panels.lines({"seed 0": motions["seed 0"]}))) == 1


def test_brow_height_is_that_of_the_mesh():
    from soliloquy.core.head import load_head

    head, motion = load_head(), FaceMotion.still(2, 25)
    motion.weights[1, ARKIT_INDEX["browInnerUp"]] = 1
    motion.expression[:] = motion.weights @ head.arkit_to_expression.T
    brows = np.r_[head.landmarks["mediapipe_brow_left"], head.landmarks["mediapipe_brow_right"]]
    rise = 1000 * head.arkit_deltas[ARKIT_INDEX["browInnerUp"]][brows, 1].mean()
    assert rise > 1
    np.testing.assert_allclose(compared.brow_height(motion), [0, rise], atol=1e-2)


def test_sheet_has_a_panel_for_what_each_seed_does_alone(motions, tmp_path):
    panels = seed_panels.panels(motions)
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


def turning(degrees: float, at: int) -> FaceMotion:
    """Four seconds of a head that turns about yaw once."""
    motion = FaceMotion.still(100, 25)
    motion.head_rotation[:, 0] = np.radians(degrees) * np.exp(-0.5 * ((np.arange(100) - at) / 5) ** 2)
    return motion


def test_heads_of_styles_are_shown_where_they_turn_farthest():
    motions = {"calm": turning(3, 30), "lively": turning(-8, 32), "reading": turning(0, 0)}
    marks = head_panels.marks(motions)
    assert any(mark.text == "1.20 s   calm: yaw +3, pitch +0, roll +0" for mark in marks)
    # The frames next to it show the calm one's turn already.
    lively = next(mark for mark in marks if "lively" in mark.text)
    assert abs(lively.frame - 30) >= 10
    assert len(marks) == compared.FEWEST_MARKS
    panels = head_panels.panels(motions)
    assert [panel.label for panel in panels] == ["calm, deg", "lively, deg", "reading, deg"]
    assert [panel.reach for panel in panels] == pytest.approx([8.8] * 3, rel=1e-3)
    lines = list(head_panels.lines(motions))
    assert lines[2] == "reading: the head's angles spread 0.00 degrees, it turns at 0.0 degrees a second"
    # A bell of 8 degrees and 5 frames has a standard deviation of 2.16 in 100 frames; one angle of three
    # moves, 16 degrees in 3.96 s.
    assert lines[1] == "lively: the head's angles spread 0.72 degrees, it turns at 4.0 degrees a second"


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


@pytest.mark.skipif(
    bpy.app.version < preview.FIRST_SOUND_IN_WHEEL, reason="the bpy wheel of 4.2 has no audio"
)
def test_film_of_head_styles(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(preview, "_SMALL_STAGE", preview.StageSettings(width=64, height=80))
    import soundfile

    sound = tmp_path / "hum.wav"
    soundfile.write(sound, 0.3 * np.sin(np.arange(24000) / 20) * np.sin(np.arange(24000) / 2000), 16000)
    command = ["seeds", str(sound), "--head-styles", "reading", "lively", "--fps", "12"]
    assert main([*command, "--out", str(tmp_path / "out")]) == 0
    told = capsys.readouterr().out
    assert "reading: the head's angles" in told
    assert "lively: the head's angles" in told
    assert "lip gaps" not in told
    bpy.ops.wm.open_mainfile(filepath=str(tmp_path / "out" / "seeds.blend"))
    scene = bpy.context.scene
    places, turns = [], []
    for name in ("reading", "lively"):
        pivot = bpy.data.objects[name].parent
        scene.frame_set(1)
        places.append(pivot.matrix_world.translation.copy())
        ways = []
        for frame in range(1, scene.frame_end + 1):
            scene.frame_set(frame)
            ways.append(pivot.matrix_world.to_quaternion())
        turns.append(max(way.rotation_difference(ways[0]).angle for way in ways))
    # Side by side, and the lively head turns farther.
    assert (places[1] - places[0]).length > 0.1
    assert turns[1] > 1.5 * turns[0] > 0


def speaking(jaw: float, *, smile: float = 0.0, brows: float = 0.0, seals: bool = True) -> FaceMotion:
    """Four seconds at 25 frames a second of "ama", a pause and "aba"."""
    from soliloquy.core.head import load_head

    phones = (
        Phone("AA", 0.2, 0.6), Phone("M", 0.6, 0.8), Phone("AA", 0.8, 1.2), Phone("SIL", 1.2, 2.4),
        Phone("AA", 2.4, 2.6), Phone("B", 2.6, 2.8), Phone("AA", 2.8, 3.6),
    )  # fmt: skip
    motion = FaceMotion.still(100, 25)
    for phone in phones:
        if phone.name == "AA" or not (seals or phone.name == "SIL"):
            frames = (motion.times >= phone.start) & (motion.times < phone.end)
            motion.weights[frames, ARKIT_INDEX["jawOpen"]] = jaw
    for names, value in ((("mouthSmileLeft", "mouthSmileRight"), smile), (("browInnerUp",), brows)):
        motion.weights[:, [ARKIT_INDEX[name] for name in names]] = value
    motion.expression[:] = motion.weights @ load_head().arkit_to_expression.T
    return replace(motion, phones=phones)


def test_figures_of_styles_say_what_they_do():
    neutral, big = speaking(0.3), style_panels.figures(speaking(0.6))
    calm = style_panels.figures(neutral)
    assert big.opening == pytest.approx(2 * calm.opening, rel=0.1)
    assert big.speed == pytest.approx(2 * calm.speed, rel=0.1)
    assert (calm.seals, calm.asked) == (2, 2)
    assert (style_panels.figures(speaking(0.3, seals=False)).seals, calm.unrest) == (0, 0)
    smiling = style_panels.figures(speaking(0.3, smile=0.5, brows=0.5))
    assert smiling.width > calm.width + 2
    assert smiling.brows > calm.brows + 0.5
    # At rest the mouth is as wide as the head's.
    from soliloquy.core.head import load_head

    right, left = load_head().template[load_head().landmarks["mouth_corners"], 0]
    assert style_panels.mouth_width(neutral)[0] == pytest.approx(1000 * (left - right), abs=0.01)


def test_sheets_of_styles_compare_with_the_first():
    motions = {"neutral": speaking(0.3), "big": speaking(0.6)}
    panels = style_panels.panels(motions)
    assert [panel.label for panel in panels] == [
        "neutral\nlips, mm", "big\nlips, mm", "width, mm", "brows, mm",
    ]  # fmt: skip
    assert panels[0].span == panels[1].span
    assert panels[0].span[1] > panels[1].curves[2].values.max() > panels[1].curves[1].values.max()
    assert np.array_equal(panels[1].curves[1].values, panels[0].curves[2].values)
    texts = [mark.text for mark in style_panels.marks(motions)]
    assert sum("closed" in text for text in texts) == 2
    assert any("pause" in text for text in texts)
    lines = list(style_panels.lines(motions))
    assert lines[1].startswith("big: lips ")
    assert lines[1].endswith("2 of 2 m, b, p seal")


def asked(*words: str) -> tuple[performances.Performance, ...]:
    """What a command line asks for."""
    parser = Parser(prog="soliloquy")
    seeds.add_arguments(parser)
    return performances.performances(parser.parse_args(words))


@pytest.fixture
def style_files(tmp_path):
    """Two styles, kept."""
    paths = []
    for name, last in (("Anna", 1), ("Bert", -1)):
        paths.append(str(tmp_path / f"{name}.json"))
        write_style(Path(paths[-1]), Style(name, np.linspace(0, last, STYLE_SIZE).astype(np.float32)))
    return paths


def test_each_style_gets_a_head(style_files):
    anna, bert = style_files
    found = asked("--styles", "neutral", anna, bert, "--head-style", "calm")
    assert [each.name for each in found] == ["neutral", "Anna", "Bert"]
    # Only the style differs.
    assert {(each.seed, each.head_style) for each in found} == {(0, "calm")}
    assert [each.style.code[-1] for each in found] == pytest.approx([0, 1, -1])
    both = asked("--styles", "neutral", anna, "--seeds", "3", "4")
    assert [(each.name, each.seed) for each in both] == [
        ("neutral, seed 3", 3), ("neutral, seed 4", 4), ("Anna, seed 3", 3), ("Anna, seed 4", 4),
    ]  # fmt: skip
    # One style for all seeds.
    assert [each.style.name for each in asked("--style", anna, "--seeds", "1", "2")] == ["Anna"] * 2
    assert [each.style for each in asked()] == [None] * 4


def test_styles_that_cannot_be_shown_are_refused(style_files, capsys):
    anna, bert = style_files
    assert main(["seeds", "--styles", "neutral", "--head-styles", "calm"]) == 2
    assert "expected one of them" in capsys.readouterr().err
    assert main(["seeds", "--styles", anna, "--mix-with", bert]) == 2
    assert main(["seeds", "--styles", "neutral", anna, "neutral"]) == 2
    assert "Two heads would be called 'neutral'" in capsys.readouterr().err
    assert main(["seeds", "--styles", "no such style"]) == 2
    assert "No style is called 'no such style'" in capsys.readouterr().err
    assert main(["seeds", "--styles", "neutral", anna, "--seeds", *map(str, range(9))]) == 2
    assert "18 heads in rows of 4" in capsys.readouterr().err


@pytest.mark.skipif(
    bpy.app.version < preview.FIRST_SOUND_IN_WHEEL, reason="the bpy wheel of 4.2 has no audio"
)
def test_film_of_styles(tmp_path, style_files, monkeypatch, capsys):
    """The heads do the same but for their mouths and brows."""
    import soundfile

    monkeypatch.setattr(head_rows, "faces", lambda *_: preview.StageSettings(width=64, height=80))
    sound = tmp_path / "hum.wav"
    soundfile.write(sound, 0.3 * np.sin(np.arange(16000) / 20) * np.sin(np.arange(16000) / 2000), 16000)
    command = ["seeds", str(sound), "--styles", "neutral", style_files[0], "--fps", "12"]
    assert main([*command, "--out", str(tmp_path / "out")]) == 0
    told = capsys.readouterr().out
    assert "neutral: lips" in told
    assert "Anna: lips" in told
    bpy.ops.wm.open_mainfile(filepath=str(tmp_path / "out" / "seeds.blend"))
    scene = bpy.context.scene
    heads = [bpy.data.objects[name] for name in ("neutral", "Anna")]
    turns, faces = [], []
    for frame in range(1, scene.frame_end + 1):
        scene.frame_set(frame)
        turns.append([head.parent.matrix_world.to_quaternion() for head in heads])
        graph = bpy.context.evaluated_depsgraph_get()
        meshes = [head.evaluated_get(graph).data for head in heads]
        faces.append([np.array([v.co for v in mesh.vertices]) for mesh in meshes])
    assert max(one.rotation_difference(other).angle for one, other in turns) < 1e-3
    apart = max(np.abs(one - other).max() for one, other in faces)
    assert apart > 1e-3


def test_too_many_seeds_are_refused(capsys):
    assert main(["seeds", "--seeds", *map(str, range(17))]) == 2
    assert main(["seeds", "--columns", "0"]) == 2
    styles = ["--head-styles", "calm", "lively", "--seeds", *map(str, range(9))]
    assert main(["seeds", *styles]) == 2
    assert "18 heads in rows of 4: expected up to 16 heads" in capsys.readouterr().err
