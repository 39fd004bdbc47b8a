# SPDX-License-Identifier: GPL-3.0-or-later
"""Places on a face that a user marks.

Letters: N marks, B poses.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .alignment import Poses, aligned, similarity_between
from .not_a_face import NotAFace
from .samples import Samples
from .template_face import template_face

Doubles = NDArray[np.float64]
Indices = NDArray[np.int64]
Booleans = NDArray[np.bool_]

MARKS: Final = (
    "eye_outer_right",
    "eye_inner_right",
    "eye_inner_left",
    "eye_outer_left",
    "nose_tip",
    "mouth_right",
    "mouth_left",
    "lip_upper",
    "lip_lower",
    "chin",
)
"""What a user can mark; right and left are the subject's. The lips are marked in their middle, where they
meet or are nearest to each other."""

_OFF: Final = 0.03
"""Metres, root mean square, by which marks may be off from where the built-in head's would be."""
_ABOUT: Final = 0.005
"""Metres, as above, that tell nothing of right and left."""
_LIKELIER: Final = 0.5
"""How far off marks would be with right and left exchanged, as a part of how they are, for them to be so."""
_LINE: Final = 0.25
"""Spread of marks across a line, as a part of that along it, below which they tell no turn about it."""
_BACKWARDS: Final = 0.2
"""Mean cosine between the normals of marks and those of the built-in head's: 0.65 and more where they are
right, below 0 where right and left are exchanged."""
_STEPS: Final = 16
_ASKEW: Final = np.radians(40)
_AROUND: Final = 0.3
"""Metres around the marks that are looked at."""
_BESIDE: Final = 0.045
"""Metres by which a pose may miss single marks."""
_OUTSIDE: Final = 0.05
"""Part of the mesh's size by which a mark may be beside it."""


@dataclass(frozen=True, eq=False)
class Marks:
    """Marks of a mesh.

    Attributes:
        names: of the marks.
        places: (N, 3) where they are.
    """

    names: tuple[str, ...]
    places: Doubles

    @classmethod
    def checked(cls, marks: Mapping[str, ArrayLike]) -> "Marks":
        """Those of a mapping from names to (3,).

        Raises:
            NotAFace: a mark that is none, or two in one place.
        """
        places = []
        for name, place in marks.items():
            point = np.asarray(place, np.float64)
            if name not in MARKS or point.shape != (3,) or not np.isfinite(point).all():
                raise NotAFace(
                    f"The mark '{name}' cannot be used: expected three coordinates for one of "
                    f"{', '.join(MARKS)}."
                )
            places.append(point)
        return cls(tuple(marks), np.array(places).reshape(-1, 3))

    @cached_property
    def rows(self) -> Indices:
        """(N,) the vertices of the template's skin that are marked."""
        template = template_face()
        face = np.searchsorted(template.vertices, template.head.landmarks["face68"])
        numbers = {
            "eye_outer_right": face[36],
            "eye_inner_right": face[39],
            "eye_inner_left": face[42],
            "eye_outer_left": face[45],
            "nose_tip": face[30],
            "mouth_right": face[48],
            "mouth_left": face[54],
            "lip_upper": template.inner_upper[len(template.inner_upper) // 2],
            "lip_lower": template.inner_lower[len(template.inner_lower) // 2],
            "chin": template.chin[0],
        }
        return np.array([numbers[name] for name in self.names], np.int64)

    @cached_property
    def goals(self) -> Doubles:
        """(N, 3) where they are on the template."""
        return template_face().points[self.rows]

    @property
    def tells_scale(self) -> bool:
        """Whether they are enough for a size and the direction of a line."""
        return len(self.names) > 1

    def pose(self, samples: Samples) -> Poses | None:
        """The one that they tell, where they do; what they leave open is decided by the mesh.

        Raises:
            NotAFace: they do not lie as those of a face do.
        """
        if not self.tells_scale:
            return None
        away = np.linalg.norm(samples.points - self.places[:, None], axis=2).min(axis=1)
        if not away.max() < _OUTSIDE * np.ptp(samples.points, axis=0).max():
            raise _misplaced()
        turn, scale, offset = similarity_between(self.places, self.goals)
        off = self._off()
        exchanged = replace(self, names=tuple(map(_other_side, self.names)))._off()
        if not off < _OFF or (off > _ABOUT and exchanged < _LIKELIER * off):
            raise _misplaced()
        starts = Poses(turn[None], np.array([scale]), offset[None], turn[None], np.array([scale]))
        spread = np.linalg.svd(self.goals - self.goals.mean(axis=0))
        if spread[1][1] > _LINE * spread[1][0]:
            # Right and left exchanged, a face as flat as it is would lie in the head, looking back.
            near = np.linalg.norm(samples.points - self.places[:, None], axis=2).argmin(axis=1)
            looks = samples.normals[near] @ turn.T * template_face().normals[self.rows]
            # Between lips that touch the nearest point may be of the other one.
            tells = [not name.startswith("lip_") for name in self.names]
            if looks.sum(axis=1)[tells].mean() < _BACKWARDS:
                raise _misplaced()
            return starts
        middle, axis = self.goals.mean(axis=0), spread[2][0]
        skew = np.cross(np.eye(3), axis)
        turns, offsets = [], []
        for angle in 2 * np.pi * np.arange(_STEPS) / _STEPS:
            about = np.eye(3) + np.sin(angle) * skew.T + (1 - np.cos(angle)) * skew @ skew
            turns.append(about @ turn)
            offsets.append(about @ (offset - middle) + middle)
        every = np.array(turns)
        scales = np.full(_STEPS, scale)
        starts = Poses(every, scales, np.array(offsets), every, scales)
        near = np.linalg.norm(samples.points - self.places.mean(axis=0), axis=1) < _AROUND / scale
        if not near.any():
            raise _misplaced()
        poses, cost = aligned(samples.some(near, 1 / scale), starts, rounds=8, count=150, askew=_ASKEW)
        return poses.take(np.array([cost.argmin()]))

    def _off(self) -> float:
        """Metres, root mean square, by which they are off from where the built-in head's would be."""
        turn, scale, offset = similarity_between(self.places, self.goals)
        error = scale * self.places @ turn.T + offset - self.goals
        return float(np.sqrt((error**2).sum(axis=1).mean()))

    def agree(self, poses: Poses) -> Booleans:
        """(B,) whether poses bring each mark to about its place."""
        away = np.linalg.norm(poses.to_template(self.places) - self.goals, axis=2)
        return (away < _BESIDE).all(axis=1)


def _other_side(name: str) -> str:
    if name.endswith("_left"):
        return name.removesuffix("left") + "right"
    return name.removesuffix("right") + "left" if name.endswith("_right") else name


def _misplaced() -> NotAFace:
    return NotAFace(
        "The marks do not lie as those of a face do: expected each where its name says, right and left being "
        "the head's own. Place them again."
    )
