# SPDX-License-Identifier: GPL-3.0-or-later
"""Target: the head that speaks, and the shape keys that it lacks."""

from typing import Any

import bpy
from bpy.props import PointerProperty

from ...core.errors import SoliloquyError
from ..face_bones import moved_by_bones
from ..mapping import in_use, mapping_of
from ..operators.make_shape_keys import draw_make_button
from ..operators.place_marks import SOLILOQUY_OT_clear_marks, SOLILOQUY_OT_place_marks
from ..package import CONTEXT
from ..target import target_object
from ..texts import iface
from .sidebar import SequencerSidebar, SequencerSubPanel, View3DSidebar, View3DSubPanel, draw_wrapped


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
        from ..shape_making import lacks_keys

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
        if lacks_keys(obj):
            draw_missing(layout, obj)
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


def draw_missing(layout: Any, obj: bpy.types.Object) -> None:
    """How many shapes a mesh lacks."""
    from ..shape_making import missing_shapes

    count = len(missing_shapes(obj))
    layout.label(text=iface("{count} of 52 ARKit shapes are missing").format(count=count), icon="INFO")


class MissingShapesPanel:
    """Draws what the making of shape keys goes by."""

    bl_label = "Missing Shapes"
    bl_options = {"DEFAULT_CLOSED"}

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        """Only where some are missing, or were made here and can be made anew."""
        from ..shape_making import can_be_made

        return can_be_made(target_object(context))

    def draw(self, context: bpy.types.Context) -> None:
        """Draw how many are missing, the meshes that get some, the marks, and the button."""
        from ...bake import find_head_parts
        from ..shape_making import lacks_keys

        obj: Any = target_object(context)
        layout = self.layout
        if not lacks_keys(obj):
            # Else it is said above.
            draw_missing(layout, obj)
        parts = find_head_parts(obj)
        if parts:
            column = layout.column(align=True)
            column.label(text=iface("Made along"))
            for each in parts:
                column.prop(each, "soliloquy_makes_along", text=each.name, icon="MESH_DATA", translate=False)
        self._draw_marks(layout.column(align=True), obj)
        if not lacks_keys(obj):
            # Where there are none, the button is at the top, below the line that names it.
            draw_make_button(layout)

    def _draw_marks(self, layout: Any, obj: Any) -> None:
        from ...core.head.registration.face_search import MARKS

        placed = len(obj.soliloquy_marks)
        text = iface("Marks: {placed} of {count}").format(placed=placed, count=len(MARKS))
        layout.label(text=text, icon="PIVOT_CURSOR", translate=False)
        if SOLILOQUY_OT_place_marks.marking is not None:
            layout.label(text=iface("Click into the 3D View (Esc cancels)"), translate=False)
            return
        row = layout.row(align=True)
        row.operator(SOLILOQUY_OT_place_marks.bl_idname)
        end = row.row(align=True)
        end.enabled = placed > 0
        end.operator(SOLILOQUY_OT_clear_marks.bl_idname, text="", icon="X")


class VIEW3D_PT_soliloquy_target(TargetPanel, View3DSubPanel, bpy.types.Panel):
    """Target in the 3D View."""


class SEQUENCER_PT_soliloquy_target(TargetPanel, SequencerSubPanel, bpy.types.Panel):
    """Target in the sequencer."""


class VIEW3D_PT_soliloquy_missing_shapes(MissingShapesPanel, View3DSidebar, bpy.types.Panel):
    """Missing shapes in the 3D View."""

    bl_parent_id = "VIEW3D_PT_soliloquy_target"


class SEQUENCER_PT_soliloquy_missing_shapes(MissingShapesPanel, SequencerSidebar, bpy.types.Panel):
    """Missing shapes in the sequencer."""

    bl_parent_id = "SEQUENCER_PT_soliloquy_target"
