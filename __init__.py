# SPDX-License-Identifier: GPL-3.0-or-later
"""Soliloquy: make heads speak from sound, in Blender and outside it."""


def register() -> None:
    """Register the Blender add-on (called by Blender when the extension is enabled)."""
    from . import blender_addon

    blender_addon.register()


def unregister() -> None:
    """Remove everything that `register` added."""
    from . import blender_addon

    blender_addon.unregister()
