# SPDX-License-Identifier: GPL-3.0-or-later
"""Sound and a style to expression with the contextual transformer, frame by frame.

Each frame is told the one before it; keys and values of as many frames as there were in training are kept, so
that memory stays the same and no block of sound leaves a seam.

Shape letters: F frames, K = k frames, W rows of a frame's window, S code, B = 64.
"""

from collections.abc import Iterable, Iterator
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ..motion import EXPRESSION_SIZE
from .sound_frames import rows_at, stretches
from .speech import SPEECH_FPS
from .styled import StyledGenerator

CONTEXTUAL_FILE: Final = "contextual.onnx"
"""One step of it, in a folder that training wrote."""


class ContextualGenerator(StyledGenerator):
    """The contextual transformer in one style."""

    def frames(self, columns: Iterable[NDArray[np.float32]]) -> Iterator[NDArray[np.float32]]:
        """Consecutive frames (f, 64) of beta for consecutive columns (t, 46) of what is heard."""
        window = int(self.network.metadata["window"])
        code = np.asarray(self.style, np.float32)[None]
        kept = np.zeros(
            next(each.shape for each in self.network.session.get_inputs() if each.name == "kept"), np.float32
        )
        feedback = np.zeros((1, EXPRESSION_SIZE), np.float32)
        number = 0
        for near in self._windows(columns, window):
            made = np.empty((len(near) - 2 * window, EXPRESSION_SIZE), np.float32)
            for place in range(len(made)):
                feedback, kept = self.network.run(
                    heard=near[None, place : place + 2 * window + 1],
                    feedback=feedback,
                    kept=kept,
                    frame=np.array(number, np.int64),
                    code=code,
                )
                made[place] = feedback[0]
                number += 1
            yield made

    def _windows(self, columns: Iterable[NDArray[np.float32]], window: int) -> Iterator[NDArray[np.float32]]:
        """Rows (f + 2 window, 46) of consecutive frames, with the rows that the first and the last see."""
        per_frame = SPEECH_FPS / self.fps
        reach = int(np.ceil(per_frame))
        held: NDArray[np.float32] | None = None
        for stretch in stretches(columns, self.fps, reach):
            rows = rows_at(stretch, per_frame, reach)
            if held is None:
                held = np.repeat(rows[:1], window, axis=0)
            held = np.concatenate([held, rows])
            if len(held) > 2 * window:
                yield held
                held = held[len(held) - 2 * window :]
        if held is not None:
            yield np.concatenate([held, np.repeat(held[-1:], window, axis=0)])
