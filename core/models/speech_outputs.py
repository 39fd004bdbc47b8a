# SPDX-License-Identifier: GPL-3.0-or-later
"""What every speech encoder gives, and the parts that they share.

Shape letters: N clips, F frames (80 a second), E = embedding size, C channels, T steps.
"""

import json
from collections.abc import Mapping
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional

from ..phones import ARTICULATIONS, PHONES


class SpeechOutputs(NamedTuple):
    """For each frame: phone logits (N, F, 40), articulation logits (N, F, 6), voice activity logits
    (N, F, 1), embedding (N, F, E)."""

    phones: Tensor
    articulation: Tensor
    voice: Tensor
    embedding: Tensor


class SpeechHeads(nn.Module):
    """From an embedding to phones, articulation and voice activity."""

    def __init__(self, size: int) -> None:
        super().__init__()
        self.sizes = (len(PHONES), len(ARTICULATIONS), 1)
        self.linear = nn.Linear(size, sum(self.sizes))

    def forward(self, embedding: Tensor) -> SpeechOutputs:
        """(N, F, E) to everything."""
        phones, articulation, voice = self.linear(embedding).split(self.sizes, dim=2)
        return SpeechOutputs(phones, articulation, voice, embedding)


class TimeBlock(nn.Module):
    """Two dilated convolutions over time with batch normalisation and a shortcut; (N, C, T) to (N, C, T - r).

    Of the r = 2 (d1 + d2) columns lost, `ahead` are lost at the end: that far the block looks ahead.
    """

    def __init__(self, channels: int, dilations: tuple[int, int], ahead: int, dropout: float = 0.0) -> None:
        super().__init__()
        self.reach = 2 * sum(dilations)
        self.ahead = ahead
        self.first = nn.Conv1d(channels, channels, 3, dilation=dilations[0], bias=False)
        self.first_norm = nn.BatchNorm1d(channels)
        self.dropout = nn.Dropout(dropout)
        self.second = nn.Conv1d(channels, channels, 3, dilation=dilations[1], bias=False)
        self.second_norm = nn.BatchNorm1d(channels)

    def forward(self, x: Tensor) -> Tensor:
        """(N, C, T) to (N, C, T - reach)."""
        y = self.dropout(functional.relu(self.first_norm(self.first(x))))
        y = self.second_norm(self.second(y))
        shortcut = x[:, :, self.reach - self.ahead : -self.ahead]
        return functional.relu(y + shortcut)


class Probabilities(nn.Module):
    """An encoder with posteriors in place of logits, as it is exported."""

    def __init__(self, encoder: nn.Module) -> None:
        super().__init__()
        self.encoder = encoder

    def forward(self, rows: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """Rows (N, T, ...) to phones (N, F, 40), articulation (N, F, 6), voice (N, F, 1) and embedding."""
        outputs = self.encoder(rows)
        return (
            outputs.phones.softmax(dim=2),
            outputs.articulation.sigmoid(),
            outputs.voice.sigmoid(),
            outputs.embedding,
        )


def encoder_metadata(
    name: str, before: int, after: int, stride: int, config: Mapping[str, Any]
) -> dict[str, str]:
    """What an exported speech encoder says of itself.

    Args:
        name: of its input, "sound" or "mel".
        before: rows that a frame needs before its own.
        after: rows that it needs after its own.
        stride: frames come in multiples of these.
        config: sizes of the network.
    """
    return {
        "model": "speech_encoder",
        "input": name,
        "columns_before": str(before),
        "columns_after": str(after),
        "stride": str(stride),
        "phones": json.dumps(PHONES),
        "articulations": json.dumps(ARTICULATIONS),
        "config": json.dumps(config),
    }


def interleave(x: Tensor) -> Tensor:
    """(N, 2 C, T) to (N, C, 2 T): the first half of the channels is the earlier of each pair of columns."""
    first, second = x.chunk(2, dim=1)
    return torch.stack([first, second], dim=3).flatten(2)
