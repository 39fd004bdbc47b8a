# SPDX-License-Identifier: GPL-3.0-or-later
"""MeshTalk's two stages of training, each resumable.

First the encoders, the fusion and the decoder, then, on their frozen labels, the autoregressive network
(supplement 1.5: the audio encoder stays as it is).
"""

import functools
import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from ...models.meshtalk.autoencoder import MeshTalk
from ...models.meshtalk.autoregressive import Autoregressive
from ...models.meshtalk.fusion import categories
from ..checkpoints import read_checkpoint, write_checkpoint
from .losses import LossWeights, MeshTalkLosses
from .network import fingerprint
from .performances import Segments
from .validation import Validation

_log = logging.getLogger(__name__)

_WARM_UP_FRAMES = 16
"""Frames before those that count, in which the encoders' memory fills."""
_LAST_RATE = 0.05
"""Part of the learning rate that is left at the end."""
_SAVE_EVERY = 500
_SEGMENTS_FOR_VARIANCE = 256


@dataclass(frozen=True)
class StageOptions:
    """How a stage is trained.

    Attributes:
        iterations: steps of the optimiser.
        batch: segments a step.
        frames: of a segment.
        learning_rate: of AdamW at the beginning, falling along a cosine to a twentieth.
        corrupted: second stage: share of the categories seen that are drawn anew in two of three segments, so
            that the network forgives its own mistakes when it draws.
        decay: weight decay.
    """

    iterations: int
    batch: int
    frames: int
    learning_rate: float
    corrupted: float = 0.0
    decay: float = 0.0


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
    losses = MeshTalkLosses(model.space, weights, captured).to(_device(model))

    def step() -> dict[str, Tensor]:
        batch = _to(segments.draw(options.batch, options.frames), model)
        return losses(model, batch)

    made_of = {"sizes": model.config.to_json(), "losses": asdict(weights)}
    _train(model, step, lambda: validation.scores(model), options, checkpoint, made_of, segments)


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
        batch = _to(segments.draw(options.batch, options.frames + _WARM_UP_FRAMES), model)
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
    _train(network, step, scores, options, checkpoint, made_of, segments)


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


def _train(
    model: nn.Module,
    step: Callable[[], Mapping[str, Tensor]],
    scores: Callable[[], dict[str, float]],
    options: StageOptions,
    checkpoint: Path,
    made_of: Mapping[str, Any],
    segments: Segments,
) -> None:
    """Optimise, log, save; go on where a checkpoint left off, if it was made of the same.

    What is drawn goes on too, so that on a processor an interruption changes nothing.
    """
    optimiser = torch.optim.AdamW(
        model.parameters(), lr=options.learning_rate, weight_decay=options.decay, betas=(0.9, 0.99)
    )
    schedule = torch.optim.lr_scheduler.LambdaLR(
        optimiser,
        lambda done: _LAST_RATE + (1 - _LAST_RATE) * (1 + np.cos(np.pi * done / options.iterations)) / 2,
    )
    first = 0
    saved = read_checkpoint(checkpoint, {"options": asdict(options), **made_of}, _device(model))
    if saved is not None:
        model.load_state_dict(saved["model"])
        optimiser.load_state_dict(saved["optimiser"])
        schedule.load_state_dict(saved["schedule"])
        first = saved["done"]
        if "drawn" in saved:
            torch.set_rng_state(saved["drawn"].cpu())
            segments.random_state = saved["segments"]
        _log.info("Going on after iteration %d of '%s'.", first, checkpoint)
    began, sums, count = time.monotonic(), {}, 0
    for done in range(first + 1, options.iterations + 1):
        model.train()
        terms = step()
        optimiser.zero_grad()
        torch.stack(list(terms.values())).sum().backward()
        nn.utils.clip_grad_norm_(model.parameters(), 5.0)
        optimiser.step()
        schedule.step()
        for name, value in terms.items():
            sums[name] = sums.get(name, 0.0) + value.item()
        count += 1
        if done % _SAVE_EVERY == 0 or done == options.iterations:
            state = {
                "model": model.state_dict(),
                "optimiser": optimiser.state_dict(),
                "schedule": schedule.state_dict(),
                "options": asdict(options),
                **made_of,
                "done": done,
                "drawn": torch.get_rng_state(),
                "segments": segments.random_state,
            }
            write_checkpoint(checkpoint, state)
            means = {name: total / count for name, total in sums.items()}
            _log.info(
                "%d (%.0f s): %s | %s",
                done,
                time.monotonic() - began,
                " ".join(f"{name} {value:.4f}" for name, value in means.items()),
                " ".join(f"{name} {value:.3f}" for name, value in scores().items()),
            )
            sums, count = {}, 0


def _device(model: nn.Module) -> torch.device:
    return next(model.parameters()).device


def _to(batch: Any, model: nn.Module) -> Any:
    """A batch where the network is."""
    device = _device(model)
    return type(batch)(*(getattr(batch, name).to(device) for name in batch.__dataclass_fields__))
