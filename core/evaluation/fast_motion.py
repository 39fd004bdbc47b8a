# SPDX-License-Identifier: GPL-3.0-or-later
"""Which share of a motion is fast: jitter, where captured faces have less of it.

The energy of a motion is that of its velocity: the power of the coordinates at each frequency times the
frequency squared, of pieces of three seconds under a Hann window, half of each over the next.

Shape letters: F frames, C coordinates.
"""

from collections.abc import Iterable
from typing import Final

import numpy as np
from numpy.typing import NDArray

_PIECE_SECONDS: Final = 3.0


def motion_energy(
    coordinates: NDArray[np.floating], fps: float, above: float, below: float = np.inf
) -> tuple[float, float]:
    """Energy of a motion between two frequencies, and at all, each summed over pieces.

    Args:
        coordinates: (F, C) in any unit.
        fps: frames a second; frequencies up to half of it are seen.
        above, below: Hz.
    """
    piece = min(len(coordinates), round(_PIECE_SECONDS * fps))
    if piece < 4:
        return 0.0, 0.0
    window = np.hanning(piece + 2)[1:-1, None]
    frequencies = np.fft.rfftfreq(piece, 1 / fps)
    wanted = (frequencies >= above) & (frequencies < below)
    part = whole = 0.0
    for start in range(0, len(coordinates) - piece + 1, max(1, piece // 2)):
        rows = np.asarray(coordinates[start : start + piece], np.float64)
        spectrum = np.fft.rfft((rows - rows.mean(axis=0)) * window, axis=0)
        energy = (np.abs(spectrum) ** 2).sum(axis=1) * frequencies**2
        part += float(energy[wanted].sum())
        whole += float(energy.sum())
    return part, whole


def fast_share(
    motions: Iterable[NDArray[np.floating]], fps: float, above: float, below: float = np.inf
) -> float:
    """Share of the energy of all motions (F, C) between two frequencies; not a number where nothing moves."""
    parts = np.array([motion_energy(motion, fps, above, below) for motion in motions])
    part, whole = parts.reshape(-1, 2).sum(axis=0)
    return float(part / whole) if whole > 0 else float("nan")
