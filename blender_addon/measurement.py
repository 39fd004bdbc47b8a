# SPDX-License-Identifier: GPL-3.0-or-later
"""What was measured of a rig: what its keys do by their shapes, and what the rig cannot do.

It is kept for the session and not in the file: measuring again is quick.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import bpy

from .face_bones import moved_by_bones, read_measured_bones
from .mapping import key_names, mapping_of

if TYPE_CHECKING:
    from ..bake import FaceReading
    from ..bake.pose import PoseReading
    from ..core.retarget.mapping import RigMapping
    from ..core.retarget.shape_meanings import ShapeMeaning

_STRONGEST: Final = 3
"""Shapes that are named of what a key does."""
_UNLIKE: Final = 0.3
"""Likeness below which they would tell nothing. Our own choice."""


@dataclass(frozen=True)
class Measurement:
    """What was measured of a rig.

    Attributes:
        names: the keys that it had.
        does: key -> the ARKit shapes that it comes near to, and how far it moves the face at most:
            "jawOpen 0.8, mouthFunnel 0.3, 12.4 mm".
        notes: what the rig cannot do, a line each.
    """

    names: tuple[str, ...]
    does: Mapping[str, str]
    notes: tuple[str, ...]


@dataclass(frozen=True)
class Measuring:
    """What measuring an object needs, without references that Blender could take away.

    Attributes:
        object_uid: session UID of the object.
        names: its keys.
        reading: its mesh.
        mapping: how it is driven.
        ranges: key -> smallest and largest value.
    """

    object_uid: int
    names: tuple[str, ...]
    reading: FaceReading | PoseReading
    mapping: RigMapping
    ranges: Mapping[str, tuple[float, float]]


_measured: dict[int, Measurement] = {}
"""By the object's session UID."""


def read_if_measured(obj: bpy.types.Object, mapping: RigMapping | None) -> FaceReading | None:
    """What measuring a face takes; None where its keys go by their names alone.

    Raises:
        SoliloquyError: it must go by its shapes, and cannot be measured.
    """
    from ..bake import BakeError, find_target, read_face

    target = find_target(obj, mapping)
    if not target.wants_shapes:
        return None
    try:
        return read_face(obj, mapping)
    except BakeError:
        if target.rig.method == "shapes":
            raise
        # Baking goes by the names, and says why.
        return None


def measure_reading(reading: FaceReading, mapping: RigMapping | None) -> None:
    """Measure a face ahead of baking, which takes a moment. Touches no Blender data.

    Raises:
        SoliloquyError: it must go by its shapes, and is no face.
    """
    from ..core.retarget.measured_shapes import NotAFace

    try:
        reading.measure()
    except NotAFace:
        if mapping is not None and mapping.method == "shapes":
            raise
        # As above.


def plan_measuring(obj: bpy.types.Object) -> Measuring:
    """Read an object, which stays as it is.

    Raises:
        SoliloquyError: it cannot be measured, and why.
    """
    from ..bake import read_face
    from ..bake.meshes import ranges_of, shape_keys_of
    from ..core.retarget.mapping import RigMapping
    from .mapping import detected

    mapping = mapping_of(obj) or RigMapping(detected(obj).keys)
    if moved_by_bones(obj):
        return Measuring(obj.session_uid, key_names(obj), read_measured_bones(obj), mapping, {})
    reading = read_face(obj, mapping)
    ranges = ranges_of(shape_keys_of(obj))
    return Measuring(obj.session_uid, key_names(obj), reading, mapping, ranges)


def measure(measuring: Measuring) -> Measurement:
    """Measure what was read. Touches no Blender data.

    Raises:
        SoliloquyError: it is no face, and why.
    """
    from ..core.retarget.retargeter import make_retargeter
    from ..core.retarget.shape_meanings import shape_meanings

    shapes = measuring.reading.measure()
    does = {key: _in_words(meaning) for key, meaning in shape_meanings(shapes).items()}
    retargeter = make_retargeter(measuring.mapping, measuring.ranges, shapes)
    return Measurement(measuring.names, does, retargeter.notes)


def _in_words(meaning: ShapeMeaning) -> str:
    shapes = [f"{name} {weight:.1f}" for name, weight in list(meaning.weights.items())[:_STRONGEST]]
    if meaning.likeness < _UNLIKE:
        shapes = []
    return ", ".join((*shapes, f"{1000 * meaning.movement:.1f} mm"))


def remember(measuring: Measuring, measurement: Measurement) -> None:
    """Keep what was measured, for the panel."""
    _measured[measuring.object_uid] = measurement


def measurement_of(obj: bpy.types.Object) -> Measurement | None:
    """What was measured of an object in this session; None when nothing was, or its keys are others now."""
    found = _measured.get(obj.session_uid)
    return found if found is not None and found.names == key_names(obj) else None


def forget() -> None:
    """Start anew: another file, or the add-on was disabled."""
    _measured.clear()
