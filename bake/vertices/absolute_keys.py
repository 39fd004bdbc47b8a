# SPDX-License-Identifier: GPL-3.0-or-later
"""Absolute shape keys: one for every so many frames, between which Blender interpolates."""

from collections.abc import Callable
from contextlib import ExitStack
from typing import Any, Final

import bpy
import numpy as np

from ..action import take_action
from ..curve_keys import CurveKeys
from ..errors import BakeError
from ..meshes import mesh_of
from .source import PlacedVertices
from .takes import remove_takes

MOST_BYTES: Final = 1_000_000_000
"""All keys lie in memory and in the .blend file, and each undo step may hold them once more."""


def write_absolute_keys(
    obj: bpy.types.Object,
    placed: PlacedVertices,
    take: str,
    step: int,
    copy: bool,
    rollback: ExitStack,
    progress: Callable[[float], None] | None = None,
) -> bpy.types.Object:
    """Give an object, or a copy of it, a key for every `step`th frame and a curve that plays them.

    First and last frame of the motion have keys too, and so has the mesh at rest before and after it. What
    is made is removed when `rollback` unwinds.

    Returns:
        The object with the keys.

    Raises:
        BakeError: the object has shape keys already, its mesh is another's too, or the keys are too many.
        InputError: positions that are not numbers.
    """
    vertices = placed.vertices
    lead = placed.first - placed.start
    ends = [0, lead + placed.count - 1, len(vertices) - 1]
    rows = np.unique([*range(lead, lead + placed.count, step), *ends])
    size = len(rows) * vertices.rest.nbytes
    if size > MOST_BYTES:
        enough = -(-len(vertices) * vertices.rest.nbytes // MOST_BYTES)
        raise BakeError(
            f"{len(rows)} shape keys would need {size / 1e9:.1f} GB of memory: bake every {enough} frames or "
            "fewer of them, or to a vertex cache."
        )
    if not copy:
        check_free(obj)
    target = _copy(obj, take, rollback) if copy else obj
    mesh = mesh_of(target)
    if copy:  # the mesh may lie as another key does
        mesh.vertices.foreach_set("co", vertices.rest.ravel())
    basis = target.shape_key_add(name="Basis", from_mix=False)
    rollback.callback(target.shape_key_clear)
    keys: Any = mesh.shape_keys
    keys.use_relative = False
    basis.interpolation = "KEY_LINEAR"
    for done, row in enumerate(rows.tolist()):
        # Where a new key lies in time is told by the evaluation time that it is made at.
        if row == 0:
            key = basis
        else:
            keys.eval_time = float(row)
            key = target.shape_key_add(name=f"Frame {placed.start + row}", from_mix=False)
        key.interpolation = "KEY_LINEAR"
        key.points.foreach_set("co", vertices.at(slice(row, row + 1)).ravel())
        if progress is not None:
            progress((done + 1) / len(rows))
    curves = take_action(keys, take, rollback)
    span = np.array([0, len(vertices) - 1]) if len(vertices) > 1 else np.array([0])
    CurveKeys.linear(placed.start + span, span).write(curves.new_curve("eval_time"))
    mesh.update()
    return target


def check_free(obj: bpy.types.Object) -> None:
    """Refuse a mesh that cannot get absolute shape keys of its own.

    Raises:
        BakeError: it is linked, has shape keys, or is another object's too.
    """
    mesh = mesh_of(obj)
    if mesh.library is not None:
        raise BakeError(f"The mesh '{mesh.name}' of '{obj.name}' is linked: make a library override of it.")
    if mesh.shape_keys is not None:
        raise BakeError(
            f"'{obj.name}' has shape keys already, which absolute ones would replace: bake to a copy "
            "of the object, or to a vertex cache."
        )
    if mesh.users > 1:
        raise BakeError(
            f"The mesh '{mesh.name}' is used by {mesh.users} objects, which would all move: make it "
            "single-user (Object > Relations > Make Single User), or bake to a copy of the object."
        )


def _copy(obj: bpy.types.Object, take: str, rollback: ExitStack) -> bpy.types.Object:
    """A copy of an object with a mesh of its own and no shape keys, in the same collections."""
    mesh: Any = mesh_of(obj).copy()
    rollback.callback(bpy.data.meshes.remove, mesh)
    target: Any = obj.copy()
    rollback.callback(bpy.data.objects.remove, target)
    target.data = mesh
    target.name = f"{obj.name} {take}"
    target.shape_key_clear()
    for collection in obj.users_collection:
        collection.objects.link(target)
    remove_takes(target)
    return target
