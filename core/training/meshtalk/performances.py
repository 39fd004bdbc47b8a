# SPDX-License-Identifier: GPL-3.0-or-later
"""What MeshTalk learns from: sounds with the motion of mouth and upper face at the network's frame rate.

Only GRID's speaker was captured with lids and brows. Mouth and upper face are independent enough to be put
together anew: the mouth of a clip, which belongs to its sound, with the upper face of another clip, which
belongs to no sound. So every voice gets a living upper face, and a network can hardly guess one from the
other: only half of the segments of captured lids keep their own.

Shape letters: F frames, T columns, C channels, B segments.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ...audio import SAMPLE_RATE
from ...audio.mel import MESHTALK_MEL, SILENCE, log_mel
from ...errors import InputError
from ...generate.mesh import MESH_FPS, SOUND_COLUMNS
from ...generate.speech import SpeechFeatures, hear
from ...head import load_head
from ...interpolation import interpolate_monotone
from ...models.meshtalk.config import MeshTalkConfig
from ...retarget.arkit import BLINK_NAMES, BROW_NAMES, MOUTH_NAMES, arkit_indices
from ...runtime import Network
from ..augment import augment
from ..captures import Capture

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
        weights: (F, 52) float32 at `MESH_FPS`.
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


def listener(config: MeshTalkConfig, encoder: Network | None) -> Listen:
    """What the audio encoder of a configuration takes of a whole sound."""
    if config.sound == "mel":
        return partial(log_mel, settings=MESHTALK_MEL)
    assert encoder is not None

    def listen(samples: NDArray[np.float32]) -> NDArray[np.float32]:
        heard = SpeechFeatures.joined(hear(encoder, [samples]))
        return np.concatenate([heard.phones, heard.articulation], axis=1)

    return listen


def make_performances(
    captures: Sequence[Capture], listen: Listen, *, variants: int = 0, seed: int = 0
) -> list[Performance]:
    """Each clip as recorded, and `variants` times with a changed sound (speed, pitch, room, noise ...)."""
    sounds = [capture.samples for capture in captures]
    made = [_performance(capture, capture.samples, 1.0, listen) for capture in captures]
    for variant in range(1, variants + 1):
        for number, capture in enumerate(captures):
            changed = augment(capture.samples, sounds, np.random.default_rng([seed, variant, number]))
            made.append(_performance(capture, changed.samples, changed.speed, listen))
    return made


def _performance(capture: Capture, samples: NDArray[np.float32], speed: float, listen: Listen) -> Performance:
    weights, valid, has_upper = motion_of(capture, speed)
    return Performance(
        name=capture.name,
        dataset=capture.dataset,
        columns=listen(samples).astype(np.float16),
        weights=weights,
        valid=valid,
        has_upper=has_upper,
    )


def motion_of(capture: Capture, speed: float = 1.0) -> tuple[NDArray[np.float32], NDArray[np.bool_], bool]:
    """Weights (F, 52) of a clip at `MESH_FPS`, which frames (F,) were captured, and whether the lids were.

    Args:
        capture: the clip.
        speed: by which its sound was made faster.
    """
    from scipy.ndimage import gaussian_filter1d

    weights = capture.weights.copy()
    smoothed = arkit_indices(SMOOTHED_NAMES)
    deviation = SMOOTHING_SECONDS * capture.fps
    weights[:, smoothed] = gaussian_filter1d(weights[:, smoothed], deviation, axis=0, mode="nearest")
    seconds = min(len(capture) / capture.fps, len(capture.samples) / SAMPLE_RATE) / speed
    times = np.arange(int(seconds * MESH_FPS)) / MESH_FPS * speed
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


@dataclass(frozen=True)
class Batch:
    """Segments of performances by many people.

    Attributes:
        columns: (B, T, C) of the sound, with the audio encoder's reach on either side.
        positions: (B, F) of the frames among the columns that the reach leaves.
        alpha: (B, 80) identities.
        beta: (B, F, 64) expressions.
    """

    columns: Tensor
    positions: Tensor
    alpha: Tensor
    beta: Tensor


class Segments:
    """Draws segments for training."""

    def __init__(self, performances: Sequence[Performance], config: MeshTalkConfig, *, seed: int) -> None:
        """Take the clips to draw from.

        Args:
            performances: clips; at least one with an upper face if the lids are to live.
            config: of the network.
            seed: of every draw.
        """
        self._random = np.random.default_rng([seed, len(performances)])
        self._rate = SOUND_COLUMNS[config.sound]
        self._reach = sum(config.dilations) * (config.kernel - 1) // 2
        self._silent = config.sound == "mel"
        self._performances = list(performances)
        self._uppers = [each for each in performances if each.has_upper]
        self._longest = min(
            max((_longest_stretch(each.valid) for each in those), default=0)
            for those in (self._performances, self._uppers or self._performances)
        )
        self._spread = load_head().identity_spread
        # Every second of every set counts alike, but captures are rarer and truer than taught motion.
        shares = np.array(
            [len(each) * (1.0 if each.dataset == "speech" else 2.0) for each in performances], float
        )
        self._shares = shares / shares.sum()

    def draw(self, count: int, frames: int) -> Batch:
        """(count) segments of so many frames.

        Raises:
            InputError: no clip, or none with an upper face, was captured for so long without a gap.
        """
        if self._longest < frames:
            raise InputError(
                f"The longest clip to train on has {self._longest / MESH_FPS:.1f} s without a gap: expected "
                f"at least {frames / MESH_FPS:.1f} s. Add longer recordings."
            )
        columns, positions, weights = [], [], []
        while len(weights) < count:
            each = self._performances[self._random.choice(len(self._performances), p=self._shares)]
            start = self._start(each, frames)
            if start is None:
                continue
            motion = each.weights[start : start + frames]
            if self._uppers and (not each.has_upper or self._random.random() < 0.5):
                motion = with_upper(motion, self._upper(frames))
            heard, at = self.columns_of(each, start, frames)
            columns.append(heard)
            positions.append(at)
            weights.append(motion)
        alpha = self._random.standard_normal((count, len(self._spread))) * self._spread
        return Batch(
            torch.from_numpy(np.stack(columns)),
            torch.from_numpy(np.stack(positions).astype(np.float32)),
            torch.from_numpy(alpha.astype(np.float32)),
            torch.from_numpy(expression_of(np.stack(weights))),
        )

    @property
    def random_state(self) -> Mapping[str, Any]:
        """Where the draws are; set it to go on from there."""
        return self._random.bit_generator.state

    @random_state.setter
    def random_state(self, state: Mapping[str, Any]) -> None:
        self._random.bit_generator.state = state

    def columns_of(
        self, each: Performance, start: int, frames: int
    ) -> tuple[NDArray[np.float32], NDArray[np.float64]]:
        """Columns (T, C) that the audio encoder needs for some frames, and where they are in its output."""
        at = (start + np.arange(frames)) * self._rate / MESH_FPS
        first = int(at[0])
        count = int(np.ceil((frames - 1) * self._rate / MESH_FPS)) + 2
        rows = np.arange(first - self._reach, first + count + self._reach)
        inside = each.columns[np.clip(rows, 0, len(each.columns) - 1)].astype(np.float32)
        if self._silent:
            inside[(rows < 0) | (rows >= len(each.columns))] = SILENCE
        return inside, at - first

    def _start(self, each: Performance, frames: int) -> int | None:
        """Where a segment may start, or None where the clip is too short or badly captured."""
        if len(each) < frames:
            return None
        start = int(self._random.integers(0, len(each) - frames + 1))
        return start if each.valid[start : start + frames].all() else None

    def _upper(self, frames: int) -> NDArray[np.float32]:
        while True:
            each = self._uppers[self._random.integers(len(self._uppers))]
            start = self._start(each, frames)
            if start is not None:
                return each.weights[start : start + frames]


def _longest_stretch(valid: NDArray[np.bool_]) -> int:
    """Frames of the longest stretch that was captured without a gap."""
    gaps = np.flatnonzero(~np.concatenate([[False], valid, [False]]))
    return int(np.diff(gaps).max()) - 1
