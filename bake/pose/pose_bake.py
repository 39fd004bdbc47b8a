# SPDX-License-Identifier: GPL-3.0-or-later
"""Put the motion of head and eyes on what carries them in a rig: one call."""

from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

from ...core.errors import InputError
from ...core.head_rotation import matrices_from_angles, share_of, soft_limited
from ...core.motion import FaceMotion
from ..action import assigned_channels, take_action
from ..checks import check_take_name, rows_to_bake
from ..errors import BakeError
from .check import check_joint, joints_of, lock_warnings
from .curves import JointCurves
from .facing import head_axes
from .following import followed_share
from .joints import Joint
from .library_aside import put_library_aside
from .nla import check_nla, is_combined, play_above_nla
from .pose_takes import action_name
from .rig import FACINGS, GAZE, HEAD, POSE_PARTS, HeadRig, Limits
from .seen import check_turns
from .stored import JointStore, adopt_renamed, keep_store, read_store
from .timing import Timing, timing_of
from .turns import Turn, eye_turn, head_turns

Floats = NDArray[np.float64]

PoseMode = Literal["replace", "add"]
"""In place of what the carriers were animated to do in these frames, or on top of it."""

_STILL: Final = 1e-5
"""Radians below which nothing turns."""

_UNMOVED: Final = 1e-6
"""Metres below which a translation is none."""

_LEAST_ERROR: Final = 0.1
"""Share of the error that head and neck have at least, however they share the turn."""


@dataclass(frozen=True)
class PoseReport:
    """What a bake of head and eyes wrote.

    Attributes:
        actions: names of the actions, one for each animated datablock.
        first_frame: first baked scene frame.
        last_frame: last baked scene frame.
        key_count: number of keys written.
        warnings: lines for the user.
    """

    actions: tuple[str, ...]
    first_frame: int
    last_frame: int
    key_count: int
    warnings: tuple[str, ...] = ()


def bake_pose(
    rig: HeadRig,
    motion: FaceMotion,
    *,
    start_frame: int,
    take: str,
    parts: tuple[str, ...] = POSE_PARTS,
    mode: PoseMode = "replace",
    limits: Limits | None = None,
    key_reduction: float | None = None,
    frame_range: tuple[int, int] | None = None,
    then: Callable[[], object] | None = None,
) -> PoseReport:
    """Turn a rig's head and eyes with a motion; row i of the motion goes to frame `start_frame` + i.

    The rotation mode of a bone or object is never changed. The keys go into the action that the datablock
    has, else into a new one named after the take, each part in an F-curve group of its own. What was
    animated there before is put aside and comes back where a later bake of the same take no longer needs
    the frames. Before and after the motion the carriers go over smoothly to what they do there. On any
    error the file is as it was.

    Args:
        rig: what carries head and eyes; of the part Gaze, eyes that are not named are left out.
        motion: at the scene's true rate (`fps / fps_base`).
        start_frame: scene frame of the motion's first row; may be negative.
        take: name for a new action, by custom that of the sound.
        parts: of `POSE_PARTS`.
        mode: "replace" or "add".
        limits: how far the head may turn; by default `Limits()`.
        key_reduction: degrees by which a rotation with fewer keys may be off; None keys every frame.
        frame_range: first and last scene frame to bake, both included; None bakes all of the motion.
        then: what belongs to this bake as one whole, such as that of the face: called when everything is
            keyed, and when it raises, head and eyes are as they were.

    Raises:
        InputError: an argument that cannot be used.
        BakeError: a rig that cannot be animated so, a motion that is not numbers, or a head that does not
            turn after baking.
    """
    limits = limits or Limits()
    _check_arguments(rig, take, parts, mode, limits, key_reduction)
    rows = rows_to_bake(len(motion), start_frame, frame_range)
    joints = joints_of(rig, parts)
    for joint in joints.values():
        check_joint(joint)
    first, last = start_frame + rows.start, start_frame + rows.stop - 1
    pose = _asked(motion, rows, limits)
    moving = {joint.part for joint in joints.values() if not _rests(joint, pose)}
    joints = {name: joint for name, joint in joints.items() if joint.part in moving}
    if not joints:
        if then is not None:
            then()
        return PoseReport((), first, last, 0)
    if mode == "add":
        check_nla(joints.values())
    warnings = list(lock_warnings(joints.values()))
    with ExitStack() as rollback:
        objects = dict.fromkeys(joint.obj for joint in joints.values())
        for obj in objects:
            warnings.extend(put_library_aside(obj, rollback))
            play_above_nla(obj, add=mode == "add", rollback=rollback)
        takes = {obj: take_action(obj, action_name(take, obj), rollback) for obj in objects}
        old_groups = {obj: each.group_names() for obj, each in takes.items()}
        stores = {obj: read_store(each.action, each.layer_key) for obj, each in takes.items()}
        curves: dict[str, JointCurves] = {}
        for name, joint in joints.items():
            bone = joint.carrier.bone
            adopt_renamed(stores[joint.obj], joint, takes[joint.obj].channels())
            store = stores[joint.obj].setdefault(bone, JointStore(joint.part))
            store.part = joint.part
            combined = is_combined(joint.obj)
            curves[name] = JointCurves(joint, takes[joint.obj], store, rollback, combined)
            if frame_range is None:
                curves[name].release(take)
        done: list[tuple[Turn, Timing]] = []
        for part in dict.fromkeys(parts):
            own = {name: each for name, each in curves.items() if each.joint.part == part}
            # Nothing added to what is there: it is given back as it was, to the last handle.
            if not own or (mode == "add" and frame_range is None and pose.is_still[part]):
                continue
            spans = {span for each in own.values() for span in each.store.spans}
            led = any(each.is_led(first) for each in own.values())
            timing = timing_of(part, spans, first, last, motion.fps, led)
            for name, turn in _turns(own, rig, pose, timing).items():
                errors = None
                if key_reduction is not None:
                    errors = _errors(turn, key_reduction * _error_share(name, own, rig))
                own[name].write(turn, timing, start_frame, mode == "add", errors, take)
                done.append((turn, timing))
        for each in curves.values():
            each.finish()
        for obj, each in takes.items():
            keep_store(each, stores[obj], rollback)
        edited = sum(each.edited for each in curves.values())
        if edited:
            warnings.append(f"{edited} keys of head and eyes that were edited by hand were replaced.")
        check_turns(done, {each.joint.key: each.starts for each in curves.values()}, warnings)
        report = PoseReport(
            actions=tuple(dict.fromkeys(each.action.name for each in takes.values())),
            first_frame=first,
            last_frame=last,
            key_count=sum(each.key_count for each in curves.values()),
            warnings=tuple(warnings),
        )
        if then is not None:
            then()
        rollback.pop_all()
    for each in curves.values():
        for curve in each.emptied:
            each.take.remove_curve(curve)
    for obj, each in takes.items():
        for name in old_groups[obj]:
            each.remove_empty_group(name)
    return report


@dataclass(frozen=True)
class _Pose:
    """What is asked of head and eyes: rotations (F, 3, 3) and translations (F, 3) in head axes, metres."""

    head: Floats
    translation: Floats
    gaze: Floats
    is_still: dict[str, bool]
    is_moved: bool


def _asked(motion: FaceMotion, rows: slice, limits: Limits) -> _Pose:
    angles = np.asarray(motion.head_rotation[rows], np.float64)
    translation = np.asarray(motion.head_translation[rows], np.float64)
    gaze = np.asarray(motion.gaze[rows], np.float64)
    if not all(np.isfinite(each).all() for each in (angles, translation, gaze)):
        raise BakeError("The motion of head and eyes holds values that are not numbers: generate it again.")
    is_still = {
        HEAD: np.abs(angles).max() < _STILL and np.abs(translation).max() < _UNMOVED,
        GAZE: np.abs(gaze).max() < _STILL,
    }
    angles = soft_limited(angles, (limits.yaw, limits.pitch, limits.roll))
    eyes = np.concatenate([gaze, np.zeros((len(gaze), 1))], axis=1)
    # As of the whole motion, so that a range of it takes the place of what was keyed there.
    is_moved = bool(np.abs(motion.head_translation).max() > _UNMOVED)
    return _Pose(matrices_from_angles(angles), translation, matrices_from_angles(eyes), is_still, is_moved)


def _rests(joint: Joint, pose: _Pose) -> bool:
    """Whether a carrier is not animated and is not to be."""
    if not pose.is_still[joint.part]:
        return False
    paths = {joint.path(joint.rotation_property), joint.path("location")}
    return not any(path in paths for path, _ in assigned_channels(joint.obj))


def _axes_of(joint: Joint, rig: HeadRig, store: JointStore) -> Floats:
    """Head axes of a carrier; those of an object are found once, because it turns afterwards."""
    if rig.facing != "AUTO" or joint.bone is not None:
        return head_axes(joint, rig.facing, rig.head)
    if store.axes is None:
        store.axes = head_axes(joint, rig.facing)
    return store.axes


def _turns(curves: dict[str, JointCurves], rig: HeadRig, pose: _Pose, timing: Timing) -> dict[str, Turn]:
    """What each carrier of one part does in the frames of its timing, the head last."""
    rows, strength = timing.rows, timing.strength
    joints = {name: each.joint for name, each in curves.items()}
    axes = {each.joint.key: _axes_of(each.joint, rig, each.store) for each in curves.values()}
    if "head" not in joints:
        gaze = _faded(pose.gaze[rows], strength)
        return {name: eye_turn(joint, axes[joint.key], gaze) for name, joint in joints.items()}
    head, neck = joints["head"], joints.get("neck")
    turns = head_turns(
        head,
        neck,
        axes,
        rig.neck_share,
        0.0 if neck is None else followed_share(head, neck, timing.first),
        _faded(pose.head[rows], strength),
        pose.translation[rows] * strength[:, None] if pose.is_moved else None,
    )
    return {"head" if turn.joint is head else "neck": turn for turn in turns}


def _error_share(name: str, curves: dict[str, JointCurves], rig: HeadRig) -> float:
    """How much of the error a carrier may have: what a neck is off, its head is off too."""
    if "neck" not in curves:
        return 1.0
    share = float(np.clip(rig.neck_share, _LEAST_ERROR, 1 - _LEAST_ERROR))
    return share if name == "neck" else 1 - share


def _errors(turn: Turn, degrees: float) -> dict[str, float]:
    """How much keys may be off: a location as much of its way as the degrees are of a turn of 10 degrees."""
    largest = 0.0 if turn.offset is None else float(np.abs(turn.offset).max(initial=0))
    return {turn.joint.rotation_property: degrees, "location": largest * degrees / 10}


def _faded(rotations: Floats, strength: Floats) -> Floats:
    """Rotations (N, 3, 3) by their share (N,)."""
    partly = np.flatnonzero(strength < 1)
    if len(partly):
        rotations = rotations.copy()
        rotations[partly] = share_of(rotations[partly], strength[partly])
    return rotations


def _check_arguments(
    rig: HeadRig,
    take: str,
    parts: tuple[str, ...],
    mode: str,
    limits: Limits,
    key_reduction: float | None,
) -> None:
    check_take_name(take)
    unknown = [part for part in parts if part not in POSE_PARTS]
    if unknown or not parts:
        raise InputError(f"Unknown parts {unknown}: expected some of {', '.join(POSE_PARTS)}.")
    if mode not in ("replace", "add"):
        raise InputError(f"Unknown way to bake head and eyes '{mode}': expected replace or add.")
    if rig.facing not in FACINGS:
        raise InputError(f"Unknown facing '{rig.facing}': expected one of {', '.join(FACINGS)}.")
    if not 0 <= rig.neck_share <= 1:
        raise InputError(f"The neck's share is {rig.neck_share}: expected 0 to 1.")
    if min(limits.yaw, limits.pitch, limits.roll) < 0:
        raise InputError("A limit of the head's turn is below zero: expected degrees from 0 on.")
    if key_reduction is not None and not 0 < key_reduction < 90:
        raise InputError(f"Key reduction error {key_reduction} is not between 0 and 90 degrees.")
