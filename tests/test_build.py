# SPDX-License-Identifier: GPL-3.0-or-later
"""The Blender extension: what the zip holds, and that Blender installs it and speaks with it."""

import os
import re
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest
import soliloquy
from soliloquy import samples

ROOT = Path(soliloquy.__file__).resolve().parent
INSTALLED = Path(__file__).with_name("installed_extension.py")
"""The program that runs in each Blender."""

PYTHONS = os.environ.get("SOLILOQUY_BLENDER_PYTHONS", sys.executable).split(os.pathsep)


@pytest.fixture(scope="session")
def extension(tmp_path_factory) -> Path:
    """The zip, built from this tree. The wheels come from PyPI, or from .cache when they were there once."""
    out = tmp_path_factory.mktemp("dist")
    return build(out)


def build(out: Path, *arguments: str) -> Path:
    command = [sys.executable, str(ROOT / "build.py"), "--out", str(out), *arguments]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return Path(done.stdout.strip())


def test_zip_holds_what_blender_needs_and_no_more(extension):
    with zipfile.ZipFile(extension) as archive:
        names = set(archive.namelist())
        manifest = tomllib.loads(archive.read("blender_manifest.toml").decode())
        sources = {name: archive.read(name).decode() for name in names if name.endswith(".py")}
    needed = {"__init__.py", "LICENSE", "NOTICE", "README.md", "core/weights/expnet.onnx", "bake/target.py"}
    assert needed <= names
    assert any(name.startswith("core/head/") and name.endswith(".npz") for name in names)
    unwanted = ("core/training", "core/evaluation", "core/models", "tests", "command_line", "samples", "docs")
    assert [name for name in names if name.startswith(unwanted)] == []
    assert [name for name in names if not re.fullmatch(r"[\w./-]+", name)] == []
    assert [f"./{name}" for name in sorted(names) if name.startswith("wheels/")] == sorted(manifest["wheels"])
    assert manifest["platforms"] == ["linux-x64"]
    assert [name for name, text in sources.items() if re.search(r"^(import|from) torch", text, re.M)] == []


def test_zip_is_the_same_every_time(extension, tmp_path):
    assert build(tmp_path).read_bytes() == extension.read_bytes()


def test_one_abi(tmp_path):
    path = build(tmp_path, "--python-tag", "cp313")
    assert path.name.endswith("-linux-x64-cp313.zip")
    with zipfile.ZipFile(path) as archive:
        wheels = [name for name in archive.namelist() if name.startswith("wheels/")]
    assert len(wheels) == 1
    assert "cp313" in wheels[0]


def test_other_file_in_place_of_a_wheel_is_refused(tmp_path, monkeypatch):
    program = (
        "import build, pathlib, sys\n"
        "build.CACHE = pathlib.Path(sys.argv[1])\n"
        "wheel = build.Wheel('linux-x64', 'cp311', 'x-1-cp311-cp311-linux.whl', '0' * 64)\n"
        "(build.CACHE / wheel.file).write_text('something else')\n"
        "build.fetch(wheel, 'x==1')\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, str(tmp_path)], capture_output=True, text=True, cwd=ROOT
    )
    assert done.returncode == 1
    assert "is not the file pinned" in done.stderr


@pytest.mark.blender
def test_blender_finds_the_manifest_valid(extension):
    import bpy

    tool = Path(bpy.utils.system_resource("SCRIPTS"), "addons_core", "bl_pkg", "cli", "blender_ext.py")
    done = subprocess.run(
        [sys.executable, str(tool), "validate", str(extension)], capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert not re.search("warn", done.stdout + done.stderr, re.I), done.stdout


@pytest.mark.blender
@pytest.mark.parametrize("python", PYTHONS, ids=lambda python: Path(python).parent.parent.name)
def test_installs_enables_and_speaks(extension, tmp_path, python):
    """In a fresh process of each Blender: install, enable, animate the sample, bake, uninstall."""
    environment = {**os.environ, "BLENDER_USER_RESOURCES": str(tmp_path / "user")}
    environment.pop("PYTHONPATH", None)
    command = [python, "-I", str(INSTALLED), str(extension), str(samples.SOUND)]
    done = subprocess.run(command, capture_output=True, text=True, env=environment, cwd=tmp_path, timeout=300)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "SPOKE" in done.stdout
