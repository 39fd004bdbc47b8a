# SPDX-License-Identifier: GPL-3.0-or-later
"""What is seen of a rig: whether head and eyes turn as asked, and how far a head follows its neck.

Rigs are evaluated as in `movement`, in a scene that is thrown away.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from typing import Final

import bpy
import numpy as np
from numpy.typing import NDArray

from ...core.head_rotation import degrees_between, matrices_from_angles
from ..action import assigned_channels
from ..curve_keys import CurveKeys
from ..errors import BakeError
from ..movement import evaluated_in, scene_of_its_own
from .joints import Joint
from .timing import Timing
from .tracked import sight_axis, tracking_bone
from .turns import Turn

Floats = NDArray[np.float64]

_SEEN_SHARE: Final = 0.05
"""Less than this share of the turn that was asked counts as none."""

_NOT_WORTH_A_LOOK: Final = 0.05
"""Degrees: smaller turns are no reason to expect that anything is seen."""

_TOLERANCE: Final = 0.5
"""Degrees by which what is seen may differ from what was asked, without a word."""

_TEST_TURN: Final = np.radians(20.0)


def check_turns(
    done: Sequence[tuple[Turn, Timing]], starts: Mapping[str, Mapping[str, Floats]], warnings: list[str]
) -> None:
    """Compare what is seen with what was asked, at the frame of the widest turn of each part.

    Args:
        done: turns that were keyed; of a neck and a head the head comes last.
        starts: by `Joint.key` and property, values (N, C) without the turn.
        warnings: receives lines about turns that are seen otherwise than asked.

    Raises:
        BakeError: the head, or an eye, does not turn.
    """
    for part in dict.fromkeys(turn.joint.part for turn, _ in done):
        own = [each for each in done if each[0].joint.part == part]
        seen_as = own[-1:] if part == "Head" else own
        for turn, timing in seen_as:
            angles = degrees_between(np.eye(3), turn.asked)
            row = int(angles.argmax())
            if angles[row] < _NOT_WORTH_A_LOOK:
                continue
            values = {
                each.joint: {name: start[row] for name, start in starts[each.joint.key].items()}
                for each, _ in own
            }
            frame = int(timing.frames[row])
            with scene_of_its_own(turn.joint.obj) as scene:
                turned = _axes(turn.joint, scene, frame)
                with posed(values):
                    unturned = _axes(turn.joint, scene, frame)
            if turned is None or unturned is None:
                warnings.append(
                    f"'{turn.joint.obj.name}' is hidden in viewports: whether it turns was not checked."
                )
                continue
            _judge(turn, unturned.T @ turned, row, frame, warnings)


def _judge(turn: Turn, seen: Floats, row: int, frame: int, warnings: list[str]) -> None:
    """Compare a turn (3, 3) that is seen, in the axes of `Turn.asked`, with a row of it."""
    asked = turn.asked[row]
    if turn.sight is None:
        asked_angle, angle = (float(degrees_between(np.eye(3), each)) for each in (asked, seen))
        difference = float(degrees_between(asked, seen))
    else:
        asked_angle = _degrees_from(turn.sight, asked @ turn.sight)
        target = turn.joint.bone
        assert target is not None  # or there would be no sight
        eye = tracking_bone(turn.joint.obj, target)
        assert eye is not None
        axis = sight_axis(eye, target)
        angle = _degrees_from(axis, seen @ axis)
        difference = abs(angle - asked_angle)
    if angle < _SEEN_SHARE * asked_angle:
        raise BakeError(
            f"{turn.joint.carrier} does not turn at frame {frame}: a constraint, the NLA or a script of the "
            "rig keeps it. Choose the control that an animator would turn. Nothing was baked."
        )
    if difference > max(_TOLERANCE, _SEEN_SHARE * asked_angle):
        warnings.append(
            f"At frame {frame} {turn.joint.carrier} is seen {difference:.1f} degrees off its turn of "
            f"{asked_angle:.1f}: a constraint, the NLA or a script of the rig changes it."
        )


def _degrees_from(first: Floats, second: Floats) -> float:
    """Angle between two directions (3,)."""
    across = np.linalg.norm(np.cross(first, second))
    return float(np.degrees(np.arctan2(across, first @ second)))


def neck_share_seen(head: Joint, neck: Joint, frame: int) -> float:
    """How much of a turn of the neck the head makes too, 0..1, as the rig is evaluated."""
    prop = neck.rotation_property
    still = neck.values(prop)
    shares = []
    with scene_of_its_own(head.obj) as scene:
        for angles in ((_TEST_TURN, 0.0, 0.0), (0.0, _TEST_TURN, 0.0)):
            turn = neck.matrices(still[None])[0] @ matrices_from_angles(angles)
            with posed({neck: {prop: still}}):
                before = _axes(head, scene, frame)
            with posed({neck: {prop: neck.rotation_values(turn[None], still)[0]}}):
                after = _axes(head, scene, frame)
            if before is None or after is None:
                return 1.0
            shares.append(float(degrees_between(before, after)) / np.degrees(_TEST_TURN))
    return float(np.clip(np.mean(shares), 0, 1))


def _axes(joint: Joint, scene: bpy.types.Scene, frame: int) -> Floats | None:
    """Turn (3, 3) of what a carrier moves at a frame, None when it is not evaluated.

    Of a bone it is how it is turned from its rest pose, in the armature's axes; of an object its axes in
    the world. An eye that looks at its carrier is taken itself.
    """
    evaluated = evaluated_in(joint.obj, scene, frame)
    if evaluated is None:
        return None
    if joint.bone is None:
        return _orthonormal(np.array(evaluated.matrix_world.to_3x3(), np.float64))
    bone = tracking_bone(joint.obj, joint.bone) or joint.bone
    rest = np.array(bone.bone.matrix_local.to_3x3(), np.float64)
    posed = np.array(evaluated.pose.bones[bone.name].matrix.to_3x3(), np.float64)
    return _orthonormal(posed) @ _orthonormal(rest).T


def _orthonormal(matrix: Floats) -> Floats:
    """The rotation that is nearest to a matrix (3, 3)."""
    left, _, right = np.linalg.svd(matrix)
    rotation = np.asarray(left @ right, np.float64)
    return rotation if np.linalg.det(rotation) > 0 else np.negative(rotation)


@contextmanager
def posed(values: Mapping[Joint, Mapping[str, Floats]]) -> Iterator[None]:
    """Give carriers other values of their properties for a while, whatever their F-curves say.

    F-curves hold these values as keys, so that the action has its say among NLA strips as before.
    """
    with ExitStack() as restore:
        for joint, properties in values.items():
            curves = assigned_channels(joint.obj)
            for name, new in properties.items():
                path = joint.path(name)
                restore.callback(setattr, joint.holder, name, tuple(getattr(joint.holder, name)))
                setattr(joint.holder, name, new.tolist())
                for index, value in enumerate(new):
                    curve = curves.get((path, index))
                    if curve is None:
                        continue
                    keys = CurveKeys.read(curve)
                    restore.callback(keys.write, curve)
                    if len(keys):
                        ends = np.round(keys.arrays["co"][[0, -1], 0]).astype(int)
                        CurveKeys.linear(np.unique(ends), np.full(len(np.unique(ends)), value)).write(curve)
        yield
