# SPDX-License-Identifier: GPL-3.0-or-later
"""What generators that speak in styles have in common.

Shape letters: F frames, S = 32 numbers of a code, B = 64.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from ..runtime import Network
from .expression import ExpressionTrack
from .lids import own_lids
from .sound_frames import heard_columns, silent_columns
from .speech import SpeechFeatures
from .styles import no_style


@dataclass(frozen=True)
class StyledGenerator(ABC):
    """A network that listens through the speech encoder and speaks in one style.

    Attributes:
        network: exported.
        style: (32,) code; 0 is neutral.
    """

    network: Network
    style: NDArray[np.float32]
    needs_encoder: bool = True
    moves_lids: bool = False

    @abstractmethod
    def frames(self, columns: Iterable[NDArray[np.float32]]) -> Iterator[NDArray[np.float32]]:
        """Consecutive frames (f, 64) of beta for consecutive columns (t, 46) of what is heard."""

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
