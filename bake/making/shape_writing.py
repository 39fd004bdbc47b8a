# SPDX-License-Identifier: GPL-3.0-or-later
"""Shapes that were made for the meshes of a character, put into shape keys.

Letters: K shapes, V vertices of one mesh.
"""

from collections.abc import Iterable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import Any, Final

import bpy
import numpy as np

from ...core.retarget.arkit import ARKIT_NAMES
from ...core.retarget.channels import ARKIT, CHANNELS
from ...core.retarget.detection import detect
from ...core.retarget.mapping import RigMapping
from ...core.transfer import MadeShapes
from ..errors import BakeError
from ..mesh_reading import Floats, coordinates_of, rest_of
from ..meshes import found_again, mesh_of
from ..target import key_names, listed, named_rows
from .head_reading import HeadReading, check_readable, is_as_read
from .made_keys import PROPERTY, fingerprint_of, is_as_made, keys_made, note_keys

LIPS_AT_REST: Final = "lipsAtRest"
"""Key that closes a mouth that was modelled open. No convention has this name: nothing drives it."""

_FURTHEST_JAW: Final = 2.0
"""Times the made jawOpen: what a user's own goes further is no jaw."""


@dataclass(frozen=True)
class ShapesReport:
    """What making shapes has changed.

    Attributes:
        objects: names of the objects that have new or renewed keys, the face first.
        made: names of the keys that were added to any of them, in ARKit order.
        replaced: names of those that Soliloquy had made before and that were made anew.
        kept: names of ARKit shapes that stay as they are, because the user has them or has changed them.
        notes: lines for the user.
    """

    objects: tuple[str, ...]
    made: tuple[str, ...]
    replaced: tuple[str, ...]
    kept: tuple[str, ...]
    notes: tuple[str, ...]


@dataclass
class _Written:
    """What was done to the keys of one mesh, by name."""

    made: list[str] = field(default_factory=list)
    replaced: list[str] = field(default_factory=list)
    kept: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)
    """Those of the kept that Soliloquy had made."""


def check_head(obj: bpy.types.Object | None) -> bpy.types.Object:
    """Refuse an object that no shapes can be made for; else return it. Panels draw with it.

    Raises:
        BakeError: why not, in one line.
    """
    obj = check_readable(obj)
    _check_writable(obj)
    mesh = mesh_of(obj)
    users = mesh.users - mesh.use_fake_user
    if users > 1:
        raise BakeError(
            f"The mesh '{mesh.name}' is used by {users} objects, which would all get the shapes: make it "
            "single-user (Object > Relations > Make Single User > Object & Data)."
        )
    return obj


def write_shapes(reading: HeadReading, made: MadeShapes, *, replace: bool = False) -> ShapesReport:
    """Give the meshes that were read the shape keys that were made for them. On the main thread.

    The face gets all ARKit shapes that it has not, whatever they are called there; its parts get those that
    move them. A basis is added where there are no keys. Keys that Soliloquy has made before are made anew,
    with their values and animation kept; every other key stays as it is, and so does the mesh. What no shape
    moves lies exactly where the basis has it. On any error all is as it was.

    Lips that rest apart are closed by one key more, `LIPS_AT_REST` at a value of 1, which the others are
    added to; not so where the user has a jaw of his own: then mouthClose takes back what that one opens.

    Args:
        reading: the head, as it still is.
        made: its ARKit shapes.
        replace: make those keys anew too that the user has changed since Soliloquy made them.

    Raises:
        BakeError: a mesh has changed or gone meanwhile, or cannot get shape keys.
    """
    if not set(made.names) <= set(ARKIT_NAMES):
        raise ValueError("Only ARKit shapes can be written.")
    notes = [*made.notes, *reading.notes]
    objects, written = [], []
    jaw = None
    found = [found_again(mesh.object_name) for mesh in reading.meshes]
    check_head(found[0])
    for obj, mesh in zip(found, reading.meshes, strict=True):
        check_readable(obj)
        if not is_as_read(obj, mesh):
            raise BakeError(f"The mesh of '{obj.name}' was changed meanwhile: make its shapes again.")
    with ExitStack() as rollback:
        for number, obj in enumerate(found):
            shapes = dict(zip(made.names, reading.displacements(made, number), strict=True))
            if number == 0:
                jaw = _own_jaw(obj, shapes)
            if jaw is None:
                shapes[LIPS_AT_REST] = reading.closing(made, number)
            elif "mouthClose" in shapes:
                # It takes back what a jaw opens, and this is another jaw.
                shapes["mouthClose"] = shapes["mouthClose"] * np.float32(jaw)
            moved = _wanted(obj, shapes, number == 0)
            if not moved:
                continue
            if number:
                try:
                    _check_writable(obj)
                except BakeError as error:
                    notes.append(f"'{obj.name}' gets no shapes: {error}")
                    continue
                if _own_mesh(obj, rollback):
                    notes.append(
                        f"'{obj.name}' has a mesh of its own now: shapes of two objects cannot be the same."
                    )
            one = _write(obj, moved, replace, rollback)
            written.append(one)
            if one.made or one.replaced:
                objects.append(obj.name)
        rollback.pop_all()
    changed = _in_order(name for one in written for name in one.changed)
    if changed:
        notes.append(
            f"{len(changed)} keys that were changed after Soliloquy had made them stay as they are: "
            f"{listed(changed)}. Make Changed Keys Anew replaces them."
        )
    if any(LIPS_AT_REST in (*one.made, *one.replaced) for one in written) and made.closed is not None:
        notes.append(
            f"The mouth of '{found[0].name}' rests open: the shape key lipsAtRest, at 1, closes it, so that "
            "m, b and p can seal. Set it to 0 to see the mesh as it was modelled."
        )
    return ShapesReport(
        objects=tuple(objects),
        made=_in_order(name for one in written for name in one.made),
        replaced=_in_order(name for one in written for name in one.replaced),
        kept=_in_order(name for one in written for name in one.kept),
        notes=tuple(notes),
    )


def _check_writable(obj: bpy.types.Object) -> None:
    mesh = mesh_of(obj)
    if obj.library is not None or mesh.library is not None or mesh.override_library is not None:
        raise BakeError(
            f"The mesh '{mesh.name}' of '{obj.name}' is linked from another file, where Blender adds no "
            "shape keys: make it local (Object > Relations > Make Local > Selected Objects and Data)."
        )
    if mesh.shape_keys is not None and not mesh.shape_keys.use_relative:
        raise BakeError(
            f"The shape keys of '{obj.name}' are absolute, one for each time: choose a mesh without them, or "
            "switch Relative on in its shape keys."
        )


def _own_mesh(obj: bpy.types.Object, rollback: ExitStack) -> bool:
    """Give an object a mesh of its own where it shares one; whether it did."""
    shared = mesh_of(obj)
    if shared.users - shared.use_fake_user <= 1:
        return False
    own: Any = shared.copy()
    rollback.callback(bpy.data.meshes.remove, own)
    rollback.callback(setattr, obj, "data", shared)
    obj.data = own
    return True


def _wanted(obj: bpy.types.Object, shapes: Mapping[str, Floats], is_face: bool) -> dict[str, Floats]:
    """The shapes (V, 3) by name that a mesh gets: on parts only what does something, or did before."""
    before = keys_made(mesh_of(obj).shape_keys)
    return {
        name: moved
        for name, moved in shapes.items()
        if (is_face and name in ARKIT_NAMES) or name in before or moved.any()
    }


def _own_jaw(obj: bpy.types.Object, shapes: Mapping[str, Floats]) -> float | None:
    """How far the user's own jawOpen goes the way of the made one, 1 for as far; None where there is none."""
    key = _named_otherwise(obj).get("jawOpen")
    shape_keys = mesh_of(obj).shape_keys
    if key is None or shape_keys is None or "jawOpen" not in shapes:
        return None
    block = shape_keys.key_blocks[key]
    own = coordinates_of(block.points) - coordinates_of(block.relative_key.points)
    made = shapes["jawOpen"].ravel().astype(np.float64)
    return float(np.clip(own.ravel() @ made / max(made @ made, np.finfo(float).tiny), 0, _FURTHEST_JAW))


def _write(
    obj: bpy.types.Object, shapes: Mapping[str, Floats], replace: bool, rollback: ExitStack
) -> _Written:
    """Put shapes, displacements (V, 3) by name, into the keys of one object."""
    mesh = mesh_of(obj)
    active = obj.active_shape_key_index
    rollback.callback(setattr, obj, "active_shape_key_index", active)
    rest = rest_of(obj)
    if mesh.shape_keys is None:
        obj.shape_key_add(name="Basis", from_mix=False)
        rollback.callback(obj.shape_key_clear)
    shape_keys = mesh.shape_keys
    assert shape_keys is not None
    _keep_notes(shape_keys, rollback)
    noted = keys_made(shape_keys)
    others = _named_otherwise(obj)
    result = _Written()
    for name, moved in shapes.items():
        block = shape_keys.key_blocks.get(name)
        if block is None and name not in others:
            block = _add(obj, name, rest + moved, rollback)
            result.made.append(name)
        elif block is not None and name in noted and (replace or is_as_made(block, noted[name])):
            _put(block, coordinates_of(block.relative_key.points) + moved, rollback)
            result.replaced.append(name)
        else:
            result.kept.append(name)
            if block is not None and name in noted:
                result.changed.append(name)
            continue
        noted[name] = fingerprint_of(block)
    note_keys(shape_keys, noted)
    obj.active_shape_key_index = active
    mesh.update()
    return result


def _named_otherwise(obj: bpy.types.Object) -> dict[str, str]:
    """The ARKit shapes that the user's own keys are, whatever they are called: name of the key by theirs."""
    shape_keys = mesh_of(obj).shape_keys
    if shape_keys is None:
        return {}
    noted = keys_made(shape_keys)
    rows = named_rows(RigMapping(detect(tuple(n for n in key_names(shape_keys) if n not in noted)).keys))
    return {
        name: row.key
        for row in rows
        if CHANNELS[row.channel].convention == ARKIT
        for name in CHANNELS[row.channel].meaning
    }


def _add(obj: bpy.types.Object, name: str, coordinates: Floats, rollback: ExitStack) -> bpy.types.ShapeKey:
    block = obj.shape_key_add(name=name, from_mix=False)
    rollback.callback(lambda: obj.shape_key_remove(mesh_of(obj).shape_keys.key_blocks[name]))
    block.value = float(name == LIPS_AT_REST)  # new keys are fully on from Blender 5.0
    block.relative_key = mesh_of(obj).shape_keys.reference_key
    block.points.foreach_set("co", coordinates.ravel())
    return block


def _put(block: bpy.types.ShapeKey, coordinates: Floats, rollback: ExitStack) -> None:
    rollback.callback(block.points.foreach_set, "co", coordinates_of(block.points).ravel())
    block.points.foreach_set("co", coordinates.ravel())


def _keep_notes(shape_keys: bpy.types.Key, rollback: ExitStack) -> None:
    """Have what is noted of keys be as it is now when `rollback` unwinds."""
    before = shape_keys.get(PROPERTY)
    if before is None:
        rollback.callback(shape_keys.pop, PROPERTY, None)
    else:
        rollback.callback(shape_keys.__setitem__, PROPERTY, before)


def _in_order(names: Iterable[str]) -> tuple[str, ...]:
    found = set(names)
    return tuple(name for name in (*ARKIT_NAMES, LIPS_AT_REST) if name in found)
