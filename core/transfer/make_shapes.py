# SPDX-License-Identifier: GPL-3.0-or-later
"""Shapes for a mesh that has none: find the face, carry the built-in head's shapes over.

Letters: K shapes, V vertices of one mesh, W of all, S of the skin, P of its other pieces.
"""

import itertools
from collections.abc import Mapping, Sequence
from typing import Final, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..head import load_head
from ..head.registration import NotAFace
from ..head.registration.face_search import find_face
from ..head.registration.registration import Registration
from ..head.surface import Surface
from ..progress import Progress, untold, within
from ..retarget.arkit import ARKIT_NAMES
from .made_shapes import MadeShapes, MeshPart, Piece
from .pieces import PieceShapes, piece_shapes
from .pieces.eyeballs import eyeballs
from .skin_transfer import SkinTransfer

Floats = NDArray[np.float32]
Doubles = NDArray[np.float64]

_FOUND: Final = 0.35
_PREPARED: Final = 0.5
_SOLVED: Final = 0.9
"""Shares of the whole time at which a face is found, the system factorised, the skin's shapes solved for."""
_JAW_OPEN: Final = ARKIT_NAMES.index("jawOpen")
_STILL: Final = 1e-5
"""Metres that are no movement: keys stay as sparse as they can be."""


def make_shapes(
    face: MeshPart,
    others: Sequence[MeshPart] = (),
    *,
    axes: NDArray[np.floating] | None = None,
    marks: Mapping[str, ArrayLike] | None = None,
    shapes: Literal["arkit", "expression"] = "arkit",
    progress: Progress | None = None,
) -> MadeShapes:
    """Make the 52 ARKit shapes, or the 64 of the expression basis, for any head.

    Args:
        face: the mesh with the face; it may hold eyes, teeth, a tongue and a body too.
        others: other meshes of the character, in the face's coordinates: eyes, teeth, tongue, lashes.
        axes: (3, 3) from the coordinates to head axes, where they are known.
        marks: where the user says that some of `MARKS` are, (3,) each in the face's coordinates.
        shapes: "arkit" for the 52 of `ARKIT_NAMES`; "expression" for the rows of `Head.expression_basis`,
            which let vertex motion play on this mesh: rest + beta @ deltas.
        progress: receives the share that is done, 0..1; what it raises ends the work.

    Raises:
        NotAFace: no head, several heads, half a head, no surface; with the reason.
    """
    parts = (face, *others)
    vertices, triangles, first = _together(parts)
    tell = progress or untold
    tell(0.0)
    fit = find_face(
        vertices,
        triangles,
        chosen=np.arange(len(vertices)) < len(face.vertices),
        axes=axes,
        marks=marks,
        progress=within(tell, 0, _FOUND),
    )
    tell(_FOUND)
    head = load_head()
    source = (head.arkit_deltas if shapes == "arkit" else head.expression_shapes).astype(np.float64)
    transfer = SkinTransfer(fit, eyeballs(fit), within(tell, _FOUND, _PREPARED))
    tell(_PREPARED)
    skin = transfer.shapes(source, within(tell, _PREPARED, _SOLVED))
    tell(_SOLVED)
    if transfer.jaw_at_rest:
        # What closes the mouth is one shape more to what lies in it.
        source = np.concatenate([source, -transfer.jaw_at_rest * head.arkit_deltas[None, _JAW_OPEN]])
        skin = np.concatenate([skin, transfer.closing()[None]])
    pieces = piece_shapes(fit, skin, source)
    deltas = _of_all(fit, skin, pieces.deltas, len(vertices))
    closing = None
    if transfer.jaw_at_rest:
        deltas, closing = deltas[:-1], deltas[-1]
    if shapes == "expression":
        deltas = np.tensordot(head.expression_mixing.astype(np.float32), deltas, axes=1)
    names = ARKIT_NAMES if shapes == "arkit" else tuple(f"beta {row}" for row in range(len(deltas)))
    tell(1.0)
    return MadeShapes(
        names=names,
        deltas=tuple(np.ascontiguousarray(deltas[:, start:end]) for start, end in itertools.pairwise(first)),
        pieces=_pieces(fit, pieces, first),
        notes=(*transfer.notes, *pieces.notes),
        residual=fit.residual,
        closed=None if closing is None else tuple(closing[a:b] for a, b in itertools.pairwise(first)),
    )


def _together(parts: Sequence[MeshPart]) -> tuple[Doubles, NDArray[np.int64], list[int]]:
    """Vertices (W, 3) and triangles of all parts, one after the other; where each begins, and the end."""
    first = [0]
    triangles = []
    for part in parts:
        vertices = np.asarray(part.vertices)
        if vertices.ndim != 2 or vertices.shape[1] != 3 or np.ndim(part.triangles) != 2:
            raise ValueError(f"'{part.name}' has vertices of shape {vertices.shape}, expected (V, 3).")
        if len(part.triangles) and np.max(part.triangles) >= len(vertices):
            raise ValueError(f"'{part.name}' has triangles of vertices that it does not have.")
        triangles.append(np.asarray(part.triangles, np.int64).reshape(-1, 3) + first[-1])
        first.append(first[-1] + len(vertices))
    if not len(triangles[0]):
        raise NotAFace(f"'{parts[0].name}' has no faces: expected the mesh of a head. Choose that mesh.")
    vertices = np.concatenate([np.asarray(part.vertices, np.float64) for part in parts])
    return vertices, np.concatenate(triangles), first


def _of_all(fit: Registration, skin: Doubles, pieces: Doubles, count: int) -> Floats:
    """(K, W, 3) in the coordinates that the meshes came in."""
    back = np.linalg.inv(fit.linear).T
    deltas = np.zeros((len(skin), count, 3), np.float32)
    for surface, moved in ((fit.surface, skin), (fit.others, pieces)):
        rows = np.flatnonzero(surface.places >= 0)
        welded = surface.places[rows]
        for delta, each in zip(deltas, moved, strict=True):
            still = np.linalg.norm(each, axis=1) < _STILL
            delta[rows] = np.where(still[:, None], 0, each @ back)[welded]
    return deltas


def _pieces(fit: Registration, pieces: PieceShapes, first: Sequence[int]) -> tuple[Piece, ...]:
    """What was taken for what, mesh by mesh."""
    result = []
    surfaces: list[tuple[Surface, list[str]]] = [
        (fit.surface, ["skin"] * (int(fit.surface.islands.max(initial=0)) + 1)),
        (fit.others, list(pieces.roles)),
    ]
    part_of = np.searchsorted(first, np.arange(first[-1]), side="right") - 1
    for surface, roles in surfaces:
        rows = np.flatnonzero(surface.places >= 0)
        islands = surface.islands[surface.places[rows]]
        for island, role in enumerate(roles):
            mine = rows[islands == island]
            for part in np.unique(part_of[mine]):
                inside = mine[part_of[mine] == part] - first[part]
                result.append(Piece(int(part), role, inside))  # type: ignore[arg-type]
    return tuple(result)
