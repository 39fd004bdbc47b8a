# SPDX-License-Identifier: GPL-3.0-or-later
"""MeshTalk's expression encoder: a moving mesh to one code a frame (supplement 1.2).

Shape letters: N clips, F frames, R coordinates of a mesh.
"""

import torch
from torch import Tensor, nn
from torch.nn import functional

from .audio_encoder import SLOPE
from .config import MeshTalkConfig


class ExpressionEncoder(nn.Module):
    """R -> 256 -> 128, an LSTM of 128, a linear projection to 128."""

    mean: Tensor
    scale: Tensor

    def __init__(self, config: MeshTalkConfig, mesh_size: int) -> None:
        super().__init__()
        self.first = nn.Linear(mesh_size, config.projection)
        self.second = nn.Linear(config.projection, config.width)
        self.memory = nn.LSTM(config.width, config.width, batch_first=True)
        self.code = nn.Linear(config.width, config.width)
        # Set from the head before training, so that plain meshes come in.
        self.register_buffer("mean", torch.zeros(mesh_size))
        self.register_buffer("scale", torch.ones(mesh_size))

    def forward(self, mesh: Tensor) -> Tensor:
        """(N, F, R) to (N, F, width)."""
        x = functional.leaky_relu(self.first((mesh - self.mean) / self.scale), SLOPE)
        x = functional.leaky_relu(self.second(x), SLOPE)
        return self.code(self.memory(x)[0])
