# SPDX-License-Identifier: GPL-3.0-or-later
"""MeshTalk's decoder: a template and categories to a moving mesh (supplement 1.4, figure 1).

All skips add, so that the template cannot be ignored.

Shape letters: N clips, F frames, H heads, C classes, R coordinates, W width.
"""

import torch
from torch import Tensor, nn
from torch.nn import functional

from .audio_encoder import SLOPE
from .config import MeshTalkConfig

State = tuple[Tensor, Tensor]
"""Hidden and cell state (2, N, W): one row for each LSTM."""


class Decoder(nn.Module):
    """Displacements from the template."""

    template_mean: Tensor
    template_scale: Tensor
    displacement_mean: Tensor
    displacement_scale: Tensor

    def __init__(self, config: MeshTalkConfig, template_size: int, displacement_size: int) -> None:
        super().__init__()
        width = config.width
        self.template = nn.Sequential(
            nn.Linear(template_size, config.projection),
            nn.LeakyReLU(SLOPE),
            nn.Linear(config.projection, width),
            nn.LeakyReLU(SLOPE),
            nn.Linear(width, width),
        )
        self.joined = nn.Linear(config.heads * config.classes + width, width)
        self.first_memory = nn.LSTM(width, width, batch_first=True)
        self.second_memory = nn.LSTM(width, width, batch_first=True)
        self.displacement = nn.Linear(width, displacement_size)
        for name, size in (("template", template_size), ("displacement", displacement_size)):
            self.register_buffer(f"{name}_mean", torch.zeros(size))
            self.register_buffer(f"{name}_scale", torch.ones(size))

    def forward(
        self, template: Tensor, latent: Tensor, state: State | None = None
    ) -> tuple[Tensor, Tensor, Tensor]:
        """Move a mesh.

        Args:
            template: (N, R) mesh at rest.
            latent: (N, F, H, C) one-hot categories.
            state: hidden and cell state (2, N, W) after the frames before; none at the beginning.

        Returns:
            Displacement (N, F, R') from the template, and the states after the last frame.
        """
        still = self.template((template - self.template_mean) / self.template_scale)[:, None]
        joined = torch.cat([latent.flatten(2), still.expand(-1, latent.shape[1], -1)], dim=2)
        x = functional.leaky_relu(self.joined(joined), SLOPE) + still
        after: list[State] = []
        for number, memory in enumerate((self.first_memory, self.second_memory)):
            before = None if state is None else (state[0][number, None], state[1][number, None])
            y, ended = memory(x, before)
            x = x + y
            after.append(ended)
        hidden, cell = (torch.cat(parts) for parts in zip(*after, strict=True))
        moved = self.displacement_mean + self.displacement_scale * self.displacement(x)
        return moved, hidden, cell
