# SPDX-License-Identifier: GPL-3.0-or-later
"""What CUDA an onnxruntime-gpu wheel needs, in its own words."""

import re
import zipfile
from pathlib import Path

from .errors import ReleaseError
from .wheels import Combination

SOURCES = ("onnxruntime/capi/version_info.py", "onnxruntime/capi/build_and_package_info.py")
"""Files in the wheel that may hold cuda_version and cudnn_version."""


def needs(wheel: Path) -> tuple[str, str, str]:
    """CUDA's version, cuDNN's version and where the wheel says so.

    Raises:
        ReleaseError: the wheel does not say.
    """
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
        texts = {name: archive.read(name).decode() for name in SOURCES if name in names}
        metadata = next(name for name in names if name.endswith(".dist-info/METADATA"))
        texts[metadata] = archive.read(metadata).decode()
    cuda = first(texts, r"cuda_version\s*=\s*['\"]([\d.]+)")
    cudnn = first(texts, r"cudnn_version\s*=\s*['\"]([\d.]+)") or first(texts, r"nvidia-cudnn-cu\d+~=(\d+)")
    if not cuda or not cudnn:
        raise ReleaseError(
            f"{wheel.name} does not say which CUDA and cuDNN it needs: look into {', '.join(texts)} "
            "and teach release/cuda.py."
        )
    return cuda[0], cudnn[0], " and ".join(dict.fromkeys((cuda[1], cudnn[1])))


def first(texts: dict[str, str], pattern: str) -> tuple[str, str] | None:
    """The first match's group 1 and the name of the text it is in."""
    for name, text in texts.items():
        if found := re.search(pattern, text):
            return found[1], name
    return None


def describe(combination: Combination, wheel: Path) -> str:
    """One line for the person who builds, after comparing the wheel with wheels.toml.

    Raises:
        ReleaseError: wheels.toml names other versions.
    """
    cuda, cudnn, source = needs(wheel)
    if (cuda.split(".")[0], cudnn.split(".")[0]) != (combination.cuda, combination.cudnn):
        raise ReleaseError(
            f"{wheel.name} needs CUDA {cuda} and cuDNN {cudnn}, wheels.toml says CUDA {combination.cuda} and "
            f"cuDNN {combination.cudnn}: mend wheels.toml."
        )
    return (
        f"  needs CUDA {combination.cuda}.x (built with {cuda}) and cuDNN {combination.cudnn}.x on the "
        f"user's machine, none of it in the zip ({source} in {wheel.name})"
    )
