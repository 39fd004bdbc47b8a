# SPDX-License-Identifier: GPL-3.0-or-later
"""Performance: the network that acts, how freely it draws, and from which seed."""

from functools import lru_cache
from typing import TYPE_CHECKING

import bpy
from bpy.props import EnumProperty, IntProperty, StringProperty

from ..operators.takes import SOLILOQUY_OT_new_take
from ..package import CONTEXT
from ..texts import iface
from .sidebar import SequencerSubPanel, View3DSubPanel, draw_wrapped

if TYPE_CHECKING:
    from ...core.generate.models import ModelFacts

_FILE_NUMBER = 1000
"""Stands for a file in saved scenes, behind all networks that may ever ship."""


@lru_cache(maxsize=1)
def model_items() -> list[tuple[str, str, str, str, int]]:
    """The networks to choose from. Blender wants them to be kept."""
    # Asked for when a panel is drawn: NumPy comes along, which Blender need not wait for when it starts.
    from ...core.generate.models import MODELS, ModelFacts

    own = ModelFacts(
        label="File",
        good_for="A network of your own, made by 'soliloquy train'",
        draws=False,
        moves_lids=False,
        number=_FILE_NUMBER,
    )
    return [
        (name, facts.label, facts.good_for, "NONE", facts.number)
        for name, facts in [*MODELS.items(), ("file", own)]
    ]


class PerformanceSettings(bpy.types.PropertyGroup):
    """Which network acts, and how."""

    model: EnumProperty(
        name="Model",
        translation_context=CONTEXT,
        description="The network that hears speech and moves the face",
        items=lambda self, context: model_items(),
        default=0,
    )
    model_file: StringProperty(
        name="Model File",
        translation_context=CONTEXT,
        description="ONNX file of a network like ExpNet, or any one of a network like MeshTalk",
        subtype="FILE_PATH",
    )
    sampling: EnumProperty(
        name="Liveliness",
        translation_context=CONTEXT,
        description="How freely the performance is drawn",
        items=[
            ("steady", "Steady", "Calm: what is most likely, alike with every seed"),
            ("natural", "Natural", "As people do"),
            ("lively", "Lively", "More often what is rare, and less alike from seed to seed"),
        ],
        default="natural",
    )
    seed: IntProperty(
        name="Seed",
        translation_context=CONTEXT,
        description="Another seed draws other blinks, and with MeshTalk another performance; the same seed "
        "always gives the same animation",
        default=0,
        min=0,
    )

    def facts(self) -> "ModelFacts | None":
        """What is known of the network; None for a file."""
        from ...core.generate.models import MODELS

        return MODELS.get(self.model)

    def model_path(self) -> str:
        """The network as `core.runtime.load_network` wants it; empty when no file is chosen."""
        if self.model == "file":
            return bpy.path.abspath(self.model_file) if self.model_file else ""
        return self.model


class PerformancePanel:
    """Draws the performance."""

    bl_label = "Performance"

    def draw(self, context: bpy.types.Context) -> None:
        """Draw the settings, what the network is good for, and the button for another take."""
        layout = self.layout
        layout.use_property_split = True
        layout.use_property_decorate = False
        settings = context.scene.soliloquy.performance
        layout.prop(settings, "model")
        facts = settings.facts()
        if facts is None:
            layout.prop(settings, "model_file")
        else:
            draw_wrapped(layout, context, iface(facts.good_for), "INFO")
        if facts is None or facts.draws:
            layout.row().prop(settings, "sampling", expand=True)
        layout.prop(settings, "seed")
        layout.operator(SOLILOQUY_OT_new_take.bl_idname, icon="ADD")


class VIEW3D_PT_soliloquy_performance(PerformancePanel, View3DSubPanel, bpy.types.Panel):
    """Performance in the 3D View."""


class SEQUENCER_PT_soliloquy_performance(PerformancePanel, SequencerSubPanel, bpy.types.Panel):
    """Performance in the sequencer."""
