# SPDX-License-Identifier: GPL-3.0-or-later
"""The variational style enhancer: a VAE over the style code with K Householder steps.

VAST supplement, section 1, equations 2 to 7; the steps after Tomczak and Welling (Improving variational
auto-encoders using Householder flow, 2016): z_k = (I - 2 v_k v_k' / |v_k|^2) z_(k-1), v_1 from the encoder's
features and each v_k from the one before.

A reflection keeps lengths and volumes: its log-determinant is 0, so equation 7's sum of them is too, and the
Kullback-Leibler divergence to the standard normal prior keeps its closed form.

Shape letters: N clips, S code, W width, K steps.
"""

from itertools import pairwise

import torch
from torch import Tensor, nn

from .config import StyleConfig


class StyleEnhancer(nn.Module):
    """Posterior of z_0 to the style code z_K."""

    def __init__(self, config: StyleConfig) -> None:
        super().__init__()
        sizes = [config.encoder_width, *[config.code] * config.reflections]
        self.vectors = nn.ModuleList(nn.Linear(before, after) for before, after in pairwise(sizes))

    def forward(self, start: Tensor, features: Tensor) -> Tensor:
        """z_0 (N, S) and the encoder's features (N, W) to z_K (N, S)."""
        code, vector = start, features
        for layer in self.vectors:
            vector = layer(vector)
            code = reflect(code, vector)
        return code


def reflect(code: Tensor, vector: Tensor) -> Tensor:
    """Householder reflection of codes (N, S) at the planes across vectors (N, S)."""
    along = (code * vector).sum(dim=1, keepdim=True)
    size = (vector * vector).sum(dim=1, keepdim=True).clamp(min=1e-8)
    return code - 2 * along / size * vector


def drawn_start(mean: Tensor, log_variance: Tensor) -> Tensor:
    """z_0 (N, S), drawn by the reparametrisation trick."""
    return mean + (0.5 * log_variance).exp() * torch.randn_like(mean)


def divergence(mean: Tensor, log_variance: Tensor) -> Tensor:
    """KL(q(z_0) || p(z_K)) in nats (N,), p standard normal: closed, since reflections keep lengths."""
    return 0.5 * (mean**2 + log_variance.exp() - 1 - log_variance).sum(dim=1)
