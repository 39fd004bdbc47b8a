# SPDX-License-Identifier: GPL-3.0-or-later
"""Target: the head that speaks."""

import bpy
from bpy.props import PointerProperty

from ...core.errors import SoliloquyError
from ..face_bones import moved_by_bones
from ..mapping import in_use, mapping_of
from ..package import CONTEXT
from ..target import target_object
from ..texts import iface
from .sidebar import SequencerSubPanel, View3DSubPanel
from .wrapped import draw_wrapped


class TargetSettings(bpy.types.PropertyGroup):
    """The head that speaks."""

    object: PointerProperty(
        type=bpy.types.Object,
        name="Head",
        translation_context=CONTEXT,
        description="Mesh whose face is animated, or armature with a face of bones. Empty: what is selected",
        poll=lambda self, obj: obj.type in {"MESH", "ARMATURE"},
    )


class TargetPanel:
    """Draws the target."""

    bl_label = "Target"

    def draw(self, context: bpy.types.Context) -> None:
        """Draw the head, what its keys are, and how they are moved."""
        from ...bake import find_target

        layout = self.layout
        layout.use_property_split = True
        layout.use_property_decorate = False
        settings = context.scene.soliloquy.target
        layout.prop(settings, "object")
        obj = target_object(context)
        if obj is None:
            return
        if settings.object is None:
            layout.label(text=obj.name, icon="MESH_DATA", translate=False)
        if moved_by_bones(obj):
            draw_wrapped(layout, context, in_use(obj), "BONE_DATA")
            return
        try:
            target = find_target(obj, mapping_of(obj))
        except SoliloquyError:
            # The main panel says why.
            return
        draw_wrapped(layout, context, in_use(obj), "SHAPEKEY_DATA")
        column = layout.column(align=True)
        text = iface("Moved by the shapes of its keys") if target.wants_shapes else iface("Moved by name")
        column.label(text=text, icon="MOD_MESHDEFORM" if target.wants_shapes else "SORTALPHA")
        if target.blocked:
            text = iface("{count} blocked, see Output").format(count=len(target.blocked))
            column.label(text=text, icon="ERROR")


class VIEW3D_PT_soliloquy_target(TargetPanel, View3DSubPanel, bpy.types.Panel):
    """Target in the 3D View."""


class SEQUENCER_PT_soliloquy_target(TargetPanel, SequencerSubPanel, bpy.types.Panel):
    """Target in the sequencer."""
