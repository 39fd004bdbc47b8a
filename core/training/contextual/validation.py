# SPDX-License-Identifier: GPL-3.0-or-later
"""How the contextual transformer does by itself, on clips that it does not learn from."""

from collections.abc import Sequence
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ...generate.styles import styled_expression
from ...models.contextual import Contextual, Step
from ..lip_agreement import lip_agreement
from ..performances import Performance
from .sequences import frame_rows

_FRAMES: Final = 70


class Validation:
    """Held-out clips, each from its start, in the neutral style."""

    def __init__(self, performances: Sequence[Performance], window: int) -> None:
        """Take stretches of one length.

        Args:
            performances: clips that the network does not learn from.
            window: rows on either side that a frame sees.
        """
        self._datasets: list[str] = []
        heard, target, valid = [], [], []
        for each in performances:
            for start in range(0, len(each) - _FRAMES + 1, 4 * _FRAMES):
                rows = slice(start, start + _FRAMES)
                self._datasets.append(each.dataset)
                heard.append(frame_rows(each.columns, start, _FRAMES, window))
                target.append(styled_expression(each.weights[rows]))
                valid.append(each.valid[rows])
        self._target, self._valid = target, valid
        self._heard = torch.from_numpy(np.stack(heard)) if heard else None
        self._window = window

    @torch.no_grad()
    def scores(self, model: Contextual) -> dict[str, float]:
        """For each set the figures of `lip_agreement`, frame by frame from the network's own feedback."""
        if self._heard is None:
            return {}
        made = alone(model, self._heard, torch.zeros(len(self._heard), model.config.code)).numpy()
        result: dict[str, float] = {}
        for name in sorted(set(self._datasets)):
            pairs: list[tuple[NDArray, NDArray]] = [
                (own[valid], true[valid])
                for dataset, own, true, valid in zip(
                    self._datasets, made, self._target, self._valid, strict=True
                )
                if dataset == name
            ]
            result |= {f"{name} {key}": value for key, value in lip_agreement(pairs).items()}
        return result


@torch.no_grad()
def alone(model: Contextual, heard: Tensor, code: Tensor) -> Tensor:
    """beta (N, F, 64) of what is heard (N, F + 2 window, 46), as the network gives it by itself."""
    model.eval()
    step = Step(model)
    wide = 2 * model.config.window + 1
    feedback, kept = step.start(len(heard))
    frames = []
    for number in range(heard.shape[1] - wide + 1):
        near = heard[:, number : number + wide]
        feedback, kept = step(near, feedback, kept, torch.tensor(number), code)
        frames.append(feedback)
    return torch.stack(frames, dim=1)
