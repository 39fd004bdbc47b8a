# SPDX-License-Identifier: GPL-3.0-or-later
"""What is said in a sound: the speech encoder, block by block.

Shape letters: T rows (of 200 samples, or mel columns), F frames (one for each row), E = 96.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ..audio.mel import COLUMNS_PER_SECOND, FFT_SIZE, HOP, MEL_BANDS, SILENCE, mel_columns
from ..audio.sample_rate import SAMPLE_RATE
from ..errors import ModelError
from ..growing import GrowingRows
from ..runtime import Network

SPEECH_FPS: Final = COLUMNS_PER_SECOND
"""80 frames a second; frame k is at second k / 80, exactly."""

_SECONDS_PER_RUN: Final = 24.0
"""Long enough that what is computed twice at the seams matters little."""


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
        whole = GrowingFeatures()
        for part in parts:
            whole.append(part)
        return whole.features()


class GrowingFeatures:
    """Consecutive stretches, put together as they come."""

    def __init__(self) -> None:
        self._columns = [GrowingRows() for _ in range(4)]

    def append(self, part: SpeechFeatures) -> None:
        """Take the next stretch."""
        fields = (part.phones, part.articulation, part.voice, part.embedding)
        for column, rows in zip(self._columns, fields, strict=True):
            column.append(rows)

    def features(self) -> SpeechFeatures:
        """All of them.

        Raises:
            ValueError: there are none.
        """
        return SpeechFeatures(*(column.rows() for column in self._columns))


def look_ahead_seconds(network: Network) -> float:
    """How much sound after a frame's time the encoder hears before it gives the frame."""
    rows = int(network.metadata["columns_after"]) + int(network.metadata["stride"])
    if _takes_sound(network):
        return rows * HOP / SAMPLE_RATE
    return ((rows - 1) * HOP + FFT_SIZE // 2) / SAMPLE_RATE


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
    if network.metadata.get("model") != "speech_encoder":
        raise ModelError(f"The network is '{network.metadata.get('model', '?')}', expected speech_encoder.")
    if _takes_sound(network):
        rows, silence = sound_rows(blocks), np.zeros(HOP, np.float32)
    else:
        rows, silence = mel_columns(blocks), np.full(MEL_BANDS, SILENCE, np.float32)
    before, after = (int(network.metadata[name]) for name in ("columns_before", "columns_after"))
    stride = int(network.metadata["stride"])
    # Runs begin where the sound does, not where the silence before it does: 8-bit networks round, and would
    # round otherwise after another silence. Frames up to here hear the sound; those before hear nothing.
    early = -(-after // stride) * stride
    silent, rows = _after_silence(iter(rows), silence)
    if silent > early:
        nothing = _run(network, np.tile(silence, (before + stride + after, 1)))[:1]
        yield from _repeated(nothing, silent - early)
    first = max(0, early - silent)
    per_run = int(_SECONDS_PER_RUN * COLUMNS_PER_SECOND) // stride * stride
    needed = before + per_run + after
    held = np.tile(silence, (before + early, 1))
    for part in rows:
        held = np.concatenate([held, part])
        while len(held) >= needed:
            yield _run(network, held[:needed])[first:]
            held, first = held[per_run:], 0
    left = len(held) - before
    # The end: silence after the sound, and a whole number of the network's steps.
    held = np.concatenate([held, np.tile(silence, (after + -left % stride, 1))])
    while left > 0:
        yield _run(network, held[:needed])[first : min(left, per_run)]
        held, left, first = held[per_run:], left - per_run, 0


def _after_silence(
    stream: Iterator[NDArray[np.float32]], silence: NDArray[np.float32]
) -> tuple[int, Iterator[NDArray[np.float32]]]:
    """How many rows a stream begins with that are digital silence, and the rest of it."""
    count = 0
    for rows in stream:
        heard = np.flatnonzero((rows != silence).any(axis=1))
        if len(heard):
            return count + int(heard[0]), chain([rows[heard[0] :]], stream)
        count += len(rows)
    return count, iter(())


def _repeated(frame: SpeechFeatures, count: int) -> Iterator[SpeechFeatures]:
    """One frame `count` times, some seconds at a time."""
    for start in range(0, count, 800):
        rows = np.zeros(min(800, count - start), np.int64)
        yield SpeechFeatures(
            frame.phones[rows], frame.articulation[rows], frame.voice[rows], frame.embedding[rows]
        )


def sound_rows(blocks: Iterable[NDArray[np.float32]]) -> Iterator[NDArray[np.float32]]:
    """Consecutive rows (t, 200) of a sound that comes in blocks of any sizes; n // 200 + 1 in all, the last
    with zeros after its end."""
    pending = np.empty(0, np.float32)
    for block in blocks:
        pending = np.concatenate([pending, np.asarray(block, np.float32)])
        whole = len(pending) // HOP * HOP
        if whole:
            yield pending[:whole].reshape(-1, HOP)
            pending = pending[whole:]
    yield np.pad(pending, (0, HOP - len(pending)))[None]


def _takes_sound(network: Network) -> bool:
    return network.metadata.get("input") == "sound"


def _run(network: Network, rows: NDArray[np.float32]) -> SpeechFeatures:
    inputs = {"sound" if _takes_sound(network) else "mel": rows[None]}
    phones, articulation, voice, embedding = network.run(**inputs)
    return SpeechFeatures(phones[0], articulation[0], voice[0, :, 0], embedding[0])
