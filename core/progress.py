# SPDX-License-Identifier: GPL-3.0-or-later
"""How far long work is: told to a callback, which ends the work by raising."""

from collections.abc import Callable

Progress = Callable[[float], None]
"""Receives the share that is done, 0..1, never less than before."""


def untold(share: float) -> None:
    """Tell nobody."""


def within(tell: Progress, start: float, end: float) -> Progress:
    """What tells of a step that takes the whole from one share to another."""
    return lambda share: tell(start + (end - start) * share)
