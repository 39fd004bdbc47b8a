# SPDX-License-Identifier: GPL-3.0-or-later
"""Sound and a style to expression with VAST's hybrid decoder, stretch by stretch.

Shape letters: F frames, S code, M memory, B = 64.
"""

from collections.abc import Iterable, Iterator

import numpy as np
from numpy.typing import NDArray

from .sound_frames import stretches
from .styled import StyledGenerator


class HybridGenerator(StyledGenerator):
    """The hybrid decoder in one style."""

    def frames(self, columns: Iterable[NDArray[np.float32]]) -> Iterator[NDArray[np.float32]]:
        """Consecutive frames (f, 64) of beta for consecutive columns (t, 46) of what is heard."""
        state = np.zeros((1, 1, int(self.network.metadata["memory"])), np.float32)
        code = np.asarray(self.style, np.float32)[None]
        for stretch in stretches(columns, self.fps, int(self.network.metadata["reach"])):
            expression, state = self.network.run(
                columns=stretch.columns[None], positions=stretch.positions[None], code=code, state=state
            )
            yield expression[0]
