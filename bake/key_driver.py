# SPDX-License-Identifier: GPL-3.0-or-later
"""What makes values of shape keys of ARKit weights: the face's own way, and that of what goes with it.

F is the number of frames, K of shape keys.
"""

import hashlib
from collections.abc import Mapping, Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from ..core.retarget.mapping import MappedKey
from ..core.retarget.measured_shapes import MeasuredShapes
from ..core.retarget.retargeter import Retargeter

Ranges = Mapping[str, tuple[float, float]]
"""Shape key -> smallest and largest value."""


class KeyDriver(Protocol):
    """Makes values of shape keys.

    Attributes:
        keys: (K,) names of the shape keys.
        parts: (K,) the part of a take that each belongs to.
        rest: (K,) what they hold while the face is at rest.
        lip_slopes: (K,) metres by which a value of 1 parts the lips of the built-in head.
        fingerprint: the same for drivers that make the same values.
    """

    keys: tuple[str, ...]
    parts: tuple[str, ...]
    rest: NDArray[np.float32]
    lip_slopes: NDArray[np.float64]
    fingerprint: str

    def values(self, weights: NDArray[np.float32]) -> NDArray[np.float32]:
        """What is keyed (F, K) for ARKit weights (F, 52) of all parts together."""
        ...


class FaceDriver:
    """Drives the keys of a face, as a mapping or its measured shapes have it."""

    def __init__(
        self, retargeter: Retargeter, rows: Sequence[MappedKey], ranges: Ranges, shapes: MeasuredShapes | None
    ) -> None:
        self.retargeter = retargeter
        self.keys = retargeter.keys
        self.parts = retargeter.parts
        row_of = {row.key: row for row in rows}
        driven = [row_of[key] for key in retargeter.keys]
        rest = np.array([row.offset + row.gain * row.invert for row in driven])
        limits = np.array([ranges[key] for key in retargeter.keys])
        self.rest = np.clip(rest, limits[:, 0], limits[:, 1]).astype(np.float32)
        self.lip_slopes = retargeter.lip_slopes
        self.fingerprint = _fingerprint(rows, ranges, shapes)
        self._last: list[tuple[NDArray, NDArray]] = []

    def values(self, weights: NDArray[np.float32]) -> NDArray[np.float32]:
        """See `KeyDriver`; what goes with the face asks for the same once more."""
        for asked, values in self._last:
            if np.array_equal(asked, weights):
                return values
        # What was written before, and what is written now.
        self._last = [*self._last[-1:], (weights.copy(), self.retargeter.values(weights))]
        return self._last[-1][1]


class CompanionDriver:
    """Drives what goes with a face: keys that have their names in common do the same.

    Args:
        face: drives the face.
        shared: keys of the companion that the face has too and that are driven there.
        own: drives the others, by their names; None when there are none.
        ranges: of the companion's keys.
    """

    def __init__(self, face: KeyDriver, shared: Sequence[str], own: KeyDriver | None, ranges: Ranges) -> None:
        self._face = face
        self._own = own
        self._columns = [face.keys.index(key) for key in shared]
        self._limits = np.array([ranges[key] for key in shared], np.float32).reshape(-1, 2)
        self.keys = (*shared, *(own.keys if own else ()))
        self.parts = (*(face.parts[column] for column in self._columns), *(own.parts if own else ()))
        rest = self._clipped(face.rest[self._columns])
        self.rest = rest if own is None else np.concatenate([rest, own.rest])
        slopes = face.lip_slopes[self._columns]
        self.lip_slopes = slopes if own is None else np.concatenate([slopes, own.lip_slopes])
        self.fingerprint = f"{face.fingerprint} {own.fingerprint if own else ''} {list(shared)}"

    def values(self, weights: NDArray[np.float32]) -> NDArray[np.float32]:
        """See `KeyDriver`."""
        values = self._clipped(self._face.values(weights)[:, self._columns])
        return values if self._own is None else np.concatenate([values, self._own.values(weights)], axis=1)

    def _clipped(self, values: NDArray[np.float32]) -> NDArray[np.float32]:
        return np.clip(values, self._limits[:, 0], self._limits[:, 1])


def _fingerprint(rows: Sequence[MappedKey], ranges: Ranges, shapes: MeasuredShapes | None) -> str:
    digest = hashlib.blake2b(digest_size=12)
    for row in rows:
        limits = ranges[row.key]
        digest.update(repr((row.key, row.channel, row.gain, row.offset, row.invert, limits)).encode())
    if shapes is not None:
        # Far below what would be seen: the last digits depend on the processor.
        steps = np.round(shapes.displacements * 1e4).astype(np.int64)
        digest.update(repr(shapes.keys).encode() + steps.tobytes())
    return digest.hexdigest()
