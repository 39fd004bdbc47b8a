# SPDX-License-Identifier: GPL-3.0-or-later
"""Errors that a user can mend.

Every message is one line that says what came, what was expected and how to mend it. The command line
prints it and ends with exit status 2; an operator in Blender passes it to `self.report({'ERROR'}, ...)`.
"""


class SoliloquyError(Exception):
    """Base of every error raised on purpose by this package."""


class InputError(SoliloquyError):
    """A setting, file or argument that cannot be used."""


class AudioError(InputError):
    """Sound that is missing, unreadable, empty or not usable as speech."""


class OutputError(SoliloquyError):
    """A result that could not be written; nothing is left half-written."""


class ModelError(SoliloquyError):
    """A network or head file that is missing, damaged or of another version."""


class Cancelled(SoliloquyError):
    """The user cancelled; nothing was changed."""
