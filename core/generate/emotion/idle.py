# SPDX-License-Identifier: GPL-3.0-or-later
"""What a face does between its lines: it breathes, swallows, and is never quite still.

- Breath: who speaks breathes in fast in the pauses before the next phrase (Winkworth, Davis, Adams and Ellis,
  "Breathing patterns during spontaneous speech", Journal of Speech and Hearing Research 38(1), 1995), who is
  silent slowly and through the nose, some 12 to 20 times a minute. The inhalation before a phrase may part
  the resting lips to `PARTED_BY_BREATH`; the nostrils widen a little.
- Swallowing: at rest and awake about once a minute (Lear, Flanagan and Moorrees, "The frequency of
  deglutition in man", Archives of Oral Biology 10(1), 1965). Lips press together and the chin rises.
- Corners of the mouth, brows and lower lids move by a few hundredths.

Sizes, and that all of it happens in pauses alone, are our own choice.

Letters: F frames, N events.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from ...head import lip_gap_model
from ...retarget.arkit import ARKIT_INDEX, ARKIT_NAMES, arkit_indices
from ..cues import SpeechCues
from ..draws import random_of
from .layer import Wandering

PARTED_BY_BREATH: Final = 0.0012
"""Metres between the built-in head's lips, at most, when it breathes in before it speaks, at an amount of 1.
At rest they overlap by 0.4 mm."""

_SHORTEST_FOR_BREATH: Final = 0.45
"""Seconds of pause below which nobody breathes in."""
_INHALATION = (0.35, 0.6)
"""Shortest and longest seconds of an inhalation before a phrase."""
_BEFORE_VOICE: Final = 0.1
"""Seconds from its end to the voice."""
_THROUGH_MOUTH: Final = 0.75
"""How many inhalations before a phrase part the lips."""
_BREATH = (3.2, 4.8)
"""Shortest and longest seconds from one quiet breath to the next."""
_INHALED: Final = 0.4
"""Part of a quiet breath that is breathed in."""
_NOSTRILS: Final = 0.06
_QUIET_NOSTRILS: Final = 0.03
"""Weight of noseSneer of an inhalation before a phrase, and of a quiet one."""

_SWALLOW = (20.0, 70.0)
"""Shortest and longest seconds of pauses from one swallow to the next."""
_FIRST_SWALLOW: Final = 15.0
"""Seconds by which the first comes earlier."""
_SWALLOW_SECONDS: Final = 0.9
_FREE: Final = 0.4
"""Seconds between speech and a quiet breath or a swallow, at least."""
_SWALLOWING: Final = {"mouthPressLeft": 0.14, "mouthPressRight": 0.14, "mouthShrugLower": 0.1}
STIRRING: Final = {
    "mouthSmileLeft": 0.02,
    "mouthSmileRight": 0.02,
    "mouthPressLeft": 0.025,
    "mouthPressRight": 0.025,
    "browInnerUp": 0.03,
    "browOuterUpLeft": 0.02,
    "browOuterUpRight": 0.02,
    "eyeSquintLeft": 0.03,
    "eyeSquintRight": 0.03,
}
"""Shapes that stir at rest, and how far at most."""
_STIRRING_SECONDS: Final = 1.1
"""From one drawn value to the next."""

Floats = NDArray[np.float64]


class IdleMotion:
    """What a face does by itself in the pauses of a voice.

    The same seed and cues give the same at any frame rate; a longer sound begins like a shorter one, which
    leaves out the breath or swallow that it has no room to finish.

    Args:
        cues: of the speech.
        amount: factor of all weights, 0..2.
        seed: any whole number.
    """

    def __init__(self, cues: SpeechCues, amount: float, *, seed: int) -> None:
        self._amount = amount
        self._inhalations, parting = _inhalations(cues.pauses[:-1], seed)
        self._parting = self._inhalations[parting]
        self._quiet = _quiet_inhalations(cues.pauses, seed)
        self._swallows = _swallows(cues.pauses, seed)
        self._stirring = Wandering(seed, "stirring", _STIRRING_SECONDS, len(STIRRING), cues.duration)

    def swallowing(self, times: NDArray[np.floating]) -> NDArray[np.float32]:
        """(F,) in 0..1, how far lips are closed to swallow, whatever else opens them."""
        return min(self._amount, 1.0) * _course(self._swallows, times)

    def at(self, times: NDArray[np.floating], rest: NDArray[np.floating]) -> NDArray[np.float32]:
        """Weights (F, 52) in 0..1 that are to be added to a face's own.

        Args:
            times: seconds of the frames, rising.
            rest: (F,) in 0..1, how far nobody speaks.
        """
        # Shapes in rows: each is a run of memory.
        weights = np.zeros((len(ARKIT_NAMES), len(times)), np.float32)
        for number, (name, most) in enumerate(STIRRING.items()):
            weights[ARKIT_INDEX[name]] = most / 2 * rest * (1 + self._stirring.at(times, number))
        nostrils = _NOSTRILS * _course(self._inhalations, times)
        nostrils += _QUIET_NOSTRILS * _course(self._quiet, times)
        weights[arkit_indices(("noseSneerLeft", "noseSneerRight"))] = nostrils
        swallowing = _course(self._swallows, times)
        for name, weight in _SWALLOWING.items():
            weights[ARKIT_INDEX[name]] += weight * swallowing
        weights[ARKIT_INDEX["jawOpen"]] = _parting_jaw() * _course(self._parting, times)
        weights *= self._amount
        return np.ascontiguousarray(weights.T)


def _parting_jaw() -> float:
    """Weight of jawOpen at which the lips are `PARTED_BY_BREATH` apart."""
    model = lip_gap_model()
    return float((PARTED_BY_BREATH - model.rest) / model.slopes[ARKIT_INDEX["jawOpen"]])


def _inhalations(pauses: Floats, seed: int) -> tuple[Floats, NDArray[np.bool_]]:
    """Start and end (N, 2) of inhalations in the pauses before phrases, and (N,) whether lips part."""
    draws = random_of(seed, "inhalation").random((len(pauses), 2))
    lengths = _INHALATION[0] + draws[:, 0] * (_INHALATION[1] - _INHALATION[0])
    ends = pauses[:, 1] - _BEFORE_VOICE
    starts = np.maximum(ends - lengths, pauses[:, 0] + _BEFORE_VOICE)
    long_enough = pauses[:, 1] - pauses[:, 0] >= _SHORTEST_FOR_BREATH
    return np.stack([starts, ends], axis=1)[long_enough], draws[long_enough, 1] < _THROUGH_MOUTH


def _quiet_inhalations(pauses: Floats, seed: int) -> Floats:
    """Start and end (N, 2) of inhalations while nobody speaks for long."""
    duration = pauses[-1, 1]
    draws = random_of(seed, "breath").random(int(duration / _BREATH[0]) + 1)
    lengths = _BREATH[0] + draws * (_BREATH[1] - _BREATH[0])
    starts = np.cumsum(lengths) - lengths
    breaths = np.stack([starts, starts + _INHALED * lengths], axis=1)
    place = np.searchsorted(pauses[:, 0], starts, "right") - 1
    free = _free(pauses)[place]
    return breaths[(breaths[:, 0] >= free[:, 0]) & (breaths[:, 1] <= free[:, 1])]


def _swallows(pauses: Floats, seed: int) -> Floats:
    """Start and end (N, 2) of swallows: their clock goes where there is time for one."""
    free = _free(pauses)
    lengths = np.maximum(free[:, 1] - free[:, 0] - _SWALLOW_SECONDS, 0)
    ends = np.cumsum(lengths)
    draws = random_of(seed, "swallow").random(int(ends[-1] / _SWALLOW[0]) + 2)
    readings = np.cumsum(_SWALLOW[0] + draws * (_SWALLOW[1] - _SWALLOW[0])) - _FIRST_SWALLOW
    readings = readings[readings < ends[-1]]
    place = np.searchsorted(ends, readings, "right")
    starts = free[place, 1] - _SWALLOW_SECONDS - (ends[place] - readings)
    return np.stack([starts, starts + _SWALLOW_SECONDS], axis=1)


def _free(pauses: Floats) -> Floats:
    """(N, 2) what of each pause belongs neither to the speech around it nor to the breath before it."""
    free = pauses + np.array([_FREE, -_FREE - _INHALATION[1]])
    # Nothing is said after the last, nor before the first.
    free[-1, 1] = pauses[-1, 1]
    free[0, 0] = pauses[0, 0]
    return free


def _course(events: Floats, times: NDArray[np.floating]) -> NDArray[np.float32]:
    """(F,) in 0..1: smooth rises in the first third of each event (N, 2), falls in the last."""
    if len(events) == 0:
        return np.zeros(len(times), np.float32)
    place = np.maximum(np.searchsorted(events[:, 0], times, "right") - 1, 0)
    starts, ends = events[place].T
    inside = np.clip(3 * np.minimum(times - starts, ends - times) / (ends - starts), 0, 1)
    return (inside * inside * (3 - 2 * inside)).astype(np.float32)
