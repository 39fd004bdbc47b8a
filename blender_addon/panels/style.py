# SPDX-License-Identifier: GPL-3.0-or-later
"""Style: how the head speaks, whatever is said."""

from typing import Any

import bpy

from ..face_bones import takes_owner
from ..operators.styles import (
    SOLILOQUY_OT_draw_style,
    SOLILOQUY_OT_remove_style,
    SOLILOQUY_OT_save_style,
    SOLILOQUY_OT_style_from_action,
    SOLILOQUY_OT_style_from_file,
)
from ..package import CONTEXT
from ..styles import NOTHING, models_with_styles, takes_style
from ..target import target_object
from ..texts import iface
from .sidebar import SequencerSubPanel, View3DSubPanel, draw_wrapped


class SOLILOQUY_MT_style_from(bpy.types.Menu):
    """Where a style can be read from."""

    bl_idname = "SOLILOQUY_MT_style_from"
    bl_label = "Style From..."
    bl_translation_context = CONTEXT

    def draw(self, context: bpy.types.Context) -> None:  # type: ignore[override]
        """Draw what the head does now, its takes, a file, and chance."""
        layout = self.layout
        now = layout.operator(
            SOLILOQUY_OT_style_from_action.bl_idname,
            text=iface("What the Head Does Now"),
            icon="ACTION",
            translate=False,
        )
        now.take = ""
        takes = _readable(context)
        if takes:
            layout.separator()
        for take in takes:
            entry = layout.operator(
                SOLILOQUY_OT_style_from_action.bl_idname, text=take, icon="SHAPEKEY_DATA", translate=False
            )
            entry.take = take
        layout.separator()
        layout.operator_context = "INVOKE_DEFAULT"
        layout.operator(
            SOLILOQUY_OT_style_from_file.bl_idname, text=iface("File..."), icon="FILE", translate=False
        )
        layout.operator(
            SOLILOQUY_OT_draw_style.bl_idname, text=iface("A New One"), icon="FILE_REFRESH", translate=False
        )


def _readable(context: bpy.types.Context) -> tuple[str, ...]:
    """Names of the actions of the head that can be read."""
    from ...bake import performances_of

    obj = target_object(context)
    return () if obj is None else performances_of(takes_owner(obj))


class StylePanel:
    """Draws the style."""

    bl_label = "Style"
    bl_options = {"DEFAULT_CLOSED"}

    def draw(self, context: bpy.types.Context) -> None:
        """Draw the choice, what is mixed in, and where styles come from; why the model takes none."""
        settings = context.scene.soliloquy.style
        facts = context.scene.soliloquy.performance.facts()
        layout = self.layout
        layout.use_property_split = True
        layout.use_property_decorate = False
        is_used = takes_style(facts)
        if facts is not None and not is_used:
            models = " / ".join(each.label for each in models_with_styles().values())
            text = iface("{model} speaks in no style: choose {models} under Performance")
            draw_wrapped(layout, context, text.format(model=facts.label, models=models), "INFO")
        column = layout.column()
        column.active = is_used
        self._draw_choice(column, context, settings)
        row = layout.row(align=True)
        row.menu(SOLILOQUY_MT_style_from.bl_idname, icon="ADD")
        row.operator(SOLILOQUY_OT_save_style.bl_idname, text="", icon="EXPORT")

    def _draw_choice(self, layout: Any, context: bpy.types.Context, settings: Any) -> None:
        from ...core.generate.style_presets import PRESETS

        own = settings.own_style(settings.style)
        row = layout.row(align=True)
        row.prop(settings, "style")
        if own is not None:
            row.operator(SOLILOQUY_OT_remove_style.bl_idname, text="", icon="X").style = settings.style
            layout.prop(own, "name")
            draw_wrapped(layout, context, own.source, "INFO")
        elif settings.style in PRESETS:
            draw_wrapped(layout, context, iface(PRESETS[settings.style].looks), "INFO")
        layout.prop(settings, "mix_with")
        if settings.mix_with != NOTHING:
            layout.prop(settings, "share", slider=True)
        layout.prop(settings, "strength", slider=True)


class VIEW3D_PT_soliloquy_style(StylePanel, View3DSubPanel, bpy.types.Panel):
    """Style in the 3D View."""


class SEQUENCER_PT_soliloquy_style(StylePanel, SequencerSubPanel, bpy.types.Panel):
    """Style in the sequencer."""
