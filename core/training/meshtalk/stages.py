# SPDX-License-Identifier: GPL-3.0-or-later
"""MeshTalk's two stages of training, each resumable.

First the encoders, the fusion and the decoder, then, on their frozen labels, the autoregressive network
(supplement 1.5: the audio encoder stays as it is).
"""

import functools
from dataclasses import asdict, dataclass
from pathlib import Path

import torch
from torch import Tensor, nn

from ...models.meshtalk.autoencoder import MeshTalk
from ...models.meshtalk.autoregressive import Autoregressive
from ...models.meshtalk.fusion import categories
from ..loop import LoopOptions, device_of, on_device, train_steps
from .losses import LossWeights, MeshTalkLosses
from .network import fingerprint
from .segments import Segments
from .validation import Validation

_WARM_UP_FRAMES = 16
"""Frames before those that count, in which the encoders' memory fills."""
_SEGMENTS_FOR_VARIANCE = 256


@dataclass(frozen=True)
class StageOptions(LoopOptions):
    """How a stage is trained.

    Attributes:
        corrupted: second stage: share of the categories seen that are drawn anew in two of three segments, so
            that the network forgives its own mistakes when it draws.
    """

    corrupted: float = 0.0


PAPER_STAGES = (StageOptions(50_000, 8, 32, 1e-4), StageOptions(15_000, 8, 64, 1e-4))
"""As the released training had them."""


def train_autoencoder(
    model: MeshTalk,
    segments: Segments,
    validation: Validation,
    options: StageOptions,
    weights: LossWeights,
    checkpoint: Path,
) -> None:
    """First stage, in place."""
    captured = segments.draw(_SEGMENTS_FOR_VARIANCE, options.frames).beta
    losses = MeshTalkLosses(model.space, weights, captured).to(device_of(model))

    def step() -> dict[str, Tensor]:
        batch = on_device(segments.draw(options.batch, options.frames), model)
        return losses(model, batch)

    made_of = {"sizes": model.config.to_json(), "losses": asdict(weights)}
    train_steps(model, step, lambda: validation.scores(model), options, checkpoint, made_of, segments)


def train_autoregressive(
    network: Autoregressive,
    model: MeshTalk,
    segments: Segments,
    validation: Validation,
    options: StageOptions,
    checkpoint: Path,
) -> None:
    """Second stage, in place, on the labels of a first stage that stays as it is."""
    model.eval().requires_grad_(False)

    def step() -> dict[str, Tensor]:
        batch = on_device(segments.draw(options.batch, options.frames + _WARM_UP_FRAMES), model)
        with torch.no_grad():
            audio = model.hear(batch.columns, batch.positions)
            latent = categories(model.fusion(audio, model.see(batch.alpha, batch.beta)), is_random=False)
        logits = network(corrupted(latent, options.corrupted), audio)
        counted = slice(_WARM_UP_FRAMES, None)
        return {
            "nats": nn.functional.cross_entropy(
                logits[:, counted].flatten(0, 2), latent[:, counted].argmax(-1).flatten()
            )
        }

    made_of = {"sizes": model.config.to_json(), "first stage": fingerprint(model)}
    scores = functools.partial(validation.likelihood, model, network)
    train_steps(network, step, scores, options, checkpoint, made_of, segments)


def corrupted(latent: Tensor, share: float) -> Tensor:
    """One-hot categories (N, F, H, C); in two of three clips a share is drawn anew from all classes."""
    if share == 0:
        return latent
    labels = latent.argmax(-1)
    chosen = torch.rand(labels.shape, device=labels.device) < share
    # Drawing begins without a mistake: one clip in three is seen as it is.
    chosen &= torch.rand(len(labels), 1, 1, device=labels.device) < 2 / 3
    others = torch.randint_like(labels, latent.shape[-1])
    return nn.functional.one_hot(torch.where(chosen, others, labels), latent.shape[-1]).to(latent.dtype)
