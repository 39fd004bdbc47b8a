# SPDX-License-Identifier: GPL-3.0-or-later
"""ONNX Runtime: is exactly one installed, and does it load?

`onnxruntime` ([cpu]) and `onnxruntime-gpu` ([cuda]) install the same Python module: with both in one folder,
whichever was unpacked last wins file by file, and CUDA disappears or the import crashes. pip does not notice.
In two folders, such as Blender's own and that of its extensions, Python takes the first, which is whole.
"""

import os
import sys
from collections.abc import Callable
from importlib.metadata import PackageNotFoundError, distribution
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

from .errors import ModelError
from .installation import archive_name, how_to_mend, is_extension

CPU_DISTRIBUTION: Final = "onnxruntime"
CUDA_DISTRIBUTION: Final = "onnxruntime-gpu"

_VISUAL_C: Final = (
    "On Windows the usual cause is a missing Visual C++ runtime: install Microsoft's Visual C++ "
    "Redistributable and start again."
)


def check_onnxruntime(folder_of: Callable[[str], Path | None] | None = None) -> None:
    """Refuse an environment without ONNX Runtime or with both of its distributions in one folder.

    Args:
        folder_of: tells where a distribution of this name is installed, None where it is not; asks the
            running Python by default.

    Raises:
        ModelError: none is installed, or both in one folder.
    """
    find = folder_of or _folder_of
    cpu, cuda = find(CPU_DISTRIBUTION), find(CUDA_DISTRIBUTION)
    are_mixed = cpu is not None and cpu == cuda
    if are_mixed and is_extension():
        # The wheels of all extensions lie in one folder.
        raise ModelError(
            "Another extension has brought onnxruntime too, and it overwrites Soliloquy's onnxruntime-gpu: "
            f"install {archive_name()}, which works without CUDA, or remove the other extension."
        )
    if are_mixed:
        raise ModelError(
            "Both onnxruntime and onnxruntime-gpu are installed, and each overwrites the other: run "
            "'pip uninstall onnxruntime onnxruntime-gpu', then install soliloquy[cpu] or soliloquy[cuda]."
        )
    # A distribution's own package of ONNX Runtime (Debian's) carries no pip metadata.
    if not (cpu or cuda) and (folder_of is not None or find_spec("onnxruntime") is None):
        raise ModelError(f"ONNX Runtime is not installed. {how_to_mend()}")


def import_onnxruntime() -> Any:
    """The module `onnxruntime`, whole.

    Raises:
        ModelError: it is not installed, only partly there, or fails while it is imported.
    """
    if "onnxruntime" not in sys.modules:
        check_onnxruntime()
    # From 1.29 on its builds send usage data to their maker unless told not to, before they are loaded.
    os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")
    try:
        import onnxruntime
    except Exception as error:
        # Whatever is wrong in there (a missing library, another Python's files, half an installation), it
        # comes out as an error of any class.
        reason = " ".join(f"{type(error).__name__}: {error}".split())[:200]
        is_library = isinstance(error, OSError) or "DLL load failed" in reason
        mend = _VISUAL_C if sys.platform == "win32" and is_library else how_to_mend()
        raise ModelError(f"ONNX Runtime does not load ({reason}). {mend}") from error
    if not hasattr(onnxruntime, "InferenceSession"):
        raise ModelError(f"ONNX Runtime is installed only in part. {how_to_mend()}")
    # The same for older builds on Windows, which log to the system.
    onnxruntime.disable_telemetry_events()
    return onnxruntime


def _folder_of(name: str) -> Path | None:
    try:
        return Path(str(distribution(name).locate_file(""))).resolve()
    except PackageNotFoundError:
        return None
