# SPDX-License-Identifier: GPL-3.0-or-later
"""Zips of the real project with small made-up wheels, so that nothing is downloaded."""

import hashlib
import io
import shutil
import zipfile
from pathlib import Path

import pytest
from soliloquy.release import archive, manifest
from soliloquy.release.check_files import NEEDED
from soliloquy.release.paths import ROOT
from soliloquy.release.wheels import Combination, Pins, Wheel


def small_wheel(contents: dict[str, bytes]) -> bytes:
    """A wheel's bytes."""
    buffer = io.BytesIO()
    archive.write_zip(buffer, contents)
    return buffer.getvalue()


WHEELS = {
    "onnxruntime-1.28.0-cp311-cp311-manylinux_2_28_x86_64.whl": small_wheel(
        {"onnxruntime/capi/a.so": b"code"}
    ),
    "scipy-1.15.3-cp311-cp311-manylinux_2_17_x86_64.manylinux2014_x86_64.whl": small_wheel(
        {"scipy/a.so": b"."}
    ),
}
GPU_WHEEL = "onnxruntime_gpu-1.28.0-cp311-cp311-manylinux_2_28_x86_64.whl"
GPU_WHEEL_CONTENT = small_wheel(
    {
        "onnxruntime/capi/build_and_package_info.py": b"cuda_version = '13.0'\n",
        "onnxruntime_gpu-1.28.0.dist-info/METADATA": b"Requires-Dist: nvidia-cudnn-cu13~=9.0",
    }
)


def pinned(file: str, content: bytes) -> Wheel:
    return Wheel(file, hashlib.sha256(content).hexdigest(), len(content))


@pytest.fixture
def combination() -> Combination:
    return Combination(
        platform="linux-x64",
        python_tag="cp311",
        blender="4.2 to 5.0",
        blender_version_min="4.2.0",
        blender_version_max="5.1.0",
        system="glibc 2.28",
        wheels=tuple(pinned(file, content) for file, content in WHEELS.items()),
        cuda_wheel=pinned(GPU_WHEEL, GPU_WHEEL_CONTENT),
        cuda="13",
        cudnn="9",
    )


@pytest.fixture
def pins(combination) -> Pins:
    return Pins(
        (combination,), (("macos-x64", "cp314", "Nobody made it."),), (("macos-x64", "No CUDA there."),)
    )


@pytest.fixture
def cache(tmp_path) -> Path:
    """A cache that has the wheels already."""
    folder = tmp_path / "cache"
    folder.mkdir()
    for file, content in {**WHEELS, GPU_WHEEL: GPU_WHEEL_CONTENT}.items():
        (folder / file).write_bytes(content)
    return folder


class Draft:
    """The contents of a good zip, to be spoilt and written; with few Python files, for the sake of speed."""

    def __init__(self, folder: Path, combination: Combination):
        self.path = folder / combination.zip_name(manifest.project_version(), cuda=False)
        files = archive.own_files(combination, cuda=False)
        spared = {name for name in files if name.endswith(".py")} - {*NEEDED, "core/motion.py"}
        self.contents = {name: content for name, content in files.items() if name not in spared}
        self.contents.update({f"wheels/{file}": content for file, content in WHEELS.items()})

    def in_manifest(self, old: str, new: str) -> None:
        text = self.contents["blender_manifest.toml"].decode()
        assert old in text
        self.contents["blender_manifest.toml"] = text.replace(old, new).encode()

    def write(self) -> Path:
        with self.path.open("wb") as file:
            archive.write_zip(file, self.contents)
        return self.path

    def append(self, name: str, content: bytes = b"", mode: int = 0o100644) -> None:
        """Add a file after writing, under any name, twice too."""
        entry = zipfile.ZipInfo(name)
        entry.external_attr = mode << 16
        with zipfile.ZipFile(self.path, "a") as zip_file:
            zip_file.writestr(entry, content)


@pytest.fixture
def draft(tmp_path, combination) -> Draft:
    return Draft(tmp_path, combination)


@pytest.fixture
def project_copy(tmp_path) -> Path:
    """The project in another folder, without environments and caches."""
    skipped = shutil.ignore_patterns(
        ".*", "__pycache__", "build", "dist", "demo", "docs", "tests", "*.egg-info"
    )
    return Path(shutil.copytree(ROOT, tmp_path / "copy", ignore=skipped))
