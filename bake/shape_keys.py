# SPDX-License-Identifier: GPL-3.0-or-later
"""Write a FaceMotion as shape-key F-curves: one take, one channel group for each part.

F is the number of frames, K of shape keys.
"""

from collections.abc import Iterable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Literal

import bpy
import numpy as np

from ..core.errors import InputError
from ..core.motion import FaceMotion
from ..core.retarget.abilities import Ability
from ..core.retarget.arkit import ARKIT_INDEX, EMOTION, FACE_PARTS, PARTS
from ..core.retarget.channels import CHANNELS
from ..core.retarget.mapping import MappedKey, RigMapping
from ..core.retarget.measured_shapes import MeasuredShapes
from .blocked import WHOLE_OBJECT, BlockedKey
from .checks import check_take_name, rows_to_bake
from .companion_bake import CompanionReport, bake_companions
from .errors import BakeError
from .face_plan import FacePlan, all_blocked, plan_face
from .layers import layers_played
from .mesh_bake import MotionToBake, bake_mesh
from .meshes import shape_keys_of
from .movement import check_movement
from .part_weights import PartWeights, freed_parts, reached_parts
from .target import ShapeKeyTarget, find_target, left_alone, listed

BlockedChoice = Literal["error", "skip", "fix"]
"""What to do with blocked shape keys: refuse, leave them out, or clear what blocks them."""


@dataclass(frozen=True)
class BakeReport:
    """What a bake wrote.

    Attributes:
        action: name of the action.
        first_frame: first baked scene frame.
        last_frame: last baked scene frame.
        keyed: shape keys that got keys, in the order of the mesh.
        resting: shape keys of the parts that stay at rest and got none.
        skipped: blocked shape keys that were left out, with the reason.
        unblocked: what was cleared so that the keys show ("fix").
        missing: ARKit names of the parts that the rig does not show.
        key_count: number of keys written, on what goes with the face too.
        movement: how far the evaluated mouth moves at its widest, object units; None when not measured.
        warnings: lines for the user.
        method: "names" or "shapes": what the values of the keys were found by.
        mapped: the shape keys that are driven, and what each is taken for.
        notes: how values were found, where that is not what was asked for.
        abilities: what the rig does of what speech asks of the parts; none of one that has the ARKit shapes.
        companions: what was written on other meshes.
    """

    action: str
    first_frame: int
    last_frame: int
    keyed: tuple[str, ...]
    resting: tuple[str, ...]
    skipped: tuple[str, ...]
    unblocked: tuple[str, ...]
    missing: tuple[str, ...]
    key_count: int
    movement: float | None
    warnings: tuple[str, ...]
    method: Literal["names", "shapes"] = "names"
    mapped: tuple[MappedKey, ...] = ()
    notes: tuple[str, ...] = ()
    abilities: tuple[Ability, ...] = ()
    companions: tuple[CompanionReport, ...] = ()


def bake_motion(
    obj: bpy.types.Object,
    motion: FaceMotion,
    *,
    start_frame: int,
    take: str,
    parts: tuple[str, ...] = ("Mouth", "Blink"),
    key_reduction: float | None = None,
    blocked: BlockedChoice = "error",
    frame_range: tuple[int, int] | None = None,
    mapping: RigMapping | None = None,
    shapes: MeasuredShapes | None = None,
    companions: Sequence[bpy.types.Object] | None = None,
) -> BakeReport:
    """Key an object's shape keys with a motion; row i of the motion goes to frame `start_frame` + i.

    Keys of these parts within the baked frames are replaced, and all that an earlier bake of the whole
    take wrote elsewhere; every other key stays, and so do the keys of a channel that rests and that only
    the user has keyed. After the whole motion the channels come to rest. The keys go into the action that
    the shape keys have, else into a new one named after the take. On any error the file is as
    it was.

    Shape keys of whole ARKit mouths take their weights as they are. Those of other rigs are solved for, from
    what they are measured to do, else from what their names mean.

    Args:
        obj: a mesh object with shape keys.
        motion: at the scene's true rate (`fps / fps_base`).
        start_frame: scene frame of the motion's first row; may be negative.
        take: name for a new action, by custom that of the sound.
        parts: names from `core.retarget.arkit.FACE_PARTS`; channels of other parts are not touched. Emotion
            alone replaces the keys of what it moves, or moved before, with the sum of the take's parts. Of
            other parts it leaves alone what is blocked, and what the animator's keys or NLA strips move.
        key_reduction: largest error in value of a curve with fewer keys; None keys every frame. Frames
            with closed lips always keep their keys.
        blocked: what to do with shape keys of these parts that would not show their keys.
        frame_range: first and last scene frame to bake, both included; None bakes all of the motion.
        mapping: which shape key is what, and how values are found; by default as the names say.
        shapes: what the shape keys do, where that is known already; else they are measured when the mapping
            asks for it (`face_reading`).
        companions: other meshes of the character that are keyed along with it, as `find_companions` finds
            them.

    Raises:
        InputError: an argument that cannot be used.
        BakeError: a target that cannot be animated, weights that are not numbers, blocked keys, or a mouth
            that does not move after baking.
    """
    rows = _check(motion, start_frame, take, parts, key_reduction, blocked, frame_range)
    target = find_target(obj, mapping)
    asked = PartWeights.of(motion, rows)
    reached = reached_parts(parts, layers_played(shape_keys_of(obj)), asked.emotion)
    freed = freed_parts(parts, reached)
    hindered = _hindered(target, freed, blocked)
    skipped = (*_out_of_reach(target, freed, reached), *(hindered if blocked == "skip" else ()))
    plan = plan_face(obj, target, shapes, skipped)
    keys = plan.keys_of(reached)
    if not keys and hindered and blocked == "skip":
        raise all_blocked(obj.name, hindered)
    if not keys and not (EMOTION in parts and plan.keys_of(PARTS)):
        raise BakeError(f"'{obj.name}' has no shape key of the parts {', '.join(parts)}.")

    first = start_frame + rows.start
    whole_fps = None if frame_range else motion.fps
    to_bake = MotionToBake(asked, parts, take, first, whole_fps, key_reduction)
    unblocked = tuple(plan.keys_of(freed)) if blocked == "fix" else None
    warnings = list(_part_warnings(target, plan, parts))
    if blocked != "skip" and skipped:
        warnings.append(f"Shape keys of '{obj.name}' were left out: {listed(skipped)}.")
    with ExitStack() as rollback:
        baked = bake_mesh(obj, plan.driver, to_bake, rollback, action_name=take, unblocked=unblocked)
        if baked.curves.replaced:
            warnings.append(
                f"Keys that Soliloquy did not write were replaced: {listed(baked.curves.replaced)}."
            )
        if baked.curves.left:
            warnings.append(left_alone(obj.name, baked.curves.left))
        movement = None
        if "Mouth" in parts:
            movement = check_movement(obj, baked.driven, baked.summed, first, warnings)
        others, finished = bake_companions(
            companions or (), obj, plan, to_bake, baked.take.action, blocked == "fix", warnings, rollback
        )
        counts = baked.curves.counts
        report = BakeReport(
            action=baked.take.action.name,
            first_frame=first,
            last_frame=first + len(asked) - 1,
            keyed=tuple(counts),
            resting=tuple(
                each.key for each in baked.channels if each.key not in (*counts, *baked.curves.left)
            ),
            skipped=tuple(map(str, skipped)),
            unblocked=tuple(map(str, hindered)) if blocked == "fix" else (),
            missing=tuple(name for name in _names_of(parts) if name in plan.retargeter.missing),
            key_count=sum(counts.values()) + sum(each.key_count for each in others),
            movement=movement,
            warnings=tuple(warnings),
            method="shapes" if plan.retargeter.measured else "names",
            mapped=plan.rows,
            notes=plan.notes,
            abilities=tuple(each for each in plan.retargeter.abilities if each.part in parts),
            companions=others,
        )
        rollback.pop_all()
    for each in (baked, *finished):
        each.finish()
    return report


def _hindered(
    target: ShapeKeyTarget, parts: tuple[str, ...], choice: BlockedChoice
) -> tuple[BlockedKey, ...]:
    """The blocked keys of some parts.

    Raises:
        BakeError: there are any and that is an error, or all of the object's keys are to be skipped.
    """
    keys = target.keys_of(parts)
    hindered = tuple(each for each in target.blocked if each.key in (WHOLE_OBJECT, *keys))
    if hindered and choice == "error":
        raise BakeError(
            f"Shape keys of '{target.object_name}' would not show their animation: {listed(hindered)}. "
            "Clear this by hand, or choose to skip these keys or to let Soliloquy clear it."
        )
    if choice == "skip" and any(each.key == WHOLE_OBJECT for each in hindered):
        raise all_blocked(target.object_name, hindered)
    return hindered


def _out_of_reach(
    target: ShapeKeyTarget, freed: tuple[str, ...], reached: tuple[str, ...]
) -> tuple[BlockedKey, ...]:
    """The blocked keys that only emotion would move: nobody asked for their parts."""
    keys = target.keys_of(reached).keys() - target.keys_of(freed).keys()
    return tuple(each for each in target.blocked if each.key in keys)


def _check(
    motion: FaceMotion,
    start_frame: int,
    take: str,
    parts: tuple[str, ...],
    key_reduction: float | None,
    blocked: str,
    frame_range: tuple[int, int] | None,
) -> slice:
    """Refuse what cannot be baked, before anything is written; the rows of the motion to bake."""
    check_take_name(take)
    unknown = [part for part in parts if part not in FACE_PARTS]
    if unknown or not parts:
        raise InputError(f"Unknown parts {unknown}: expected some of {', '.join(FACE_PARTS)}.")
    if key_reduction is not None and not 0 < key_reduction < 1:
        raise InputError(f"Key reduction error {key_reduction} is not between 0 and 1 (0.01 is usual).")
    if blocked not in ("error", "skip", "fix"):
        raise InputError(f"Unknown choice for blocked keys '{blocked}': expected error, skip or fix.")
    rows = rows_to_bake(len(motion), start_frame, frame_range)
    bad = ~np.isfinite(motion.weights[rows])
    if motion.emotion is not None:
        bad |= ~np.isfinite(motion.emotion[rows])
    if bad.any():
        row, column = np.argwhere(bad)[0]
        name = next(name for name, index in ARKIT_INDEX.items() if index == column)
        raise BakeError(
            f"The motion holds {bad.sum()} weights that are not numbers (first: {name} at frame "
            f"{start_frame + rows.start + row}): generate it again."
        )
    return rows


def _part_warnings(target: ShapeKeyTarget, plan: FacePlan, parts: tuple[str, ...]) -> tuple[str, ...]:
    if plan.retargeter.abilities:
        # What the keys do together, whatever their names.
        lacking = [
            each.name for each in plan.retargeter.abilities if each.part in parts and not each.is_enough
        ]
        if not lacking:
            return ()
        # All of them, one after the other: each is a phrase that is translated by itself.
        return (
            f"The shape keys of '{target.object_name}' cannot {', '.join(lacking)}. Measure Face under "
            "Mapping says how much of it they reach.",
        )
    # Who switches a key off knows.
    off = {name for row in target.rig.keys if not row.use for name in _meaning(row)}
    missing = [name for name in _names_of(parts) if name in target.missing and name not in off]
    if not missing:
        return ()
    note = " Without jawOpen the mouth does not open." if "jawOpen" in missing else ""
    return (f"'{target.object_name}' lacks {listed(missing, limit=len(missing))}.{note}",)


def _names_of(parts: tuple[str, ...]) -> list[str]:
    """The ARKit names of some parts; emotion has none of its own."""
    return [name for part in parts if part != EMOTION for name in PARTS[part]]


def _meaning(row: MappedKey) -> Iterable[str]:
    """ARKit names that a row's channel stands for."""
    return CHANNELS[row.channel].meaning if row.channel in CHANNELS else ()
