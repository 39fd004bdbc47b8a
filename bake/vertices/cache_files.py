# SPDX-License-Identifier: GPL-3.0-or-later
"""Where vertex caches lie, and what they are called."""

import os
import re
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Final

import bpy

from ...core.errors import OutputError
from ..errors import BakeError

FOLDER: Final = "soliloquy_caches"
"""Beside the .blend file; in it a folder for each .blend file, so that none removes another's."""

_PART: Final = "~"
"""Between the name of a face's cache and that of a part: no other name has it."""

_NAME_BYTES: Final = 60
"""Of the object's and of the take's name in a file's name, UTF-8."""

_PATH_BYTES: Final = 1023
"""What Blender keeps of a modifier's path."""


def default_folder() -> Path:
    """The folder of this .blend file's caches; it need not exist.

    Raises:
        BakeError: the file was never saved.
    """
    blend = bpy.data.filepath
    if not blend:
        raise BakeError("The .blend file was never saved: save it first, because caches lie beside it.")
    return Path(blend).parent / FOLDER / Path(blend).stem


def new_cache_file(
    obj: bpy.types.Object, take: str, folder: Path, named: set[Path], rollback: ExitStack
) -> Path:
    """The path of a cache that does not exist yet and is not `named`: object, take, number. Makes the folder.

    Raises:
        OutputError: the folder cannot be made, or its path is too long.
    """
    make_folder(folder, rollback)
    stem = f"{_plain(obj.name)}-{_plain(take)}"
    taken = {path.stem.lower().split(_PART)[0] for path in (*folder.glob("*.pc2"), *named)}
    number = 1
    while f"{stem}-{number:03d}".lower() in taken:
        number += 1
    return _short_enough(folder / f"{stem}-{number:03d}.pc2")


def part_file(path: Path, number: int, part: bpy.types.Object) -> Path:
    """The path of the cache of what moves along with a face, beside the face's own.

    Args:
        path: of the face's cache, as `new_cache_file` made it.
        number: of the part.
        part: the object.

    Raises:
        OutputError: the path is too long.
    """
    return _short_enough(path.with_name(f"{path.stem}{_PART}{number}-{_plain(part.name)}.pc2"))


def is_part_file(path: Path, face: Path) -> bool:
    """Whether a cache is of what moves along with the face of another cache."""
    return path.parent == face.parent and path.name.startswith(f"{face.stem}{_PART}")


def _short_enough(path: Path) -> Path:
    if len(written_path(path).encode()) > _PATH_BYTES:
        raise OutputError(
            f"The path '{path}' is too long for Blender: save the .blend file in a folder nearer to the root."
        )
    return path


def make_folder(folder: Path, rollback: ExitStack) -> None:
    """Make a folder for caches with all around it; `rollback` removes again what stayed empty.

    Raises:
        OutputError: it cannot be made.
    """
    for missing in [each for each in (folder, *folder.parents) if not each.exists()][::-1]:
        try:
            missing.mkdir()
        except FileExistsError:
            continue
        except OSError as error:
            raise OutputError(
                f"Cannot make the folder '{missing}' for vertex caches: {error.strerror or error}. Save the "
                ".blend file in a folder that can be written to."
            ) from error
        rollback.callback(_remove_empty, missing)


def written_path(path: Path) -> str:
    """A path as it is kept in the .blend file: relative to it where that is possible."""
    if not bpy.data.filepath:
        return str(path)
    try:
        return bpy.path.relpath(str(path)).replace("\\", "/")
    except ValueError:  # another drive of Windows
        return str(path)


def full_path(written: str, owner: bpy.types.ID) -> Path:
    """The file that a path means; `//` is the folder of the .blend file that the object is from."""
    return Path(os.path.normpath(bpy.path.abspath(written, library=owner.library)))


def _plain(name: str) -> str:
    """A name with only letters, digits, dots and lines, in any script."""
    plain = re.sub(r"[^\w.]+", "_", name).strip("._")
    return plain.encode()[:_NAME_BYTES].decode(errors="ignore") or "take"


def _remove_empty(folder: Path) -> None:
    with suppress(OSError):
        folder.rmdir()
