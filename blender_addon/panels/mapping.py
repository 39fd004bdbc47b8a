# SPDX-License-Identifier: GPL-3.0-or-later
"""Mapping: which keys of the rig are animated by what."""

from typing import Any, Final

import bpy

from ..face_bones import moved_by_bones, source_of
from ..last_error import line_for
from ..mapping import found_words, unlisted
from ..operators.find import SOLILOQUY_OT_find_keys
from ..operators.mapping_presets import SOLILOQUY_OT_load_mapping, SOLILOQUY_OT_save_mapping
from ..operators.measure_face import SOLILOQUY_OT_measure_face
from ..target import target_object
from ..texts import iface, message
from .sidebar import SequencerSidebar, View3DSidebar, draw_wrapped

_UNSURE: Final = 0.6
"""Confidence below which a row asks to be looked at. Our own choice."""
_ROWS: Final = 6


class SOLILOQUY_UL_keys(bpy.types.UIList):
    """A row for each key, with Blender's own search and sorting."""

    def draw_item(  # type: ignore[override]
        self,
        context: bpy.types.Context,
        layout: Any,
        data: Any,
        item: Any,
        icon: int,
        active_data: Any,
        active_property: str,
        index: int,
        flt_flag: int,
    ) -> None:
        """Draw a key: whether it is used, its name, and what it shows."""
        from ...core.retarget.channels import CHANNELS

        row = layout.row(align=True)
        row.use_property_split = False
        row.prop(item, "use", text="")
        split = row.split(factor=0.5)
        split.active = item.use
        is_unsure = bool(item.channel) and item.confidence < _UNSURE
        split.label(text=item.name, icon="QUESTION" if is_unsure else "NONE", translate=False)
        field = split.row()
        field.alert = bool(item.channel) and item.channel not in CHANNELS
        if index == getattr(active_data, active_property):
            field.prop(item, "channel", text="", placeholder=iface("By its shape"))
        else:
            # As text there is room for it all.
            field.label(text=item.channel or iface("By its shape"), translate=False)

    def filter_items(  # type: ignore[override]
        self, context: bpy.types.Context, data: Any, property: str
    ) -> tuple[list[int], list[int]]:
        """Find a text in keys and in channels; sort by the keys' names."""
        items = getattr(data, property)
        helper: Any = bpy.types.UI_UL_list
        flags = []
        if self.filter_name:
            shown = self.bitflag_filter_item
            by_key = helper.filter_items_by_name(self.filter_name, shown, items, "name")
            by_channel = helper.filter_items_by_name(self.filter_name, shown, items, "channel")
            flags = [one | other for one, other in zip(by_key, by_channel, strict=True)]
        order = helper.sort_items_by_name(items, "name") if self.use_filter_sort_alpha else []
        return flags, order


class MappingPanel:
    """Draws the mapping of the head that is selected."""

    bl_label = "Mapping"
    bl_options = {"DEFAULT_CLOSED"}

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        """Only with a head."""
        return target_object(context) is not None

    def draw(self, context: bpy.types.Context) -> None:
        """Draw what was found, the list, what was measured, and what is animated along."""
        from ..measurement import measurement_of

        obj: Any = target_object(context)
        layout = self.layout
        layout.use_property_split = True
        layout.use_property_decorate = False
        self._draw_bones(obj)
        layout.row().prop(obj, "soliloquy_mapping", expand=True)
        draw_wrapped(layout, context, found_words(obj), "VIEWZOOM")
        layout.prop(obj, "soliloquy_method")
        if obj.soliloquy_mapping == "CHOSEN":
            self._draw_keys(context, obj)
        column = layout.column(align=True)
        column.operator(SOLILOQUY_OT_find_keys.bl_idname, icon="VIEWZOOM")
        if SOLILOQUY_OT_measure_face.progress() is not None:
            column.label(text=iface("Measuring (Esc cancels)"), icon="SORTTIME", translate=False)
        else:
            column.operator(SOLILOQUY_OT_measure_face.bl_idname, icon="DRIVER_DISTANCE")
        row = column.row(align=True)
        row.operator(SOLILOQUY_OT_save_mapping.bl_idname, icon="EXPORT")
        row.operator(SOLILOQUY_OT_load_mapping.bl_idname, icon="IMPORT")
        measured = measurement_of(obj)
        if measured is not None:
            for note in measured.notes:
                draw_wrapped(layout, context, message(note), "INFO")
        self._draw_companions(obj)

    def _draw_bones(self, obj: Any) -> None:
        layout = self.layout
        if obj.type == "MESH":
            layout.row().prop(obj, "soliloquy_moves_by", expand=True)
        if not moved_by_bones(obj):
            return
        column = layout.column(align=True)
        if obj.type == "MESH":
            column.prop(obj, "soliloquy_face_rig")
        column.prop(obj, "soliloquy_poses")
        if obj.soliloquy_poses in {"MARKERS", "TIMELINE"}:
            column.prop(obj, "soliloquy_pose_action")
        source = source_of(obj)
        if source is not None and obj.soliloquy_poses == "AUTOMATIC":
            kind = obj.bl_rna.properties["soliloquy_poses"].enum_items[source.kind].name
            text = ": ".join((iface(kind), *source.actions))
            column.label(text=text, icon="ACTION", translate=False)

    def _draw_keys(self, context: bpy.types.Context, obj: Any) -> None:
        from ..measurement import measurement_of

        layout = self.layout
        keys = obj.soliloquy_keys
        layout.template_list(
            "SOLILOQUY_UL_keys", "", obj, "soliloquy_keys", obj, "soliloquy_key_index", rows=_ROWS
        )
        lacking = unlisted(obj)
        if lacking:
            text = iface("Keys that are not in the list: {count}. Find Keys adds them").format(count=lacking)
            draw_wrapped(layout, context, text, "ERROR")
        if obj.soliloquy_key_index >= len(keys):
            return
        key = keys[obj.soliloquy_key_index]
        column = layout.column(align=True)
        column.prop(key, "channel")
        column.prop(key, "gain")
        column.prop(key, "offset")
        column.prop(key, "invert")
        row = column.row(align=True)
        row.enabled = False
        row.prop(key, "confidence", slider=True)
        measured = measurement_of(obj)
        if measured is not None and key.name in measured.does:
            text = iface("By its shape: {shapes}").format(shapes=measured.does[key.name])
            draw_wrapped(layout, context, text, "SHAPEKEY_DATA")

    def _draw_companions(self, obj: bpy.types.Object) -> None:
        from ...bake import find_companions

        if moved_by_bones(obj):
            return
        try:
            companions = find_companions(obj)
        except Exception as error:
            # Drawn again and again: a fault of ours must not fill the console.
            line_for(error)
            return
        if not companions:
            return
        layout = self.layout.column(align=True)
        layout.use_property_split = False
        layout.label(text=iface("Animated along"))
        for each in companions:
            layout.prop(each, "soliloquy_along", text=each.name, icon="MESH_DATA", translate=False)


class VIEW3D_PT_soliloquy_mapping(MappingPanel, View3DSidebar, bpy.types.Panel):
    """Mapping in the 3D View."""

    bl_parent_id = "VIEW3D_PT_soliloquy_target"


class SEQUENCER_PT_soliloquy_mapping(MappingPanel, SequencerSidebar, bpy.types.Panel):
    """Mapping in the sequencer."""

    bl_parent_id = "SEQUENCER_PT_soliloquy_target"
