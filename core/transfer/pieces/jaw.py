# SPDX-License-Identifier: GPL-3.0-or-later
"""How the lower jaw of a mesh moves: as the built-in head's, so far as the mesh's own chin goes.

Letters: K shapes, S vertices of the mesh's skin, V of the built-in head, H of its outer skin, J points of its
skin on the jawbone.
"""

from functools import cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ...head.registration import Registration
from ...head.registration.template_face import Template, template_face
from ...retarget.arkit import arkit_indices
from .affine_field import AffineField, fit_affine, fit_twist
from .local_similarity import LocalSimilarity, local_similarity

Doubles = NDArray[np.float64]
Indices = NDArray[np.int64]

_ON_BONE: Final = 0.0015
"""Metres by which skin on the jawbone moves otherwise than the lower teeth's affine map says, at most."""
_AROUND_MOUTH: Final = 0.035
"""Metres from the mouth's middle within which the skin tells where the inside of the mouth is."""
_STIFFNESS: Final = 0.02
"""Metres, of `fit_twist`: chins are small beside the way to the teeth, so what fits is shifted rather than
turned."""
_STILL: Final = 1e-5
"""Metres; teeth that move less stand still."""

_WITH_CHIN: Final = 2.0
"""So many times less than the chin may teeth move, and be moved by it alone."""


@cache
def _jaw_points() -> Indices:
    """(J,) numbers among the template's outer skin: skin that the jawbone carries in all of its movements."""
    template = template_face()
    head = template.head
    span = head.spans["teeth_lower"]
    shapes = head.arkit_deltas[arkit_indices(("jawOpen", "jawForward", "jawLeft", "jawRight"))]
    field = fit_affine(head.template[span].astype(np.float64), shapes[:, span].astype(np.float64))
    off = np.linalg.norm(shapes[:, template.vertices] - field.at(template.points), axis=2).max(axis=0)
    return np.flatnonzero(off < _ON_BONE)


def mouth_similarity(fit: Registration) -> LocalSimilarity:
    """From the template's mouth to the mesh's, as lips, chin and cheeks tell."""
    template = template_face()
    near = np.exp(-0.5 * (_from_mouth(template) / _AROUND_MOUTH) ** 2)
    return local_similarity(template.points, fit.fitted, near)


def jaw_field(fit: Registration, skin: Doubles, source: Doubles) -> AffineField:
    """What each shape does to the lower teeth, in the mesh's head axes.

    The built-in head's affine map of its lower teeth, carried by what lies around the mouth; then moved and
    turned by as much as the mesh's skin on the jawbone moves otherwise than the built-in head's carried so.
    So teeth go with the chin.

    Args:
        fit: of the mesh.
        skin: (K, S, 3) displacements of its skin.
        source: (K, V, 3) of the built-in head.
    """
    template = template_face()
    span = template.head.spans["teeth_lower"]
    field = fit_affine(template.head.template[span].astype(np.float64), source[:, span])
    teeth = np.linalg.norm(source[:, span], axis=2).max(axis=1)
    similarity = mouth_similarity(fit)
    carried = field.carried(similarity)
    chosen = _jaw_points()
    points = fit.surface.nearest_points(fit.fitted[chosen])
    chin = source[:, template.vertices[chosen]]
    off = points.carry(skin) - carried_vectors(similarity, chin)
    moved = np.linalg.norm(chin, axis=2).max(axis=1)
    # Lips and chin move by themselves too, and take no teeth along.
    share = np.where(teeth > _STILL, np.minimum(1, _WITH_CHIN * teeth / np.maximum(moved, _STILL)), 0)
    return carried.plus(fit_twist(fit.fitted[chosen], off, _STIFFNESS), share)


def mouth_size(fit: Registration, skin: Doubles, source: Doubles) -> float:
    """How many times further than the built-in head's the skin around the mouth moves, when the tongue does.

    Args:
        fit: of the mesh.
        skin: (K, S, 3) displacements of its skin.
        source: (K, V, 3) of the built-in head.
    """
    template = template_face()
    tongue = source[:, template.head.spans["tongue"]]
    chosen = np.linalg.norm(tongue, axis=2).max(axis=1) > _STILL
    around = np.flatnonzero(template.front & (_from_mouth(template) < _AROUND_MOUTH))
    mine = np.linalg.norm(source[:, template.vertices[around]][chosen])
    theirs = np.linalg.norm(fit.surface.nearest_points(fit.fitted[around]).carry(skin[chosen]))
    return float(theirs / mine) if mine > _STILL else mouth_similarity(fit).scale


def _from_mouth(template: Template) -> Doubles:
    """(H,) metres from the middle of the mouth."""
    return np.linalg.norm(template.points - template.points[template.mouth].mean(axis=0), axis=1)


def carried_vectors(similarity: LocalSimilarity, displacements: Doubles) -> Doubles:
    """Displacements (..., 3) of the template on the mesh."""
    return similarity.scale * (displacements @ similarity.turn.T)
