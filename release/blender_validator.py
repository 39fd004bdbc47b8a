# SPDX-License-Identifier: GPL-3.0-or-later
"""Blender's own validator of extensions: finding it and running it."""

import importlib.util
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from .errors import ReleaseError
from .paths import ROOT

TOOL: Final = "*/scripts/addons_core/bl_pkg/cli/blender_ext.py"
"""Blender's tool for extensions, plain Python, below the folder of the bpy module."""


def find_validator(blender: str | None = None) -> list[str] | None:
    """The command that validates when a zip's path is appended; None when there is no Blender.

    Args:
        blender: a Blender executable, or blender_ext.py itself. Else the bpy module of this Python is taken,
            or of an environment in .venv, or the `blender` on the PATH.

    Raises:
        ReleaseError: the Blender that was named does not exist.
    """
    if blender is not None:
        executable = shutil.which(blender)
        if blender.endswith(".py") and Path(blender).is_file():
            return [sys.executable, blender, "validate"]
        if executable is None:
            raise ReleaseError(f"No Blender at '{blender}': name an executable, or Blender's blender_ext.py.")
        return [executable, "--factory-startup", "--command", "extension", "validate"]
    for folder in bpy_folders():
        for tool in sorted(folder.glob(TOOL), reverse=True):
            return [sys.executable, str(tool), "validate"]
    executable = shutil.which("blender")
    return [executable, "--factory-startup", "--command", "extension", "validate"] if executable else None


def bpy_folders() -> Iterator[Path]:
    """Folders of bpy modules: of this Python, then of the environments, the newest Blender first."""
    found = importlib.util.find_spec("bpy")
    if found and found.submodule_search_locations:
        yield from map(Path, found.submodule_search_locations)
    yield from sorted((ROOT / ".venv").glob("*/lib/python*/site-packages/bpy"), reverse=True)


def validate(command: list[str], path: Path) -> list[str]:
    """What Blender's validator complains about, in one line."""
    done = subprocess.run([*command, str(path)], capture_output=True, text=True)
    said = [line.strip() for line in (done.stdout + done.stderr).splitlines() if line.strip()]
    # Only at a line's start: an executable's own log has warnings too, behind the time.
    complaints = [line for line in said if re.match("(FATAL_)?ERROR|WARN", line)]
    if done.returncode and not complaints:
        complaints = said[-1:] or [f"it ended with status {done.returncode} and said nothing"]
    return [f"Blender's validator: {'; '.join(complaints)}"] if complaints else []
