# SPDX-License-Identifier: GPL-3.0-or-later
"""Shapes of all that is not skin: eyes, teeth, a tongue, lashes; hair and clothes stay where they are.

Letters: K shapes, S vertices of the skin, P of all other pieces, I islands of them, V of the built-in head.
"""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from ...head.registration import Registration
from ...head.registration.template_face import template_face
from ..made_shapes import Role
from .affine_field import AffineField, fit_affine
from .attached import SkinMotion, attachments
from .eye_layers import turning_layers
from .eyeballs import SIDES, Eyeball, eye_similarity, eyeballs, template_ball
from .flat_eyes import flat_eye, sliding
from .jaw import carried_vectors, jaw_field, mouth_similarity, mouth_size
from .lining import lining_moves
from .mouth_parts import MouthParts, mouth_parts
from .tongue import tongue_moves

Doubles = NDArray[np.float64]
Booleans = NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class PieceShapes:
    """How everything but the skin moves.

    Attributes:
        deltas: (K, P, 3) displacements of `fit.others.vertices`, in head axes.
        roles: (I,) what each of `fit.others.islands` is.
        notes: what the pieces cannot do, a line each for the user.
    """

    deltas: Doubles
    roles: tuple[Role, ...]
    notes: tuple[str, ...]


def piece_shapes(fit: Registration, skin: Doubles, source: Doubles) -> PieceShapes:
    """Move the pieces of a mesh with its skin.

    All but the turning of lashes is linear in `skin` and `source` together.

    Args:
        fit: of the mesh.
        skin: (K, S, 3) displacements of `fit.surface.vertices`.
        source: (K, V, 3) displacements of the built-in head's vertices for the same shapes.
    """
    others = fit.others
    skin, source = np.asarray(skin, np.float64), np.asarray(source, np.float64)
    roles = np.full(int(others.islands.max(initial=-1)) + 1, "still", object)
    deltas = np.zeros((len(source), len(others.vertices), 3))
    taken = np.zeros(len(roles), bool)
    eyes = eyeballs(fit)
    for side in SIDES:
        field = eye_field(fit, side, eyes[side], source)
        turning = [*eyes[side].islands, *turning_layers(others, fit.surface, eyes[side])]
        flat = flat_eye(fit, side, eyes[side])
        if flat is not None:
            turning, field = list(flat.irises), sliding(flat, eyes[side], field)
            taken[list(flat.whites)] = True
        roles[turning] = f"eye_{side}"
        vertices = np.isin(others.islands, turning)
        deltas[:, vertices] = field.at(others.vertices[vertices])
    taken |= roles != "still"
    mouth = mouth_parts(fit, taken)
    for island, role in mouth.roles.items():
        roles[island] = {"teeth": "teeth_lower", "lining": "follows"}.get(role, role)
    _move_mouth(fit, mouth, skin, source, deltas)
    motion = SkinMotion(fit.surface, skin)
    lining = np.isin(others.islands, [island for island, role in mouth.roles.items() if role == "lining"])
    if lining.any():
        deltas[:, lining] = lining_moves(fit, lining, mouth.places, mouth_similarity(fit), skin, source)
    taken[list(mouth.roles)] = True
    attached = attachments(fit, taken)
    roles[list(attached.islands)] = "follows"
    deltas[:, attached.vertices] = motion.carry(others.vertices[attached.vertices], attached.roots)
    return PieceShapes(deltas, tuple(roles), _notes(roles, mouth))


def eye_field(fit: Registration, side: str, eye: Eyeball, source: Doubles) -> AffineField:
    """How each shape turns an eyeball about its centre, as the built-in head's is turned about its own."""
    template = template_face()
    span = template.head.spans[f"eye_{side}"]
    field = fit_affine(template.head.template[span].astype(np.float64), source[:, span])
    centre, _ = template_ball(template, side)
    similarity = eye_similarity(template, fit.fitted, side)
    shift = carried_vectors(similarity, field.at(centre[None])[:, 0])
    return AffineField(field.linear, shift - field.linear @ eye.centre)


def _move_mouth(
    fit: Registration, mouth: MouthParts, skin: Doubles, source: Doubles, deltas: Doubles
) -> None:
    moving = np.flatnonzero(mouth.lower + mouth.tongue > 0)
    if len(moving) == 0:
        return
    jaw = jaw_field(fit, skin, source)
    points = fit.others.vertices
    deltas[:, moving] += mouth.lower[moving, None] * jaw.at(points[moving])
    licking = np.flatnonzero(mouth.tongue > 0)
    if len(licking):
        similarity = replace(mouth_similarity(fit), scale=mouth_size(fit, skin, source))
        moves = tongue_moves(points[licking], mouth.places[licking], jaw, similarity, source)
        deltas[:, licking] += mouth.tongue[licking, None] * moves


def _notes(roles: NDArray[np.object_], mouth: MouthParts) -> tuple[str, ...]:
    notes = []
    if not np.isin(["eye_left", "eye_right"], roles).any():
        notes.append("No eyeballs were found: eyeLook shapes move the lids alone.")
    if "tongue" not in mouth.roles.values() and not mouth.tongue.any():
        notes.append("No tongue was found: tongueOut moves the lips alone.")
    if not any(role.startswith("teeth") for role in mouth.roles.values()):
        notes.append("No teeth were found.")
    return tuple(notes)
