# SPDX-License-Identifier: GPL-3.0-or-later
"""The folder for what lives only as long as a job: copies of packed sounds, of retimed strips, of files."""

import shutil
import tempfile
import time
from pathlib import Path
from typing import Final

import bpy

from ..core.errors import OutputError
from .package import PACKAGE

_PREFIX: Final = "soliloquy-"
_LEFT_BEHIND: Final = 7 * 24 * 3600
"""Seconds after which a folder can only be what a Blender that crashed has left."""


def temporary_folder() -> tempfile.TemporaryDirectory:
    """A new empty folder, removed with its content by `cleanup` or when it is forgotten.

    It lies in the folder of the preferences; without one in Soliloquy's folder among Blender's user files,
    and where that cannot be written to, among the system's temporary files.

    Raises:
        OutputError: the folder of the preferences, or without one every other, cannot be written to.
    """
    from .preferences import preferences

    settings = preferences()
    chosen = settings.cache_folder if settings is not None else ""
    if chosen:
        folder = Path(bpy.path.abspath(chosen))
        try:
            return _new_in(folder)
        except OSError as error:
            raise OutputError(
                f"The cache folder '{folder}' cannot be written to ({error.strerror or error}): choose "
                "another one in Preferences > Add-ons > Soliloquy, or none."
            ) from error
    try:
        folder = Path(bpy.utils.extension_path_user(PACKAGE, path="cache", create=True))
        _remove_left_behind(folder)
        return _new_in(folder)
    except (ValueError, OSError):
        # Not an extension (the tests, a checkout), or a user folder without write permission.
        pass
    try:
        return _new_in(None)
    except OSError as error:
        raise OutputError(
            f"There is no folder for temporary files that can be written to ({error.strerror or error}): "
            "choose a cache folder in Preferences > Add-ons > Soliloquy."
        ) from error


def write_whole(path: Path, content: bytes) -> None:
    """Write a temporary file.

    Raises:
        OutputError: there is no space for it.
    """
    try:
        path.write_bytes(content)
    except OSError as error:
        raise not_written(path, error.strerror or str(error)) from error


def not_written(path: Path, reason: str) -> OutputError:
    """The error for a temporary file that could not be written."""
    return OutputError(
        f"Cannot write the temporary file '{path}' ({' '.join(reason.split())}): make space, or choose "
        "another cache folder in Preferences > Add-ons > Soliloquy."
    )


def _new_in(folder: Path | None) -> tempfile.TemporaryDirectory:
    return tempfile.TemporaryDirectory(prefix=_PREFIX, dir=folder, ignore_cleanup_errors=True)


def _remove_left_behind(folder: Path) -> None:
    for each in folder.glob(f"{_PREFIX}*"):
        if time.time() - each.stat().st_mtime > _LEFT_BEHIND:
            shutil.rmtree(each, ignore_errors=True)
