# SPDX-License-Identifier: GPL-3.0-or-later
"""MeshTalk's audio encoder: a dilated temporal convolutional network (supplement 1.1).

Table 1 is a picture that the text lacks; the sizes follow the released network: layers of one width, kernel
5, dilations 2, 4, 6, 2, 4, 6, a skip around each. No convolution pads: a column's code sees a fixed stretch
of sound, so that a stream gives what the whole gives.

Shape letters: N clips, T columns, F frames.
"""

from typing import Final

from torch import Tensor, nn
from torch.nn import functional

from ...audio.mel import MEL_BANDS, SILENCE
from ...phones import ARTICULATIONS, PHONES
from .config import MeshTalkConfig

SLOPE: Final = 0.2
"""Of every leaky ReLU."""
CHANNELS: Final = {"mel": MEL_BANDS, "phones": len(PHONES) + len(ARTICULATIONS)}
"""Channels of what it takes; as in `generate.expression_inputs`."""


class AudioEncoder(nn.Module):
    """Sound to one code a column."""

    def __init__(self, config: MeshTalkConfig) -> None:
        super().__init__()
        self.sound = config.sound
        self.reach = sum(config.dilations) * (config.kernel - 1) // 2
        """Columns of sound that a code sees on either side of its own."""
        self.first = nn.Conv1d(CHANNELS[config.sound], config.width, 1)
        if config.sound == "phones":
            # A phone that hardly comes in training changes next to nothing, not anything.
            nn.init.normal_(self.first.weight, std=0.05)
        self.layers = nn.ModuleList(
            nn.Conv1d(config.width, config.width, config.kernel, dilation=dilation)
            for dilation in config.dilations
        )
        self.dropout = nn.Dropout(config.dropout)
        self.code = nn.Conv1d(config.width, config.width, 1)

    def forward(self, columns: Tensor) -> Tensor:
        """Columns (N, T + 2 reach, C) to codes (N, T, width)."""
        x = columns.transpose(1, 2)
        if self.sound == "mel":
            # The spectrogram spans about -5 (silence) to 1.5; the network wants numbers around 0.
            x = x / 1.5 - SILENCE / 3
        x = functional.leaky_relu(self.first(x), SLOPE)
        for layer in self.layers:
            y = self.dropout(functional.leaky_relu(layer(x), SLOPE))
            crop = (x.shape[2] - y.shape[2]) // 2
            x = y + x[..., crop : x.shape[2] - crop]
        return self.code(x).transpose(1, 2)
