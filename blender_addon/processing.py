# SPDX-License-Identifier: GPL-3.0-or-later
"""With what an animation is computed: the network, the processor, its threads."""

from __future__ import annotations

from dataclasses import dataclass

from ..core.errors import InputError

PROVIDERS: dict[str, tuple[str, ...] | None] = {"AUTO": None, "CUDA": ("cuda", "cpu"), "CPU": ("cpu",)}
"""The choices of the preferences as `core.runtime.load_network` wants them."""

_told: set[str] = set()
"""What was said in this session and is not said again."""


@dataclass(frozen=True)
class Processing:
    """With what an animation is computed.

    Attributes:
        model: name of a network that ships with Soliloquy, or path of an .onnx file.
        providers: of "cuda", "cpu" in order of preference; None takes the fastest that works.
        threads: processor threads of one operator of the network.
    """

    model: str = "expnet"
    providers: tuple[str, ...] | None = None
    threads: int = 1

    def __post_init__(self) -> None:
        if self.threads < 1:
            raise InputError(f"Threads are {self.threads}: expected 1 or more.")
        if not self.model:
            raise InputError("No model file is chosen: choose one under Performance in the Soliloquy panel.")


def preferred_processing(model: str) -> Processing:
    """A model, on what the preferences say.

    Raises:
        InputError: a model of the user's own is wanted, and no file is chosen.
    """
    from .preferences import preferences

    chosen = preferences()
    if chosen is None:
        return Processing(model)
    return Processing(model, PROVIDERS[chosen.provider], chosen.threads)


def notes_on(processing: Processing) -> tuple[str, ...]:
    """What the user should know about the processor, once in a session; after the network has run."""
    from ..core.runtime import loaded_on, runtime_facts

    if processing.providers and "cuda" not in processing.providers:
        return ()
    facts = runtime_facts()
    # Who takes what there is, and installed the build without CUDA, misses nothing.
    is_wanted = bool(processing.providers) or facts.has_cuda
    problem = facts.cuda_problem
    if problem is None and loaded_on() == ("cpu",):
        # Everything is there, and ONNX Runtime took the CPU all the same.
        problem = "the graphics card does not take the network"
    if not is_wanted or problem is None or problem in _told:
        return ()
    _told.add(problem)
    return (f"CUDA cannot be used: {problem}. The CPU is used instead.",)
