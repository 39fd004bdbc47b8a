# SPDX-License-Identifier: GPL-3.0-or-later
"""A wheel of the project, installed into an empty environment, animates."""

import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
import soliloquy
from soliloquy.core.motion_files import read_npz

ROOT = Path(soliloquy.__file__).resolve().parent


@pytest.fixture(scope="module")
def wheel(tmp_path_factory) -> Path:
    """The wheel, built from a copy: setuptools would leave its build folder in the tree."""
    folder = tmp_path_factory.mktemp("wheel")
    skipped = shutil.ignore_patterns(".*", "build", "dist", "demo", "*.egg-info", "__pycache__", "tests")
    shutil.copytree(ROOT, folder / "source", ignore=skipped)
    command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation"]
    done = subprocess.run(
        [*command, "-w", str(folder), str(folder / "source")], capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    return next(folder.glob("*.whl"))


def test_wheel_holds_package_data(wheel):
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
    assert "soliloquy/core/weights/expnet.onnx" in names
    assert "soliloquy/core/weights/speech_encoder.onnx" in names
    assert "soliloquy/core/evaluation/rhubarb.mjs" in names
    assert any(name.startswith("soliloquy/core/head/") and name.endswith(".npz") for name in names)
    assert any(name.startswith("soliloquy/samples/") and name.endswith(".json") for name in names)
    assert any(name.endswith("dist-info/licenses/NOTICE") for name in names)
    assert not any(
        name.startswith(("soliloquy/tests", "soliloquy/release", "tests/", "release/")) for name in names
    )


def test_animates_in_an_empty_environment(wheel, tmp_path):
    python = tmp_path / "venv" / "bin" / "python"
    subprocess.run([sys.executable, "-m", "venv", str(tmp_path / "venv")], check=True)
    install = subprocess.run(
        [str(python), "-m", "pip", "install", "--quiet", f"{wheel}[cpu]"], capture_output=True, text=True
    )
    if install.returncode and (
        "No matching distribution" in install.stderr or "Connection" in install.stderr
    ):
        pytest.skip("the package index cannot be reached")
    assert install.returncode == 0, install.stderr
    program = "from soliloquy import samples; print(samples.SOUND)"
    run = {"capture_output": True, "text": True, "cwd": tmp_path}
    sound = subprocess.run([str(python), "-c", program], check=True, **run).stdout.strip()
    command = [
        str(tmp_path / "venv" / "bin" / "soliloquy"),
        "animate",
        sound,
        "--out",
        "face.npz",
        "--fps",
        "25",
    ]
    done = subprocess.run(command, **run)
    assert done.returncode == 0, done.stderr
    motion = read_npz(tmp_path / "face.npz")
    assert motion.weights.max() > 0.2
