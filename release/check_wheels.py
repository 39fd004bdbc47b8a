# SPDX-License-Identifier: GPL-3.0-or-later
"""Checks of the wheels in a zip: those of wheels.toml for its platform and ABI, all named in NOTICE."""

import hashlib
import io
import re
import zipfile
from pathlib import Path
from typing import Any, Final

from .paths import MANIFEST
from .wheels import Combination, Pins

UPLOADER: Final = b"data.microsoft.com"
"""Where ONNX Runtime's builds since 1.29 send telemetry to; older ones do not contain it."""


BUNDLED: Final = {
    "openblas": "OpenBLAS",
    "libgfortran": "libgfortran",
    "libquadmath": "libquadmath",
    "libgcc": "libgcc",
    "msvcp140": "msvcp140.dll",
}
"""Libraries that wheels carry in folders .libs and .dylibs: part of the file's name to NOTICE's word."""


def wheels(path: Path, archive: zipfile.ZipFile, manifest: dict[str, Any], pins: Pins) -> list[str]:
    """The manifest's wheels are in the zip, and are the pinned ones of the zip's platform and ABI."""
    listed = {name.removeprefix("./") for name in manifest.get("wheels", [])}
    present = {name for name in archive.namelist() if name.endswith(".whl")}
    wrong = [
        f"{MANIFEST} lists '{name}', which is not in the zip: build again."
        for name in sorted(listed - present)
    ]
    wrong += [f"'{name}' is not listed in {MANIFEST}: build again." for name in sorted(present - listed)]
    entry = combination_of(path, pins)
    if entry is None:
        return [
            *wrong,
            f"The name {path.name} is none that build.py gives: soliloquy-VERSION-PLATFORM-ABI[-cuda].zip "
            "with a platform and ABI of wheels.toml.",
        ]
    if manifest.get("platforms") != [entry.platform]:
        wrong.append(
            f"{MANIFEST} says platforms {manifest.get('platforms')}, the name {entry.platform}: build again."
        )
    for field in ("blender_version_min", "blender_version_max"):
        if manifest.get(field) != getattr(entry, field):
            wrong.append(
                f"{MANIFEST} says {field} {manifest.get(field)}, wheels.toml {getattr(entry, field)}: "
                "build again."
            )
    expected = {f"wheels/{wheel.file}": wheel for wheel in entry.carried(cuda=path.stem.endswith("-cuda"))}
    for name in sorted(present - set(expected)):
        wrong.append(
            f"'{name}' is not pinned for {entry.platform}-{entry.python_tag}: pin it in wheels.toml, or "
            "leave it out."
        )
    for name, wheel in expected.items():
        if name not in present:
            wrong.append(
                f"'{name}', pinned for {entry.platform}-{entry.python_tag}, is not in the zip: build again."
            )
        elif hashlib.sha256(archive.read(name)).hexdigest() != wheel.sha256:
            wrong.append(
                f"'{name}' is not the file that wheels.toml pins by SHA-256: delete .cache/wheels and build "
                "again."
            )
    return wrong


def inside(archive: zipfile.ZipFile) -> list[str]:
    """What is in the wheels: nothing that uses the network, and no library that NOTICE does not name."""
    notice = archive.read("NOTICE").decode() if "NOTICE" in archive.namelist() else ""
    wrong = []
    for name in sorted(name for name in archive.namelist() if name.endswith(".whl")):
        try:
            wheel = zipfile.ZipFile(io.BytesIO(archive.read(name)))
        except zipfile.BadZipFile:
            wrong.append(f"'{name}' is not a wheel: delete .cache/wheels and build again.")
            continue
        libraries = [inner for inner in wheel.namelist() if re.search(r"\.(so[\d.]*|pyd|dll|dylib)$", inner)]
        wrong += [
            f"'{inner}' in '{name}' sends telemetry to {UPLOADER.decode()}: pin a version that does not."
            for inner in libraries
            if inner.startswith("onnxruntime/")
            and "providers_" not in inner
            and UPLOADER in wheel.read(inner)
        ]
        for library in (inner for inner in libraries if re.search(r"\.(dy)?libs/", inner)):
            words = [word for part, word in BUNDLED.items() if part in library]
            if not words or words[0] not in notice:
                wrong.append(
                    f"NOTICE does not name the library '{library}' of '{name}': add it with its licence, "
                    "and to BUNDLED in release/check_wheels.py."
                )
    return wrong


def combination_of(path: Path, pins: Pins) -> Combination | None:
    """The platform and ABI that a zip's name states."""
    found = re.fullmatch(r"soliloquy-[^-]+-(\w+-\w+)-(cp\d+)(-cuda)?\.zip", path.name)
    if not found:
        return None
    for entry in pins.combinations:
        if (entry.platform, entry.python_tag) == (found[1], found[2]) and (entry.cuda_wheel or not found[3]):
            return entry
    return None


def attribution(archive: zipfile.ZipFile, manifest: dict[str, Any]) -> list[str]:
    """NOTICE names every wheel that is carried, with its version."""
    if "NOTICE" not in archive.namelist():
        return []  # said by check_files.parts
    notice = archive.read("NOTICE").decode()
    wrong = []
    for name in manifest.get("wheels", []):
        distribution, version = Path(name).name.split("-")[:2]
        for words in (distribution.replace("_", "-"), version):
            if words not in notice:
                wrong.append(f"NOTICE does not name {words} of '{name}': add it with its licence.")
    return wrong
