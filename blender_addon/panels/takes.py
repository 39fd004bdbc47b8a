# SPDX-License-Identifier: GPL-3.0-or-later
"""Takes: what was animated so far on the head, to compare."""

import bpy

from ..kept_takes import VERTICES, kept_takes, words_for
from ..operators.import_live_link import SOLILOQUY_OT_import_live_link
from ..operators.takes import SOLILOQUY_OT_remove_take, SOLILOQUY_OT_show_take
from ..target import target_object
from .sidebar import SequencerSubPanel, View3DSubPanel


class TakesPanel:
    """Draws the takes, a click shows one."""

    bl_label = "Takes"

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        """Only where there are some."""
        return bool(kept_takes(target_object(context)))

    def draw(self, context: bpy.types.Context) -> None:
        """Draw for each take its name, and how its latest sound was made."""
        takes = kept_takes(target_object(context))
        column = self.layout.column(align=True)
        for take in takes:
            row = column.row(align=True)
            button = row.operator(
                SOLILOQUY_OT_show_take.bl_idname,
                text=take.name,
                icon="MOD_MESHDEFORM" if take.kind == VERTICES else "SHAPEKEY_DATA",
                depress=take.is_shown,
                translate=False,
            )
            button.kind, button.take = take.kind, take.name
            end = row.row(align=True)
            end.enabled = not take.is_shown
            remove = end.operator(SOLILOQUY_OT_remove_take.bl_idname, text="", icon="X")
            remove.kind, remove.take = take.kind, take.name
            if take.facts:
                made = column.row()
                made.active = False
                made.label(text=words_for(take.facts[-1]), icon="BLANK1", translate=False)
        self.layout.operator(SOLILOQUY_OT_import_live_link.bl_idname, icon="IMPORT")


class VIEW3D_PT_soliloquy_takes(TakesPanel, View3DSubPanel, bpy.types.Panel):
    """Takes in the 3D View."""


class SEQUENCER_PT_soliloquy_takes(TakesPanel, SequencerSubPanel, bpy.types.Panel):
    """Takes in the sequencer."""
