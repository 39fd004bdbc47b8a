# SPDX-License-Identifier: GPL-3.0-or-later
"""The transformer learns from its own feedback, so that its mistakes do not grow.

Trained on true feedback alone it would hardly listen, and drift when it runs by itself. Here all frames are
made at once, several times: each pass is told what the pass before made (scheduled sampling, Bengio et al.,
NeurIPS 2015; in parallel: Duckworth et al., 2019). After n passes the first n frames are exactly what the
network would give by itself, and the others near to it.

Shape letters: N sequences, F frames, S code, B = 64.
"""

from dataclasses import dataclass
from typing import Final

import torch
from torch import Tensor

from ...models.contextual import Contextual
from .sequences import Batch

_NOISE: Final = 0.3
"""Standard deviation of what is added to true feedback, in those of each coefficient."""
_FORGOTTEN: Final = 0.1
"""Share of sequences that are told nothing of the frame before."""


@dataclass(frozen=True)
class Unrolling:
    """How often sequences are made before they are learnt from.

    Attributes:
        first, second: share of the training from which one pass is made without learning, and two.
    """

    first: float = 0.1
    second: float = 0.5

    def passes(self, done: float) -> int:
        """Passes at a share of the training."""
        return int(done >= self.first) + int(done >= self.second)


def unrolled(model: Contextual, batch: Batch, code: Tensor, passes: int) -> Tensor:
    """beta (N, F, 64) of sequences, in styles (N, S).

    Args:
        model: the transformer.
        batch: sequences.
        code: styles.
        passes: without learning, before the one that is learnt from; 0 takes true feedback with noise.
    """
    noise = _NOISE * model.expression_scale * torch.randn_like(batch.target)
    feedback = frame_before(batch.target + noise, batch.before)
    told = (torch.rand(len(code), 1, device=code.device) >= _FORGOTTEN).to(feedback.dtype)
    known = batch.known * told

    def made() -> Tensor:
        return model(batch.heard, batch.centres, batch.time, feedback, known, code, batch.parts)

    for _ in range(passes):
        with torch.no_grad():
            feedback = frame_before(made(), batch.before)
    return made()


def frame_before(expression: Tensor, first: Tensor) -> Tensor:
    """(N, F, 64) with each frame in the place of the next, and (N, 64) in that of the first."""
    return torch.cat([first[:, None], expression[:, :-1]], dim=1)
