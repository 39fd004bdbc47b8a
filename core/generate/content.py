# SPDX-License-Identifier: GPL-3.0-or-later
"""What is said, apart from how and by whom: z_c of the disentangled audio model, column by column.

Shape letters: T columns, D of z_c.
"""

from collections.abc import Iterable, Iterator
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ..audio.mel import WINDOW_COLUMNS
from ..errors import ModelError
from ..runtime import WEIGHTS_FOLDER, Network, load_network
from .speech import SpeechFeatures

CONTENT_SIZE: Final = 32
"""D."""
DISENTANGLED_FOLDER: Final = WEIGHTS_FOLDER / "disentangled_audio"
CONTENT_FILE: Final = "content.onnx"

_BEHIND: Final = WINDOW_COLUMNS // 2
_AHEAD: Final = WINDOW_COLUMNS - 1 - _BEHIND


def heard_rows(features: SpeechFeatures) -> NDArray[np.float32]:
    """What the model sees of what is heard: posteriors, articulation and embedding (T, 142)."""
    columns = [features.phones, features.articulation, features.embedding]
    return np.concatenate(columns, axis=1).astype(np.float32, copy=False)


def content_network(encoder_mark: str) -> Network:
    """The content encoder that ships, for a speech encoder.

    Raises:
        ModelError: it was trained with another speech encoder.
    """
    network = load_network(str(DISENTANGLED_FOLDER / CONTENT_FILE), providers=["cpu"])
    if network.metadata["encoder"] != encoder_mark:
        raise ModelError(
            "The content encoder was trained with another speech encoder: choose the one that ships."
        )
    return network


def content_rows(heard: Iterable[SpeechFeatures], network: Network) -> Iterator[NDArray[np.float32]]:
    """z_c of consecutive columns, the same whatever the stretches; T in all.

    Args:
        heard: consecutive stretches of T columns.
        network: the content encoder.

    Yields:
        (t, D) posterior means; before the sound and after it the first and the last column hold.
    """
    held: NDArray[np.float32] | None = None
    for features in heard:
        rows = heard_rows(features)
        held = np.concatenate([np.repeat(rows[:1], _BEHIND, axis=0) if held is None else held, rows])
        if len(held) >= WINDOW_COLUMNS:
            yield network.run(heard=held[None])[0][0]
            held = held[1 - WINDOW_COLUMNS :]
    if held is not None:
        held = np.concatenate([held, np.repeat(held[-1:], _AHEAD, axis=0)])
        if len(held) >= WINDOW_COLUMNS:
            yield network.run(heard=held[None])[0][0]
