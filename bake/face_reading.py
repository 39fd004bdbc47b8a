# SPDX-License-Identifier: GPL-3.0-or-later
"""What the shape keys of a mesh do, as arrays: read on the main thread, measured on any.

Letters: V vertices, T triangles, K shape keys, N vertices that a key moves.
"""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import bpy
import numpy as np
from numpy.typing import NDArray

from ..core.retarget.mapping import RigMapping
from ..core.retarget.measured_shapes import FaceSurface, MeasuredShapes, measure_shapes
from .checks import check_mode
from .content_cache import ContentCache
from .errors import BakeError
from .mesh_axes import head_axes_of_mesh
from .mesh_reading import coordinates_of, mirror_of_half, read_rest, triangles_of
from .meshes import mesh_of, ranges_of, shape_keys_of
from .target import find_target, listed

Floats = NDArray[np.float32]

_STILL: Final = 1e-5
"""Part of the mesh's size by which a vertex must be moved to count."""

_KEPT: Final = 4
"""Faces whose measures are kept: one is animated again and again, with other sounds and settings."""

_measured: ContentCache[MeasuredShapes] = ContentCache(_KEPT)


@dataclass(frozen=True, eq=False)
class KeyShape:
    """What one shape key moves.

    Attributes:
        key: its name.
        vertices: (N,) indices of the vertices that it moves.
        displacements: (N, 3) by how much at a value of 1, mesh coordinates.
    """

    key: str
    vertices: NDArray[np.int32]
    displacements: Floats


@dataclass(frozen=True, eq=False)
class FaceReading:
    """A face and what its keys do; no Blender data, so that any thread may use it.

    Attributes:
        object_name: name of the object.
        surface: the face at rest.
        shapes: what each key moves, those that move nothing left out.
        still: names of the keys that move nothing.
        ranges: slider ranges by key.
        digest: the same for the same content.
    """

    object_name: str
    surface: FaceSurface
    shapes: tuple[KeyShape, ...]
    still: tuple[str, ...]
    ranges: Mapping[str, tuple[float, float]]
    digest: str

    @property
    def keys(self) -> tuple[str, ...]:
        """Names of the keys that were read."""
        return tuple(shape.key for shape in self.shapes)

    def deltas(self) -> Floats:
        """Displacements (K, V, 3) of all keys, mesh coordinates."""
        deltas = np.zeros((len(self.shapes), len(self.surface.vertices), 3), np.float32)
        for row, shape in enumerate(self.shapes):
            deltas[row, shape.vertices] = shape.displacements
        return deltas

    def measure(self) -> MeasuredShapes:
        """What the keys do to a face; the same content is measured once.

        Raises:
            NotAFace: this is no head that can be measured, with the reason.
        """
        return _measured.get(self.digest, lambda: measure_shapes(self.surface, self.keys, self.deltas()))


def read_face(obj: bpy.types.Object, mapping: RigMapping | None = None) -> FaceReading:
    """Read the shape keys of a mesh that are to be measured. On the main thread; changes nothing.

    Displacements are those of each key from the key that it is relative to, within its vertex group.

    Args:
        obj: a mesh object with shape keys.
        mapping: how it is driven; keys that are not used are left out. By default as its names say.

    Raises:
        BakeError: nothing can be read from it: no shape keys, no key that moves anything, half a head
            under a Mirror modifier.
    """
    shape_keys = shape_keys_of(obj)
    check_mode(obj)
    rest = read_rest(obj)
    size = float(np.ptp(rest, axis=0).max())
    mirror = mirror_of_half(obj, rest)
    if mirror is not None:
        raise BakeError(
            f"'{obj.name}' is half a head, which the modifier '{mirror}' mirrors: its shapes cannot be "
            "measured. Apply the modifier, or map its keys by their names."
        )
    rows = (mapping or find_target(obj).rig).keys
    used = [row.key for row in rows if row.use and row.key in shape_keys.key_blocks]
    if not used:
        raise BakeError(
            f"None of the shape keys of '{obj.name}' is to be driven: switch them on under Mapping, or "
            "choose the mesh whose keys move the face."
        )
    shapes, still = _shapes_of(obj, used, size)
    if not shapes:
        raise BakeError(
            f"The shape keys of '{obj.name}' move nothing ({listed(still, 4)} equal the key that they are "
            "relative to): choose the mesh whose keys move the face."
        )
    triangles = triangles_of(mesh_of(obj))
    axes, stretch = head_axes_of_mesh(obj)
    if stretch is not None:
        # As it is seen: an object that is scaled unevenly has another face than its mesh.
        rest = rest * stretch
        shapes = [KeyShape(s.key, s.vertices, (s.displacements * stretch).astype(np.float32)) for s in shapes]
        if np.prod(stretch) < 0:
            triangles = triangles[:, ::-1]
    surface = FaceSurface(rest.astype(np.float32), np.ascontiguousarray(triangles), axes)
    ranges = ranges_of(shape_keys)
    return FaceReading(obj.name, surface, tuple(shapes), tuple(still), ranges, _digest(surface, shapes))


def _shapes_of(obj: bpy.types.Object, names: Sequence[str], size: float) -> tuple[list[KeyShape], list[str]]:
    """What the keys of those names move, and the names of those that move nothing."""
    blocks = shape_keys_of(obj).key_blocks
    references: dict[str, Floats] = {}
    groups = _group_weights(obj, {blocks[name].vertex_group for name in names})
    shapes, still = [], []
    for name in names:
        block = blocks[name]
        relative = block.relative_key
        if relative.name not in references:
            references[relative.name] = coordinates_of(relative.points)
        moved = coordinates_of(block.points) - references[relative.name]
        if block.vertex_group in groups:
            moved *= groups[block.vertex_group][:, None]
        if not np.isfinite(moved).all():
            raise BakeError(f"Shape key '{name}' of '{obj.name}' holds coordinates that are not numbers.")
        vertices = np.flatnonzero(np.abs(moved).max(axis=1, initial=0.0) > _STILL * size).astype(np.int32)
        if len(vertices):
            shapes.append(KeyShape(name, vertices, moved[vertices]))
        else:
            still.append(name)
    return shapes, still


def _group_weights(obj: bpy.types.Object, names: Iterable[str]) -> dict[str, Floats]:
    """(V,) weights of those vertex groups that there are; 0 outside them."""
    vertices = mesh_of(obj).vertices
    wanted = {obj.vertex_groups[name].index: name for name in names if name in obj.vertex_groups}
    weights = {name: np.zeros(len(vertices), np.float32) for name in wanted.values()}
    if wanted:
        for row, vertex in enumerate(vertices):
            for element in vertex.groups:
                if element.group in wanted:
                    weights[wanted[element.group]][row] = element.weight
    return weights


def _digest(surface: FaceSurface, shapes: Iterable[KeyShape]) -> str:
    digest = hashlib.blake2b(digest_size=16)
    if surface.axes is not None:
        digest.update(np.asarray(surface.axes, np.float64).tobytes())
    digest.update(surface.vertices.tobytes())
    digest.update(surface.triangles.tobytes())
    for shape in shapes:
        digest.update(shape.key.encode() + b"\0")
        digest.update(shape.vertices.tobytes())
        digest.update(shape.displacements.tobytes())
    return digest.hexdigest()
