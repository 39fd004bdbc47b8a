# SPDX-License-Identifier: GPL-3.0-or-later
"""Key what goes with a face: teeth, tongue, lashes, as one whole with it."""

from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Final

import bpy

from .blocked import WHOLE_OBJECT, BlockedKey, find_blocked
from .checks import check_mode
from .companion_takes import note_companions
from .companions import companion_driver
from .face_plan import FacePlan
from .key_driver import KeyDriver
from .layers import layers_played
from .mesh_bake import BakedMesh, MotionToBake, bake_mesh
from .meshes import mesh_of, shape_keys_of
from .part_weights import freed_parts, reached_parts
from .pose.pose_takes import action_name
from .target import left_alone, listed

_DRIVEN: Final = "has a driver"


@dataclass(frozen=True)
class CompanionReport:
    """What was written on a mesh that goes with the face.

    Attributes:
        object_name: name of the object.
        action: name of its action.
        keyed: shape keys that got keys.
        key_count: number of keys written.
    """

    object_name: str
    action: str
    keyed: tuple[str, ...]
    key_count: int


def bake_companions(
    companions: Sequence[bpy.types.Object],
    face: bpy.types.Object,
    plan: FacePlan,
    motion: MotionToBake,
    face_action: bpy.types.Action,
    unblock: bool,
    warnings: list[str],
    rollback: ExitStack,
) -> tuple[tuple[CompanionReport, ...], tuple[BakedMesh, ...]]:
    """Key meshes along with their face, and note their actions in the face's take.

    Keys of theirs that are driven are left alone: as a rule they follow the face.

    Args:
        companions: the meshes.
        face: the object that they go with.
        plan: how the face is driven.
        motion: what is baked.
        face_action: the action that the face's keys are in.
        unblock: whether what blocks their keys is cleared; else these keys are left out.
        warnings: lines for the user; receives what was left out.
        rollback: receives what must be undone when the bake fails.

    Raises:
        BakeError: a companion is in Edit Mode.
    """
    reports, finished = [], []
    actions: dict[bpy.types.Object, bpy.types.Action] = {}
    taken = {mesh_of(face)}
    for obj in companions:
        if mesh_of(obj) in taken:
            continue
        taken.add(mesh_of(obj))
        if mesh_of(obj).library is not None and obj.override_library is None:
            warnings.append(
                f"'{obj.name}' is linked from another file and was not animated along: make a library "
                "override of it."
            )
            continue
        check_mode(obj)
        parts = reached_parts(motion.parts, layers_played(shape_keys_of(obj)), motion.weights.emotion)
        freed = freed_parts(motion.parts, parts) if unblock else ()
        driver, hindered = _free_driver(obj, plan, parts, freed)
        if hindered:
            warnings.append(f"Shape keys of '{obj.name}' were left out: {listed(hindered)}.")
        if driver is None or not _keys_of(driver, parts):
            continue
        baked = bake_mesh(
            obj,
            driver,
            motion,
            rollback,
            action_name=action_name(motion.take, obj),
            unblocked=_keys_of(driver, freed) if unblock else None,
        )
        if baked.curves.replaced:
            replaced = listed(baked.curves.replaced)
            warnings.append(f"Keys of '{obj.name}' that Soliloquy did not write were replaced: {replaced}.")
        if baked.curves.left:
            warnings.append(left_alone(obj.name, baked.curves.left))
        actions[obj] = baked.take.action
        finished.append(baked)
        counts = baked.curves.counts
        reports.append(CompanionReport(obj.name, baked.take.action.name, tuple(counts), sum(counts.values())))
    if actions:
        note_companions(face_action, actions, rollback)
    return tuple(reports), tuple(finished)


def _free_driver(
    obj: bpy.types.Object, plan: FacePlan, parts: tuple[str, ...], freed: tuple[str, ...]
) -> tuple[KeyDriver | None, list[BlockedKey]]:
    """What drives those keys of a companion that can be animated, and what hinders the others.

    Args:
        obj: the companion.
        plan: how the face is driven.
        parts: whose keys are animated.
        freed: those of them whose keys are freed of what blocks them.
    """
    driver = companion_driver(obj, plan.driver, plan.decided)
    if driver is None:
        return None, []
    blocked = find_blocked(obj, _keys_of(driver, parts))
    is_freed = {*_keys_of(driver, freed), *((WHOLE_OBJECT,) if freed else ())}
    left_out = {each.key for each in blocked if each.reason == _DRIVEN or each.key not in is_freed}
    hindered = [each for each in blocked if each.reason != _DRIVEN and each.key in left_out]
    if WHOLE_OBJECT in left_out:
        return None, hindered
    if not left_out:
        return driver, hindered
    return companion_driver(obj, plan.driver, plan.decided, left_out), hindered


def _keys_of(driver: KeyDriver, parts: tuple[str, ...]) -> list[str]:
    """The keys of some parts."""
    return [key for key, part in zip(driver.keys, driver.parts, strict=True) if part in parts]
