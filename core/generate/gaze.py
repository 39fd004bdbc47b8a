# SPDX-License-Identifier: GPL-3.0-or-later
"""Gaze: eyes that rest on what they look at, jump between its parts, and look away as speakers do.

When and where to is `gaze_shifts`, how fast `saccades`. While a gaze rests, the eyes turn against the head
as far as the head turns (the vestibulo-ocular reflex; its gain is near 1 for natural head motion: Pulaski,
Zee and Robinson, Brain Research 222, 1981), so that the gaze stays where it is in space.

Letters: F frames, N points of a look-at target's way.
"""

from dataclasses import dataclass
from functools import lru_cache
from math import isfinite
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..errors import InputError
from ..frame_times import frame_times
from ..head import load_head
from ..retarget.arkit import ARKIT_INDEX, GAZE_NAMES
from .cues import SpeechCues
from .draws import random_of
from .event_clock import STEP, steps
from .gaze_shifts import plan_gaze_shifts
from .saccades import render_saccades

MOST_SIDEWAYS, MOST_UP, MOST_DOWN = np.radians([45.0, 30.0, 40.0])
"""How far eyes turn in the head: our own choice, within the 50 degrees or so that people can (Guitton and
Volle, Journal of Neurophysiology 58(3), 1987)."""
_FREE: Final = 0.75
"""Part of that range in which the eyes go exactly where they are asked to; from there on they slow down."""

_DRIFT = np.radians(0.12)
_DRIFT_CYCLES = (0.08, 0.6)
"""Radians, and cycles a second, of the slow drift while the gaze rests: some 0.3 degrees a second. Our own
choice, of the size of what Carpenter ("Movements of the Eyes", 1988) reports."""
_DRIFT_WAVES: Final = 4

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class LookAt:
    """What a speaker looks at.

    Attributes:
        directions: (N, 2) radians, yaw and pitch towards it as seen by a head at rest, signs as in
            `FaceMotion`.
        times: (N,) seconds, rising, at which it is there; in between it moves evenly, before and after it
            stands still. One point stands still altogether, whatever its time.
    """

    directions: NDArray[np.floating]
    times: NDArray[np.floating]

    def __post_init__(self) -> None:
        shape, times = np.shape(self.directions), np.asarray(self.times, np.float64)
        if len(shape) != 2 or shape[1] != 2 or shape[0] == 0 or times.shape != shape[:1]:
            raise InputError(
                f"A look-at target has directions of shape {shape} at times of shape {times.shape}: expected "
                "(N, 2) and (N,), N at least 1."
            )
        if not (
            np.isfinite(self.directions).all() and np.isfinite(times).all() and (np.diff(times) >= 0).all()
        ):
            raise InputError(
                "A look-at target has directions or times that are no numbers, or times that fall."
            )

    def at(self, times: Floats) -> Floats:
        """(T, 2) radians, yaw and pitch towards the target at some seconds (T,)."""
        # A target that passes behind the head goes on around it.
        directions = np.unwrap(np.asarray(self.directions, np.float64), axis=0)
        return np.stack([np.interp(times, self.times, angle) for angle in directions.T], axis=-1)

    @classmethod
    def still(cls, yaw: float = 0.0, pitch: float = 0.0) -> "LookAt":
        """A target that stands still; straight ahead by default."""
        return cls(np.array([[yaw, pitch]]), np.zeros(1))


@dataclass(frozen=True)
class Gaze:
    """Where both eyes look.

    Attributes:
        angles: (F, 2) float32 radians, yaw and pitch in the head, signs as in `FaceMotion`.
        shift_times: (S,) seconds at which each saccade begins.
        shift_sizes: (S,) radians of each where the eyes wander by an amount of 1, so that what goes by
            them, as blinks do, stays the same with any amount.
    """

    angles: NDArray[np.float32]
    shift_times: Floats
    shift_sizes: Floats

    @classmethod
    def ahead(cls, count: int) -> "Gaze":
        """Eyes that look straight ahead of the head, for so many frames."""
        return cls(np.zeros((count, 2), np.float32), np.zeros(0), np.zeros(0))


def generate_gaze(
    count: int,
    fps: float,
    *,
    seed: int,
    cues: SpeechCues,
    head_rotation: NDArray[np.floating],
    look_at: LookAt | None = None,
    amount: float = 1.0,
) -> Gaze:
    """Gaze of a speaker.

    The same seed and cues give the same gaze at any frame rate, and a longer clip starts with the shorter
    one's as far as its cues are the same; pauses and phrases count up to 3 s ahead.

    Args:
        count: F, number of frames.
        fps: frames per second.
        seed: any whole number.
        cues: of the speech; without phrases the eyes look away as often, at any time.
        head_rotation: (F, 3) radians yaw, pitch, roll as in `FaceMotion`.
        look_at: what the eyes rest on; straight ahead of the head at rest by default. They follow one that
            moves.
        amount: how far they wander from it, 0..2; at 0 they stay on it.

    Raises:
        InputError: a rotation for another number of frames, an amount below 0, or fps not above 0.
    """
    if not (isfinite(fps) and fps > 0):
        raise InputError(f"The frame rate is {fps}: expected frames per second above 0.")
    if not (isfinite(amount) and amount >= 0):
        raise InputError(f"The amount of gaze is {amount}: expected 0 or more.")
    if np.shape(head_rotation) != (count, 3):
        raise InputError(f"The head's rotation has shape {np.shape(head_rotation)}: expected ({count}, 3).")
    target = look_at or LookAt.still()
    times = frame_times(count, fps)
    yaw = target.at(np.arange(steps(count / fps)) * STEP)[:, 0]
    shifts = plan_gaze_shifts(count / fps, seed=seed, cues=cues, look_at=yaw)
    start, places = amount * shifts.start, amount * shifts.places
    wander = render_saccades(times, shifts.times, places, rest=start) + amount * _drift(times, seed)
    angles = _within_reach(in_head(target.at(times) + wander, head_rotation))
    sizes = np.hypot(*np.diff(np.concatenate([shifts.start[None], shifts.places]), axis=0).T)
    return Gaze(angles.astype(np.float32), shifts.times, sizes)


def _drift(times: Floats, seed: int) -> Floats:
    """(F, 2) radians."""
    draws = random_of(seed, "drift").random((2, 2, _DRIFT_WAVES))
    low, high = _DRIFT_CYCLES
    # One wave in each part of the range, so that no seed drifts in one rhythm.
    cycles = low * (high / low) ** ((np.arange(_DRIFT_WAVES) + draws[0]) / _DRIFT_WAVES)
    drift = np.zeros((len(times), 2))
    for axis in range(2):
        for cycle, phase in zip(cycles[axis], draws[1, axis], strict=True):
            drift[:, axis] += np.sin(2 * np.pi * (cycle * times + phase))
    return drift * _DRIFT * np.sqrt(2 / _DRIFT_WAVES)


def in_head(directions: ArrayLike, head_rotation: ArrayLike) -> Floats:
    """Directions in space as seen from a head that is turned: those of R^T d.

    Args:
        directions: (F, 2) radians yaw, pitch as seen by a head at rest.
        head_rotation: (F, 3) radians yaw, pitch, roll; R = Ry(yaw) Rx(-pitch) Rz(roll).

    Returns:
        (F, 2) radians yaw, pitch.
    """
    across, up = np.moveaxis(np.asarray(directions, np.float64), -1, 0)
    yaw, pitch, roll = np.moveaxis(np.asarray(head_rotation, np.float64), -1, 0)
    # The head's yaw only adds to that of the direction.
    level, y = np.cos(up), np.sin(up)
    x, z = level * np.sin(across - yaw), level * np.cos(across - yaw)
    y, z = np.cos(pitch) * y - np.sin(pitch) * z, np.sin(pitch) * y + np.cos(pitch) * z
    x, y = np.cos(roll) * x + np.sin(roll) * y, -np.sin(roll) * x + np.cos(roll) * y
    return np.stack([np.arctan2(x, z), np.arcsin(np.clip(y, -1, 1))], axis=-1)


def _within_reach(angles: Floats) -> Floats:
    """(F, 2) radians that eyes can turn: exact within the free range, then ever slower up to its end."""
    most = np.where(angles > 0, [MOST_SIDEWAYS, MOST_UP], [MOST_SIDEWAYS, MOST_DOWN])
    share = np.abs(angles) / most
    soft = _FREE + (1 - _FREE) * np.tanh((share - _FREE) / (1 - _FREE))
    return np.where(share > _FREE, np.sign(angles) * most * soft, angles)


@lru_cache(maxsize=1)
def eye_look_angles() -> Floats:
    """(8,) radians by which each eyeLook shape of the built-in head, in the order of `GAZE_NAMES`, turns
    its eye at 1.

    Measured on the eyeball: the rotation that best turns it at rest into what the shape makes of it
    (Kabsch, Acta Crystallographica A32, 1976).
    """
    head = load_head()
    angles = np.empty(len(GAZE_NAMES))
    for number, name in enumerate(GAZE_NAMES):
        span = head.spans["eye_left" if name.endswith("Left") else "eye_right"]
        rest = head.template[span].astype(np.float64)
        moved = rest + head.arkit_deltas[ARKIT_INDEX[name], span]
        u, _, v = np.linalg.svd((rest - rest.mean(axis=0)).T @ (moved - moved.mean(axis=0)))
        rotation = (u @ np.diag([1, 1, np.linalg.det(u @ v)]) @ v).T
        angles[number] = np.arccos(np.clip((np.trace(rotation) - 1) / 2, -1, 1))
    return angles


def eye_look_weights(angles: ArrayLike) -> NDArray[np.float32]:
    """Weights of the eyeLook shapes that turn both eyes of the built-in head.

    Only one of an opposed pair is above 0. A shape ends at its own angle (27 degrees to the side, 15 up, 18
    down): what is beyond it, bones can show and shapes cannot.

    Args:
        angles: (F, 2) radians yaw, pitch in the head.

    Returns:
        (F, 8) in 0..1, in the order of `GAZE_NAMES`.
    """
    yaw, pitch = np.moveaxis(np.asarray(angles, np.float32), -1, 0)
    # The subject's left is out for the left eye and in for the right one.
    turns = {"Down": -pitch, "Up": pitch, "OutLeft": yaw, "InLeft": -yaw, "OutRight": -yaw, "InRight": yaw}
    ways = np.stack(
        [next(turn for key, turn in turns.items() if key in name) for name in GAZE_NAMES], axis=-1
    )
    return np.clip(ways / eye_look_angles().astype(np.float32), 0, 1)


def gaze_of_weights(weights: ArrayLike) -> NDArray[np.float32]:
    """Where both eyes of the built-in head look at some weights of their shapes: the way back.

    Args:
        weights: (F, 8) in the order of `GAZE_NAMES`.

    Returns:
        (F, 2) radians yaw, pitch in the head, of both eyes in the mean.
    """
    turned = np.asarray(weights, np.float32) * eye_look_angles().astype(np.float32)
    signs = {"Down": (0, -1), "Up": (0, 1), "OutLeft": (1, 0), "InLeft": (-1, 0)}
    signs |= {"OutRight": (-1, 0), "InRight": (1, 0)}
    ways = [next(way for key, way in signs.items() if key in name) for name in GAZE_NAMES]
    return turned @ np.array(ways, np.float32) / 2
