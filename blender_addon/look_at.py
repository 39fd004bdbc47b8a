# SPDX-License-Identifier: GPL-3.0-or-later
"""What the eyes look at, as a head at rest sees it: read from the scene before the work begins.

N is the number of times at which it is read.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import bpy
from mathutils import Matrix, Vector

from .aside import evaluated_aside
from .parts import GAZE, HEAD
from .sequencer import frame_rate

if TYPE_CHECKING:
    from ..bake.pose import HeadRig
    from ..bake.pose.joints import Joint
    from ..core.generate.gaze import LookAt
    from .sound_strip import SpeechLine

_PER_SECOND: Final = 4.0
"""How often a moving aim is read. Eyes make about three movements in a second."""

_MOST: Final = 2000
"""Readings of a long speech, which are then further apart: each evaluates the character."""


def sample_look_at(
    obj: bpy.types.Object,
    rig: HeadRig,
    target: bpy.types.Object,
    scene: bpy.types.Scene,
    line: SpeechLine,
    *,
    goes_on: bool = False,
) -> LookAt:
    """Where a target is, from the speech's first frame to its last.

    Where neither it nor the character can move, it is read once. The scene keeps its frame, and what has no
    keys yet.

    Args:
        obj: what speaks.
        rig: what carries its head.
        target: what the eyes look at, by its origin. Cameras that markers bind take turns with it.
        scene: where the target and the character are.
        line: the speech.
        goes_on: the head's own animation goes on, below that of the speech or without it: what is told is
            then where the target is for a head that is turned so.

    Raises:
        BakeError: the rig names what is not there.
    """
    import numpy as np

    from ..bake.pose.below import is_turned_below, rotations_below
    from ..bake.pose.facing import head_axes, named_axes
    from ..bake.pose.joints import find_joint
    from ..core.generate.gaze import LookAt

    head = None if rig.head is None else find_joint("Head", rig.head)
    neck = None if rig.neck is None else find_joint("Head", rig.neck)
    holder = obj if head is None else head.obj
    cuts = _bound_cameras(scene) if target == scene.camera else ()
    fps, frames = frame_rate(scene), [scene.frame_current]
    is_moving = any(map(_may_move, {holder, target, *(camera for _, camera in cuts)})) or len(cuts) > 1
    joints = [joint for joint in (neck, head) if joint is not None]
    is_moving |= goes_on and any(map(is_turned_below, joints))
    if is_moving:
        frames = _frames_of(line, fps)
        # A cut is no pan.
        switched = {frame for first, _ in cuts for frame in (first - 1, first)}
        frames = sorted({*frames, *(each for each in switched if frames[0] <= each <= frames[-1])})
    axes = named_axes("-Y") if head is None else head_axes(head, rig.facing)
    eyes = _eyes(obj, rig, head)
    # What stands still goes on from where it is when the speech begins; of bones that is the rest pose.
    turned = {
        joint: rotations_below(joint, frames if goes_on else [line.start_frame] * len(frames))
        for joint in joints
        if goes_on or joint.bone is None
    }
    directions = []
    with evaluated_aside(holder, target, *(camera for _, camera in cuts)) as at:
        for number, frame in enumerate(frames):
            graph = at(frame)
            turns = {joint: Matrix(each[number].tolist()) for joint, each in turned.items()}
            to_world = _to_world(holder, head, neck, graph, turns)
            aim = _place(_camera_at(cuts, frame) or target, graph)
            way = to_world.to_3x3().normalized().inverted() @ (aim - to_world @ eyes)
            directions.append(axes.T @ np.array(way))
    x, y, z = np.array(directions).T
    angles = np.stack([np.arctan2(x, z), np.arctan2(y, np.hypot(x, z))], axis=1)
    times = [(frame - line.start_frame) / fps if is_moving else 0.0 for frame in frames]
    return LookAt(angles, np.array(times))


def _frames_of(line: SpeechLine, fps: float) -> list[int]:
    """Frames at which a moving aim is read."""
    seconds = line.expected_duration() or 0.0
    count = int(min(max(2.0, seconds * _PER_SECOND + 1), _MOST))
    length = max(1, round(seconds * fps))
    return sorted({line.start_frame + round(length * index / (count - 1)) for index in range(count)})


def _bound_cameras(scene: bpy.types.Scene) -> tuple[tuple[int, bpy.types.Object], ...]:
    """Cameras that markers switch to, with the frames from which on, in order."""
    bound = [(marker.frame, marker.camera) for marker in scene.timeline_markers if marker.camera is not None]
    return tuple(sorted(bound, key=lambda each: each[0]))


def _camera_at(cuts: tuple[tuple[int, bpy.types.Object], ...], frame: int) -> bpy.types.Object | None:
    """The camera that a marker has switched to; before the first marker, the first one's."""
    shown = [camera for first, camera in cuts if first <= frame]
    return shown[-1] if shown else next((camera for _, camera in cuts), None)


def _may_move(obj: bpy.types.Object, seen: set[bpy.types.ID] | None = None) -> bool:
    """Whether anything that an object hangs on could move it from frame to frame.

    Each frame that is read evaluates the character, so a rig that merely has constraints and drivers, as most
    have, must not count. What head and eyes were animated to here does not either.
    """
    seen = set() if seen is None else seen
    if obj in seen:
        return False
    seen.add(obj)
    if _is_animated(obj) or (obj.data is not None and _is_animated(obj.data)) or obj.rigid_body is not None:
        return True
    holders: list[Any] = [obj, *(() if obj.pose is None else obj.pose.bones)]
    constraints = [each for holder in holders for each in holder.constraints if not each.mute]
    hangs_on = [obj.parent, *(getattr(each, "target", None) for each in constraints)]
    hangs_on += [one.target for each in constraints for one in getattr(each, "targets", ())]
    if any(each.type == "FOLLOW_PATH" for each in constraints):
        return True
    for owner in (obj, obj.data):
        animation = None if owner is None else owner.animation_data
        for driver in () if animation is None else animation.drivers:
            if "frame" in driver.driver.expression:
                return True
            hangs_on += [target.id for each in driver.driver.variables for target in each.targets]
    objects = [each for each in hangs_on if isinstance(each, bpy.types.Object)]
    others = [each for each in hangs_on if each is not None and not isinstance(each, bpy.types.Object)]
    return any(_may_move(each, seen) for each in objects) or any(map(_is_animated, others))


def _is_animated(datablock: bpy.types.ID) -> bool:
    """Whether a datablock has keys that are not of the head's and eyes' own turn."""
    from ..bake.action import assigned_channels
    from .emotion_sliders import SLIDERS, path_of

    animation: Any = getattr(datablock, "animation_data", None)
    if animation is None:
        return False
    if any(not track.mute for track in animation.nla_tracks):
        return True
    curves = assigned_channels(datablock).values()  # type: ignore[arg-type]
    sliders = {path_of(name) for name in SLIDERS.values()}
    return any(
        (curve.group is None or curve.group.name not in (HEAD, GAZE)) and curve.data_path not in sliders
        for curve in curves
    )


def _found(obj: bpy.types.Object, graph: bpy.types.Depsgraph | None) -> bpy.types.Object:
    """An object as it is evaluated; one that is switched off in viewports as it was last."""
    evaluated = None if graph is None else obj.evaluated_get(graph)
    return evaluated if evaluated is not None and evaluated.is_evaluated else obj


def _place(obj: bpy.types.Object, graph: bpy.types.Depsgraph | None) -> Vector:
    """Where an object's origin is in the world."""
    found = _found(obj, graph)
    if found == obj and obj.parent is None:
        # Blender evaluates nothing of what it does not show.
        return obj.matrix_basis.translation
    return found.matrix_world.translation


def _to_world(
    holder: bpy.types.Object,
    head: Joint | None,
    neck: Joint | None,
    graph: bpy.types.Depsgraph | None,
    turns: dict[Joint, Matrix],
) -> Matrix:
    """From the space in which the head rests to the world, with head and neck turned by `turns` or at rest.

    That space is the armature's for a bone, else the object's own.
    """
    evaluated: Any = _found(holder, graph)  # Any: type stubs know no vectors as sequences
    if head is None:
        return evaluated.matrix_world
    if head.bone is None:
        parents = evaluated.matrix_world @ evaluated.matrix_basis.inverted()
        return parents @ Matrix.LocRotScale(evaluated.location, turns[head], evaluated.scale)
    # The neck takes a share of the turn: what carries both is what counts.
    lowest, chain = head.bone, [head]
    if neck is not None and neck.obj == head.obj and neck.bone in head.bone.parent_recursive:
        lowest, chain = neck.bone, [neck, head]
    carried = evaluated.matrix_world
    if lowest.parent is not None:
        parent = evaluated.pose.bones[lowest.parent.name]
        carried = carried @ parent.matrix @ parent.bone.matrix_local.inverted()
    for joint in chain:
        if joint in turns and joint.bone is not None:
            rest = joint.bone.bone.matrix_local
            carried = carried @ rest @ turns[joint].to_4x4() @ rest.inverted()
    return carried


def _eyes(obj: bpy.types.Object, rig: HeadRig, head: Joint | None) -> Vector:
    """The middle between the eyes where the head rests: what the lids move, else the eyes' bones."""
    from ..bake.pose.joints import find_joint

    if head is None or head.obj == obj:
        space = Matrix.Identity(4)
    else:
        space = head.obj.matrix_world.inverted() @ obj.matrix_world
    lids = _lids(obj)
    if lids is not None:
        return space @ lids
    if head is None or head.bone is None:
        return Vector((0, 0, 0))
    eyes = [find_joint("Gaze", each) for each in (rig.left_eye, rig.right_eye) if each is not None]
    places = [eye.bone.bone.head_local for eye in eyes if eye.bone is not None and eye.obj == head.obj]
    return sum(places, Vector()) / len(places) if places else head.bone.bone.head_local.copy()


def _lids(obj: bpy.types.Object) -> Vector | None:
    """The middle of what the blinks of a mesh move; None where it has none."""
    import numpy as np

    from ..bake import BakeError, find_target

    try:
        mapping = find_target(obj).mapping
    except BakeError:
        return None
    keys: Any = obj.data.shape_keys  # type: ignore[union-attr]
    places = []
    for name in ("eyeBlinkLeft", "eyeBlinkRight"):
        for key in mapping.get(name, ()):
            rest, moved = (np.empty(3 * len(obj.data.vertices), np.float32) for _ in range(2))
            keys.key_blocks[key].relative_key.points.foreach_get("co", rest)
            keys.key_blocks[key].points.foreach_get("co", moved)
            rest, moved = rest.reshape(-1, 3), moved.reshape(-1, 3)
            far = np.linalg.norm(moved - rest, axis=1)
            if far.sum() > 0:
                places.append((rest * far[:, None]).sum(axis=0) / far.sum())
    return Vector(np.mean(places, axis=0).tolist()) if places else None
