# SPDX-License-Identifier: GPL-3.0-or-later
"""The hybrid decoder: what is heard and a style code to the expression of each frame.

Convolutions make what lips do in sounds; a recurrence of gated units makes what lasts, the posture of brows
and mouth; both are summed. The style scales and shifts every stage (FiLM: Perez et al., AAAI 2018) without a
constant of its own, so that the code 0 changes nothing. No convolution pads: a frame sees a fixed stretch of
sound, and the recurrence hands its state on, so that a stream gives what the whole gives.

Shape letters: N clips, T columns of sound, C = 46 channels, F frames, W width, M memory, S code, B = 64.
"""

from typing import Final, cast

import torch
from torch import Tensor, nn
from torch.nn import functional

from ...motion import EXPRESSION_SIZE
from ...phones import ARTICULATIONS, PHONES
from ..at_positions import at_positions
from .config import StyleConfig

CHANNELS: Final = len(PHONES) + len(ARTICULATIONS)
"""C: the phonetic posteriorgram, and what the mouth does in the sounds."""

FAR: Final = 8.0
"""What a face does all the time may be that many standard deviations of speech away, raised brows for one: so
much faster is it learnt."""


class StyledStage(nn.Module):
    """A dilated residual stage that a style scales and shifts."""

    def __init__(self, config: StyleConfig, dilation: int) -> None:
        super().__init__()
        self.crop = dilation * (config.kernel - 1) // 2
        self.first = nn.Conv1d(config.width, config.width, config.kernel, dilation=dilation)
        self.second = nn.Conv1d(config.width, config.width, 1)
        self.style = nn.Linear(config.code, 2 * config.width, bias=False)

    def forward(self, x: Tensor, code: Tensor) -> Tensor:
        """(N, W, T) and codes (N, S) to (N, W, T - 2 crop)."""
        scale, shift = self.style(code)[:, :, None].chunk(2, dim=1)
        y = functional.relu(self.first(x)) * (1 + scale) + shift
        y = self.second(functional.relu(y))
        return x[..., self.crop : x.shape[2] - self.crop] + y


class HybridDecoder(nn.Module):
    """Phonetic posteriorgram and style to beta."""

    expression_mean: Tensor
    expression_scale: Tensor

    def __init__(self, config: StyleConfig) -> None:
        super().__init__()
        self.config = config
        self.stem = nn.Conv1d(CHANNELS, config.width, 1)
        # A phone that hardly comes in training changes next to nothing, not anything.
        nn.init.normal_(self.stem.weight, std=0.05)
        self.stages = nn.ModuleList(StyledStage(config, dilation) for dilation in config.dilations)
        self.dropout = nn.Dropout(config.dropout)
        self.memory = nn.GRU(config.width + config.code, config.memory, batch_first=True)
        self.lips = nn.Linear(config.width, EXPRESSION_SIZE)
        self.posture = nn.Linear(config.memory, EXPRESSION_SIZE)
        self.offset = nn.Linear(config.code, EXPRESSION_SIZE, bias=False)
        self.register_buffer("expression_mean", torch.zeros(EXPRESSION_SIZE))
        self.register_buffer("expression_scale", torch.ones(EXPRESSION_SIZE))

    def forward(
        self, columns: Tensor, positions: Tensor, code: Tensor, state: Tensor
    ) -> tuple[Tensor, Tensor]:
        """Expression of some frames.

        Args:
            columns: (N, T + 2 reach, 46) of what is heard.
            positions: (N, F) of the frames among the T columns that the reach leaves.
            code: (N, S) style; 0 is neutral.
            state: (1, N, M) of the recurrence; zeros at the beginning.

        Returns:
            beta (N, F, 64), and the state after the last frame.
        """
        x = self.stem(self.dropout(columns).transpose(1, 2))
        for stage in self.stages:
            x = cast(StyledStage, stage)(x, code)
        heard = at_positions(functional.relu(x).transpose(1, 2), positions)
        told = code[:, None].expand(-1, heard.shape[1], -1)
        lasting, state = self.memory(torch.cat([heard, told], dim=2), state)
        beta = self.lips(heard) + self.posture(lasting) + FAR * self.offset(code)[:, None]
        return self.expression_mean + self.expression_scale * beta, state

    def start(self, clips: int) -> Tensor:
        """The recurrence's state (1, N, M) before the first frame."""
        return torch.zeros(1, clips, self.config.memory)
