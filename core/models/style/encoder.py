# SPDX-License-Identifier: GPL-3.0-or-later
"""The style encoder: an expression sequence of any length to what its style may be.

What is said passes, how it is said stays: convolutions look at a third of a second, and only mean and
standard deviation over all frames of what they find leave the network (statistics pooling: Snyder et al.,
X-vectors, ICASSP 2018).

Shape letters: N clips, F frames, B = 64 coefficients, W width, S code.
"""

import torch
from torch import Tensor, nn
from torch.nn import functional

from ...motion import EXPRESSION_SIZE
from .config import StyleConfig

_LEAST_VARIANCE = 1e-4
_LOWEST_LOG_VARIANCE, _HIGHEST_LOG_VARIANCE = -8.0, 2.0


class StyleEncoder(nn.Module):
    """Expression to the posterior of its style, and what the enhancer's reflections go by."""

    expression_mean: Tensor
    expression_scale: Tensor

    def __init__(self, config: StyleConfig) -> None:
        super().__init__()
        width = config.encoder_width
        self.first = nn.Conv1d(EXPRESSION_SIZE, width, 3, padding=1)
        self.layers = nn.ModuleList(nn.Conv1d(width, width, 3, padding=1) for _ in range(2))
        self.hidden = nn.Linear(2 * width, width)
        self.mean = nn.Linear(width, config.code)
        self.log_variance = nn.Linear(width, config.code)
        self.register_buffer("expression_mean", torch.zeros(EXPRESSION_SIZE))
        self.register_buffer("expression_scale", torch.ones(EXPRESSION_SIZE))

    def forward(self, expression: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Posterior of the style.

        Args:
            expression: (N, F, 64) beta.

        Returns:
            Mean (N, S) and logarithm of the variance (N, S) of z_0, and features (N, W).
        """
        x = ((expression - self.expression_mean) / self.expression_scale).transpose(1, 2)
        x = functional.relu(self.first(x))
        for layer in self.layers:
            x = x + functional.relu(layer(x))
        mean = x.mean(dim=2)
        variance = ((x - mean[:, :, None]) ** 2).mean(dim=2)
        hidden = torch.cat([mean, (variance + _LEAST_VARIANCE).sqrt()], dim=1)
        hidden = functional.relu(self.hidden(hidden))
        log_variance = self.log_variance(hidden).clamp(_LOWEST_LOG_VARIANCE, _HIGHEST_LOG_VARIANCE)
        return self.mean(hidden), log_variance, hidden
