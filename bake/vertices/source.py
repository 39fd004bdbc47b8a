# SPDX-License-Identifier: GPL-3.0-or-later
"""The vertices that a motion asks for on one object and what lies in its head, each in its own space.

V is the number of vertices of one mesh.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Final

import bpy
import numpy as np
from numpy.typing import ArrayLike, NDArray

from ...core.head import load_head
from ...core.head.head_fit import HeadFit, fit_head
from ...core.head.vertex_motion import VertexMotion, carried_motion, expression_track, vertex_motion
from ...core.motion import FaceMotion
from ..making import HeadReading, find_head_parts, read_head
from ..mesh_reading import rest_of
from ..placement import LAST_FRAME, TO_REST_SECONDS

_TOLD: Final = 0.01
"""Share of a motion's movement that may be left out without a word."""

_MAKING: Final = 0.6


@dataclass(frozen=True)
class PlacedVertices:
    """The vertices of one object, from a scene frame on.

    Attributes:
        object_name: name of the object.
        read: (V, 3) its mesh as it was read; vertices of a mouth that was modelled open rest closed.
        vertices: in the object's space, one row for each scene frame.
        start: scene frame of the first row, at which the face is at rest.
        first: scene frame of the motion's first row.
        count: frames of the motion, without those in which the face comes from rest and goes back.
    """

    object_name: str
    read: NDArray[np.float32]
    vertices: VertexMotion
    start: int
    first: int
    count: int

    @property
    def end(self) -> int:
        """Scene frame of the last row."""
        return self.start + len(self.vertices) - 1


@dataclass(frozen=True)
class PlacedHead:
    """The vertices of a character.

    Attributes:
        meshes: the face first, then what moves with it.
        notes: lines for the user.
    """

    meshes: tuple[PlacedVertices, ...]
    notes: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class VertexSource:
    """What is known of a head before there is a motion for it. No Blender data: for any thread.

    Attributes:
        object_name: name of the object with the face.
        rest: (V, 3) its mesh at rest, in its own space.
        fit: how the built-in head lies in a mesh of its topology; None for any other.
        reading: any other head, and what lies in it.
        notes: lines for the user about meshes that are not moved.
    """

    object_name: str
    rest: NDArray[np.float32]
    fit: HeadFit | None
    reading: HeadReading | None
    notes: tuple[str, ...] = ()

    @property
    def making_share(self) -> float:
        """Share of a bake's work, 0..1, that making is taken for; what was made before is there at once."""
        return 0.0 if self.reading is None else _MAKING

    def make(self, progress: Callable[[float], None] | None = None) -> None:
        """Make what `place` needs and keep it: the expression basis of a mesh of another topology.

        Args:
            progress: receives the share that is done, 0..1; what it raises ends the work.

        Raises:
            NotAFace: no head, with the reason.
        """
        if self.reading is not None:
            self.reading.make("expression", progress)

    def place(
        self,
        motion: FaceMotion,
        rows: slice,
        first: int,
        progress: Callable[[float], None] | None = None,
    ) -> PlacedHead:
        """The vertices of frames `rows` of a motion, the first of them at scene frame `first`.

        The meshes' own shapes at rest are kept, but for lips that rest apart: they are closed. Before the
        first frame the face comes from rest, after the last it goes back, in the time that shape keys take
        for it.

        Raises:
            NotAFace: no head, with the reason.
            InputError: the motion holds what is no number, or vertices of another mesh.
        """
        head = load_head()
        count = rows.stop - rows.start
        ramp = max(1, round(TO_REST_SECONDS * motion.fps))
        lead = min(ramp, first + LAST_FRAME)
        tail = min(ramp, LAST_FRAME - (first + count - 1))
        if self.fit is not None:
            if motion.vertices is not None:
                lead = tail = 0
            vertices = vertex_motion(head, motion, self.rest, self.fit, rows, lead, tail)
            face = PlacedVertices(self.object_name, self.rest, vertices, first - lead, first, count)
            return PlacedHead((face,), self.notes)
        assert self.reading is not None  # one of both is known
        made = self.reading.make("expression", progress)
        track = expression_track(head, motion, rows)
        notes = [*self.notes, *self.reading.notes, *made.notes]
        if track.left_out > _TOLD:
            notes.append(
                f"{track.left_out:.0%} of the motion's movement is left out: no expression of the built-in "
                "head shows it."
            )
        meshes = []
        for number, mesh in enumerate(self.reading.meshes):
            basis = self.reading.displacements(made, number)
            if number == 0 or basis.any():
                rest = mesh.rest + self.reading.closing(made, number)
                vertices = carried_motion(rest, basis.reshape(len(basis), -1), track, lead, tail)
                meshes.append(
                    PlacedVertices(mesh.object_name, mesh.rest, vertices, first - lead, first, count)
                )
        return PlacedHead(tuple(meshes), tuple(notes))


def share_of(
    progress: Callable[[float], None] | None, start: float, part: float
) -> Callable[[float], None] | None:
    """What tells of a part of the work, which begins at some share, as a share of the whole."""
    return None if progress is None else lambda done: progress(start + part * done)


def read_vertices(
    obj: bpy.types.Object,
    parts: Iterable[bpy.types.Object] | None = None,
    marks: Mapping[str, ArrayLike] | None = None,
) -> VertexSource:
    """Read a head whose vertices are to be moved. On the main thread; changes nothing.

    Args:
        obj: the mesh object with the face.
        parts: as for `read_head`; not asked for with a mesh of the built-in head's topology.
        marks: as for `read_head`.

    Raises:
        BakeError: nothing can be read, see `read_head`.
    """
    rest = rest_of(obj)
    head = load_head()
    if len(rest) == head.vertex_count:
        fit = fit_head(head.template, rest)
        if fit.same_shape:
            return VertexSource(obj.name, rest, fit, None)
    found = tuple(find_head_parts(obj) if parts is None else parts)
    linked = [part for part in found if part.library is not None]
    reading = read_head(obj, [part for part in found if part not in linked], marks)
    notes = tuple(
        f"'{part.name}' is linked from another file and was not animated along: make a library override "
        "of it."
        for part in linked
    )
    return VertexSource(obj.name, rest, None, reading, notes)
