# SPDX-License-Identifier: GPL-3.0-or-later
"""What lies in a mouth: upper and lower teeth, tongue, the lining; in pieces of any kind.

Teeth may be arches with or without gums, single teeth, both arches in one piece, or one with the tongue.

Letters: I islands, P vertices of all pieces, T triangles.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

from ...head.registration import Registration
from ...head.registration.template_face import template_face
from ...head.surface import Surface
from .bite import find_bite, usual_bite
from .jaw import mouth_similarity
from .lining import linings
from .mouth_match import above_below, from_tongue, mouth_match

Doubles = NDArray[np.float64]
Indices = NDArray[np.int64]
Booleans = NDArray[np.bool_]

MouthRole = Literal["teeth_upper", "teeth_lower", "teeth", "tongue", "lining"]
"""`teeth`: both arches in one piece."""

_BOX: Final = ((-0.06, -0.09, -0.01), (0.06, 0.01, 0.13))
"""Metres on the template, about twice the size of its mouth's inside: pieces of mouths lie in it."""
_BEHIND: Final = (0.001, 0.008, 0.85)
"""So many metres behind the face's front within so many metres lies so much of what is in a mouth."""
_OUTSIDE: Final = (0.008, 0.6)
"""So many metres off the skin so much of a beard lies; teeth are behind it or deeper in the mouth."""
_FILLED: Final = 0.15
"""Share of an arch's rear half that lies between its ends, at most: tongues have 0.4 there, arches none."""
_BETWEEN: Final = 0.22
"""Part of the width, to each side of the middle, that is between the ends of an arch."""
_INWARD: Final = 0.35
"""Mean cosine of a surface's normals to its middle from which it is seen from inside."""
_NARROWER: Final = 0.93
"""Part of the teeth's width that a tongue has, at most."""
_SINGLE: Final = 0.4
"""Part of the teeth's width below which a piece is a single tooth."""
_BOTH: Final = 0.3
"""Share of a piece on the other side of the bite from which it holds both arches."""
_OVERLAP: Final = 0.004
"""Metres on the template by which incisors of one arch reach past the edges of the other's, at most."""
_PALATE: Final = 0.011
"""Metres above the bite from which there is no tongue."""
_FLOOR: Final = -0.006
"""Metres above the bite to which a tongue rises at least."""


@dataclass(frozen=True, eq=False)
class MouthParts:
    """What is in the mouth.

    Attributes:
        roles: island -> what it is.
        lower: (P,) how much each vertex goes with the lower jaw, 0..1, tongues not counted.
        tongue: (P,) how much each goes with the tongue.
        places: (P, 3) where each vertex is on the template.
    """

    roles: Mapping[int, MouthRole]
    lower: Doubles
    tongue: Doubles
    places: Doubles


@dataclass(frozen=True, eq=False)
class _Shape:
    """An island in the template's mouth: its box, and how its area lies in it."""

    low: Doubles
    high: Doubles
    centres: Doubles
    areas: Doubles
    inward: float
    filled: float

    @property
    def size(self) -> Doubles:
        return self.high - self.low


def mouth_parts(fit: Registration, taken: Booleans) -> MouthParts:
    """Find what lies in the mouth.

    Args:
        fit: of the mesh.
        taken: (I,) islands of `fit.others` that are something else.
    """
    others = fit.others
    similarity = mouth_similarity(fit)
    places = similarity.inverse(others.vertices)
    usual = usual_bite(fit, similarity)
    bags = linings(fit, places, taken)
    inside = _inside(fit, places) & ~taken
    inside[bags] = False
    shapes = _shapes(others, places, ~inside)
    roles: dict[int, MouthRole] = _kinds(shapes)
    roles.update(dict.fromkeys(bags, "lining"))
    teeth = [island for island, role in roles.items() if role == "teeth"]
    width = _width(shapes)
    arches = [island for island in teeth if shapes[island].size[0] > _SINGLE * width]
    lower, tongue = np.zeros(len(places)), np.zeros(len(places))
    if "tongue" not in roles.values():
        for island in arches:
            if shapes[island].filled > _FILLED:
                mine = others.islands == island
                tongue[mine] = _tongue_in(places[mine], others.areas[mine], usual.above(places[mine]))
    areas = others.areas * (1 - tongue)
    sets = {island: others.islands == island for island in teeth}
    bite = find_bite(usual, places, areas, list(sets.values()), [sets[island] for island in arches], width)
    height = bite.above(places)
    for island in sorted(teeth, key=lambda island: island not in arches):
        mine = sets[island]
        share = float(areas[mine & (height > 0)].sum() / max(areas[mine].sum(), 1e-12))
        both = _both(others, places, mine & (tongue < 0.5)) if [island] == arches else None
        if both is None and len(arches) > 1 and island in arches and min(share, 1 - share) > _BOTH:
            both = height
        if both is not None:
            lower[mine] = _split(others.part(mine), both[mine], tongue[mine])
            continue
        if island not in arches:
            share = _in_gum(others, mine, {arch: roles[arch] for arch in arches}, share)
        roles[island] = "teeth_upper" if share > 0.5 else "teeth_lower"
        lower[mine] = share <= 0.5
    for island, role in roles.items():
        if role == "tongue":
            tongue[others.islands == island] = 1
    return MouthParts(roles, lower * (1 - tongue), tongue, places)


def _inside(fit: Registration, places: Doubles) -> Booleans:
    """(I,) islands that lie in the mouth."""
    from scipy.spatial import KDTree

    islands = fit.others.islands
    count = int(islands.max(initial=-1)) + 1
    size = np.bincount(islands, minlength=count)
    fits = ((places > _BOX[0]) & (places < _BOX[1])).all(axis=1)
    result = np.bincount(islands, fits, minlength=count) == size
    chosen = np.flatnonzero(result[islands])
    if len(chosen) == 0:
        return result
    points = fit.others.vertices[chosen]
    template = template_face()
    skin = Surface(fit.fitted, template.triangles, template.vertices)
    behind, beside, share = _BEHIND
    front = np.full(len(chosen), -np.inf)
    around = KDTree(skin.vertices[:, :2]).query_ball_point(points[:, :2], beside)
    for row, near in enumerate(around):
        front[row] = skin.vertices[near, 2].max(initial=-np.inf)
    hidden = points[:, 2] < front - behind
    result &= np.bincount(islands[chosen], hidden, minlength=count) >= share * size
    found = skin.nearest_points(points)
    away = points - found.positions
    far = np.linalg.norm(away, axis=1)
    reach, share = _OUTSIDE
    outside = ((away * found.carry(skin.normals)).sum(axis=1) > 0.35 * far) & (far < reach)
    return result & (np.bincount(islands[chosen], outside, minlength=count) <= share * size)


def _shapes(others: Surface, places: Doubles, left_out: Booleans) -> dict[int, _Shape]:
    """The islands that are not left out (I,), on the template."""
    a, b, c = (places[others.triangles[:, corner]] for corner in range(3))
    cross = np.cross(b - a, c - a)
    double = np.linalg.norm(cross, axis=1)
    normals = cross / np.where(double > 0, double, 1)[:, None]
    middles = (a + b + c) / 3
    of_triangle = others.islands[others.triangles[:, 0]]
    shapes = {}
    for island in np.flatnonzero(~left_out):
        rows = np.flatnonzero(of_triangle == island)
        if len(rows) == 0 or not double[rows].sum() > 0:
            continue
        points = places[others.islands == island]
        low, high = points.min(axis=0), points.max(axis=0)
        middle, centres, areas = (low + high) / 2, middles[rows], double[rows] / 2
        ray = middle - centres
        cosine = (ray * normals[rows]).sum(axis=1) / np.maximum(np.linalg.norm(ray, axis=1), 1e-9)
        rear = centres[:, 2] < middle[2]
        between = rear & (np.abs(centres[:, 0] - middle[0]) < _BETWEEN * (high - low)[0])
        filled = areas[between].sum() / max(areas[rear].sum(), 1e-12)
        inward = float(areas @ cosine / areas.sum())
        shapes[int(island)] = _Shape(low, high, centres, areas, inward, float(filled))
    return shapes


def _width(shapes: Mapping[int, _Shape]) -> float:
    """Of the teeth: the widest arch, or where there is none the row of single teeth."""
    arches = [shape.size[0] for shape in shapes.values() if shape.filled < _FILLED]
    whole = 0.0
    if shapes:
        low = min(shape.low[0] for shape in shapes.values())
        whole = max(shape.high[0] for shape in shapes.values()) - low
    widest = max(arches, default=0.0)
    return widest if widest > _SINGLE * whole else whole


def _kinds(shapes: Mapping[int, _Shape]) -> dict[int, MouthRole]:
    """Island -> lining, tongue or (some kind of) teeth."""
    roles: dict[int, MouthRole] = dict.fromkeys(shapes, "teeth")
    for island, shape in shapes.items():
        rest = [other for other in shapes if other != island]
        surrounds = all(
            (shape.low < shapes[other].low + 0.003).all() and (shape.high > shapes[other].high - 0.006).all()
            for other in rest
        )
        if rest and shape.inward > _INWARD and shape.filled > _FILLED and surrounds:
            roles[island] = "lining"
    teeth = {island: shape for island, shape in shapes.items() if roles[island] != "lining"}
    width = _width(teeth)
    large = [island for island, shape in teeth.items() if shape.size[0] > _SINGLE * width]
    filled = [island for island in large if teeth[island].filled > _FILLED]
    narrow = [island for island in filled if teeth[island].size[0] < _NARROWER * width]
    if len(large) - len(filled) < 2:
        # With an arch missing this may be one with a tongue.
        narrow = [island for island in filled if _is_tongue_alone(teeth[island])]
    if narrow:
        roles[max(narrow, key=lambda island: teeth[island].size[2] / teeth[island].size[0])] = "tongue"
    return roles


def _is_tongue_alone(shape: _Shape) -> bool:
    return mouth_match(shape.centres, shape.areas).names == ("tongue",)


def _both(others: Surface, places: Doubles, teeth: Booleans) -> Doubles | None:
    """(P,) how far above the lower arch each vertex of a piece of teeth (P,) is; None of a single arch."""
    found = above_below(places[teeth], others.areas[teeth]) if teeth.any() else None
    if found is None:
        return None
    result = np.zeros(len(places))
    result[teeth] = found
    return result


def _in_gum(others: Surface, tooth: Booleans, arches: Mapping[int, MouthRole], share: float) -> float:
    """Whether a single tooth (P,) grows in the upper gum (1) or the lower (0); its share above the bite where
    there are no two gums."""
    from scipy.spatial import KDTree

    away = {}
    for role in ("teeth_upper", "teeth_lower"):
        mine = np.isin(others.islands, [arch for arch, of in arches.items() if of == role])
        if not mine.any():
            return share
        away[role] = KDTree(others.vertices[mine]).query(others.vertices[tooth])[0].min()
    return float(away["teeth_upper"] < away["teeth_lower"])


def _split(piece: Surface, height: Doubles, tongue: Doubles) -> Doubles:
    """(N,) how much each vertex of a piece with both arches belongs to the lower one.

    What is far above or below the bite is clear. Between, where incisors overlap, it is the distance along
    the surface that tells; where both arches are one sheet, that is the height again.
    """
    from_above = piece.distances_from(np.flatnonzero((height > _OVERLAP) & (tongue < 0.5)))
    from_below = piece.distances_from(np.flatnonzero((height < -_OVERLAP) | (tongue > 0.5)))
    share = from_above / np.maximum(from_above + from_below, 1e-12)
    return _smooth_step((share - 0.4) / 0.2)


def _tongue_in(places: Doubles, areas: Doubles, height: Doubles) -> Doubles:
    """(N,) how much each vertex of a piece of teeth belongs to the tongue that is one with it.

    It lies where the built-in head's tongue lies beside its teeth, and rises about as high as they do; a
    floor does not, and a palate is higher.
    """
    within = _smooth_step((0.6 - from_tongue(mouth_match(places, areas))) / 0.2)
    within *= _smooth_step((_PALATE - height) / 0.003)
    inner = within > 0.9
    if not inner.any() or np.quantile(height[inner], 0.9) < _FLOOR:
        return np.zeros(len(places))
    return within


def _smooth_step(values: Doubles) -> Doubles:
    clipped = np.clip(values, 0, 1)
    return clipped * clipped * (3 - 2 * clipped)
