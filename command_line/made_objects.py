# SPDX-License-Identifier: GPL-3.0-or-later
"""Heads made of the built-in one, as meshes of a scene without shape keys."""

from collections.abc import Sequence
from typing import Any, Final

import bpy
import numpy as np

from ..bake.head_materials import part_material
from ..core.evaluation.made_heads import MARKS, Doubles, MadeHead
from ..core.evaluation.transfer_heads import Character
from ..core.head import load_head

Colour = tuple[float, float, float]
_TINTED: Final = ("skin", "lips")


def make_objects(
    collection: bpy.types.Collection, character: Character, skin: Colour
) -> list[bpy.types.Object]:
    """Put the meshes of a character into a collection; the face first.

    Args:
        collection: of the open scene.
        character: in Blender's axes.
        skin: what the colour of its skin is multiplied with.
    """
    model = load_head()
    belongs = np.zeros((model.vertex_count, len(model.parts) + 1))
    for number in range(len(model.parts)):
        belongs[np.unique(model.faces[model.face_part == number]), number] = 1
    body = np.zeros((len(character.head.body), belongs.shape[1]))
    body[:, -1] = 1
    of_vertices = np.concatenate([np.asarray(character.head.carry @ belongs), body])
    materials = [part_material(part) for part in (*model.parts, "body")]
    for name in _TINTED:
        material: Any = materials[model.parts.index(name)]
        red, green, blue, _ = material.diffuse_color
        material.diffuse_color = (red * skin[0], green * skin[1], blue * skin[2], 1.0)
    objects = []
    for part, rows in zip(character.meshes, character.objects, strict=True):
        mesh = bpy.data.meshes.new(part.name)
        mesh.from_pydata(part.vertices, [], part.triangles)
        # A face is of that part which all its corners belong to.
        mesh.polygons.foreach_set(
            "material_index", of_vertices[rows][part.triangles].min(axis=1).argmax(axis=1).astype(np.int32)
        )
        for material in materials:
            mesh.materials.append(material)
        mesh.polygons.foreach_set("use_smooth", np.ones(len(mesh.polygons), bool))
        mesh.update()
        objects.append(bpy.data.objects.new(part.name, mesh))
        collection.objects.link(objects[-1])
    view_layer = bpy.context.view_layer
    assert view_layer is not None
    view_layer.update()
    return objects


def made_marks(head: MadeHead, names: Sequence[str] = MARKS) -> dict[str, Doubles]:
    """(N, 3) of each of these landmarks of the built-in head, where they are on a made one."""
    points = head.surface() @ head.linear.T + head.move
    return {name: points[load_head().landmarks[name]] for name in names}
