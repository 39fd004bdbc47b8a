# SPDX-License-Identifier: GPL-3.0-or-later
"""What the 3D View shows while marks are placed: what to click, and a dot for each mark."""

import math
from collections.abc import Iterable, Sequence
from typing import Any, Final

import blf
import bpy
import gpu
from bpy_extras.view3d_utils import location_3d_to_region_2d
from gpu_extras.batch import batch_for_shader
from mathutils import Vector

_FONT: Final = 0
_LARGE: Final = 26
_SMALL: Final = 13
_RADIUS: Final = 5.0
_CORNERS: Final = 20
_WHITE: Final = (1.0, 1.0, 1.0, 1.0)
_DARK: Final = (0.0, 0.0, 0.0, 0.85)
_PLACED: Final = (1.0, 0.55, 0.1, 1.0)
_LATEST: Final = (0.2, 0.9, 1.0, 1.0)


def draw_overlay(title: str, help_lines: Sequence[str], points: Sequence[Vector]) -> None:
    """Draw into the region that Blender draws now.

    Args:
        title: what to click.
        help_lines: what else can be done, smaller.
        points: where marks are in the world, the latest last.
    """
    region, view = bpy.context.region, bpy.context.region_data
    if region is None or view is None:
        return
    scale = bpy.context.preferences.system.ui_scale
    places = [location_3d_to_region_2d(region, view, point) for point in points]
    gpu.state.blend_set("ALPHA")
    for place in places:
        if place is not None:
            _dot(place, 1.45 * _RADIUS * scale, _DARK)
            _dot(place, _RADIUS * scale, _LATEST if place is places[-1] else _PLACED)
    line = 1.6 * _SMALL * scale
    top = region.height - _top_margin() - 2.2 * _LARGE * scale
    width = max(_width(title, _LARGE * scale), *(_width(each, _SMALL * scale) for each in help_lines))
    margin = 14 * scale
    bottom = top - len(help_lines) * line - margin
    middle = region.width / 2
    corners = (middle - width / 2 - margin, bottom), (middle + width / 2 + margin, top + 1.4 * _LARGE * scale)
    _rectangle(*corners, (0.05, 0.05, 0.05, 0.75))
    _text(title, middle, top, _LARGE * scale, _WHITE)
    for number, each in enumerate(help_lines, 1):
        _text(each, middle, top - number * line, _SMALL * scale, (0.85, 0.85, 0.85, 1.0))
    gpu.state.blend_set("NONE")


def _top_margin() -> float:
    """Height of the headers that lie over the view."""
    area: Any = bpy.context.area
    overlaps = bpy.context.preferences.system.use_region_overlap
    headers = [each for each in area.regions if each.type in {"HEADER", "TOOL_HEADER"} and each.height > 1]
    return sum(each.height for each in headers) if overlaps else 0


def _width(text: str, size: float) -> float:
    blf.size(_FONT, size)
    return blf.dimensions(_FONT, text)[0]


def _text(text: str, middle: float, y: float, size: float, colour: tuple[float, ...]) -> None:
    blf.size(_FONT, size)
    blf.color(_FONT, *colour)
    blf.position(_FONT, middle - blf.dimensions(_FONT, text)[0] / 2, y, 0)
    blf.draw(_FONT, text)


def _dot(centre: Vector, radius: float, colour: tuple[float, ...]) -> None:
    angles = (2 * math.pi * corner / _CORNERS for corner in range(_CORNERS))
    ring = [(centre.x + radius * math.cos(a), centre.y + radius * math.sin(a)) for a in angles]
    # Each with the one before it; the first with the last.
    _triangles([((centre.x, centre.y), ring[corner - 1], ring[corner]) for corner in range(_CORNERS)], colour)


def _rectangle(low: tuple[float, float], high: tuple[float, float], colour: tuple[float, ...]) -> None:
    right, left = (high[0], low[1]), (low[0], high[1])
    _triangles([(low, right, high), (low, high, left)], colour)


def _triangles(triangles: Iterable[Sequence[Sequence[float]]], colour: tuple[float, ...]) -> None:
    shader: Any = gpu.shader.from_builtin("UNIFORM_COLOR")
    corners = [corner for triangle in triangles for corner in triangle]
    batch = batch_for_shader(shader, "TRIS", {"pos": corners})
    shader.uniform_float("color", colour)
    batch.draw(shader)
