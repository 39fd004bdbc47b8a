# SPDX-License-Identifier: GPL-3.0-or-later
"""Rotations between the ways to write them: angles, matrices, quaternions, vectors, Euler orders, axis angle.

F is the number of frames. Matrices turn columns (R @ v); quaternions are w, x, y, z with unit length. Angles
are in radians unless a name says degrees. Conversions to what channels hold are continuous over the frames:
of the many ways to write one rotation the nearest to the frame before is taken, so that curves between
keys do not turn the long way round.
"""

from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]

EULER_ORDERS: Final = ("XYZ", "XZY", "YXZ", "YZX", "ZXY", "ZYX")
"""Blender's names: "XYZ" turns about X first, R = Rz Ry Rx."""

_ODD_ORDERS: Final = ("XZY", "YXZ", "ZYX")
"""Orders that are an odd permutation of XYZ: the signs of their angles are turned round."""

_LOCKED: Final = 1e-6
"""Cosine of the middle Euler angle below which the outer two turn about one axis (gimbal lock)."""

_STILL: Final = 1e-7
"""Radians below which a rotation has no axis of its own."""

_SOFT_FROM: Final = 0.7
"""Share of a limit from which on angles are bent; below, they are as they were. Our own choice."""

_TURN: Final = 2 * np.pi


def matrices_from_angles(angles: ArrayLike) -> Floats:
    """Rotations (..., 3, 3) of yaw, pitch, roll (..., 3) as `FaceMotion.head_rotation` has them.

    R = Ry(yaw) Rx(-pitch) Rz(roll) in head axes (x = the subject's left, y = up, z = out of the face).
    """
    yaw, pitch, roll = np.moveaxis(np.asarray(angles, np.float64), -1, 0)
    return matrices_from_euler(np.stack([-pitch, yaw, roll], axis=-1), "ZXY")


def matrices_from_euler(euler: ArrayLike, order: str) -> Floats:
    """Rotations (..., 3, 3) of Euler angles (..., 3), always about X, Y, Z whatever the order."""
    euler = np.asarray(euler, np.float64)
    result = None
    for name in order:
        axis = "XYZ".index(name)
        turned = _about(axis, euler[..., axis])
        result = turned if result is None else turned @ result
    assert result is not None
    return result


def _about(axis: int, angle: ArrayLike) -> Floats:
    """Rotations (..., 3, 3) about one axis."""
    cosine, sine = np.cos(angle), np.sin(angle)
    result = np.zeros((*np.shape(angle), 3, 3))
    first, second = (axis + 1) % 3, (axis + 2) % 3
    result[..., axis, axis] = 1
    result[..., first, first] = cosine
    result[..., second, second] = cosine
    result[..., second, first] = sine
    result[..., first, second] = -sine
    return result


def matrices_from_quaternions(quaternions: ArrayLike) -> Floats:
    """Rotations (..., 3, 3) of quaternions (..., 4), which need not have unit length; zero turns nothing."""
    q = np.asarray(quaternions, np.float64)
    length = np.linalg.norm(q, axis=-1, keepdims=True)
    q = np.where(length > 0, q / np.where(length > 0, length, 1), (1.0, 0.0, 0.0, 0.0))
    w, x, y, z = np.moveaxis(q, -1, 0)
    rows = [
        [1 - 2 * (y * y + z * z), 2 * (x * y - z * w), 2 * (x * z + y * w)],
        [2 * (x * y + z * w), 1 - 2 * (x * x + z * z), 2 * (y * z - x * w)],
        [2 * (x * z - y * w), 2 * (y * z + x * w), 1 - 2 * (x * x + y * y)],
    ]
    return np.stack([np.stack(row, axis=-1) for row in rows], axis=-2)


def matrices_from_axis_angle(values: ArrayLike) -> Floats:
    """Rotations (..., 3, 3) of an angle and an axis (..., 4), which need not have unit length."""
    values = np.asarray(values, np.float64)
    half = values[..., :1] / 2
    axis = values[..., 1:]
    length = np.linalg.norm(axis, axis=-1, keepdims=True)
    unit = axis / np.where(length > 0, length, 1)
    return matrices_from_quaternions(np.concatenate([np.cos(half), np.sin(half) * unit], axis=-1))


def quaternions_from_matrices(matrices: ArrayLike, before: ArrayLike | None = None) -> Floats:
    """Quaternions (F, 4) of rotations (F, 3, 3), each on the side of the one before.

    The largest component is found first and the others divided by it (Shepperd, Journal of Guidance and
    Control 1(3), 1978).

    Args:
        matrices: (F, 3, 3).
        before: (4,) what the first is to be near to; by default no turn.
    """
    r = np.asarray(matrices, np.float64)
    trace = np.trace(r, axis1=-2, axis2=-1)
    diagonal = np.stack([r[..., 0, 0], r[..., 1, 1], r[..., 2, 2]], axis=-1)
    squares = np.concatenate([1 + trace[..., None], 1 + 2 * diagonal - trace[..., None]], axis=-1)
    differences = np.stack(
        [r[..., 2, 1] - r[..., 1, 2], r[..., 0, 2] - r[..., 2, 0], r[..., 1, 0] - r[..., 0, 1]], axis=-1
    )
    sums = r + np.swapaxes(r, -1, -2)
    # Row i holds 4 q_i q_j.
    products = np.zeros((*r.shape[:-2], 4, 4))
    products[..., 0, 1:] = products[..., 1:, 0] = differences
    products[..., 1:, 1:] = sums
    for component in range(4):
        products[..., component, component] = squares[..., component]
    largest = squares.argmax(axis=-1)
    q = np.take_along_axis(products, largest[..., None, None], axis=-2)[..., 0, :]
    q = q / np.linalg.norm(q, axis=-1, keepdims=True)
    return q * _signs(q, (1.0, 0.0, 0.0, 0.0) if before is None else before)[:, None]


def vectors_from_quaternions(quaternions: ArrayLike) -> Floats:
    """Rotation vectors (..., 3), axis times angle in radians, of quaternions (..., 4), by the shorter way."""
    q = np.asarray(quaternions, np.float64)
    q = q * np.where(q[..., :1] < 0, -1.0, 1.0)
    sine = np.linalg.norm(q[..., 1:], axis=-1, keepdims=True)
    angle = 2 * np.arctan2(sine, q[..., :1])
    return q[..., 1:] * np.where(sine > 0, angle / np.where(sine > 0, sine, 1), 2.0)


def quaternions_from_vectors(vectors: ArrayLike) -> Floats:
    """Quaternions (..., 4) of rotation vectors (..., 3); they change as smoothly as the vectors."""
    vectors = np.asarray(vectors, np.float64)
    half = np.linalg.norm(vectors, axis=-1, keepdims=True) / 2
    # NumPy's sinc is that of pi x.
    return np.concatenate([np.cos(half), vectors * np.sinc(half / np.pi) / 2], axis=-1)


def multiplied(first: ArrayLike, second: ArrayLike) -> Floats:
    """Quaternions (..., 4) of the rotations first @ second: the second turns about the first's own axes."""
    one, other = np.asarray(first, np.float64), np.asarray(second, np.float64)
    w, x, y, z = np.moveaxis(one, -1, 0)
    a, b, c, d = np.moveaxis(other, -1, 0)
    return np.stack(
        [
            w * a - x * b - y * c - z * d,
            w * b + x * a + y * d - z * c,
            w * c - x * d + y * a + z * b,
            w * d + x * c - y * b + z * a,
        ],
        axis=-1,
    )


def _signs(vectors: Floats, before: ArrayLike) -> Floats:
    """1 or -1 (F,) so that each vector (F, N) lies on the side of the one before."""
    previous = np.concatenate([np.asarray(before, np.float64)[None], vectors[:-1]])
    same = np.sum(previous * vectors, axis=-1) >= 0
    return np.multiply.accumulate(2.0 * same - 1.0)


def axis_angle_from_matrices(matrices: ArrayLike, before: ArrayLike | None = None) -> Floats:
    """Angle and axis (F, 4) of rotations (F, 3, 3): angle, x, y, z, as Blender's channels.

    The axis never jumps to its opposite, so the angle may be negative or beyond half a turn. Where nothing
    is turned, the axis stays where it was.

    Args:
        matrices: (F, 3, 3).
        before: (4,) what the first is to be near to; by default no turn about Y.
    """
    start = np.array((0.0, 0.0, 1.0, 0.0) if before is None else before, np.float64)
    q = quaternions_from_matrices(matrices)
    q = q * np.where(q[:, :1] < 0, -1.0, 1.0)
    sine = np.linalg.norm(q[:, 1:], axis=1)
    angle = 2 * np.arctan2(sine, q[:, 0])
    turned = angle > _STILL
    axis = np.concatenate([start[None, 1:], q[:, 1:] / np.where(turned, sine, 1)[:, None]])
    last = np.maximum.accumulate(np.where(np.concatenate([[True], turned]), np.arange(len(axis)), 0))
    axis = axis[last][1:]
    sign = _signs(axis, start[1:])
    return np.concatenate([_unwrap((angle * sign)[:, None], start[:1]), axis * sign[:, None]], axis=1)


def euler_from_matrices(matrices: ArrayLike, order: str, before: ArrayLike | None = None) -> Floats:
    """Euler angles (F, 3) about X, Y, Z of rotations (F, 3, 3), each nearest to the frame before.

    Of the two ways to write a rotation, and of all whole turns, those are taken that change the angles
    least. At gimbal lock the last angle stays as it was and the first takes all of the turn.

    Args:
        matrices: (F, 3, 3).
        order: one of `EULER_ORDERS`.
        before: (3,) what the first is to be near to; by default no turn.
    """
    r = np.asarray(matrices, np.float64)
    start = np.zeros(3) if before is None else np.asarray(before, np.float64)
    i, j, k = ("XYZ".index(name) for name in order)
    sign = -1.0 if order in _ODD_ORDERS else 1.0
    cosine = np.hypot(r[:, i, i], r[:, j, i])
    both = np.empty((2, len(r), 3))
    both[0, :, i] = np.arctan2(r[:, k, j], r[:, k, k])
    both[0, :, j] = np.arctan2(-r[:, k, i], cosine)
    both[0, :, k] = np.arctan2(r[:, j, i], r[:, i, i])
    both[1, :, i] = np.arctan2(-r[:, k, j], -r[:, k, k])
    both[1, :, j] = np.arctan2(-r[:, k, i], -cosine)
    both[1, :, k] = np.arctan2(-r[:, j, i], -r[:, i, i])
    both *= sign
    chosen = _nearest_of_two(both, start)
    for row in np.flatnonzero(cosine < _LOCKED):
        previous = chosen[row - 1] if row else start
        left = _about(k, previous[k]).T @ r[row]
        # What is left turns about the first two axes: Rj Ri.
        middle = sign * np.arctan2(-left[k, i], left[i, i])
        first = sign * np.arctan2(-left[j, k], left[j, j])
        chosen[row, [i, j, k]] = first, middle, previous[k]
    return _unwrap(chosen, start)


def _nearest_of_two(both: Floats, start: Floats) -> Floats:
    """Of two sequences of angles (2, F, 3) the one of each frame that is nearer to the frame before."""
    before = np.concatenate([np.broadcast_to(start, (2, 1, 3)), both[:, :-1]], axis=1)
    # Distances from each choice of the frame before (axis 0) to each choice here (axis 1).
    distance = np.sum(_wrapped(both[None] - before[:, None]) ** 2, axis=-1)
    # What is chosen after either choice; the first wins where both are as near.
    after = (distance[:, 1] < distance[:, 0] - 1e-12).astype(int)
    choice = np.empty(both.shape[1], int)
    current = 0
    # Most frames go on with the same choice; only the others need a step of their own.
    breaks = np.flatnonzero((after[0] != 0) | (after[1] != 1))
    filled = 0
    for row in breaks:
        choice[filled:row] = current
        current = after[current, row]
        filled = row
    choice[filled:] = current
    return np.take_along_axis(both, choice[None, :, None], axis=0)[0].copy()


def _wrapped(angles: Floats) -> Floats:
    """Angles less whole turns, within half a turn."""
    return angles - _TURN * np.round(angles / _TURN)


def _unwrap(angles: Floats, start: ArrayLike) -> Floats:
    """Angles (F, N) with whole turns added so that none jumps, from `start` (N,) on."""
    joined = np.concatenate([np.asarray(start, np.float64)[None], angles])
    return np.unwrap(joined, axis=0)[1:]


def share_of(matrices: ArrayLike, share: ArrayLike) -> Floats:
    """Rotations (..., 3, 3) about the same axes by a share (...) of the angle: R ** share."""
    q = quaternions_from_matrices(np.asarray(matrices, np.float64).reshape(-1, 3, 3))
    q = q * np.where(q[:, :1] < 0, -1.0, 1.0)
    sine = np.linalg.norm(q[:, 1:], axis=1)
    shape = np.shape(matrices)
    half = np.arctan2(sine, q[:, 0]) * np.broadcast_to(np.asarray(share, np.float64), shape[:-2]).ravel()
    axis = q[:, 1:] / np.where(sine > 0, sine, 1)[:, None]
    turned = np.concatenate([np.cos(half)[:, None], np.sin(half)[:, None] * axis], axis=1)
    return matrices_from_quaternions(turned).reshape(shape)


def blended(first: ArrayLike, second: ArrayLike, share: ArrayLike) -> Floats:
    """Rotations (..., 3, 3) on the shortest way from the first to the second: 0 is the first."""
    first = np.asarray(first, np.float64)
    return first @ share_of(np.swapaxes(first, -1, -2) @ np.asarray(second, np.float64), share)


def degrees_between(first: ArrayLike, second: ArrayLike) -> Floats:
    """Angle (...) in degrees by which rotations (..., 3, 3) differ; exact for small ones too."""
    turned = np.swapaxes(np.asarray(first, np.float64), -1, -2) @ np.asarray(second, np.float64)
    q = quaternions_from_matrices(turned.reshape(-1, 3, 3))
    angle = 2 * np.arctan2(np.linalg.norm(q[:, 1:], axis=1), np.abs(q[:, 0]))
    return np.degrees(angle).reshape(turned.shape[:-2])


def soft_limited(angles: ArrayLike, limits: ArrayLike) -> Floats:
    """Angles (..., N) in radians bent so that none goes beyond its limit (N,) in degrees, to either side.

    Up to 0.7 of the limit nothing changes; from there on the angle nears the limit smoothly and never
    reaches it. A limit of zero allows nothing.
    """
    angles = np.asarray(angles, np.float64)
    limit = np.broadcast_to(np.radians(np.asarray(limits, np.float64)), angles.shape)
    straight = _SOFT_FROM * limit
    room = np.where(limit > 0, limit - straight, 1.0)
    over = np.maximum(np.abs(angles) - straight, 0.0)
    bent = np.where(over > 0, straight + (limit - straight) * np.tanh(over / room), np.abs(angles))
    return np.copysign(bent, angles)
