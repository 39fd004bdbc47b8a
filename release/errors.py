# SPDX-License-Identifier: GPL-3.0-or-later
"""The one error of this room."""


class ReleaseError(Exception):
    """A zip cannot be made or checked. One line: what is wrong, what was expected, how to mend it."""
