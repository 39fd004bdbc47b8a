# SPDX-License-Identifier: GPL-3.0-or-later
"""A reader of another encoder's features: what a large, foreign network heard, in our phones.

It teaches the speech encoder and re-aligns its labels; it does not ship.

Shape letters: N clips, T teacher frames (41.67 a second).
"""

from typing import Final

import torch
from torch import Tensor, nn

from .speech_outputs import SpeechHeads, SpeechOutputs, TimeBlock

READER_REACH: Final = 6
"""Teacher frames lost at either end."""


class TeacherReader(nn.Module):
    """Features (N, T, 288) to phones, articulation and voice, two frames for each of the teacher's."""

    mean: Tensor
    scale: Tensor

    def __init__(self, features: int = 288, width: int = 192, embedding: int = 96) -> None:
        super().__init__()
        self.register_buffer("mean", torch.zeros(features))
        self.register_buffer("scale", torch.ones(features))
        self.enter = nn.Sequential(
            nn.Dropout(0.2), nn.Conv1d(features, width, 1, bias=False), nn.BatchNorm1d(width), nn.ReLU()
        )
        self.blocks = nn.Sequential(
            TimeBlock(width, (1, 2), 3, 0.2),
            TimeBlock(width, (1, 2), 3, 0.2),
        )
        self.leave = nn.Conv1d(width, 2 * embedding, 1)
        self.heads = SpeechHeads(embedding)

    def forward(self, features: Tensor) -> SpeechOutputs:
        """(N, T, 288) to outputs of 2 (T - 12) frames: 192 samples before and after each teacher frame's
        middle."""
        x = self.blocks(self.enter(((features - self.mean) / self.scale).transpose(1, 2)))
        first, second = self.leave(x).chunk(2, dim=1)
        return self.heads(torch.stack([first, second], dim=3).flatten(2).transpose(1, 2))
