# SPDX-License-Identifier: GPL-3.0-or-later
"""Checks of the files in a zip: their names, that none is missing or too much, and what they import."""

import ast
import re
import stat
import zipfile
from collections import Counter
from pathlib import PurePosixPath
from typing import Final

NEEDED: Final = (
    "__init__.py",
    "LICENSE",
    "NOTICE",
    "README.md",
    "blender_addon/__init__.py",
    "core/__init__.py",
)
"""Files without which nothing works or may be passed on."""

UNWANTED: Final = (
    ".",
    "command_line/",
    "core/evaluation/",
    "core/models/",
    "core/training/",
    "docs/",
    "release/",
    "samples/",
    "scripts/",
    "tests/",
)
"""Starts of names that belong to the project and not into the zip."""

FORBIDDEN_IMPORTS: Final = {
    "torch": "the extension infers with ONNX Runtime",
    "onnx": "the extension infers with ONNX Runtime",
    "librosa": "core.audio has its own log-mel",
    "requests": "the extension works offline",
    "socket": "the extension works offline",
    "http": "the extension works offline",
    "urllib.request": "the extension works offline",
    "ensurepip": "nothing is installed at first use",
    "pip": "nothing is installed at first use",
}
"""Modules that no file in the zip may import, anywhere, and why."""


def names(archive: zipfile.ZipFile) -> list[str]:
    """Paths that unpack to the same place on every system."""
    wrong = []
    for entry in archive.infolist():
        parts = entry.filename.split("/")
        if not re.fullmatch(r"[\w./-]+", entry.filename, re.ASCII) or ".." in parts or "" in parts:
            wrong.append(
                f"The path '{entry.filename}' is odd: only letters, digits, '_', '-' and '.' between single "
                "slashes."
            )
        if stat.S_ISLNK(entry.external_attr >> 16):
            wrong.append(f"'{entry.filename}' is a link: put the file itself there.")
        if "__pycache__" in parts or entry.filename.endswith(".pyc"):
            wrong.append(f"'{entry.filename}' is compiled Python: leave it out.")
    count = Counter(entry.filename.lower() for entry in archive.infolist())
    wrong += [
        f"'{name}' is there {times} times (Windows and macOS see no capitals): rename one."
        for name, times in count.items()
        if times > 1
    ]
    return wrong


def parts(archive: zipfile.ZipFile) -> list[str]:
    """The head and each network with its card are there, and nothing that only developers need.

    The networks of a folder, which work together, share the card that is named after it.
    """
    files = set(archive.namelist())
    wrong = [
        f"'{name}' is not in the zip: build again from a whole tree." for name in NEEDED if name not in files
    ]
    if not any(name.startswith("core/head/") and name.endswith(".npz") for name in files):
        wrong.append("The head's data (core/head/*.npz) are not in the zip: build again from a whole tree.")
    weights = {PurePosixPath(name) for name in files if name.startswith("core/weights/")}
    networks = {_carded(path) for path in weights if path.suffix == ".onnx"}
    cards = {path.with_suffix("") for path in weights if path.suffix == ".md"}
    if not networks:
        wrong.append("There is no network (core/weights/*.onnx) in the zip: build again from a whole tree.")
    wrong += [f"The network {path}.onnx has no card: write {path}.md." for path in sorted(networks - cards)]
    wrong += [f"The card {path}.md has no network: add {path}.onnx." for path in sorted(cards - networks)]
    wrong += [
        f"'{name}' is not for users: take it out of FILES in release/archive.py."
        for name in sorted(files)
        if name.startswith(UNWANTED)
    ]
    return wrong


def _carded(network: PurePosixPath) -> PurePosixPath:
    """Where the card of a network is, without its suffix."""
    folder = network.parent
    return network.with_suffix("") if folder.name == "weights" else folder / folder.name


def imports(archive: zipfile.ZipFile) -> list[str]:
    """No torch, no network, nothing fetched at first use."""
    wrong = []
    for name in sorted(archive.namelist()):
        if not name.endswith(".py"):
            continue
        try:
            tree = ast.parse(archive.read(name))
        except (SyntaxError, ValueError) as error:
            wrong.append(f"'{name}' is not Python ({error}): mend it.")
            continue
        modules = imported(tree)
        wrong += [
            f"'{name}' imports {forbidden}, but {reason}: take the import out, or the file."
            for forbidden, reason in FORBIDDEN_IMPORTS.items()
            if any(module == forbidden or module.startswith(forbidden + ".") for module in modules)
        ]
    return wrong


def imported(tree: ast.AST) -> set[str]:
    """Absolute names of what a module imports, at any depth."""
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and not node.level and node.module:
            found |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return found
