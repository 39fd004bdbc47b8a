# SPDX-License-Identifier: GPL-3.0-or-later
"""Missing and broken parts of an installed extension: one clear line, the scene unchanged, exit status 2."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import bpy
import pytest
import soliloquy
from soliloquy import samples
from soliloquy.core import installation

from .test_sound_strip import HAS_SOUND

ROOT = Path(soliloquy.__file__).resolve().parent
PROGRAM = Path(__file__).with_name("copied_extension.py")
TOGGLED = Path(__file__).with_name("toggled_extension.py")
LEFT_OUT = shutil.ignore_patterns("models", "training", "evaluation", "__pycache__")
NOBODY = 65534

pytestmark = pytest.mark.skipif(
    bpy.app.version[:2] == (4, 5),
    reason="tried in the oldest and the newest Blenders: each case is a Blender's start",
)

needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody who may not write")
needs_sound = pytest.mark.skipif(not HAS_SOUND, reason="this Blender was built without sound")


@pytest.fixture
def user():
    """A fresh folder of Blender's user files, with a copy of the extension, that everybody may read."""
    with tempfile.TemporaryDirectory(prefix="broken ü ") as folder:
        os.chmod(folder, 0o755)
        extension = Path(folder, "user", "extensions", "user_default", "soliloquy")
        extension.mkdir(parents=True)
        for name in ("blender_addon", "bake", "core"):
            shutil.copytree(ROOT / name, extension / name, ignore=LEFT_OUT)
        for name in ("__init__.py", "blender_manifest.toml"):
            shutil.copy(ROOT / name, extension)
        Path(folder, "work").mkdir()
        Path(folder, "sound.flac").write_bytes(Path(samples.SOUND).read_bytes())
        yield Path(folder)


def extension_of(user):
    return user / "user" / "extensions" / "user_default" / "soliloquy"


def use(user, *words, somebody=None, **environment):
    """Use the extension in a new Blender; what the program found."""
    program = user / "program.py"
    shutil.copy(PROGRAM, program)
    command = [sys.executable, str(program), str(user / "sound.flac"), str(user / "work"), *words]
    variables = {**os.environ, "BLENDER_USER_RESOURCES": str(user / "user"), **environment}
    variables.pop("PYTHONPATH", None)
    if "PYTHONPATH" in environment:
        variables["PYTHONPATH"] = environment["PYTHONPATH"]
    if somebody is not None:
        program.chmod(0o644)
        variables["HOME"] = str(user)
        become = ["setpriv", f"--reuid={somebody}", f"--regid={somebody}", "--clear-groups"]
        if subprocess.run([*become, sys.executable, "-c", ""], capture_output=True).returncode:
            pytest.skip("this Python belongs to root alone")
        command = [*become, *command]
    done = subprocess.run(command, capture_output=True, text=True, env=variables, timeout=120, cwd=user)
    lines = [line for line in done.stdout.splitlines() if line.startswith("RESULT ")]
    assert len(lines) == 1, done.stdout + done.stderr
    result = json.loads(lines[0].removeprefix("RESULT "))
    result["console"] = done.stdout.replace(lines[0], "") + done.stderr
    return result


def refused(result, *parts):
    """The operator and the command both refuse with one line that has these parts."""
    (said,) = result["operator"]
    error = result["command"]["stderr"]
    for part in parts:
        assert part in said
        assert part in error
    assert said.startswith("Error: ")
    assert "\n" not in said
    assert error.count("\n") == 1
    assert result["command"]["status"] == 2
    assert result["unchanged"]
    assert not result["wrote"]
    assert "Traceback" not in result["console"]


def test_whole_it_works_and_opens_no_connection(user):
    result = use(user)
    assert result["operator"] == ["FINISHED"], result
    assert result["command"]["status"] == 0, result
    assert result["wrote"]
    assert result["sockets"] == []
    assert not result["online"]
    assert "Traceback" not in result["console"]


def test_weights_deleted(user):
    (extension_of(user) / "core" / "weights" / "expnet.onnx").unlink()
    refused(use(user), "network file", "expnet.onnx' is missing", "install Soliloquy again")


@pytest.mark.parametrize("size", [0, 5000])
def test_weights_truncated(user, size):
    path = extension_of(user) / "core" / "weights" / "expnet.onnx"
    os.truncate(path, size)
    refused(use(user), "expnet.onnx' cannot be loaded", "Install Soliloquy again")


def test_head_deleted(user):
    (extension_of(user) / "core" / "head" / "head.npz").unlink()
    refused(use(user), "head.npz' is missing", "install Soliloquy again")


@pytest.mark.parametrize("size", [0, 100_000])
def test_head_truncated(user, size):
    os.truncate(extension_of(user) / "core" / "head" / "head.npz", size)
    refused(use(user), "head.npz' is damaged", "install Soliloquy again")


def test_wheel_of_another_python(user):
    """As where Blender enables the zip of another Python, without its wheel."""
    version = f"{installation.version()}-{installation.platform_name()}-{installation.python_tag()}"
    other = "cp313" if sys.version_info < (3, 13) else "cp311"
    refused(
        use(user, "without-runtime", f"wheel-{other}"),
        "ONNX Runtime is not installed",
        f"This Blender runs Python {sys.version_info.major}.{sys.version_info.minor}",
        f"made for Python 3.{other[3:]}",
        f"install soliloquy-{version}.zip",
    )


def test_wheel_that_was_not_unpacked(user):
    result = use(user, "without-runtime", f"wheel-{installation.python_tag()}")
    refused(result, "ONNX Runtime is not installed. Install soliloquy-", "again")


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        (
            "raise OSError('libgomp.so.1: cannot open shared object file')",
            "does not load (OSError: libgomp.so.1",
        ),
        ("raise ImportError('wrong ELF class')", "does not load (ImportError: wrong ELF class"),
        ("import nothing_of_that_name", "does not load (ModuleNotFoundError"),
        ("", "installed only in part"),
    ],
)
def test_runtime_that_fails_on_import(user, source, expected):
    package = user / "path" / "onnxruntime"
    package.mkdir(parents=True)
    (package / "__init__.py").write_text(source)
    refused(use(user, PYTHONPATH=str(user / "path")), "ONNX Runtime", expected, "soliloquy-", ".zip")


def test_visual_c_is_named_on_windows(monkeypatch):
    import builtins

    from soliloquy.core import onnxruntime_check
    from soliloquy.core.errors import ModelError

    real = builtins.__import__

    def failing(name, *rest):
        if name == "onnxruntime":
            raise ImportError("DLL load failed while importing onnxruntime_pybind11_state")
        return real(name, *rest)

    monkeypatch.setattr(builtins, "__import__", failing)
    monkeypatch.setattr(onnxruntime_check, "check_onnxruntime", lambda: None)
    monkeypatch.setattr(onnxruntime_check.sys, "platform", "win32")
    with pytest.raises(ModelError, match=r"DLL load failed.*Visual C\+\+ Redistributable"):
        onnxruntime_check.import_onnxruntime()


@needs_root
def test_extension_and_user_files_read_only(user):
    (user / "work").chmod(0o777)
    result = use(user, somebody=NOBODY)
    assert result["operator"] == ["FINISHED"], result
    assert result["command"]["status"] == 0, result
    assert "Traceback" not in result["console"]


@needs_root
@needs_sound
def test_packed_sound_and_user_files_read_only(user):
    (user / "work").chmod(0o777)
    result = use(user, "packed", somebody=NOBODY)
    assert result["operator"] == ["FINISHED"], result
    assert result["command"]["status"] == 0, result


@needs_root
@needs_sound
def test_cache_folder_read_only(user):
    (user / "work" / "read-only").mkdir()
    (user / "work").chmod(0o777)
    refused(
        use(user, "packed", "cache-read-only", somebody=NOBODY),
        "cache folder",
        "read-only' cannot be written to (Permission denied)",
        "Preferences > Add-ons > Soliloquy",
    )


@needs_root
def test_folder_of_the_blend_file_read_only(user):
    (user / "work" / "read-only").mkdir()
    (user / "work").chmod(0o777)
    result = use(user, "save-read-only", somebody=NOBODY)
    assert result["operator"] == ["FINISHED"]
    assert result["command"]["status"] == 2
    assert "may not be written to. Choose another folder." in result["command"]["stderr"]
    assert result["command"]["stderr"].count("\n") == 1
    assert "Traceback" not in result["console"]


def test_cuda_that_is_not_there_is_told_once(user):
    """The CPU flavour, asked for CUDA: it works, and says so in the first of two runs."""
    result = use(user, "cuda", "twice")
    assert result["operator"] == ["FINISHED", "FINISHED"]
    line = "CUDA cannot be used: this ONNX Runtime is the build without CUDA. The CPU is used instead."
    said = result["console"] + result["command"]["stderr"]
    assert said.count(line) == 1, said
    assert "onnxruntime:" not in said
    assert "CUDA: this ONNX Runtime is the build without CUDA" in result["report"]


def test_enabling_disabling_and_reloading_again_and_again(user):
    """Also while an animation is under way; nothing of it on the console."""
    variables = {**os.environ, "BLENDER_USER_RESOURCES": str(user / "user")}
    variables.pop("PYTHONPATH", None)
    command = [sys.executable, str(TOGGLED), str(user / "sound.flac")]
    done = subprocess.run(command, capture_output=True, text=True, env=variables, timeout=120, cwd=user)
    said = done.stdout + done.stderr
    assert done.returncode == 0, said
    assert "TOGGLED" in done.stdout
    for word in ("Traceback", "Error", "Warning", "rror:"):
        assert word not in said, said
