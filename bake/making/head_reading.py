# SPDX-License-Identifier: GPL-3.0-or-later
"""A head without shape keys, as arrays: read on the main thread; its shapes are made on any.

Letters: V vertices and T triangles of one mesh, K shapes.
"""

import hashlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Final, Literal

import bpy
import numpy as np
from numpy.typing import ArrayLike, NDArray

from ...core.transfer import MadeShapes, MeshPart, make_shapes
from ..checks import check_mode
from ..content_cache import ContentCache
from ..errors import BakeError
from ..mesh_axes import head_axes_of_mesh, rest_matrix
from ..mesh_reading import Floats, mirror_of_half, read_rest, rest_of, triangles_of
from ..meshes import mesh_of
from ..pose.suggest import suggest_rig
from .head_parts import find_head_parts

Doubles = NDArray[np.float64]
ShapeSet = Literal["arkit", "expression"]

_STILL: Final = 1e-6
"""Part of the face's mesh by whose size a vertex must be moved to count: what is less is rounding."""

_FLAT: Final = 1e-6
"""Part of an object's largest scale; another scale below it leaves nothing to be seen."""

_KEPT: Final = 4
"""Results that are kept: ARKit shapes and expression basis of two heads."""


def _bytes_of(made: MadeShapes) -> int:
    return sum(each.nbytes for each in made.deltas)


_made: ContentCache[MadeShapes] = ContentCache(_KEPT, _bytes_of)


@dataclass(frozen=True, eq=False)
class ReadMesh:
    """One mesh of a character.

    Attributes:
        object_name: name of the object.
        rest: (V, 3) its vertices at rest, in its own coordinates.
        part: the same in the coordinates that all meshes of the character have in common.
        to_common: (3, 3) what turns displacements of its own into common ones.
    """

    object_name: str
    rest: Floats
    part: MeshPart
    to_common: Doubles


@dataclass(frozen=True, eq=False)
class HeadReading:
    """A head and what lies in it; no Blender data, so that any thread may use it.

    Attributes:
        meshes: the face first. What they have in common are the coordinates of the face's mesh, stretched to
            how it is seen where its object is scaled unevenly.
        axes: (3, 3) from the common coordinates to head axes, None where no rig tells.
        marks: by name of `MARKS`, places (3,) that the user gave, in common coordinates.
        notes: lines for the user about meshes that were left out.
        digest: the same for the same content.
    """

    meshes: tuple[ReadMesh, ...]
    axes: Doubles | None
    marks: Mapping[str, Doubles]
    notes: tuple[str, ...]
    digest: str

    def make(self, shapes: ShapeSet = "arkit", progress: Callable[[float], None] | None = None) -> MadeShapes:
        """The ARKit shapes of this head, or its expression basis. The same content is made once.

        Args:
            shapes: as for `core.transfer.make_shapes`.
            progress: receives the share that is done, 0..1; what it raises ends the work, and nothing is
                kept.

        Raises:
            NotAFace: no head that shapes can be made for, with the reason.
        """
        face, *others = (mesh.part for mesh in self.meshes)
        return _made.get(
            f"{shapes} {self.digest}",
            lambda: make_shapes(
                face, others, axes=self.axes, marks=self.marks or None, shapes=shapes, progress=progress
            ),
            None if progress is None else lambda: progress(0.0),
        )

    def displacements(self, made: MadeShapes, number: int) -> Floats:
        """What shapes do to one of the meshes (K, V, 3), in its own coordinates; exactly 0 where it is still.

        Args:
            made: as `make` made them.
            number: of the mesh, 0 for the face.
        """
        return self._in_own_space(made.deltas[number], number)

    def closing(self, made: MadeShapes, number: int) -> Floats:
        """What brings lips together that rest apart (V, 3), as `displacements`; all 0 where they meet."""
        if made.closed is None:
            return np.zeros_like(self.meshes[number].rest)
        return self._in_own_space(made.closed[number][None], number)[0]

    def _in_own_space(self, common: Floats, number: int) -> Floats:
        least = _STILL * np.ptp(self.meshes[0].part.vertices, axis=0).max()
        to_own = np.linalg.inv(self.meshes[number].to_common).T
        own = np.zeros(common.shape, np.float32)
        for moved, shape in zip(own, common, strict=True):
            vertices = np.flatnonzero((np.abs(shape) > least).any(axis=1))
            moved[vertices] = shape[vertices] @ to_own
        return own


def check_readable(obj: bpy.types.Object | None) -> bpy.types.Object:
    """Refuse what is no mesh that shapes could be made for; else return it. Cheap.

    Raises:
        BakeError: why not, in one line.
    """
    if obj is None:
        raise BakeError("No head is selected: select the mesh of a head.")
    mesh = mesh_of(obj)
    check_mode(obj)
    if obj.mode == "SCULPT":
        raise BakeError(f"'{obj.name}' is in Sculpt Mode: switch to Object Mode and try again.")
    if len(mesh.vertices) and not len(mesh.polygons):
        raise BakeError(f"The mesh of '{obj.name}' has no faces, only vertices: choose the mesh of the head.")
    scale = np.linalg.norm(np.array(rest_matrix(obj).to_3x3()), axis=0)
    if scale.min() <= _FLAT * scale.max():
        raise BakeError(f"'{obj.name}' is scaled to nothing along an axis: set its scale to 1.")
    return obj


def read_head(
    obj: bpy.types.Object | None,
    parts: Iterable[bpy.types.Object] | None = None,
    marks: Mapping[str, ArrayLike] | None = None,
) -> HeadReading:
    """Read a head and what lies in it. On the main thread; changes nothing.

    Args:
        obj: the mesh object with the face.
        parts: its eyes, teeth, tongue, lashes where they are objects of their own; by default as
            `find_head_parts` finds them.
        marks: by name of `MARKS`, where the user says that they are: (3,) each, in the mesh's coordinates.

    Raises:
        BakeError: nothing can be read: see `check_readable`; no vertices, or vertices that are not numbers;
            one half under a Mirror modifier.
    """
    obj = check_readable(obj)
    rest = _whole_rest(obj)
    axes, stretch = head_axes_of_mesh(obj)
    head = suggest_rig(obj).head
    if head is None or not head.bone:
        axes = None  # an object's axes tell nothing of what it carries
    to_common = np.eye(3) if stretch is None else np.diag(stretch)
    meshes = [_read(obj, rest, to_common, np.zeros(3))]
    notes = []
    from_world = np.array(rest_matrix(obj).inverted(), np.float64)
    for part in find_head_parts(obj) if parts is None else parts:
        if part == obj:
            continue
        try:
            own = _whole_rest(check_readable(part))
        except BakeError as error:
            notes.append(f"'{part.name}' gets no shapes: {error}")
            continue
        matrix = from_world @ np.array(rest_matrix(part), np.float64)
        meshes.append(_read(part, own, to_common @ matrix[:3, :3], to_common @ matrix[:3, 3]))
    places = {
        name: to_common @ np.asarray(place, np.float64).reshape(3) for name, place in (marks or {}).items()
    }
    return HeadReading(tuple(meshes), axes, places, tuple(notes), _digest(meshes, axes, places))


def _whole_rest(obj: bpy.types.Object) -> Floats:
    """(V, 3) vertices at rest of a mesh that no modifier completes: left and right move differently."""
    rest = read_rest(obj)
    mirror = mirror_of_half(obj, rest)
    if mirror is not None:
        raise BakeError(
            f"'{obj.name}' is one half, which the modifier '{mirror}' mirrors: no shapes can be made for it. "
            "Apply the modifier."
        )
    return rest


def is_as_read(obj: bpy.types.Object, mesh: ReadMesh) -> bool:
    """Whether an object's vertices and faces are what they were when it was read."""
    if len(rest_of(obj)) != len(mesh.rest) or not np.array_equal(rest_of(obj), mesh.rest):
        return False
    triangles = triangles_of(mesh_of(obj))
    return np.array_equal(np.sort(triangles, axis=1), np.sort(mesh.part.triangles, axis=1))


def _read(obj: bpy.types.Object, rest: Floats, to_common: Doubles, offset: Doubles) -> ReadMesh:
    triangles = triangles_of(mesh_of(obj))
    if np.linalg.det(to_common) < 0:
        triangles = np.ascontiguousarray(triangles[:, ::-1])
    vertices = (rest @ to_common.T + offset).astype(np.float32)
    return ReadMesh(obj.name, rest, MeshPart(obj.name, vertices, triangles), to_common)


def _digest(meshes: Iterable[ReadMesh], axes: Doubles | None, marks: Mapping[str, Doubles]) -> str:
    digest = hashlib.blake2b(digest_size=16)
    for mesh in meshes:
        digest.update(mesh.object_name.encode() + b"\0")
        digest.update(mesh.part.vertices.tobytes() + b"\0")
        digest.update(mesh.part.triangles.tobytes() + b"\0")
    if axes is not None:
        digest.update(axes.tobytes())
    for name, place in sorted(marks.items()):
        digest.update(name.encode() + b"\0" + place.tobytes())
    return digest.hexdigest()
