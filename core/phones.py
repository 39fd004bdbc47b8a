# SPDX-License-Identifier: GPL-3.0-or-later
"""The speech sounds that Soliloquy hears, and what the mouth does in each.

39 phones of ARPAbet (the set of CMU's pronouncing dictionary, without stress) and silence. The articulatory
features follow the usual descriptions of American English (Ladefoged and Johnson, A Course in Phonetics,
chapters 1 to 4, 9: places of articulation, lip rounding, vowel height) graded from 0 to 1; the grades are
ours. They name what is seen of a mouth, and so serve languages whose phones ARPAbet lacks.

Shape letters: F frames.
"""

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from .motion import Phone

SILENCE_PHONE: Final = "SIL"
ARTICULATIONS: Final = ("closure", "labiodental", "rounding", "spreading", "openness", "voicing")
"""Lips pressed together; lower lip at the upper teeth; lips rounded; corners apart; mouth open; voice."""

_STEADY: Final[dict[str, tuple[float, ...]]] = {
    "SIL": (0, 0, 0, 0, 0, 0),
    "AA": (0, 0, 0, 0, 1, 1),
    "AE": (0, 0, 0, 0.5, 0.9, 1),
    "AH": (0, 0, 0, 0, 0.6, 1),
    "AO": (0, 0, 0.6, 0, 0.75, 1),
    "B": (1, 0, 0, 0, 0, 1),
    "CH": (0, 0, 0.5, 0, 0.15, 0),
    "D": (0, 0, 0, 0, 0.2, 1),
    "DH": (0, 0, 0, 0, 0.25, 1),
    "EH": (0, 0, 0, 0.4, 0.7, 1),
    "ER": (0, 0, 0.4, 0, 0.4, 1),
    "F": (0, 1, 0, 0, 0.1, 0),
    "G": (0, 0, 0, 0, 0.3, 1),
    "HH": (0, 0, 0, 0, 0.45, 0),
    "IH": (0, 0, 0, 0.6, 0.4, 1),
    "IY": (0, 0, 0, 1, 0.25, 1),
    "JH": (0, 0, 0.5, 0, 0.15, 1),
    "K": (0, 0, 0, 0, 0.3, 0),
    "L": (0, 0, 0, 0, 0.35, 1),
    "M": (1, 0, 0, 0, 0, 1),
    "N": (0, 0, 0, 0, 0.2, 1),
    "NG": (0, 0, 0, 0, 0.3, 1),
    "P": (1, 0, 0, 0, 0, 0),
    "R": (0, 0, 0.5, 0, 0.3, 1),
    "S": (0, 0, 0, 0.4, 0.1, 0),
    "SH": (0, 0, 0.5, 0, 0.15, 0),
    "T": (0, 0, 0, 0, 0.2, 0),
    "TH": (0, 0, 0, 0, 0.25, 0),
    "UH": (0, 0, 0.7, 0, 0.35, 1),
    "UW": (0, 0, 1, 0, 0.2, 1),
    "V": (0, 1, 0, 0, 0.1, 1),
    "W": (0, 0, 1, 0, 0.15, 1),
    "Y": (0, 0, 0, 0.8, 0.2, 1),
    "Z": (0, 0, 0, 0.4, 0.1, 1),
    "ZH": (0, 0, 0.5, 0, 0.15, 1),
}
_GLIDING: Final[dict[str, tuple[tuple[float, ...], tuple[float, ...]]]] = {
    "AW": ((0, 0, 0, 0, 1, 1), (0, 0, 0.8, 0, 0.4, 1)),
    "AY": ((0, 0, 0, 0, 1, 1), (0, 0, 0, 0.7, 0.4, 1)),
    "EY": ((0, 0, 0, 0.5, 0.6, 1), (0, 0, 0, 0.9, 0.35, 1)),
    "OW": ((0, 0, 0.7, 0, 0.55, 1), (0, 0, 1, 0, 0.3, 1)),
    "OY": ((0, 0, 0.8, 0, 0.65, 1), (0, 0, 0, 0.6, 0.35, 1)),
}
"""Diphthongs, from their beginning to their end."""

PHONES: Final = (*sorted((set(_STEADY) | set(_GLIDING)) - {SILENCE_PHONE}), SILENCE_PHONE)
"""Names in the order of the encoder's posteriors: 39 phones, then silence."""
PHONE_INDEX: Final = {name: number for number, name in enumerate(PHONES)}

BILABIALS: Final = frozenset({"M", "B", "P"})
LABIODENTALS: Final = frozenset({"F", "V"})
ROUNDED_VOWELS: Final = frozenset({"UW", "UH", "OW", "AO", "OY"})
SPREAD_VOWELS: Final = frozenset({"IY", "IH", "EY", "EH", "AE"})
VOWELS: Final = frozenset(
    {"AA", "AE", "AH", "AO", "AW", "AY", "EH", "ER", "EY", "IH", "IY", "OW", "OY", "UH", "UW"}
)

_SOFT_SECONDS: Final = 0.02
"""Half the width of a boundary: sounds overlap, and the times of the labels are 10-20 ms uncertain."""
_GLIDE_PARTS: Final = 4


def phone_labels(phones: Sequence[Phone], times: NDArray[np.floating]) -> NDArray[np.int64]:
    """Index into `PHONES` (F,) of what is spoken at `times` (F,); silence where nothing is.

    Args:
        phones: in order, not overlapping.
        times: seconds.
    """
    labels = np.full(len(times), PHONE_INDEX[SILENCE_PHONE], np.int64)
    if phones:
        starts = np.array([phone.start for phone in phones])
        ends = np.array([phone.end for phone in phones])
        codes = np.array([PHONE_INDEX[phone.name] for phone in phones])
        number = np.searchsorted(starts, times, side="right") - 1
        spoken = (number >= 0) & (times < ends[np.maximum(number, 0)])
        labels[spoken] = codes[number[spoken]]
    return labels


def articulation(phones: Sequence[Phone], times: NDArray[np.floating]) -> NDArray[np.float32]:
    """Features (F, 6) in the order of `ARTICULATIONS` at `times` (F,), soft at the boundaries.

    Args:
        phones: in order, not overlapping; silence is what they do not cover.
        times: seconds.
    """
    knots, values = [-1.0], [_STEADY[SILENCE_PHONE]]
    for phone in phones:
        if phone.start > knots[-1]:
            knots.append(phone.start)
        else:
            values.pop()
        for name_value, share in _course(phone.name):
            values.append(name_value)
            knots.append(max(knots[-1], phone.start + share * (phone.end - phone.start)))
        values.append(_STEADY[SILENCE_PHONE])
    knots.append(max(knots[-1], float(np.max(times, initial=0.0))) + 1.0)
    # The mean over a window around each time, from the integral of the piecewise constant course.
    integral = np.zeros((len(knots), len(ARTICULATIONS)))
    integral[1:] = np.cumsum(np.diff(knots)[:, None] * np.array(values), axis=0)

    def integrated(at: NDArray[np.floating]) -> NDArray[np.float64]:
        return np.stack([np.interp(at, knots, column) for column in integral.T], axis=1)

    mean = (integrated(times + _SOFT_SECONDS) - integrated(times - _SOFT_SECONDS)) / (2 * _SOFT_SECONDS)
    return mean.astype(np.float32)


def _course(name: str) -> list[tuple[tuple[float, ...], float]]:
    """Features of a phone in consecutive parts, each with the share of its duration at which it ends."""
    if name in _STEADY:
        return [(_STEADY[name], 1.0)]
    first, last = (np.array(end) for end in _GLIDING[name])
    parts = []
    for part in range(_GLIDE_PARTS):
        share = (part + 0.5) / _GLIDE_PARTS
        parts.append((tuple((first + share * (last - first)).tolist()), (part + 1) / _GLIDE_PARTS))
    return parts
