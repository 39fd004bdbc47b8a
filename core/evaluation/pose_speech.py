# SPDX-License-Identifier: GPL-3.0-or-later
"""Speech that heads are moved by in `evaluate pose`: people who were kept from training, in equal pieces.

Letter: n samples at 16 kHz.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ..audio import SAMPLE_RATE, decode_blocks
from ..errors import InputError
from ..generate.cues import SpeechCues, speech_cues
from ..generate.prosody import Prosody, measure_prosody
from ..runtime import Network

HELD_OUT_SETS: Final = ("librispeech", "speechocean")
"""Sets whose index marks speakers as `val`: nobody trains on them."""
LONG_SET: Final = "kathleen"
"""One voice for more than an hour."""

_PAUSE: Final = 0.4
"""Seconds of silence between clips that are joined."""

Samples = NDArray[np.float32]


@dataclass(frozen=True)
class Spoken:
    """A piece of speech.

    Attributes:
        speaker: set and who speaks.
        samples: (n,) float32.
        prosody: how it is said.
        cues: its phrases and accents.
    """

    speaker: str
    samples: Samples
    prosody: Prosody
    cues: SpeechCues


def heard(speaker: str, samples: Samples, encoder: Network) -> Spoken:
    """A piece of speech with what the head's generators take of it."""
    prosody = measure_prosody([samples], encoder)
    return Spoken(speaker, samples, prosody, speech_cues(prosody))


def read_held_out(
    data: Path, sets: Sequence[str], seconds: float, count: int, encoder: Network
) -> list[Spoken]:
    """Equally long pieces of speech of many people, each from the beginning of a clip.

    Speakers take turns. A clip that is too short goes on, after a pause, with the same speaker's next one.

    Args:
        data: folder of the sets.
        sets: of those whose index marks held-out speakers.
        seconds: length of a piece.
        count: pieces, at most.
        encoder: the speech encoder.

    Raises:
        InputError: a set is not there.
    """
    pieces = [list(_pieces(data / name, rows, seconds)) for name in sets for rows in _speakers(data / name)]
    turns = [piece for turn in zip_longest(*pieces) for piece in turn if piece is not None]
    return [heard(speaker, _cut(folder, rows, seconds), encoder) for speaker, folder, rows in turns[:count]]


def long_speech(data: Path, seconds: float, encoder: Network) -> Spoken:
    """An hour of one voice, or as much of it as is asked for; where it ends it begins again.

    Raises:
        InputError: the set is not there.
    """
    folder = data / LONG_SET
    files = [folder / name for name in dict.fromkeys(row["file"] for row in _index(folder))]

    def blocks() -> Iterator[Samples]:
        left = round(seconds * SAMPLE_RATE)
        while left > 0:
            for file in files:
                for block in decode_blocks(file):
                    part = block[:left]
                    left -= len(part)
                    yield part
                    if left <= 0:
                        return

    prosody = measure_prosody(blocks(), encoder)
    return Spoken(LONG_SET, np.zeros(0, np.float32), prosody, speech_cues(prosody))


_Piece = tuple[str, Path, list[dict]]


def _index(folder: Path) -> list[dict]:
    index = folder / "index.jsonl"
    if not index.is_file():
        raise InputError(f"'{folder}' is no set of speech: it has no index.jsonl.")
    return [json.loads(line) for line in index.read_text(encoding="utf-8").splitlines()]


def _speakers(folder: Path) -> list[list[dict]]:
    """Rows of the index of each held-out speaker."""
    speakers: dict[str, list[dict]] = {}
    for row in _index(folder):
        if row.get("split") == "val":
            speakers.setdefault(row["speaker"], []).append(row)
    if not speakers:
        raise InputError(f"'{folder}' marks nobody as 'val': its people are no test.")
    return list(speakers.values())


def _pieces(folder: Path, rows: Sequence[dict], seconds: float) -> Iterator[_Piece]:
    """Clips that together are long enough; each is used once."""
    taken: list[dict] = []
    length = 0.0
    for row in rows:
        taken.append(row)
        length += row["n_samples"] / SAMPLE_RATE + (_PAUSE if len(taken) > 1 else 0)
        if length >= seconds:
            yield f"{folder.name}/{row['speaker']}", folder, taken
            taken, length = [], 0.0


def _cut(folder: Path, rows: Sequence[dict], seconds: float) -> Samples:
    import soundfile

    parts: list[Samples] = []
    for row in rows:
        samples, rate = soundfile.read(
            folder / row["file"], start=row["start_sample"], frames=row["n_samples"], dtype="float32"
        )
        if rate != SAMPLE_RATE or samples.ndim != 1:
            raise InputError(f"'{folder / row['file']}' is not what its index says: expected 16 kHz.")
        parts += [samples, np.zeros(round(_PAUSE * SAMPLE_RATE), np.float32)]
    return np.concatenate(parts)[: round(seconds * SAMPLE_RATE)]
