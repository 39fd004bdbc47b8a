# SPDX-License-Identifier: GPL-3.0-or-later
"""Can ONNX Runtime use CUDA here, and if not, what is missing?

Asked before a session is made: ONNX Runtime itself only prints red lines on the console and goes on with the
CPU. Checked in the order in which things are usually missing: the build, the driver, a card, the libraries.
"""

import contextlib
import ctypes
import io
import os
import sys
from pathlib import Path
from typing import Any, Final

_DRIVER: Final = "nvcuda.dll" if sys.platform == "win32" else "libcuda.so.1"
_PROVIDER: Final = (
    "onnxruntime_providers_cuda.dll" if sys.platform == "win32" else "libonnxruntime_providers_cuda.so"
)
_SHARED: Final = (
    "onnxruntime_providers_shared.dll" if sys.platform == "win32" else "libonnxruntime_providers_shared.so"
)


def cuda_problem(runtime: Any) -> str | None:
    """Why the module `onnxruntime` cannot use CUDA, as part of a sentence; None where it can."""
    if "CUDAExecutionProvider" not in runtime.get_available_providers():
        return "this ONNX Runtime is the build without CUDA"
    return _driver_problem() or _library_problem(runtime)


def _driver_problem() -> str | None:
    try:
        driver = ctypes.CDLL(_DRIVER)
    except OSError:
        return "no NVIDIA driver is installed"
    count = ctypes.c_int(0)
    if driver.cuInit(0) != 0 or driver.cuDeviceGetCount(ctypes.byref(count)) != 0 or count.value == 0:
        return "the NVIDIA driver finds no graphics card"
    return None


def _library_problem(runtime: Any) -> str | None:
    folder = Path(runtime.__file__).parent / "capi"
    if hasattr(runtime, "preload_dlls"):
        # It prints what it does not find; the reason is told below.
        with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
            runtime.preload_dlls()
    try:
        # The provider asks this one for ONNX Runtime's functions.
        ctypes.CDLL(os.fspath(folder / _SHARED), mode=ctypes.RTLD_GLOBAL)
        ctypes.CDLL(os.fspath(folder / _PROVIDER))
    except OSError as error:
        name = str(error).split(":")[0].strip()
        return f"a library of CUDA or cuDNN does not load ({name})"
    return None
