# SPDX-License-Identifier: GPL-3.0-or-later
"""The Blender extension: build.py as people call it. tests/real_blender installs and uses the zips."""

import re
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest
import soliloquy

ROOT = Path(soliloquy.__file__).resolve().parent
ABIS = ("cp311", "cp313")
"""Of Blender's own builds, whose zips `make test-blender` needs as well."""


def build(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, str(ROOT / "build.py"), *arguments], capture_output=True, text=True, cwd="/"
    )


@pytest.fixture(scope="session")
def zips(tmp_path_factory) -> dict[str, Path]:
    """ABI to its zip, built from this tree. The wheels come from PyPI, or from .cache when they are there."""
    out = tmp_path_factory.mktemp("dist")
    chosen = [word for abi in ABIS for word in ("--python-tag", abi)]
    done = build("--out", str(out), "--platform", "linux-x64", *chosen)
    assert done.returncode == 0, done.stderr
    found = {abi: path for abi in ABIS for path in out.glob(f"*-linux-x64-{abi}.zip")}
    assert sorted(found.values()) == sorted(out.iterdir())
    for path in found.values():
        assert re.search(rf"{path}  \d\d\.\d MB\n", done.stdout)
    return found


@pytest.mark.parametrize("abi", ABIS)
def test_zip_holds_what_blender_needs_and_no_more(zips, abi):
    with zipfile.ZipFile(zips[abi]) as archive:
        names = set(archive.namelist())
        manifest = tomllib.loads(archive.read("blender_manifest.toml").decode())
    needed = {"__init__.py", "LICENSE", "NOTICE", "README.md", "core/weights/expnet.onnx", "bake/target.py"}
    needed |= {"core/weights/speech_encoder.onnx", "core/transcript/pronunciations.npz"}
    assert needed <= names
    assert any(name.startswith("core/head/") and name.endswith(".npz") for name in names)
    unwanted = ("core/training", "core/evaluation", "core/models", "tests", "command_line", "samples", "docs")
    assert [name for name in names if name.startswith((*unwanted, "release"))] == []
    wheels = sorted(name for name in names if name.startswith("wheels/"))
    assert [f"./{name}" for name in wheels] == sorted(manifest["wheels"])
    assert [re.match(r"wheels/(\w+)-", name)[1] for name in wheels] == ["onnxruntime", "scipy"]  # type: ignore[index]
    assert all(f"-{abi}-{abi}-manylinux" in name for name in wheels)
    assert manifest["platforms"] == ["linux-x64"]
    assert zips[abi].stat().st_size < 110e6


def test_zip_is_the_same_every_time(zips, tmp_path):
    done = build("--out", str(tmp_path), "--platform", "linux-x64", "--python-tag", "cp313")
    assert done.returncode == 0, done.stderr
    assert (tmp_path / zips["cp313"].name).read_bytes() == zips["cp313"].read_bytes()


def test_table_is_printed():
    done = build("--table")
    assert done.returncode == 0, done.stderr
    assert re.search(
        r"^\| linux-x64-cp311 \| 4\.2 to 5\.0 \| glibc 2\.28 \|.*\d\d\.\d \|$", done.stdout, re.M
    )
    assert "- macos-x64-cp314: " in done.stdout


def test_what_cannot_be_made_is_one_clear_line(tmp_path):
    for arguments, words in (
        (("--platform", "macos-x64", "--python-tag", "cp314"), "No zip for macos-x64-cp314: "),
        (("--platform", "macos-arm64", "--cuda"), "No CUDA flavour for macos-arm64: "),
        (("--check", "--out", str(tmp_path)), f"No zip in {tmp_path}"),
    ):
        done = build(*arguments)
        assert done.returncode == 2
        assert re.fullmatch(r"build\.py: error: [^\n]+\n", done.stderr)
        assert words in done.stderr


@pytest.mark.blender
def test_check_runs_blenders_validator_and_ours(zips, tmp_path):
    done = build("--check", *map(str, zips.values()))
    assert done.returncode == 0, done.stderr
    assert done.stdout.endswith("2 of 2 zips are in order\n")
    assert done.stderr == ""
    renamed = tmp_path / zips["cp311"].name.replace("cp311", "cp313")
    renamed.write_bytes(zips["cp311"].read_bytes())
    done = build("--check", str(renamed))
    assert done.returncode == 1
    assert "is not pinned for linux-x64-cp313" in done.stderr
