# SPDX-License-Identifier: GPL-3.0-or-later
"""What each carrier has to do so that head and eyes turn as asked, in the carrier's own channels.

N is the number of frames, with those that lead in and out.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

import bpy
import numpy as np
from numpy.typing import NDArray

from ...core.head_rotation import share_of
from .joints import Joint, bone_axes
from .tracked import tracking_bone

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Turn:
    """What one carrier does on top of how it is at rest, or of what it was animated to do.

    Attributes:
        joint: the carrier.
        right: (N, 3, 3) turns about the carrier's own axes: after what is there; None turns nothing.
        left: (N, 3, 3) turns that come before what is there; takes back what a parent turns too.
        offset: (N, 3) added to the location, in the channel's units, for an object in the axes that it has at
            rest; None moves nothing.
        asked: (N, 3, 3) the turn that is to be seen, in the axes of the armature or the object.
        sight: (3,) direction in which an eye looks at rest whose target moves: only where it looks to is
            asked of such an eye, not how it turns about its sight.
        scale: (N, 3) factors of the scale; None scales nothing.
        places: by property, which of its channels get keys; all of a property that is not named.
    """

    joint: Joint
    right: Floats | None
    left: Floats | None
    offset: Floats | None
    asked: Floats
    sight: Floats | None = None
    scale: Floats | None = None
    places: Mapping[str, tuple[int, ...]] = field(default_factory=dict)


def head_turns(
    head: Joint,
    neck: Joint | None,
    axes: dict[str, Floats],
    share: float,
    followed: float,
    rotations: Floats,
    translations: Floats | None,
) -> list[Turn]:
    """What head and neck do so that the head turns by rotations (N, 3, 3) in head axes.

    The neck turns by its share, the head by the rest, so that together they turn by all of it; on a rig
    whose head does not follow the neck, the head turns by all of it itself. The translation (N, 3), metres,
    goes to the head where nothing keeps it in its place: a bone that is not connected, without locks.

    Args:
        head: carrier of the head.
        neck: carrier of the neck.
        axes: head axes (3, 3) in each carrier's space, by `Joint.key`.
        share: of the neck.
        followed: how much of the neck's turn the head makes too, 0..1.
        rotations: in head axes.
        translations: in head axes; None where the motion has none.
    """
    asked = _in_axes(rotations, axes[head.key])
    right, left = asked, None
    turns = []
    if neck is not None and share > 0:
        shared = share_of(rotations, share)
        of_neck = _in_axes(shared, axes[neck.key])
        turns.append(Turn(neck, _in_bone(of_neck, neck), None, None, of_neck))
        if followed > 0 and head.bone is not None:
            back = share_of(rotations, -share * followed)
            left = _in_bone(_in_axes(back, axes[head.key]), head)
        elif followed > 0:
            right = _in_axes(share_of(rotations, 1 - share * followed), axes[head.key])
    offset = None
    if translations is not None and _is_free(head):
        offset = _offset(translations @ axes[head.key].T, head)
    turns.append(Turn(head, _in_bone(right, head), left, offset, asked))
    return turns


def eye_turn(eye: Joint, axes: Floats, rotations: Floats) -> Turn:
    """What an eye does to turn by rotations (N, 3, 3) in head axes: it turns, or what it looks at moves."""
    asked = _in_axes(rotations, axes)
    looking = None if eye.bone is None else tracking_bone(eye.obj, eye.bone)
    if looking is None:
        return Turn(eye, _in_bone(asked, eye), None, None, asked)
    assert eye.bone is not None
    away = np.array(eye.bone.bone.head_local) - np.array(looking.bone.head_local)
    return Turn(eye, None, None, _channel_offset((asked - np.eye(3)) @ away, eye), asked, away)


def _in_axes(rotations: Floats, axes: Floats) -> Floats:
    """Rotations in head axes, in the space that these axes stand in."""
    return axes @ rotations @ axes.T


def _in_bone(rotations: Floats, joint: Joint) -> Floats:
    """Rotations in the armature's space, in the bone's own axes at rest."""
    rest = joint.rest_axes()
    return rest.T @ rotations @ rest


def _is_free(head: Joint) -> bool:
    """Whether the head may be moved from its place."""
    connected = head.bone is not None and head.bone.bone.use_connect and head.bone.parent is not None
    return not connected and not any(head.holder.lock_location)


def _offset(moves: Floats, head: Joint) -> Floats:
    """Location (N, 3) in the channel's units of moves in metres, in the armature's or the object's axes."""
    space = head.obj if head.bone is not None else head.obj.parent
    scale = 1.0
    if space is not None:
        scale = float(np.abs(np.array(space.matrix_world.to_scale())).mean())
    scene = bpy.context.scene
    units = scene.unit_settings if scene is not None else None
    if units is not None and units.system != "NONE":
        scale *= units.scale_length
    moves = moves / scale if scale > 0 else np.zeros_like(moves)
    if head.bone is not None:
        return _channel_offset(moves, head)
    return moves


def _channel_offset(moves: Floats, joint: Joint) -> Floats:
    """Moves (N, 3) in the armature's space as a bone's location has them."""
    assert joint.bone is not None
    return moves @ bone_axes(joint.bone.bone) if joint.bone.bone.use_local_location else moves
