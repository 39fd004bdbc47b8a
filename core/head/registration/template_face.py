# SPDX-License-Identifier: GPL-3.0-or-later
"""The built-in head's outer skin, as other faces are compared with it.

Letters: H vertices of the skin.
"""

from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from ...retarget.arkit import MOUTH_NAMES, arkit_indices
from ..head_model import Head, load_head
from ..surface import Surface
from .lips import Lips, balanced, find_lips, towards_chin_of

Doubles = NDArray[np.float64]
Indices = NDArray[np.int64]
Booleans = NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Template:
    """The template's outer skin.

    Attributes:
        vertices: (H,) numbers of its vertices in the head.
        points: (H, 3).
        normals: (H, 3).
        triangles: (T, 3).
        front: (H,) vertices of the face itself.
        motion: (H,) how far ARKit shapes move each.
        mouth_motion: the same for speech alone.
        basis: (80, H, 3) identities, each a standard deviation.
        nose, chin: numbers of vertices below the nose and on the chin.
        mouth: numbers of the mouth's corners.
        eyes, brows: side -> numbers of the landmarks around the eye and on the brow.
        inner_upper, inner_lower: numbers of the inner lips' landmarks.
        mouth_width: metres between them.
        rim: vertices of the inner edge of the lips, where the mouth's inside begins.
        towards_chin: (H,) as `towards_chin_of` has it.
        lips: the slit, found as that of any mesh.
        mirror: (H,) partner of each vertex on the other side.
    """

    head: Head
    vertices: Indices
    points: Doubles
    normals: Doubles
    triangles: Indices
    front: Booleans
    motion: Doubles
    mouth_motion: Doubles
    basis: Doubles
    nose: Indices
    chin: Indices
    mouth: Indices
    eyes: dict[str, Indices]
    brows: dict[str, Indices]
    inner_upper: Indices
    inner_lower: Indices
    mouth_width: float
    rim: Indices
    towards_chin: Doubles
    lips: Lips
    mirror: Indices

    def evened(self, points: Doubles) -> Doubles:
        """The mean of the skin (H, 3) and its mirror image."""
        return (points + points[self.mirror] * (-1, 1, 1)) / 2


@cache
def template_face() -> Template:
    """The built-in head's skin; prepared once.

    Raises:
        ModelError: the head's file is missing or broken.
    """
    head = load_head()
    skin = head.spans["skin"]
    outer = [head.parts.index(name) for name in ("skin", "lips")]
    faces = head.faces[np.isin(head.face_part, outer)]
    faces = faces[((faces >= skin.start) & (faces < skin.stop)).all(axis=1)]
    vertices = np.unique(faces)
    number = np.full(head.vertex_count, -1, np.int64)
    number[vertices] = np.arange(len(vertices))
    quads = number[faces]
    triangles = np.concatenate([quads[:, [0, 1, 2]], quads[:, [0, 2, 3]]])
    points = head.template[vertices].astype(np.float64)
    surface = Surface(points, triangles, np.arange(len(vertices)))
    moves = np.linalg.norm(head.arkit_deltas[:, vertices], axis=2).astype(np.float64)
    basis = head.identity_basis.reshape(len(head.identity_spread), -1, 3)[:, vertices].astype(np.float64)
    basis *= head.identity_spread[:, None, None]
    nose = number[head.landmarks["face68"][33:34]]
    chin = number[head.landmarks["mediapipe_chin"][2:3]]
    mouth = number[head.landmarks["mouth_corners"]]
    mouth_width = float(np.ptp(points[mouth, 0]))
    middle = points[mouth].mean(axis=0)
    towards_chin = towards_chin_of(surface, points[nose], points[chin])
    towards_chin = balanced(surface, towards_chin, middle, mouth_width)
    lips = find_lips(surface, towards_chin, middle, mouth_width)
    assert lips is not None  # the template's are closed
    motion = np.sqrt((moves**2).mean(axis=0))
    front = (points[:, 2] > 0.035) & (motion > 0.05 * motion.max()) | (points[:, 2] > 0.06)
    return Template(
        head=head,
        vertices=vertices,
        points=points,
        normals=surface.normals,
        triangles=triangles,
        front=front & (points[:, 1] > -0.11),
        motion=motion,
        mouth_motion=np.sqrt((moves[arkit_indices(MOUTH_NAMES)] ** 2).mean(axis=0)),
        basis=basis,
        nose=nose,
        chin=chin,
        mouth=mouth,
        eyes={side: number[head.landmarks[f"mediapipe_eye_{side}"]] for side in ("left", "right")},
        brows={side: number[head.landmarks[f"mediapipe_brow_{side}"]] for side in ("left", "right")},
        inner_upper=number[head.landmarks["inner_lip_upper"]],
        inner_lower=number[head.landmarks["inner_lip_lower"]],
        mouth_width=mouth_width,
        rim=_rim(surface, middle),
        towards_chin=towards_chin,
        lips=lips,
        mirror=number[head.mirror[vertices]],
    )


def _rim(surface: Surface, mouth: Doubles) -> Indices:
    """Vertices of the open edge that is nearest to the mouth; the other one is the neck's."""
    from scipy.sparse import coo_matrix
    from scipy.sparse.csgraph import connected_components

    count = len(surface.vertices)
    ends = surface.boundary.T
    loops = connected_components(coo_matrix((np.ones(ends.shape[1]), ends), shape=(count, count)))[1]
    edge = np.unique(surface.boundary)
    nearest = edge[np.linalg.norm(surface.vertices[edge] - mouth, axis=1).argmin()]
    return edge[loops[edge] == loops[nearest]]


def template_skin() -> Indices:
    """(H,) the numbers of the template's vertices that `Registration.fitted` has, rising."""
    return template_face().vertices
