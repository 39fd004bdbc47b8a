# SPDX-License-Identifier: GPL-3.0-or-later
"""What a bake of vertices tells of itself."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

VertexMethod = Literal["cache", "shape_keys"]


@dataclass(frozen=True)
class VertexBakeReport:
    """What a bake of vertices wrote.

    Attributes:
        object_name: the object that moves: a copy, where one was asked for.
        take: name of the take, unique among the object's.
        method: cache or shape_keys.
        first_frame: first scene frame of the motion.
        last_frame: last scene frame of the motion.
        file: full path of the face's cache, None for shape keys.
        size: bytes of all caches, or of the shape keys in memory.
        key_count: number of absolute shape keys on all objects, 0 for a cache.
        movement: how far the evaluated vertices go, object units; None when not measured.
        along: names of the other objects that move with the face.
        notes: lines for the user.
    """

    object_name: str
    take: str
    method: VertexMethod
    first_frame: int
    last_frame: int
    file: Path | None
    size: int
    key_count: int
    movement: float | None
    along: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
