# SPDX-License-Identifier: GPL-3.0-or-later
"""Emotions over time: how much of each there is, as sudden as it was asked for, becomes weights of a face.

- Attack and release: what is asked for is reached with a limited speed, faster on the way up than on the way
  down. Felt expressions begin and end smoothly, and last mostly from half a second to four seconds (Ekman and
  Friesen, "Felt, false, and miserable smiles", Journal of Nonverbal Behavior 6(4), 1982); the onset of smiles
  takes about as long whatever goes with it (Schmidt, Cohn and Tian, "Signal characteristics of spontaneous
  facial expressions", Biological Psychology 65(1), 2003). The seconds of each emotion are our own choice:
  surprise is the quickest, sadness the slowest.
- Faces that hold an expression do not stand still: each intensity wanders slowly, and so does the small
  difference of left and right, whose greater part stays for the whole clip.

All of it is computed on a grid of its own, `GRID_STEP`, so that it is the same at any frame rate; what is
drawn comes row by row, so that a longer clip begins like a shorter one.

Shape letters: F frames, G steps of the grid, E = 7 emotions.
"""

from collections.abc import Callable
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ...interpolation import interpolate_smooth
from ...retarget.arkit import ARKIT_INDEX, ARKIT_NAMES, OPPOSED_PAIRS
from ..draws import random_of
from .directions import EMOTIONS
from .poses import ONE_SIDED, emotion_poses, mirrored

GRID_STEP: Final = 0.02
"""Seconds; an edge is smoothed over many of these."""

ATTACK: Final[dict[str, float]] = {
    "happiness": 0.5,
    "sadness": 0.8,
    "anger": 0.4,
    "fear": 0.3,
    "disgust": 0.45,
    "surprise": 0.25,
    "contempt": 0.5,
}
RELEASE: Final[dict[str, float]] = {
    "happiness": 1.2,
    "sadness": 1.8,
    "anger": 1.2,
    "fear": 1.0,
    "disgust": 1.0,
    "surprise": 0.8,
    "contempt": 1.0,
}
"""Seconds from nothing to all, and from all to nothing; less of an emotion comes and goes in less."""
ROUNDED: Final = 0.24
"""Seconds over which the corners of these ramps are rounded, half of them ahead: a face begins to move a
little before the word that it belongs to."""

WANDERING: Final = 0.16
"""Part by which an intensity goes below what is asked for, at most."""
_WANDERING_SECONDS: Final = 1.7
"""From one drawn value to the next: an up and down takes about twice as long, some 0.3 Hz."""
_WANDERING_STEP: Final = 0.1
"""Seconds between which what wanders goes straight."""
LEANING: Final = 0.07
"""Part by which one side of the face shows more than the other for the whole clip, at most, and the other
less."""
LEANING_WANDERS: Final = 0.03
"""Part that comes and goes."""

_SIDE: Final = np.array(
    [name.endswith("Left") - float(name.endswith("Right")) for name in ARKIT_NAMES], np.float32
)
"""1 for shapes of the left side, -1 for those of the right."""


TOGETHER: Final[dict[tuple[str, str], float]] = {
    **dict.fromkeys(OPPOSED_PAIRS, 0.0),
    ("browDownLeft", "browInnerUp"): 0.35,
    ("browDownRight", "browInnerUp"): 0.35,
    ("browDownLeft", "browOuterUpLeft"): 0.25,
    ("browDownRight", "browOuterUpRight"): 0.25,
}
"""Shapes that work against each other, and how far both may do so at once with an emotion: the smaller of the
two is never above this, unless speech had it so. Sadness (1+4) and fear (1+2+4) draw the brows up and
together at once; nothing else fights."""
_LIMITS: Final = [
    ((ARKIT_INDEX[first], ARKIT_INDEX[second]), together) for (first, second), together in TOGETHER.items()
]


def grid_times(duration: float) -> NDArray[np.float64]:
    """Seconds (G,) of the grid for a clip, until after its end as far as smoothing looks ahead."""
    return np.arange(int((duration + ROUNDED) / GRID_STEP) + 2, dtype=np.float64) * np.float64(GRID_STEP)


def smoothed(intensity: NDArray[np.floating], emotion: str) -> NDArray[np.float32]:
    """Intensity (G,) of an emotion on the grid, with its attack and release, in 0..1.

    A clip begins with what is asked for at its start.
    """
    steps = np.arange(len(intensity))
    falling, rising = (GRID_STEP / seconds[emotion] for seconds in (RELEASE, ATTACK))
    # A fall is the highest of all lines that go down from what was before; a rise the lowest that go up.
    held = np.maximum.accumulate(intensity + steps * falling) - steps * falling
    reached = np.minimum.accumulate(held - steps * rising) + steps * rising
    half = round(ROUNDED / GRID_STEP / 2)
    taps = np.hanning(2 * half + 3)[1:-1]
    padded = np.pad(reached, half, "edge")
    return np.clip(np.convolve(padded, taps / taps.sum(), "valid"), 0, 1).astype(np.float32)


class Wandering:
    """Slow random curves in -1..1, the same for clips of any length.

    Args:
        seed: any whole number.
        tag: tells them apart from others with the same seed.
        seconds: from one drawn value to the next.
        columns: how many curves.
        duration: seconds of the clip.
    """

    def __init__(self, seed: int, tag: str, seconds: float, columns: int, duration: float) -> None:
        count = int(duration / seconds) + 4
        values = random_of(seed, tag).random((count, columns)).astype(np.float32) * 2 - 1
        self._times = np.arange(int(duration / _WANDERING_STEP) + 2) * _WANDERING_STEP
        # A value of before the clip is there, so that curves begin in full motion.
        curves = interpolate_smooth(values, 1 / seconds, self._times + seconds)
        self._curves = np.clip(curves.T, -1, 1)

    def at(self, times: NDArray[np.floating], column: int) -> NDArray[np.float32]:
        """One of the curves at some seconds (F,)."""
        return np.interp(times, self._times, self._curves[column]).astype(np.float32)


class EmotionLayer:
    """Weights of a face that feels something.

    Args:
        asked: intensities (E,) in 0..1 of each second (G,), with edges as sudden as they are asked for.
        duration: seconds of the clip.
        seed: draws the wandering, the stronger side, and on which side contempt is shown.
    """

    def __init__(
        self, asked: Callable[[NDArray[np.float64]], NDArray[np.floating]], duration: float, *, seed: int
    ) -> None:
        self._grid = grid_times(duration)
        wanted = np.clip(asked(self._grid), 0, 1)
        self._felt = {
            number: smoothed(wanted[:, number], EMOTIONS[number])
            for number in np.flatnonzero(wanted.any(axis=0)).tolist()
        }
        self._wandering = Wandering(seed, "emotion", _WANDERING_SECONDS, len(EMOTIONS) + 1, duration)
        leaning, side = random_of(seed, "emotion_side").random(2).tolist()
        self._leaning = LEANING * (2 * leaning - 1)
        poses = emotion_poses().copy()
        if side < 0.5:
            one_sided = [EMOTIONS.index(emotion) for emotion in ONE_SIDED]
            poses[one_sided] = mirrored(poses[one_sided])
        self._poses = poses

    def __bool__(self) -> bool:
        """Whether anything is felt at any time."""
        return bool(self._felt)

    def at(self, times: NDArray[np.floating]) -> NDArray[np.float32]:
        """Weights (F, 52) in 0..1 that are to be added to a face's own."""
        leaning = self._leaning + LEANING_WANDERS * self._wandering.at(times, len(EMOTIONS))
        # Shapes in rows: each is a run of memory.
        weights = np.zeros((len(ARKIT_NAMES), len(times)), np.float32)
        for emotion, course in self._felt.items():
            intensity = np.interp(times, self._grid, course).astype(np.float32)
            intensity *= 1 - WANDERING * (1 + self._wandering.at(times, emotion)) / 2
            pose = self._poses[emotion]
            for shape in np.flatnonzero(pose).tolist():
                # What two emotions both do does not add up beyond 1.
                weights[shape] += intensity * pose[shape] * (1 - weights[shape])
        for shape in np.flatnonzero(weights.any(axis=1) & (_SIDE != 0)).tolist():
            weights[shape] *= 1 + _SIDE[shape] * leaning
        return np.ascontiguousarray(np.minimum(weights, 1).T)


def added(weights: NDArray[np.floating], emotion: NDArray[np.floating]) -> NDArray[np.float32]:
    """Weights (F, 52) of a face with an emotion's over them, in 0..1 as both are.

    What is there already leaves the emotion the rest of the way, so that nothing goes beyond 1 and speech
    stays visible through it. Of shapes that undo each other, what both do is taken away from both, except for
    the part that FACS has them do together (`TOGETHER`) or that was there before.
    """
    before, over = np.asarray(weights, np.float32), np.asarray(emotion, np.float32)
    result = before + over * (1 - before)
    moved = np.flatnonzero(over.any(axis=0)).tolist()
    for (first, second), together in _LIMITS:
        if first not in moved and second not in moved:
            continue
        allowed = np.maximum(together, np.minimum(before[:, first], before[:, second]))
        excess = np.maximum(np.minimum(result[:, first], result[:, second]) - allowed, 0)
        result[:, first] -= excess
        result[:, second] -= excess
    return np.asarray(result, np.float32)
