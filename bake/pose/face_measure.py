# SPDX-License-Identifier: GPL-3.0-or-later
"""What the poses of bones do to a mesh, seen and not told by their names.

V is the number of vertices of the evaluated mesh, T of its triangles, P of poses.
"""

from collections.abc import Collection, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any, Final

import bpy
import numpy as np
from numpy.typing import NDArray

from ...core.head_rotation import (
    axis_angle_from_matrices,
    euler_from_matrices,
    matrices_from_quaternions,
)
from ...core.retarget.bone_poses import BonePoses
from ...core.retarget.measured_shapes import FaceSurface, MeasuredShapes, measure_shapes
from ..action import LAYERED
from ..errors import BakeError
from ..mesh_reading import triangles_of
from ..meshes import mesh_of
from ..movement import evaluated_in, scene_of_its_own
from .check import check_object
from .joints import UNPOSED
from .moved_meshes import meshes_on, positions_in_world

_MIXTURES: Final = 3

_SEEN: Final = 1e-4
"""Share of a mesh's size from which a vertex is moved."""


@dataclass(frozen=True, eq=False)
class PoseReading:
    """A mesh at rest and what each pose moves.

    Attributes:
        surface: the mesh at rest, in its own axes.
        keys: P names of poses.
        deltas: (P, V, 3).
    """

    surface: FaceSurface
    keys: tuple[str, ...]
    deltas: NDArray[np.float32]

    def measure(self) -> MeasuredShapes:
        """What the poses do to a face; NumPy only, for any thread.

        Raises:
            NotAFace: the mesh has no face that could be found, or no pose moves it.
        """
        return measure_shapes(self.surface, self.keys, self.deltas)


def measure_poses(obj: bpy.types.Object, mesh: bpy.types.Object | None, poses: BonePoses) -> MeasuredShapes:
    """What the poses of an armature do to a face: `read_pose_shapes` and `PoseReading.measure` in one."""
    return read_pose_shapes(obj, mesh, poses).measure()


def face_mesh_of(obj: bpy.types.Object, poses: BonePoses) -> bpy.types.Object | None:
    """The mesh of which an armature's poses move most vertices, None where they move none that is visible."""
    meshes = meshes_on(obj)
    moved: dict[str, NDArray[np.bool_]] = {}
    random = np.random.default_rng(0)
    with scene_of_its_own(obj) as scene, _at_rest(obj, set(poses.bones)):
        for mesh in meshes:
            scene.collection.objects.link(mesh)
        frame = _frame()
        evaluated_in(obj, scene, frame)
        rest = positions_in_world(meshes, scene)
        # Poses in part, mixed at random: no two cancel in all of these.
        for values in random.uniform(0, 0.5, (_MIXTURES, len(poses.names))):
            _pose(obj, poses, values)
            evaluated_in(obj, scene, frame)
            for name, positions in positions_in_world(meshes, scene).items():
                before = rest.get(name)
                if before is None or before.shape != positions.shape or not len(before):
                    continue
                ways = np.linalg.norm(positions - before, axis=1) > _SEEN * np.ptp(before, axis=0).max()
                moved[name] = moved.get(name, False) | ways
    counts = {mesh: int(np.sum(moved.get(mesh.name_full, 0))) for mesh in meshes}
    best = max(counts, key=lambda mesh: counts[mesh], default=None)
    return best if best is not None and counts[best] else None


def read_pose_shapes(obj: bpy.types.Object, mesh: bpy.types.Object | None, poses: BonePoses) -> PoseReading:
    """Evaluate a mesh at rest and at each pose, with modifiers, constraints and drivers.

    The scene keeps its frame, the armature its pose and its action.

    Args:
        obj: the armature.
        mesh: what it deforms; the face. None takes the one of which the poses move most.
        poses: of the armature.

    Raises:
        BakeError: there is no mesh, it is hidden, or its number of vertices changes with the pose.
    """
    check_object(obj)
    mesh = mesh or face_mesh_of(obj, poses)
    if mesh is None:
        raise BakeError(
            f"The poses of '{obj.name}' move no mesh that is visible: choose the armature of a face."
        )
    surface: NDArray[np.float32] | None = None
    triangles = np.zeros((0, 3), np.int32)
    deltas = []
    with scene_of_its_own(mesh) as scene, _at_rest(obj, set(poses.bones)):
        frame = _frame()
        for values in (np.zeros(len(poses.names)), *np.eye(len(poses.names))):
            _pose(obj, poses, values)
            evaluated = evaluated_in(mesh, scene, frame)
            if evaluated is None:
                raise BakeError(
                    f"'{mesh.name}' is hidden in viewports: show it, so that its face can be measured."
                )
            data = mesh_of(evaluated)
            positions = np.empty(len(data.vertices) * 3, np.float32)
            data.vertices.foreach_get("co", positions)
            if surface is None:
                surface = positions
                triangles = triangles_of(data)
                continue
            if positions.shape != surface.shape:
                raise BakeError(
                    f"A modifier of '{mesh.name}' makes other vertices in each pose, so it cannot be "
                    "measured: switch it off meanwhile."
                )
            deltas.append(positions - surface)
    assert surface is not None  # rest comes first
    # mesh_axes needs this package.
    from ..mesh_axes import head_axes_of_mesh

    axes, stretch = head_axes_of_mesh(mesh)
    factors = np.ones(3) if stretch is None else stretch
    triangles = triangles.reshape(-1, 3)
    if np.prod(factors) < 0:
        triangles = np.ascontiguousarray(triangles[:, ::-1])
    return PoseReading(
        # As it is seen: an object that is scaled unevenly has another face than its mesh.
        FaceSurface((surface.reshape(-1, 3) * factors).astype(np.float32), triangles, axes),
        poses.names,
        (np.array(deltas).reshape(len(deltas), -1, 3) * factors).astype(np.float32),
    )


def _frame() -> int:
    return bpy.context.scene.frame_current if bpy.context.scene is not None else 1


def _pose(obj: bpy.types.Object, poses: BonePoses, values: NDArray[np.floating]) -> None:
    """Give bones what poses in part make of them."""
    held = poses.blend(values[None])
    for column, name in enumerate(poses.bones):
        bone: Any = obj.pose.bones.get(name)
        if bone is None:
            continue
        bone.location = held.locations[0, column].tolist()
        bone.scale = held.scales[0, column].tolist()
        quaternion = held.rotations[0, column]
        matrix = matrices_from_quaternions(quaternion[None])
        if bone.rotation_mode == "QUATERNION":
            bone.rotation_quaternion = quaternion.tolist()
        elif bone.rotation_mode == "AXIS_ANGLE":
            bone.rotation_axis_angle = axis_angle_from_matrices(matrix)[0].tolist()
        else:
            bone.rotation_euler = euler_from_matrices(matrix, bone.rotation_mode)[0].tolist()


@contextmanager
def _at_rest(obj: bpy.types.Object, names: Collection[str]) -> Iterator[None]:
    """An armature without its animation and with all bones in the rest pose, for a while.

    Bones of these names may be posed meanwhile.
    """
    with ExitStack() as restore:
        animation: Any = obj.animation_data
        if animation is not None:
            restore.callback(setattr, animation, "use_nla", animation.use_nla)
            action, slot = animation.action, animation.action_slot if LAYERED else None
            if action is not None:
                if LAYERED:
                    restore.callback(_assign_slot, animation, slot)
                restore.callback(setattr, animation, "action", action)
                animation.action = None
            animation.use_nla = False
        for bone in obj.pose.bones:
            for prop, unposed in UNPOSED.items():
                before = tuple(getattr(bone, prop))
                if before != unposed or bone.name in names:
                    restore.callback(setattr, bone, prop, before)
                if before != unposed:
                    setattr(bone, prop, unposed)
        yield


def _assign_slot(animation: Any, slot: Any) -> None:
    if slot is not None:
        animation.action_slot = slot
