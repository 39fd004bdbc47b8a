# SPDX-License-Identifier: GPL-3.0-or-later
"""What ExpNet takes of a sound: mel columns, what the speech encoder hears, or both.

An exported network names its inputs; each is an array (clips, columns, channels) on the same grid of 80
columns a second, column k at second k / 80.

Shape letters: T columns, C channels of an input.
"""

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import tee
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ..audio.mel import MEL_BANDS, SILENCE, WINDOW_COLUMNS, mel_columns
from ..errors import ModelError
from ..phones import ARTICULATIONS, PHONES
from ..runtime import Network
from .content import CONTENT_SIZE, content_network, content_rows
from .speech import SpeechFeatures, hear

INPUT_CHANNELS: Final = {
    "mel": MEL_BANDS,
    "phones": len(PHONES) + len(ARTICULATIONS),
    "embedding": 96,
    "content": CONTENT_SIZE,
}
"""Channels of each input: log-mel bands; posteriors, then articulation; the speech encoder's embedding;
what is said, as the disentangled audio model has it."""

PADDING: Final = WINDOW_COLUMNS // 2
"""Columns by which the first and the last window reach beyond the sound."""

Rows = Mapping[str, NDArray[np.float32]]
"""Consecutive columns (T, C) of each input."""

Blocks = Iterable[NDArray[np.float32]]


def input_names(network: Network) -> tuple[str, ...]:
    """Which of `INPUT_CHANNELS` an ExpNet takes."""
    names = {each.name for each in network.session.get_inputs()}
    return tuple(name for name in INPUT_CHANNELS if name in names)


def needs_encoder(network: Network) -> bool:
    """Whether an ExpNet takes what the speech encoder hears."""
    return input_names(network) != ("mel",)


def encoder_mark(encoder: Network) -> str:
    """Sixteen letters that tell one training of the speech encoder from another.

    Another training may give any channel of the embedding another meaning, so ExpNet keeps the mark of the
    encoder that it learnt from.
    """
    facts = {name: encoder.metadata.get(name, "") for name in ("config", "training")}
    return hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()[:16]


def check_encoder(network: Network, encoder: Network | None) -> None:
    """Refuse an encoder whose embedding the network does not know.

    Posteriors and articulation mean the same whoever trained the encoder.

    Raises:
        ModelError: there is none, or another one than in training.
    """
    if not needs_encoder(network):
        return
    if encoder is None:
        raise ModelError("This network listens through the speech encoder: choose an encoder too.")
    is_tied = bool({"embedding", "content"} & set(input_names(network)))
    if is_tied and network.metadata.get("encoder") != encoder_mark(encoder):
        raise ModelError(
            "This network was trained with another speech encoder: choose the one it was trained with."
        )


def padded_inputs(
    names: Sequence[str], samples: NDArray[np.float32], encoder: Network | None
) -> dict[str, NDArray[np.float32]]:
    """All columns (T + 16, C) that ExpNet takes for a whole sound (n,), T = n // 200 + 1."""
    parts = list(input_rows(names, [samples], encoder))
    return {name: np.concatenate([part[name] for part in parts]) for name in names}


def input_rows(
    names: Sequence[str],
    blocks: Blocks,
    encoder: Network | None,
    keep: Callable[[SpeechFeatures], None] | None = None,
) -> Iterator[Rows]:
    """Columns of the named inputs of a sound that comes in 1-D blocks of any sizes, padded for ExpNet.

    Args:
        names: of `INPUT_CHANNELS`.
        blocks: 1-D float32 blocks at 16 kHz; read once, and only seconds of them are held.
        encoder: the speech encoder; None where no input comes from it.
        keep: gets everything that the encoder hears, and makes it listen where no input needs it.

    Yields:
        Consecutive columns; T + 16 in all, T = n // 200 + 1 for n samples.
    """
    if encoder is None or (keep is None and set(names) == {"mel"}):
        yield from padded_mels(mel_columns(blocks))
        return
    heard_names = [name for name in names if name != "mel"] or ["phones"]

    def heard(sound: Blocks) -> Iterator[SpeechFeatures]:
        for features in hear(encoder, sound):
            if keep is not None:
                keep(features)
            yield features

    for_mel, for_encoder = tee(blocks) if "mel" in names else ((), blocks)
    features = heard(for_encoder)
    streams = [padded_mels(mel_columns(for_mel))] if "mel" in names else []
    plain = [name for name in heard_names if name != "content"]
    for_plain, for_content = tee(features) if plain and "content" in names else (features, features)
    if plain:
        streams.append(padded_features(for_plain, plain))
    if "content" in names:
        streams.append(padded_content(for_content, encoder))
    for rows in _side_by_side(*streams) if len(streams) > 1 else streams[0]:
        yield {name: rows[name] for name in names if name in rows}


def padded_mels(mels: Iterable[NDArray[np.float32]]) -> Iterator[Rows]:
    """Mel columns with the silence that the first and the last window reach into."""
    silence = np.full((PADDING, MEL_BANDS), SILENCE, np.float32)
    yield {"mel": silence}
    for mel in mels:
        yield {"mel": mel}
    yield {"mel": silence}


def padded_features(heard: Iterable[SpeechFeatures], names: Sequence[str]) -> Iterator[Rows]:
    """What is heard, as ExpNet takes it; before the sound and after it the first and the last column hold.

    The encoder has heard the silence around the sound itself.
    """
    last: Rows | None = None
    for features in heard:
        rows = {name: _columns(features, name) for name in names}
        if last is None:
            yield {name: np.repeat(row[:1], PADDING, axis=0) for name, row in rows.items()}
        yield rows
        last = {name: row[-1:] for name, row in rows.items()}
    if last is not None:
        yield {name: np.repeat(row, PADDING, axis=0) for name, row in last.items()}


def padded_content(heard: Iterable[SpeechFeatures], encoder: Network) -> Iterator[Rows]:
    """What is said, as ExpNet takes it; before the sound and after it the first and the last column hold.

    Raises:
        ModelError: the content encoder does not know this speech encoder.
    """
    last: NDArray[np.float32] | None = None
    for rows in content_rows(heard, content_network(encoder_mark(encoder))):
        if last is None:
            yield {"content": np.repeat(rows[:1], PADDING, axis=0)}
        yield {"content": rows}
        last = rows[-1:]
    if last is not None:
        yield {"content": np.repeat(last, PADDING, axis=0)}


def _side_by_side(*streams: Iterator[Rows]) -> Iterator[Rows]:
    """Several streams of columns as one; each waits for the others, and the shortest ends it."""
    held: list[dict[str, NDArray[np.float32]]] = [dict(next(stream, {})) for stream in streams]
    while all(held):
        count = min(_length(rows) for rows in held)
        if count:
            yield {name: row[:count] for rows in held for name, row in rows.items()}
        held = [{name: row[count:] for name, row in rows.items()} for rows in held]
        behind = min(range(len(streams)), key=lambda number: _length(held[number]))
        more = next(streams[behind], None)
        if more is None:
            return
        held[behind] = {name: np.concatenate([row, more[name]]) for name, row in held[behind].items()}


def _columns(features: SpeechFeatures, name: str) -> NDArray[np.float32]:
    if name == "embedding":
        return features.embedding
    return np.concatenate([features.phones, features.articulation], axis=1)


def _length(rows: Rows) -> int:
    return len(next(iter(rows.values())))
