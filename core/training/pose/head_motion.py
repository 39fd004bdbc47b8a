# SPDX-License-Identifier: GPL-3.0-or-later
"""Captured head motion, freed of the tracker's jitter and of where the camera stood.

Letter: F frames.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.signal import butter, sosfiltfilt
from scipy.spatial.transform import Rotation

from ..captures import Capture

JITTER_HERTZ: Final = 6.0
"""What is faster is taken for the tracker's jitter: in GRID s1 the power of rotation falls 160-fold from 1 to
6 Hz, and from there to 12 Hz only 6-fold."""
_FILTER_ORDER: Final = 2
"""Twice as much after both directions, which shift nothing in time."""


@dataclass(frozen=True)
class HeadMotion:
    """The head's motion in one clip.

    Attributes:
        name: of the clip.
        dataset: that it comes from.
        fps: frames per second; frame i is at i / fps.
        rotation: (F, 3) float32, yaw, pitch, roll in radians against the clip's own mean, in head axes.
        translation: (F, 3) float32 metres, against the clip's mean, in the mean head's axes.
        raw_rotation: (F, 3) float32, `rotation` as the tracker saw it.
        samples: (n,) float32, 16 kHz.
        text: the words that are said, empty where nobody knows.
    """

    name: str
    dataset: str
    fps: float
    rotation: NDArray[np.float32]
    translation: NDArray[np.float32]
    raw_rotation: NDArray[np.float32]
    samples: NDArray[np.float32]
    text: str = ""

    def __len__(self) -> int:
        return len(self.rotation)


def head_motions(captures: Iterable[Capture]) -> list[HeadMotion]:
    """Head motion of clips whose head was captured all the time.

    People sit otherwise in every clip, which says nothing of how they move: each clip's mean is its neutral
    pose. Live Link Face keeps no translation; there it is zero.
    """
    motions = []
    for capture in captures:
        if capture.head is None or len(capture) < 8 or capture.valid.mean() < 0.9:
            continue
        raw = _against_mean(capture.head[:, :3])
        shift = capture.head[:, 3:].astype(np.float64)
        centre = _matrices(capture.head[:, :3]).mean()
        shift = centre.inv().apply(shift - shift.mean(axis=0))
        motions.append(
            HeadMotion(
                name=capture.name,
                dataset=capture.dataset,
                fps=capture.fps,
                rotation=_without_jitter(raw, capture.fps).astype(np.float32),
                translation=_without_jitter(shift, capture.fps).astype(np.float32),
                raw_rotation=raw.astype(np.float32),
                samples=capture.samples,
                text=capture.text,
            )
        )
    return motions


def _matrices(angles: NDArray[np.floating]) -> Rotation:
    """R = Ry(yaw) Rx(-pitch) Rz(roll)."""
    return Rotation.from_euler("YXZ", np.asarray(angles, np.float64) * (1, -1, 1))


def _against_mean(angles: NDArray[np.floating]) -> NDArray[np.float64]:
    """Angles (F, 3) of heads as their mean sees them."""
    heads = _matrices(angles)
    return (heads.mean().inv() * heads).as_euler("YXZ") * (1, -1, 1)


def _without_jitter(values: NDArray[np.float64], fps: float) -> NDArray[np.float64]:
    """Curves (F, C) without what is faster than heads move; small angles may be filtered one by one."""
    if fps <= 2 * JITTER_HERTZ:
        return values
    sections = butter(_FILTER_ORDER, JITTER_HERTZ, fs=fps, output="sos")
    return sosfiltfilt(sections, values, axis=0, padlen=min(len(values) - 1, round(fps)))
