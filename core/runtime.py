# SPDX-License-Identifier: GPL-3.0-or-later
"""ONNX Runtime: which processor runs the networks, and the networks themselves.

This is the one place that chooses providers. Nothing is imported from ONNX Runtime before the first use.
"""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from .cuda_check import cuda_problem
from .errors import InputError, ModelError
from .onnxruntime_check import import_onnxruntime

if TYPE_CHECKING:
    import onnxruntime

WEIGHTS_FOLDER: Final = Path(__file__).parent / "weights"

PROVIDERS: Final[dict[str, str]] = {"cuda": "CUDAExecutionProvider", "cpu": "CPUExecutionProvider"}
"""Our names of ONNX Runtime's execution providers, fastest first."""

SHIPPED: Final = ("expnet", "pose_vae", "speech_encoder")
"""Networks that come with the package."""


@dataclass(frozen=True)
class Network:
    """A loaded network.

    Attributes:
        session: the ONNX Runtime session.
        metadata: what the file says of itself: rates, names, normalisation.
        provider: "cuda" or "cpu", the one that runs it.
    """

    session: "onnxruntime.InferenceSession"
    metadata: dict[str, str]
    provider: str

    def run(self, **inputs: NDArray[np.float32] | NDArray[np.int64]) -> list[NDArray[np.float32]]:
        """Outputs in the file's order for inputs by name."""
        return [np.asarray(output) for output in self.session.run(None, inputs)]


@dataclass(frozen=True)
class RuntimeFacts:
    """What ONNX Runtime offers on this machine.

    Attributes:
        version: of ONNX Runtime.
        offered: its own names of the execution providers in this build.
        usable: of "cuda", "cpu", those that work here, fastest first.
        has_cuda: whether this build knows CUDA at all.
        cuda_problem: why CUDA cannot be used, as part of a sentence; None where it can.
    """

    version: str
    offered: tuple[str, ...]
    usable: tuple[str, ...]
    has_cuda: bool
    cuda_problem: str | None


@lru_cache(maxsize=1)
def runtime_facts() -> RuntimeFacts:
    """What ONNX Runtime offers here. The first call imports it (0.1 to 2 s) and looks for CUDA.

    Raises:
        ModelError: ONNX Runtime is missing or does not load.
    """
    runtime = import_onnxruntime()
    offered = tuple(runtime.get_available_providers())
    problem = cuda_problem(runtime)
    usable = tuple(
        name
        for name, full_name in PROVIDERS.items()
        if full_name in offered and (name != "cuda" or problem is None)
    )
    return RuntimeFacts(runtime.__version__, offered, usable, PROVIDERS["cuda"] in offered, problem)


def available_providers() -> tuple[str, ...]:
    """Our names of the providers that work here, fastest first. Raises as `runtime_facts` does."""
    return runtime_facts().usable


def load_network(name: str, *, providers: Sequence[str] | None = None, threads: int = 1) -> Network:
    """Load a network that ships with the package (kept loaded) or an .onnx file of the user's.

    Args:
        name: "expnet", or a path ending in .onnx.
        providers: of "cuda", "cpu", in order of preference; those that do not work here are passed over.
            None takes the fastest that works.
        threads: CPU threads of one operator. Our networks are small: one thread is the fastest a core,
            leaves Blender's window responsive, and keeps results equal to the bit.

    Raises:
        InputError: no such model or provider, or none of the providers works.
        ModelError: the file is missing or damaged, or ONNX Runtime is not usable.
    """
    path = _model_path(name)
    wanted = _checked_providers(providers)
    try:
        stamp = path.stat().st_mtime_ns
    except OSError:
        raise ModelError(
            f"The network file '{path}' is missing: install Soliloquy again, or choose another model."
        ) from None
    return _load(path, stamp, wanted, threads)


def loaded_on() -> tuple[str, ...]:
    """Our names of the providers that networks were loaded on so far."""
    return tuple(sorted(_loaded_on))


def model_names() -> tuple[str, ...]:
    """Names of the networks that are there without a path."""
    return tuple(sorted(path.stem for path in WEIGHTS_FOLDER.glob("*.onnx")))


_loaded_on: set[str] = set()


def _model_path(name: str) -> Path:
    if name.endswith(".onnx"):
        return Path(name)
    if name not in (*SHIPPED, *model_names()):
        known = ", ".join(model_names()) or "none"
        raise InputError(f"No model is called '{name}'. Known: {known}; or give the path of an .onnx file.")
    return WEIGHTS_FOLDER / f"{name}.onnx"


def _checked_providers(providers: Sequence[str] | None) -> tuple[str, ...]:
    for provider in providers or ():
        if provider not in PROVIDERS:
            raise InputError(f"No provider is called '{provider}'. Known: {', '.join(PROVIDERS)}.")
    if providers and "cuda" not in providers:
        # Looking for CUDA loads its libraries: who chose the CPU is spared that, and a driver that crashes.
        return tuple(providers)
    facts = runtime_facts()
    if providers is None:
        return facts.usable
    usable = tuple(provider for provider in providers if provider in facts.usable)
    if not usable:
        raise InputError(f"CUDA cannot be used: {facts.cuda_problem}. Choose the CPU.")
    return usable


@lru_cache(maxsize=8)
def _load(path: Path, stamp: int, providers: tuple[str, ...], threads: int) -> Network:
    runtime = import_onnxruntime()
    options = runtime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.log_severity_level = 3
    # Blocks of all sizes pass through: planning memory for each would only grow the arena.
    options.enable_mem_pattern = False
    try:
        session = runtime.InferenceSession(
            os.fspath(path), options, providers=[PROVIDERS[provider] for provider in providers]
        )
    except Exception as error:
        # ONNX Runtime raises a class of its own for each cause; all mean that this file does not load.
        reason = " ".join(str(error).split())[:200]
        raise ModelError(
            f"The network file '{path}' cannot be loaded ({reason}). Install Soliloquy again, or choose "
            "another model."
        ) from error
    used = session.get_providers()[0]
    provider = next(name for name, full_name in PROVIDERS.items() if full_name == used)
    _loaded_on.add(provider)
    return Network(session, dict(session.get_modelmeta().custom_metadata_map), provider)
