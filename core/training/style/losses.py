# SPDX-License-Identifier: GPL-3.0-or-later
"""VAST's equation 7, with the losses of a face in the place of its reconstruction term.

Shape letters: N pairs, F frames, B = 64 coefficients, S code.
"""

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from ...models.style.decoder import HybridDecoder
from ...models.style.encoder import StyleEncoder
from ...models.style.enhancer import StyleEnhancer, divergence, drawn_start
from ..losses import FaceLosses, lip_measures
from ..losses import LossWeights as FaceWeights
from .segments import Pairs


@dataclass(frozen=True)
class LossWeights:
    """Factors of the terms.

    Attributes:
        face: of the reconstruction, `core.training.losses`.
        divergence: of the Kullback-Leibler divergence of equation 7, for a nat.
        agreement: of the squared distance of the codes of the two clips of a pair, which are in one style.
    """

    face: FaceWeights
    divergence: float = 0.001
    agreement: float = 0.05


class StyleNetworks(nn.Module):
    """The three networks together, as they are trained."""

    def __init__(self, encoder: StyleEncoder, enhancer: StyleEnhancer, decoder: HybridDecoder) -> None:
        super().__init__()
        self.encoder, self.enhancer, self.decoder = encoder, enhancer, decoder

    def code(self, expression: Tensor) -> Tensor:
        """The style (N, S) of expressions (N, F, 64), without chance."""
        mean, _, features = self.encoder(expression)
        return self.enhancer(mean, features)

    def speak(self, columns: Tensor, positions: Tensor, code: Tensor) -> Tensor:
        """Expressions (N, F, 64) of what is heard, in styles (N, S)."""
        return self.decoder(columns, positions, code, self.decoder.start(len(code)).to(code.device))[0]


class StyleLosses(nn.Module):
    """Terms of the loss of a batch, each weighted."""

    def __init__(self, captured: Tensor, weights: LossWeights) -> None:
        """Take the units of all terms from captured motion.

        Args:
            captured: (n, 64) beta of many frames.
            weights: factors.
        """
        super().__init__()
        self.weights = weights
        matrix = torch.tensor(lip_measures()[0], dtype=torch.float32)
        variance = float(captured.var(dim=0, unbiased=False).sum())
        self.face = FaceLosses(
            variance, (captured @ matrix).std(dim=0), weights.face, scale=coefficient_scale(captured)
        )

    def forward(self, networks: StyleNetworks, pairs: Pairs) -> dict[str, Tensor]:
        """See `LossWeights`."""
        mean, log_variance, features = networks.encoder(pairs.shown)
        styled = pairs.styled[:, None]
        code = networks.enhancer(drawn_start(mean, log_variance), features) * styled
        made = networks.speak(pairs.columns, pairs.positions, code)
        still = made.new_zeros(made.shape[:2])
        terms = self.face(made, pairs.target, still, torch.ones_like(still))
        # What lids do belongs to no style.
        terms.pop("eye")
        count = styled.sum().clamp(min=1)
        terms["divergence"] = (
            self.weights.divergence * (divergence(mean, log_variance) * pairs.styled).sum() / count
        )
        distance = (networks.code(pairs.shown) - networks.code(pairs.target)) ** 2
        terms["agreement"] = self.weights.agreement * (distance * styled).sum() / count
        return terms


def set_scales(networks: StyleNetworks, captured: Tensor) -> None:
    """Take the normalisation of all networks from captured motion (n, 64) of many frames."""
    for part in (networks.encoder, networks.decoder):
        part.expression_mean.copy_(captured.mean(dim=0))
        part.expression_scale.copy_(coefficient_scale(captured))


def coefficient_scale(captured: Tensor) -> Tensor:
    """Unit of each coefficient (64,) in captured motion (n, 64).

    Its standard deviation; coefficients that hardly move would otherwise be out of the optimiser's reach, or
    all noise.
    """
    deviation = captured.std(dim=0)
    return deviation.clamp(min=0.05 * float((deviation**2).mean().sqrt()))
