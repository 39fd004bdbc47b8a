# SPDX-License-Identifier: GPL-3.0-or-later
"""Caches that nothing in the .blend file uses any more."""

import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from ...core.errors import OutputError
from .cache_files import default_folder
from .pc2 import is_pc2
from .takes import named_files

_UNDER_WAY: Final = 3600.0
"""Seconds after which a cache that was written and never shown is taken for one left by a crash."""


@dataclass(frozen=True)
class UnusedCache:
    """A vertex cache that no object of the .blend file names.

    Attributes:
        path: the file.
        size: bytes.
    """

    path: Path
    size: int


def unused_caches(folder: Path | None = None) -> tuple[UnusedCache, ...]:
    """The PC2 files in a folder that no object of the open .blend file names in a take or a modifier.

    An undone take's file is among them, because no object names it any more: once it is removed, redoing
    that take shows nothing. What other .blend files use is not known: each has a folder of its own.

    Args:
        folder: by default that of this .blend file's caches.

    Raises:
        BakeError: no folder is given and the .blend file was never saved.
    """
    folder = default_folder() if folder is None else folder
    used = named_files()
    found = [path for path in sorted(folder.glob("*.pc2")) if path not in used and _is_left(path)]
    return tuple(UnusedCache(path, path.stat().st_size) for path in found)


def _is_left(path: Path) -> bool:
    """Whether a file is a cache that no animation under way is still to show."""
    recent = time.time() - path.stat().st_mtime < _UNDER_WAY
    return is_pc2(path) and not (recent and path.name.startswith("."))


def remove_caches(caches: Iterable[UnusedCache]) -> int:
    """Delete caches, and return how many bytes were freed. One that an object names meanwhile stays.

    Redoing an undone take whose cache is deleted shows nothing.

    Raises:
        OutputError: a file cannot be deleted; those before it are.
    """
    used = named_files()
    freed = 0
    for cache in caches:
        if cache.path in used or not is_pc2(cache.path):
            continue
        try:
            cache.path.unlink()
        except OSError as error:
            raise OutputError(f"Cannot delete '{cache.path}': {error.strerror or error}.") from error
        freed += cache.size
    return freed
