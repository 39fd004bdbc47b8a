# SPDX-License-Identifier: GPL-3.0-or-later
"""Folders that something is written into."""

from pathlib import Path

from .errors import OutputError


def make_folder(path: Path) -> Path:
    """Make a folder and those above it, where they are not there; returns its full path.

    Raises:
        OutputError: it cannot be made.
    """
    folder = path.absolute()
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(
            f"Cannot make the folder '{folder}': {error.strerror or error}. Choose another one."
        ) from error
    return folder
