# SPDX-License-Identifier: GPL-3.0-or-later
"""From about where a face lies to the place of each point of the template on it.

Letters: V vertices of the face's surface, H vertices of the template's skin, N marks.
"""

from dataclasses import replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ...progress import Progress, untold
from ..surface import Surface
from .eyes import eye_goals
from .lips import Lips, balanced, find_lips, lips_that_part, moves_evenly, towards_chin_of
from .not_a_face import NotAFace
from .person import fit_person
from .registration import Registration
from .similarity import Pose, upright
from .smooth_fit import smooth_fit
from .template_face import Template

Doubles = NDArray[np.float64]
Indices = NDArray[np.int64]

_FURTHEST: Final = 0.11
"""Root mean square distance between mesh and template, as a share of the face's height, above which it is no
face. Heads of other people stay below 0.02, stylised ones below 0.07."""
_FURTHEST_ODD: Final = 0.03
"""The same for surfaces that look elsewhere than a head's do (`_ALIKE`)."""
_ALIKE: Final = 0.75
"""Share of the surface that must look where a head's does, or else the keys must tell where the mouth is:
people have 0.98, animals and cartoons 0.86 and more, Suzanne 0.58, spheres up to 0.68."""
_GAP: Final = 0.003
_OPENED: Final = 0.005
"""Metres between the lips of a mouth that rests open, and how much more of the surface must look where a
head's does when the template opens its mouth."""
_BESIDE_LIPS: Final = 0.012
"""Metres from the lips' edges to skin that is surely above or below."""


def completed(
    template: Template,
    whole: Surface,
    face: Surface,
    motion: Doubles,
    pose: Pose,
    deltas: NDArray[np.floating] | None,
    anchors: tuple[Indices, Doubles] | None = None,
    tell: Progress = untold,
) -> Registration:
    """Whose face it is, where its mouth and eyes are, and the template drawn onto it.

    Args:
        template: the built-in head.
        whole: the welded mesh.
        face: the island of it that has the face, anticlockwise from outside.
        motion: (V,) how much a face would move there.
        pose: about how it lies.
        deltas: (K, W, 3) what keys do to the mesh's vertices, where it has any.
        anchors: vertices (N,) of the template's skin, and where (N, 3) on the mesh they are, where it is
            known.
        tell: receives the share that is done.

    Raises:
        NotAFace: the template fits nowhere near.
    """
    pose, is_even = upright(template, face, pose) if anchors is None else (pose, False)
    placed = face.moved_to(pose.apply(face.vertices))
    known = None if anchors is None else (anchors[0], pose.apply(anchors[1]))
    tell(0.0)
    person, residual, agreement = fit_person(template, placed, motion, known)
    is_open = False
    if deltas is None:
        tell(0.2)
        opened = fit_person(template, placed, motion, known, opens=True)
        gap = opened[0][template.inner_upper, 1] - opened[0][template.inner_lower, 1]
        is_open = bool(gap.max() > _GAP and opened[2] > agreement + _OPENED)
        if is_open:
            person, residual, agreement = opened
    height = np.ptp(template.points[template.front, 1])
    furthest = (_FURTHEST if agreement > _ALIKE else _FURTHEST_ODD) * height
    if not residual <= furthest and anchors is None:
        off, allowed = f"{residual / height:.1%}", f"{furthest / height:.1%}"
        if deltas is None:
            raise NotAFace(
                f"No face was found: the nearest fit of a head is {off} of a face's height off on average, "
                f"expected below {allowed}. Choose the mesh of the face, or mark its eyes, nose, mouth and "
                "chin."
            )
        raise NotAFace(
            f"No face was found: the nearest fit of a head is {off} of a face's height off on average, "
            f"expected below {allowed}. Choose the mesh of the face, standing upright, or drive its keys by "
            "their names."
        )
    tell(0.4)
    moves = None
    if deltas is not None:
        moves = np.asarray(deltas)[:, placed.origin] @ (pose.scale * pose.turn).T
    if is_open:
        towards_chin, lips = _open_mouth(template, placed, person)
    else:
        towards_chin, lips = _mouth(template, placed, person, moves, agreement)
    if is_even:
        person = template.evened(person)
    others = whole.part(whole.islands != whole.islands[np.isin(whole.origin, placed.origin)][0])
    others = others.moved_to(pose.apply(others.vertices))
    tell(0.5)
    eyes = eye_goals(template, placed, others, person)
    tell(0.7)
    fitted = smooth_fit(template, placed, person, towards_chin, lips, eyes, is_even=is_even, anchors=known)
    tell(0.95)
    if lips is not None:
        lips = lips.nearest(placed, fitted[template.inner_upper], fitted[template.inner_lower])
    return Registration(
        placed, pose.scale * pose.turn, pose.offset, fitted, towards_chin < 0, lips, residual, others
    )


def _open_mouth(template: Template, placed: Surface, person: Doubles) -> tuple[Doubles, Lips | None]:
    """How much nearer the chin is (V,) and the lips, where those of the fitted person (H, 3) are."""
    from scipy.spatial import KDTree

    step = np.array([0, _BESIDE_LIPS, 0])
    upper, lower = person[template.lips.upper] + step, person[template.lips.lower] - step
    towards_chin = towards_chin_of(placed, upper, lower)
    pairs = []
    for side, is_mine in enumerate((towards_chin < 0, towards_chin >= 0)):
        numbers = np.flatnonzero(is_mine)
        if len(numbers) == 0:
            return towards_chin, None
        near = KDTree(placed.vertices[numbers]).query(person[template.lips.pairs[:, side]])[1]
        pairs.append(numbers[near])
    both = np.unique(np.stack(pairs, axis=1), axis=0)
    lips = Lips(both[:, 0], both[:, 1], template.mouth_width, both)
    return towards_chin, lips.nearest(placed, person[template.lips.upper], person[template.lips.lower])


def turned_out(face: Surface) -> Surface:
    """The same surface with its inside out."""
    return replace(face, triangles=face.triangles[:, ::-1])


def _mouth(
    template: Template, placed: Surface, person: Doubles, moves: Doubles | None, agreement: float
) -> tuple[Doubles, Lips | None]:
    """How much nearer the chin is than the nose (V,), 0 between the lips; and the lips."""
    middle, width = person[template.mouth].mean(axis=0), template.mouth_width
    towards_chin = towards_chin_of(placed, person[template.nose], person[template.chin])
    towards_chin = balanced(placed, towards_chin, middle, width)
    lips = find_lips(placed, towards_chin, middle, width)
    if lips is not None or moves is None:
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
