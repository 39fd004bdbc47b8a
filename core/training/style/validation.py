# SPDX-License-Identifier: GPL-3.0-or-later
"""How the style networks do, while they are trained, on clips that they do not learn from."""

from collections.abc import Sequence
from typing import Final

import numpy as np
import torch
from torch import Tensor

from ...generate.styles import STYLE_FPS, styled_expression
from ..lip_agreement import lip_agreement
from ..performances import Performance, columns_of
from .edits import PRESET_EDITS, edited
from .losses import StyleNetworks
from .segments import COLUMNS_PER_FRAME

_RETRIEVED: Final = 16
"""Clips whose edited versions are told apart."""
_LONGEST: Final = 1500
"""Frames of a clip: a minute."""


class Validation:
    """Held-out clips."""

    def __init__(self, performances: Sequence[Performance]) -> None:
        """Take the clips, some of them in the styles of the presets."""
        self._clips = list(performances)
        chosen = self._clips[:: max(1, len(self._clips) // _RETRIEVED)][:_RETRIEVED]
        self._edited = [
            [each.weights, *(edited(each.weights, edit, STYLE_FPS) for edit in PRESET_EDITS.values())]
            for each in chosen
        ]

    @torch.no_grad()
    def scores(self, networks: StyleNetworks) -> dict[str, float]:
        """Figures.

        Returns:
            For each set the figures of `lip_agreement` with the code 0, and with the style of another clip of
            the set ("styled"); the share of edited clips whose code is nearest to the mean code of the same
            edit of other clips ("told apart").
        """
        if not self._clips:
            return {}
        networks.eval()
        result: dict[str, float] = {}
        for name in sorted({each.dataset for each in self._clips}):
            clips = [each for each in self._clips if each.dataset == name]
            neutral, styled = [], []
            for number, each in enumerate(clips):
                frames = min(len(each), _LONGEST)
                true = styled_expression(each.weights[:frames])
                valid = each.valid[:frames]
                own = self.code(networks, clips[number - 1].weights)
                for code, pairs in ((torch.zeros_like(own), neutral), (own, styled)):
                    made = speak(networks, each, frames, code).numpy()
                    pairs.append((made[valid], true[valid]))
            result |= {f"{name} {key}": value for key, value in lip_agreement(neutral).items()}
            result[f"{name} styled lips mm"] = lip_agreement(styled)["lips mm"]
        result["told apart"] = self._told_apart(networks)
        return result

    @staticmethod
    def code(networks: StyleNetworks, weights: np.ndarray) -> Tensor:
        """The code (1, 16) of weights (F, 52)."""
        return networks.code(torch.from_numpy(styled_expression(weights))[None])

    def _told_apart(self, networks: StyleNetworks) -> float:
        codes = np.array(
            [[self.code(networks, each)[0].numpy() for each in versions] for versions in self._edited]
        )
        if len(codes) < 2:
            return float("nan")
        right = []
        for number, own in enumerate(codes):
            means = np.delete(codes, number, axis=0).mean(axis=0)
            nearest = ((own[:, None] - means[None]) ** 2).sum(axis=-1).argmin(axis=1)
            right.append((nearest == np.arange(len(own))).mean())
        return float(np.mean(right))


def speak(networks: StyleNetworks, each: Performance, frames: int, code: Tensor) -> Tensor:
    """The first frames (F, 64) of a clip, said in a style (1, 16)."""
    columns, at = columns_of(
        each.columns,
        0,
        frames,
        columns_per_frame=COLUMNS_PER_FRAME,
        reach=networks.decoder.config.reach,
    )
    positions = torch.from_numpy(at.astype(np.float32))[None]
    return networks.speak(torch.from_numpy(columns)[None], positions, code)[0]
