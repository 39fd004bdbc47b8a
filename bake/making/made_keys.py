# SPDX-License-Identifier: GPL-3.0-or-later
"""Which shape keys Soliloquy made, and whether somebody has changed them since."""

import json
from collections.abc import Mapping
from functools import lru_cache
from typing import Final

import bpy
import numpy as np
from numpy.typing import NDArray

from ..mesh_reading import coordinates_of

PROPERTY: Final = "soliloquy_made"
"""Custom property of a mesh's shape keys: JSON, by name of a key the fingerprint of what it did when made."""

_SUMS: Final = 4

_ALIKE: Final = 1e-5
"""Of the mesh's size: fingerprints that differ by less are those of one key, on a basis that has moved."""

_ROUNDING: Final = 2 * float(np.finfo(np.float32).eps)
"""Of the coordinates' size, for each: meshes may lie far from their origin."""

Fingerprint = tuple[float, ...]


def fingerprint_of(block: bpy.types.ShapeKey) -> Fingerprint:
    """How many values a key's displacements are, and weighted sums of them: any small change shows."""
    rest = coordinates_of(block.relative_key.points).astype(np.float64)
    flat = (coordinates_of(block.points) - rest).ravel()
    return (float(len(flat)), *(_weights(len(flat)) @ flat).tolist())


@lru_cache(maxsize=1)
def _weights(count: int) -> NDArray[np.float64]:
    """(4, count) without a pattern that a symmetric change could cancel out."""
    return np.sin(np.outer(1.0 + np.arange(_SUMS) / np.pi, np.arange(1, count + 1)))


def keys_made(shape_keys: bpy.types.Key | None) -> dict[str, Fingerprint]:
    """What is noted of the keys that Soliloquy made, whether they are still there or not."""
    noted = {} if shape_keys is None else json.loads(str(shape_keys.get(PROPERTY, "{}")))
    return {name: tuple(values) for name, values in noted.items()}


def note_keys(shape_keys: bpy.types.Key, made: Mapping[str, Fingerprint]) -> None:
    """Note which keys Soliloquy made; those that there are no more are forgotten."""
    noted = {name: values for name, values in made.items() if name in shape_keys.key_blocks}
    if noted or PROPERTY in shape_keys:
        shape_keys[PROPERTY] = json.dumps(noted)


def is_as_made(block: bpy.types.ShapeKey, noted: Fingerprint) -> bool:
    """Whether a key still does what it did when it was made."""
    rest = coordinates_of(block.relative_key.points)
    now = fingerprint_of(block)
    tolerance = _ALIKE * np.ptp(rest, axis=0).max() + _ROUNDING * np.abs(rest).max() * np.sqrt(rest.size)
    return bool(np.abs(np.subtract(now, noted)).max() <= tolerance)
