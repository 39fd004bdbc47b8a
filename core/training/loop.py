# SPDX-License-Identifier: GPL-3.0-or-later
"""Steps of an optimiser, logged, and resumable where they were interrupted."""

import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final, Protocol

import numpy as np
import torch
from torch import Tensor, nn

from .checkpoints import read_checkpoint, write_checkpoint

_log = logging.getLogger(__name__)

_LAST_RATE: Final = 0.05
"""Part of the learning rate that is left at the end."""
_SAVE_EVERY: Final = 500


@dataclass(frozen=True)
class LoopOptions:
    """How a network is trained.

    Attributes:
        iterations: steps of the optimiser.
        batch: segments a step.
        frames: of a segment.
        learning_rate: of AdamW at the beginning, falling along a cosine to a twentieth.
        decay: weight decay.
    """

    iterations: int
    batch: int
    frames: int
    learning_rate: float
    decay: float = 0.0


class Source(Protocol):
    """Draws batches."""

    @property
    def random_state(self) -> Mapping[str, Any]:
        """Where the draws are."""
        ...

    @random_state.setter
    def random_state(self, state: Mapping[str, Any]) -> None: ...


def train_steps(
    model: nn.Module,
    step: Callable[[], Mapping[str, Tensor]],
    scores: Callable[[], dict[str, float]],
    options: LoopOptions,
    checkpoint: Path,
    made_of: Mapping[str, Any],
    source: Source,
) -> None:
    """Optimise, log, save; go on where a checkpoint left off, if it was made of the same.

    What is drawn goes on too, so that on a processor an interruption changes nothing.

    Args:
        model: the network.
        step: makes the terms of a step's loss, each weighted.
        scores: how the network does on clips that it does not learn from.
        options: see `LoopOptions`.
        checkpoint: file to go on from and to write.
        made_of: what else the training is made of.
        source: where batches are drawn from.
    """
    optimiser = torch.optim.AdamW(
        model.parameters(), lr=options.learning_rate, weight_decay=options.decay, betas=(0.9, 0.99)
    )
    schedule = torch.optim.lr_scheduler.LambdaLR(
        optimiser,
        lambda done: _LAST_RATE + (1 - _LAST_RATE) * (1 + np.cos(np.pi * done / options.iterations)) / 2,
    )
    first = 0
    saved = read_checkpoint(checkpoint, {"options": asdict(options), **made_of}, device_of(model))
    if saved is not None:
        model.load_state_dict(saved["model"])
        optimiser.load_state_dict(saved["optimiser"])
        schedule.load_state_dict(saved["schedule"])
        first = saved["done"]
        if "drawn" in saved:
            torch.set_rng_state(saved["drawn"].cpu())
            source.random_state = saved["segments"]
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
                "segments": source.random_state,
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


def device_of(model: nn.Module) -> torch.device:
    """Where a network is."""
    return next(model.parameters()).device


def on_device(batch: Any, model: nn.Module) -> Any:
    """A batch where the network is."""
    device = device_of(model)
    return type(batch)(*(getattr(batch, name).to(device) for name in batch.__dataclass_fields__))
