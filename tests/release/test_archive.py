# SPDX-License-Identifier: GPL-3.0-or-later
"""Zips are the same every time and everywhere, and hold what the manifest says."""

import os
import subprocess
import sys
import tomllib
import zipfile

import pytest
from soliloquy.release import archive, cuda, manifest
from soliloquy.release.errors import ReleaseError
from soliloquy.release.wheels import Wheel, fetch

from .conftest import GPU_WHEEL, small_wheel

ELSEWHERE = """
import os, sys
from pathlib import Path
os.umask(int(sys.argv[1], 8))
from release import archive
from release.wheels import Combination, Wheel
out, cache = Path(sys.argv[2]), Path(sys.argv[3])
print(archive.build(out, {combination!r}, cache=cache))
"""


def test_equal_from_another_folder_umask_and_time_zone(combination, cache, project_copy, tmp_path):
    here = archive.build(tmp_path / "here", combination, cache=cache)
    for umask, zone in (("077", "Pacific/Kiritimati"), ("000", "America/Los_Angeles")):
        out = tmp_path / umask
        command = [
            sys.executable,
            "-c",
            ELSEWHERE.format(combination=combination),
            umask,
            str(out),
            str(cache),
        ]
        environment = {**os.environ, "TZ": zone, "PYTHONHASHSEED": umask.lstrip("0") or "1", "LC_ALL": "C"}
        environment.pop("PYTHONPATH", None)
        done = subprocess.run(command, cwd=project_copy, env=environment, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        assert (out / here.name).read_bytes() == here.read_bytes()


def test_no_date_nor_permission_of_this_machine(combination, cache, tmp_path):
    with zipfile.ZipFile(archive.build(tmp_path, combination, cache=cache)) as zip_file:
        entries = zip_file.infolist()
    assert {entry.date_time for entry in entries} == {archive.TIMESTAMP}
    assert {entry.external_attr >> 16 for entry in entries} == {0o100644}
    assert {entry.create_system for entry in entries} == {3}
    assert [entry.filename for entry in entries] == sorted(entry.filename for entry in entries)


def test_size_is_known_beforehand(combination, cache, tmp_path):
    for flavour in (False, True):
        path = archive.build(tmp_path, combination, cuda=flavour, cache=cache)
        assert path.stat().st_size == archive.size_of(combination, cuda=flavour)


def test_manifest_of_a_zip(combination):
    values = tomllib.loads(manifest.manifest_for(combination, cuda=True))
    assert values["blender_version_min"] == "4.2.0"
    assert values["blender_version_max"] == "5.1.0"
    assert values["platforms"] == ["linux-x64"]
    assert values["wheels"][0] == f"./wheels/{GPU_WHEEL}"
    assert set(values["permissions"]) == {"files", "clipboard"}


def test_toml_writer_is_read_back():
    values = {"a": 'with "quotes" \\ and ü', "b": ["one"], "c": ["one", "two"], "t": {"d": "x\ny"}}
    assert tomllib.loads(manifest.as_toml(values)) == values


def test_cuda_is_in_the_wheels_own_words(combination, cache):
    line = cuda.describe(combination, cache / GPU_WHEEL)
    assert "CUDA 13.x (built with 13.0) and cuDNN 9.x" in line
    assert "build_and_package_info.py" in line
    assert "METADATA" in line


def test_cuda_that_the_pins_do_not_name(combination, cache, tmp_path):
    other = tmp_path / "other.whl"
    version_info = b'cuda_version = "12.2.128"\ncudnn_version = "9"\n'
    metadata = {"x.dist-info/METADATA": b""}
    other.write_bytes(small_wheel({"onnxruntime/capi/version_info.py": version_info, **metadata}))
    with pytest.raises(ReleaseError, match=r"needs CUDA 12.2.128 and cuDNN 9, wheels.toml says CUDA 13"):
        cuda.describe(combination, other)
    other.write_bytes(small_wheel(metadata))
    with pytest.raises(ReleaseError, match="does not say"):
        cuda.needs(other)


def test_other_file_in_place_of_a_wheel_is_refused(tmp_path):
    wheel = Wheel("x-1-cp311-cp311-linux.whl", "0" * 64, 1)
    (tmp_path / wheel.file).write_text("something else")
    with pytest.raises(ReleaseError, match="is not the file pinned"):
        fetch(wheel, tmp_path)
