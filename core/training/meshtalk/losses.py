# SPDX-License-Identifier: GPL-3.0-or-later
"""MeshTalk's losses: reconstruction, cross-modality, eyelid landmarks (Richard et al., ICCV 2021, section 3).

L_xMod = sum over t, v of M_upper(v) |h_expr - x|^2 + M_mouth(v) |h_audio - x|^2, where h_audio keeps the
clip's sound and takes the expression of another clip of the batch, and h_expr the reverse. All in square
millimetres, averaged over the vertices of the region, so that no mask weighs more for being larger.

Beyond the paper: lip gaps and mouth width, since an average over thousands of vertices hardly feels whether
lips meet; the entropy of each head's mean category, so that no head dies; and how far lips move when only the
expression is another clip's, lids and brows when only the sound is, each as a share of its region's captured
variance. L_xMod leaves that open: a swapped mesh may be right on the whole, and the true one lean on both.

Shape letters: N clips, F frames, H heads, C classes, R coordinates.
"""

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from ...head import load_head
from ...models.meshtalk.autoencoder import MeshTalk
from ...models.meshtalk.fusion import categories
from ...models.meshtalk.mesh_space import MeshSpace, combined_regions
from ..losses import lip_measures
from .segments import Batch


@dataclass(frozen=True)
class LossWeights:
    """Factors of the terms; those of the paper are 1."""

    reconstruction: float = 1.0
    cross: float = 1.0
    lids: float = 1.0
    lips: float = 0.3
    usage: float = 0.02
    apart: float = 4.0


class MeshTalkLosses(nn.Module):
    """The loss of the first stage."""

    lip_matrix: Tensor

    def __init__(self, space: MeshSpace, weights: LossWeights, captured: Tensor) -> None:
        """Build the sums over vertices.

        Args:
            space: in which meshes come and go.
            weights: factors of the terms.
            captured: (N, F, 64) expressions, for the variance of each region.
        """
        super().__init__()
        head = load_head()
        self.space = space
        self.weights = weights
        self.whole = space.norm(np.ones(head.vertex_count))
        self.upper = space.norm(combined_regions(head, ["upper_face"]))
        self.mouth = space.norm(combined_regions(head, ["mouth", "jaw"]))
        lids = np.zeros(head.vertex_count)
        for name, vertices in head.landmarks.items():
            if name.startswith("eyelid_"):
                lids[vertices] = 1
        self.lids = space.norm(lids)
        self.regions = {
            "lips": space.norm(combined_regions(head, ["lips"])),
            "lids": space.norm(combined_regions(head, ["eyelids"])),
            "brows": space.norm(np.maximum(head.regions["upper_face"] - head.regions["eyelids"], 0)),
        }
        moved = space.displacement(captured)
        moved = moved - moved.mean((0, 1))
        self.variance = {name: norm(moved).mean().item() for name, norm in self.regions.items()}
        self.register_buffer("lip_matrix", torch.tensor(lip_measures()[0], dtype=torch.float32))

    def forward(self, model: MeshTalk, batch: Batch, *, temperature: float = 1.0) -> dict[str, Tensor]:
        """Terms, each already weighted."""
        audio = model.hear(batch.columns, batch.positions)
        seen = model.see(batch.alpha, batch.beta)
        roll = int(torch.randint(1, max(2, len(audio)), ()))
        count = len(audio)
        # Sound and expression: both its own, another's expression, another's sound.
        logits = model.fusion(
            torch.cat([audio, audio, audio.roll(roll, 0)]), torch.cat([seen, seen.roll(roll, 0), seen])
        )
        latent = categories(logits, temperature=temperature)
        # The mesh that moves is the one whose clip it is; only signals are another's.
        moved = model.move(batch.alpha.repeat(3, 1), latent)
        own, by_sound, by_face = moved.split(count)
        wanted = self.space.displacement(batch.beta)
        weights = self.weights
        terms = {
            "reconstruction": weights.reconstruction * self.whole(own - wanted).mean(),
            "lids": weights.lids
            * (self.lids(own - wanted).mean() + weights.cross * self.lids(by_face - wanted).mean()),
            "lips": weights.lips
            * (self._lips(own, batch.beta) + weights.cross * self._lips(by_sound, batch.beta)),
            "usage": weights.usage * unused(logits[:count]),
        }
        if weights.cross:
            terms["cross upper"] = weights.cross * self.upper(by_face - wanted).mean()
            terms["cross mouth"] = weights.cross * self.mouth(by_sound - wanted).mean()
            changes = {"lips": own - by_sound, "lids": own - by_face, "brows": own - by_face}
            shares = [
                self.regions[name](change).mean() / self.variance[name] for name, change in changes.items()
            ]
            terms["apart"] = weights.cross * weights.apart * torch.stack(shares).mean()
        return terms

    def _lips(self, moved: Tensor, beta: Tensor) -> Tensor:
        """Difference of lip gaps and mouth width, millimetres."""
        difference = (self.space.expression(moved) - beta) @ self.lip_matrix
        return functional.smooth_l1_loss(difference, torch.zeros_like(difference))


def unused(logits: Tensor) -> Tensor:
    """How far the mean categories of the heads are from even, logits (N, F, H, C); 0 where they are even."""
    mean = logits.softmax(-1).flatten(0, 1).mean(0)
    entropy = -(mean * mean.clamp(min=1e-9).log()).sum(-1)
    return (np.log(logits.shape[-1]) - entropy).mean()
