# SPDX-License-Identifier: GPL-3.0-or-later
"""What settings that hold a file's path have in common."""

from typing import Any, Final

import bpy

# From 5.0 on Blender wants to be told that '//' may begin a path.
PATH_OPTIONS: Final[Any] = {"PATH_SUPPORTS_BLEND_RELATIVE"} if bpy.app.version >= (5, 0) else set()
"""Options of a StringProperty, beside its others."""
