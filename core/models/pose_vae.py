# SPDX-License-Identifier: GPL-3.0-or-later
"""PoseVAE: head motion in a chosen style, drawn from a distribution that the voice narrows.

SadTalker (Zhang et al., CVPR 2023), sections 3.2, B.2 and B.3, figure B11 (e): a conditional variational
autoencoder over windows of T = 32 frames. Encoder and decoder are two-layer perceptrons; what is coded is the
residual of the poses rho (three angles, three translations) to the first one, rho_0; the conditions are the
voice, the style's one-hot vector and rho_0. Before decoding, an embedding of the style is added to the latent
vector.

Residuals are divided by a size of each style and channel, so that a head that hardly moves counts as much as
a lively one; those of the first frame are zero by definition, and are so here.

Shape letters: N windows, T frames, S styles, A features of the voice, Z latent size.
"""

from dataclasses import asdict, dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional

from ..generate.pose_sound import POSE_FEATURES
from ..generate.settings import HEAD_STYLES

POSE_SIZE = 6
"""Yaw, pitch, roll in radians, translation in metres."""


@dataclass(frozen=True)
class PoseVAEConfig:
    """Sizes.

    Attributes:
        frames: T of a window (the paper's 32).
        latent: Z (64, as in the public code; the paper does not say).
        hidden: width of the perceptrons.
        sound: width of the coded voice.
        features: of the voice, a frame.
        styles: names, in the order of the one-hot vector.
    """

    frames: int = 32
    latent: int = 64
    hidden: int = 512
    sound: int = 128
    features: tuple[str, ...] = POSE_FEATURES
    styles: tuple[str, ...] = HEAD_STYLES

    def as_dict(self) -> dict:
        """For JSON."""
        return asdict(self)


class PoseVAE(nn.Module):
    """The network.

    Args:
        config: sizes.
        scale: (S, 6) size of a style's residuals, radians and metres; ones until they are known.
    """

    scale: Tensor

    def __init__(self, config: PoseVAEConfig, scale: Tensor | None = None) -> None:
        super().__init__()
        self.config = config
        styles, flat = len(config.styles), config.frames * POSE_SIZE
        conditions = config.sound + POSE_SIZE
        self.register_buffer("scale", torch.ones(styles, POSE_SIZE) if scale is None else scale)
        self.audio_encoder = nn.Sequential(
            nn.Flatten(), nn.Linear(config.frames * len(config.features), config.sound), nn.ReLU()
        )
        self.encoder = nn.Sequential(
            nn.Linear(flat + styles + conditions, config.hidden),
            nn.ReLU(),
            nn.Linear(config.hidden, 2 * config.latent),
        )
        self.style_embedding = nn.Linear(styles, config.latent, bias=False)
        self.decoder = nn.Sequential(
            nn.Linear(config.latent + conditions, config.hidden),
            nn.ReLU(),
            nn.Linear(config.hidden, flat),
        )

    def encode(self, residual: Tensor, sound: Tensor, style: Tensor, first: Tensor) -> tuple[Tensor, Tensor]:
        """Mean and logarithm of the variance, (N, Z) each, of windows.

        Args:
            residual: (N, T, 6) poses less the first one, radians and metres.
            sound: (N, T, A) features of the voice.
            style: (N, S) one-hot.
            first: (N, 6) rho_0.
        """
        scale = style @ self.scale
        known = [(residual / scale[:, None]).flatten(1), style, self.audio_encoder(sound), first / scale]
        mean, spread = self.encoder(torch.cat(known, dim=1)).chunk(2, dim=1)
        return mean, spread.clamp(-12, 6)

    def decode(self, latent: Tensor, sound: Tensor, style: Tensor, first: Tensor) -> Tensor:
        """Residuals (N, T, 6) of latent vectors (N, Z); conditions as in `encode`."""
        scale = style @ self.scale
        coded = latent + self.style_embedding(style)
        known = torch.cat([coded, self.audio_encoder(sound), first / scale], dim=1)
        residual = self.decoder(known).view(-1, self.config.frames, POSE_SIZE)
        return (residual - residual[:, :1]) * scale[:, None]

    def forward(self, latent: Tensor, sound: Tensor, style: Tensor, first: Tensor) -> Tensor:
        """Poses (N, T, 6), the first of which is rho_0; as exported."""
        return first[:, None] + self.decode(latent, sound, style, first)


class PoseDiscriminator(nn.Module):
    """One-dimensional PatchGAN (Isola et al., CVPR 2017; over motion as in Speech2Gesture, Ginosar et al.,
    CVPR 2019): whether each stretch of a window moves like a head that says this in this style.

    It sees the residuals, their differences, the voice and the style, as conditional PatchGANs do: a head
    that moves well but not with its voice is told apart.
    """

    def __init__(self, config: PoseVAEConfig, width: int = 32) -> None:
        super().__init__()
        channels = 2 * POSE_SIZE + len(config.features) + len(config.styles)
        self.layers = nn.Sequential(
            nn.Conv1d(channels, width, 4, stride=2, padding=1),
            nn.LeakyReLU(0.2),
            nn.Conv1d(width, 2 * width, 4, stride=2, padding=1),
            nn.LeakyReLU(0.2),
            nn.Conv1d(2 * width, 2 * width, 3, padding=1),
            nn.LeakyReLU(0.2),
            nn.Conv1d(2 * width, 1, 3, padding=1),
        )

    def forward(self, residual: Tensor, sound: Tensor, style: Tensor) -> Tensor:
        """A score for each patch, (N, T / 4), of residuals (N, T, 6) in units of the style's scale."""
        steps = functional.pad(residual.diff(dim=1), (0, 0, 0, 1)) * DIFFERENCE_GAIN
        styles = style[:, None].expand(-1, residual.shape[1], -1)
        together = torch.cat([residual, steps, sound, styles], dim=2)
        return self.layers(together.transpose(1, 2)).squeeze(1)


DIFFERENCE_GAIN = 8.0
"""A step from frame to frame is about an eighth of a window's residuals."""
