# SPDX-License-Identifier: GPL-3.0-or-later
"""Sound and a style to expression with VAST's hybrid decoder, block by block.

Shape letters: F frames, S code, M memory, B = 64.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from ..runtime import Network
from .expression import ExpressionTrack
from .lids import own_lids
from .sound_frames import heard_columns, silent_columns, stretches
from .speech import SpeechFeatures
from .styles import no_style


@dataclass(frozen=True)
class HybridGenerator:
    """The hybrid decoder in one style.

    Attributes:
        network: the decoder.
        style: (32,) code; 0 is neutral.
    """

    network: Network
    style: NDArray[np.float32]
    needs_encoder: bool = True
    moves_lids: bool = False

    @property
    def style_family(self) -> str:
        """Which training of the style encoder its codes are of."""
        return self.network.metadata["style_family"]

    @property
    def fps(self) -> float:
        """Frames a second."""
        return float(self.network.metadata["fps"])

    def generate(
        self,
        blocks: Iterable[NDArray[np.float32]],
        encoder: Network | None,
        keep: Callable[[SpeechFeatures], None],
    ) -> Iterator[NDArray[np.float32]]:
        """As `FaceGenerator.generate`."""
        yield from self.frames(heard_columns(blocks, encoder, keep))

    def frames(self, columns: Iterable[NDArray[np.float32]]) -> Iterator[NDArray[np.float32]]:
        """Consecutive frames (f, 64) of beta for consecutive columns (t, 46) of what is heard."""
        state = np.zeros((1, 1, int(self.network.metadata["memory"])), np.float32)
        code = np.asarray(self.style, np.float32)[None]
        for stretch in stretches(columns, self.fps, int(self.network.metadata["reach"])):
            expression, state = self.network.run(
                columns=stretch.columns[None], positions=stretch.positions[None], code=code, state=state
            )
            yield expression[0]

    def track(self, expression: NDArray[np.float32]) -> ExpressionTrack:
        """Its frames with the times that they have, the first at the start of the sound."""
        # Smoothed as ExpNet's: at 25 frames a second, what is interpolated would flicker at 12 Hz and above.
        return ExpressionTrack(expression, self.fps, 0.0)

    def lid_response(self) -> NDArray[np.float32]:
        """That of the head's own lids."""
        return own_lids()

    def posture(self) -> NDArray[np.float32]:
        """What the style does in silence, beside the neutral style."""
        neutral = replace(self, style=no_style())
        styled, plain = (
            np.concatenate(list(each.frames([silent_columns()])))[-1] for each in (self, neutral)
        )
        return styled - plain
