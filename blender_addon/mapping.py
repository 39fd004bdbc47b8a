# SPDX-License-Identifier: GPL-3.0-or-later
"""Which keys of a rig are driven by what: found by itself, or as the user chose it.

The choice is kept with the object that speaks (`obj.soliloquy_keys` and its kin), as the rig of its head is.
It can be edited in library overrides, and survives undo, save and load.
"""

from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import bpy
from bpy.props import (
    BoolProperty,
    CollectionProperty,
    EnumProperty,
    FloatProperty,
    IntProperty,
    StringProperty,
)

from ..core.errors import InputError
from . import face_bones
from .face_bones import moved_by_bones, pose_names
from .package import CONTEXT
from .texts import iface

if TYPE_CHECKING:
    from ..core.retarget.detection import Detection
    from ..core.retarget.mapping import MappedKey, RigMapping

_OVERRIDABLE: Any = {"LIBRARY_OVERRIDABLE"}
_LISTED: Final = 4
_DIGITS: Final = 6


def _matching_channels(self: object, context: bpy.types.Context, typed: str) -> list[tuple[str, str]]:
    """Channels that what is typed may mean, each with the ARKit shapes that it stands for."""
    from ..core.retarget.channels import CHANNELS

    words = typed.lower().split()
    found = []
    for channel in CHANNELS.values():
        shapes = ", ".join(f"{name} {weight:g}" for name, weight in channel.meaning.items())
        text = f"{channel.name} {channel.convention} {shapes}".lower()
        if all(word in text for word in words):
            found.append((channel.name, "" if shapes == f"{channel.name} 1" else shapes))
    return found


class KeySettings(bpy.types.PropertyGroup):
    """One key of a rig: a shape key, or a pose of bones. Its `name`, which every group has, is the key's."""

    use: BoolProperty(
        name="Use",
        translation_context=CONTEXT,
        description="Whether this key is animated at all",
        default=True,
        override=_OVERRIDABLE,
    )
    channel: StringProperty(
        name="Channel",
        translation_context=CONTEXT,
        description="What the key shows: type to search for ARKit shapes, visemes and the like. Empty: only "
        "its shape tells",
        search=_matching_channels,
        override=_OVERRIDABLE,
    )
    gain: FloatProperty(
        name="Gain",
        translation_context=CONTEXT,
        description="Factor of the key's value",
        default=1.0,
        soft_min=0.0,
        soft_max=2.0,
        step=5,
        override=_OVERRIDABLE,
    )
    offset: FloatProperty(
        name="Offset",
        translation_context=CONTEXT,
        description="Value of the key while the face rests",
        default=0.0,
        soft_min=-1.0,
        soft_max=1.0,
        step=5,
        override=_OVERRIDABLE,
    )
    invert: BoolProperty(
        name="Invert",
        translation_context=CONTEXT,
        description="The key is at 1 while the face rests, and falls from there",
        default=False,
        override=_OVERRIDABLE,
    )
    confidence: FloatProperty(
        name="Confidence",
        translation_context=CONTEXT,
        description="How surely the key's name says what it shows",
        default=1.0,
        min=0.0,
        max=1.0,
        subtype="FACTOR",
        override=_OVERRIDABLE,
    )

    def write(self, key: "MappedKey") -> None:
        """Make the row what `core.retarget.mapping` has."""
        if self.name != key.key:
            self.name = key.key
        self.channel = key.channel
        for name in _NUMBERS:
            setattr(self, name, getattr(key, name))


_NUMBERS: Final = ("confidence", "gain", "offset", "invert", "use")
"""What a row and a `MappedKey` have in common, beside the names."""

PROPERTIES: Final[dict[str, Any]] = {
    "soliloquy_mapping": EnumProperty(
        name="Mapping",
        translation_context=CONTEXT,
        description="Which keys of this rig are animated by what",
        items=[
            ("AUTOMATIC", "Automatic", "What is found by the names and the shapes of the keys"),
            ("CHOSEN", "Chosen", "The list below. Find Keys fills it in, to be edited"),
        ],
        default="AUTOMATIC",
        override=_OVERRIDABLE,
    ),
    "soliloquy_method": EnumProperty(
        name="Method",
        translation_context=CONTEXT,
        description="How the values of the keys are found",
        items=[
            (
                "auto",
                "Automatic",
                "By their names where these name all ARKit shapes of the mouth, else by their shapes",
            ),
            ("names", "Names", "Each key does what its name, or its channel in the list, says"),
            (
                "shapes",
                "Shapes",
                "Every key is measured, and the keys together come as near to the face as they can",
            ),
        ],
        default="auto",
        override=_OVERRIDABLE,
    ),
    "soliloquy_key_index": IntProperty(
        name="Key",
        translation_context=CONTEXT,
        description="The key that is shown below the list",
        default=0,
        min=0,
        override=_OVERRIDABLE,
    ),
    **face_bones.PROPERTIES,
    "soliloquy_along": BoolProperty(
        name="Animate Along",
        translation_context=CONTEXT,
        description="Animate this object's shape keys together with the face that it belongs to",
        default=True,
        override=_OVERRIDABLE,
    ),
}
"""Properties of objects, beside the list itself. Each stands for itself, as in `rig.PROPERTIES`."""


def register() -> None:
    """Give objects their mappings."""
    for name, prop in PROPERTIES.items():
        setattr(bpy.types.Object, name, prop)
    # With insertion rows can be added where the object is an override of a linked one.
    keys = CollectionProperty(type=KeySettings, override={"LIBRARY_OVERRIDABLE", "USE_INSERTION"})
    bpy.types.Object.soliloquy_keys = keys


def unregister() -> None:
    """Take the properties back; what was chosen stays in the file."""
    for name in (*PROPERTIES, "soliloquy_keys"):
        delattr(bpy.types.Object, name)


def key_names(obj: bpy.types.Object) -> tuple[str, ...]:
    """Names of the keys of a rig, its shape keys or poses, in its order; none where it has none."""
    if moved_by_bones(obj):
        return pose_names(obj)
    shape_keys = getattr(obj.data, "shape_keys", None)
    if shape_keys is None:
        return ()
    return tuple(key.name for key in shape_keys.key_blocks if key != shape_keys.reference_key)


def detected(obj: bpy.types.Object) -> "Detection":
    """What the names of an object's keys say. Panels draw with it."""
    from ..core.retarget.detection import detect

    return detect(key_names(obj))


def listed_keys(obj: bpy.types.Object) -> "dict[str, MappedKey]":
    """The list of an object as `core.retarget.mapping` has it, by the names of keys.

    Raises:
        InputError: a row has a channel that there is not.
    """
    chosen: Any = obj
    rows = chosen.soliloquy_keys
    numbers = []
    for name in _NUMBERS:
        values = [0.0] * len(rows) if name in {"confidence", "gain", "offset"} else [False] * len(rows)
        rows.foreach_get(name, values)
        numbers.append(tuple(values))
    return dict(_listed_keys(tuple((row.name, row.channel) for row in rows), *numbers))


@lru_cache(maxsize=16)  # panels ask several times for each redraw, for lists of a thousand rows too
def _listed_keys(names: tuple[tuple[str, str], ...], *numbers: tuple[Any, ...]) -> "dict[str, MappedKey]":
    from ..core.retarget.mapping import MappedKey, check_channel

    found = {}
    for (key, channel), *row in zip(names, *numbers, strict=True):
        check_channel(channel, f"Key '{key}'")
        # As they were typed, and not as Blender's short numbers have them.
        confidence, gain, offset = (round(number, _DIGITS) for number in row[:3])
        found[key] = MappedKey(key, channel, confidence, gain, offset, invert=row[3], use=row[4])
    return found


def mapping_of(obj: bpy.types.Object) -> "RigMapping | None":
    """How an object is driven; None where all of it is found by itself. Panels draw with it.

    Raises:
        InputError: no key is used, or one has a channel that is not known.
    """
    from ..core.retarget.mapping import RigMapping

    chosen: Any = obj
    if chosen.soliloquy_mapping == "AUTOMATIC":
        if chosen.soliloquy_method == "auto":
            return None
        return RigMapping(detected(obj).keys, chosen.soliloquy_method)
    rows = listed_keys(obj)
    keys = tuple(rows[name] for name in key_names(obj) if name in rows)
    if not any(key.use for key in keys):
        raise InputError(
            f"The mapping of '{obj.name}' uses none of its keys: switch some on, or let Find Keys fill it in."
        )
    return RigMapping(keys, chosen.soliloquy_method)


def choose(obj: bpy.types.Object, mapping: "RigMapping") -> None:
    """Make a mapping the choice of an object."""
    chosen: Any = obj
    rows = chosen.soliloquy_keys
    rows.clear()
    for row in rows:
        # In an override those of the library's own file stay.
        row.use = False
    for key in mapping.keys:
        row = (rows.get(key.key) if len(rows) else None) or rows.add()
        row.write(key)
    chosen.soliloquy_key_index = min(chosen.soliloquy_key_index, max(len(rows) - 1, 0))
    chosen.soliloquy_method = mapping.method
    chosen.soliloquy_mapping = "CHOSEN"


def refreshed(obj: bpy.types.Object, *, start_over: bool) -> "RigMapping":
    """A row for each key that an object has now: as it was chosen, else as its name says.

    Raises:
        InputError: a row has a channel that is not known.
    """
    from ..core.retarget.mapping import RigMapping

    chosen: Any = obj
    is_kept = chosen.soliloquy_mapping == "CHOSEN" and not start_over
    kept = listed_keys(obj) if is_kept else {}
    keys = tuple(kept.get(key.key, key) for key in detected(obj).keys)
    return RigMapping(keys, chosen.soliloquy_method)


def preset_for(obj: bpy.types.Object, path: Path) -> "tuple[RigMapping, tuple[str, ...]]":
    """A preset as it fits an object, and notes on what of it does not.

    Keys of the object that the preset does not name are not used.

    Raises:
        InputError: the file cannot be read, or names no key of the object.
    """
    from ..bake.target import listed
    from ..core.retarget.mapping import RigMapping, read_mapping

    preset = read_mapping(path)
    rows = {key.key: key for key in preset.keys}
    keys = tuple(rows.get(key.key) or replace(key, use=False) for key in detected(obj).keys)
    there = {key.key for key in keys}
    missing = [f"'{name}'" for name in rows if name not in there]
    if len(missing) == len(rows):
        raise InputError(
            f"'{path.name}' fits none of the {len(keys)} keys of '{obj.name}': it is for keys such as "
            f"{listed(missing, _LISTED)}."
        )
    notes = ()
    if missing:
        notes = (f"'{path.name}' has {len(missing)} keys that '{obj.name}' has not: {listed(missing)}.",)
    return RigMapping(keys, preset.method), notes


def mapping_to_save(obj: bpy.types.Object) -> "RigMapping":
    """What a preset of an object holds: what was chosen, else what is found.

    Raises:
        InputError: there is nothing to save.
    """
    from ..core.retarget.mapping import RigMapping

    chosen: Any = obj
    mapping = mapping_of(obj) or RigMapping(detected(obj).keys, chosen.soliloquy_method)
    if not mapping.keys:
        raise InputError(f"'{obj.name}' has no keys whose mapping could be saved.")
    return mapping


def unlisted(obj: bpy.types.Object) -> int:
    """How many keys of an object are not in its list. Panels draw with it."""
    chosen: Any = obj
    return len(set(key_names(obj)) - {row.name for row in chosen.soliloquy_keys})


def companions_of(obj: bpy.types.Object) -> tuple[bpy.types.Object, ...]:
    """Objects that are animated along with a face: those that belong to it and are switched on."""
    from ..bake import find_companions

    if moved_by_bones(obj):
        return ()
    return tuple(each for each in find_companions(obj) if each.soliloquy_along)  # type: ignore[attr-defined]


def found_words(obj: bpy.types.Object) -> str:
    """What the names of an object's keys are, for the panel: "Oculus visemes 15 of 15, confidence 98 %"."""
    found = detected(obj)
    if not found.conventions:
        if not found.keys:
            return iface("No keys")
        return iface("{count} keys, whose names say nothing: they go by their shapes").format(
            count=len(found.keys)
        )
    text = iface("{convention} {found} of {of}")
    each = [text.format(convention=one.name, found=one.found, of=one.of) for one in found.conventions]
    sure = iface("confidence {share}").format(share=f"{found.confidence:.0%}")
    return ", ".join((*each, sure))


def in_use(obj: bpy.types.Object) -> str:
    """What drives an object, for the panel: what was found, or how much of it was chosen."""
    chosen: Any = obj
    if chosen.soliloquy_mapping == "AUTOMATIC":
        return found_words(obj)
    names = set(key_names(obj))
    used = sum(row.use for row in chosen.soliloquy_keys if row.name in names)
    return iface("{used} of {count} keys, as chosen under Mapping").format(used=used, count=len(names))
