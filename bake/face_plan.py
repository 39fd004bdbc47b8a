# SPDX-License-Identifier: GPL-3.0-or-later
"""How the keys of a face are driven: by what they are measured to do, or by what their names mean."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

import bpy

from ..core.errors import InputError
from ..core.retarget.channels import CHANNELS
from ..core.retarget.mapping import MappedKey, RigMapping
from ..core.retarget.measured_shapes import MeasuredShapes
from ..core.retarget.retargeter import Retargeter, make_retargeter
from .blocked import BlockedKey, find_blocked
from .errors import BakeError
from .face_reading import read_face
from .key_driver import FaceDriver
from .meshes import ranges_of, shape_keys_of
from .target import ShapeKeyTarget, key_names, listed, unnamed

_OF_LIPS: Final = ("open the mouth", "purse the lips", "spread the lips")
"""What nothing does that is no mouth; a head that is moved as a whole raises its lips too."""

_SPEAKS: Final = 0.15
"""Share of what speech asks of a mouth below which keys do none of it. Our own choice: a jacket that breathes
reaches 0.07, two keys of a mouth 0.7."""


@dataclass(frozen=True, eq=False)
class FacePlan:
    """How a face is driven.

    Attributes:
        retargeter: makes values of its keys.
        driver: the same, as it is asked for by bakes.
        rows: the keys that are driven.
        decided: keys whose names belong to the face: what goes with it has no say on them.
        notes: lines for the user: why it is driven so.
    """

    retargeter: Retargeter
    driver: FaceDriver
    rows: tuple[MappedKey, ...]
    decided: frozenset[str]
    notes: tuple[str, ...]

    def keys_of(self, parts: Iterable[str]) -> dict[str, str]:
        """Shape key -> part, for the keys that some parts drive."""
        chosen = tuple(parts)
        pairs = zip(self.retargeter.keys, self.retargeter.parts, strict=True)
        return {key: part for key, part in pairs if part in chosen}


def plan_face(
    obj: bpy.types.Object,
    target: ShapeKeyTarget,
    shapes: MeasuredShapes | None,
    left_out: Sequence[BlockedKey] = (),
) -> FacePlan:
    """Find out how a face is driven.

    Args:
        obj: the head.
        target: what its names say.
        shapes: what its keys do, where that is known; else it is measured when the mapping asks for it.
        left_out: keys that are not driven.

    Raises:
        BakeError: neither names nor shapes tell what moves the mouth, or shapes were asked for and cannot
            be measured; or nothing is left to drive.
    """
    rig = target.rig
    skipped = {each.key for each in left_out}
    rows = tuple(row for row in rig.keys if row.use and row.key not in skipped)
    notes: tuple[str, ...] = ()
    if rig.method != "names" and (shapes is not None or target.wants_shapes):
        try:
            found = shapes or read_face(obj, rig).measure()
            return _plan(obj, _free_rows(obj, rows), found, ())
        except (BakeError, InputError) as error:
            if left_out and not rows:
                raise all_blocked(obj.name, left_out) from error
            if rig.method == "shapes":
                raise BakeError(str(error)) from error
            if not target.speaks_by_name:
                raise unnamed(obj, str(error)) from error
            notes = (f"'{obj.name}' is animated by the names of its keys: {error}",)
    try:
        return _plan(obj, rows, None, notes)
    except InputError as error:
        raise all_blocked(obj.name, left_out) if left_out else unnamed(obj) from error


def _plan(
    obj: bpy.types.Object, rows: tuple[MappedKey, ...], shapes: MeasuredShapes | None, notes: tuple[str, ...]
) -> FacePlan:
    ranges = ranges_of(shape_keys_of(obj))
    names = key_names(shape_keys_of(obj))
    still = set() if shapes is None else {row.key for row in rows if _is_still(row, shapes)}
    rows = tuple(row for row in rows if row.key not in still)
    retargeter = make_retargeter(RigMapping(rows), ranges, shapes)
    if shapes is not None and moves_no_mouth(retargeter):
        raise BakeError(
            f"The shape keys of '{obj.name}' move no mouth: choose the mesh whose keys open and close the "
            "lips."
        )
    driven = tuple(row for row in rows if row.key in retargeter.keys)
    driver = FaceDriver(retargeter, driven, ranges, shapes)
    return FacePlan(retargeter, driver, driven, frozenset(names) - still, notes + retargeter.remarks)


def moves_no_mouth(retargeter: Retargeter) -> bool:
    """Whether what was measured does next to nothing of what speech asks of a mouth."""
    shares = [ability.share for ability in retargeter.abilities if ability.name in _OF_LIPS]
    return bool(shares) and max(shares) < _SPEAKS


def _free_rows(obj: bpy.types.Object, rows: tuple[MappedKey, ...]) -> tuple[MappedKey, ...]:
    """The rows without keys whose names say nothing and that something else drives: it knows why."""
    busy = {each.key for each in find_blocked(obj, [row.key for row in rows if not row.channel])}
    return tuple(row for row in rows if row.key not in busy)


def _is_still(row: MappedKey, shapes: MeasuredShapes) -> bool:
    """Whether a key moves nothing that is measured although its name says so: it may move another mesh."""
    if not row.channel or row.key in shapes.keys:
        return False
    channel = CHANNELS[row.channel]
    # Eyeballs and tongue are no part of the skin.
    return channel.part != "Gaze" and set(channel.meaning) != {"tongueOut"}


def all_blocked(name: str, hindered: Sequence[BlockedKey]) -> BakeError:
    """What is to be said of an object whose blocked keys were all that there is to bake."""
    return BakeError(f"All shape keys of '{name}' are blocked, nothing is left to bake: {listed(hindered)}.")
