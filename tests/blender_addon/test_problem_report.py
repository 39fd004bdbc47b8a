# SPDX-License-Identifier: GPL-3.0-or-later
import re
from pathlib import Path
from types import SimpleNamespace
from typing import ClassVar

import bpy
import numpy
import pytest
from soliloquy.blender_addon import job, last_error
from soliloquy.blender_addon.command_line import main
from soliloquy.blender_addon.operators.animate_from_audio import SOLILOQUY_OT_animate_from_audio as Animate
from soliloquy.blender_addon.operators.report_problem import SOLILOQUY_OT_report_problem as Report
from soliloquy.blender_addon.operators.worker_operator import WorkerOperator
from soliloquy.blender_addon.problem_report import problem_report, without_folders
from soliloquy.core.errors import AudioError, Cancelled, ModelError

from ..bake.heads import make_head, snapshot
from .conftest import select
from .test_animate_from_audio import Stepper
from .test_sound_strip import HAS_SOUND, add_strip


@pytest.fixture(autouse=True)
def no_error_yet():
    last_error.forget()
    yield
    last_error.forget()
    WorkerOperator.running = None


@pytest.fixture
def faulty(monkeypatch):
    """A generator with a bug."""

    def animate(source, **others):
        raise KeyError("a fault of ours")

    monkeypatch.setattr("soliloquy.core.generate.animate", animate)


def test_report_has_what_helps_and_no_folders(head, file_source, preferences, tmp_path):
    preferences.cache_folder = str(tmp_path / "secret cache")
    last_error.remember(AudioError(f"No sound file at '{file_source.filepath}': check the path."))
    text = problem_report(bpy.context)
    first, *lines = text.splitlines()
    assert "paste this into a new issue" in first
    assert "Soliloquy 0.1.0" in text
    assert f"Blender {bpy.app.version_string}" in text
    assert f"numpy {numpy.__version__}" in text
    assert re.search(r"ONNX Runtime \d.*CPUExecutionProvider", text)
    assert "threads = 1" in text
    assert re.search(r"\bamount = 1\b", text)
    assert "48000 Hz, 4.000 s" in text
    assert f"{head.name}" in text
    assert "52 ARKit shapes found" in text
    assert "AudioError: No sound file at '…/rauschen – 话.wav'" in text
    assert "The button says: ready" in text
    assert "cannot be told" not in text
    for secret in (str(tmp_path), "secret cache/", str(Path(file_source.filepath).parent), str(Path.home())):
        assert secret not in text, secret
    assert len(lines) > 30


@pytest.mark.skipif(not HAS_SOUND, reason="this Blender was built without sound")
def test_report_tells_of_strips(head, noise):
    scene = bpy.context.scene
    scene.sequence_editor_create()
    add_strip(scene, noise[0], frame=12, name="Zeile 1")
    text = problem_report(bpy.context)
    assert "Strip 'Zeile 1': frames 12 to" in text
    assert "sound 'rauschen – 话.wav': 48000 Hz, 4.000 s" in text


def test_report_comes_where_everything_is_missing():
    text = problem_report(bpy.context)
    assert "cannot be told: BakeError: No head is selected" in text
    assert "none in this session" in text


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("File '/home/ann/a b/x.py', line 3", "File '…/x.py', line 3"),
        (r"No 'C:\Users\ann\take 1\x.wav' here", "No '…/x.wav' here"),
        (r"\\server\share\x.wav", "…/x.wav"),
        (r"FileNotFoundError: 'C:\\Users\\ann\\x.wav'", "FileNotFoundError: '…/x.wav'"),
        ("24000/1001 and/or 1/2", "24000/1001 and/or 1/2"),
        ("//sounds/x.wav", "…/x.wav"),
        ("No file '/mnt/Ann's Films/James' take/x.wav'.", "No file '…/x.wav'."),
        ("'/a/b.wav' and '/c/d.wav'", "'…/b.wav' and '…/d.wav'"),
        ("No file 'a client/x.wav': check", "No file '…/x.wav': check"),
        ("Strip 'left/right' of 'A'", "Strip 'left/right' of 'A'"),
    ],
)
def test_folders_are_left_out(text, expected):
    assert without_folders(text) == expected


def test_operator_prints_in_the_background(capfd, head):
    assert bpy.ops.soliloquy.report_problem() == {"FINISHED"}
    assert "paste this into a new issue" in capfd.readouterr().out


def test_operator_copies_in_a_window(monkeypatch, head):
    from soliloquy.blender_addon.operators import report_problem as module

    monkeypatch.setattr(
        module, "bpy", SimpleNamespace(app=SimpleNamespace(background=False), types=bpy.types)
    )
    # Without a window there is no clipboard: Blender forgets what is put there.
    manager = SimpleNamespace(clipboard="")
    context = SimpleNamespace(
        window_manager=manager, scene=bpy.context.scene, view_layer=bpy.context.view_layer
    )
    context.workspace = bpy.context.workspace
    said = []
    operator = SimpleNamespace(report=lambda kind, text: said.append(text))
    assert Report.execute(operator, context) == {"FINISHED"}
    assert "Blender" in manager.clipboard
    assert "clipboard" in said[0]


def test_command_prints(capsys):
    make_head()
    assert main(["report"]) == 0
    assert "paste this into a new issue" in capsys.readouterr().out


def test_a_fault_of_ours_names_the_report_and_is_in_it(head, file_source, faulty, capfd):
    before = snapshot()
    with pytest.raises(
        RuntimeError, match=r"mistake of its own \(KeyError: 'a fault of ours'\).*Report a Problem"
    ):
        bpy.ops.soliloquy.animate_from_audio()
    assert snapshot() == before
    captured = capfd.readouterr()
    assert "Traceback" in captured.err
    assert "Traceback" in problem_report(bpy.context)
    assert last_error.last_error().asks_for_report


def test_a_fault_while_the_keys_are_written_leaves_the_scene(head, file_source, loudness, monkeypatch, capfd):
    def wrong(*arguments, **others):
        raise IndexError("while writing")

    monkeypatch.setattr("soliloquy.bake.shape_keys.check_movement", wrong)
    before = snapshot()
    with pytest.raises(RuntimeError, match="Report a Problem"):
        bpy.ops.soliloquy.animate_from_audio()
    assert snapshot() == before


def test_the_panel_offers_the_report_after_a_fault(head, file_source):
    from soliloquy.blender_addon.panels.main import VIEW3D_PT_soliloquy as Panel

    class Layout:
        drawn: ClassVar = []
        column = row = lambda self, **others: self

        def operator(self, name, **others):
            self.drawn.append(name)

        def label(self, **others):
            pass

    Panel.draw(SimpleNamespace(layout=Layout()), bpy.context)
    assert Layout.drawn == ["soliloquy.animate_from_audio"]
    last_error.remember(KeyError("x"))
    Panel.draw(SimpleNamespace(layout=Layout()), bpy.context)
    assert Layout.drawn[1:] == ["soliloquy.animate_from_audio", "soliloquy.report_problem"]


def test_a_fault_in_the_worker(head, file_source, faulty, capfd):
    stepper = Stepper()
    stepper.begin(bpy.context)
    assert stepper.until_done() == {"CANCELLED"}
    assert stepper.reports[0][0] == "ERROR"
    assert "Report a Problem" in stepper.reports[0][1]
    assert "\n" not in stepper.reports[0][1]
    assert "in animate" in last_error.last_error().details
    assert WorkerOperator.running is None


def test_a_fault_on_the_command_line(noise, faulty, tmp_path, capfd):
    make_head()
    out = tmp_path / "o.blend"
    assert main(["animate", "--audio", str(noise[0]), "--object", "Head", "--save", str(out)]) == 3
    error = capfd.readouterr().err
    assert "Traceback" in error
    assert error.splitlines()[-1].startswith("soliloquy: error: Soliloquy made a mistake of its own")
    assert not out.exists()


def test_a_fault_while_the_panel_is_drawn_is_printed_once(head, file_source, monkeypatch, capfd):
    def wrong(output):
        raise ZeroDivisionError("in the panel")

    monkeypatch.setattr(job, "check_output", wrong)
    reasons = {job.why_not(bpy.context) for _ in range(5)}
    assert len(reasons) == 1
    assert "ZeroDivisionError" in reasons.pop()
    assert not Animate.poll(bpy.context)
    assert capfd.readouterr().err.count("Traceback") == 1


def test_what_the_user_can_mend_does_not_ask_for_a_report():
    last_error.remember(AudioError("No sound."))
    assert not last_error.last_error().asks_for_report
    last_error.remember(ModelError("The head file is missing."))
    assert last_error.last_error().asks_for_report
    last_error.remember(Cancelled("Cancelled."))
    assert "ModelError" in last_error.last_error().text


def test_it_tells_which_key_is_driven_by_what():
    head = make_head(("viseme_aa", "viseme_O", "Key 7"))
    select(head)
    report = problem_report(bpy.context)
    assert "Mapping AUTOMATIC, method auto: Oculus visemes 2 of 15" in report
    assert "Keys whose names say nothing: Key 7" in report
    bpy.ops.soliloquy.find_keys()
    assert "Edited: none" in problem_report(bpy.context)
    head.soliloquy_keys["viseme_O"].gain = 0.5
    report = problem_report(bpy.context)
    assert "Mapping CHOSEN" in report
    assert "gain=0.5" in report
    head.soliloquy_moves_by = "BONES"
    assert "Face of bones: poses of nothing" in problem_report(bpy.context)
