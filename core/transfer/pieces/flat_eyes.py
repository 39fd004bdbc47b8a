# SPDX-License-Identifier: GPL-3.0-or-later
"""Eyes of drawn figures that are no balls: an iris on a plate of its own slides over what is white.

Letters: K shapes, N vertices of an island, V of the built-in head.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ...head.registration import Registration
from ...head.registration.template_face import template_face
from .affine_field import AffineField
from .eyeballs import Eyeball, near_islands

Doubles = NDArray[np.float64]
Indices = NDArray[np.int64]

_LARGE: Final = 0.2
"""Part of the eye's width that a plate is wide and high, at least."""
_WHITE: Final = 0.75
"""Part of the eye's width from which a plate is the white."""
_BESIDE: Final = 0.25
"""How far from the opening's middle a plate's may be, as a part of the eye's width; brows are farther."""
_FULL: Final = 0.5
"""Share of its box that a plate covers, seen from the front; strips are bent and cover less."""
_ROUND: Final = 0.5
"""Ratio of an iris' two sides, at least."""
_IN_FRONT: Final = 0.1
"""Widths of the eye that a plate may lie in front of the lids: glasses lie farther out."""
_FREE: Final = 0.15
"""Part of the opening's width and height that an iris may slide, where it fills it."""


@dataclass(frozen=True, eq=False)
class FlatEye:
    """The plates of an eye.

    Attributes:
        irises: numbers of the islands that slide.
        whites: of those that stand still.
        middle: (3,) of the irises.
        free: (2,) metres that they may slide to each side, and up and down.
    """

    irises: tuple[int, ...]
    whites: tuple[int, ...]
    middle: Doubles
    free: Doubles


def flat_eye(fit: Registration, side: str, eye: Eyeball) -> FlatEye | None:
    """The plates behind an opening between lids, where no ball was seen; None without an iris."""
    if eye.seen:
        return None
    others = fit.others
    ring = fit.fitted[template_face().eyes[side]]
    low, high = ring.min(axis=0), ring.max(axis=0)
    middle, opening = (low + high) / 2, (high - low)[:2]
    width = float(opening[0])
    found: dict[bool, list[int]] = {True: [], False: []}
    boxes = []
    for island, vertices in near_islands(others, middle, 1.5 * width).items():
        points = others.vertices[vertices]
        size = np.ptp(points[:, :2], axis=0)
        centre = (points.min(axis=0) + points.max(axis=0)) / 2
        if (
            size.min() < _LARGE * width
            or np.abs(centre - middle)[:2].max() > _BESIDE * width
            or points[:, 2].max() > high[2] + _IN_FRONT * width
            or _seen_area(fit, island) < _FULL * size.prod()
        ):
            continue
        is_iris = bool(size[0] < _WHITE * width and size.min() > _ROUND * size.max())
        found[is_iris].append(island)
        if is_iris:
            boxes.append((points.min(axis=0), points.max(axis=0)))
    if not boxes:
        return None
    start, end = np.min([box[0] for box in boxes], axis=0), np.max([box[1] for box in boxes], axis=0)
    free = np.maximum((opening - (end - start)[:2]) / 2, _FREE * opening)
    return FlatEye(tuple(found[True]), tuple(found[False]), (start + end) / 2, free)


def sliding(flat: FlatEye, eye: Eyeball, turning: AffineField) -> AffineField:
    """How an iris slides: as the front of a ball would move, seen from ahead, and no further than it may.

    Args:
        flat: the plates.
        eye: the ball that would be there.
        turning: what each shape would do to it.
    """
    front = eye.centre + eye.radius * eye.front
    shift = turning.at(front[None])[:, 0]
    shift[:, 2] = 0
    furthest = np.abs(shift[:, :2]).max(axis=0, initial=0.0)
    shift[:, :2] *= np.minimum(1, flat.free / np.maximum(furthest, 1e-9))
    return AffineField(np.zeros_like(turning.linear), shift)


def _seen_area(fit: Registration, island: int) -> float:
    """Area of an island's triangles as seen from the front."""
    others = fit.others
    corners = others.triangles[others.islands[others.triangles[:, 0]] == island]
    a, b, c = (others.vertices[corners[:, each], :2] for each in range(3))
    one, other = b - a, c - a
    return float(np.abs(one[:, 0] * other[:, 1] - one[:, 1] * other[:, 0]).sum() / 2)
