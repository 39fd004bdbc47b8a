# SPDX-License-Identifier: GPL-3.0-or-later
"""One pass over a sound for all networks that listen to it.

Shape letters: T mel columns, F frames (80 a second).
"""

from collections.abc import Iterable
from dataclasses import replace
from itertools import tee

import numpy as np
from numpy.typing import NDArray

from ..audio.mel import mel_columns
from ..runtime import Network
from .expression import ExpressionTrack, between_silence, generate_from_mel
from .speech import SpeechFeatures, hear_mel


def run_networks(
    expression: Network, encoder: Network | None, blocks: Iterable[NDArray[np.float32]]
) -> tuple[ExpressionTrack, SpeechFeatures | None]:
    """What ExpNet and the speech encoder make of a sound.

    The sound and its spectrogram pass once and are not kept: only a few seconds wait for the network that is
    behind. Of what is heard an hour takes some 35 MB.

    Args:
        expression: ExpNet.
        encoder: the speech encoder, or None where nobody needs it.
        blocks: 1-D float32 blocks at 16 kHz, of any sizes.

    Returns:
        Expression at ExpNet's rate, and what was heard (posteriors in half precision, without embedding).
    """
    if encoder is None:
        parts = list(generate_from_mel(expression, between_silence(mel_columns(blocks))))
        return ExpressionTrack(np.concatenate(parts)), None
    for_expression, for_encoder = tee(mel_columns(blocks))
    shapes = generate_from_mel(expression, between_silence(for_expression))
    sounds = hear_mel(encoder, for_encoder)
    expressions: list[NDArray[np.float32]] = []
    heard: list[SpeechFeatures] = []
    shaped = listened = 0
    is_shaping = is_listening = True
    while is_shaping or is_listening:
        # The one that is behind goes on, so that little waits between them.
        if is_shaping and (shaped <= listened or not is_listening):
            shape = next(shapes, None)
            is_shaping = shape is not None
            if shape is not None:
                expressions.append(shape)
                shaped += len(shape)
        else:
            sound = next(sounds, None)
            is_listening = sound is not None
            if sound is not None:
                heard.append(_lean(sound))
                listened += len(sound)
    return ExpressionTrack(np.concatenate(expressions)), SpeechFeatures.joined(heard)


def _lean(features: SpeechFeatures) -> SpeechFeatures:
    """Half the precision is enough for probabilities, and hours of them are held whole."""
    return replace(
        features,
        phones=features.phones.astype(np.float16),
        embedding=np.empty((len(features), 0), np.float32),
    )
