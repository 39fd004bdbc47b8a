# SPDX-License-Identifier: GPL-3.0-or-later
import json
import time
from dataclasses import replace
from pathlib import Path

import bpy
import pytest
import soliloquy.core.runtime as runtime
from soliloquy.blender_addon import machine, processing
from soliloquy.blender_addon import preferences as package
from soliloquy.blender_addon.command_line import main
from soliloquy.blender_addon.processing import Processing, notes_on, preferred_processing
from soliloquy.blender_addon.temporary import temporary_folder
from soliloquy.core.errors import InputError, OutputError

from ..bake.heads import make_head, snapshot
from .conftest import select
from .test_sound_strip import HAS_SOUND, add_strip

WITHOUT_CUDA = runtime.RuntimeFacts("1.0", ("CPUExecutionProvider",), ("cpu",), False, "it is not there")
NO_DRIVER = replace(WITHOUT_CUDA, has_cuda=True, cuda_problem="no NVIDIA driver is installed")
WITH_CUDA = replace(WITHOUT_CUDA, has_cuda=True, usable=("cuda", "cpu"), cuda_problem=None)


@pytest.fixture
def found(monkeypatch):
    """Says what ONNX Runtime offers here."""
    monkeypatch.setattr(processing, "_told", set())
    return lambda facts: monkeypatch.setattr(runtime, "runtime_facts", lambda: facts)


def test_without_preferences_the_defaults_hold():
    assert package.preferences() is None
    assert preferred_processing("expnet") == Processing("expnet", None, 1)


def test_defaults_of_the_preferences(preferences):
    assert package.preferences() == preferences
    assert preferred_processing("expnet") == Processing("expnet", None, 1)


def test_preferences_reach_the_job_of_the_panel(preferences, head, file_source, loudness):
    preferences.provider, preferences.threads = "CPU", 3
    assert bpy.ops.soliloquy.animate_from_audio() == {"FINISHED"}
    assert (loudness[0]["providers"], loudness[0]["threads"]) == (("cpu",), 3)
    assert loudness[0]["model"] == "expnet"
    preferences.provider = "CUDA"
    bpy.ops.soliloquy.animate_from_audio()
    assert loudness[1]["providers"] == ("cuda", "cpu")


def test_preferences_reach_the_command_line_which_may_override_them(preferences, noise, tmp_path, loudness):
    make_head()
    preferences.provider, preferences.threads = "CPU", 2
    arguments = ["animate", "--audio", str(noise[0]), "--object", "Head", "--save", str(tmp_path / "o.blend")]
    assert main(arguments) == 0
    assert main([*arguments, "--provider", "auto", "--threads", "5", "--model", "x.onnx"]) == 0
    assert main([*arguments, "--provider", "cuda"]) == 0
    called = [(call["model"], call["providers"], call["threads"]) for call in loudness]
    assert called == [("expnet", ("cpu",), 2), ("x.onnx", None, 5), ("expnet", ("cuda",), 2)]


def test_preferences_reach_batches(preferences, noise, tmp_path, loudness):
    make_head()
    preferences.threads = 2
    rows = [
        {"audio": str(noise[0]), "object": "Head", "out": "a.blend"},
        {"audio": str(noise[0]), "out": "b.npz"},
    ]
    manifest = tmp_path / "rows.jsonl"
    manifest.write_text("\n".join(json.dumps(row) for row in rows))
    assert main(["batch", str(manifest), "--provider", "cpu"]) == 0
    assert [(call["providers"], call["threads"]) for call in loudness] == [(("cpu",), 2)] * 2


def test_threads_below_one_are_refused(noise, capsys, loudness, tmp_path):
    make_head()
    arguments = ["animate", "--audio", str(noise[0]), "--object", "Head", "--save", str(tmp_path / "o.blend")]
    assert main([*arguments, "--threads", "0"]) == 2
    assert "Threads are 0" in capsys.readouterr().err
    assert not loudness


def test_missing_cuda_is_told_once(found, monkeypatch):
    found(NO_DRIVER)
    # The GPU flavour without a driver, whatever the preference but the CPU.
    assert notes_on(Processing(providers=("cpu",))) == ()
    line = "CUDA cannot be used: no NVIDIA driver is installed. The CPU is used instead."
    assert notes_on(Processing()) == (line,)
    assert notes_on(Processing(providers=("cuda", "cpu"))) == ()
    # The CPU flavour: only who asks for CUDA is told.
    found(WITHOUT_CUDA)
    assert notes_on(Processing()) == ()
    assert len(notes_on(Processing(providers=("cuda", "cpu")))) == 1
    assert notes_on(Processing(providers=("cuda", "cpu"))) == ()
    found(WITH_CUDA)
    monkeypatch.setattr(runtime, "_loaded_on", {"cuda"})
    assert notes_on(Processing(providers=("cuda", "cpu"))) == ()
    # ONNX Runtime goes on with the CPU where the card fails only when the network is loaded.
    monkeypatch.setattr(runtime, "_loaded_on", {"cpu"})
    line = "CUDA cannot be used: the graphics card does not take the network. The CPU is used instead."
    assert notes_on(Processing()) == (line,)
    assert notes_on(Processing()) == ()


def test_providers_that_do_not_work_are_passed_over(found):
    found(NO_DRIVER)
    assert runtime._checked_providers(("cuda", "cpu")) == ("cpu",)
    assert runtime._checked_providers(None) == ("cpu",)
    with pytest.raises(InputError, match="CUDA cannot be used: no NVIDIA driver is installed"):
        runtime._checked_providers(("cuda",))
    found(WITH_CUDA)
    assert runtime._checked_providers(("cuda", "cpu")) == ("cuda", "cpu")
    assert runtime._checked_providers(None) == ("cuda", "cpu")


def test_who_chose_the_cpu_has_nobody_look_for_cuda(monkeypatch):
    def look():
        raise AssertionError("looked for CUDA")

    monkeypatch.setattr(runtime, "runtime_facts", look)
    assert runtime.load_network("expnet", providers=("cpu",)).provider == "cpu"
    assert notes_on(Processing(providers=("cpu",))) == ()
    with pytest.raises(InputError, match="No provider is called 'gpu'"):
        runtime.load_network("expnet", providers=("gpu",))


def test_facts_come_from_a_thread_and_are_kept(monkeypatch):
    import threading

    asked, go = [], threading.Event()

    def slow():
        asked.append(threading.current_thread() is threading.main_thread())
        go.wait(10)
        return WITHOUT_CUDA

    machine.stop()
    monkeypatch.setattr(runtime, "runtime_facts", slow)
    assert machine.facts_so_far() is None
    go.set()
    deadline = time.monotonic() + 10
    while machine.facts_so_far() is None and time.monotonic() < deadline:
        time.sleep(0.01)
    assert machine.facts_so_far() == WITHOUT_CUDA
    assert asked == [False]
    machine.stop()


class Layout:
    """Takes notes of what is drawn."""

    def __init__(self):
        self.drawn = []

    def column(self, **others):
        return self

    def label(self, text, icon):
        self.drawn.append(text)

    def prop(self, owner, name):
        self.drawn.append(name)

    def operator(self, name, icon):
        self.drawn.append(name)


def test_preferences_show_what_was_found(monkeypatch):
    from types import SimpleNamespace

    for facts, expected in [
        (None, "Looking for processors ..."),
        ("ONNX Runtime is not installed.", "ONNX Runtime is not installed."),
        (NO_DRIVER, "CUDA cannot be used: no NVIDIA driver is installed."),
        (WITH_CUDA, "ONNX Runtime 1.0 can use: CUDA, CPU"),
    ]:
        monkeypatch.setattr(package, "facts_so_far", lambda facts=facts: facts)
        layout = Layout()
        package.SoliloquyPreferences.draw(SimpleNamespace(layout=layout), bpy.context)
        assert expected in layout.drawn
        assert {"provider", "threads", "cache_folder"} <= set(layout.drawn)
        assert layout.drawn[-1] == "soliloquy.report_problem"


def test_temporary_files_lie_in_the_cache_folder_and_are_removed(preferences, tmp_path):
    preferences.cache_folder = str(tmp_path)
    folder = temporary_folder()
    assert Path(folder.name).parent == tmp_path
    folder.cleanup()
    assert list(tmp_path.iterdir()) == []
    preferences.cache_folder = str(tmp_path / "gone")
    with pytest.raises(OutputError, match=r"cache folder '.*gone' cannot be written to"):
        temporary_folder()


@pytest.mark.skipif(not HAS_SOUND, reason="this Blender was built without sound")
def test_packed_sound_in_a_cache_folder_that_is_gone(preferences, head, noise, loudness, tmp_path):
    scene = bpy.context.scene
    scene.sequence_editor_create()
    strip = add_strip(scene, noise[0])
    strip.sound.pack()
    select(head)
    preferences.cache_folder = str(tmp_path / "gone")
    before = snapshot()
    with pytest.raises(RuntimeError, match="cannot be written to"):
        bpy.ops.soliloquy.animate_from_audio()
    assert snapshot() == before
    preferences.cache_folder = str(tmp_path)
    assert bpy.ops.soliloquy.animate_from_audio() == {"FINISHED"}
    assert list(tmp_path.iterdir()) == []
    # Sound that is not packed needs no temporary file.
    strip.sound.unpack(method="USE_ORIGINAL")
    preferences.cache_folder = str(tmp_path / "gone")
    assert bpy.ops.soliloquy.animate_from_audio() == {"FINISHED"}
