# SPDX-License-Identifier: GPL-3.0-or-later
"""The name under which Blender knows this add-on, and what its settings have in common."""

from typing import Any, Final

import bpy

PACKAGE: Final = (__package__ or "").rpartition(".")[0]
"""`bl_ext.<repository>.soliloquy`; in a checkout `soliloquy`."""

CONTEXT: Final = "Soliloquy"
"""Where translators find our names and messages, apart from Blender's own with the same words."""

# From 5.0 on Blender wants to be told that '//' may begin a path.
PATH_OPTIONS: Final[Any] = {"PATH_SUPPORTS_BLEND_RELATIVE"} if bpy.app.version >= (5, 0) else set()
"""Options of a StringProperty that holds a file's path, beside its others."""
