# SPDX-License-Identifier: GPL-3.0-or-later
"""Cuts the head out of hm08 and joins it with the project's own eyes and teeth."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from .eyes import PARTS as EYE_PARTS
from .eyes import Eye
from .rings import MOUTH_BORDER, MOUTH_CONTACT, Rings
from .source import BaseMesh
from .teeth import Arch
from .topology import QuadMesh

PARTS: Final = (
    "skin",
    "lips",
    "mouth_cavity",
    "tongue",
    "lashes",
    "eye_sclera",
    "eye_iris",
    "eye_pupil",
    "teeth_upper",
    "teeth_lower",
    "gums",
)
"""Material labels of faces, in the order of `Head.face_part`."""

NOSE_TIP: Final = 5054
THROAT: Final = 710
"""Vertices of hm08: a seed on the outer skin and one in the mouth cavity."""


@dataclass(frozen=True)
class Layout:
    """Where each vertex of the head comes from. V = all, K = kept hm08 vertices (they come first)."""

    kept: NDArray[np.int64]
    """(K,) hm08 vertex numbers: skin and mouth cavity, then tongue, then lashes."""
    skin_count: int
    faces: NDArray[np.int64]
    """(F, 4)."""
    face_part: NDArray[np.uint8]
    """(F,) index into `PARTS`."""
    uvs: NDArray[np.float64]
    """(U, 2)."""
    face_uvs: NDArray[np.int64]
    """(F, 4) indices into `uvs`."""
    spans: dict[str, tuple[int, int]]
    """First vertex and end of `skin`, `tongue`, `lashes`, `eye_left`, `eye_right`, `teeth_upper`,
    `teeth_lower` (with their gums)."""
    mirror: NDArray[np.int64]
    """(V,) partner of each vertex across the middle plane."""
    index_of: NDArray[np.int64]
    """(19158,) head vertex of an hm08 vertex, -1 if cut away."""


def lash_vertices(groups: dict[str, NDArray[np.int64]], sides: str = "lr") -> NDArray[np.int64]:
    """hm08's vertices of the upper and lower lashes."""
    return np.concatenate([groups[f"helper-{side}-eyelashes-{row}"] for side in sides for row in (1, 2)])


def kept_vertices(
    quads: QuadMesh, groups: dict[str, NDArray[np.int64]], rings: Rings
) -> tuple[NDArray[np.int64], int]:
    """hm08 vertices above the neck ring (skin, tongue, lashes; no eyes, no teeth) and the count of skin."""
    skin = sorted(quads.flood(NOSE_TIP, set(rings.neck.tolist())))
    kept = [np.array(skin), np.sort(groups["helper-tongue"]), np.sort(lash_vertices(groups))]
    return np.concatenate(kept), len(skin)


def cut_head(
    mesh: BaseMesh,
    kept: NDArray[np.int64],
    skin_count: int,
    quads: QuadMesh,
    groups: dict[str, NDArray[np.int64]],
    rings: Rings,
    hm08_mirror: NDArray[np.int64],
    eye: Eye,
    arches: tuple[Arch, Arch],
) -> Layout:
    """The head's layout: the vertices of `kept_vertices` followed by the project's own parts."""
    index_of = np.full(len(mesh.vertices), -1)
    index_of[kept] = np.arange(len(kept))

    chosen = (index_of[mesh.faces] >= 0).all(axis=1)
    hm08_faces = mesh.faces[chosen]
    parts = _label_hm08(hm08_faces, quads, groups, rings)
    faces = [index_of[hm08_faces]]
    used, inverse = np.unique(mesh.face_uvs[chosen], return_inverse=True)
    uvs = [mesh.uvs[used]]
    face_uvs = [inverse.reshape(-1, 4)]
    labels = [parts]

    tongue_end = skin_count + len(groups["helper-tongue"])
    spans = {"skin": (0, skin_count), "tongue": (skin_count, tongue_end)}
    spans["lashes"] = (spans["tongue"][1], len(kept))
    start, uv_start = len(kept), len(used)

    def add(name: str, part_faces: NDArray, part_labels: NDArray, part_uvs: NDArray) -> None:
        nonlocal start, uv_start
        faces.append(part_faces + start)
        face_uvs.append(part_faces + uv_start)
        uvs.append(part_uvs)
        labels.append(part_labels)
        spans[name] = (start, start + len(part_uvs))
        start, uv_start = start + len(part_uvs), uv_start + len(part_uvs)

    eye_labels = np.array([PARTS.index(name) for name in EYE_PARTS])[eye.face_part]
    # The right eye is the left one mirrored, so its faces turn the other way round.
    add("eye_left", eye.faces, eye_labels, eye.uvs)
    add("eye_right", eye.faces[:, ::-1], eye_labels, eye.uvs)
    for name, arch in zip(("teeth_upper", "teeth_lower"), arches, strict=True):
        arch_labels = np.where(arch.face_part == 0, PARTS.index(name), PARTS.index("gums"))
        flat = arch.vertices[:, [0, 1]]
        add(name, arch.faces, arch_labels, (flat - flat.min(axis=0)) / np.ptp(flat, axis=0).max())

    mirror = np.empty(start, dtype=np.int64)
    mirror[: len(kept)] = index_of[hm08_mirror[kept]]
    left, right = spans["eye_left"], spans["eye_right"]
    mirror[slice(*left)] = np.arange(*right)
    mirror[slice(*right)] = np.arange(*left)
    for name, arch in zip(("teeth_upper", "teeth_lower"), arches, strict=True):
        first, end = spans[name]
        own = arch.vertices
        distance = np.linalg.norm(own[:, None] * [-1, 1, 1] - own[None], axis=2)
        mirror[first:end] = first + distance.argmin(axis=1)
    return Layout(
        kept=kept,
        skin_count=skin_count,
        faces=np.concatenate(faces),
        face_part=np.concatenate(labels).astype(np.uint8),
        uvs=np.concatenate(uvs),
        face_uvs=np.concatenate(face_uvs),
        spans=spans,
        mirror=mirror,
        index_of=index_of,
    )


def _label_hm08(
    faces: NDArray[np.int64], quads: QuadMesh, groups: dict[str, NDArray[np.int64]], rings: Rings
) -> NDArray[np.int64]:
    labels = np.zeros(len(faces), dtype=np.int64)
    lips = rings.mouth[MOUTH_BORDER : MOUTH_CONTACT + 1]
    labels[np.isin(faces, lips).all(axis=1)] = PARTS.index("lips")
    inside = np.array(sorted(quads.flood(THROAT, set(rings.mouth[MOUTH_CONTACT].tolist()))))
    labels[np.isin(faces, inside).all(axis=1)] = PARTS.index("mouth_cavity")
    labels[np.isin(faces, groups["helper-tongue"]).all(axis=1)] = PARTS.index("tongue")
    labels[np.isin(faces, lash_vertices(groups)).all(axis=1)] = PARTS.index("lashes")
    return labels


def affine_follow(
    anchors: NDArray[np.float64], displacement: NDArray[np.float64], vertices: NDArray[np.float64]
) -> NDArray[np.float64]:
    """(N, 3): displacement at `vertices` (N, 3) of the affine map that best moves `anchors` (A, 3).

    Linear in `displacement` (A, 3), so parts that follow this way fit into linear bases.
    """
    design = np.c_[anchors, np.ones(len(anchors))]
    solution = np.linalg.lstsq(design, displacement, rcond=None)[0]
    return np.c_[vertices, np.ones(len(vertices))] @ solution


def similar_follow(
    anchors: NDArray[np.float64], displacement: NDArray[np.float64], vertices: NDArray[np.float64]
) -> NDArray[np.float64]:
    """As `affine_follow`, but only shift and uniform size: a round part stays round."""
    middle = anchors.mean(axis=0)
    around = anchors - middle
    shift = displacement.mean(axis=0)
    growth = ((displacement - shift) * around).sum() / (around**2).sum()
    return shift + growth * (vertices - middle)
