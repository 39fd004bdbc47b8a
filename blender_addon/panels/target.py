# SPDX-License-Identifier: GPL-3.0-or-later
"""Target: the head that speaks."""

import bpy
from bpy.props import PointerProperty

from ...core.retarget.arkit import ARKIT_NAMES
from ..package import CONTEXT
from ..target import target_object
from ..texts import iface
from .sidebar import SequencerSubPanel, View3DSubPanel


class TargetSettings(bpy.types.PropertyGroup):
    """The head that speaks."""

    object: PointerProperty(
        type=bpy.types.Object,
        name="Head",
        translation_context=CONTEXT,
        description="Mesh whose shape keys are animated. Empty: the selected mesh",
        poll=lambda self, obj: obj.type == "MESH",
    )


class TargetPanel:
    """Draws the target."""

    bl_label = "Target"

    def draw(self, context: bpy.types.Context) -> None:
        """Draw the head, and how many of the ARKit shapes it has."""
        from ...bake import BakeError, find_target

        layout = self.layout
        layout.use_property_split = True
        layout.use_property_decorate = False
        settings = context.scene.soliloquy.target
        layout.prop(settings, "object")
        obj = target_object(context)
        if obj is None:
            return
        try:
            target = find_target(obj)
        except BakeError:
            # The main panel says why.
            return
        column = layout.column(align=True)
        if settings.object is None:
            column.label(text=obj.name, icon="MESH_DATA", translate=False)
        text = iface("{count} of {total} ARKit shapes")
        text = text.format(count=len(target.mapping), total=len(ARKIT_NAMES))
        column.label(text=text, icon="SHAPEKEY_DATA")
        if target.blocked:
            text = iface("{count} blocked, see Output").format(count=len(target.blocked))
            column.label(text=text, icon="ERROR")


class VIEW3D_PT_soliloquy_target(TargetPanel, View3DSubPanel, bpy.types.Panel):
    """Target in the 3D View."""


class SEQUENCER_PT_soliloquy_target(TargetPanel, SequencerSubPanel, bpy.types.Panel):
    """Target in the sequencer."""
