# SPDX-License-Identifier: GPL-3.0-or-later
"""Takes of head and eyes: the actions of what carries them, which belong to a take of the face.

A take of a head is what moves its face, shape keys or a vertex cache, and the actions of its carriers. The
action of the shape keys points to these, so that they may be renamed; a carrier's action says to which
vertex cache it belongs. They may be shared: a new take of the mouth alone keeps the head's motion.
"""

import json
from collections.abc import Iterable
from contextlib import ExitStack
from typing import Any, Final

import bpy

from ..action import assigned_channels, begin_action, show_action
from ..linked_actions import link_actions, linked_actions
from .joints import UNPOSED, bone_of, find_object
from .library_aside import put_library_aside
from .rig import HeadRig

POSES: Final = "soliloquy_pose_actions"
"""Custom property of the shape keys' action: by carrying object, its action in this take."""

VERTEX_TAKES: Final = "soliloquy_vertex_takes"
"""Custom property of a carrier's action: JSON list of the vertex takes that it belongs to, each with its
head and the object that carries it."""

_NAME_BYTES: Final = 63


def action_name(take: str, obj: bpy.types.Object) -> str:
    """What the action of a carrier is called: "line 01 Rig"; as long as Blender allows."""
    ending = f" {obj.name}".encode()[:32].decode(errors="ignore")
    return take.encode()[: _NAME_BYTES - len(ending.encode())].decode(errors="ignore") + ending


def begin_pose_take(
    rig: HeadRig, name: str, rollback: ExitStack, faces: Iterable[bpy.types.Object] = ()
) -> None:
    """Give what carries head and eyes new actions to bake into; those that they have stay as they are.

    What is done here is undone when `rollback` unwinds.

    Args:
        rig: what carries them.
        name: of the take.
        rollback: receives what must be undone when the bake fails.
        faces: armatures with the bones of the face, which may be the rig's own.
    """
    for obj in dict.fromkeys([*_carrying(rig), *faces]):
        if obj.library is None:
            put_library_aside(obj, rollback)
            begin_action(obj, action_name(name, obj), rollback)
            # The copy belongs to none of the takes that its original belongs to.
            obj.animation_data.action.pop(VERTEX_TAKES, None)


def record_pose_take(
    rig: HeadRig,
    head: bpy.types.Object,
    vertex_take: str | None = None,
    faces: Iterable[bpy.types.Object] = (),
) -> None:
    """Note that the actions that carriers play now belong to the take that a head shows.

    Args:
        rig: what carries the head and its eyes.
        head: the object whose face it is; of a face made of bones the armature.
        vertex_take: name of the vertex take, where the head shows one; else the shape keys' take is meant.
        faces: armatures with bones of the face.
    """
    objects = dict.fromkeys([*_carrying(rig), *faces])
    played = {obj: obj.animation_data.action for obj in objects if obj.animation_data is not None}
    played = {obj: action for obj, action in played.items() if action is not None}
    if vertex_take is not None:
        for obj, action in played.items():
            belongs = [head.name, vertex_take, obj.name]
            known = [each for each in _vertex_takes(action) if each != belongs]
            action[VERTEX_TAKES] = json.dumps([*known, belongs])
        return
    face = _face_action(head)
    if face is not None and face.library is None:
        # The action of an armature that has both the face and the head is the take itself.
        link_actions(face, POSES, {obj.name: each for obj, each in played.items() if each != face})


def pose_actions(face: bpy.types.Action) -> dict[str, bpy.types.Action]:
    """Actions of the carriers that belong to the take of an action of shape keys, by object."""
    return linked_actions(face, POSES)


def show_pose_actions(face: bpy.types.Action) -> None:
    """Have the carriers play what belongs to the take of an action of shape keys, where there is any."""
    for name, action in pose_actions(face).items():
        _show(name, action)


def show_pose_of_vertices(head: bpy.types.Object, vertex_take: str) -> None:
    """Have the carriers play what belongs to a vertex take of a head, where there is any."""
    for action in bpy.data.actions:
        for name, take, carrier in _vertex_takes(action):
            if (name, take) == (head.name, vertex_take):
                _show(carrier, action)


def show_bones_action(obj: bpy.types.Object, action: bpy.types.Action) -> None:
    """Have an armature play an action; bones that only the earlier one moved come to rest."""
    moved = assigned_channels(obj).keys()
    show_action(obj, action)
    for path, index in moved - assigned_channels(obj).keys():
        found = bone_of(path)
        bone: Any = None if found is None else obj.pose.bones.get(found[0])
        if bone is not None and found is not None and found[1] in UNPOSED:
            getattr(bone, found[1])[index] = UNPOSED[found[1]][index]


def _vertex_takes(action: bpy.types.Action) -> list[list[str]]:
    return json.loads(str(action.get(VERTEX_TAKES, "[]")))


def _show(name: str, action: bpy.types.Action) -> None:
    obj = find_object(name)
    if obj is not None and obj.library is None:
        show_action(obj, action)


def _face_action(head: bpy.types.Object) -> bpy.types.Action | None:
    keys = head.data.shape_keys if isinstance(head.data, bpy.types.Mesh) else None
    owner = head if head.type == "ARMATURE" else keys
    animation = owner.animation_data if owner is not None else None
    return animation.action if animation is not None else None


def _carrying(rig: HeadRig) -> dict[bpy.types.Object, None]:
    """The objects of a rig, each once."""
    carriers = (rig.head, rig.neck, rig.left_eye, rig.right_eye)
    found = (find_object(each.object_name) for each in carriers if each is not None)
    return dict.fromkeys(obj for obj in found if obj is not None)
