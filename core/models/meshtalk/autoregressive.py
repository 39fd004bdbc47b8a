# SPDX-License-Identifier: GPL-3.0-or-later
"""MeshTalk's autoregressive network over the categories (supplement 1.5).

Four convolutions over time, kernel 2, dilations 1, 2, 4, 8. Head h at frame t sees all heads of frames
before, and of its own frame the heads before h; the sound of frame t comes into every layer. Two forms of the
same weights: all frames at once, for training, and frame by frame with what each layer will need again kept
(`sampler.Sampler`).

Shape letters: N clips, F frames, H heads, C classes, K channels of a head, W width of the audio code.
"""

from typing import cast

import torch
from torch import Tensor, nn
from torch.nn import functional

from .audio_encoder import SLOPE
from .config import MeshTalkConfig


class MaskedLayer(nn.Module):
    """One masked convolution of kernel 2: what it takes of its own frame and of a frame before."""

    mask: Tensor

    def __init__(self, config: MeshTalkConfig, channels_in: int, *, sees_itself: bool) -> None:
        super().__init__()
        heads, channels = config.heads, config.head_channels
        self.present = nn.Linear(heads * channels_in, heads * channels, bias=False)
        self.past = nn.Linear(heads * channels_in, heads * channels, bias=False)
        self.audio = nn.Linear(config.width, heads * channels)
        earlier = torch.ones(heads, heads).tril(0 if sees_itself else -1)
        mask = earlier.repeat_interleave(channels, 0).repeat_interleave(channels_in, 1)
        self.register_buffer("mask", mask.bool(), persistent=False)

    def present_weight(self) -> Tensor:
        """(H K, H channels_in) with zeros where a head must not look."""
        return self.present.weight * self.mask

    def forward(self, x: Tensor, audio: Tensor, dilation: int) -> Tensor:
        """(N, F, H channels_in) and audio codes (N, F, W) to (N, F, H K); before the first frame is zero."""
        before = functional.pad(x, (0, 0, dilation, 0))[:, : x.shape[1]]
        y = functional.linear(x, self.present_weight()) + self.past(before) + self.audio(audio)
        return functional.leaky_relu(y, SLOPE)


class Autoregressive(nn.Module):
    """Logits of every category from the categories before it and the sound."""

    def __init__(self, config: MeshTalkConfig) -> None:
        super().__init__()
        self.config = config
        self.layers = nn.ModuleList(
            MaskedLayer(config, config.head_channels if number else config.classes, sees_itself=number > 0)
            for number in range(len(config.past_dilations))
        )
        heads, channels = config.heads, config.head_channels
        self.weight = nn.Parameter(torch.randn(heads, channels, config.classes) / channels**0.5)
        self.bias = nn.Parameter(torch.zeros(heads, config.classes))

    @property
    def masked_layers(self) -> list[MaskedLayer]:
        """The layers, first to last."""
        return [cast(MaskedLayer, layer) for layer in self.layers]

    def forward(self, latent: Tensor, audio: Tensor) -> Tensor:
        """One-hot categories (N, F, H, C) and audio codes (N, F, W) to logits (N, F, H, C)."""
        x = latent.flatten(2)
        for layer, dilation in zip(self.masked_layers, self.config.past_dilations, strict=True):
            x = layer(x, audio, dilation)
        x = x.unflatten(2, (self.config.heads, self.config.head_channels))
        return torch.einsum("nfhk,hkc->nfhc", x, self.weight) + self.bias
