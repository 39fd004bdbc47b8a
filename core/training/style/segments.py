# SPDX-License-Identifier: GPL-3.0-or-later
"""What the style networks learn from: two different clips of one speaker in one style.

The style is read from the first and put on the second, whose sound and motion are known: so nothing of what
is said in the first can help, and only how it is said has to pass (the same edit on both: `edits`).

Shape letters: N pairs, T columns, C channels, F frames.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ...errors import InputError
from ...generate.speech import SPEECH_FPS
from ...generate.styles import STYLE_FPS, styled_expression
from ...retarget.arkit import BROW_NAMES, arkit_indices
from ..performances import Performance, columns_of, longest_stretch
from .edits import StyleEdit, edited, random_edit

COLUMNS_PER_FRAME: Final = SPEECH_FPS / STYLE_FPS

NEUTRAL: Final = 0.3
"""Share of examples without any code: whose style is nobody's, the mean of all."""
_UNEDITED: Final = 0.3
"""Share of the others that are left as they were captured."""
_SHARES: Final = {"speech": 1.0}
"""Weight of a second of a set; captures are rarer and truer than taught motion."""
_CAPTURED_SHARE: Final = 2.0
_BROWS: Final = arkit_indices(BROW_NAMES)


@dataclass(frozen=True)
class Pairs:
    """A batch.

    Attributes:
        shown: (N, F, 64) beta of the clips whose style is read.
        columns: (N, T + 2 reach, 46) of what is heard in the others.
        positions: (N, F) of their frames.
        target: (N, F, 64) beta of the others.
        styled: (N,) 1 where the style is to be read, 0 where the code is 0.
    """

    shown: Tensor
    columns: Tensor
    positions: Tensor
    target: Tensor
    styled: Tensor


class StyledClips:
    """Clips by who speaks, and stretches of their motion."""

    def __init__(self, performances: Sequence[Performance], frames: int, random: np.random.Generator) -> None:
        """Take the clips to draw from.

        Args:
            performances: clips at `STYLE_FPS`.
            frames: F of the longest stretch.
            random: source of every draw.

        Raises:
            InputError: no clip was captured for so long without a gap.
        """
        self.random = random
        self._clips = [each for each in performances if longest_stretch(each.valid) >= frames]
        if not self._clips:
            longest = max((longest_stretch(each.valid) for each in performances), default=0)
            raise InputError(
                f"The longest clip to train on has {longest / STYLE_FPS:.1f} s without a gap: expected at "
                f"least {frames / STYLE_FPS:.1f} s. Add longer recordings."
            )
        weights = np.array([len(each) * _SHARES.get(each.dataset, _CAPTURED_SHARE) for each in self._clips])
        self._shares = weights / weights.sum()
        self._uppers = [each for each in self._clips if each.has_upper]
        self._by_set: dict[str, list[Performance]] = {}
        for each in self._clips:
            self._by_set.setdefault(each.dataset, []).append(each)

    def any_clip(self) -> Performance:
        """A clip of anybody."""
        return self._clips[self.random.choice(len(self._clips), p=self._shares)]

    def beside(self, each: Performance) -> Performance:
        """Another clip of the same set, which mostly is by the same speaker."""
        same = self._by_set[each.dataset]
        # Its versions with a changed sound have the same face.
        is_alone = all(one.name == each.name for one in same)
        while True:
            other = same[self.random.integers(len(same))]
            if is_alone or other.name != each.name:
                return other

    def edit(self) -> StyleEdit | None:
        """How to change a style; None leaves it as it was captured."""
        return None if self.random.random() < _UNEDITED else random_edit(self.random)

    def motion(self, each: Performance, frames: int) -> tuple[int, NDArray[np.float32]]:
        """A stretch of a clip: first frame, and weights (F, 52), with another's brows where it has none."""
        while True:
            start = int(self.random.integers(0, len(each) - frames + 1))
            if each.valid[start : start + frames].all():
                break
        motion = each.weights[start : start + frames].copy()
        if not each.has_upper and self._uppers:
            upper = self._uppers[self.random.integers(len(self._uppers))]
            # A shorter one goes back and forth.
            turn = 2 * len(upper) - 2
            rows = (int(self.random.integers(0, len(upper))) + np.arange(frames)) % turn
            motion[:, _BROWS] = upper.weights[np.minimum(rows, turn - rows)][:, _BROWS]
        return start, motion


class StylePairs:
    """Draws pairs for training."""

    def __init__(self, performances: Sequence[Performance], frames: int, reach: int, *, seed: int) -> None:
        """Take the clips to draw from.

        Args:
            performances: clips at `STYLE_FPS`.
            frames: F of each segment.
            reach: columns that a frame sees on either side.
            seed: of every draw.

        Raises:
            InputError: no clip was captured for so long without a gap.
        """
        self._random = np.random.default_rng([seed, len(performances)])
        self._clips = StyledClips(performances, frames, self._random)
        self._frames, self._reach = frames, reach

    def draw(self, count: int) -> Pairs:
        """(count) pairs."""
        shown, columns, positions, targets, styled = [], [], [], [], []
        clips = self._clips
        for _ in range(count):
            each = clips.any_clip()
            start, motion = clips.motion(each, self._frames)
            heard, at = columns_of(
                each.columns, start, self._frames, columns_per_frame=COLUMNS_PER_FRAME, reach=self._reach
            )
            _, other = clips.motion(clips.beside(each), self._frames)
            is_styled = self._random.random() >= NEUTRAL
            if is_styled and (edit := clips.edit()) is not None:
                motion, other = (edited(weights, edit, STYLE_FPS) for weights in (motion, other))
            shown.append(styled_expression(other))
            targets.append(styled_expression(motion))
            columns.append(heard)
            positions.append(at)
            styled.append(float(is_styled))
        return Pairs(
            torch.from_numpy(np.stack(shown)),
            torch.from_numpy(np.stack(columns)),
            torch.from_numpy(np.stack(positions).astype(np.float32)),
            torch.from_numpy(np.stack(targets)),
            torch.tensor(styled, dtype=torch.float32),
        )

    @property
    def random_state(self) -> Mapping[str, Any]:
        """Where the draws are; set it to go on from there."""
        return self._random.bit_generator.state

    @random_state.setter
    def random_state(self, state: Mapping[str, Any]) -> None:
        self._random.bit_generator.state = state
