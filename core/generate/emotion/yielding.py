# SPDX-License-Identifier: GPL-3.0-or-later
"""How an emotion gives way to the sounds, before these change what is left.

Shape letters: F frames, T frames of a feature.
"""

from typing import Final

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from ...retarget.arkit import ARKIT_NAMES

SPREADING: Final = ("mouthSmile", "mouthStretch", "mouthDimple", "mouthFrown", "mouthPress", "mouthUpperUp")
"""Beginnings of the names of shapes that give way to rounded lips."""
STIFFENING: Final = ("mouthPress", "mouthRollUpper", "mouthShrug", "mouthStretch")
"""To a lower lip at the teeth."""
OPENING: Final = ("jawOpen", "mouthLowerDown", "mouthUpperUp", "mouthFunnel")
"""To lips that speech keeps closed."""

_LINGERING: Final = 0.025
_EASING: Final = 0.14
"""Seconds by which corners of an emotion keep away from rounded sounds, and in which they come and go."""


def columns_of(beginnings: tuple[str, ...]) -> list[int]:
    """Of the shapes whose names begin so."""
    return [index for index, name in enumerate(ARKIT_NAMES) if name.startswith(beginnings)]


def yielding(
    emotion: NDArray[np.floating],
    *,
    narrowed: NDArray[np.floating],
    teeth: NDArray[np.floating],
    opened: NDArray[np.floating],
) -> NDArray[np.float32]:
    """An emotion's weights (F, 52) without what would spoil the sounds.

    Args:
        emotion: (F, 52) in 0..1.
        narrowed: (F,) in 0..1, how far lips are to be rounded.
        teeth: (F,) in 0..1, how far the lower lip is to be at the teeth.
        opened: (F,) in 0..1, how far the lips may be opened.
    """
    result = np.array(emotion, np.float32)
    for beginnings, share in ((SPREADING, 1 - narrowed), (STIFFENING, 1 - teeth), (OPENING, opened)):
        result[:, columns_of(beginnings)] *= share[:, None]
    return result


def eased(feature: NDArray[np.floating], *, fps: float) -> NDArray[np.float64]:
    """A feature (T,) at `fps` that is high a little longer, and rises and falls slowly enough for corners of
    the mouth that an emotion draws apart."""
    reach, half = round(_LINGERING * fps), round(_EASING * fps / 2)
    padded = np.pad(np.asarray(feature, np.float64), reach, "edge")
    longer = sliding_window_view(padded, 2 * reach + 1).max(axis=1)
    taps = np.hanning(2 * half + 3)[1:-1]
    return np.convolve(np.pad(longer, half, "edge"), taps / taps.sum(), "valid")
