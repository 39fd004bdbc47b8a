# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether a head turns along with its neck."""

from .joints import Joint
from .seen import neck_share_seen


def followed_share(head: Joint, neck: Joint, frame: int) -> float:
    """How much of a turn of the neck the head makes too: all or nothing by parents, else as it is seen.

    Args:
        head: carrier of the head.
        neck: carrier of the neck.
        frame: to look at, where constraints have a say.
    """
    if head.obj != neck.obj:
        parent = head.obj.parent
        while parent is not None and parent != neck.obj:
            parent = parent.parent
        return 0.0 if parent is None else 1.0
    if head.bone is None or neck.bone is None:
        return 1.0 if neck.bone is None else 0.0
    bone = head.bone
    follows, is_constrained = True, False
    while bone is not None and bone != neck.bone:
        follows = follows and bone.bone.use_inherit_rotation
        is_constrained = is_constrained or any(each.enabled for each in bone.constraints)
        bone = bone.parent
    if is_constrained:
        return neck_share_seen(head, neck, frame)
    return 1.0 if follows and bone is not None else 0.0
