# SPDX-License-Identifier: GPL-3.0-or-later
"""The parts of a performance: which go to the face, which to the rig, and which there are at all."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final, Literal

import bpy

from ..core.retarget.arkit import FACE_PARTS
from .mapping import companions_of
from .shape_settings import parts_of

if TYPE_CHECKING:
    from ..bake.pose import Carrier, HeadRig
    from ..core.retarget.mapping import RigMapping

HEAD: Final = "Head"
GAZE: Final = "Gaze"

ALL_PARTS: Final = (*FACE_PARTS, HEAD)
"""Every part, in the order of the panel."""

_FOLLOWING: Final = ("DEF-", "MCH-", "ORG-")
"""What Rigify puts before the names of bones that follow a control."""

_LOOKED_AT: Final = 24
"""Vertices that a shape key moves most, of which the bones are asked: panels draw with it."""

GazeChoice = Literal["both", "keys", "bones"]
"""What turns the eyes: shape keys, eye bones and objects, or both."""

MovedBy = Literal["keys", "bones", "vertices"]
"""What moves a face: its shape keys, bones, or every vertex as it was made."""


@dataclass(frozen=True)
class PlacedParts:
    """Where the parts of a job go.

    Attributes:
        face: parts of `core.retarget.arkit.FACE_PARTS` that move the face.
        rig: "Head" and "Gaze", as far as something carries them.
        notes: what is left out and why, a line each.
    """

    face: tuple[str, ...]
    rig: tuple[str, ...]
    notes: tuple[str, ...]


def place_parts(
    obj: bpy.types.Object,
    rig: HeadRig,
    wanted: tuple[str, ...],
    gaze_on: GazeChoice,
    *,
    moved_by: MovedBy,
    mapping: RigMapping | None = None,
) -> PlacedParts:
    """Say which parts go where.

    Args:
        obj: what speaks.
        rig: what carries it.
        wanted: of `ALL_PARTS`.
        gaze_on: what turns the eyes.
        moved_by: what moves the face.
        mapping: which of its keys are driven by what; found by itself by default.

    Raises:
        BakeError: nothing is left of what is wanted.
    """
    from ..bake import BakeError

    eyes = [each for each in (rig.left_eye, rig.right_eye) if each is not None]
    turned, notes = [], []
    face = [part for part in FACE_PARTS if part in wanted]
    if HEAD in wanted and rig.head is not None:
        turned.append(HEAD)
    elif HEAD in wanted:
        notes.append(
            f"Nothing was found that carries the head of '{obj.name}', so it is not turned: choose it under "
            "Head > Rig."
        )
    if GAZE in wanted and gaze_on != "keys" and eyes:
        turned.append(GAZE)
        if moved_by == "vertices" and _vertices_turn_twice(obj, rig):
            notes.append(
                f"Bones and vertices both turn the eyes of '{obj.name}', which would turn twice as far: only "
                "the vertices were animated."
            )
            turned.remove(GAZE)
        elif gaze_on == "both" and moved_by == "keys" and not _gaze_keys(obj, mapping):
            # The rig's eyes do it: that shape keys lack is no news.
            face.remove(GAZE)
        elif gaze_on == "both" and moved_by == "keys" and _turn_twice(obj, rig, mapping):
            notes.append(
                f"Bones and shape keys both turn the eyes of '{obj.name}', which would turn twice as far: "
                "only the bones were animated."
            )
            face.remove(GAZE)
    elif GAZE in wanted and gaze_on == "bones":
        notes.append(
            f"Nothing was found that turns the eyes of '{obj.name}': choose it under Head > Rig, or let "
            "shape keys do it."
        )
    if gaze_on == "bones" and GAZE in face:
        face.remove(GAZE)
    if not face and not turned:
        raise BakeError(notes[0])
    if GAZE in wanted and moved_by == "keys":
        notes += _left_behind(obj, eyes, face, turned)
    return PlacedParts(tuple(face), tuple(turned), tuple(notes))


def without_gaze(placed: PlacedParts) -> PlacedParts:
    """The same for a face of bones: what turns the eyes of its rig is all that does."""
    if GAZE not in placed.rig:
        return placed
    return replace(placed, face=tuple(part for part in placed.face if part != GAZE))


def _left_behind(obj: bpy.types.Object, eyes: list[Carrier], face: list[str], turned: list[str]) -> list[str]:
    """What earlier keys of the gaze say that would turn the eyes a second time."""
    notes = []
    if GAZE not in face and any(GAZE in _groups(_shape_keys(each)) for each in (obj, *companions_of(obj))):
        notes.append(
            f"The shape keys of '{obj.name}' still turn its eyes, by keys of an earlier animation: remove "
            "their group Gaze."
        )
    if GAZE not in turned and GAZE in _groups(_objects(eyes)):
        notes.append(
            f"The rig of '{obj.name}' still turns its eyes, by keys of an earlier animation: remove their "
            "group Gaze."
        )
    return notes


def _shape_keys(obj: bpy.types.Object) -> list[bpy.types.Key]:
    has_keys = isinstance(obj.data, bpy.types.Mesh) and obj.data.shape_keys is not None
    return [obj.data.shape_keys] if has_keys else []  # type: ignore[union-attr]


def _objects(carriers: Iterable[Carrier | None]) -> list[bpy.types.Object]:
    """The objects of some carriers, each once."""
    from ..bake.pose.joints import find_object

    found = (find_object(each.object_name) for each in carriers if each is not None)
    return list(dict.fromkeys(obj for obj in found if obj is not None))


def _groups(owners: Iterable[bpy.types.Key | bpy.types.Object]) -> set[str]:
    """Names of the groups with keys."""
    from ..bake.action import assigned_curves

    return {curve.group.name for each in owners for curve in assigned_curves(each).values() if curve.group}


def keyed_parts(obj: bpy.types.Object, rig: HeadRig) -> set[str]:
    """The parts that have keys on the face or the rig already, by the names of their groups."""
    groups = _groups([*_shape_keys(obj), *_objects((rig.head, rig.left_eye, rig.right_eye))])
    return groups & set(ALL_PARTS)


def keys_turn_eyes(
    obj: bpy.types.Object, rig: HeadRig, gaze_on: GazeChoice, mapping: RigMapping | None = None
) -> bool:
    """Whether the face's own shape keys show where the eyes look, as `place_parts` has it."""
    if gaze_on == "bones" or not _gaze_keys(obj, mapping):
        return False
    return gaze_on == "keys" or not _turn_twice(obj, rig, mapping)


def _gaze_keys(obj: bpy.types.Object, mapping: RigMapping | None) -> tuple[str, ...]:
    """The shape keys of a face that turn its eyes."""
    from ..bake import BakeError, find_target

    try:
        return tuple(find_target(obj, mapping).keys_of((GAZE,)))
    except BakeError:
        return ()


def _turn_twice(obj: bpy.types.Object, rig: HeadRig, mapping: RigMapping | None) -> bool:
    """Whether what keys of the gaze move, of a face or along with it, hangs on an eye's bone or object."""
    # Eyes of their own are small, and answer quickly.
    return any(_keyed_eyes_hang(each, rig, None) for each in companions_of(obj)) or _keyed_eyes_hang(
        obj, rig, mapping
    )


def _keyed_eyes_hang(obj: bpy.types.Object, rig: HeadRig, mapping: RigMapping | None) -> bool:
    """Whether a mesh hangs on what turns an eye, or those vertices do that keys of the gaze move most."""
    import numpy as np

    hangs, groups = _hangs_on_eye(obj, rig), _eye_groups(obj, rig)
    keys = _gaze_keys(obj, mapping) if hangs or groups else ()
    if hangs or not keys:
        return bool(keys)
    blocks = obj.data.shape_keys.key_blocks  # type: ignore[union-attr]
    rest, moved = (np.empty(3 * len(obj.data.vertices), np.float32) for _ in range(2))  # type: ignore[union-attr]
    for key in keys[:2]:
        blocks[key].relative_key.points.foreach_get("co", rest)
        blocks[key].points.foreach_get("co", moved)
        far = np.abs(moved - rest).reshape(-1, 3).max(axis=1)
        count = min(_LOOKED_AT, len(far))
        most = [index for index in np.argpartition(far, -count)[-count:] if far[index] > 0]
        vertices = (obj.data.vertices[int(index)] for index in most)  # type: ignore[union-attr]
        hanging = [any(each.group in groups and each.weight > 0.5 for each in v.groups) for v in vertices]
        if sum(hanging) > len(most) / 2:
            return True
    return False


def _vertices_turn_twice(obj: bpy.types.Object, rig: HeadRig) -> bool:
    """Whether eyes that turn with the vertices of a head hang on an eye's bone or object too."""
    return any(_hangs_on_eye(each, rig) or _eye_groups(each, rig) for each in (obj, *parts_of(obj)))


def _eye_groups(obj: bpy.types.Object, rig: HeadRig) -> set[int]:
    """The vertex groups of an object that eye bones move."""
    names = {bone for _, bone in _eye_carriers(rig) if bone}
    return {group.index for group in obj.vertex_groups if group.name in names}


def _hangs_on_eye(obj: bpy.types.Object, rig: HeadRig) -> bool:
    """Whether a whole object hangs on what turns an eye."""
    eyes = _eye_carriers(rig)
    child, parent = obj, obj.parent
    while parent is not None:
        if (parent.name, child.parent_bone if child.parent_type == "BONE" else "") in eyes:
            return True
        child, parent = parent, parent.parent
    return (obj.name, "") in eyes


def _eye_carriers(rig: HeadRig) -> set[tuple[str, str]]:
    """What turns an eye, and what follows it: names of objects and their bones, which may be empty."""
    eyes = {(each.object_name, each.bone) for each in (rig.left_eye, rig.right_eye) if each is not None}
    return eyes | {(name, before + bone) for name, bone in eyes for before in _FOLLOWING if bone}
