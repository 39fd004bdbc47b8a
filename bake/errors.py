# SPDX-License-Identifier: GPL-3.0-or-later
"""Errors of writing animation into Blender."""

from ..core.errors import SoliloquyError


class BakeError(SoliloquyError):
    """A target that cannot be animated; the scene is as it was."""
