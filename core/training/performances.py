# SPDX-License-Identifier: GPL-3.0-or-later
"""Sounds with the motion of mouth and upper face at a network's frame rate.

Only GRID's speaker was captured with lids and brows. Mouth and upper face are independent enough to be put
together anew: the mouth of a clip, which belongs to its sound, with the upper face of another clip, which
belongs to no sound (`with_upper`).

Shape letters: F frames, T columns, C channels.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ..audio import SAMPLE_RATE
from ..generate.speech import SpeechFeatures, hear
from ..head import load_head
from ..interpolation import interpolate_monotone
from ..retarget.arkit import BLINK_NAMES, BROW_NAMES, MOUTH_NAMES, arkit_indices
from ..runtime import Network
from .augment import augment
from .captures import Capture

SMOOTHED_NAMES: Final = (*BROW_NAMES, *(name for name in BLINK_NAMES if "Blink" not in name))
"""Channels in which the tracker's noise is as large as the motion: smoothed, unlike the blinks."""
SMOOTHING_SECONDS: Final = 0.06
"""Standard deviation of that smoothing; brows take a fifth of a second and more to move."""

_MOUTH: Final = arkit_indices(MOUTH_NAMES)
_UPPER: Final = arkit_indices((*BLINK_NAMES, *BROW_NAMES))
_LEAST_SPREAD: Final = 0.02
"""Standard deviation of the lids' weights from which they were captured and not left at rest."""


@dataclass(frozen=True)
class Performance:
    """One clip, as recorded or with a changed sound.

    Attributes:
        name: of the clip.
        dataset: which set it is from.
        columns: (T, C) float16 of its sound, column k at second k / columns a second.
        weights: (F, 52) float32 at the network's frame rate.
        valid: (F,) bool, frames that were really captured.
        has_upper: whether lids and brows were captured.
    """

    name: str
    dataset: str
    columns: NDArray[np.float16]
    weights: NDArray[np.float32]
    valid: NDArray[np.bool_]
    has_upper: bool

    def __len__(self) -> int:
        return len(self.weights)


Listen = Callable[[NDArray[np.float32]], NDArray[np.float32]]
"""Samples (n,) to columns (T, C)."""


def phone_listener(encoder: Network) -> Listen:
    """What networks that listen through the speech encoder take: posteriors, then articulation (T, 46)."""

    def listen(samples: NDArray[np.float32]) -> NDArray[np.float32]:
        heard = SpeechFeatures.joined(hear(encoder, [samples]))
        return np.concatenate([heard.phones, heard.articulation], axis=1)

    return listen


def make_performances(
    captures: Sequence[Capture], listen: Listen, fps: float, *, variants: int = 0, seed: int = 0
) -> list[Performance]:
    """Each clip as recorded, and `variants` times with a changed sound (speed, pitch, room, noise ...).

    Args:
        captures: the clips.
        listen: what is taken of a sound.
        fps: the network's frames a second.
        variants: changed versions of each clip.
        seed: of the changes.
    """
    sounds = [capture.samples for capture in captures]
    made = [_performance(capture, capture.samples, 1.0, listen, fps) for capture in captures]
    for variant in range(1, variants + 1):
        for number, capture in enumerate(captures):
            changed = augment(capture.samples, sounds, np.random.default_rng([seed, variant, number]))
            made.append(_performance(capture, changed.samples, changed.speed, listen, fps))
    return made


def _performance(
    capture: Capture, samples: NDArray[np.float32], speed: float, listen: Listen, fps: float
) -> Performance:
    weights, valid, has_upper = motion_of(capture, fps, speed)
    return Performance(
        name=capture.name,
        dataset=capture.dataset,
        columns=listen(samples).astype(np.float16),
        weights=weights,
        valid=valid,
        has_upper=has_upper,
    )


def motion_of(
    capture: Capture, fps: float, speed: float = 1.0
) -> tuple[NDArray[np.float32], NDArray[np.bool_], bool]:
    """Weights (F, 52) of a clip, which frames (F,) were captured, and whether the lids were.

    Args:
        capture: the clip.
        fps: frames a second of the result.
        speed: by which its sound was made faster.
    """
    from scipy.ndimage import gaussian_filter1d

    weights = capture.weights.copy()
    smoothed = arkit_indices(SMOOTHED_NAMES)
    deviation = SMOOTHING_SECONDS * capture.fps
    weights[:, smoothed] = gaussian_filter1d(weights[:, smoothed], deviation, axis=0, mode="nearest")
    seconds = min(len(capture) / capture.fps, len(capture.samples) / SAMPLE_RATE) / speed
    times = np.arange(int(seconds * fps)) / fps * speed
    nearest = np.clip(np.round(times * capture.fps).astype(int), 0, len(capture) - 1)
    has_upper = bool(weights[:, arkit_indices(("eyeBlinkLeft",))].std() > _LEAST_SPREAD)
    return interpolate_monotone(weights, capture.fps, times), capture.valid[nearest], has_upper


def expression_of(weights: NDArray[np.float32]) -> NDArray[np.float32]:
    """beta (..., 64) of ARKit weights (..., 52), without gaze, which nobody tracked."""
    used = [*_MOUTH, *_UPPER]
    return weights[..., used] @ load_head().arkit_to_expression[:, used].T


def with_upper(mouth: NDArray[np.float32], upper: NDArray[np.float32]) -> NDArray[np.float32]:
    """Weights (F, 52) with the mouth of one clip and lids and brows of another, both (F, 52)."""
    weights = np.zeros_like(mouth)
    weights[:, _MOUTH] = mouth[:, _MOUTH]
    weights[:, _UPPER] = upper[:, _UPPER]
    return weights


def columns_of(
    columns: NDArray[np.floating],
    start: int,
    frames: int,
    *,
    columns_per_frame: float,
    reach: int,
    outside: float | None = None,
) -> tuple[NDArray[np.float32], NDArray[np.float64]]:
    """Columns that a network needs for some frames, and where the frames are among them.

    Args:
        columns: (T, C) of a whole clip.
        start: first frame.
        frames: F of them.
        columns_per_frame: of the sound.
        reach: columns that a frame sees on either side of its own.
        outside: what stands before and after the clip; by default its first and its last column.

    Returns:
        Columns (t + 2 reach, C), and positions (F,) among the t columns that the reach leaves.
    """
    at = (start + np.arange(frames)) * columns_per_frame
    first = int(at[0])
    count = int(np.ceil((frames - 1) * columns_per_frame)) + 2
    rows = np.arange(first - reach, first + count + reach)
    inside = columns[np.clip(rows, 0, len(columns) - 1)].astype(np.float32)
    if outside is not None:
        inside[(rows < 0) | (rows >= len(columns))] = outside
    return inside, at - first


def longest_stretch(valid: NDArray[np.bool_]) -> int:
    """Frames of the longest stretch that was captured without a gap."""
    gaps = np.flatnonzero(~np.concatenate([[False], valid, [False]]))
    return int(np.diff(gaps).max()) - 1
