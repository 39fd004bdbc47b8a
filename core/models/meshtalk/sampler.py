# SPDX-License-Identifier: GPL-3.0-or-later
"""The autoregressive network frame by frame, drawing as it goes.

What a layer needs of earlier frames is kept: the categories of the frame before for the first layer, as many
frames of the layer below as its dilation for the others. Within a frame each head adds its own channels only,
so a frame costs every weight once, however long the past is.

Shape letters: N takes, H heads, C classes, K channels of a head, D = 2 + 4 + 8 kept frames, W width.
"""

import torch
from torch import Tensor, nn
from torch.nn import functional

from .audio_encoder import SLOPE
from .autoregressive import Autoregressive


class Sampler(nn.Module):
    """One frame: sound, past and noise to categories."""

    offsets: Tensor

    def __init__(self, network: Autoregressive) -> None:
        super().__init__()
        config = self.config = network.config
        first, *others = network.masked_layers
        heads, classes, channels = config.heads, config.classes, config.head_channels
        self.first_present = nn.Parameter(first.present_weight().detach().T.clone())
        # The last row stands for what is before the first frame.
        self.first_past = nn.Parameter(
            torch.cat([first.past.weight.detach().T, torch.zeros(1, heads * channels)])
        )
        self.audio = nn.ModuleList(layer.audio for layer in network.masked_layers)
        self.past = nn.ModuleList(layer.past for layer in others)
        self.present = nn.ParameterList(
            # Head h looks at heads up to its own: rows of h, columns up to h, no zeros stored or multiplied.
            nn.Parameter(
                layer.present_weight()
                .detach()[head * channels : (head + 1) * channels, : (head + 1) * channels]
                .T.clone()
            )
            for layer in others
            for head in range(heads)
        )
        self.weight, self.bias = network.weight, network.bias
        self.register_buffer("offsets", torch.arange(heads) * classes, persistent=False)

    @property
    def kept_frames(self) -> int:
        """D."""
        return sum(self.config.past_dilations[1:])

    def start(self, takes: int) -> tuple[Tensor, Tensor]:
        """Categories and kept frames before the first frame."""
        config = self.config
        labels = torch.full((takes, config.heads), -1, dtype=torch.int64)
        return labels, torch.zeros(takes, self.kept_frames, config.heads * config.head_channels)

    def forward(
        self,
        audio: Tensor,
        labels: Tensor,
        kept: Tensor,
        noise: Tensor,
        temperature: Tensor,
        top_p: Tensor,
    ) -> tuple[Tensor, Tensor, Tensor]:
        """Draw one frame.

        Args:
            audio: (N, W) code of the frame.
            labels: (N, H) int64 categories of the frame before; -1 before the first.
            kept: (N, D, H K) of earlier frames.
            noise: (N, H, C) Gumbel noise; zeros take the most likely category.
            temperature: () by which logits are divided.
            top_p: () share of probability within which is drawn, 0..1: the most likely categories that
                together reach it (Holtzman et al., ICLR 2020).

        Returns:
            Categories (N, H) int64, kept frames for the next step, and logits (N, H, C).
        """
        config = self.config
        heads, channels, classes = config.heads, config.head_channels, config.classes
        rows = torch.where(labels < 0, torch.full_like(labels, heads * classes), labels + self.offsets)
        before = [self.first_past[rows].sum(1) + self.audio[0](audio)]
        inputs = kept.split(list(config.past_dilations[1:]), dim=1)
        for past, hear, each in zip(self.past, self.audio[1:], inputs, strict=True):
            before.append(past(each[:, 0]) + hear(audio))
        # Channels of the heads so far, for each layer.
        layers: list[list[Tensor]] = [[] for _ in before]
        picked, all_logits = [], []
        first = before[0]
        for head in range(heads):
            own = slice(head * channels, (head + 1) * channels)
            layers[0].append(functional.leaky_relu(first[:, own], SLOPE))
            for number in range(1, len(before)):
                weight = self.present[(number - 1) * heads + head]
                below = torch.cat(layers[number - 1], dim=1)
                layers[number].append(functional.leaky_relu(before[number][:, own] + below @ weight, SLOPE))
            logits = layers[-1][head] @ self.weight[head] + self.bias[head]
            label = draw(logits, noise[:, head], temperature, top_p)
            picked.append(label)
            all_logits.append(logits)
            if head + 1 < heads:
                first = first + self.first_present[label + head * classes]
        # A layer keeps what the one below it gave, the newest last.
        after = [
            torch.cat([each[:, 1:], torch.cat(layer, dim=1)[:, None]], dim=1)
            for each, layer in zip(inputs, layers, strict=False)
        ]
        return torch.stack(picked, dim=1), torch.cat(after, dim=1), torch.stack(all_logits, dim=1)


def draw(logits: Tensor, noise: Tensor, temperature: Tensor, top_p: Tensor) -> Tensor:
    """Categories (N,) of logits (N, C), by the Gumbel-max trick among the likeliest that reach `top_p`."""
    scaled = logits / temperature
    ordered, order = scaled.sort(dim=-1, descending=True)
    share = ordered.softmax(-1)
    # A category counts while those before it have not reached the share; the first always does.
    late = (share.cumsum(-1) - share >= top_p) & (torch.arange(logits.shape[-1], device=logits.device) > 0)
    drawn = ordered + noise.gather(1, order) - 1e9 * late.to(logits.dtype)
    return order.gather(1, drawn.argmax(-1, keepdim=True))[:, 0]
