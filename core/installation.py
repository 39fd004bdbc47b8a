# SPDX-License-Identifier: GPL-3.0-or-later
"""How this copy of Soliloquy was installed, and so how a missing part of it is mended."""

import platform
import re
import sys
import tomllib
from importlib import metadata
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[1]

_SYSTEMS: Final = {"linux": "linux", "darwin": "macos", "win32": "windows"}
_MACHINES: Final = {"x86_64": "x64", "amd64": "x64", "arm64": "arm64", "aarch64": "arm64"}


def is_extension() -> bool:
    """Whether this is Blender's extension rather than a package of pip's."""
    return (__package__ or "").startswith("bl_ext.")


def python_tag() -> str:
    """The ABI of the running Python as wheels name it: "cp311" is Blender 4.2 to 5.0, "cp313" 5.1 and 5.2."""
    return f"cp{sys.version_info.major}{sys.version_info.minor}"


def platform_name() -> str:
    """The running system as Blender names it: "linux-x64", "windows-arm64"."""
    machine = platform.machine().lower()
    return f"{_SYSTEMS.get(sys.platform, sys.platform)}-{_MACHINES.get(machine, machine)}"


def manifest() -> dict:
    """The extension's manifest; empty where there is none or it cannot be read."""
    try:
        return tomllib.loads((ROOT / "blender_manifest.toml").read_text(encoding="utf-8"))
    except (OSError, tomllib.TOMLDecodeError, UnicodeDecodeError):
        return {}


def version() -> str:
    """Soliloquy's version."""
    try:
        return str(manifest().get("version") or metadata.version("soliloquy"))
    except metadata.PackageNotFoundError:
        return "unknown"


def carried_tags() -> tuple[str, ...]:
    """The Python ABIs that the extension brings ONNX Runtime for."""
    found = (re.search(r"-(cp\d+)-[^-]+-[^-]+\.whl$", wheel) for wheel in manifest().get("wheels", ()))
    return tuple(dict.fromkeys(match[1] for match in found if match))


def archive_name() -> str:
    """The zip of Soliloquy that fits the running Python and system."""
    return f"soliloquy-{version()}-{platform_name()}-{python_tag()}.zip"


def how_to_mend() -> str:
    """What to do when ONNX Runtime is missing or does not load, as one sentence."""
    if not is_extension():
        return "Run 'pip install soliloquy[cpu]', or 'pip install soliloquy[cuda]' for NVIDIA graphics cards."
    running = f"{sys.version_info.major}.{sys.version_info.minor}"
    carried = carried_tags()
    if carried and python_tag() not in carried:
        brought = " and ".join(f"{tag[2]}.{tag[3:]}" for tag in carried)
        return (
            f"This Blender runs Python {running}, and the installed Soliloquy is made for Python {brought}: "
            f"install {archive_name()} instead."
        )
    return f"Install {archive_name()} again (this Blender runs Python {running})."
