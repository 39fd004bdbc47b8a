# SPDX-License-Identifier: GPL-3.0-or-later
"""Poses of a face made of bones, and what the bones do when several are shown in part.

F is the number of frames, P of poses, N of bones. Locations, rotations and scales are those of a bone's own
channels: in the bone's axes at rest. Quaternions are w, x, y, z.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..head_rotation import multiplied, quaternions_from_vectors, vectors_from_quaternions

Floats = NDArray[np.float64]

Choice = slice | Sequence[int] | NDArray[np.bool_]
"""Some of several, by number or mask."""

NOTHING: Final = 1e-6
"""What moves, turns (radians) or scales by less does nothing."""


ZERO_NAMES: Final = ("basis", "rest", "neutral", "default", "sil", "silence")
"""What a pose of a face at rest is called, the surest first; "sil" is that of Oculus' visemes."""

_MOUTHS: Final = frozenset("abcdefgh")
"""Preston Blair's mouths as Rhubarb Lip Sync letters them; beside them X is the mouth at rest."""


def zero_among(names: Sequence[str]) -> int | None:
    """Which of some poses is that of a face at rest, None where there is none."""
    words = [re.findall(r"[a-z]+", re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name).lower()) for name in names]
    for zero in ZERO_NAMES:
        for index, each in enumerate(words):
            if zero in each[-1:] or each[-2:] in ([zero, "pose"], [zero, "position"], [zero, "face"]):
                return index
    letters = [each[-1] if each and len(each[-1]) == 1 else "" for each in words]
    if len(_MOUTHS.intersection(letters)) >= len(_MOUTHS) / 2 and "x" in letters:
        return letters.index("x")
    return None


@dataclass(frozen=True, eq=False)
class BoneChannels:
    """What bones hold, in any number of poses or frames.

    Attributes:
        locations: (..., N, 3).
        rotations: (..., N, 4) quaternions.
        scales: (..., N, 3).
    """

    locations: Floats
    rotations: Floats
    scales: Floats

    @classmethod
    def at_rest(cls, *shape: int) -> "BoneChannels":
        """Bones that do nothing, the last of the numbers being N."""
        rotations = np.zeros((*shape, 4))
        rotations[..., 0] = 1
        return cls(np.zeros((*shape, 3)), rotations, np.ones((*shape, 3)))


@dataclass(frozen=True, eq=False)
class BonePoses:
    """Named poses of bones.

    Attributes:
        names: P names, each once.
        bones: N names of bones.
        poses: (P, N) what each pose adds to the zero: its location is added, its rotation comes before
            that of the zero in the bone's own axes, its scale is multiplied.
        zero: (N,) what the bones hold where no pose is shown: their rest pose, or the pose of a face at rest
            that a library has.
        notes: lines for the user about how the poses were read.
    """

    names: tuple[str, ...]
    bones: tuple[str, ...]
    poses: BoneChannels
    zero: BoneChannels
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        shape = (len(self.names), len(self.bones))
        for channels, leading in ((self.poses, shape), (self.zero, shape[1:])):
            for name, size in (("locations", 3), ("rotations", 4), ("scales", 3)):
                got = np.shape(getattr(channels, name))
                if got != (*leading, size):
                    raise ValueError(f"{name} has shape {got}, expected {(*leading, size)}.")

    @cached_property
    def turns(self) -> Floats:
        """(P, N, 3) rotation vectors of the poses: axis times angle in radians, by the shorter way."""
        return vectors_from_quaternions(self.poses.rotations)

    @cached_property
    def moved_axes(self) -> NDArray[np.bool_]:
        """(P, N, 3) which axes each pose moves a bone along."""
        return np.abs(self.poses.locations) > NOTHING

    @cached_property
    def turned(self) -> NDArray[np.bool_]:
        """(P, N) which bones each pose turns."""
        return np.linalg.norm(self.turns, axis=-1) > NOTHING

    @cached_property
    def scaled_axes(self) -> NDArray[np.bool_]:
        """(P, N, 3) which axes each pose scales a bone along."""
        return np.abs(self.poses.scales - 1) > NOTHING

    @cached_property
    def used(self) -> NDArray[np.bool_]:
        """(P, N) which bones each pose does anything to."""
        return self.moved_axes.any(axis=-1) | self.turned | self.scaled_axes.any(axis=-1)

    def chosen(self, poses: Choice, bones: Choice) -> "BonePoses":
        """Some of the poses and some of the bones, by index or mask."""
        rows, columns = _numbers(len(self.names), poses), _numbers(len(self.bones), bones)
        cut = {
            name: getattr(self.poses, name)[np.ix_(rows, columns)]
            for name in ("locations", "rotations", "scales")
        }
        zero = {name: getattr(self.zero, name)[columns] for name in cut}
        return BonePoses(
            tuple(self.names[row] for row in rows),
            tuple(self.bones[column] for column in columns),
            BoneChannels(**cut),
            BoneChannels(**zero),
            self.notes,
        )

    def blend(self, values: ArrayLike) -> BoneChannels:
        """What the bones hold when poses are shown in part.

        Locations are added up. Rotations are added up as rotation vectors (the exponential map), which does
        not depend on the order of the poses: one pose alone is shown exactly, as are several that turn a bone
        about one axis; where axes differ the sum is near to turning by one after the other, for small
        turns the nearer. Scales are multiplied, each to the power of its value; an axis that a pose
        flattens or mirrors, which has no powers, is added up instead. The quaternions change smoothly
        with the values: none jumps to the other sign.

        Args:
            values: (F, P) how much of each pose, 0 not at all, 1 as it was made.

        Returns:
            Channels (F, N), the zero included.
        """
        values = np.asarray(values, np.float64)
        if values.ndim != 2 or values.shape[1] != len(self.names):
            raise ValueError(f"values have shape {values.shape}, expected (F, {len(self.names)}).")
        locations = self.zero.locations + _sum(values, self.poses.locations)
        turns = quaternions_from_vectors(_sum(values, self.turns))
        powers = (self.poses.scales > 0).all(axis=0)
        safe = np.where(powers, self.poses.scales, 1.0)
        scales = np.where(powers, np.exp(_sum(values, np.log(safe))), 1 + _sum(values, self.poses.scales - 1))
        return BoneChannels(locations, multiplied(self.zero.rotations, turns), self.zero.scales * scales)


def _numbers(count: int, chosen: Choice) -> NDArray[np.intp]:
    every = np.arange(count)
    return every[chosen] if isinstance(chosen, slice) else every[np.asarray(chosen)]


def _sum(values: Floats, poses: Floats) -> Floats:
    """(F, N, 3) of values (F, P) and what poses (P, N, 3) do."""
    flat = values @ poses.reshape(len(poses), -1)
    return flat.reshape(len(values), *poses.shape[1:])
