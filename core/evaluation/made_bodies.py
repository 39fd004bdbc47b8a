# SPDX-License-Identifier: GPL-3.0-or-later
"""What made heads stand on and wear: a torso grown from the neck's edge, limbs, hair; and tilted heads.

Everything here is still: no shape of the face moves it. Metres in head axes.
"""

from dataclasses import replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ..head import load_head
from .made_heads import Doubles, Indices, MadeHead
from .made_meshes import ball

Ring = tuple[float, float, float, float]
"""Metres: how far below the neck's edge, half a width, half a depth, how far in front of the neck."""

_BUST: Final[tuple[Ring, ...]] = (
    (0.02, 0.065, 0.062, 0.0),
    (0.045, 0.12, 0.075, 0.0),
    (0.075, 0.185, 0.095, 0.0),
    (0.12, 0.2, 0.105, 0.005),
    (0.18, 0.19, 0.115, 0.01),
    (0.24, 0.18, 0.115, 0.015),
)
"""Neck, shoulders and chest, cut open below."""
_FIGURE: Final[tuple[Ring, ...]] = (
    *_BUST,
    (0.33, 0.16, 0.1, 0.01),
    (0.45, 0.14, 0.095, 0.0),
    (0.58, 0.17, 0.11, 0.0),
    (0.75, 0.16, 0.11, 0.0),
    (1.0, 0.12, 0.09, 0.0),
    (1.3, 0.09, 0.08, 0.0),
    (1.4, 0.1, 0.11, 0.02),
)
"""Down to the feet, which stand together."""
_ARMS: Final = ((0.24, -0.47, -0.05), (-0.24, -0.47, -0.05))
_ARM: Final = (0.045, 0.3, 0.045)
_HAIR: Final = ((0.0, 0.06, -0.03), (0.105, 0.115, 0.1))
_FRINGE: Final = 9
"""Locks that hang over the brow."""


def with_bust(head: MadeHead) -> MadeHead:
    """Its neck goes over into shoulders, which are cut open."""
    return _grown(head, f"{head.name}, bust", _BUST, is_closed=False)


def with_figure(head: MadeHead) -> MadeHead:
    """It stands on a figure of about 1.7 m, in one piece with the neck; arms are pieces of their own."""
    grown = _grown(head, f"{head.name}, body", _FIGURE, is_closed=True)
    for centre in _ARMS:
        grown = _with_piece(grown, *_ellipsoid(centre, _ARM))
    return grown


def with_hair(head: MadeHead) -> MadeHead:
    """A shell around the back of its head, over the ears, and locks over the brow."""
    worn = _with_piece(head, *_ellipsoid(*_HAIR))
    brow = head.surface()[load_head().landmarks["face68"][17:27]]
    across = np.linspace(brow[:, 0].min(), brow[:, 0].max(), _FRINGE)
    top, front = brow[:, 1].max(), brow[:, 2].max()
    for number, middle in enumerate(across):
        lengths = np.linspace(0.045, -0.006 * (number % 3), 6)
        points = np.array(
            [
                (middle + side * 0.006, top + height, front + 0.006 - 1.2 * max(height, 0) ** 1.2)
                for height in lengths
                for side in (-1, 1)
            ]
        )
        first = np.arange(0, 2 * len(lengths) - 2, 2)
        halves = [
            np.column_stack([first, first + 2, first + 1]),
            np.column_stack([first + 1, first + 2, first + 3]),
        ]
        worn = _with_piece(worn, points, np.concatenate(halves))
    return replace(worn, name=f"{head.name}, hair")


def tilted(head: MadeHead, degrees: tuple[float, float, float]) -> MadeHead:
    """The head turned on a body that stays as it stands in the mesh.

    Args:
        head: upright.
        degrees: yaw to its left, pitch chin up, roll to its right.
    """
    turn = turn_of(degrees)
    return replace(head, body=head.body @ turn, linear=head.linear @ turn)


def turn_of(degrees: tuple[float, float, float]) -> Doubles:
    """(3, 3) rotation of a head by yaw, pitch and roll: `core.motion` has their signs."""
    yaw, pitch, roll = np.radians(degrees)
    cosine, sine = np.cos([yaw, -pitch, roll]), np.sin([yaw, -pitch, roll])
    about_y: Doubles = np.array([[cosine[0], 0, sine[0]], [0, 1, 0], [-sine[0], 0, cosine[0]]])
    about_x: Doubles = np.array([[1, 0, 0], [0, cosine[1], -sine[1]], [0, sine[1], cosine[1]]])
    about_z: Doubles = np.array([[cosine[2], -sine[2], 0], [sine[2], cosine[2], 0], [0, 0, 1]])
    return about_y @ about_x @ about_z


def _grown(head: MadeHead, name: str, rings: tuple[Ring, ...], *, is_closed: bool) -> MadeHead:
    """Rings below the edge of the neck, one under the other."""
    edge = neck_edge(head)
    points = head.in_head_axes()[edge]
    middle = points.mean(axis=0)
    around = points - middle
    angle = np.arctan2(around[:, 0], around[:, 2])
    count, first = len(edge), head.carry.shape[0] + len(head.body)
    positions, triangles, above = [], [], edge
    for number, (below, wide, deep, forward) in enumerate(rings):
        positions.append(
            middle
            + np.column_stack([wide * np.sin(angle), np.full(count, -below), deep * np.cos(angle) + forward])
        )
        under = first + number * count + np.arange(count)
        a, b = above, np.roll(above, -1)
        c, d = under, np.roll(under, -1)
        triangles += [np.column_stack([b, a, c]), np.column_stack([b, c, d])]
        above = under
    if is_closed:
        positions.append(positions[-1].mean(axis=0, keepdims=True))
        bottom = np.full(count, first + len(rings) * count)
        triangles.append(np.column_stack([np.roll(above, -1), above, bottom]))
    return replace(
        head,
        name=name,
        body=np.concatenate([head.body, *positions]),
        triangles=np.concatenate([head.triangles, *triangles]),
    )


def neck_edge(head: MadeHead) -> Indices:
    """(N,) vertices of the mesh around the open end of the neck, in the order of its triangles' edges."""
    faces = head.triangles[(head.triangles < head.carry.shape[0]).all(axis=1)]
    pairs = np.stack([faces, np.roll(faces, -1, axis=1)], axis=-1).reshape(-1, 2)
    known = {(a, b) for a, b in pairs.tolist()}
    after = {a: b for a, b in known if (b, a) not in known}
    loops = []
    while after:
        start, following = after.popitem()
        loop = [start]
        while following in after:
            loop.append(following)
            following = after.pop(following)
        if following == start:
            loops.append(np.array(loop))
    points = head.in_head_axes()
    return min(loops, key=lambda loop: points[loop, 1].mean())


def _ellipsoid(
    centre: tuple[float, float, float], radii: tuple[float, float, float]
) -> tuple[Doubles, Indices]:
    points, triangles = ball(24, 32)
    return points * radii + centre, triangles


def _with_piece(head: MadeHead, points: Doubles, triangles: NDArray[np.int64]) -> MadeHead:
    count = head.carry.shape[0] + len(head.body)
    return replace(
        head,
        body=np.concatenate([head.body, points]),
        triangles=np.concatenate([head.triangles, triangles + count]),
    )
