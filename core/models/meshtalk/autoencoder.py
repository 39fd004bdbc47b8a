# SPDX-License-Identifier: GPL-3.0-or-later
"""MeshTalk's first half: sound and a moving mesh to categories, and back to a moving mesh.

Shape letters: N clips, T columns, F frames, H heads, C classes, R coordinates.
"""

from torch import Tensor, nn

from ..at_positions import at_positions
from .audio_encoder import AudioEncoder
from .config import MeshTalkConfig
from .decoder import Decoder
from .expression_encoder import ExpressionEncoder
from .fusion import Fusion
from .mesh_space import MeshSpace


class MeshTalk(nn.Module):
    """Encoders, fusion and decoder, trained together."""

    def __init__(self, config: MeshTalkConfig, space: MeshSpace) -> None:
        super().__init__()
        self.config = config
        self.space = space
        self.audio_encoder = AudioEncoder(config)
        self.expression_encoder = ExpressionEncoder(config, space.mesh_size)
        self.fusion = Fusion(config)
        self.decoder = Decoder(config, space.template_size, space.displacement_size)

    def hear(self, columns: Tensor, positions: Tensor) -> Tensor:
        """Audio codes (N, F, width) of columns (N, T + 2 reach, C) at positions (N, F) in columns."""
        return at_positions(self.audio_encoder(columns), positions)

    def see(self, alpha: Tensor, beta: Tensor) -> Tensor:
        """Expression codes (N, F, width) of identities (N, 80) with expressions (N, F, 64)."""
        return self.expression_encoder(self.space.mesh(alpha, beta))

    def move(self, alpha: Tensor, latent: Tensor) -> Tensor:
        """Displacements (N, F, R) of identities (N, 80) by categories (N, F, H, C)."""
        return self.decoder(self.space.template(alpha), latent)[0]
