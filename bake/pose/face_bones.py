# SPDX-License-Identifier: GPL-3.0-or-later
"""Put the motion of a face on its bones, by the poses that the rig has: one call.

F is the number of frames, K of poses.
"""

from collections.abc import Callable, Iterable
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Final

import bpy
import numpy as np
from numpy.typing import NDArray

from ...core.errors import InputError
from ...core.head.lip_gap import lip_gap_model
from ...core.head_rotation import share_of
from ...core.motion import FaceMotion
from ...core.retarget.abilities import Ability
from ...core.retarget.arkit import EMOTION, FACE_PARTS, PARTS
from ...core.retarget.bone_poses import BonePoses
from ...core.retarget.mapping import RigMapping
from ...core.retarget.measured_shapes import MeasuredShapes
from ...core.retarget.retargeter import Retargeter
from ..action import TakeAction, playing_strips, take_action
from ..checks import check_take_name, rows_to_bake
from ..errors import BakeError
from ..key_reduction import keep_closed
from ..layers import Layer, layers_played
from ..part_weights import PartWeights, moved_by_emotion, reached_parts
from ..target import listed
from ..written import sum_of
from .curves import JointCurves
from .face_layers import store_parts
from .face_rig import FaceBone, FaceRig, face_rig
from .face_seen import check_face
from .joints import Joint
from .library_aside import put_library_aside
from .nla import is_combined, play_above_nla
from .pose_takes import action_name
from .rig import GAZE, HEAD, Carrier
from .stored import JointStore, adopt_renamed, keep_store, read_store
from .timing import Timing, timing_of
from .turns import Turn

Floats = NDArray[np.float64]

_STRAIGHT: Final = 1e-6
"""Share of a pose by which keys of a bone at rest may be off: two are enough."""

_REST: Final = 1e-4
"""Poses shown by less than this do nothing."""


@dataclass(frozen=True)
class FaceBonesReport:
    """What a bake of a face made of bones wrote.

    Attributes:
        action: name of the armature's action.
        first_frame: first baked scene frame.
        last_frame: last baked scene frame.
        key_count: number of keys written.
        bones: that got keys, in the order of the poses.
        poses: that the motion shows, of the parts that were baked.
        resting: poses of these parts that it does not show.
        missing: ARKit names of these parts that no pose expresses.
        movement: how far a mesh moves where the mouth is widest, in units of the world; None when there is
            none to look at.
        warnings: lines for the user.
        abilities: what the poses of these parts do of what speech asks of a face, where they are solved for.
    """

    action: str
    first_frame: int
    last_frame: int
    key_count: int
    bones: tuple[str, ...]
    poses: tuple[str, ...]
    resting: tuple[str, ...]
    missing: tuple[str, ...]
    movement: float | None
    warnings: tuple[str, ...] = ()
    abilities: tuple[Ability, ...] = ()


def bake_face_bones(
    obj: bpy.types.Object,
    motion: FaceMotion,
    *,
    poses: BonePoses,
    mapping: RigMapping | None = None,
    shapes: MeasuredShapes | None = None,
    start_frame: int,
    take: str,
    parts: tuple[str, ...] = ("Mouth", "Blink"),
    key_reduction: float | None = None,
    frame_range: tuple[int, int] | None = None,
    then: Callable[[], object] | None = None,
) -> FaceBonesReport:
    """Key a face made of bones with a motion; row i of the motion goes to frame `start_frame` + i.

    Each frame shows poses in part, and the bones hold what these make together (`BonePoses.blend`), in
    their own rotation modes and within the locks and limits of the rig. Only channels that poses use get
    keys, in an F-curve group named after the part. The keys go into the action that the armature has, which
    may hold head and eyes too (`bake_pose`), else into a new one named after the take. What was animated on
    the face's bones before is put aside and comes back where a later bake of the same take no longer needs
    the frames. Bones that carry the head are left to it. On any error the file is as it was.

    Args:
        obj: the armature.
        motion: at the scene's true rate (`fps / fps_base`).
        poses: of its face (`read_poses`).
        mapping: which pose is what; found by the poses' names when None.
        shapes: what the poses do to the mesh (`measure_poses`). When None it is measured, unless the mapping
            asks for names or the names are those of a whole mouth.
        start_frame: scene frame of the motion's first row; may be negative.
        take: name for a new action, by custom that of the sound.
        parts: names from `core.retarget.arkit.FACE_PARTS`. Emotion alone replaces the keys of the bones
            that it moves, or moved before, with the sum of the take's parts. Bones that only emotion would
            move stay as NLA strips have them.
        key_reduction: share of each pose by which curves with fewer keys may be off; None keys every frame.
            Frames with closed lips keep their keys.
        frame_range: first and last scene frame to bake, both included; None bakes all of the motion.
        then: what belongs to this bake as one whole: called when everything is keyed, and when it raises,
            the bones are as they were.

    Raises:
        InputError: an argument that cannot be used.
        BakeError: an armature that cannot be animated, poses that fit no part, weights that are not numbers,
            or a face that does not move after baking.
    """
    rows = _check(motion, start_frame, take, parts, key_reduction, frame_range)
    asked = PartWeights.of(motion, rows)
    before = layers_played(obj)
    # Where emotion moves nothing, there is still a face to tell so of.
    reached = reached_parts(parts, before, asked.emotion) or tuple(PARTS)
    face = face_rig(obj, poses, mapping, shapes, reached)
    first, last = start_frame + rows.start, start_frame + rows.stop - 1
    whole = frame_range is None
    abilities = [each for each in face.retargeter.abilities if each.part in parts]
    lacking = [each.name for each in abilities if not each.is_enough]
    warnings = list(face.warnings)
    if lacking:
        # All of them, one after the other: each is a phrase that is translated by itself.
        warnings.append(
            f"The poses of '{obj.name}' cannot {', '.join(lacking)}. Measure Face under Mapping says how "
            "much of it they reach."
        )
    if "Mouth" in parts and "jawOpen" in face.retargeter.missing and not lacking:
        warnings.append(f"No pose of '{obj.name}' opens the jaw: the mouth stays shut on vowels.")
    with ExitStack() as rollback:
        warnings.extend(put_library_aside(obj, rollback))
        play_above_nla(obj, add=is_combined(obj), rollback=rollback)
        action = take_action(obj, action_name(take, obj), rollback)
        old_groups = action.group_names()
        stored = read_store(action.action, action.layer_key)
        layers = store_parts(action, parts, asked, take, first, whole=whole, rollback=rollback)
        felt: set[str] = set()
        if EMOTION in parts:
            spans = before[EMOTION].spans_of(take) if whole and EMOTION in before else ()
            ranges = ((first, last), *((low, high) for _, low, high in spans))
            moved = moved_by_emotion(before, layers, ranges, face.retargeter.values)
            felt = {name for name, bone in face.bones.items() if face.poses.used[moved, bone.column].any()}
        bones, others = _touched(face, action, stored, parts, felt, warnings)
        combined = is_combined(obj)
        curves = {
            each.joint.carrier.bone: JointCurves(
                each.joint,
                action,
                stored.setdefault(each.joint.carrier.bone, JointStore(each.joint.part)),
                rollback,
                combined,
            )
            for each in bones
        }
        if whole:
            gone = [
                JointCurves(joint, action, stored[joint.carrier.bone], rollback, combined) for joint in others
            ]
            for each in [*curves.values(), *gone]:
                each.release(take)
        else:
            gone = []
        frames = _Frames(face.retargeter, layers, key_reduction)
        # Emotion may be there from the first frame on, and comes from rest; speech begins near it.
        from_rest = felt if whole and asked.emotion[0].any() else set()
        for bone in bones:
            span = (first, last) if not whole else _span(layers, {*bone.parts, EMOTION}, take)
            if not whole and bone.joint.carrier.bone in felt:
                span = _held(layers, bone, curves[bone.joint.carrier.bone], first, last)
            led = bone.joint.carrier.bone in from_rest
            _write(face, bone, curves[bone.joint.carrier.bone], frames, span, motion.fps, take, whole, led)
        for each in [*curves.values(), *gone]:
            each.finish()
        keep_store(action, stored, rollback)
        edited = sum(each.edited for each in (*curves.values(), *gone))
        if edited:
            warnings.append(f"{edited} keys of bones of the face that were edited by hand were replaced.")
        values = frames.values(first, last)
        written = {name: each for name, each in curves.items() if each.key_count}
        movement = check_face(face, written, values, first, parts, warnings)
        shown, resting = _shown(face, values, reached)
        report = FaceBonesReport(
            action=action.action.name,
            first_frame=first,
            last_frame=last,
            key_count=sum(each.key_count for each in curves.values()),
            bones=tuple(written),
            poses=shown,
            resting=resting,
            missing=tuple(
                name for part in parts for name in PARTS.get(part, ()) if name in face.retargeter.missing
            ),
            abilities=tuple(abilities),
            movement=movement,
            warnings=tuple(dict.fromkeys(warnings)),
        )
        if then is not None:
            then()
        rollback.pop_all()
    for each in (*curves.values(), *gone):
        for curve in each.emptied:
            each.take.remove_curve(curve)
    for name in old_groups:
        action.remove_empty_group(name)
    return report


class _Frames:
    """Values of poses over stretches of frames, each made once."""

    def __init__(self, retargeter: Retargeter, layers: dict[str, Layer], key_reduction: float | None) -> None:
        self.retargeter = retargeter
        self.layers = layers
        self.key_reduction = key_reduction
        self._values: dict[tuple[int, int], Floats] = {}
        self._sealed: dict[tuple[int, int], NDArray[np.bool_]] = {}

    def weights(self, first: int, last: int) -> NDArray[np.float32]:
        """ARKit weights (F, 52) of all parts together."""
        return sum_of(self.layers, first, last - first + 1)

    def values(self, first: int, last: int) -> Floats:
        """Values (F, K) of the poses."""
        if (first, last) not in self._values:
            values = self.retargeter.values(self.weights(first, last))
            self._values[first, last] = values.astype(np.float64)
        return self._values[first, last]

    def sealed(self, first: int, last: int) -> NDArray[np.bool_] | None:
        """Frames (F,) where the mouth keeps its keys so that closed lips stay closed; None with all keys."""
        if self.key_reduction is None:
            return None
        if (first, last) not in self._sealed:
            gap = lip_gap_model()
            mouth = [index for index, part in enumerate(self.retargeter.parts) if part == "Mouth"]
            self._sealed[first, last] = keep_closed(
                self.values(first, last)[:, mouth],
                self.retargeter.lip_slopes[mouth],
                gap.heights(self.weights(first, last)),
                gap.closed,
                self.key_reduction,
            )
        return self._sealed[first, last]


def _touched(
    face: FaceRig,
    action: TakeAction,
    stored: dict[str, JointStore],
    parts: tuple[str, ...],
    felt: set[str],
    warnings: list[str],
) -> tuple[list[FaceBone], list[Joint]]:
    """Bones that parts or emotion move, and others on which these parts were written before."""
    channels = action.channels()
    in_strips = {path for _, moved in playing_strips(face.obj) for path in moved}
    keyed = {path for path, _ in channels}
    bones, taken, left = [], [], []
    for name, bone in face.bones.items():
        if not bone.parts.intersection(parts):
            if name not in felt:
                continue
            paths = {bone.joint.path(prop) for prop in bone.places}
            if in_strips & paths and not keyed & paths and not is_combined(face.obj):
                left.append(name)
                continue
        adopt_renamed(stored, bone.joint, channels)
        before = stored.get(name)
        if before is not None and before.channels and _is_carrier(before, bone):
            taken.append(f"'{name}'")
            continue
        bones.append(bone)
    if taken:
        warnings.append(f"Bones that carry head or eyes are left to them: {listed(taken, 4)}.")
    if left:
        warnings.append(
            f"Emotion leaves bones of '{face.obj.name}' alone that play in NLA strips: {listed(left)}. Give "
            "the armature the strip's action back to have it there."
        )
    known = {bone.joint.carrier.bone for bone in bones}
    others = [
        Joint(store.part, Carrier(face.obj.name, name), face.obj, face.obj.pose.bones[name])
        for name, store in stored.items()
        if store.part in parts and store.part != GAZE and name not in known and name in face.obj.pose.bones
    ]
    return bones, others


def _is_carrier(store: JointStore, bone: FaceBone) -> bool:
    return store.part == HEAD or (store.part == GAZE and GAZE not in bone.parts)


def _span(layers: dict[str, Layer], parts: Iterable[str], take: str) -> tuple[int, int]:
    """First and last frame of a take in some parts."""
    spans = [span for part in parts if part in layers for span in layers[part].spans_of(take)]
    return min(low for _, low, _ in spans), max(high for _, _, high in spans)


def _held(
    layers: dict[str, Layer], bone: FaceBone, curves: JointCurves, first: int, last: int
) -> tuple[int, int]:
    """First and last frame of a part of a take, with those beside it that hold emotion within it.

    Where a bone had few keys or none, it would go on beyond them as it is there.
    """
    spans = [span for layer in layers.values() for span in layer.spans]
    live = [curves.live[name] for prop in bone.places for name in curves.names(prop)]

    def is_open(frame: int) -> bool:
        known = any(low <= frame <= high for _, low, high in spans)
        return known and not all(len(keys.within(frame, frame)) for keys in live)

    return (first - 1 if is_open(first - 1) else first), (last + 1 if is_open(last + 1) else last)


def _write(
    face: FaceRig,
    bone: FaceBone,
    curves: JointCurves,
    frames: _Frames,
    span: tuple[int, int],
    fps: float,
    take: str,
    whole: bool,
    led: bool,
) -> None:
    """Put what the poses make of a bone into its keys; `led` leads it in even where it has no keys before."""
    first, last = span
    values = frames.values(first, last)
    moves = np.abs(values[:, face.poses.used[:, bone.column]]).max(initial=0) > _REST
    written = any(low <= last and high >= first for _, low, high in curves.store.spans)
    if not moves and not (_is_posed(face, bone, curves) if whole else written):
        return
    curves.store.part = bone.joint.part
    led = led or curves.is_led(first, tuple(bone.places))
    timing = timing_of(bone.joint.part, curves.store.spans, first, last, fps, led)
    turn = _turn(bone, face.channels(bone, values), timing)
    sealed = frames.sealed(first, last) if "Mouth" in bone.parts else None
    kept = None if sealed is None else sealed[timing.rows] & (timing.strength >= 1)
    share = frames.key_reduction if moves else _STRAIGHT
    errors = None if share is None else _errors(face, bone, share)
    curves.write(turn, timing, first, False, errors, take, kept)


def _is_posed(face: FaceRig, bone: FaceBone, curves: JointCurves) -> bool:
    """Whether a bone without keys was posed and left so, and would not rest by itself."""
    zero = face.channels(bone, np.zeros((1, len(face.poses.names))))
    names = [name for prop in bone.places for name in curves.names(prop)]
    if any(len(curves.live[name]) for name in names):
        return False
    joint = bone.joint
    now = {
        "location": joint.values("location"),
        "scale": joint.values("scale"),
        joint.rotation_property: joint.matrices(joint.values(joint.rotation_property)[None])[0],
    }
    rest = {"location": zero[0][0], "scale": zero[2][0], joint.rotation_property: zero[1][0]}
    return any(np.abs(now[prop] - rest[prop]).max() > _REST for prop in bone.places)


def _turn(bone: FaceBone, channels: tuple[Floats, Floats, Floats], timing: Timing) -> Turn:
    """What a bone does in the frames of a timing, from its channels in those of the motion."""
    locations, rotations, scales = (each[timing.rows] for each in channels)
    strength = timing.strength
    partly = np.flatnonzero(strength < 1)
    rotations = rotations.copy()
    rotations[partly] = share_of(rotations[partly], strength[partly])
    prop = bone.joint.rotation_property
    return Turn(
        bone.joint,
        right=rotations if prop in bone.places else None,
        left=None,
        offset=locations * strength[:, None] if "location" in bone.places else None,
        asked=rotations,
        scale=1 + (scales - 1) * strength[:, None] if "scale" in bone.places else None,
        places=bone.places,
    )


def _errors(face: FaceRig, bone: FaceBone, share: float) -> dict[str, float]:
    """How much keys of a bone may be off: a share of the most that a pose does to it."""
    poses, column = face.poses, bone.column
    return {
        bone.joint.rotation_property: share
        * float(np.degrees(np.linalg.norm(poses.turns[:, column], axis=-1).max())),
        "location": share * float(np.abs(poses.poses.locations[:, column]).max()),
        "scale": share * float(np.abs(poses.poses.scales[:, column] - 1).max()),
    }


def _shown(face: FaceRig, values: Floats, parts: tuple[str, ...]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Poses of some parts that values (F, K) show, and those that they do not."""
    moves = np.abs(values).max(axis=0) > _REST
    own = [
        (name, moved)
        for name, part, moved in zip(face.poses.names, face.retargeter.parts, moves, strict=True)
        if part in parts
    ]
    return tuple(name for name, moved in own if moved), tuple(name for name, moved in own if not moved)


def _check(
    motion: FaceMotion,
    start_frame: int,
    take: str,
    parts: tuple[str, ...],
    key_reduction: float | None,
    frame_range: tuple[int, int] | None,
) -> slice:
    """Refuse what cannot be baked, before anything is written; the rows of the motion to bake."""
    check_take_name(take)
    unknown = [part for part in parts if part not in FACE_PARTS]
    if unknown or not parts:
        raise InputError(f"Unknown parts {unknown}: expected some of {', '.join(FACE_PARTS)}.")
    if key_reduction is not None and not 0 < key_reduction < 1:
        raise InputError(f"Key reduction error {key_reduction} is not between 0 and 1 (0.01 is usual).")
    rows = rows_to_bake(len(motion), start_frame, frame_range)
    felt = np.zeros(1) if motion.emotion is None else motion.emotion[rows]
    if not (np.isfinite(motion.weights[rows]).all() and np.isfinite(felt).all()):
        raise BakeError("The motion of the face holds weights that are not numbers: generate it again.")
    return rows
