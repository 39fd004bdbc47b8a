# SPDX-License-Identifier: GPL-3.0-or-later
"""Lines as wide as the sidebar."""

from typing import Any

import bpy

_PIXELS_PER_CHARACTER = 7
"""Average width of a character of Blender's font at normal size."""


def draw_wrapped(layout: Any, context: bpy.types.Context, text: str, icon: str) -> None:
    """Draw a text that is translated already, in as many lines as it takes, the first with an icon."""
    import textwrap

    scale = context.preferences.system.ui_scale
    width = int(max(context.region.width / scale / _PIXELS_PER_CHARACTER - 6, 16))
    column = layout.column(align=True)
    for index, line in enumerate(textwrap.wrap(text, width)):
        column.label(text=line, icon=icon if index == 0 else "BLANK1", translate=False)
