# SPDX-License-Identifier: GPL-3.0-or-later
"""Where the template lies on a mesh with a face: pose, size, whose face it is, and each point's place.

Letters: V vertices of the mesh, H vertices of the template's skin, L pairs of lips.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ..surface import Surface
from .eyes import eyes_elsewhere
from .island import face_of, moved_by
from .lips import Lips, balanced, find_lips, lips_that_part, moves_evenly, towards_chin_of
from .not_a_face import NotAFace
from .person import fit_person
from .similarity import BLENDER_AXES, Pose, agreement_of, refined, similarity, upright, usual_turns
from .smooth_fit import smooth_fit
from .template_face import Template, template_face

Doubles = NDArray[np.float64]
Booleans = NDArray[np.bool_]


_FURTHEST: Final = 0.11
"""Root mean square distance between mesh and template, as a share of the face's height, above which it is no
face. Heads of other people stay below 0.02, stylised ones below 0.07."""
_FURTHEST_ODD: Final = 0.03
"""The same for surfaces that look elsewhere than a head's do (`_ALIKE`)."""
_DOUBTFUL: Final = 0.016
"""Metres by which the first fit may be off before others of the usual axes are tried."""
_FEWEST: Final = 20
"""Vertices."""
_BETTER: Final = 0.75
"""Part of the first fit's cost that other axes must reach to be taken."""
_ALIKE: Final = 0.75
"""Share of the surface that must look where a head's does, or else the keys must tell where the mouth is:
people have 0.98, animals and cartoons 0.86 and more, Suzanne 0.58, spheres up to 0.68."""
_BESIDE_LIPS: Final = 0.012
"""Metres from the lips' edges to skin that is surely above or below."""


@dataclass(frozen=True, eq=False)
class Registration:
    """How the template lies on a mesh.

    Attributes:
        surface: the welded island of the face, in head axes and metres of the template's size.
        linear: (3, 3) that turned the mesh's own coordinates into these: head = linear @ p + offset.
        offset: (3,) metres.
        fitted: (H, 3) the template's skin on it.
        upper: (V,) whether a vertex of the surface is nearer to the nose than to the chin, along the surface.
        lips: where the inner lips of the mesh are; None where no key parts any.
        residual: root mean square distance of the fitted person from the mesh before the last, smooth step,
            metres.
        others: what else the mesh has, welded, in head axes.
    """

    surface: Surface
    linear: Doubles
    offset: Doubles
    fitted: Doubles
    upper: Booleans
    lips: Lips | None
    residual: float
    others: Surface

    def sample_upper(self, vertices: NDArray[np.integer]) -> Booleans:
        """Whether vertices (N,) of the template's skin are nearer to the nose than to the chin."""
        template = template_face()
        return (template.towards_chin < 0)[np.searchsorted(template.vertices, vertices)]

    @property
    def mouth_ratio(self) -> float:
        """How many times wider the template's mouth is."""
        template = template_face()
        return template.mouth_width / max(float(np.ptp(self.fitted[template.mouth, 0])), 1e-4)


def register(
    vertices: NDArray[np.floating],
    triangles: NDArray[np.integer],
    deltas: NDArray[np.floating],
    axes: NDArray[np.floating] | None = None,
) -> Registration:
    """Find the template on a mesh.

    Args:
        vertices: (V, 3) at rest, in any unit.
        triangles: (T, 3) anticlockwise seen from outside.
        deltas: (K, V, 3) displacements of the mesh's keys: the face is where they are.
        axes: (3, 3) from the mesh's coordinates to head axes, where they are known.

    Raises:
        NotAFace: nothing moves, half a head, several heads, or no face.
    """
    moved = moved_by(deltas)
    if len(moved) == 0 or not moved.max(initial=0.0) > 0:
        raise NotAFace("None of the shape keys moves a vertex: expected keys that move the mouth.")
    if not np.isfinite(vertices).all():
        raise NotAFace("The mesh has vertices that are not numbers: expected finite coordinates. Repair it.")
    whole = Surface.welded(vertices, triangles, moved)
    face, motion = face_of(whole, moved[whole.origin])
    if not (face.areas * motion).max(initial=0.0) > 0:
        raise NotAFace("What the shape keys move has no area: expected a face. Choose the mesh of the face.")
    moving = int((motion > 0).sum())
    if moving < _FEWEST:
        raise NotAFace(
            f"Vertices of one piece that the shape keys move: {moving}. Expected a face, with {_FEWEST} at "
            "least: choose the mesh of the face."
        )
    template = template_face()
    best = refined(template, face, motion, _best_pose(template, face, motion, axes))
    if agreement_of(template, best, face) < -0.3:
        face = Surface(face.vertices, face.triangles[:, ::-1], face.origin)
    best, is_even = upright(template, face, best)
    placed = Surface(best.apply(face.vertices), face.triangles, face.origin)
    person, residual, agreement = fit_person(template, placed, motion)
    height = np.ptp(template.points[template.front, 1])
    furthest = (_FURTHEST if agreement > _ALIKE else _FURTHEST_ODD) * height
    if not residual <= furthest:
        raise NotAFace(
            f"No face was found: the nearest fit of a head is {residual / height:.0%} of a face's height off "
            f"on average, expected below {furthest / height:.0%}. Choose the mesh of the face, standing "
            "upright, or drive its keys by their names."
        )
    moves = np.asarray(deltas)[:, placed.origin] @ (best.scale * best.turn).T
    towards_chin, lips = _mouth(template, placed, person, moves, agreement)
    if is_even:
        person = template.evened(person)
    others = whole.part(whole.islands != whole.islands[np.isin(whole.origin, placed.origin)][0])
    others = others.moved_to(best.apply(others.vertices))
    eyes = eyes_elsewhere(template, placed, others, person)
    fitted = smooth_fit(template, placed, person, towards_chin, lips, eyes, is_even=is_even)
    if lips is not None:
        lips = lips.nearest(placed, fitted[template.inner_upper], fitted[template.inner_lower])
    return Registration(
        placed, best.scale * best.turn, best.offset, fitted, towards_chin < 0, lips, residual, others
    )


def _best_pose(template: Template, face: Surface, motion: Doubles, axes: NDArray[np.floating] | None) -> Pose:
    """Heads mostly stand as they are said to, or as usual: only much better fits are believed otherwise."""
    usual = (BLENDER_AXES, np.eye(3)) if axes is None else (np.asarray(axes, np.float64),)
    best = min((similarity(template, face, motion, turn) for turn in usual), key=lambda pose: pose.cost)
    if best.cost <= _DOUBTFUL:
        return best
    others = (similarity(template, face, motion, turn) for turn in usual_turns())
    other = min(others, key=lambda pose: pose.cost)
    return other if other.cost < _BETTER * best.cost else best


def _mouth(
    template: Template, placed: Surface, person: Doubles, moves: Doubles, agreement: float
) -> tuple[Doubles, Lips | None]:
    """How much nearer the chin is than the nose (V,), 0 between the lips; and the lips."""
    middle, width = person[template.mouth].mean(axis=0), template.mouth_width
    towards_chin = towards_chin_of(placed, person[template.nose], person[template.chin])
    towards_chin = balanced(placed, towards_chin, middle, width)
    lips = find_lips(placed, towards_chin, middle, width)
    if lips is not None:
        return towards_chin, lips
    lips = lips_that_part(placed, moves, person[template.nose][0], person[template.chin][0])
    if agreement < _ALIKE and (lips is None or not moves_evenly(placed, moves)):
        raise NotAFace(
            f"No face was found: {agreement:.0%} of the surface looks where that of a head does, and no "
            "shape key parts lips in its middle. Choose the mesh of the face, standing upright, or drive its "
            "keys by their names."
        )
    if lips is None:
        return towards_chin, None
    # There may be a slit where the mouth is not that of a person.
    pair = placed.vertices[lips.middle]
    step = np.array([[0, _BESIDE_LIPS, 0]])
    again = towards_chin_of(placed, pair[:1] + step, pair[1:] - step)
    again = balanced(placed, again, pair.mean(axis=0), width)
    slit = find_lips(placed, again, pair.mean(axis=0), width)
    return (towards_chin, lips) if slit is None else (again, slit)
