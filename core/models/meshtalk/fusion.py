# SPDX-License-Identifier: GPL-3.0-or-later
"""MeshTalk's fusion of audio and expression into categories (supplement 1.3).

Shape letters: N clips, F frames, H heads, C classes.
"""

import torch
from torch import Tensor, nn
from torch.nn import functional

from .audio_encoder import SLOPE
from .config import MeshTalkConfig


class Fusion(nn.Module):
    """Three fully connected layers over both codes."""

    def __init__(self, config: MeshTalkConfig) -> None:
        super().__init__()
        self.shape = config.heads, config.classes
        self.first = nn.Linear(2 * config.width, config.projection)
        self.second = nn.Linear(config.projection, config.projection)
        self.third = nn.Linear(config.projection, config.heads * config.classes)

    def forward(self, audio: Tensor, expression: Tensor) -> Tensor:
        """Codes (N, F, width) of both to logits (N, F, H, C)."""
        x = functional.leaky_relu(self.first(torch.cat([audio, expression], dim=2)), SLOPE)
        x = functional.leaky_relu(self.second(x), SLOPE)
        return self.third(x).unflatten(2, self.shape)


def categories(logits: Tensor, *, temperature: float = 1.0, is_random: bool = True) -> Tensor:
    """One-hot categories (N, F, H, C) of logits, straight-through (Jang et al., ICLR 2017).

    Args:
        logits: (N, F, H, C).
        temperature: of the Gumbel softmax whose gradient is taken.
        is_random: draw, as in training; else the most likely class.
    """
    if is_random:
        return functional.gumbel_softmax(logits, tau=temperature, hard=True)
    return functional.one_hot(logits.argmax(-1), logits.shape[-1]).to(logits.dtype)
