# SPDX-License-Identifier: GPL-3.0-or-later
"""Objects at any frame, as Blender evaluates them, while the scene stays where it is."""

from collections.abc import Container, Iterator
from contextlib import contextmanager
from typing import Any

import bpy


@contextmanager
def evaluated_aside(*objects: bpy.types.Object) -> Iterator[Any]:
    """Gives a function from a frame to a dependency graph in which these objects are evaluated.

    A scene of its own that no window shows writes nothing back to the objects.
    """
    scene = bpy.data.scenes.new("Soliloquy aside")
    try:
        for obj in set(objects):
            scene.collection.objects.link(obj)

        def at(frame: int) -> bpy.types.Depsgraph | None:
            scene.frame_set(frame)
            return scene.view_layers[0].depsgraph

        yield at
    finally:
        bpy.data.scenes.remove(scene)


@contextmanager
def stand_in(obj: bpy.types.Object, driven: Container[str]) -> Iterator[bpy.types.Object]:
    """A copy of an object that is animated as it is, and light: without mesh, modifiers, and drivers of other
    data paths than `driven`."""
    copy: Any = obj.copy()  # Any: type stubs take a copy for nothing
    mesh = bpy.data.meshes.new("Soliloquy aside") if obj.type == "MESH" else None
    try:
        if mesh is not None:
            copy.data = mesh
        copy.parent = None
        copy.modifiers.clear()
        copy.constraints.clear()
        if copy.animation_data is not None:
            for driver in [each for each in copy.animation_data.drivers if each.data_path not in driven]:
                copy.animation_data.drivers.remove(driver)
        yield copy
    finally:
        bpy.data.objects.remove(copy)
        if mesh is not None:
            bpy.data.meshes.remove(mesh)
