# SPDX-License-Identifier: GPL-3.0-or-later
"""How ExpNet does, while it is trained, on clips that it does not learn from.

Shape letters: F frames.
"""

from collections.abc import Sequence
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ..audio.mel import WINDOW_COLUMNS
from ..generate.expression import ExpressionTrack
from ..head import load_head
from ..models.expnet import ExpNet
from ..motion import EXPRESSION_SIZE
from ..retarget.solve import WeightSolver
from .captures import Capture
from .dataset import Listener
from .scores import MOUTH_MEASURES, measure_mouth, score
from .speech import SpokenClip, count_closures

_COUNTING_FPS: Final = 60.0


class Validation:
    """Clips that the network does not learn from, listened to once."""

    def __init__(self, captures: Sequence[Capture], spoken: Sequence[SpokenClip], listener: Listener) -> None:
        """Listen to captured clips, and to speech whose lip closures are counted."""
        self._captures = [(capture, _arguments(listener, capture.samples)) for capture in captures]
        self._spoken = [(clip, _arguments(listener, clip.samples)) for clip in spoken]

    def scores(self, model: ExpNet) -> dict[str, float]:
        """How the network does.

        Returns:
            Correlation of each mouth measure with the capture over the clips of each set; with speech, the
            share of m, b, p that seal and of vowels that wrongly do.
        """
        model.eval()
        solver = WeightSolver(load_head().arkit_to_expression)

        def weights(arguments: list[Tensor], times: NDArray[np.floating]) -> NDArray[np.float32]:
            with torch.no_grad():
                track = model(*arguments)[0].numpy()
            return solver.solve(ExpressionTrack(track).at(times))

        generated: dict[str, list[dict[str, NDArray]]] = {}
        for capture, arguments in self._captures:
            truth = measure_mouth(capture.weights, capture)
            made = measure_mouth(weights(arguments, np.arange(len(capture)) / capture.fps))
            valid = capture.valid
            generated.setdefault(capture.dataset, []).append(
                {name: np.stack([truth[name][valid], made[name][valid]]) for name in MOUTH_MEASURES}
            )
        scores = {
            f"{dataset} {name}": score(*np.concatenate([clip[name] for clip in clips], axis=1)).correlation
            for dataset, clips in generated.items()
            for name in MOUTH_MEASURES
        }
        if self._spoken:
            motions = [
                weights(arguments, np.arange(int(clip.duration * _COUNTING_FPS)) / _COUNTING_FPS)
                for clip, arguments in self._spoken
            ]
            closures = count_closures([clip for clip, _ in self._spoken], motions, _COUNTING_FPS)
            scores |= {"m/b/p sealed": closures.sealed, "vowels sealed": closures.vowels_sealed}
        return scores


def _arguments(listener: Listener, samples: NDArray[np.float32]) -> list[Tensor]:
    """What ExpNet takes for a whole sound, with open lids and the head's own neutral."""
    rows = listener.inputs(samples)
    inputs = [torch.from_numpy(rows[name])[None] for name in listener.names]
    windows = inputs[0].shape[1] - WINDOW_COLUMNS + 1
    return [*inputs, torch.zeros(1, windows, 1), torch.zeros(1, EXPRESSION_SIZE)]
