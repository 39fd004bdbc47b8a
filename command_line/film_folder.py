# SPDX-License-Identifier: GPL-3.0-or-later
"""What the commands that make films have in common: their folder, and saying how far they are."""

import time
from collections.abc import Callable
from pathlib import Path

from ..core.errors import OutputError


def film_folder(path: Path) -> Path:
    """Make the folder of a film; returns its full path.

    Raises:
        OutputError: it cannot be made.
    """
    folder = path.absolute()
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(
            f"Cannot make the folder '{folder}': {error.strerror}. Choose another one."
        ) from error
    return folder


def steps() -> Callable[[str], None]:
    """A function that prints what begins, with the seconds since `steps` was called."""
    started = time.perf_counter()

    def say(what: str) -> None:
        print(f"[{time.perf_counter() - started:5.1f} s] {what}", flush=True)

    return say
