# SPDX-License-Identifier: GPL-3.0-or-later
"""Segments of performances that MeshTalk learns from.

Every voice gets a living upper face, most often another clip's, and a network can hardly guess one from the
other: only half of the segments of captured lids keep their own.

Shape letters: F frames, T columns, C channels, B segments.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ...audio.mel import MESHTALK_MEL, SILENCE, log_mel
from ...errors import InputError
from ...generate.mesh import MESH_FPS, SOUND_COLUMNS
from ...head import load_head
from ...models.meshtalk.config import MeshTalkConfig
from ...runtime import Network
from ..performances import (
    Listen,
    Performance,
    columns_of,
    expression_of,
    longest_stretch,
    phone_listener,
    with_upper,
)


def listener(config: MeshTalkConfig, encoder: Network | None) -> Listen:
    """What the audio encoder of a configuration takes of a whole sound."""
    if config.sound == "mel":
        return partial(log_mel, settings=MESHTALK_MEL)
    assert encoder is not None
    return phone_listener(encoder)


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
            max((longest_stretch(each.valid) for each in those), default=0)
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
        return columns_of(
            each.columns,
            start,
            frames,
            columns_per_frame=self._rate / MESH_FPS,
            reach=self._reach,
            outside=SILENCE if self._silent else None,
        )

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
