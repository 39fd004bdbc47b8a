# SPDX-License-Identifier: GPL-3.0-or-later
"""What is said in a sound: the speech encoder, block by block.

Shape letters: T mel columns, F frames (one for each mel column), E = 96.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ..audio.mel import COLUMNS_PER_SECOND, FFT_SIZE, HOP, MEL_BANDS, SILENCE, mel_columns
from ..audio.sample_rate import SAMPLE_RATE
from ..errors import ModelError
from ..runtime import Network

SPEECH_FPS: Final = COLUMNS_PER_SECOND
"""80 frames a second; frame k is at second k / 80, exactly."""

_FRAMES_PER_RUN: Final = 960
"""Twelve seconds: long enough that what is computed twice at the seams matters little."""


@dataclass(frozen=True)
class SpeechFeatures:
    """What is heard at each frame.

    Attributes:
        phones: (F, 40) float32, posteriors of `core.phones.PHONES`; rows sum to 1 (a posteriorgram, PPG).
        articulation: (F, 6) float32 in 0..1, `core.phones.ARTICULATIONS`.
        voice: (F,) float32 in 0..1, whether somebody speaks.
        embedding: (F, E) float32, what the three are read from.
    """

    phones: NDArray[np.float32]
    articulation: NDArray[np.float32]
    voice: NDArray[np.float32]
    embedding: NDArray[np.float32]

    def __len__(self) -> int:
        return len(self.phones)

    def __getitem__(self, frames: slice) -> "SpeechFeatures":
        """A stretch of frames."""
        return SpeechFeatures(
            self.phones[frames], self.articulation[frames], self.voice[frames], self.embedding[frames]
        )

    @classmethod
    def joined(cls, parts: Iterable["SpeechFeatures"]) -> "SpeechFeatures":
        """Consecutive stretches as one.

        Raises:
            ValueError: there are none.
        """
        parts = list(parts)
        return cls(
            np.concatenate([part.phones for part in parts]),
            np.concatenate([part.articulation for part in parts]),
            np.concatenate([part.voice for part in parts]),
            np.concatenate([part.embedding for part in parts]),
        )


def look_ahead_seconds(network: Network) -> float:
    """How much sound after a frame's time the encoder hears before it gives the frame."""
    stride = int(network.metadata["stride"])
    return ((int(network.metadata["columns_after"]) + stride - 1) * HOP + FFT_SIZE // 2) / SAMPLE_RATE


def hear(network: Network, blocks: Iterable[NDArray[np.float32]]) -> Iterator[SpeechFeatures]:
    """Stream sound through the speech encoder.

    Args:
        network: the speech encoder.
        blocks: 1-D float32 blocks at 16 kHz, of any sizes.

    Yields:
        Consecutive frames, the same whatever the blocks; n // 200 + 1 for n samples.

    Raises:
        ModelError: the network is another one.
    """
    yield from hear_mel(network, mel_columns(blocks))


def hear_mel(network: Network, mels: Iterable[NDArray[np.float32]]) -> Iterator[SpeechFeatures]:
    """As `hear`, from consecutive mel columns (t, 80) of any number, without the silence around the sound."""
    if network.metadata.get("model") != "speech_encoder":
        raise ModelError(f"The network is '{network.metadata.get('model', '?')}', expected speech_encoder.")
    before, after = (int(network.metadata[name]) for name in ("columns_before", "columns_after"))
    stride = int(network.metadata["stride"])
    needed = before + _FRAMES_PER_RUN + after
    held = np.full((before, MEL_BANDS), SILENCE, np.float32)
    for mel in mels:
        held = np.concatenate([held, mel])
        while len(held) >= needed:
            yield _run(network, held[:needed])
            held = held[_FRAMES_PER_RUN:]
    left = len(held) - before
    # The end: silence after the sound, and a whole number of the network's steps.
    tail = np.full((after + -left % stride, MEL_BANDS), SILENCE, np.float32)
    held = np.concatenate([held, tail])
    while left > 0:
        yield _run(network, held[:needed])[: min(left, _FRAMES_PER_RUN)]
        held, left = held[_FRAMES_PER_RUN:], left - _FRAMES_PER_RUN


def _run(network: Network, mel: NDArray[np.float32]) -> SpeechFeatures:
    phones, articulation, voice, embedding = network.run(mel=mel[None])
    return SpeechFeatures(phones[0], articulation[0], voice[0, :, 0], embedding[0])
