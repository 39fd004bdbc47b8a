# SPDX-License-Identifier: GPL-3.0-or-later
"""Recordings of Live Link Face as takes of a head: from File > Import, and without a window."""

import csv
from types import SimpleNamespace

import bpy
import numpy as np
import pytest
from soliloquy.blender_addon.command_line import main
from soliloquy.blender_addon.kept_takes import kept_takes, words_for
from soliloquy.blender_addon.operators.import_live_link import (
    SOLILOQUY_OT_import_live_link,
    draw_in_import_menu,
)
from soliloquy.blender_addon.target import target_object
from soliloquy.core.motion import FaceMotion
from soliloquy.core.motion_files import write_csv
from soliloquy.core.retarget.arkit import ARKIT_INDEX

from ..bake.heads import curves_of, make_head, snapshot
from .conftest import select

IMPORT = bpy.ops.soliloquy.import_live_link
ANIMATE = bpy.ops.soliloquy.animate_from_audio


@pytest.fixture
def recording(tmp_path):
    """Three seconds at 60 a second: the jaw, a blink at 1 s, eyes to the left, a nod. (path, motion)."""
    motion = FaceMotion.still(180, 60)
    motion.weights[:, ARKIT_INDEX["jawOpen"]] = 0.5 - 0.5 * np.cos(motion.times * 6)
    motion.weights[56:64, [ARKIT_INDEX["eyeBlinkLeft"], ARKIT_INDEX["eyeBlinkRight"]]] = 1
    motion.weights[:, ARKIT_INDEX["browInnerUp"]] = 0.3 * np.abs(np.sin(motion.times * 2))
    motion.gaze[:, 0] = 0.2 * np.sin(motion.times * 3)
    motion.head_rotation[:, 1] = 0.2 * np.sin(motion.times * 2)
    path = tmp_path / "Anna Ü 03.csv"
    write_csv(path, motion)
    return path, motion


@pytest.fixture
def speaker():
    """The built-in head, selected, at 24 frames a second."""
    bpy.context.scene.render.fps = 24
    bpy.ops.soliloquy.add_head()
    return bpy.context.view_layer.objects.active


def jaw(obj, frames, offset=0):
    curve = curves_of(obj)["jawOpen"]
    return np.array([curve.evaluate(offset + frame) for frame in frames])


def test_a_recording_moves_face_eyes_and_head(speaker, recording):
    path, motion = recording
    bpy.context.scene.soliloquy.source.start_frame = 11
    assert IMPORT(filepath=str(path)) == {"FINISHED"}
    (take,) = kept_takes(speaker)
    assert (take.name, take.is_shown, words_for(take.facts[0])) == (path.stem, True, "Live Link Face")
    frames = np.arange(70)
    wanted = np.interp(frames / 24, motion.times, motion.weights[:, ARKIT_INDEX["jawOpen"]])
    assert np.abs(jaw(speaker, frames, 11) - wanted).max() < 0.02
    curves = curves_of(speaker)
    assert curves["eyeBlinkLeft"].evaluate(11 + 24) > 0.9
    assert max(curves["eyeLookOutLeft"].evaluate(11 + frame) for frame in frames) > 0.1
    pivot = speaker.parent
    turned = []
    for frame in (11 + 19, 11 + 57):  # a quarter and three quarters of a nod
        bpy.context.scene.frame_set(frame)
        turned.append(np.degrees(pivot.matrix_world.to_quaternion().angle))
    assert max(turned) == pytest.approx(np.degrees(0.2), abs=0.5)


def test_only_the_parts_that_are_on_and_from_its_own_frame(speaker, recording):
    settings = bpy.context.scene.soliloquy
    settings.head.use = settings.eyes.use_gaze = False
    assert IMPORT(filepath=str(recording[0]), start_frame=-4) == {"FINISHED"}
    groups = {curve.group.name for curve in curves_of(speaker).values()}
    assert groups == {"Mouth", "Blink", "Brows"}
    assert curves_of(speaker)["jawOpen"].keyframe_points[0].co[0] == -4
    assert speaker.parent.animation_data is None


def test_takes_that_there_are_stay_as_they_are(head, file_source, lively, recording):
    ANIMATE()
    (first,) = (take.name for take in kept_takes(head))
    before = snapshot()[first]
    assert IMPORT(filepath=str(recording[0])) == {"FINISHED"}
    assert IMPORT(filepath=str(recording[0]), start_frame=5) == {"FINISHED"}
    assert snapshot()[first] == before
    takes = {take.name: take.is_shown for take in kept_takes(head)}
    assert takes == {first: False, recording[0].stem: False, f"{recording[0].stem}.001": True}
    # Seeds of takes that are made from sound are none of its business.
    assert bpy.context.scene.soliloquy.performance.seed == 0


def test_one_undo_step(head, recording):
    bpy.ops.ed.undo_push(message="before")
    before = snapshot()
    IMPORT(filepath=str(recording[0]))
    bpy.ops.ed.undo_push(message="Import Live Link Face")
    after = snapshot()
    assert after != before
    bpy.ops.ed.undo()
    assert snapshot() == before
    bpy.ops.ed.redo()
    assert snapshot() == after


def test_what_cannot_be_read_changes_nothing(head, recording, tmp_path, monkeypatch):
    path, _ = recording
    rows = list(csv.reader(path.open(encoding="utf-8")))
    places = {name.lower(): column for column, name in enumerate(rows[0])}

    def variant(name, change):
        changed = [list(row) for row in rows]
        change(changed)
        with (tmp_path / name).open("w", newline="", encoding="utf-8") as stream:
            csv.writer(stream).writerows(changed)

    variant("lacks.csv", lambda t: [row.pop(places["jawopen"]) for row in t])
    variant("text.csv", lambda t: t[9].__setitem__(places["jawopen"], "wide"))
    (tmp_path / "sound.wav").write_bytes(b"RIFF")
    before = snapshot()
    refused = {
        "lacks.csv": "the column JawOpen is missing",
        "text.csv": "JawOpen",
        "gone.csv": "gone.csv",
        "sound.wav": "choose a .csv file",
    }
    for name, reason in refused.items():
        with pytest.raises(RuntimeError, match=reason):
            IMPORT(filepath=str(tmp_path / name))
    monkeypatch.setattr("soliloquy.bake.bake_motion", lambda *a, **b: 1 / 0)
    with pytest.raises(RuntimeError, match="ZeroDivisionError"):
        IMPORT(filepath=str(path))
    assert snapshot() == before


def test_there_must_be_a_head_and_a_part(recording):
    assert not IMPORT.poll()
    select(make_head())
    assert IMPORT.poll()
    settings = bpy.context.scene.soliloquy
    settings.mouth.use = settings.head.use = False
    settings.eyes.use = settings.eyes.use_gaze = settings.eyes.use_brows = False
    assert not IMPORT.poll()
    assert target_object(bpy.context) is not None


def test_a_recording_moves_vertices_too(speaker, recording, tmp_path):
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "saved.blend"))
    bpy.context.scene.soliloquy.output.kind = "cache"
    assert IMPORT(filepath=str(recording[0])) == {"FINISHED"}
    (take,) = kept_takes(speaker)
    assert (take.kind, take.is_shown, words_for(take.facts[0])) == ("VERTICES", True, "Live Link Face")


def test_from_the_file_menu(speaker):
    # Esc in the file browser, where no work is under way.
    SOLILOQUY_OT_import_live_link.cancel(SimpleNamespace(), bpy.context)

    class Layout:
        entries = []  # noqa: RUF012

        def operator(self, name, **others):
            self.entries.append((name, others["text"]))

    draw_in_import_menu(SimpleNamespace(layout=Layout()), bpy.context)
    assert Layout.entries == [("soliloquy.import_live_link", "Live Link Face (.csv)")]


def test_without_a_window(recording, tmp_path, capsys):
    bpy.context.scene.render.fps = 24
    make_head()
    opened, out = tmp_path / "opened.blend", tmp_path / "out.blend"
    bpy.context.scene.frame_start = 7
    bpy.ops.wm.save_as_mainfile(filepath=str(opened))
    arguments = ["import-live-link", "//" + recording[0].name, "--object", "Head", "--out", str(out)]
    assert main([*arguments, "--parts", "Mouth", "Blink"]) == 0
    assert f"Animated 'Head' from '{recording[0].stem}': frames 7 to 78" in capsys.readouterr().out
    assert main([*arguments, "--start-frame", "100", "--fps", "30", "--key-reduction", "0"]) == 0
    assert "frames 100 to 243" in capsys.readouterr().out
    bpy.ops.wm.open_mainfile(filepath=str(out))
    obj = bpy.data.objects["Head"]
    # Both are in the file, the second is shown.
    assert [take.is_shown for take in kept_takes(obj)] == [False, True]
    frames = [point.co[0] for point in curves_of(obj)["jawOpen"].keyframe_points]
    assert set(range(100, 244)) < set(frames)
    bpy.ops.wm.open_mainfile(filepath=str(opened))
    assert not bpy.data.actions
    assert main(["import-live-link", "gone.csv", "--object", "Head", "--out", str(out)]) == 2
    assert "gone.csv" in capsys.readouterr().err
