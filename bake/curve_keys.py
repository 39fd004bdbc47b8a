# SPDX-License-Identifier: GPL-3.0-or-later
"""The keys of one F-curve as arrays, so that they are read, merged and written in bulk.

N is the number of keys.
"""

from dataclasses import dataclass
from typing import Final

import bpy
import numpy as np
from numpy.typing import NDArray

_LINEAR: Final = 1  # BEZT_IPO_LIN in Blender's DNA_curve_enums.h
_FREE: Final = 0  # HD_FREE
_AUTO_CLAMPED: Final = 4  # HD_AUTO_ANIM

_ATTRIBUTES: Final[dict[str, tuple[int, type]]] = {
    "co": (2, np.float32),
    "handle_left": (2, np.float32),
    "handle_right": (2, np.float32),
    "handle_left_type": (1, np.int32),
    "handle_right_type": (1, np.int32),
    "interpolation": (1, np.int32),
    "easing": (1, np.int32),
    "type": (1, np.int32),
    "back": (1, np.float32),
    "amplitude": (1, np.float32),
    "period": (1, np.float32),
    "select_control_point": (1, np.bool_),
    "select_left_handle": (1, np.bool_),
    "select_right_handle": (1, np.bool_),
}
"""Everything a keyframe holds, with its width and kind."""

_HALF_FRAME: Final = 0.5


@dataclass(frozen=True)
class CurveKeys:
    """Keys in order of time; each array has N rows (see `_ATTRIBUTES`)."""

    arrays: dict[str, NDArray]

    def __len__(self) -> int:
        return len(self.arrays["co"])

    @classmethod
    def none(cls) -> "CurveKeys":
        """No keys."""
        return cls.linear(np.zeros(0, int), np.zeros(0))

    @classmethod
    def linear(cls, frames: NDArray[np.integer], values: NDArray[np.floating]) -> "CurveKeys":
        """Unselected keys with straight lines between them, from frames (N,) and values (N,)."""
        count = len(frames)
        arrays = {
            name: np.zeros((count, width) if width > 1 else count, kind)
            for name, (width, kind) in _ATTRIBUTES.items()
        }
        arrays["co"][:, 0] = frames
        arrays["co"][:, 1] = values
        arrays["handle_left"][:] = arrays["co"] - (1 / 3, 0)
        arrays["handle_right"][:] = arrays["co"] + (1 / 3, 0)
        arrays["handle_left_type"][:] = _AUTO_CLAMPED
        arrays["handle_right_type"][:] = _AUTO_CLAMPED
        arrays["interpolation"][:] = _LINEAR
        return cls(arrays)

    @classmethod
    def read(cls, curve: bpy.types.FCurve) -> "CurveKeys":
        """All keys of a curve."""
        points = curve.keyframe_points
        arrays = {}
        for name, (width, kind) in _ATTRIBUTES.items():
            values = np.empty(len(points) * width, kind)
            points.foreach_get(name, values)
            arrays[name] = values.reshape(-1, width) if width > 1 else values
        return cls(arrays)

    def write(self, curve: bpy.types.FCurve) -> None:
        """Replace all keys of a curve by these."""
        points = curve.keyframe_points
        points.clear()
        points.add(len(self))
        for name, values in self.arrays.items():
            points.foreach_set(name, values.ravel())
        curve.update()

    def outside(self, first: int, last: int) -> "CurveKeys":
        """The keys before frame `first` and after `last`; one between two frames belongs to the nearer."""
        return self._chosen(~self._between(first, last))

    def within(self, first: int, last: int) -> "CurveKeys":
        """The keys that are not `outside`."""
        return self._chosen(self._between(first, last))

    def free_handles(self) -> "CurveKeys":
        """The same keys with handles that stay where they are when neighbours change."""
        fixed = {
            name: np.full(len(self), _FREE, np.int32) for name in ("handle_left_type", "handle_right_type")
        }
        return CurveKeys(self.arrays | fixed)

    def _between(self, first: int, last: int) -> NDArray[np.bool_]:
        frame = self.arrays["co"][:, 0]
        return (frame >= first - _HALF_FRAME) & (frame < last + _HALF_FRAME)

    def _chosen(self, rows: NDArray[np.bool_]) -> "CurveKeys":
        if rows.all():
            return self
        return CurveKeys({name: values[rows] for name, values in self.arrays.items()})

    def joined(self, other: "CurveKeys") -> "CurveKeys":
        """Both sets of keys in order of time."""
        if len(other) == 0 or len(self) == 0:
            return self if len(other) == 0 else other
        together = {
            name: np.concatenate([values, other.arrays[name]]) for name, values in self.arrays.items()
        }
        order = np.argsort(together["co"][:, 0], kind="stable")
        return CurveKeys({name: values[order] for name, values in together.items()})

    def rows(self) -> list[NDArray]:
        """The arrays in a fixed order and kind, to be kept as bytes."""
        return [
            self.arrays[name].astype(np.dtype(kind).newbyteorder("<"))
            for name, (_, kind) in _ATTRIBUTES.items()
        ]

    @classmethod
    def from_rows(cls, blob: bytes, start: int, count: int) -> "tuple[CurveKeys, int]":
        """The inverse of `rows` for `count` keys whose bytes begin at `start`, and where they end."""
        arrays = {}
        for name, (width, kind) in _ATTRIBUTES.items():
            dtype = np.dtype(kind).newbyteorder("<")
            values = np.frombuffer(blob, dtype, count * width, start).astype(kind)
            arrays[name] = values.reshape(-1, width) if width > 1 else values
            start += count * width * dtype.itemsize
        return cls(arrays), start
