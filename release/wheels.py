# SPDX-License-Identifier: GPL-3.0-or-later
"""The pinned wheels (wheels.toml), and fetching them."""

import hashlib
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .errors import ReleaseError
from .paths import CACHE, PINS


@dataclass(frozen=True)
class Wheel:
    """A pinned wheel: its file's name, SHA-256 and size in bytes."""

    file: str
    sha256: str
    size: int

    @property
    def distribution(self) -> str:
        """Name as on PyPI, such as 'onnxruntime-gpu'."""
        return self.file.split("-")[0].replace("_", "-")

    @property
    def version(self) -> str:
        """Version, such as '1.31.1'."""
        return self.file.split("-")[1]

    @property
    def abi(self) -> str:
        """Python ABI, such as 'cp311'."""
        return self.file.split("-")[-2]

    @property
    def platform_tags(self) -> list[str]:
        """Platforms in pip's words, such as ['manylinux_2_28_x86_64']."""
        return self.file.removesuffix(".whl").split("-")[-1].split(".")


@dataclass(frozen=True)
class Combination:
    """A Blender platform with a Python ABI, and the wheels for it; wheels.toml explains the fields."""

    platform: str
    python_tag: str
    blender: str
    blender_version_min: str
    system: str
    wheels: tuple[Wheel, ...]
    blender_version_max: str | None = None
    note: str = ""
    cuda_wheel: Wheel | None = None
    cuda: str = ""
    cudnn: str = ""

    def carried(self, *, cuda: bool) -> tuple[Wheel, ...]:
        """The wheels of one flavour: for CUDA, onnxruntime-gpu is in onnxruntime's place."""
        if not cuda:
            return self.wheels
        assert self.cuda_wheel is not None
        return tuple(
            self.cuda_wheel if wheel.distribution == "onnxruntime" else wheel for wheel in self.wheels
        )

    def zip_name(self, version: str, *, cuda: bool) -> str:
        """Name of the zip, such as 'soliloquy-0.1.0-linux-x64-cp311.zip'."""
        return f"soliloquy-{version}-{self.platform}-{self.python_tag}{'-cuda' if cuda else ''}.zip"


@dataclass(frozen=True)
class Pins:
    """All of wheels.toml. `missing` holds (platform, ABI, reason); `missing_cuda` (platform, reason)."""

    combinations: tuple[Combination, ...]
    missing: tuple[tuple[str, str, str], ...]
    missing_cuda: tuple[tuple[str, str], ...]

    @property
    def platforms(self) -> list[str]:
        """Blender's platforms, each once."""
        return list(dict.fromkeys(entry.platform for entry in self.combinations))

    @property
    def python_tags(self) -> list[str]:
        """Python ABIs, each once."""
        return list(dict.fromkeys(entry.python_tag for entry in self.combinations))

    def choose(
        self, platforms: Sequence[str] | None, python_tags: Sequence[str] | None, *, cuda: bool
    ) -> list[Combination]:
        """The combinations of these platforms and ABIs; None means all that exist.

        Raises:
            ReleaseError: one asked for by name does not exist, or nothing is left.
        """
        reasons = {(platform, tag): reason for platform, tag, reason in self.missing}
        no_cuda = dict(self.missing_cuda)
        chosen = [
            entry
            for entry in self.combinations
            if entry.platform in (platforms or self.platforms)
            and entry.python_tag in (python_tags or self.python_tags)
        ]
        if not chosen:
            wanted = [(p, t) for p in platforms or self.platforms for t in python_tags or self.python_tags]
            why = "; ".join(dict.fromkeys(reasons.get(pair, "It is not in wheels.toml.") for pair in wanted))
            raise ReleaseError(f"No zip for {', '.join('-'.join(pair) for pair in wanted)}: {why}")
        if cuda:
            for platform in platforms or ():
                if platform in no_cuda:
                    raise ReleaseError(f"No CUDA flavour for {platform}: {no_cuda[platform]}")
            chosen = [entry for entry in chosen if entry.cuda_wheel]
        return chosen


def load_pins(path: Path = PINS) -> Pins:
    """Read wheels.toml."""
    table = tomllib.loads(path.read_text(encoding="utf-8"))
    return Pins(
        combinations=tuple(combination(row) for row in table["zip"]),
        missing=tuple((row["platform"], row["python_tag"], row["reason"]) for row in table["missing"]),
        missing_cuda=tuple((row["platform"], row["reason"]) for row in table["missing_cuda"]),
    )


def combination(row: dict[str, Any]) -> Combination:
    """A [[zip]] of wheels.toml."""
    row = {**row, "wheels": tuple(Wheel(**wheel) for wheel in row["wheels"])}
    if "cuda_wheel" in row:
        row["cuda_wheel"] = Wheel(**row["cuda_wheel"])
    return Combination(**row)


def fetch(wheel: Wheel, cache: Path = CACHE) -> Path:
    """The wheel in the cache, downloaded by pip when it is not there, its hash checked in either case.

    Raises:
        ReleaseError: pip cannot download it, or the file is not the pinned one.
    """
    path = cache / wheel.file
    if not path.exists():
        cache.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=cache) as folder:
            pinned = Path(folder, "requirements.txt")
            pinned.write_text(
                f"{wheel.distribution}=={wheel.version} --hash=sha256:{wheel.sha256}\n", encoding="utf-8"
            )
            command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--require-hashes"]
            command += ["--only-binary", ":all:", "--abi", wheel.abi]
            command += ["--python-version", wheel.abi.removeprefix("cp")]
            for tag in wheel.platform_tags:
                command += ["--platform", tag]
            command += ["--dest", folder, "-r", str(pinned)]
            done = subprocess.run(command, stdout=sys.stderr)
            if done.returncode or not Path(folder, wheel.file).exists():
                raise ReleaseError(f"pip could not download {wheel.file}: is there a network?")
            Path(folder, wheel.file).replace(path)
    if hashlib.sha256(path.read_bytes()).hexdigest() != wheel.sha256:
        raise ReleaseError(f"{path} is not the file pinned in {PINS.name}: delete it and build again.")
    return path
