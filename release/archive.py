# SPDX-License-Identifier: GPL-3.0-or-later
"""The zip: which files it holds, and writing it so that equal sources give equal bytes."""

import io
import zipfile
from pathlib import Path
from typing import IO, Final

from .errors import ReleaseError
from .manifest import manifest_for, project_version
from .paths import CACHE, MANIFEST, ROOT
from .wheels import Combination, fetch

FILES: Final = (
    "__init__.py",
    "LICENSE",
    "NOTICE",
    "README.md",
    "blender_addon/**/*.py",
    "bake/**/*.py",
    "core/*.py",
    "core/audio/**/*.py",
    "core/generate/**/*.py",
    "core/head/**/*.py",
    "core/head/**/*.npz",
    "core/retarget/**/*.py",
    "core/transfer/**/*.py",
    "core/transcript/**/*.py",
    "core/transcript/**/*.npz",
    "core/transcript/**/*.md",
    "core/weights/**/*.py",
    "core/weights/**/*.onnx",
    "core/weights/**/*.md",
    "core/weights/**/*.json",
)
"""What the extension holds: no training, evaluation, torch networks, command line, samples or tests."""

LEFT_OUT: Final = frozenset({"bake/benchmark.py", "bake/preview.py"})
"""Files within FILES that only `soliloquy bench` and `soliloquy demo` use."""

TIMESTAMP: Final = (2020, 1, 1, 0, 0, 0)
"""Date of every file in the zip, so that equal sources give equal bytes."""


def build(out: Path, combination: Combination, *, cuda: bool = False, cache: Path = CACHE) -> Path:
    """Write one zip into the folder `out`, made when missing, and return its path.

    Raises:
        ReleaseError: a file or a wheel is missing, or a wheel is not the pinned one.
    """
    contents = own_files(combination, cuda=cuda)
    for wheel in combination.carried(cuda=cuda):
        contents[f"wheels/{wheel.file}"] = fetch(wheel, cache).read_bytes()
    out.mkdir(parents=True, exist_ok=True)
    path = out / combination.zip_name(project_version(), cuda=cuda)
    part = path.with_suffix(".part")
    try:
        with part.open("wb") as file:
            write_zip(file, contents)
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
    return path


def own_files(combination: Combination, *, cuda: bool) -> dict[str, bytes]:
    """Everything in the zip but the wheels: path in the zip to content."""
    contents = {path.relative_to(ROOT).as_posix(): path.read_bytes() for path in package_files()}
    contents[MANIFEST] = manifest_for(combination, cuda=cuda).encode()
    return contents


def package_files() -> list[Path]:
    """Every file of the project that the extension holds, sorted.

    Raises:
        ReleaseError: a pattern of FILES finds nothing, so the extension would lack something.
    """
    found: set[Path] = set()
    for pattern in FILES:
        matches = [path for path in ROOT.glob(pattern) if path.is_file()]
        if not matches:
            raise ReleaseError(f"No file matches '{pattern}': the extension would not be complete.")
        found.update(matches)
    return sorted(path for path in found if path.relative_to(ROOT).as_posix() not in LEFT_OUT)


def write_zip(file: IO[bytes], contents: dict[str, bytes]) -> None:
    """Write a zip of these files, sorted, with fixed dates and permissions.

    Stored, not compressed: nearly everything is packed already, and compressed bytes differ between versions
    of zlib.
    """
    with zipfile.ZipFile(file, "w") as archive:
        for name in sorted(contents):
            entry = zipfile.ZipInfo(name, TIMESTAMP)
            entry.create_system = 3  # Unix, whichever system builds
            entry.external_attr = 0o100644 << 16
            archive.writestr(entry, contents[name])


def size_of(combination: Combination, *, cuda: bool = False) -> int:
    """Bytes of the zip, known without the wheels themselves."""
    buffer = io.BytesIO()
    contents = own_files(combination, cuda=cuda)
    wheels = combination.carried(cuda=cuda)
    contents.update({f"wheels/{wheel.file}": b"" for wheel in wheels})
    write_zip(buffer, contents)
    return len(buffer.getvalue()) + sum(wheel.size for wheel in wheels)
