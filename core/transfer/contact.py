# SPDX-License-Identifier: GPL-3.0-or-later
"""What stays together, or comes together, on the target as it does on the built-in head: lips and lids.

A condition asks for how a vertex of one rim moves against the place of the other rim across from it.

Letters: V vertices of the target, S of the source's skin, N vertices of rims, C conditions, K shapes.
"""

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from ..head.eye_opening import eye_opening
from ..head.registration.lip_line import LipLine, lip_line
from ..head.registration.registration import Registration
from ..head.surface import Surface
from .pieces.eyeballs import Eyeball
from .source_skin import SourceSkin

Doubles = NDArray[np.float64]
Indices = NDArray[np.int64]
Sparse = Any

_TOGETHER: Final = 100.0
"""How strongly rims are held together, in units of the Laplacian."""
_OPEN: Final = 0.0005
"""Metres between rims of the source from which they are open."""
_CLOSED: Final = 0.9
"""Share of the opening from which a shape closes the lids whole."""
_OVERLAP: Final = 0.03
"""Part of an eye's height by which lids overlap that are closed."""
_PARTED: Final = 0.0015
"""Metres by which lips of the source that move against each other are parted."""
_AJAR: Final = 0.06
"""Part of jawOpen from which a mouth rests open: half a millimetre between the lips of a person is none."""
_NEAR_RIM: Final = 0.2
"""Radii of the eyeball within which a vertex is on the rim of a lid."""


@dataclass(frozen=True, eq=False)
class Rims:
    """Two rims across from each other, one above the other.

    Attributes:
        upper: (N,) vertices of the upper one, in the order of their places.
        lower: those of the lower one.
        upper_places: where each is along the rims, rising.
        lower_places: the same.
    """

    upper: Indices
    lower: Indices
    upper_places: Doubles
    lower_places: Doubles

    def across(self, count: int) -> tuple[Indices, Sparse]:
        """The vertices (C,) of both rims, and the places across from them: (C, V) sparse, shares."""
        from scipy.sparse import vstack

        vertices = np.concatenate([self.upper, self.lower])
        opposite = vstack(
            [
                _interpolation(self.upper_places, self.lower_places, self.lower, count),
                _interpolation(self.lower_places, self.upper_places, self.upper, count),
            ]
        ).tocsr()
        return vertices, opposite


@dataclass(frozen=True, eq=False)
class Conditions:
    """What is asked of the target's rims.

    Attributes:
        matrix: (C, V) sparse: how a vertex is displaced against the place across from it.
        strength: (C,).
        source: (C, S) sparse: the same on the source, at the same places.
        gaps: (C, 3) the way from the place across to the vertex at rest, on the target.
        source_gaps: (C, 3) on the source.
        sizes: (C,) how many times larger the target is.
        lids: the conditions that hold each pair of lids.
    """

    matrix: Sparse
    strength: Doubles
    source: Sparse
    gaps: Doubles
    source_gaps: Doubles
    sizes: Doubles
    lids: tuple[slice, ...]

    @property
    def lips(self) -> int:
        """How many of the conditions, the first ones, hold the lips."""
        return self.lids[0].start if self.lids else len(self.strength)

    def asked(self, displacement: Doubles, freely: Doubles) -> Doubles:
        """(C, 3) for a displacement (S, 3) of the source.

        Lips that the source keeps together stay together; as far as it parts them, they go as the target's
        triangles say. So do lids, but where the source closes them whole, the target's meet, however far
        apart they are, and overlap a little.

        Args:
            displacement: of the source.
            freely: (C, 3) what the conditions would find if nothing was asked.
        """
        relative = np.asarray(self.source @ displacement)
        parted = 1 - np.exp(-((np.linalg.norm(relative, axis=1, keepdims=True) / _PARTED) ** 2))
        result = parted * freely + (1 - parted) * self.sizes[:, None] * relative
        for rows in self.lids:
            gap, mine = self.gaps[rows, 1], self.source_gaps[rows, 1]
            is_open = np.abs(mine) > _OPEN
            if not is_open.any():
                continue
            result[rows] = freely[rows]
            closed = np.median(-relative[rows, 1][is_open] / mine[is_open])
            if closed > _CLOSED:
                height = np.abs(gap).max()
                result[rows, 1] = -gap - np.sign(gap) * _OVERLAP * height
        return result

    def closing(self, displacement: Doubles, opened: Doubles, opening: Doubles) -> Doubles:
        """(C, 3) for a displacement (S, 3) of the source that takes back how another one parts the lips.

        Args:
            displacement: of the source: mouthClose.
            opened: (S, 3) what it takes back: jawOpen.
            opening: (C, 3) what that does to the target's rims.
        """
        return self.sizes[:, None] * np.asarray(self.source @ (displacement + opened)) - opening

    def jaw_at_rest(self, jaw_open: Doubles) -> float:
        """How much of jawOpen (S, 3) parts the source's lips as the target's are at rest; 0 if they meet."""
        rows = slice(0, self.lips)
        gap = self.gaps[rows, 1]
        opening = np.asarray(self.source[rows] @ jaw_open)[:, 1] * self.sizes[rows]
        # Above and below count alike: to both the other lip is across.
        gap, opening = np.abs(gap) * np.sign(gap * opening), np.abs(opening)
        if not len(gap) or not opening.max(initial=0.0) > 0:
            return 0.0
        inner = opening > np.median(opening)
        share = float(np.median(gap[inner] / opening[inner]))
        return share if share > _AJAR else 0.0

    def shut(self, freely: Doubles) -> Doubles:
        """(C, 3) for what brings lips together that rest apart, and leaves lids as they are.

        Args:
            freely: (C, 3) what the conditions find if nothing is asked.
        """
        result = np.zeros_like(freely)
        result[: self.lips] = freely[: self.lips]
        # As the source's lips, which overlap a little.
        rows = slice(0, self.lips)
        result[rows, 1] = self.sizes[rows] * self.source_gaps[rows, 1] - self.gaps[rows, 1]
        return result


def contact_conditions(
    fit: Registration, skin: SourceSkin, sizes: Doubles, balls: dict[str, Eyeball]
) -> Conditions | None:
    """What is to be held: lips where they meet, lids where they close; None where the mesh has neither.

    Args:
        fit: the target.
        skin: the source.
        sizes: (S,) of `SourceSkin.sizes`.
        balls: the target's eyeballs.
    """
    lip_pairs: list[tuple[Rims, Rims]] = []
    lid_pairs: list[tuple[Rims, Rims]] = []
    if fit.lips is not None and fit.lips.is_slit:
        line = lip_line(fit.surface, fit.lips)
        lip_pairs.append((_lip_rims(fit.surface, line), _source_lips(skin)))
    for side in balls:
        target_rims = lid_rims(fit, skin, balls, side)
        source_rims = _lid_rims(skin.surface, *skin.balls[side])
        if target_rims is not None and source_rims is not None:
            lid_pairs.append((target_rims, source_rims))
    parts = [_conditions(*pair, fit.surface, skin, sizes) for pair in (*lip_pairs, *lid_pairs)]
    if not parts:
        return None
    from scipy.sparse import vstack

    ends = np.cumsum([len(part.gaps) for part in parts]).tolist()
    spans = [slice(end - len(part.gaps), end) for part, end in zip(parts, ends, strict=True)]
    return Conditions(
        vstack([part.matrix for part in parts]).tocsr(),
        np.concatenate([part.strength for part in parts]),
        vstack([part.source for part in parts]).tocsr(),
        np.concatenate([part.gaps for part in parts]),
        np.concatenate([part.source_gaps for part in parts]),
        np.concatenate([part.sizes for part in parts]),
        tuple(spans[len(lip_pairs) :]),
    )


def lid_rims(fit: Registration, skin: SourceSkin, balls: dict[str, Eyeball], side: str) -> Rims | None:
    """The rims of a target's lids; None where its skin shows no opening."""
    ball = balls[side]
    if ball.seen:
        return _lid_rims(fit.surface, ball.centre, ball.radius)
    # Behind the lids as deep as the built-in head's.
    ring = skin.template.eyes[side]
    mine, theirs = skin.template.points[ring], fit.fitted[ring]
    size = float(np.ptp(theirs[:, 0]) / np.ptp(mine[:, 0]))
    centre, radius = skin.balls[side]
    return _lid_rims(fit.surface, theirs.mean(axis=0) + size * (centre - mine.mean(axis=0)), size * radius)


def _conditions(target: Rims, source: Rims, surface: Surface, skin: SourceSkin, sizes: Doubles) -> Conditions:
    from scipy.sparse import vstack

    vertices, opposite = target.across(len(surface.vertices))
    matrix = _selection(vertices, len(surface.vertices)) - opposite
    count = len(skin.vertices)
    # The source at the places of the target's rims, and across from them.
    upper = _interpolation(target.upper_places, source.upper_places, source.upper, count)
    over = _interpolation(target.upper_places, source.lower_places, source.lower, count)
    lower = _interpolation(target.lower_places, source.lower_places, source.lower, count)
    under = _interpolation(target.lower_places, source.upper_places, source.upper, count)
    mine = vstack([upper - over, lower - under]).tocsr()
    return Conditions(
        matrix.tocsr(),
        np.full(len(vertices), _TOGETHER),
        mine,
        np.asarray(matrix @ surface.vertices),
        np.asarray(mine @ skin.surface.vertices),
        np.asarray(vstack([upper, lower]).tocsr() @ sizes),
        (),
    )


def _source_lips(skin: SourceSkin) -> Rims:
    """The inner edges of the built-in head's lips, which shapes of a closed mouth keep together."""
    outer = skin.template
    surface = Surface(outer.points, outer.triangles, outer.vertices)
    line = lip_line(surface, outer.lips)
    is_upper = outer.towards_chin[outer.rim] < 0
    rims = _sorted(
        outer.rim[is_upper],
        outer.rim[~is_upper],
        line.places_of(outer.points[outer.rim[is_upper]]),
        line.places_of(outer.points[outer.rim[~is_upper]]),
    )
    return Rims(skin.outer[rims.upper], skin.outer[rims.lower], rims.upper_places, rims.lower_places)


def _lip_rims(surface: Surface, line: LipLine) -> Rims:
    return _sorted(
        line.upper_rim,
        line.lower_rim,
        line.places_of(surface.vertices[line.upper_rim]),
        line.places_of(surface.vertices[line.lower_rim]),
    )


def _lid_rims(surface: Surface, centre: Doubles, radius: float) -> Rims | None:
    """The vertices on the rims of both lids; None where the mesh shows no opening."""
    opening = eye_opening(surface, centre, radius)
    if opening is None:
        return None
    upper = _on_rim(surface, opening.upper_edge, radius)
    lower = np.setdiff1d(_on_rim(surface, opening.lower_edge, radius), upper)
    if len(upper) < 2 or len(lower) < 2:
        return None
    return _sorted(
        upper,
        lower,
        opening.places_of(surface.vertices[upper], centre),
        opening.places_of(surface.vertices[lower], centre),
    )


def _on_rim(surface: Surface, rim: Doubles, radius: float) -> Indices:
    from scipy.spatial import KDTree

    away, near = (np.asarray(each) for each in KDTree(surface.vertices).query(rim))
    return np.unique(near[away < _NEAR_RIM * radius])


def _sorted(upper: Indices, lower: Indices, upper_places: Doubles, lower_places: Doubles) -> Rims:
    first, second = np.argsort(upper_places), np.argsort(lower_places)
    return Rims(upper[first], lower[second], upper_places[first], lower_places[second])


def _selection(vertices: Indices, count: int) -> Sparse:
    from scipy.sparse import csr_matrix

    rows = np.arange(len(vertices))
    return csr_matrix((np.ones(len(vertices)), (rows, vertices)), shape=(len(vertices), count))


def _interpolation(places: Doubles, knots: Doubles, vertices: Indices, count: int) -> Sparse:
    """(C, V) sparse: values at places (C,) between those of vertices (N,) at rising knots (N,)."""
    from scipy.sparse import csr_matrix

    after = np.searchsorted(knots, places).clip(1, len(knots) - 1)
    before = after - 1
    step = knots[after] - knots[before]
    share = np.clip((places - knots[before]) / np.where(step > 0, step, 1), 0, 1)
    rows = np.arange(len(places))
    return csr_matrix(
        (
            np.concatenate([1 - share, share]),
            (np.concatenate([rows, rows]), np.concatenate([vertices[before], vertices[after]])),
        ),
        shape=(len(places), count),
    )
