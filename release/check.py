# SPDX-License-Identifier: GPL-3.0-or-later
"""Checking finished zips, beyond what Blender's validator looks at. Each complaint is one line."""

import tomllib
import zipfile
from pathlib import Path

from . import check_files, check_manifest, check_wheels
from .known import SIZE_LIMIT
from .paths import MANIFEST
from .wheels import Pins


def check(path: Path, pins: Pins, *, size_limit: int = SIZE_LIMIT) -> list[str]:
    """What is wrong with a zip: what, what was expected, how to mend it. Empty when all is well."""
    if not path.is_file():
        return [f"There is no file {path}: name a zip that build.py made."]
    try:
        with zipfile.ZipFile(path) as archive:
            if broken := archive.testzip():
                return [f"'{broken}' in the zip is damaged: build again."]
            return [
                *check_files.names(archive),
                *check_files.parts(archive),
                *check_files.imports(archive),
                *check_wheels.inside(archive),
                *with_manifest(path, archive, pins),
                *size(path, size_limit),
            ]
    except zipfile.BadZipFile as error:
        return [f"{path.name} is not a zip ({error}): build again."]


def with_manifest(path: Path, archive: zipfile.ZipFile, pins: Pins) -> list[str]:
    """Complaints of the checks that read the manifest."""
    if MANIFEST not in archive.namelist():
        return [f"{MANIFEST} is not at the zip's top, where Blender looks: build again."]
    try:
        manifest = tomllib.loads(archive.read(MANIFEST).decode())
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        return [f"{MANIFEST} is not TOML ({error}): mend it and build again."]
    return [
        *check_manifest.fields(manifest),
        *check_manifest.licences_and_tags(manifest),
        *check_manifest.permissions(manifest),
        *check_manifest.version(manifest),
        *check_wheels.wheels(path, archive, manifest, pins),
        *check_wheels.attribution(archive, manifest),
    ]


def size(path: Path, limit: int) -> list[str]:
    """The size limit, which the CUDA flavour cannot keep."""
    found = path.stat().st_size
    if found <= limit or path.stem.endswith("-cuda"):
        return []
    return [
        f"The zip has {found / 1e6:.1f} MB, at most {limit / 1e6:.0f} were expected: take out what is "
        "not needed, or pin smaller wheels."
    ]
