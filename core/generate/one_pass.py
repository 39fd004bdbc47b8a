# SPDX-License-Identifier: GPL-3.0-or-later
"""One pass over a sound for all networks that listen to it.

Shape letters: F frames at the generator's rate.
"""

from collections.abc import Callable, Iterable
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from ..growing import GrowingRows
from ..runtime import Network
from .expression import ExpressionTrack
from .generators import FaceGenerator
from .speech import GrowingFeatures, SpeechFeatures


def run_networks(
    generator: FaceGenerator,
    encoder: Network | None,
    blocks: Iterable[NDArray[np.float32]],
    look: Callable[[], None] = lambda: None,
) -> tuple[ExpressionTrack, SpeechFeatures | None]:
    """What a generator and the speech encoder make of a sound.

    The sound passes once and is not kept, and the encoder hears it once, whoever needs it: only a few seconds
    wait for the network that is behind. Of what is heard an hour takes some 35 MB.

    Args:
        generator: sound to expression.
        encoder: the speech encoder, or None where nobody needs it.
        blocks: 1-D float32 blocks at 16 kHz, of any sizes.
        look: called every few seconds of motion; may raise to end the work.

    Returns:
        Expression at the generator's rate, and what was heard (posteriors in half precision, without
        embedding).

    Raises:
        ModelError: the generator needs an encoder, and this is not one that it knows.
    """
    heard, shown = GrowingFeatures(), GrowingRows()
    for part in generator.generate(blocks, encoder, lambda each: heard.append(_lean(each))):
        shown.append(part)
        look()
    track = generator.track(shown.rows().astype(np.float32, copy=False))
    return track, None if encoder is None else heard.features()


def _lean(features: SpeechFeatures) -> SpeechFeatures:
    """Half the precision is enough for probabilities, and hours of them are held whole."""
    return replace(
        features,
        phones=features.phones.astype(np.float16),
        embedding=np.empty((len(features), 0), np.float32),
    )
