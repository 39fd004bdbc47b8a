# SPDX-License-Identifier: GPL-3.0-or-later
"""The head to animate: what each of its shape keys shows by its name, and what stands in the way."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final

import bpy

from ..core.retarget.arkit import ARKIT_NAMES
from ..core.retarget.beliefs import names_suffice
from ..core.retarget.channels import ARKIT, CHANNELS
from ..core.retarget.detection import ConventionFound, detect
from ..core.retarget.mapping import MappedKey, RigMapping
from .blocked import BlockedKey, find_blocked
from .checks import check_local, check_mode
from .errors import BakeError
from .meshes import shape_keys_of

_LISTED: Final = 8


@dataclass(frozen=True)
class ShapeKeyTarget:
    """A mesh object whose shape keys can speak.

    Attributes:
        object_name: name of the object.
        rig: a row for each shape key, in the order of the mesh, and how values are found.
        conventions: whose names the keys have.
        blocked: keys that are driven by their names and would not show their animation, with the reason.
    """

    object_name: str
    rig: RigMapping
    conventions: tuple[ConventionFound, ...]
    blocked: tuple[BlockedKey, ...]

    @cached_property
    def mapping(self) -> dict[str, tuple[str, ...]]:
        """ARKit name -> names of the shape keys that have this name, in ARKit order."""
        found: dict[str, list[str]] = {}
        for row in named_rows(self.rig):
            if CHANNELS[row.channel].convention == ARKIT:
                for name in CHANNELS[row.channel].meaning:
                    found.setdefault(name, []).append(row.key)
        return {name: tuple(found[name]) for name in ARKIT_NAMES if name in found}

    @property
    def missing(self) -> tuple[str, ...]:
        """ARKit names that no shape key has, in ARKit order."""
        return tuple(name for name in ARKIT_NAMES if name not in self.mapping)

    @property
    def keys(self) -> tuple[str, ...]:
        """Names of all shape keys that are driven by their names."""
        return tuple(row.key for row in named_rows(self.rig))

    @property
    def speaks_by_name(self) -> bool:
        """Whether a shape key moves the mouth by its name."""
        return any(CHANNELS[row.channel].part == "Mouth" for row in named_rows(self.rig))

    @property
    def wants_shapes(self) -> bool:
        """Whether what the shape keys do is to be measured, where that can be done."""
        if self.rig.method == "auto":
            return not names_suffice(self.rig)
        return self.rig.method == "shapes"

    @property
    def warnings(self) -> tuple[str, ...]:
        """Lines for the user about ARKit shapes that the mesh lacks; blocked keys are not among them."""
        if not self.missing or not self.mapping:
            return ()
        return (
            f"'{self.object_name}' has {len(self.mapping)} of {len(ARKIT_NAMES)} ARKit shapes; "
            f"missing: {listed(self.missing, limit=len(ARKIT_NAMES))}.",
        )

    def keys_of(self, parts: Iterable[str]) -> dict[str, str]:
        """Shape key -> part, for the keys that some parts drive by their names."""
        chosen = tuple(parts)
        part_of = {row.key: CHANNELS[row.channel].part for row in named_rows(self.rig)}
        return {key: part for key, part in part_of.items() if part in chosen}


def named_rows(rig: RigMapping) -> tuple[MappedKey, ...]:
    """The rows of keys that are driven by their names."""
    return tuple(row for row in rig.keys if row.use and row.channel in CHANNELS)


def listed(items: Sequence[object], limit: int = _LISTED) -> str:
    """The items in one line, the rest counted: "a, b and 3 more"."""
    text = ", ".join(str(item) for item in items[:limit])
    return text if len(items) <= limit else f"{text} and {len(items) - limit} more"


def left_alone(name: str, keys: Sequence[str]) -> str:
    """What is to be said of shape keys of an object that emotion leaves as the animator has them."""
    return (
        f"Emotion leaves shape keys of '{name}' alone that were keyed by hand or play in NLA strips: "
        f"{listed(keys)}. Remove their keys, or give the strip's action back to them, to have it there."
    )


def find_target(obj: bpy.types.Object | None, mapping: RigMapping | None = None) -> ShapeKeyTarget:
    """Find out by names what the shape keys of an object show. Changes nothing; panels draw with it.

    A head whose names say nothing is a target too, unless only names are to be gone by: what its keys do
    can be measured (`face_reading`).

    Args:
        obj: the head.
        mapping: how it is driven; by default as its names say. Keys that it does not name are not driven.

    Raises:
        BakeError: no object, not a mesh, linked without a library override, without shape keys, without
            any key that moves the mouth where only names count, or in Edit Mode.
    """
    if obj is None:
        raise BakeError("No head is selected: select a mesh with shape keys.")
    # Baking overrides a mesh that is linked as well.
    check_local(obj)
    names = key_names(shape_keys_of(obj))
    found = detect(names)
    rig = RigMapping(found.keys) if mapping is None else _mapping_of(mapping, names)
    target = ShapeKeyTarget(obj.name, rig, found.conventions, ())
    if rig.method == "names" and not target.speaks_by_name:
        raise unnamed(obj)
    check_mode(obj)
    return ShapeKeyTarget(obj.name, rig, found.conventions, find_blocked(obj, target.keys))


def unnamed(obj: bpy.types.Object, reason: str = "") -> BakeError:
    """What is to be said of a head whose names do not let it speak, with why its shapes do not either."""
    names = key_names(shape_keys_of(obj))
    measured = f", and what they do cannot be measured ({reason.removesuffix('.')})" if reason else ""
    return BakeError(
        f"None of the {len(names)} shape keys of '{obj.name}' ({listed(names, 4)}) moves jaw or lips by its "
        f"name{measured}: a head that speaks needs shapes of the mouth, such as jawOpen or visemes, or name "
        "them under Mapping."
    )


def key_names(shape_keys: bpy.types.Key) -> tuple[str, ...]:
    """Names of all shape keys but the reference key, in the order of the mesh."""
    return tuple(key.name for key in shape_keys.key_blocks if key != shape_keys.reference_key)


def _mapping_of(mapping: RigMapping, names: Sequence[str]) -> RigMapping:
    """The rows of a mapping whose keys there are, in the order of the mesh."""
    rows = {row.key: row for row in mapping.keys}
    return RigMapping(tuple(rows[name] for name in names if name in rows), mapping.method)
