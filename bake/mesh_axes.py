# SPDX-License-Identifier: GPL-3.0-or-later
"""How a head lies in the coordinates of its mesh, as far as its rig tells."""

import bpy
import numpy as np
from mathutils import Matrix
from numpy.typing import NDArray

from .pose.facing import head_axes
from .pose.joints import find_joint
from .pose.rig import HEAD
from .pose.suggest import suggest_rig

Doubles = NDArray[np.float64]

_EVEN = 0.01
"""Scales that differ by less than this are one scale."""


def head_axes_of_mesh(obj: bpy.types.Object) -> tuple[Doubles | None, Doubles | None]:
    """The way from mesh coordinates into head axes.

    Returns:
        A rotation (3, 3) that turns mesh coordinates into head axes (x = the subject's left, y = up, z = out
        of the face); None where no rig tells. Factors (3,) by which the mesh's coordinates are stretched to
        what is seen, their product 1 or -1; None where it is scaled evenly.
    """
    rig = suggest_rig(obj)
    if rig.head is None:
        return None, _stretch(obj.matrix_world)
    joint = find_joint(HEAD, rig.head)
    axes = Matrix(head_axes(joint, rig.facing, rig.head).tolist())
    to_carrier = rest_matrix(obj, joint.obj)
    # The carrier is scaled too, as a rule evenly.
    stretch = _stretch(to_carrier)
    local = to_carrier.to_3x3().inverted_safe() @ axes
    columns = np.array(local, np.float64)
    if stretch is not None:
        columns = columns * stretch[:, None]
    left, _, right = np.linalg.svd(columns)
    return np.asarray((left @ right).T, np.float64), stretch


def rest_matrix(obj: bpy.types.Object, carrier: bpy.types.Object | None = None) -> Matrix:
    """From an object's coordinates into those of what carries it, else the world's; all bones at rest."""
    matrix = Matrix.Identity(4)
    each = obj
    while each is not None and each != carrier:
        if carrier is None and any(not constraint.mute for constraint in each.constraints):
            # Where these hold it, only Blender knows.
            return each.matrix_world @ matrix
        matrix = each.matrix_basis @ matrix
        parent = each.parent
        if parent is None:
            # Bound by a modifier alone: where both lie in the world.
            return matrix if carrier is None else carrier.matrix_world.inverted_safe() @ matrix
        matrix = each.matrix_parent_inverse @ matrix
        bone = parent.data.bones.get(each.parent_bone) if each.parent_type == "BONE" else None
        if bone is not None:
            matrix = bone.matrix_local @ Matrix.Translation((0, bone.length, 0)) @ matrix
        each = parent
    return matrix


def _stretch(matrix: Matrix) -> Doubles | None:
    """Factors (3,) of a matrix's scale, its size taken out; None where there is only a size.

    What is mirrored is taken to be so from side to side: the rest of the matrix is a rotation then.
    """
    linear = np.array(matrix.to_3x3(), np.float64)
    scale = np.linalg.norm(linear, axis=0)
    size = np.prod(scale) ** (1 / 3)
    if size == 0:
        return None
    factors = scale / size
    if np.linalg.det(linear) < 0:
        factors[0] = -factors[0]
    return None if np.abs(factors - 1).max() < _EVEN else factors
