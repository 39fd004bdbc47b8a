# SPDX-License-Identifier: GPL-3.0-or-later
"""Heads without shape keys, made of the built-in one: what their shapes must be is known."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import bpy
import numpy as np
from numpy.typing import NDArray
from soliloquy.bake.content_cache import ContentCache
from soliloquy.bake.head_mesh import to_blender_axes
from soliloquy.bake.making.head_reading import HeadReading
from soliloquy.core.head import load_head
from soliloquy.core.retarget.arkit import ARKIT_INDEX, ARKIT_NAMES
from soliloquy.core.transfer import MadeShapes

SKIN = ("skin",)
EYES = ("eye_left", "eye_right")
TEETH = ("teeth_upper", "teeth_lower")
PARTS = {"Skin": SKIN, "Eyes": EYES, "Teeth": TEETH, "Tongue": ("tongue",), "Lashes": ("lashes",)}


@dataclass(frozen=True)
class BareHead:
    """Objects without keys.

    Attributes:
        objects: the face first.
        vertices: by name of an object, which vertices of the built-in head it has.
    """

    objects: tuple[bpy.types.Object, ...]
    vertices: Mapping[str, NDArray[np.int64]]

    @property
    def face(self) -> bpy.types.Object:
        return self.objects[0]

    @property
    def parts(self) -> tuple[bpy.types.Object, ...]:
        return self.objects[1:]


OPEN: Final = 0.25
"""Of jawOpen: how far a mouth is modelled open."""


def make_bare_head(parts: Mapping[str, Iterable[str]] = PARTS, *, is_open: bool = False) -> BareHead:
    """The built-in head in objects without keys, by name the `Head.spans` that each is made of.

    `is_open`: its mouth is modelled open.
    """
    head = load_head()
    rest = to_blender_axes(head.template + is_open * opening())
    objects, numbers = [], {}
    for name, spans in parts.items():
        chosen = np.concatenate([np.arange(head.vertex_count)[head.spans[span]] for span in spans])
        place = np.full(head.vertex_count, -1)
        place[chosen] = np.arange(len(chosen))
        faces = place[head.faces]
        mesh = bpy.data.meshes.new(name)
        mesh.from_pydata(rest[chosen].tolist(), [], faces[(faces >= 0).all(axis=1)].tolist())
        obj = bpy.data.objects.new(name, mesh)
        bpy.context.scene.collection.objects.link(obj)
        objects.append(obj)
        numbers[obj.name] = chosen
    bpy.context.view_layer.update()
    return BareHead(tuple(objects), numbers)


def opening() -> NDArray[np.float32]:
    """(V, 3) metres in head axes from the built-in head to one whose mouth is modelled open."""
    return OPEN * load_head().arkit_deltas[ARKIT_INDEX["jawOpen"]]


def true_shapes(bare: BareHead, reading: HeadReading, names: Sequence[str] = ARKIT_NAMES) -> MadeShapes:
    """The built-in head's shapes of the meshes that were read, in their common coordinates."""
    deltas = to_blender_axes(load_head().arkit_deltas)[[ARKIT_NAMES.index(name) for name in names]]
    linear = reading.meshes[0].to_common
    moved = [(deltas[:, bare.vertices[mesh.object_name]] @ linear.T) for mesh in reading.meshes]
    return MadeShapes(tuple(names), tuple(each.astype(np.float32) for each in moved), (), (), 0.0)


def true_closing(bare: BareHead, names: Iterable[str]) -> tuple[NDArray[np.float32], ...]:
    """What closes a mouth that was modelled open, by names of objects."""
    return tuple(-to_blender_axes(opening())[bare.vertices[name]] for name in names)


def know_shapes(bare: BareHead, monkeypatch, *, is_open: bool = False) -> list[str]:
    """Have shapes of a bare head made at once, as they are known; the list tells which were asked for."""
    head = load_head()
    sets = {"arkit": head.arkit_deltas, "expression": head.expression_basis.reshape(64, -1, 3)}
    asked = []

    def make_shapes(face, others, *, axes, marks, shapes, progress):
        asked.append(shapes)
        for share in (0.0, 0.5, 1.0):
            if progress is not None:
                progress(share)
        deltas = to_blender_axes(sets[shapes])
        moved = tuple(deltas[:, bare.vertices[part.name]] for part in (face, *others))
        names = ARKIT_NAMES if shapes == "arkit" else tuple(f"beta {row}" for row in range(64))
        closed = true_closing(bare, [part.name for part in (face, *others)]) if is_open else None
        return MadeShapes(names, moved, (), (), 0.0, closed)

    monkeypatch.setattr("soliloquy.bake.making.head_reading.make_shapes", make_shapes)
    monkeypatch.setattr("soliloquy.bake.making.head_reading._made", ContentCache(4))
    return asked


def coordinates(points) -> NDArray[np.float32]:
    """(V, 3) of vertices or of a shape key's points."""
    flat = np.empty(len(points) * 3, np.float32)
    points.foreach_get("co", flat)
    return flat.reshape(-1, 3)
