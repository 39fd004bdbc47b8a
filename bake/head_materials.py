# SPDX-License-Identifier: GPL-3.0-or-later
"""Materials of the built-in head, for renders and for the viewport's and Workbench's solid shading."""

from dataclasses import dataclass
from typing import Final

import bpy

from ..core.head import PART_COLOURS


@dataclass(frozen=True)
class _Surface:
    """How a part shines: Principled BSDF inputs in 0..1, and the radius of light below the skin, metres."""

    roughness: float
    subsurface: float = 0.0
    radius: tuple[float, float, float] = (0.0, 0.0, 0.0)


_FLESH: Final = (0.004, 0.0015, 0.0008)
"""Light goes further below the skin in red than in green and blue."""

_SURFACES: Final[dict[str, _Surface]] = {
    "skin": _Surface(0.52, 0.15, _FLESH),
    "lips": _Surface(0.36, 0.15, _FLESH),
    "mouth_cavity": _Surface(0.45),
    "tongue": _Surface(0.35, 0.15, _FLESH),
    "gums": _Surface(0.35, 0.1, _FLESH),
    "teeth_upper": _Surface(0.2),
    "teeth_lower": _Surface(0.2),
    "eye_sclera": _Surface(0.12),
    "eye_iris": _Surface(0.08),
    "eye_pupil": _Surface(0.05),
    "lashes": _Surface(0.7),
}
_PLAIN: Final = _Surface(0.5)


def part_material(part: str) -> bpy.types.Material:
    """A new material for a part of `Head.parts`, with the colour that `PART_COLOURS` suggests."""
    colour = (*PART_COLOURS.get(part, (0.5, 0.5, 0.5)), 1.0)
    surface = _SURFACES.get(part, _PLAIN)
    material = bpy.data.materials.new(f"Soliloquy {part.replace('_', ' ')}")
    material.diffuse_color = colour
    material.roughness = surface.roughness
    if material.node_tree is None:  # before Blender 5.0 a new material has no nodes
        material.use_nodes = True
    shader = next(node for node in material.node_tree.nodes if node.type == "BSDF_PRINCIPLED")
    inputs = shader.inputs
    inputs["Base Color"].default_value = colour
    inputs["Roughness"].default_value = surface.roughness
    inputs["Subsurface Weight"].default_value = surface.subsurface
    inputs["Subsurface Radius"].default_value = surface.radius
    inputs["Subsurface Scale"].default_value = 1.0
    return material
