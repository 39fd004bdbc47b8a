# SPDX-License-Identifier: GPL-3.0-or-later
"""Is exactly one ONNX Runtime installed?

`onnxruntime` ([cpu]) and `onnxruntime-gpu` ([cuda]) install the same Python module: with both, whichever was
unpacked last wins file by file, and CUDA disappears or the import crashes. pip does not notice.
"""

from collections.abc import Callable
from importlib.metadata import PackageNotFoundError, distribution
from importlib.util import find_spec
from typing import Final

from .errors import ModelError

CPU_DISTRIBUTION: Final = "onnxruntime"
CUDA_DISTRIBUTION: Final = "onnxruntime-gpu"


def check_onnxruntime(installed: Callable[[str], bool] | None = None) -> None:
    """Refuse an environment without ONNX Runtime or with both of its distributions.

    Args:
        installed: tells whether a distribution of this name is installed; the running Python's by default.

    Raises:
        ModelError: none or both are installed.
    """
    is_installed = installed or _is_installed
    cpu, cuda = is_installed(CPU_DISTRIBUTION), is_installed(CUDA_DISTRIBUTION)
    if cpu and cuda:
        raise ModelError(
            "Both onnxruntime and onnxruntime-gpu are installed, and each overwrites the other: run "
            "'pip uninstall onnxruntime onnxruntime-gpu', then install soliloquy[cpu] or soliloquy[cuda]."
        )
    # A distribution's own package of ONNX Runtime (Debian's) carries no pip metadata.
    if not (cpu or cuda) and (installed is not None or find_spec("onnxruntime") is None):
        raise ModelError(
            "ONNX Runtime is not installed: run 'pip install soliloquy[cpu]', "
            "or 'pip install soliloquy[cuda]' for NVIDIA graphics cards."
        )


def _is_installed(name: str) -> bool:
    try:
        distribution(name)
    except PackageNotFoundError:
        return False
    return True
