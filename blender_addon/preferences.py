# SPDX-License-Identifier: GPL-3.0-or-later
"""Preferences > Add-ons > Soliloquy: what holds for every file on this machine."""

import bpy
from bpy.props import EnumProperty, IntProperty, StringProperty

from .machine import facts_so_far
from .operators.report_problem import SOLILOQUY_OT_report_problem
from .package import CONTEXT, PACKAGE
from .texts import iface, message


class SoliloquyPreferences(bpy.types.AddonPreferences):
    """With what Soliloquy computes, and where its temporary files lie."""

    bl_idname = PACKAGE

    provider: EnumProperty(
        name="Processor",
        translation_context=CONTEXT,
        description="What the network runs on",
        items=[
            ("AUTO", "Automatic", "The graphics card where CUDA works, else the processor"),
            ("CUDA", "CUDA", "An NVIDIA graphics card; where CUDA does not work, the processor"),
            ("CPU", "CPU", "The processor. Equal settings then give the same animation on every machine"),
        ],
        default="AUTO",
    )
    threads: IntProperty(
        name="Threads",
        translation_context=CONTEXT,
        description="Processor threads of the network. It is small: one is the fastest for each core, and "
        "leaves the other cores to Blender",
        default=1,
        min=1,
        soft_max=16,
        max=256,
    )
    cache_folder: StringProperty(
        name="Cache Folder",
        translation_context=CONTEXT,
        description="Where copies of packed sounds and of retimed strips lie while an animation is under "
        "way. They are removed after it, and nothing else is kept. Empty: Soliloquy's folder in Blender's "
        "user files",
        subtype="DIR_PATH",
    )

    def draw(self, context: bpy.types.Context) -> None:
        """Draw the settings, and what was found on this machine."""
        layout = self.layout
        layout.use_property_split = True
        layout.use_property_decorate = False
        layout.prop(self, "provider")
        _draw_facts(layout)
        layout.prop(self, "threads")
        layout.prop(self, "cache_folder")
        layout.operator(SOLILOQUY_OT_report_problem.bl_idname, icon="COPYDOWN")


def preferences() -> SoliloquyPreferences | None:
    """The preferences; None where the package is registered without being an enabled add-on."""
    addon = bpy.context.preferences.addons.get(PACKAGE)
    return None if addon is None else addon.preferences


def _draw_facts(layout: bpy.types.UILayout) -> None:
    column = layout.column(align=True)
    found = facts_so_far()
    if found is None:
        column.label(text=iface("Looking for processors ..."), icon="TIME")
        return
    if isinstance(found, str):
        column.label(text=message(found), icon="ERROR")
        return
    names = ", ".join(name.upper() for name in found.usable)
    text = iface("ONNX Runtime {version} can use: {names}")
    column.label(text=text.format(version=found.version, names=names), icon="CHECKMARK")
    if found.cuda_problem is not None:
        column.label(text=message(f"CUDA cannot be used: {found.cuda_problem}."), icon="INFO")
