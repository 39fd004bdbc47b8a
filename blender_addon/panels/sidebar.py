# SPDX-License-Identifier: GPL-3.0-or-later
"""Where the panels are: the sidebars of the 3D View and of the sequencer."""

from ..package import CONTEXT


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
