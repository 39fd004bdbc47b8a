# SPDX-License-Identifier: GPL-3.0-or-later
"""Where the panels are: the sidebars of the 3D View and of the sequencer, with lines as wide as these."""

from typing import Any

import bpy

from ..package import CONTEXT

_PIXELS_PER_CHARACTER = 7
"""Average width of a character of Blender's font at normal size."""


class View3DSidebar:
    """A panel in the 3D View's sidebar."""

    bl_space_type = "VIEW_3D"
    bl_region_type = "UI"
    bl_category = "Soliloquy"
    bl_translation_context = CONTEXT


class SequencerSidebar:
    """A panel in the sequencer's sidebar."""

    bl_space_type = "SEQUENCE_EDITOR"
    bl_region_type = "UI"
    bl_category = "Soliloquy"
    bl_translation_context = CONTEXT


class View3DSubPanel(View3DSidebar):
    """A sub-panel in the 3D View's sidebar."""

    bl_parent_id = "VIEW3D_PT_soliloquy"


class SequencerSubPanel(SequencerSidebar):
    """A sub-panel in the sequencer's sidebar."""

    bl_parent_id = "SEQUENCER_PT_soliloquy"


def draw_wrapped(layout: Any, context: bpy.types.Context, text: str, icon: str) -> None:
    """Draw a text that is translated already, in as many lines as it takes, the first with an icon."""
    import textwrap

    scale = context.preferences.system.ui_scale
    width = int(max(context.region.width / scale / _PIXELS_PER_CHARACTER - 6, 16))
    column = layout.column(align=True)
    for index, line in enumerate(textwrap.wrap(text, width)):
        column.label(text=line, icon=icon if index == 0 else "BLANK1", translate=False)
