# SPDX-License-Identifier: GPL-3.0-or-later
"""The object that is animated, and whether it can be."""

from __future__ import annotations

from typing import TYPE_CHECKING

import bpy

from ..core.retarget.arkit import EMOTION, FELT_PARTS
from .face_bones import check_face_bones, moved_by_bones
from .kept_takes import check_is_there
from .mapping import mapping_of
from .parts import PlacedParts, place_parts, without_gaze
from .rig import check_bones, rig_of

if TYPE_CHECKING:
    from ..bake import ShapeKeyTarget
    from ..bake.pose import HeadRig
    from ..core.retarget.mapping import RigMapping
    from .output import Output


def target_object(context: bpy.types.Context) -> bpy.types.Object | None:
    """The object to animate: the one picked in the panel, else the selected mesh."""
    picked = context.scene.soliloquy.target.object
    if picked is not None:
        return picked
    layer = context.view_layer
    # Just after an object was deleted its place among the selected ones is None.
    meshes = [each for each in layer.objects.selected if each is not None and each.type == "MESH"]
    active = layer.objects.active
    if active in meshes:
        return active
    if len(meshes) == 1:
        return meshes[0]
    return active if active is not None and active.select_get() else None


def object_to_edit(context: bpy.types.Context) -> bpy.types.Object:
    """The object to animate, whose own settings may be changed.

    Raises:
        SoliloquyError: there is none, or it belongs to another file.
    """
    from ..bake import BakeError

    obj = check_is_there(target_object(context))
    if obj.library is not None:
        raise BakeError(f"'{obj.name}' is linked from another file: make a library override first.")
    return obj


def check_target(
    obj: bpy.types.Object | None,
    output: Output,
    rig: HeadRig | None = None,
    mapping: RigMapping | None = None,
) -> PlacedParts:
    """Refuse a head that cannot be animated so, and say where its parts go. Panels draw with it.

    Args:
        obj: the head.
        output: what becomes keys.
        rig: what carries it; its own by default.
        mapping: which of its keys are driven by what; its own by default.

    Raises:
        BakeError: why not, in one line.
    """
    from ..bake import BakeError, check_vertex_target, find_target
    from ..bake.pose import check_rig

    if obj is None:
        raise BakeError("No head is selected: select a mesh with shape keys.")
    rig = rig or rig_of(obj)
    mapping = mapping or mapping_of(obj)
    by_bones = output.kind == "shape_keys" and moved_by_bones(obj)
    has_keys = output.kind == "shape_keys" and not by_bones
    moved_by = "bones" if by_bones else "keys" if has_keys else "vertices"
    placed = place_parts(obj, rig, output.parts, output.gaze_on, moved_by=moved_by, mapping=mapping)
    if by_bones:
        placed = without_gaze(placed)
    if placed.face and by_bones:
        check_face_bones(obj)
    elif placed.face and has_keys:
        check_blocked(find_target(obj, mapping), placed.face, output)
    elif placed.face and output.kind == "cache":
        check_vertex_target(obj, "cache", folder=output.folder)
    elif placed.face:
        check_vertex_target(obj, "shape_keys", copy=output.on_copy)
    if placed.rig:
        check_bones(rig)
        check_rig(rig, placed.rig)
    return placed


def check_blocked(target: ShapeKeyTarget, parts: tuple[str, ...], output: Output) -> None:
    """Refuse blocked shape keys before any work is done, where that is the user's choice."""
    from ..bake import BakeError
    from ..bake.target import listed

    if output.blocked != "error":
        return
    wanted = target.keys_of(FELT_PARTS if parts == (EMOTION,) else parts)
    hindered = [each for each in target.blocked if not each.key or each.key in wanted]
    if hindered:
        raise BakeError(
            f"Shape keys of '{target.object_name}' would not show their animation: {listed(hindered, 3)}. "
            "Clear this, or choose otherwise under Output > Blocked Keys."
        )
