# SPDX-License-Identifier: GPL-3.0-or-later
"""The opening between two lids, as the eyeball sees it: what the skin does not cover around an eye's centre.

It does not matter how a mesh is made there: whether lids end in an open edge or turn inwards into a pocket.

Letters: N places from where lids part to where they do so on the other side, M from corner to corner, V
vertices.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from .surface import Surface

Doubles = NDArray[np.float64]

PLACES: Final = np.linspace(-1.0, 1.0, 25)
"""Where the rims of lids are looked at, from where they part at the right (-1) to the other end (1)."""
_PARTED: Final = 0.45
"""Part of the largest height of an opening at which it ends: corners run out into a line."""
_HALF: Final = np.radians(78)
"""How far to all sides is looked."""
_CELLS: Final = 104
_LAYERS: Final = 2.6
"""Radii of the eyeball within which skin counts: the nose bridge does not cover an eye."""
_OUTSIDE: Final = 0.9
"""Radii of the eyeball from which skin is not in it."""
_NEAR: Final = 40
_BESIDE: Final = 1.2
"""Samples that are looked at beside a rim, and how many cells they may be away."""
_EDGE: Final = 33
_FEWEST: Final = 12
"""Cells of an opening."""


@dataclass(frozen=True, eq=False)
class EyeOpening:
    """What is between the lids.

    Attributes:
        corners: (2, 2) azimuth and elevation, in radians, of the right and the left end of `PLACES`.
        upper: (N, 3) points of the upper lid's rim at `PLACES`.
        lower: (N, 3) those of the lower lid's.
        upper_edge: (M, 3) the upper rim as far as the lids part at all.
        lower_edge: (M, 3) the lower one.
        height: from rim to rim in its middle.
    """

    corners: Doubles
    upper: Doubles
    lower: Doubles
    upper_edge: Doubles
    lower_edge: Doubles
    height: float

    def places_of(self, points: Doubles, centre: Doubles) -> Doubles:
        """(V,) where points (V, 3) are from the right end (-1) to the left one (1), seen from the centre."""
        azimuth = _angles(points - centre)[:, 0]
        right, left = self.corners[:, 0]
        return 2 * (azimuth - right) / (left - right) - 1


def eye_opening(surface: Surface, centre: Doubles, radius: float) -> EyeOpening | None:
    """The opening in front of an eyeball, or None where the skin covers it all or leaves it all free.

    Args:
        surface: the skin, in head axes.
        centre: (3,) of the eyeball.
        radius: of the eyeball.
    """
    from scipy.ndimage import binary_closing, label

    samples = _samples(surface, centre, radius)
    # Sockets may reach through the eyeball: they cover nothing of what it sees.
    samples = samples[np.linalg.norm(samples - centre, axis=1) > _OUTSIDE * radius]
    if len(samples) == 0:
        return None
    angles = _angles(samples - centre)
    cells = np.floor((angles + _HALF) / (2 * _HALF) * _CELLS).astype(int)
    inside = ((cells >= 0) & (cells < _CELLS)).all(axis=1)
    samples, cells = samples[inside], cells[inside]
    covered = np.zeros((_CELLS, _CELLS), bool)
    covered[cells[:, 0], cells[:, 1]] = True
    covered = binary_closing(np.pad(covered, 2), iterations=1)[2:-2, 2:-2] | covered
    # Its stubs know no tuple of an array and a number.
    number: NDArray[np.int32] = label(~covered)[0]  # type: ignore[index]
    # The one that the middle of the picture belongs to, or is nearest to; one that reaches its rim is none.
    open_cells = np.argwhere(number > 0)
    order = np.argsort(((open_cells - _CELLS / 2) ** 2).sum(axis=1))
    chosen = number[tuple(open_cells[order].T)]
    chosen = chosen[np.bincount(number.ravel())[chosen] >= _FEWEST]
    if len(chosen) == 0:
        return None
    opening = number == chosen[0]
    if opening[[0, -1]].any() or opening[:, [0, -1]].any():
        return None
    return _rims(opening, samples, cells, centre, radius)


def _rims(
    opening: NDArray[np.bool_], samples: Doubles, cells: NDArray[np.int64], centre: Doubles, radius: float
) -> EyeOpening:
    """The rims of an opening in cells (azimuth, elevation), with the samples of the skin around it."""
    from scipy.spatial import KDTree

    columns = np.flatnonzero(opening.any(axis=1))
    low = np.array([np.flatnonzero(opening[column])[0] for column in columns]) - 1.0
    high = np.array([np.flatnonzero(opening[column])[-1] for column in columns]) + 1.0
    # The last of a corner is narrower than a cell or not, by chance: it is where lids are nearly together.
    wide = high - low - 1
    wide = np.convolve(np.pad(wide, 1, mode="edge"), np.ones(3) / 3, mode="valid")
    parted = np.flatnonzero(wide > _PARTED * wide.max())
    ends = []
    for inner, outer in ((parted[0], parted[0] - 1), (parted[-1], parted[-1] + 1)):
        share = 0.0
        if 0 <= outer < len(columns) and wide[inner] > wide[outer]:
            share = float((wide[inner] - _PARTED * wide.max()) / (wide[inner] - wide[outer]))
        place = columns[inner] + share * (outer - inner)
        ends.append([place, np.interp(place, columns, (low + high) / 2)])
    first, last = ends[0][0], ends[1][0]
    places = (first + last) / 2 + PLACES * (last - first) / 2
    along = np.concatenate([places, np.linspace(columns[0], columns[-1], _EDGE)])
    tree = KDTree(cells + 0.5)
    out = np.linalg.norm(samples - centre, axis=1)
    rims = []
    for edge in (high, low):
        wanted = np.stack([along, np.interp(along, columns, edge)], axis=1) + 0.5
        away, near = tree.query(wanted, k=min(_NEAR, len(cells)))
        away, near = away.reshape(len(wanted), -1), near.reshape(len(wanted), -1)
        # Lids are thick: they meet with their front edges.
        beside = away < away.min(axis=1, keepdims=True) + _BESIDE
        front = np.where(beside, out[near] / radius - 0.02 * away, -np.inf)
        weight = np.exp((front - front.max(axis=1, keepdims=True)) / 0.01)
        weight /= weight.sum(axis=1, keepdims=True)
        rims.append((samples[near] * weight[:, :, None]).sum(axis=1))
    corners = (np.array(ends) + 0.5) / _CELLS * 2 * _HALF - _HALF
    middle = len(PLACES) // 2
    height = float(np.linalg.norm(rims[0][middle] - rims[1][middle]))
    count = len(PLACES)
    upper, lower = rims
    return EyeOpening(corners, upper[:count], lower[:count], upper[count:], lower[count:], height)


def _angles(directions: Doubles) -> Doubles:
    """(N, 2) azimuth, to the subject's left, and elevation of directions (N, 3) in head axes."""
    return np.stack(
        [
            np.arctan2(directions[:, 0], directions[:, 2]),
            np.arctan2(directions[:, 1], np.hypot(directions[:, 0], directions[:, 2])),
        ],
        axis=1,
    )


def _samples(surface: Surface, centre: Doubles, radius: float) -> Doubles:
    """Points on the skin about an eye, so dense that no cell within a triangle is left out."""
    away = np.linalg.norm(surface.vertices - centre, axis=1)
    near = (away < _LAYERS * radius) & (surface.vertices[:, 2] > centre[2] - 0.2 * radius)
    triangles = surface.triangles[near[surface.triangles].any(axis=1)]
    corners = surface.vertices[triangles]
    if len(corners) == 0:
        return np.zeros((0, 3))
    spread = np.linalg.norm(corners - np.roll(corners, 1, axis=1), axis=2).max(axis=1)
    distance = np.maximum(np.linalg.norm(corners.mean(axis=1) - centre, axis=1), 0.3 * radius)
    steps = np.ceil(1.5 * spread / distance / (2 * _HALF / _CELLS)).astype(int).clip(1, 60)
    found = []
    for step in np.unique(steps):
        i, j = np.meshgrid(np.arange(step + 1), np.arange(step + 1), indexing="ij")
        inside = i + j <= step
        shares = np.stack([i[inside], j[inside], step - i[inside] - j[inside]], axis=1) / step
        found.append(np.einsum("sc,tcx->tsx", shares, corners[steps == step]).reshape(-1, 3))
    return np.concatenate(found)
