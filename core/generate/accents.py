# SPDX-License-Identifier: GPL-3.0-or-later
"""Brows and upper lids that rise on stressed syllables.

- Brows rise where the voice does: most rises of a speaker's brows come with a rise of the pitch, but not
  each of these with one of the brows (Cave et al., "About the relationship between eyebrow movements and F0
  variations", ICSLP 1996).
- They begin a little before the accent, about 60 ms on average, and more often where something new begins
  (Flecha-Garcia, "Eyebrow raises in dialogue and their relation to discourse structure, utterance function
  and pitch accents in English", Speech Communication 52(6), 2010).

How often, how far and how long they rise is our own choice: small, about twelve rises a minute of speech.

Letters: F frames, A accents of the cues, N rises.
"""

from dataclasses import dataclass
from math import isfinite
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ..errors import InputError
from .cues import SpeechCues
from .draws import random_of

ACCENT_BROWS: Final = ("browInnerUp", "browOuterUpLeft", "browOuterUpRight")
ACCENT_LIDS: Final = ("eyeWideLeft", "eyeWideRight")

ONSET_BEFORE: Final = 0.06
"""Seconds from where a rise begins to the stressed syllable's own beginning; the cues give its middle."""
_HALF_SYLLABLE: Final = 0.09
"""Seconds from a stressed syllable's beginning to its middle."""
_JITTER: Final = 0.04
_RISING = (0.12, 0.22)
_HELD = (0.08, 0.30)
_FALLING = (0.25, 0.50)
"""Shortest and longest seconds of the three phases."""

_CHANCE: Final = 0.08
_CHANCE_OF_STRENGTH: Final = 0.24
"""Share of the accents with a rise: without strength, and how much is added with all of it."""
_FIRST_OF_UTTERANCE: Final = 2.0
"""By how much it is likelier on the first accent after a pause of `_PAUSE` seconds or more."""
_PAUSE: Final = 0.6
_APART: Final = 0.7
"""Seconds between two rises, at least."""
_INNER = (0.14, 0.34)
"""Weight of browInnerUp for the weakest and the strongest accent."""
_VARIATION: Final = 0.25
"""Part by which sizes differ at random."""
_OUTER: Final = 0.55
_ONE_SIDED: Final = 0.2
"""Weight of browOuterUp relative to the inner's, and by which part one side's is larger."""
_WIDE: Final = 0.35
_WIDE_CHANCE: Final = 0.7
"""Weight of eyeWide relative to browInnerUp's, and how many rises have it."""

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Accents:
    """What stressed syllables add to brows and upper lids.

    Attributes:
        brows: (F, 3) float32 in 0..1, weights of `ACCENT_BROWS`.
        lids: (F, 2) float32 in 0..1, weights of `ACCENT_LIDS`.
        times: (N,) seconds at which each rise begins.
        sizes: (N,) greatest weight of browInnerUp in each.
    """

    brows: NDArray[np.float32]
    lids: NDArray[np.float32]
    times: Floats
    sizes: Floats


def generate_accents(count: int, fps: float, *, seed: int, cues: SpeechCues, amount: float = 1.0) -> Accents:
    """Rises of brows and upper lids for a clip.

    The same seed and cues give the same rises at any frame rate and for any length.

    Args:
        count: F, number of frames.
        fps: frames per second.
        seed: any whole number.
        cues: of the speech.
        amount: factor of all weights, 0..2; which accents have a rise does not depend on it.

    Raises:
        InputError: an amount below 0, or fps not above 0.
    """
    if not (isfinite(fps) and fps > 0):
        raise InputError(f"The frame rate is {fps}: expected frames per second above 0.")
    if not (isfinite(amount) and amount >= 0):
        raise InputError(f"The amount of accents is {amount}: expected 0 or more.")
    draws = random_of(seed, "accents").random((len(cues.accents), 9))
    strengths = np.asarray(cues.strengths, np.float64)
    starts = np.maximum(cues.accents - _HALF_SYLLABLE - ONSET_BEFORE + _JITTER * (2 * draws[:, 1] - 1), 0.0)
    chosen = _spaced(starts, draws[:, 0] < _chances(cues))
    draws, strengths, starts = draws[chosen], strengths[chosen], starts[chosen]

    inner = _INNER[0] + strengths * (_INNER[1] - _INNER[0])
    inner *= amount * (1 + _VARIATION * (2 * draws[:, 2] - 1))
    uneven = _ONE_SIDED * (2 * draws[:, 3] - 1)
    wide = inner * _WIDE * (draws[:, 4] < _WIDE_CHANCE)
    sizes = np.stack(
        [inner, inner * _OUTER * (1 + uneven), inner * _OUTER * (1 - uneven), wide, wide], axis=1
    )
    phases = np.array([_RISING, _HELD, _FALLING])
    phases = phases[:, 0] + draws[:, 5:8] * (phases[:, 1] - phases[:, 0])
    weights = np.minimum(_render(count, fps, starts, phases, sizes), 1)
    return Accents(weights[:, :3], weights[:, 3:], starts, inner)


def _chances(cues: SpeechCues) -> Floats:
    """(A,) how likely each accent is to have a rise."""
    chances = _CHANCE + _CHANCE_OF_STRENGTH * np.asarray(cues.strengths, np.float64)
    pauses = cues.pauses[:-1]
    begins = pauses[:, 1][(pauses[:, 1] - pauses[:, 0] >= _PAUSE) | (np.arange(len(pauses)) == 0)]
    first = np.searchsorted(cues.accents, begins)
    chances[first[first < len(chances)]] *= _FIRST_OF_UTTERANCE
    return chances


def _spaced(starts: Floats, wanted: NDArray[np.bool_]) -> list[int]:
    """Of the accents with a rise, those that are far enough from the one before."""
    chosen: list[int] = []
    last = -np.inf
    for number in np.flatnonzero(wanted).tolist():
        if starts[number] - last >= _APART:
            chosen.append(number)
            last = starts[number]
    return chosen


def _render(count: int, fps: float, starts: Floats, phases: Floats, sizes: Floats) -> NDArray[np.float32]:
    """(F, channels) the larger of what the rises give, from (N,) starts, (N, 3) seconds and (N, channels)."""
    weights = np.zeros((count, sizes.shape[1]), np.float32)
    ends = starts + phases.sum(axis=1)
    firsts = np.maximum(np.ceil(starts * fps), 0).astype(np.intp)
    lasts = np.minimum(np.floor(ends * fps) + 1, count).astype(np.intp)
    for start, (rising, held, falling), size, first, last in zip(
        starts.tolist(), phases.tolist(), sizes, firsts.tolist(), lasts.tolist(), strict=True
    ):
        since = np.arange(first, last) / fps - start
        up = np.clip(since / rising, 0, 1)
        down = np.clip((rising + held + falling - since) / falling, 0, 1)
        shape = up * up * (3 - 2 * up) * down * down * (3 - 2 * down)
        weights[first:last] = np.maximum(weights[first:last], shape[:, None] * size)
    return weights
