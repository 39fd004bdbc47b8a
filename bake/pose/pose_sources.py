# SPDX-License-Identifier: GPL-3.0-or-later
"""Where the poses of a face made of bones lie in a file, as riggers leave them.

Nothing is made or changed.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final, Literal

import bpy

from ...core.retarget.detection import detect
from ..action import channels_in
from ..errors import BakeError
from ..layers import PROPERTY as LAYERS
from .joints import bone_of
from .stored import PROPERTY as STORED

SourceKind = Literal["MARKERS", "ASSETS", "ACTIONS", "TIMELINE"]
"""One action with a pose marker for each pose (so are old pose libraries); actions that are pose assets;
actions named after what they show; one action and the scene's markers."""

SOURCE_KINDS: Final[tuple[SourceKind, ...]] = ("MARKERS", "ASSETS", "ACTIONS", "TIMELINE")

LEAST_POSES: Final = 2
"""Fewer poses are no library of a face."""


@dataclass(frozen=True)
class PoseSource:
    """Poses of an armature.

    Attributes:
        kind: where they lie.
        actions: names of the actions: one for MARKERS and TIMELINE; for ASSETS and ACTIONS those of the
            poses, none for all that there are.
    """

    kind: SourceKind
    actions: tuple[str, ...] = ()

    def __str__(self) -> str:
        return " ".join([self.kind.lower(), *self.actions])


@dataclass(frozen=True, eq=False)
class NamedPose:
    """One pose.

    Attributes:
        name: as the rigger called it.
        action: that holds it.
        frame: at which it lies there; None for an action that is one pose.
    """

    name: str
    action: bpy.types.Action
    frame: float | None


def pose_sources(obj: bpy.types.Object, scene: bpy.types.Scene | None = None) -> tuple[PoseSource, ...]:
    """All that may be poses of an armature's face, the likeliest first.

    Sources whose names are known shapes and visemes (`core.retarget.detection`) come first, and of these the
    one that knows most.

    Args:
        obj: the armature.
        scene: whose markers may name frames; by default the one that is shown.
    """
    moving = [action for action in bpy.data.actions if _moves_bones(action, obj)]
    found = [PoseSource("MARKERS", (each.name,)) for each in moving if len(each.pose_markers) >= LEAST_POSES]
    assets = [each for each in moving if _is_asset(each)]
    if len(assets) >= LEAST_POSES:
        found.append(PoseSource("ASSETS"))
    if len(list(_named_actions(moving))) >= LEAST_POSES:
        found.append(PoseSource("ACTIONS"))
    scene = scene or bpy.context.scene
    if scene is not None and _known(tuple(each.name for each in scene.timeline_markers)) >= LEAST_POSES:
        laid = [each for each in moving if len(each.pose_markers) < LEAST_POSES]
        found += [
            PoseSource("TIMELINE", (each.name,))
            for each in laid
            if _lies_on(each, obj, scene.timeline_markers)
        ]
    known = {source: _known(tuple(pose.name for pose in poses_of(obj, source, scene))) for source in found}
    # Markers in the scene have many purposes.
    return tuple(sorted(found, key=lambda source: (source.kind == "TIMELINE", -known[source])))


def poses_of(
    obj: bpy.types.Object, source: PoseSource, scene: bpy.types.Scene | None = None
) -> list[NamedPose]:
    """The poses of a source, by name, in its order; of two with one name the first.

    Raises:
        BakeError: an action is not there.
    """
    actions = [_action(name) for name in source.actions]
    if source.kind in ("MARKERS", "TIMELINE"):
        if not actions:
            return []
        scene = scene or bpy.context.scene
        markers: Any = actions[0].pose_markers if source.kind == "MARKERS" else scene.timeline_markers
        found = [NamedPose(each.name, actions[0], float(each.frame)) for each in markers]
        found.sort(key=lambda pose: pose.frame or 0.0)
    else:
        if not actions:
            moving = [action for action in bpy.data.actions if _moves_bones(action, obj)]
            actions = [each for each in moving if _is_asset(each)]
            if source.kind == "ACTIONS":
                actions = list(_named_actions(moving))
        found = [NamedPose(each.name, each, None) for each in actions]
    return list({pose.name: pose for pose in reversed(found)}.values())[::-1]


def _action(name: str) -> bpy.types.Action:
    actions: Any = bpy.data.actions  # Any: type stubs do not know that names may have a library
    action = actions.get((name, None)) or actions.get(name)
    if action is None:
        raise BakeError(f"There is no action '{name}' to read poses from: find the poses again.")
    return action


def is_pose_library(action: bpy.types.Action, obj: bpy.types.Object) -> bool:
    """Whether an action that an armature may play holds poses and no animation.

    So do pose assets, actions of one frame that are named after a shape, and actions in which pose markers
    or the scene's markers name poses: by names that are known, or as all keys lie on their frames.
    """
    if STORED in action or LAYERS in action or not _moves_bones(action, obj):
        return False
    first, last = action.frame_range
    if last - first <= 1:
        return action.asset_data is not None or bool(_known((action.name,)))
    markers: Any = action.pose_markers
    if len(markers) >= LEAST_POSES:
        named = _known(tuple(each.name for each in markers)) >= LEAST_POSES
        return named or _lies_on(action, obj, markers)
    scene = bpy.context.scene
    markers = () if scene is None else scene.timeline_markers
    known = _known(tuple(each.name for each in markers)) >= LEAST_POSES
    return known and _lies_on(action, obj, markers)


def _lies_on(action: bpy.types.Action, obj: bpy.types.Object, markers: Any) -> bool:
    """Whether all keys lie on the frames of markers, and on several: an animation has others between."""
    marked = {each.frame for each in markers}
    keyed = set()
    for curve in channels_in(action, obj).values():
        for key in curve.keyframe_points:
            keyed.add(round(key.co[0]))
            if not keyed <= marked:
                return False
    return len(keyed) >= LEAST_POSES


def _is_asset(action: bpy.types.Action) -> bool:
    # Other assets are whole animations: a pose lies on one frame.
    first, last = action.frame_range
    return action.asset_data is not None and last - first <= 1


def _moves_bones(action: bpy.types.Action, obj: bpy.types.Object) -> bool:
    """Whether an action, none that was baked here, has F-curves for bones of an armature."""
    if (STORED in action or LAYERS in action) and len(action.pose_markers) < LEAST_POSES:
        return False
    bones = obj.pose.bones
    named = (bone_of(path) for path, _ in channels_in(action, obj))
    return any(each is not None and each[0] in bones for each in named)


def _named_actions(actions: list[bpy.types.Action]) -> Iterator[bpy.types.Action]:
    """Actions that are named after a shape or viseme."""
    names = tuple(action.name for action in actions)
    known = {row.key for row in detect(names).keys if row.channel}
    return (action for action in actions if action.name in known)


def _known(names: tuple[str, ...]) -> int:
    return sum(bool(row.channel) for row in detect(names).keys)
