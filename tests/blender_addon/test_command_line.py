# SPDX-License-Identifier: GPL-3.0-or-later
import json
import os
import shutil
import sys
from pathlib import Path
from types import SimpleNamespace

import bpy
import numpy as np
import pytest
from soliloquy.blender_addon.batch_rows import set_frame_rate
from soliloquy.blender_addon.command_line import main
from soliloquy.blender_addon.saving import save_copy
from soliloquy.blender_addon.sequencer import frame_rate, strips_of
from soliloquy.core.errors import OutputError
from soliloquy.core.motion_files import read_npz

from ..bake.heads import curves_of, make_head, snapshot
from .test_sound_strip import HAS_SOUND, add_strip

needs_sound = pytest.mark.skipif(not HAS_SOUND, reason="this Blender was built without sound")

REST_AFTER_110 = 114
"""Frame of the key, 0.15 s behind the last one at 25 a second, with which the mouth comes to rest."""


@pytest.fixture
def opened(tmp_path):
    """A .blend file with a head, saved and open."""
    make_head()
    scene = bpy.context.scene
    scene.render.fps, scene.frame_start = 25, 11
    path = tmp_path / "Szene ö.blend"
    bpy.ops.wm.save_as_mainfile(filepath=str(path))
    return path


def jaw_frames(path):
    bpy.ops.wm.open_mainfile(filepath=str(path))
    return [point.co[0] for point in curves_of(bpy.data.objects["Head"])["jawOpen"].keyframe_points]


def test_animate_and_save_as(opened, tmp_path, noise, loudness, capsys):
    out = tmp_path / "out.blend"
    arguments = ["animate", "--audio", str(noise[0]), "--object", "Head", "--save", str(out)]
    arguments += ["--seed", "3", "--key-reduction", "0", "--mouth", "1.5", "--brows", "0.25"]
    assert main(arguments) == 0
    assert "Saved" in capsys.readouterr().out
    assert bpy.data.filepath == str(opened)
    assert loudness[0]["seed"] == 3
    assert (loudness[0]["settings"].mouth_amount, loudness[0]["settings"].brows_amount) == (1.5, 0.25)
    assert jaw_frames(out) == [*range(11, 111), REST_AFTER_110]
    bpy.ops.wm.open_mainfile(filepath=str(opened))
    assert not bpy.data.actions


def test_transcript_articulation_and_markers(opened, tmp_path, noise, loudness, capsys):
    (tmp_path / "gesagt.srt").write_text("1\n00:00:00,000 --> 00:00:02,000\nHello there\n")
    arguments = ["animate", "--audio", str(noise[0]), "--object", "Head", "--articulation", "0.5"]
    assert main([*arguments, "--transcript", "//gesagt.srt", "--phone-markers"]) == 0
    assert "Heard: Hello there." in capsys.readouterr().err
    assert loudness[0]["settings"].articulation == 0.5
    assert loudness[0]["transcript"].segments[0].end == 2
    bpy.ops.wm.open_mainfile(filepath=str(opened))
    markers = bpy.context.scene.timeline_markers
    assert [(marker.name, marker.frame) for marker in markers] == [("M", 16), ("AY", 21)]
    assert main([*arguments, "--transcript", str(tmp_path / "nowhere.txt")]) == 2
    assert "Cannot read the transcript" in capsys.readouterr().err


def test_batch_reads_transcripts(opened, tmp_path, noise, loudness):
    (tmp_path / "said.txt").write_text("Hello there")
    rows = [
        {"audio": str(noise[0]), "out": "a.npz", "transcript": "said.txt"},
        {"audio": str(noise[0]), "out": "a.blend", "object": "Head", "transcript": "said.txt"},
        {"audio": str(noise[0]), "out": "b.blend", "head": "yes", "transcript": "nowhere.txt"},
    ]
    (tmp_path / "rows.jsonl").write_text("\n".join(map(json.dumps, rows)))
    report = tmp_path / "report.json"
    assert main(["batch", str(tmp_path / "rows.jsonl"), "--report", str(report)]) == 1
    made = json.loads(report.read_text())["rows"]
    assert [row["status"] for row in made] == ["done", "done", "failed"]
    assert all("Heard: Hello there." in row["message"] for row in made[:2])
    assert "Cannot read the transcript" in made[2]["message"]


def test_animate_saves_in_place_and_keeps_compression(opened, noise, loudness):
    bpy.ops.wm.save_as_mainfile(filepath=str(opened), compress=True)
    assert main(["animate", "--audio", str(noise[0]), "--object", "Head", "--start-frame", "-5"]) == 0
    assert opened.read_bytes()[:4] == b"\x28\xb5\x2f\xfd"
    assert jaw_frames(opened)[0] == -5


@needs_sound
def test_animate_from_strips(opened, tmp_path, noise, loudness):
    scene = bpy.context.scene
    scene.sequence_editor_create()
    add_strip(scene, noise[0], frame=40, name="Erste Zeile")
    add_strip(scene, noise[0], frame=200, channel=2, name="second")
    out = tmp_path / "out.blend"
    arguments = ["animate", "--object", "Head", "--save", str(out), "--frames", "50", "60"]
    assert main([*arguments, "--strip", "Erste Zeile"]) == 0
    assert loudness[0]["seconds"] == pytest.approx(4)
    assert (jaw_frames(out)[0], jaw_frames(out)[-1]) == (50, 60)


@needs_sound
def test_relative_paths_fit_the_new_folder(tmp_path, noise, loudness):
    make_head()
    scene = bpy.context.scene
    scene.sequence_editor_create()
    (tmp_path / "a" / "sounds").mkdir(parents=True)
    (tmp_path / "b").mkdir()
    sound = shutil.copy(noise[0], tmp_path / "a" / "sounds" / "ton.wav")
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "a" / "scene.blend"))
    add_strip(scene, sound).sound.filepath = "//sounds/ton.wav"
    out = tmp_path / "b" / "out.blend"
    assert main(["animate", "--audio", "//sounds/ton.wav", "--object", "Head", "--save", str(out)]) == 0
    bpy.ops.wm.open_mainfile(filepath=str(out))
    found = Path(bpy.path.abspath(bpy.data.sounds[0].filepath))
    assert found.resolve() == Path(sound).resolve()
    assert bpy.data.sounds[0].filepath.startswith("//")


def test_bad_input_gives_one_line_and_status_2(opened, tmp_path, noise, loudness, capsys):
    audio, out = str(noise[0]), str(tmp_path / "out.blend")
    cases = {
        "There is no object 'Hed'; meshes with shape keys: 'Head'": ["--audio", audio, "--object", "Hed"],
        "No sound file": ["--audio", "none.wav", "--object", "Head"],
        "not allowed with": ["--audio", audio, "--strip", "x", "--object", "Head"],
        "has no sound strip 'x'": ["--strip", "x", "--object", "Head"],
        "No sound strip": ["--object", "Head"],
        "--start-frame goes with": ["--start-frame", "3", "--object", "Head"],
        "there is no folder": [
            "--audio",
            audio,
            "--object",
            "Head",
            "--save",
            str(tmp_path / "no" / "o.blend"),
        ],
        "ending is not .blend": ["--audio", audio, "--object", "Head", "--save", "out.fbx"],
        "mouth_amount is 9": ["--audio", audio, "--object", "Head", "--mouth", "9"],
        "brows_amount is 3": ["--audio", audio, "--object", "Head", "--brows", "3"],
        "arguments are required: --object": ["--audio", audio],
        "comes after the last": ["--audio", audio, "--object", "Head", "--frames", "60", "20"],
        "the speech starts at frame 11": ["--audio", audio, "--object", "Head", "--frames", "1", "10"],
        "Key reduction error -1": ["--audio", audio, "--object", "Head", "--key-reduction", "-1"],
        "Key reduction error 1 ": ["--audio", audio, "--object", "Head", "--key-reduction", "1"],
        "Key reduction error nan": ["--audio", audio, "--object", "Head", "--key-reduction", "nan"],
        "invalid choice: 'Nose'": ["--object", "Head", "--parts", "Nose"],
    }
    before = snapshot()
    for message, arguments in cases.items():
        arguments = arguments if "--save" in arguments else [*arguments, "--save", out]
        assert main(["animate", *arguments]) == 2, message
        error = capsys.readouterr().err
        assert message in error
        assert error.count("\n") == 1
        assert error.startswith("soliloquy: error: ")
    assert snapshot() == before
    assert not Path(out).exists()
    assert not loudness


def test_blocked_keys_are_found_before_the_work(opened, tmp_path, noise, loudness, capsys):
    bpy.data.objects["Head"].data.shape_keys.key_blocks["jawOpen"].lock_shape = True
    bpy.ops.wm.save_mainfile()
    arguments = ["--audio", str(noise[0]), "--object", "Head", "--save", str(tmp_path / "out.blend")]
    assert main(["animate", *arguments]) == 2
    assert "'jawOpen' is locked" in capsys.readouterr().err
    manifest = tmp_path / "rows.csv"
    manifest.write_text(f"audio,object,out\n{noise[0]},Head,row.blend\n", encoding="utf-8")
    assert main(["batch", str(manifest)]) == 1
    assert "'jawOpen' is locked" in capsys.readouterr().out
    assert not loudness
    assert main(["batch", str(manifest), "--blocked", "fix"]) == 0
    assert len(loudness) == 1


def test_help(capsys):
    assert main(["--help"]) == 0
    assert main(["animate", "--help"]) == 0
    assert main(["batch", "--help"]) == 0
    text = capsys.readouterr().out
    assert "--object NAME" in text
    assert "Relative paths start at the manifest's folder" in text
    assert main([]) == 2
    assert main(["sing"]) == 2


def test_unsaved_file_without_save_is_refused(noise, capsys):
    make_head()
    assert main(["animate", "--audio", str(noise[0]), "--object", "Head"]) == 2
    assert "No .blend file is opened" in capsys.readouterr().err


@pytest.mark.skipif(os.geteuid() != 0, reason="mounting needs root")
def test_full_disk_leaves_the_old_file(tmp_path):
    disk = tmp_path / "disk"
    disk.mkdir()
    if os.system(f"mount -t tmpfs -o size=64k tmpfs '{disk}' 2>/dev/null") != 0:
        pytest.skip("mounting is not allowed here")
    try:
        (disk / "out.blend").write_bytes(b"the old file")
        make_head()
        with pytest.raises(OutputError, match="Cannot save"):
            save_copy(disk / "out.blend")
        assert [path.name for path in disk.iterdir()] == ["out.blend"]
        assert (disk / "out.blend").read_bytes() == b"the old file"
    finally:
        os.system(f"umount '{disk}'")


def test_batch(opened, tmp_path, noise, loudness, capsys):
    shutil.copy(noise[0], tmp_path / "ton.wav")
    manifest = tmp_path / "rows.csv"
    manifest.write_text(
        "audio,object,head,fps,seed,out\n"
        "ton.wav,Head,,,1,out/first.blend\n"
        "none.wav,Head,,,1,out/missing.blend\n"
        "ton.wav,Hed,,,1,out/nobody.blend\n"
        "ton.wav,,yes,23.976,2,out/own.blend\n"
        "ton.wav,Head,,30,1,out/second.blend\n"
        "ton.wav,,,29.97,7,out/motion.npz\n"
        "ton.wav,,,,7,out/motion.csv\n"
        "ton.wav,Head,,,7,out/wrong.csv\n"
        "ton.wav,,yes,,7,out/wrong.npz\n"
        "ton.wav,,,,7,out/unnamed.blend\n",
        encoding="utf-8",
    )
    original = opened.read_bytes()
    assert (
        main(["batch", str(manifest), "--report", str(tmp_path / "report.json"), "--key-reduction", "0"]) == 1
    )
    printed = capsys.readouterr().out
    assert "5 done, 0 skipped, 5 failed" in printed
    statuses = [row["status"] for row in json.loads((tmp_path / "report.json").read_text())["rows"]]
    assert statuses == ["done", "failed", "failed", "done", "done", "done", "done", *["failed"] * 3]
    names = {"first.blend", "own.blend", "second.blend", "motion.npz", "motion.csv"}
    assert {path.name for path in (tmp_path / "out").iterdir()} == names
    assert opened.read_bytes() == original

    assert jaw_frames(tmp_path / "out" / "first.blend") == [*range(11, 111), REST_AFTER_110]
    # 120 frames of speech and the rest behind them.
    assert len(jaw_frames(tmp_path / "out" / "second.blend")) == 121
    assert frame_rate(bpy.context.scene) == 30
    assert read_npz(tmp_path / "out" / "motion.npz").fps == 30000 / 1001
    assert len((tmp_path / "out" / "motion.csv").read_text().splitlines()) == 101

    bpy.ops.wm.open_mainfile(filepath=str(tmp_path / "out" / "own.blend"))
    scene = bpy.context.scene
    assert (scene.render.fps, scene.render.fps_base) == (24, pytest.approx(1.001, rel=1e-6))
    (head,) = [each for each in bpy.data.objects if each.type == "MESH"]
    assert "jawOpen" in curves_of(head)
    assert (scene.frame_start, scene.frame_end) == (1, 96)
    if HAS_SOUND:
        assert len(strips_of(scene.sequence_editor)) == 1

    bpy.ops.wm.open_mainfile(filepath=str(opened))
    calls = len(loudness)
    assert main(["batch", str(manifest)]) == 1
    assert len(loudness) == calls
    assert "5 skipped, 5 failed" in capsys.readouterr().out


@pytest.mark.parametrize("has_tqdm", [True, False])
def test_batch_shows_a_bar_to_somebody_who_watches(has_tqdm, tmp_path, noise, loudness, monkeypatch, capsys):
    steps = []

    class Bar:
        def __init__(self, total, **others):
            steps.append(total)

        def set_description(self, text, **others):
            steps.append(text)

        def update(self, count):
            steps.append(count)

        def close(self):
            steps.append("closed")

    # None in sys.modules is how an import fails: Blender brings no tqdm.
    monkeypatch.setitem(sys.modules, "tqdm", SimpleNamespace(tqdm=Bar) if has_tqdm else None)
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    manifest = tmp_path / "rows.csv"
    manifest.write_text(f"audio,out\n{noise[0]},a.csv\n{noise[0]},b.csv\n", encoding="utf-8")
    assert main(["batch", str(manifest)]) == 0
    assert steps == ([2, "a.csv", 1, "b.csv", 1, "closed"] if has_tqdm else [])
    assert ("[1/2] done" in capsys.readouterr().out) is not has_tqdm


def test_batch_from_a_file_that_was_never_saved(tmp_path, noise, loudness):
    make_head()
    rows = [{"audio": str(noise[0]), "object": "Head", "out": f"{number}.blend"} for number in (1, 2)]
    manifest = tmp_path / "rows.jsonl"
    manifest.write_text("\n".join(json.dumps(row) for row in rows))
    assert main(["batch", str(manifest)]) == 0
    assert jaw_frames(tmp_path / "1.blend") == jaw_frames(tmp_path / "2.blend")


def test_batch_tells_the_warnings_of_the_bake(tmp_path, noise, loudness):
    make_head(names=("jawOpen", "eyeBlinkLeft", "eyeBlinkRight"), name="Few")
    manifest, report = tmp_path / "rows.csv", tmp_path / "report.json"
    manifest.write_text(f"audio,object,out\n{noise[0]},Few,few.blend\n", encoding="utf-8")
    assert main(["batch", str(manifest), "--report", str(report)]) == 0
    (row,) = json.loads(report.read_text())["rows"]
    assert row["status"] == "done"
    assert "cannot close the lips while the jaw is open" in row["message"]


def test_batch_gives_the_built_in_head_the_rate_of_the_opened_file(opened, tmp_path, noise, loudness):
    bpy.context.scene.render.fps, bpy.context.scene.render.fps_base = 30, 1.001
    manifest = tmp_path / "rows.csv"
    manifest.write_text(
        f"audio,head,fps,out\n{noise[0]},yes,,first.blend\n{noise[0]},yes,12.5,own.blend\n"
        f"{noise[0]},yes,,second.blend\n",
        encoding="utf-8",
    )
    assert main(["batch", str(manifest)]) == 0
    assert [call["fps"] for call in loudness] == pytest.approx([30 / 1.001, 12.5, 30 / 1.001], rel=1e-6)
    bpy.ops.wm.open_mainfile(filepath=str(tmp_path / "second.blend"))
    scene = bpy.context.scene
    assert (scene.render.fps, scene.render.fps_base) == (30, pytest.approx(1.001, rel=1e-6))
    assert scene.frame_end == 120


@pytest.mark.parametrize("fps", [24, 25.0, 24000 / 1001, 30000 / 1001, 59.94, 12.5, 29.9])
def test_frame_rates_that_are_not_whole(fps):
    scene = bpy.context.scene
    set_frame_rate(scene, fps)
    assert frame_rate(scene) == pytest.approx(fps, rel=1e-6)
    np.testing.assert_array_less(0.99, scene.render.fps_base)
