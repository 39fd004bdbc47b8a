# SPDX-License-Identifier: GPL-3.0-or-later
"""Make the Blender extension: one zip that Blender 4.2 and newer installs.

  python build.py --out dist

The zip holds the files named in FILES, the wheels pinned in build_wheels.toml and a manifest that names them.
The same sources give the same zip, byte for byte.
"""

import argparse
import hashlib
import json
import subprocess
import sys
import tempfile
import tomllib
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parent
WHEEL_TABLE: Final = ROOT / "build_wheels.toml"
CACHE: Final = ROOT / ".cache" / "wheels"

FILES: Final = (
    "__init__.py",
    "LICENSE",
    "NOTICE",
    "README.md",
    "blender_addon/**/*.py",
    "bake/**/*.py",
    "core/*.py",
    "core/audio/**/*.py",
    "core/generate/**/*.py",
    "core/head/**/*.py",
    "core/head/**/*.npz",
    "core/retarget/**/*.py",
    "core/weights/**/*.py",
    "core/weights/**/*.onnx",
    "core/weights/**/*.md",
)
"""What the extension holds: no training, evaluation, torch networks, command line, samples or tests."""

LEFT_OUT: Final = frozenset({"bake/preview.py"})
"""Files within FILES that only `soliloquy demo` uses."""

MANIFEST: Final = "blender_manifest.toml"
TIMESTAMP: Final = (2020, 1, 1, 0, 0, 0)
"""Date of every file in the zip, so that equal sources give equal bytes."""


class BuildError(Exception):
    """The zip cannot be built; the message says why."""


@dataclass(frozen=True)
class Wheel:
    """A pinned wheel: the file's name and SHA-256, and the Blender platform and Python ABI it is for."""

    platform: str
    python_tag: str
    file: str
    sha256: str


def main(argv: Sequence[str] | None = None) -> int:
    """Build the zips that the arguments ask for and print their paths."""
    table = tomllib.loads(WHEEL_TABLE.read_text(encoding="utf-8"))
    wheels = [Wheel(**row) for row in table["wheel"]]
    platforms = list(dict.fromkeys(wheel.platform for wheel in wheels))
    tags = list(dict.fromkeys(wheel.python_tag for wheel in wheels))

    parser = argparse.ArgumentParser(
        prog="build.py", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--out", type=Path, default=ROOT / "dist", metavar="FOLDER", help="default: dist")
    parser.add_argument(
        "--platform",
        choices=[*platforms, "all"],
        default=platforms[0],
        help=f"one zip a platform (default {platforms[0]})",
    )
    parser.add_argument(
        "--python-tag",
        action="append",
        choices=tags,
        help="Python ABI to carry a wheel for, may be repeated "
        f"(default {' and '.join(table['default_python_tags'])}: Blender 4.2 to 5.2)",
    )
    args = parser.parse_args(argv)
    try:
        for platform in platforms if args.platform == "all" else [args.platform]:
            chosen = args.python_tag or table["default_python_tags"]
            print(build(args.out, select(wheels, platform, chosen), table["requirement"], args.python_tag))
    except BuildError as error:
        print(f"build.py: error: {error}", file=sys.stderr)
        return 2
    return 0


def select(wheels: Sequence[Wheel], platform: str, python_tags: Sequence[str]) -> list[Wheel]:
    """The wheels for one platform and these ABIs.

    Raises:
        BuildError: an ABI has no pinned wheel on this platform.
    """
    found = {wheel.python_tag: wheel for wheel in wheels if wheel.platform == platform}
    for tag in python_tags:
        if tag not in found:
            raise BuildError(f"No wheel for {platform} and {tag} in {WHEEL_TABLE.name}: pin one there.")
    return [found[tag] for tag in python_tags]


def build(
    out: Path, wheels: Sequence[Wheel], requirement: str, named_tags: Sequence[str] | None = None
) -> Path:
    """Write one zip and return its path.

    Args:
        out: folder for the zip, made when missing.
        wheels: what to carry, all of one platform.
        requirement: pip's requirement for the wheels, such as 'onnxruntime==1.31.1'.
        named_tags: ABIs to put into the zip's name, when they are not the default.
    """
    version, manifest = manifest_with(wheels)
    contents = {path.relative_to(ROOT).as_posix(): path.read_bytes() for path in package_files()}
    contents[MANIFEST] = manifest.encode()
    for wheel in wheels:
        contents[f"wheels/{wheel.file}"] = fetch(wheel, requirement).read_bytes()
    out.mkdir(parents=True, exist_ok=True)
    path = out / ("-".join(["soliloquy", version, wheels[0].platform, *(named_tags or ())]) + ".zip")
    write_zip(path, contents)
    return path


def package_files() -> list[Path]:
    """Every file of the project that the extension holds, sorted.

    Raises:
        BuildError: a pattern of FILES finds nothing, so the extension would lack something.
    """
    found: set[Path] = set()
    for pattern in FILES:
        matches = [path for path in ROOT.glob(pattern) if path.is_file()]
        if not matches:
            raise BuildError(f"No file matches '{pattern}': the extension would not be complete.")
        found.update(matches)
    return sorted(path for path in found if path.relative_to(ROOT).as_posix() not in LEFT_OUT)


def manifest_with(wheels: Sequence[Wheel]) -> tuple[str, str]:
    """The project's version and the manifest's text with `platforms` and `wheels` added."""
    text = (ROOT / MANIFEST).read_text(encoding="utf-8")
    values = tomllib.loads(text)
    for key in ("platforms", "wheels"):
        if key in values:
            raise BuildError(f"{MANIFEST} has '{key}', which build.py writes: take it out.")
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    if project["version"] != values["version"]:
        raise BuildError(
            f"{MANIFEST} says {values['version']}, pyproject.toml says {project['version']}: make them equal."
        )
    added = (
        f"platforms = {json.dumps(sorted({wheel.platform for wheel in wheels}))}\n"
        f"wheels = {json.dumps([f'./wheels/{wheel.file}' for wheel in wheels], indent=2)}\n"
    )
    # Top-level keys end where the first table starts.
    lines = text.splitlines(keepends=True)
    first_table = next((row for row, line in enumerate(lines) if line.startswith("[")), len(lines))
    return values["version"], "".join([*lines[:first_table], added, "\n", *lines[first_table:]])


def fetch(wheel: Wheel, requirement: str) -> Path:
    """The wheel in the cache, downloaded by pip when it is not there, its hash checked in either case.

    Raises:
        BuildError: pip cannot download it, or the file is not the pinned one.
    """
    path = CACHE / wheel.file
    if not path.exists():
        _, version_tag, abi, platform_tag = wheel.file.removesuffix(".whl").rsplit("-", 3)
        CACHE.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=CACHE) as folder:
            pinned = Path(folder, "requirements.txt")
            pinned.write_text(f"{requirement} --hash=sha256:{wheel.sha256}\n")
            command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--require-hashes"]
            command += ["--only-binary", ":all:", "--platform", platform_tag, "--abi", abi]
            command += [
                "--python-version",
                version_tag.removeprefix("cp"),
                "--dest",
                folder,
                "-r",
                str(pinned),
            ]
            done = subprocess.run(command, stdout=sys.stderr)
            if done.returncode or not Path(folder, wheel.file).exists():
                raise BuildError(f"pip could not download {wheel.file}: is there a network?")
            Path(folder, wheel.file).replace(path)
    if hashlib.sha256(path.read_bytes()).hexdigest() != wheel.sha256:
        raise BuildError(f"{path} is not the file pinned in {WHEEL_TABLE.name}: delete it and build again.")
    return path


def write_zip(path: Path, contents: dict[str, bytes]) -> None:
    """Write a zip of these files, sorted, with fixed dates and permissions."""
    part = path.with_suffix(".part")
    try:
        with zipfile.ZipFile(part, "w") as archive:
            for name in sorted(contents):
                entry = zipfile.ZipInfo(name, TIMESTAMP)
                entry.create_system = 3  # Unix, whichever system builds
                entry.external_attr = 0o100644 << 16
                packed = name.endswith((".whl", ".npz"))
                entry.compress_type = zipfile.ZIP_STORED if packed else zipfile.ZIP_DEFLATED
                archive.writestr(entry, contents[name], compresslevel=None if packed else 9)
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


if __name__ == "__main__":
    sys.exit(main())
