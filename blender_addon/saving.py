# SPDX-License-Identifier: GPL-3.0-or-later
"""Saving .blend files from the command line, whole or not at all."""

import os
from pathlib import Path

import bpy

from ..core.errors import OutputError

_COMPRESSED = (b"\x28\xb5\x2f\xfd", b"\x1f\x8b")
"""How files compressed by Zstandard (3.0 and later) and gzip begin."""


def check_folder(path: Path) -> None:
    """Refuse a place that cannot be written to, before any work is done.

    Raises:
        OutputError: the folder is missing or read-only, or the ending is not .blend.
    """
    if path.suffix.lower() != ".blend":
        raise OutputError(f"Cannot save '{path}': the ending is not .blend.")
    if not path.parent.is_dir():
        raise OutputError(f"Cannot save '{path}': there is no folder '{path.parent}'.")
    if not os.access(path.parent, os.W_OK) or (path.exists() and not os.access(path, os.W_OK)):
        raise OutputError(f"Cannot save '{path}': it may not be written to. Choose another folder.")


def save_copy(path: Path) -> None:
    """Save the open file as `path`; the open file keeps its own path.

    Blender writes beside the file and renames at the end, so the old file stays until the new one is
    whole. Relative paths are made to fit the new folder.

    Raises:
        OutputError: it could not be written.
    """
    try:
        result = bpy.ops.wm.save_as_mainfile(
            filepath=str(path), check_existing=False, copy=True, compress=_is_compressed(bpy.data.filepath)
        )
    except RuntimeError as error:
        raise _failure(path, " ".join(str(error).split())) from error
    if result != {"FINISHED"}:
        raise _failure(path, "Blender did not write it")


def _failure(path: Path, reason: str) -> OutputError:
    # What Blender leaves of an unfinished file.
    path.with_name(path.name + "@").unlink(missing_ok=True)
    return OutputError(f"Cannot save '{path}': {reason}")


def _is_compressed(path: str) -> bool:
    try:
        with open(path, "rb") as file:
            return file.read(4).startswith(_COMPRESSED)
    except OSError:
        return False
