# SPDX-License-Identifier: GPL-3.0-or-later
"""What goes into the making of shapes, and what comes out.

Letters: V vertices and T triangles of one mesh, K shapes.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Indices = NDArray[np.int64]

Role = Literal["skin", "eye_left", "eye_right", "teeth_upper", "teeth_lower", "tongue", "follows", "still"]
"""What a piece of a mesh is: `follows` lies on the skin and goes with it (lashes, brows, a beard), `still` is
what the face does not move (hair, clothes, a body)."""


@dataclass(frozen=True, eq=False)
class MeshPart:
    """One mesh of a character; all of its meshes in the coordinates of one of them.

    Attributes:
        name: what the user calls it.
        vertices: (V, 3).
        triangles: (T, 3) anticlockwise seen from outside.
    """

    name: str
    vertices: NDArray[np.floating]
    triangles: NDArray[np.integer]


@dataclass(frozen=True, eq=False)
class Piece:
    """A connected piece of a mesh, and what it was taken for.

    Attributes:
        part: number of its mesh, 0 for the face.
        role: what it is.
        vertices: (N,) numbers of its vertices in that mesh.
    """

    part: int
    role: Role
    vertices: Indices


@dataclass(frozen=True, eq=False)
class MadeShapes:
    """Shapes for the meshes of a character.

    Attributes:
        names: (K,) of the shapes.
        deltas: for each mesh, the face first: displacements (K, V, 3) in the coordinates that it came in.
        pieces: what was taken for what.
        notes: what these shapes cannot do, and why: a line each for the user.
        residual: metres, root mean square: how far a head of the built-in kind is from the mesh.
        closed: for each mesh what brings lips together that rest apart, (V, 3); None where they meet. Shapes
            are meant to be added to it.
    """

    names: tuple[str, ...]
    deltas: tuple[Floats, ...]
    pieces: tuple[Piece, ...]
    notes: tuple[str, ...]
    residual: float
    closed: tuple[Floats, ...] | None = None
