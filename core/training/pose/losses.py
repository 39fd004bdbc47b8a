# SPDX-License-Identifier: GPL-3.0-or-later
"""PoseVAE's losses: SadTalker, section B.3, equations 11 to 13."""

from dataclasses import dataclass

import torch
from torch import Tensor

from ...models.pose_vae import PoseDiscriminator, PoseVAE
from .clips import WindowBatch

_NOISE = 0.02
"""Of the discriminator's inputs, as a part of the style's scale."""


@dataclass(frozen=True)
class PoseLossWeights:
    """Weights of the terms, and the unit of the first one.

    Attributes:
        error: of the mean squared error (equation 11).
        divergence: of the Kullback-Leibler divergence from the standard normal distribution.
        adversarial: of the discriminator's judgement (equation 12).
        unit: in which errors are counted, as a part of the style's scale. The paper does not print in what
            units its poses are, and they decide how much the latent vector carries: the greater the error
            counts, the more.
    """

    error: float = 1.0
    divergence: float = 1.0
    adversarial: float = 0.7
    unit: float = 0.11


def generator_losses(
    model: PoseVAE, judge: PoseDiscriminator, batch: WindowBatch, weights: PoseLossWeights
) -> dict[str, Tensor]:
    """The terms of equation 13, weighted.

    The discriminator judges what is coded and what is drawn alike: drawing is what the network is for, and a
    drawn head can only please it by moving with the voice.
    """
    mean, spread = model.encode(batch.residual, batch.sound, batch.style, batch.first)
    latent = mean + torch.randn_like(mean) * (0.5 * spread).exp()
    scale = (batch.style @ model.scale)[:, None]
    coded = model.decode(latent, batch.sound, batch.style, batch.first)
    drawn = model.decode(torch.randn_like(mean), batch.sound, batch.style, batch.first)
    error = ((coded - batch.residual) / (scale * weights.unit)) ** 2
    divergence = 0.5 * (mean**2 + spread.exp() - 1 - spread)
    judged = [judge(each / scale, batch.sound, batch.style) for each in (coded, drawn)]
    adversarial = torch.stack([((score - 1) ** 2).mean() for score in judged]).mean()
    return {
        "error": weights.error * error.sum(dim=2).mean(),
        "divergence": weights.divergence * divergence.sum(dim=1).mean(),
        "adversarial": weights.adversarial * adversarial,
    }


def judge_loss(model: PoseVAE, judge: PoseDiscriminator, batch: WindowBatch) -> Tensor:
    """The discriminator's own loss, least squares (Mao et al., ICCV 2017)."""
    scale = (batch.style @ model.scale)[:, None]
    residual = batch.residual / scale
    with torch.no_grad():
        latent = torch.randn(len(batch.first), model.config.latent, device=batch.first.device)
        drawn = model.decode(latent, batch.sound, batch.style, batch.first)
    # A little noise on what it sees keeps it from telling the two apart by what no eye could see.
    real = judge(residual + _NOISE * torch.randn_like(residual), batch.sound, batch.style)
    false = judge(drawn / scale + _NOISE * torch.randn_like(residual), batch.sound, batch.style)
    return ((real - 1) ** 2).mean() + (false**2).mean()
