# SPDX-License-Identifier: GPL-3.0-or-later
"""What speaks for a pose of the template on a mesh, where its shape alone decides nothing.

Letters: V vertices of the face's surface, W of the welded mesh.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ..face_marks import find_eyes
from ..surface import Surface
from .lips import balanced, find_lips, towards_chin_of
from .person import fit_person
from .samples import template_samples
from .similarity import Pose, upright
from .template_face import Template

Doubles = NDArray[np.float64]
Booleans = NDArray[np.bool_]

_NEAR: Final = 0.03
"""Metres from the template's skin within which a mesh moves as a face does, less and less."""
_EYES: Final = 0.05
_USUAL: Final = 0.03
"""By how much a pose is better for having eyes where they belong, or standing as heads do."""
_ASKEW: Final = np.radians(40)
_ODD: Final = 0.035
"""Part of the face's height by which a head with lips may be off."""


@dataclass(frozen=True, eq=False)
class Candidate:
    """The template in a pose on a mesh.

    Attributes:
        template: the built-in head.
        whole: the welded mesh.
        face: the island of it on which the template's face lies.
        pose: how.
    """

    template: Template
    whole: Surface
    face: Surface
    pose: Pose

    @classmethod
    def at(cls, template: Template, whole: Surface, of_skin: Booleans, pose: Pose) -> "Candidate":
        """With the island that has the most of the face, of vertices (W,) that may have it."""
        from scipy.spatial import KDTree

        numbers = np.flatnonzero(of_skin)
        front = template_samples().front
        away, near = KDTree(pose.apply(whole.vertices[numbers])).query(template.points[front])
        near = numbers[near]
        looks = (whole.normals[near] @ pose.turn.T * template.normals[front]).sum(axis=1)
        votes = np.bincount(whole.islands[near], np.abs(looks) / (1 + (away / _NEAR) ** 2))
        return cls(template, whole, whole.part(whole.islands == int(votes.argmax())), pose)

    @cached_property
    def motion(self) -> Doubles:
        """(V,) how much a face in this pose would move each vertex."""
        from scipy.spatial import KDTree

        away, near = KDTree(self.template.points).query(self.pose.apply(self.face.vertices))
        return self.template.motion[near] * np.exp(-((away / _NEAR) ** 2))

    def merit(self, usual: Sequence[Doubles]) -> float | None:
        """How wrong the pose is, less what speaks for it; None where there is no mouth."""
        pose, is_even = upright(self.template, self.face, self.pose)
        if not is_even or not self.motion.max(initial=0.0) > 0:
            return None
        placed = self.face.moved_to(pose.apply(self.face.vertices))
        person, residual, _ = fit_person(self.template, placed, self.motion)
        height = float(np.ptp(self.template.points[self.template.front, 1]))
        if not residual < _ODD * height:
            return None
        middle, width = person[self.template.mouth].mean(axis=0), self.template.mouth_width
        towards_chin = towards_chin_of(placed, person[self.template.nose], person[self.template.chin])
        towards_chin = balanced(placed, towards_chin, middle, width)
        if find_lips(placed, towards_chin, middle, width) is None:
            return None
        others = self.whole.part(self.whole.islands != self.whole.islands[self._inside])
        eyes = find_eyes(placed, others.moved_to(pose.apply(others.vertices)))
        has_eyes = eyes is not None and eyes[0].centre[1] > float(person[self.template.nose, 1].max())
        angles = [np.arccos(np.clip((np.trace(pose.turn @ turn.T) - 1) / 2, -1, 1)) for turn in usual]
        return self.pose.cost - _EYES * has_eyes - _USUAL * (min(angles) < _ASKEW)

    @property
    def _inside(self) -> int:
        """A vertex of the mesh that belongs to the face."""
        return int(self.whole.places[self.face.origin[0]])
