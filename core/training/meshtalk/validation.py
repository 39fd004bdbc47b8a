# SPDX-License-Identifier: GPL-3.0-or-later
"""How MeshTalk does, while it is trained, on clips that it does not learn from.

Shape letters: K clips, F frames, H heads, C classes.
"""

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ...head import load_head
from ...models.meshtalk.autoencoder import MeshTalk
from ...models.meshtalk.autoregressive import Autoregressive
from ...models.meshtalk.fusion import categories
from ..losses import MILLIMETRES, lip_measures
from ..performances import Performance, expression_of
from .segments import Segments
from .usage import head_perplexity


class Validation:
    """Held-out performances, each from its start, cut to one length."""

    def __init__(self, performances: Sequence[Performance], segments: Segments, frames: int = 88) -> None:
        """Take the clips that are long enough and captured throughout; without any there are no figures.

        Args:
            performances: clips that the network does not learn from.
            segments: knows which columns belong to which frames.
            frames: of each clip that count.
        """
        chosen = [each for each in performances if len(each) >= frames and each.valid[:frames].all()]
        self.is_empty = not chosen
        if self.is_empty:
            return
        columns, positions = zip(*(segments.columns_of(each, 0, frames) for each in chosen), strict=True)
        self.columns = torch.from_numpy(np.stack(columns))
        self.positions = torch.from_numpy(np.stack(positions).astype(np.float32))
        self.beta = torch.from_numpy(expression_of(np.stack([each.weights[:frames] for each in chosen])))
        self.alpha = torch.zeros(len(chosen), len(load_head().identity_spread))
        self.has_upper = torch.tensor([each.has_upper for each in chosen])
        head = load_head()
        lips = np.flatnonzero(head.regions["lips"][head.spans["skin"]] > 0.5)
        self._lips = torch.from_numpy(head.expression_basis_at(lips) * MILLIMETRES)
        self._gap = torch.tensor(lip_measures()[0][:, 0], dtype=torch.float32)
        self._lids = torch.tensor(lid_matrix(), dtype=torch.float32)

    @torch.no_grad()
    def scores(self, model: MeshTalk) -> dict[str, float]:
        """Figures of the first stage, always with the most likely classes.

        Returns:
            Lip vertex error (mm: mean over frames of the largest error of a lip vertex) and correlation of
            the lip gap from own signals and from the sound alone (another clip's expression); share of the
            lids' variance explained from own signals and from the expression alone (another clip's sound),
            where lids were captured; perplexity of the heads.
        """
        if self.is_empty:
            return {}
        model.eval()
        self._go_to(model)
        audio, seen = model.hear(self.columns, self.positions), model.see(self.alpha, self.beta)
        own = model.fusion(audio, seen)
        by_sound = self._moved(model, model.fusion(audio, seen.roll(1, 0)))
        by_face = self._moved(model, model.fusion(audio.roll(1, 0), seen))
        moved = self._moved(model, own)
        perplexity = head_perplexity(own.argmax(-1).flatten(0, 1).cpu().numpy(), own.shape[-1])
        lids = {"lids": self.lids_explained(moved), "lids by face": self.lids_explained(by_face)}
        return {
            "lips mm": self.lip_error(moved),
            "lips mm by sound": self.lip_error(by_sound),
            "gap": self.gap_correlation(moved),
            "gap by sound": self.gap_correlation(by_sound),
            **(lids if self.has_upper.any() else {}),
            "perplexity": float(perplexity.mean()),
            "least perplexity": float(perplexity.min()),
        }

    @torch.no_grad()
    def likelihood(self, model: MeshTalk, network: Autoregressive) -> dict[str, float]:
        """Figures of the second stage: nats a category, and how often the most likely one is right."""
        if self.is_empty:
            return {}
        model.eval()
        network.eval()
        self._go_to(model)
        audio = model.hear(self.columns, self.positions)
        latent = categories(model.fusion(audio, model.see(self.alpha, self.beta)), is_random=False)
        logits = network(latent, audio)
        picked = (logits.log_softmax(-1) * latent).sum(-1)
        right = (logits.argmax(-1) == latent.argmax(-1)).float()
        return {"nats": float(-picked.mean()), "right": float(right.mean())}

    def lip_error(self, beta: Tensor) -> float:
        """Mean over frames of the largest error of a lip vertex, mm."""
        moved = torch.einsum("kfb,bvc->kfvc", beta - self.beta, self._lips)
        return float(moved.norm(dim=-1).amax(-1).mean())

    def gap_correlation(self, beta: Tensor) -> float:
        """Correlation of the lip gap within clips."""
        made, true = ((each @ self._gap) for each in (beta, self.beta))
        made, true = ((each - each.mean(1, keepdim=True)).flatten() for each in (made, true))
        return float((made @ true) / (made.norm() * true.norm()).clamp(min=1e-9))

    def lids_explained(self, beta: Tensor) -> float:
        """Share of the variance of the captured lid openings that is explained."""
        true, made = ((each[self.has_upper] @ self._lids) for each in (self.beta, beta))
        mean = true.mean((0, 1), keepdim=True)
        return float(1 - (made - true).square().sum() / (true - mean).square().sum().clamp(min=1e-9))

    def _go_to(self, model: MeshTalk) -> None:
        """Have all tensors where the network is."""
        device = next(model.parameters()).device
        for name, value in vars(self).items():
            if isinstance(value, Tensor):
                setattr(self, name, value.to(device))

    def _moved(self, model: MeshTalk, logits: Tensor) -> Tensor:
        latent = categories(logits, is_random=False)
        return model.space.expression(model.move(self.alpha, latent))


def lid_matrix() -> NDArray[np.float64]:
    """(64, 6): how far three places of each eye's lids stand apart, in millimetres for a beta of 1."""
    head = load_head()
    columns = []
    for side in ("left", "right"):
        upper, lower = (
            head.expression_basis_at(head.landmarks[f"eyelid_{lid}_{side}"]) for lid in ("upper", "lower")
        )
        columns.append((upper - lower)[:, :, 1])
    return np.concatenate(columns, axis=1) * MILLIMETRES
