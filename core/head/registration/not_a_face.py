# SPDX-License-Identifier: GPL-3.0-or-later
"""The one error of a registration."""

from ...errors import InputError


class NotAFace(InputError):
    """A mesh on which no face is found, with the reason."""
