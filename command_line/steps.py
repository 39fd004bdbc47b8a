# SPDX-License-Identifier: GPL-3.0-or-later
"""How far a command that makes films is."""

import time
from collections.abc import Callable


def steps() -> Callable[[str], None]:
    """A function that prints what begins, with the seconds since `steps` was called."""
    started = time.perf_counter()

    def say(what: str) -> None:
        print(f"[{time.perf_counter() - started:5.1f} s] {what}", flush=True)

    return say
