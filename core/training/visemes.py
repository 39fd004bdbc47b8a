# SPDX-License-Identifier: GPL-3.0-or-later
"""What lips show of the phones: classes of phones that look alike.

Lips cannot tell m from b or s from z, so a lip reader that had to name phones would guess from its training
sentences instead of looking. The classes follow the usual groups by place of articulation and lip shape
(Fisher, 1968; Bear and Harvey, 2017, compare 120 of them); where they differ, ours keep apart what animators
keep apart.

Shape letters: F frames, V = 12 visemes.
"""

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ..motion import Phone
from ..phones import PHONES, phone_labels

VISEMES: Final[dict[str, tuple[str, ...]]] = {
    "rest": ("SIL",),
    "lips closed": ("M", "B", "P"),
    "lip at teeth": ("F", "V"),
    "tongue at teeth": ("TH", "DH"),
    "tongue behind teeth": ("T", "D", "N", "L", "S", "Z"),
    "hushing": ("SH", "ZH", "CH", "JH"),
    "back": ("K", "G", "NG", "HH"),
    "narrow": ("W", "R", "UW", "UH"),
    "round": ("OW", "OY", "AO"),
    "open": ("AA", "AE", "AH", "AY", "AW"),
    "half open": ("EH", "EY", "ER"),
    "spread": ("IY", "IH", "Y"),
}

_TABLE: Final = np.array(
    [[float(phone in phones) for phones in VISEMES.values()] for phone in PHONES], np.float32
)


def visemes_of(posteriors: NDArray[np.floating]) -> NDArray[np.float32]:
    """Posteriors of phones (F, 40) to those of visemes (F, V)."""
    return np.asarray(posteriors, np.float32) @ _TABLE


def viseme_labels(phones: Sequence[Phone], times: NDArray[np.floating]) -> NDArray[np.float32]:
    """One-hot (F, V) of what is spoken at `times` (F,)."""
    return _TABLE[phone_labels(phones, times)]
