# SPDX-License-Identifier: GPL-3.0-or-later
"""The last thing that went wrong, kept for the report of a problem."""

import sys
from dataclasses import dataclass

from ..core.errors import Cancelled, ModelError, SoliloquyError

FAULT = (
    "Soliloquy made a mistake of its own ({reason}). Please copy the details with Report a Problem, in the "
    "Soliloquy panel or its preferences, and send them in."
)


@dataclass(frozen=True)
class LastError:
    """Something that went wrong.

    Attributes:
        text: the error's class and message.
        details: the traceback, as Python prints it.
        asks_for_report: whether the user cannot mend it alone: a fault of ours, or a broken installation.
    """

    text: str
    details: str
    asks_for_report: bool


_last: LastError | None = None


def last_error() -> LastError | None:
    """The last error of this session; None when all went well so far."""
    return _last


def remember(error: Exception) -> None:
    """Keep an error. What the user did on purpose is none."""
    global _last
    if isinstance(error, Cancelled):
        return
    import traceback

    is_fault = not isinstance(error, SoliloquyError)
    text = f"{type(error).__name__}: {' '.join(str(error).split())}"
    details = "".join(traceback.format_exception(error))
    _last = LastError(text, details, is_fault or isinstance(error, ModelError))


def line_for(error: Exception) -> str:
    """What to tell the user of an error, in one line.

    The error is remembered. A fault of ours has its traceback printed, once if it goes on.
    """
    before = _last
    remember(error)
    if isinstance(error, SoliloquyError):
        return " ".join(str(error).split())
    if _last is not None and (before is None or before.details != _last.details):
        print(_last.details, file=sys.stderr)
    return FAULT.format(reason=" ".join(f"{type(error).__name__}: {error}".split()))


def forget() -> None:
    """Start anew (the add-on was disabled)."""
    global _last
    _last = None
