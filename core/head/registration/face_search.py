# SPDX-License-Identifier: GPL-3.0-or-later
"""Where the face of a mesh is that has no shape keys: from its geometry alone, or with marks of the user.

Letters: V vertices, T triangles.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ...progress import Progress, untold, within
from ..surface import Surface
from .alignment import Poses
from .candidates import Candidate
from .complete import completed, turned_out
from .head_places import at_ends, behind_eyes
from .island import cut_planes, half_a_head
from .marks import MARKS, Marks
from .mesh_faults import checked_vertices, refuse_soup
from .not_a_face import NotAFace
from .pose_search import best_poses
from .registration import Registration
from .samples import Samples, sampled
from .similarity import BLENDER_AXES, Pose, agreement_of
from .template_face import template_face

__all__ = ["MARKS", "find_face"]

Doubles = NDArray[np.float64]
Indices = NDArray[np.int64]
Booleans = NDArray[np.bool_]

_POINTS: Final = 20_000
"""Points of the mesh that are looked at: a tenth of them lie on the head of a whole figure."""
_CLEAR: Final = 0.2
"""How wrong a pose in the usual axes may be for no other to be tried: people are below 0.16."""
_SURE: Final = 0.29
"""How wrong a pose may be to be taken for its shape alone: people are below 0.2 and 0.29 with much hair about
them, stylised heads below 0.25; eggs and snowmen are above 0.31."""
_DOUBTFUL: Final = 0.45
"""How wrong a pose may be if it has lips: heads of animals are below 0.4."""
_LIKELY: Final = 6
"""Poses of which lips are looked for."""
_MOST_PIECES: Final = 3
"""Pieces that are looked at by themselves."""
_LARGE: Final = 0.3
"""Part of the largest piece's area that each of them has at least."""
_SIDEWAYS: Final = 0.9
_BESIDE: Final = 0.03
"""Cosine and metres within which a straight edge lies in the middle plane of a face."""
_MIDDLE: Final = np.array([0.0, 0.02, 0.03])
_HALF: Final = np.array([0.15, 0.2, 0.17])
_WITHIN: Final = 0.6
"""Metres of the box around a head, and the share of what is no head of its own that lies in it."""
_OTHER: Final = 0.12
"""Metres from one head to another."""
_AS_GOOD: Final = 0.05
_OF_ITS_SIZE: Final = 1.0
"""How much more of the surface of another head may differ, and the logarithm of how much larger or smaller
its piece may be."""
_USUAL: Final = (0.05, 0.2)
_EVERYWHERE: Final = (0.2, 0.45)
_PIECES: Final = (0.45, 0.5)
_LIPS: Final = (0.5, 0.6)
_HALVES: Final = (0.6, 0.65)
_SEVERAL: Final = (0.65, 0.8)
_PLACED: Final = 0.8
"""Shares of the whole time, which most meshes need a part of only."""


def find_face(
    vertices: NDArray[np.floating],
    triangles: NDArray[np.integer],
    *,
    chosen: NDArray[np.bool_] | None = None,
    axes: NDArray[np.floating] | None = None,
    marks: Mapping[str, ArrayLike] | None = None,
    progress: Progress | None = None,
) -> Registration:
    """Find the template on a mesh without shape keys.

    Args:
        vertices: (V, 3) in any unit; of all meshes of the character, one after the other.
        triangles: (T, 3) anticlockwise seen from outside.
        chosen: (V,) vertices of the mesh that the user chose: the skin is among them. All by default.
        axes: (3, 3) from the mesh's coordinates to head axes, where they are known.
        marks: where some of `MARKS` are, (3,) each.
        progress: receives the share that is done, 0..1; what it raises ends the search.

    Raises:
        NotAFace: not a head, several heads, half a head, a plane, faces without area or that do not hang
            together.
    """
    tell = progress or untold
    tell(0.0)
    corners = checked_vertices(vertices, triangles)
    tell(0.01)
    welded = Surface.welded(vertices, corners)
    tell(0.02)
    whole = _facing_outwards(welded)
    tell(0.03)
    refuse_soup(whole)
    tell(0.05)
    of_skin = np.ones(len(whole.vertices), bool) if chosen is None else np.asarray(chosen, bool)[whole.origin]
    triangles_there = np.flatnonzero(of_skin[whole.triangles].all(axis=1))
    if len(triangles_there) == 0:
        raise NotAFace("The chosen mesh has no faces: expected a head. Choose the mesh of the face.")
    search = _Search(whole, of_skin, sampled(whole, triangles_there, _POINTS, 0), axes, tell)
    told = Marks.checked(marks or {})
    found = search.with_marks(told) if told.names else search.by_shape()
    if agreement_of(found.template, found.pose, found.face) < -0.3:
        found = replace(found, face=turned_out(found.face))
    tell(_PLACED)
    anchors = (told.rows, told.places) if told.names else None
    result = completed(
        found.template,
        whole,
        found.face,
        found.motion,
        found.pose,
        None,
        anchors,
        within(tell, _PLACED, 1),
    )
    tell(1.0)
    return result


@dataclass(frozen=True, eq=False)
class _Search:
    """What a face is looked for in.

    Attributes:
        whole: the welded mesh.
        of_skin: (V,) vertices that may be of the face.
        samples: of these.
        axes: (3, 3) to head axes, where they are known.
        tell: receives the share that is done.
    """

    whole: Surface
    of_skin: Booleans
    samples: Samples
    axes: NDArray[np.floating] | None
    tell: Progress

    @property
    def usual(self) -> tuple[Doubles, ...]:
        """Turns in which heads mostly stand."""
        return (BLENDER_AXES, np.eye(3)) if self.axes is None else (np.asarray(self.axes, np.float64),)

    @property
    def frame(self) -> Doubles:
        """(3, 3) to the axes that a mesh was made in."""
        return np.eye(3) if self.axes is None else np.asarray(self.axes, np.float64)

    def with_marks(self, marks: Marks) -> Candidate:
        """The face where it is marked; by its shape where marks tell too little."""
        poses = marks.pose(self.samples)
        if poses is not None:
            return self._candidate(poses, np.zeros(1), 0)
        poses, cost = self._everywhere()
        there = np.flatnonzero(marks.agree(poses))
        if len(there) == 0:
            raise NotAFace(
                f"No face was found at the mark '{marks.names[0]}': expected three marks at least where the "
                "shape alone does not tell. Mark eyes, nose, mouth and chin."
            )
        return self._candidate(poses, cost, int(there[0]))

    def by_shape(self) -> Candidate:
        """The face where the mesh has the shape of one."""
        starts = at_ends(self.samples, self.frame, self.usual)
        poses, cost = best_poses(self.samples, starts, within(self.tell, *_USUAL))
        if cost[0] > _CLEAR:
            poses, cost = self._everywhere()
        if cost[0] > _SURE:
            more = self._in_pieces()
            poses, cost = (poses, cost) if more is None else _better(poses, cost, *more)
        planes = list(cut_planes(self._largest()))
        found = self._candidate(poses, cost, 0)
        if cost[0] > _SURE:
            found = self._likely(poses, cost, bool(planes))
        elif any(_halves(found.pose, axis, place) for axis, place in planes):
            raise half_a_head()
        self._refuse_several(found)
        return found

    def _everywhere(self) -> tuple[Poses, Doubles]:
        starts = [*at_ends(self.samples, self.frame), *behind_eyes(self.samples, self.whole)]
        return best_poses(self.samples, starts, within(self.tell, *_EVERYWHERE))

    def _candidate(self, poses: Poses, cost: Doubles, row: int) -> Candidate:
        pose = Pose(
            poses.turn[row], float(poses.scale[row]), poses.offset[row], poses.axes[row], float(cost[row])
        )
        return Candidate.at(template_face(), self.whole, self.of_skin, pose)

    def _likely(self, poses: Poses, cost: Doubles, may_be_half: bool) -> Candidate:
        """The pose that lips speak for."""
        best, merit = None, np.inf
        tell = within(self.tell, *_LIPS)
        for number, row in enumerate(np.flatnonzero(cost < _DOUBTFUL)[:_LIKELY]):
            tell(number / _LIKELY)
            candidate = self._candidate(poses, cost, int(row))
            found = candidate.merit(self.usual)
            if found is not None and found < merit:
                best, merit = candidate, found
        if best is None:
            if may_be_half and self._is_half():
                raise half_a_head()
            raise NotAFace(
                f"No face was found: {cost[0]:.0%} of the surface differs from that of a head where it is "
                f"likest one, expected below {_SURE:.0%}, or lips that can part. Choose the mesh of the "
                "face, or mark its eyes, nose, mouth and chin."
            )
        return best

    def _largest(self) -> Surface:
        """The largest piece of what may be the face."""
        areas = np.bincount(self.whole.islands, self.whole.areas * self.of_skin)
        return self.whole.part(self.whole.islands == int(areas.argmax()))

    def _is_half(self) -> bool:
        """Whether the largest piece and its mirror image are a face together."""
        piece = self._largest()
        tell = within(self.tell, *_HALVES)
        planes = list(cut_planes(piece))
        for number, (axis, place) in enumerate(planes):
            mirror = np.ones(3)
            mirror[axis] = -1
            samples = sampled(piece, np.arange(len(piece.triangles)), _POINTS // 2, 0)
            shift = (1 - mirror) * place
            both = Samples(
                np.stack([samples.points, samples.points * mirror + shift], axis=1).reshape(-1, 3),
                np.stack([samples.normals, samples.normals * mirror], axis=1).reshape(-1, 3),
                1.0,
            )
            part = within(tell, number / len(planes), (number + 1) / len(planes))
            poses, cost = best_poses(both, at_ends(both, self.frame), part)
            pose = Pose(poses.turn[0], float(poses.scale[0]), poses.offset[0], poses.axes[0])
            if cost[0] < _SURE and _halves(pose, axis, place):
                return True
        return False

    def _pieces(self) -> list[Indices]:
        """Triangles of the largest pieces, where there are several."""
        areas = np.bincount(self.whole.islands, self.whole.areas * self.of_skin)
        large = np.argsort(-areas)[:_MOST_PIECES]
        large = large[areas[large] > _LARGE * areas[large[0]]]
        piece = self.whole.islands[self.whole.triangles[:, 0]]
        return [np.flatnonzero(piece == each) for each in large] if len(areas) > 1 else []

    def _in_pieces(self) -> tuple[Poses, Doubles] | None:
        """The best poses at ends of single pieces."""
        starts = []
        for triangles in self._pieces():
            samples = sampled(self.whole, triangles, _POINTS // 2, 0)
            starts += at_ends(samples, self.frame)
        return best_poses(self.samples, starts, within(self.tell, *_PIECES)) if starts else None

    def _refuse_several(self, found: Candidate) -> None:
        """A head that was found must be the only one of its size."""
        taken = found.pose.apply(self.whole.vertices)
        heads = [_MIDDLE]
        good = min(max(_CLEAR, found.pose.cost + _AS_GOOD), _SURE)
        height = float(np.ptp(template_face().points[:, 1])) / found.pose.scale
        areas = np.bincount(self.whole.islands, self.whole.areas * self.of_skin)
        unlike = np.abs(np.log(np.maximum(areas, 1e-300) / found.face.areas.sum()))
        piece = self.whole.islands[self.whole.triangles[:, 0]]
        alike = [each for each in np.argsort(unlike)[: _MOST_PIECES + 1] if unlike[each] < _OF_ITS_SIZE]
        tell = within(self.tell, *_SEVERAL)
        for number, island in enumerate(alike):
            tell(number / len(alike))
            triangles = np.flatnonzero(piece == island)
            placed = taken[np.unique(self.whole.triangles[triangles])]
            if (np.abs(placed - _MIDDLE) < _HALF).all(axis=1).mean() > _WITHIN:
                continue
            samples = sampled(self.whole, triangles, _POINTS // 2, 0)
            starts = list(at_ends(samples, found.pose.turn, height=height))
            if not starts:
                continue
            part = within(tell, number / len(alike), (number + 1) / len(alike))
            poses, cost = best_poses(samples, starts, part)
            for middle in found.pose.apply(poses.to_mesh(_MIDDLE[None])[cost < good, 0]):
                if min(float(np.linalg.norm(middle - other)) for other in heads) > _OTHER:
                    heads.append(middle)
        if len(heads) > 1:
            raise NotAFace(
                f"The mesh holds {len(heads)} heads: expected one. Separate them by loose parts, and choose "
                "one."
            )


def _better(poses: Poses, cost: Doubles, more: Poses, more_cost: Doubles) -> tuple[Poses, Doubles]:
    """Both, best first."""
    every = np.concatenate([cost, more_cost])
    order = np.argsort(every, kind="stable")
    return Poses.joined([poses, more]).take(order), every[order]


def _halves(pose: Pose, axis: int, place: float) -> bool:
    """Whether a plane across an axis of the mesh is the middle plane of a face."""
    point = np.zeros(3)
    point[axis] = place
    across = pose.turn[0]
    off = abs(float(pose.scale * across @ point + pose.offset[0]))
    return bool(abs(across[axis]) > _SIDEWAYS and off < _BESIDE)


def _facing_outwards(whole: Surface) -> Surface:
    """Islands that are inside out turned: those of which the volume is below zero."""
    middle = (
        np.stack([np.bincount(whole.islands, whole.areas * whole.vertices[:, axis]) for axis in range(3)], 1)
        / np.maximum(np.bincount(whole.islands, whole.areas), 1e-300)[:, None]
    )
    piece = whole.islands[whole.triangles[:, 0]]
    a, b, c = (whole.vertices[whole.triangles[:, each]] - middle[piece] for each in range(3))
    volume = np.bincount(piece, np.einsum("tx,tx->t", a, np.cross(b, c)), minlength=len(middle))
    inwards = (volume < 0)[piece]
    triangles = np.where(inwards[:, None], whole.triangles[:, ::-1], whole.triangles)
    return replace(whole, triangles=triangles)
