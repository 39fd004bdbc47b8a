# SPDX-License-Identifier: GPL-3.0-or-later
"""The rules of the house: who may import whom, what every file has, and names that others rely on."""

import ast
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
import soliloquy

ROOT = Path(soliloquy.__file__).resolve().parent
PACKAGES = ("bake", "blender_addon", "command_line", "core", "samples")
WITH_TORCH = ("core/models", "core/training", "core/evaluation")

FORBIDDEN = {
    "core": {
        "bpy",
        "bmesh",
        "mathutils",
        "soliloquy.bake",
        "soliloquy.blender_addon",
        "soliloquy.command_line",
    },
    "bake": {"soliloquy.blender_addon", "soliloquy.command_line"},
    "command_line": {"soliloquy.blender_addon"},
    "blender_addon": {"soliloquy.command_line"},
}
"""Room to what nothing in it may import, inside functions either."""


def python_files(folder: str = "") -> list[Path]:
    rooms = [folder] if folder else [*PACKAGES, "release", "tests", "scripts"]
    files = [path for room in rooms for path in sorted((ROOT / room).rglob("*.py"))]
    return files if folder else files + sorted(ROOT.glob("*.py"))


def imported(path: Path, *, top_level: bool = False) -> Iterator[str]:
    """Absolute names of what a file imports; relative imports are resolved."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    package = ("soliloquy", *path.relative_to(ROOT).parent.parts)
    nodes = tree.body if top_level else ast.walk(tree)
    for node in nodes:
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else ()
            module = ".".join([*base, *([node.module] if node.module else [])])
            yield module
            yield from (f"{module}.{alias.name}" for alias in node.names)


@pytest.mark.parametrize("room", FORBIDDEN)
def test_direction_of_imports(room):
    wrong = [
        f"{path.relative_to(ROOT)} imports {name}"
        for path in python_files(room)
        for name in imported(path)
        for forbidden in FORBIDDEN[room]
        if name == forbidden or name.startswith(forbidden + ".")
    ]
    assert python_files(room)
    assert wrong == []


def test_only_the_root_imports_the_add_on():
    wrong = [
        str(path.relative_to(ROOT))
        for path in python_files()
        if path.relative_to(ROOT).parts[0] not in {"blender_addon", "tests", "__init__.py"}
        and any(name.startswith("soliloquy.blender_addon") for name in imported(path))
    ]
    assert wrong == []


def test_shipped_code_imports_itself_relatively():
    wrong = []
    for room in PACKAGES:
        for path in python_files(room):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
                if isinstance(node, ast.ImportFrom) and not node.level:
                    names = [node.module or ""]
                if any(name.split(".")[0] == "soliloquy" for name in names):
                    wrong.append(str(path.relative_to(ROOT)))
    assert wrong == []


def test_core_imports_neither_blender_nor_anything_heavy():
    """Importing core, without its rooms for torch, brings nothing along but NumPy and Python itself."""
    modules = [
        ".".join(("soliloquy", *path.relative_to(ROOT).with_suffix("").parts)).removesuffix(".__init__")
        for path in python_files("core")
        if not path.relative_to(ROOT).as_posix().startswith(WITH_TORCH)
    ]
    assert len(modules) > 20
    heavy = [
        "bpy",
        "mathutils",
        "aud",
        "torch",
        "onnxruntime",
        "soundfile",
        "soxr",
        "scipy",
        "librosa",
        "av",
        "tqdm",
    ]
    program = (
        "import importlib, sys\n"
        f"for name in {modules!r}: importlib.import_module(name)\n"
        f"print(sorted(set({heavy!r}) & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize("path", python_files(), ids=lambda path: path.relative_to(ROOT).as_posix())
def test_file_states_its_licence(path):
    assert path.read_text(encoding="utf-8").splitlines()[0] == "# SPDX-License-Identifier: GPL-3.0-or-later"


def test_every_package_is_in_the_wheel():
    listed = set(tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["setuptools"]["packages"])
    found = {"soliloquy"} | {
        ".".join(("soliloquy", *path.relative_to(ROOT).parent.parts))
        for room in PACKAGES
        for path in (ROOT / room).rglob("*.py")
    }
    assert listed == found


def test_versions_agree():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    manifest = tomllib.loads((ROOT / "blender_manifest.toml").read_text())
    assert manifest["version"] == project["version"]
    assert manifest["id"] == project["name"] == "soliloquy"
    assert manifest["blender_version_min"] == "4.2.0"


def test_licence_texts():
    licence = (ROOT / "LICENSE").read_text()
    assert "GNU GENERAL PUBLIC LICENSE" in licence
    assert "Version 3, 29 June 2007" in licence
    notice = (ROOT / "NOTICE").read_text()
    for owed in ("GRID audiovisual sentence corpus", "FACEGOOD", "CC0", "Kokoro-82M", "ONNX Runtime"):
        assert owed in notice
