# SPDX-License-Identifier: GPL-3.0-or-later
"""The head to animate: which of its shape keys are which ARKit shapes, and what stands in the way."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import bpy

from ..core.retarget.arkit import ARKIT_NAMES
from ..core.retarget.spelling import match_arkit
from .blocked import BlockedKey, find_blocked
from .checks import check_local, check_mode
from .errors import BakeError
from .meshes import shape_keys_of

LIP_NAMES: Final = tuple(name for name in ARKIT_NAMES if name.startswith("mouth"))
_LISTED: Final = 8


@dataclass(frozen=True)
class ShapeKeyTarget:
    """A mesh object whose shape keys can speak.

    Attributes:
        object_name: name of the object.
        mapping: ARKit name -> names of the shape keys that it drives, in ARKit order.
        missing: ARKit names that the mesh does not have, in ARKit order.
        blocked: keys of the mapping that would not show their animation, with the reason.
    """

    object_name: str
    mapping: dict[str, tuple[str, ...]]
    missing: tuple[str, ...]
    blocked: tuple[BlockedKey, ...]

    @property
    def keys(self) -> tuple[str, ...]:
        """Names of all shape keys in the mapping, each once."""
        return tuple(dict.fromkeys(key for keys in self.mapping.values() for key in keys))

    @property
    def warnings(self) -> tuple[str, ...]:
        """Lines for the user about what the mesh lacks; blocked keys are not among them."""
        if not self.missing:
            return ()
        return (
            f"'{self.object_name}' has {len(self.mapping)} of {len(ARKIT_NAMES)} ARKit shapes; "
            f"missing: {listed(self.missing, limit=len(ARKIT_NAMES))}.",
        )


def listed(items: Sequence[object], limit: int = _LISTED) -> str:
    """The items in one line, the rest counted: "a, b and 3 more"."""
    text = ", ".join(str(item) for item in items[:limit])
    return text if len(items) <= limit else f"{text} and {len(items) - limit} more"


def find_target(obj: bpy.types.Object | None) -> ShapeKeyTarget:
    """Find the ARKit shapes of an object. Changes nothing.

    Raises:
        BakeError: no object, not a mesh, linked without a library override, without shape keys, without
            any shape that opens or moves the mouth, or in Edit Mode.
    """
    if obj is None:
        raise BakeError("No head is selected: select a mesh with ARKit shape keys.")
    # Baking overrides a mesh that is linked as well.
    check_local(obj)
    shape_keys = shape_keys_of(obj)
    names = [key.name for key in shape_keys.key_blocks if key != shape_keys.reference_key]
    mapping = match_arkit(names)
    if not any(name in mapping for name in ("jawOpen", *LIP_NAMES)):
        raise BakeError(
            f"None of the {len(names)} shape keys of '{obj.name}' ({listed(names, 4)}) moves jaw or lips: "
            "a head that speaks needs at least jawOpen or a lip shape, by its ARKit name."
        )
    check_mode(obj)
    missing = tuple(name for name in ARKIT_NAMES if name not in mapping)
    keys = tuple(dict.fromkeys(key for keys in mapping.values() for key in keys))
    return ShapeKeyTarget(obj.name, mapping, missing, find_blocked(obj, keys))
